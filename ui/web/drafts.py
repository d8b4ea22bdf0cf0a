"""Between the listing form and the draft the coop's rules read."""

from typing import Any

from node.listings import (
    Cancelling,
    Conditions,
    Kind,
    ListingDraft,
    ListingView,
    Picture,
    Visibility,
    read_taxes,
    written_taxes,
)
from ui.web.forms import ListingForm


def from_form(
    form: ListingForm, *, language: str, pictures: tuple[Picture, ...] = ()
) -> ListingDraft:
    """What the form asks for. Raises InvalidInput, by field of the form."""
    languages = _comma_separated(form.languages.data)
    return ListingDraft(
        kind=Kind(form.kind.data),
        title=form.title.data.strip(),
        summary=_plain(form.summary.data),
        body=_plain(form.body.data),
        category=_plain(form.category.data) or None,
        tags=_comma_separated(form.tags.data),
        languages=languages,
        language=languages[0] if languages else language,
        place=_plain(form.place.data) or None,
        price_amount=form.price_amount.data,
        price_max=form.price_max.data,
        currency=_plain(form.currency.data).upper() or None,
        unit=form.unit.data or None,
        price_text=_plain(form.price_text.data) or None,
        conditions=_conditions(form),
        pictures=pictures,
        expires_on=form.expires_on.data,
        visibility=Visibility(form.visibility.data),
    )


def _conditions(form: ListingForm) -> Conditions:
    hours, cancelling = form.cancel_hours.data, None
    if hours is not None:
        early, late = form.cancel_early_percent.data, form.cancel_late_percent.data
        cancelling = Cancelling(hours, early or 0, late or 0)
    return Conditions(
        taxes=read_taxes(_plain(form.taxes.data)),
        deposit=form.deposit.data,
        cancelling=cancelling,
        project=_plain(form.project.data) or None,
    )


def to_form(listing: ListingView) -> dict[str, Any]:
    price, cancelling = listing.price, listing.conditions.cancelling
    return {
        "kind": listing.kind,
        "title": listing.title,
        "summary": listing.summary,
        "body": listing.body,
        "category": listing.category,
        "tags": ", ".join(listing.tags),
        "languages": ", ".join(listing.languages),
        "place": listing.place_name,
        "price_amount": price.amount if price else None,
        "price_max": price.maximum if price else None,
        "currency": price.currency if price else None,
        "unit": price.unit if price else "",
        "price_text": price.text if price else None,
        "taxes": written_taxes(listing.conditions.taxes),
        "deposit": listing.conditions.deposit,
        "cancel_hours": cancelling and cancelling.hours,
        "cancel_early_percent": cancelling and cancelling.early_percent,
        "cancel_late_percent": cancelling and cancelling.late_percent,
        "project": listing.conditions.project,
        "expires_on": listing.expires_on,
        "visibility": listing.visibility,
    }


def _plain(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()


def _comma_separated(text: str | None) -> tuple[str, ...]:
    parts = ((text or "").replace("،", ",").replace("、", ",")).split(",")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
