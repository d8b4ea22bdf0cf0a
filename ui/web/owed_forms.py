"""Forms of what coops owe each other: a claim, a payment, a trust line."""

from wtforms import DateField, HiddenField, SelectField, StringField

from node import limits
from node.clearing import BY_HAND, REASON_WORDS
from node.i18n import _
from ui.web.forms import PlainForm, needed, options


class ClaimForm(PlainForm):
    """key: made with the empty form, so that a form sent twice claims once."""

    key = HiddenField()
    coop = SelectField(_("Which coop owes us?"), validate_choice=False)
    amount = StringField(
        _("Amount"),
        [needed(_("Write the amount, like 75.00."))],
        render_kw={"inputmode": "decimal"},
    )
    currency = StringField(
        _("Currency"),
        [needed(_("Say in which currency, like GBP, EUR or HOUR."))],
        render_kw={"size": 6, "maxlength": 8},
    )
    due_on = DateField(_("Due on"), [needed(_("Say when it is due."))])
    reason = SelectField(
        _("What for?"), choices=options((one.value, REASON_WORDS[one]) for one in BY_HAND)
    )
    basis = StringField(
        _("Where it was decided"),
        description=_("The address of the decision, or the minutes. No names of people."),
        render_kw={"maxlength": 300},
    )


class PaymentForm(PlainForm):
    method = SelectField(
        _("How was it paid?"),
        choices=options(
            [("bank", _("by bank")), ("cash", _("in cash")), ("mobile", _("by phone"))]
        ),
    )
    paid_on = DateField(_("Paid on"), [needed(_("Say when it was paid."))])
    reference = StringField(
        _("Reference"),
        description=_("As on the bank's slip. No names of people."),
        render_kw={"maxlength": limits.PAYMENT_REFERENCE_LONGEST},
    )


class TrustLineForm(PlainForm):
    uri = HiddenField()
    currency = HiddenField()
    limit = StringField(
        _("How much may be owed"),
        description=_("Empty: as our rules say for every coop."),
        render_kw={"inputmode": "decimal"},
    )
    decided_by = StringField(
        _("Where was this decided?"),
        [needed(_("Say where this was decided, such as the minutes."))],
        render_kw={"maxlength": 300},
    )
