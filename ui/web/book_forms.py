"""Forms of the books: an entry by hand, an account, a month, taking back."""

from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    validators,
)

from node.i18n import _
from node.ledger import FUND_WORDS
from ui.web.forms import PlainForm, needed, options

FEWEST_LINES = 4


class LineForm(PlainForm):
    """One line; WTForms puts its number in front of each name."""

    account = SelectField(_("Account"), validate_choice=False)
    debit = StringField(_("Debit"), render_kw={"inputmode": "decimal"})
    credit = StringField(_("Credit"), render_kw={"inputmode": "decimal"})


class EntryForm(PlainForm):
    """key: made with the empty form, so that a form sent twice writes one entry."""

    key = HiddenField()
    day = DateField(_("Day"), [needed(_("Say on which day it happened."))])
    text = StringField(
        _("What happened"),
        [needed(_("Say in a few words what happened, like: rent of January."))],
        description=_("Without anybody's name: members and coops stand in the accounts."),
        render_kw={"maxlength": 500},
    )
    currency = StringField(
        _("Currency"),
        [needed(_("Say in which currency, like GBP, EUR or HOUR."))],
        render_kw={"size": 6, "maxlength": 8},
    )
    lines = FieldList(FormField(LineForm), min_entries=FEWEST_LINES, max_entries=100)
    adjusting = BooleanField(_("An adjustment in a month that is closed but for adjustments"))

    def offer(self, accounts: list[Any]) -> None:
        """Let each line choose among the accounts."""
        for line in self.lines:
            line.form.account.choices = [("", "–"), *accounts]


class ReversalForm(PlainForm):
    text = StringField(
        _("Why?"), [needed(_("Say why, like: paid twice."))], render_kw={"maxlength": 500}
    )
    day = DateField(_("Day"), [validators.Optional()])


class AccountForm(PlainForm):
    code = StringField(
        _("Code"),
        [needed(_("Give it a code, like expenses:rent."))],
        description=_("Begins with assets, liabilities, equity, income or expenses, then a colon."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    name = StringField(_("Name"), [needed(_("Give the account a name."))])
    fund = SelectField(_("Fund"), choices=options(FUND_WORDS.items()))
