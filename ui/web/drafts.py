"""Between the listing form and the draft the coop's rules read."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings import (
    FEDERATION,
    GUEST_NIGHT,
    MOST_PRICES,
    Cancelling,
    Conditions,
    GuestTax,
    Kind,
    ListingDraft,
    ListingView,
    Picture,
    PriceView,
    ReferralFee,
    Tax,
    Translation,
    Visibility,
    details_of,
    draft_of,
    is_in_another_script,
    read_taxes,
    without,
    written_taxes,
)
from ui.web import detail_fields, extra_fields, season_fields, starting
from ui.web.language_field import names_of, tags_of
from ui.web.listing_form import ListingForm

T = TypeVar("T")
FURTHER = range(2, MOST_PRICES + 1)
"""The numbers of the prices beside the first, in the names of their fields."""
QUANTITIES = ("least", "step", "most")
_PARTS = ("label", "amount", "max", "suggested", "currency", "unit", *QUANTITIES, "hours", "whom")
_ASKED = ("taxes_included", "taxes", "deposit")
"""What a further price asks for in place of the listing's conditions."""
_TAXES = tuple(
    f"{price}{part}"
    for price in ("", *(f"price{number}_" for number in FURTHER))
    for part in ("taxes", "taxes_included")
)
"""The fields that name taxes."""


def from_form(
    form: ListingForm,
    *,
    language: str,
    pictures: tuple[Picture, ...] = (),
    translations: tuple[Translation, ...] = (),
) -> ListingDraft:
    """What the form asks for, without what `faults` complains of.

    language: of the text, where the form does not say.
    translations: what it says in other languages, which has a form of its own.
    """
    return ListingDraft(
        kind=Kind(form.kind.data),
        title=_plain(form.title.data),
        summary=_plain(form.summary.data),
        body=starting.answered(_plain(form.body.data)),
        category=_plain(form.category.data) or None,
        tags=_comma_separated(form.tags.data),
        languages=tags_of(_comma_separated(form.languages.data)),
        language=_plain(form.language.data) or language,
        translations=translations,
        place=_plain(form.place.data) or None,
        radius_km=form.radius_km.data,
        price_amount=form.price_amount.data,
        price_max=form.price_max.data,
        currency=_plain(form.currency.data).upper() or None,
        unit=form.unit.data or None,
        price_text=_plain(form.price_text.data) or None,
        price_label=_plain(form.price_label.data) or None,
        price_suggested=form.price_suggested.data,
        price_least=form.price_least.data,
        price_step=form.price_step.data,
        price_most=form.price_most.data,
        price_hours=form.price_hours.data,
        price_seasons=_readable(season_fields.read, form),
        more_prices=(
            *filter(None, (_further(form, number) for number in FURTHER)),
            *extra_fields.read(form),
        ),
        conditions=_conditions(form),
        details=detail_fields.read(form, details_of(form.kind.data)),
        pictures=pictures,
        expires_on=form.expires_on.data,
        visibility=Visibility(form.visibility.data),
        provider=_plain(form.provider.data),
    )


def faults(
    form: ListingForm, *, language: str, translations: tuple[Translation, ...] = ()
) -> dict[str, list[Text]]:
    """What of the form cannot be read, or not be said beside its translations."""
    found: dict[str, list[Text]] = {}
    own = _plain(form.language.data) or language
    if without(translations, own) != translations:
        complaint = _("It is translated into this language: take that translation away first.")
        found["language"] = [complaint]
    elif is_in_another_script(_text(form), own) and form.language_asked.data != own:
        complaint = _(
            "Most of the text is in letters in which this language is not written. Choose the one "
            "that it is in; or save it again, if this is right."
        )
        found["language"] = [complaint]
    percents = (form.cancel_early_percent.data, form.cancel_late_percent.data)
    if form.cancel_hours.data is None and percents != (None, None):
        complaint = _("Say how many hours before, or leave the percentages empty.")
        found["cancel_hours"] = [complaint]
    readers: list[Callable[[ListingForm], object]] = [season_fields.read, *map(_reads, _TAXES)]
    for read in readers:
        try:
            read(form)
        except InvalidInput as error:
            found |= error.fields
    return found


def _was_asked(listing: ListingView) -> bool:
    text = f"{listing.title} {listing.summary} {listing.body}"
    return is_in_another_script(text, listing.language)


def _text(form: ListingForm) -> str:
    body = starting.answered(_plain(form.body.data))
    return " ".join((_plain(form.title.data), _plain(form.summary.data), body))


def further_wrong(form: ListingForm, number: int | None = None) -> bool:
    """Whether something is wrong with one of the prices beside the first; number: with which."""
    names = [f"price{one}_" for one in FURTHER if number in (None, one)]
    return any(entry.errors and entry.name.startswith(tuple(names)) for entry in form)


def offer_units(form: ListingForm) -> None:
    """A night for each guest is offered for stays alone, or where it was chosen before."""
    for unit in (form.unit, form.price2_unit, form.price3_unit, form.price4_unit):
        if form.kind.data != Kind.STAY and unit.data != GUEST_NIGHT:
            unit.choices = [one for one in unit.choices if one.value != GUEST_NIGHT]


def offer_whom(form: ListingForm, *, in_federation: bool) -> None:
    """A price for members of the federation is offered where there is one, or where it was chosen
    before."""
    for whom in (form.price2_whom, form.price3_whom, form.price4_whom):
        if not in_federation and whom.data != FEDERATION:
            whom.choices = [one for one in whom.choices if one.value != FEDERATION]


def further_shown(form: ListingForm) -> list[int]:
    """Which of the prices beside the first stand in the form: all that say something, one more."""
    said = [one for one in FURTHER if _says(form, one) or further_wrong(form, one)]
    return [one for one in FURTHER if one <= max(said, default=1) + 1]


def further_said(form: ListingForm) -> list[int]:
    """Which of the prices beside the first say something."""
    return [one for one in FURTHER if _says(form, one)]


def _says(form: ListingForm, number: int) -> bool:
    return bool(form[f"price{number}_label"].data) or form[f"price{number}_amount"].data is not None


def _further(form: ListingForm, number: int) -> PriceView | None:
    """The second, third … price; None where nothing is said but its currency and unit."""
    said = {part: form[f"price{number}_{part}"].data for part in _PARTS}
    label = _plain(said["label"])
    if not label and (said["amount"], said["max"], said["suggested"]) == (None, None, None):
        return None
    return PriceView(
        said["amount"],
        said["max"],
        (_plain(said["currency"]) or _plain(form.currency.data)).upper() or None,
        said["unit"] or None,
        label=label or None,
        suggested=said["suggested"],
        **{name: said[name] for name in QUANTITIES},
        whom=said["whom"] or None,
        hours=said["hours"],
        seasons=_readable(lambda form: season_fields.read(form, number), form),
        asks=_asks(form, number),
    )


def _asks(form: ListingForm, number: int) -> Conditions | None:
    included, taxes = (
        _readable(_reads(f"price{number}_{part}"), form) for part in ("taxes_included", "taxes")
    )
    said = Conditions(taxes, form[f"price{number}_deposit"].data, included=included)
    return None if said == Conditions() else said


def _conditions(form: ListingForm) -> Conditions:
    hours, cancelling = form.cancel_hours.data, None
    if hours is not None:
        early, late = form.cancel_early_percent.data, form.cancel_late_percent.data
        cancelling = Cancelling(hours, early or 0, late or 0)
    fee = ReferralFee(form.referral_percent.data, form.referral_amount.data)
    project, *others = _plain(form.project.data).splitlines() or (None,)
    return Conditions(
        taxes=_readable(_reads("taxes"), form),
        deposit=form.deposit.data,
        cancelling=cancelling,
        project=project,
        included=_readable(_reads("taxes_included"), form),
        other_projects=tuple(others),
        guest_tax=_guest_tax(form),
        referral_fee=None if fee == ReferralFee() else fee,
    )


def _guest_tax(form: ListingForm) -> GuestTax | None:
    name, amount = _plain(form.guest_tax_name.data), form.guest_tax_amount.data
    if not name and amount is None:
        return None
    return GuestTax(name, Decimal(0) if amount is None else amount, form.guest_tax_age.data)


def _reads(name: str) -> Callable[[ListingForm], tuple[Tax, ...]]:
    """What reads the taxes of a field."""
    return lambda form: read_taxes(_plain(form[name].data), name)


def _readable(read: Callable[[ListingForm], tuple[T, ...]], form: ListingForm) -> tuple[T, ...]:
    """Nothing, where `faults` says what is wrong."""
    try:
        return read(form)
    except InvalidInput:
        return ()


def to_form(listing: ListingView) -> dict[str, Any]:
    price, cancelling = listing.price, listing.conditions.cancelling
    guest_tax, fee = listing.conditions.guest_tax, listing.conditions.referral_fee
    further = dict(zip(FURTHER, listing.prices[1:], strict=False))
    return {
        "kind": listing.kind,
        "title": listing.title,
        "summary": listing.summary,
        "body": listing.body,
        "category": listing.category,
        "tags": ", ".join(listing.tags),
        "language": listing.language,
        "language_asked": listing.language if _was_asked(listing) else "",
        "languages": names_of(listing.languages),
        "place": listing.place_name,
        "radius_km": listing.radius_km,
        "price_amount": price.amount if price else None,
        "price_max": price.maximum if price else None,
        "currency": price.currency if price else None,
        "unit": price.unit if price else "",
        "price_text": price.text if price else None,
        "price_label": price.label if price else None,
        "price_suggested": price.suggested if price else None,
        **{f"price_{name}": getattr(price, name, None) for name in (*QUANTITIES, "hours")},
        **{
            f"price{number}_{part}": value
            for number in FURTHER
            for part, value in _to_form(further.get(number, PriceView())).items()
        },
        **season_fields.shown(listing.prices),
        **extra_fields.shown(listing.extras),
        "taxes": written_taxes(listing.conditions.taxes),
        "taxes_included": written_taxes(listing.conditions.included),
        "deposit": listing.conditions.deposit,
        "cancel_hours": cancelling and cancelling.hours,
        "cancel_early_percent": cancelling and cancelling.early_percent,
        "cancel_late_percent": cancelling and cancelling.late_percent,
        "referral_percent": fee and fee.percent,
        "referral_amount": fee and fee.amount,
        "guest_tax_name": guest_tax and guest_tax.name,
        "guest_tax_amount": guest_tax and guest_tax.amount,
        "guest_tax_age": guest_tax and guest_tax.from_age,
        "project": "\n".join(listing.conditions.projects),
        **detail_fields.shown(listing.details),
        "expires_on": listing.expires_on,
        "visibility": listing.visibility,
        "provider": draft_of(listing).provider,
    }


def _to_form(price: PriceView) -> dict[str, Any]:
    unit = price.unit or ""
    said = (price.label, price.amount, price.maximum, price.suggested, price.currency, unit)
    more = (price.least, price.step, price.most, price.hours, price.whom or "")
    asked = price.asks or Conditions()
    taxes = (written_taxes(asked.included), written_taxes(asked.taxes))
    return dict(zip(_PARTS + _ASKED, (*said, *more, *taxes, asked.deposit), strict=True))


def _plain(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()


def _comma_separated(text: str | None) -> tuple[str, ...]:
    parts = ((text or "").replace("،", ",").replace("、", ",")).split(",")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
