"""What people fill in about referrals."""

from typing import Any

from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)

from node import i18n, referrals
from node.i18n import _
from node.referrals import Draft, ReferralView
from ui.web.forms import PlainForm, needed, options
from ui.web.numbers import number_field

RANKS = ("first", "second", "third")


class NeedForm(PlainForm):
    """A need, and whom it is about."""

    summary = TextAreaField(
        _("What is needed?"),
        [needed(_("Say in a sentence what is needed."))],
        description=_("Without names: other coops read this before they say yes."),
        render_kw={"rows": 3, "maxlength": 600},
    )
    category = StringField(_("Trade or theme"), description=_("Like cleaning, repairs, food"))
    place = StringField(_("Where, roughly"), description=_("A district or a town, no street"))
    urgency = RadioField(
        _("How soon?"), choices=options(referrals.URGENCY_WORDS.items()), default="soon"
    )
    budget = number_field(_("They can spend up to"))
    currency = StringField(_("Currency"), render_kw={"size": 6})
    fee_kind = SelectField(
        _("What the other coop owes us"),
        choices=options(referrals.FEE_WORDS.items()),
        description=_("They pay it, never the person. For care it is always nothing."),
        default="none",
    )
    fee_amount = number_field(_("The fixed sum"))
    fee_percent = number_field(_("The part, in %"))
    fee_at_most = number_field(_("But at most"))
    name = StringField(_("Name"), render_kw={"autocomplete": "off"})
    phone = StringField(_("Phone"), render_kw={"autocomplete": "off", "inputmode": "tel"})
    email = StringField(_("E-mail"), render_kw={"autocomplete": "off", "inputmode": "email"})
    address = StringField(_("Address"), render_kw={"autocomplete": "off"})
    notes = TextAreaField(_("What else helps"), render_kw={"rows": 2, "maxlength": 2000})

    def draft(self, listing_uri: str | None) -> Draft:
        return Draft(
            summary=self.summary.data or "",
            category=self.category.data or "",
            place=self.place.data or "",
            urgency=self.urgency.data or "",
            listing_uri=listing_uri,
            currency=self.currency.data or "",
            budget=self.budget.data,
            fee_kind=self.fee_kind.data or "none",
            fee_amount=self.fee_amount.data,
            fee_percent=self.fee_percent.data,
            fee_at_most=self.fee_at_most.data,
        )

    def person(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in referrals.FIELDS}


def begun(draft: Draft, currency: str) -> dict[str, Any]:
    """The form as it begins. currency: the coop's, if the fee is in none."""
    return {
        "category": draft.category,
        "currency": draft.currency or currency,
        "fee_kind": str(draft.fee_kind),
        "fee_amount": draft.fee_amount,
        "fee_percent": draft.fee_percent,
    }


def need_data(view: ReferralView, person: dict[str, str]) -> dict[str, Any]:
    """A referral as the form shows it."""
    need, fee = view.need, view.need.fee
    return {
        "summary": need.summary,
        "category": need.category,
        "place": need.place,
        "urgency": need.urgency.value,
        "budget": need.budget.decimal if need.budget else None,
        "currency": need.currency,
        "fee_kind": fee.kind.value,
        "fee_amount": fee.amount.decimal if fee.amount else None,
        "fee_percent": fee.percent if fee.share else None,
        "fee_at_most": fee.at_most.decimal if fee.at_most else None,
        **person,
    }


class AskForm(PlainForm):
    """Who may be told what."""

    first = SelectField(_("Ask first"))
    second = SelectField(_("Then, if they cannot"), default="")
    third = SelectField(_("And then"), default="")
    fields = SelectMultipleField(
        _("After a yes they may have"),
        choices=options(referrals.FIELD_WORDS.items()),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    auto_next = BooleanField(_("Ask the next coop by itself after a no"), default=True)

    @classmethod
    def for_coops(cls, coops: list[tuple[str, str]], known: list[str], data: Any = None) -> Any:
        """coops: uri and name. known: the fields that there is something to tell of."""
        form = cls(data, data=None if data else {"fields": known})
        for number, rank in enumerate(RANKS):
            nobody = [] if number == 0 else [("", _("nobody else"))]
            form[rank].choices = options([*nobody, *coops])
        form.fields.choices = options(
            (name, word) for name, word in referrals.FIELD_WORDS.items() if name in known
        )
        return form

    @property
    def recipients(self) -> list[str]:
        return [self[rank].data for rank in RANKS if self[rank].data]


class NoteForm(PlainForm):
    """A yes that was given without the link."""

    channel = RadioField(
        _("How did they say yes?"),
        choices=options(
            (one, word) for one, word in referrals.CHANNEL_WORDS.items() if one != "link"
        ),
        default="paper",
    )
    witness = StringField(
        _("Who saw it signed, or heard it?"), [needed(_("Say who saw it signed, or heard it."))]
    )
    language = SelectField(
        _("In which language?"),
        # When it is shown: the names of all languages take 3 MB, and few forms are ever asked for.
        choices=lambda: options(
            (tag, i18n.language_name(tag)) for tag in i18n.available_languages()
        ),
    )
