"""What a listing costs, and what can be added to it, as the API sends and takes it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from node import listings
from node.errors import InvalidInput
from node.i18n import _
from node.listings import Conditions, ListingDraft, PriceView
from node.money import HOUR, scale_of
from ui.web.api import types
from ui.web.api.price_types import Extra, Price, PriceGiven, Season, Tax


def read(given: types.ListingChange, draft: ListingDraft) -> ListingDraft:
    """The draft with the prices that were sent. Raises InvalidInput (`prices`)."""
    if given.price is not UNSET:
        draft = replace(draft, **_first(given.price or PriceGiven()))
    if given.prices is not UNSET:
        first, *more = given.prices or [PriceGiven()]
        if first.whom:
            raise InvalidInput({"prices": [_("The first price is for everybody.")]})
        if _asks(first):
            complaint = _("What the first price asks for stands in the conditions.")
            raise InvalidInput({"prices": [complaint]})
        if any(one.text for one in more):
            raise InvalidInput({"prices": [_("Only the first price can have words (text).")]})
        further = (*map(_further, more), *draft.extras)
        draft = replace(draft, **_first(first), more_prices=further)
    if given.extras is UNSET:
        return draft
    extras = (
        listings.extra_price(one.label, one.amount, one.most, draft.currency, always=one.always)
        for one in given.extras
    )
    kept = (one for one in draft.more_prices if not one.extra)
    return replace(draft, more_prices=(*kept, *extras))


def written(price: PriceView | None) -> Price | None:
    """A price as it is sent."""
    if price is None:
        return None
    return Price(
        amount=_text(price.amount, price.currency),
        currency=price.currency,
        unit=price.unit,
        text=price.text,
        maximum=_text(price.maximum, price.currency),
        label=price.label,
        suggested=_text(price.suggested, price.currency),
        least=_quantity(price.least),
        step=_quantity(price.step),
        most=_quantity(price.most),
        whom=price.whom,
        hours=_text(price.hours, HOUR),
        seasons=[Season(one.first, one.last, one.amount, one.yearly) for one in price.seasons],
        **(_asks_written(price.asks, price.currency) if price.asks else {}),
    )


def all_written(prices: Sequence[PriceView]) -> list[Price]:
    return [one for price in prices if (one := written(price))]


def extras_written(extras: Sequence[PriceView]) -> list[Extra]:
    return [
        Extra(
            one.label or "",
            _text(one.amount, one.currency) or "",
            _quantity(one.most),
            one.is_always,
        )
        for one in extras
    ]


def _first(price: PriceGiven) -> dict[str, Any]:
    return {
        "price_amount": price.amount,
        "price_max": price.maximum,
        "currency": price.currency,
        "unit": price.unit,
        "price_text": price.text,
        "price_label": price.label,
        "price_suggested": price.suggested,
        "price_least": price.least,
        "price_step": price.step,
        "price_most": price.most,
        "price_hours": price.hours,
        "price_seasons": _seasons(price),
    }


def _further(price: PriceGiven) -> PriceView:
    return PriceView(
        price.amount,
        price.maximum,
        price.currency,
        price.unit,
        label=price.label,
        suggested=price.suggested,
        least=price.least,
        step=price.step,
        most=price.most,
        whom=price.whom,
        hours=price.hours,
        seasons=_seasons(price),
        asks=_asks(price),
    )


def _asks(price: PriceGiven) -> Conditions | None:
    taxes, included = (
        tuple(listings.Tax(one.name, one.percent) for one in each)
        for each in (price.taxes, price.included)
    )
    said = Conditions(taxes, price.deposit, included=included)
    return None if said == Conditions() else said


def _asks_written(asks: Conditions, currency: str | None) -> dict[str, Any]:
    return {
        "taxes": [Tax(one.name, one.percent) for one in asks.taxes],
        "included": [Tax(one.name, one.percent) for one in asks.included],
        "deposit": _text(asks.deposit, currency),
    }


def _seasons(price: PriceGiven) -> tuple[listings.Season, ...]:
    return tuple(
        listings.Season(one.first, one.last, one.amount, one.yearly) for one in price.seasons
    )


def _quantity(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _text(amount: Decimal | None, currency: str | None) -> str | None:
    """ "12.50" for twelve pounds fifty: the currency's own decimals, or more where there are."""
    if amount is None:
        return None
    exponent = amount.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"{amount:.{max(decimals, scale_of(currency) if currency else 0)}f}"
