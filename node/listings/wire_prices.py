"""What a listing costs as it travels: ours as its peers read it, a peer's as we keep it. Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from node import content
from node.listings import conditions, extras, prices
from node.listings.conditions import Conditions
from node.listings.prices import FEDERATION, MOST_PRICES, PriceView
from node.listings.rules import LONGEST_LINE, LONGEST_WORD
from node.listings.seasons import Season
from node.money import is_currency
from protocol.errors import MalformedDocument
from protocol.vocabulary.listings import ListingOnWire
from protocol.vocabulary.prices import PriceOnWire, SeasonOnWire, in_words

_SIGNED = frozenset({"least", "step", "most", "hours", "taxes", "taxes_included", "deposit"})
"""Parts of a price that are not left out where they cannot be read: whoever asks would sign it."""


def on_wire(price: PriceView) -> PriceOnWire:
    """Of a scale, what is suggested is the amount: so much is asked of who knows no scales."""
    is_scale = price.maximum is not None
    return PriceOnWire(
        amount=price.suggested if is_scale else price.amount,
        currency=price.currency,
        unit=price.unit,
        minimum=price.amount if is_scale else None,
        maximum=price.maximum,
        text=price.text,
        label=price.label,
        least=price.least,
        step=price.step,
        most=price.most,
        hours=price.hours,
        seasons=tuple(
            SeasonOnWire(one.first, one.last, one.amount, one.yearly) for one in price.seasons
        ),
        conditions=conditions.document(price.asks, price.currency) if price.asks else None,
    )


def further(prices_: Sequence[PriceView], whom: str | None) -> tuple[PriceOnWire, ...]:
    """Those beside the first that are for these; what is for our members alone does not travel."""
    return tuple(on_wire(one) for one in prices_[1:] if one.whom == whom)


def mirrored(wire: ListingOnWire) -> list[PriceView]:
    """The first one is the price where only one is known; of the others those with an amount."""
    first = _mirrored_price(wire.price) if wire.price else PriceView()
    others = [_mirrored_price(one) for one in wire.alternatives[: MOST_PRICES - 1]]
    left = MOST_PRICES - 1 - len(others)
    others += [
        replace(_mirrored_price(one), whom=FEDERATION) for one in wire.federation_prices[:left]
    ]
    if first == PriceView():
        return []
    return [first, *(one for one in others if one.amount is not None and one != first)]


def mirrored_extras(wire: ListingOnWire, asked: list[PriceView]) -> list[PriceView]:
    """Which of them is meant goes by their order: one that cannot be read is not left out. Beside
    a price in words alone nothing can be asked for."""
    first = asked[0] if asked else PriceView()
    if first.amount is None:
        return []
    found = [
        extras.made(
            *(_words(one.label), one.amount, one.most, one.currency),
            always=one.least is not None and one.least > 0,
        )
        for one in wire.extras[: extras.MOST_EXTRAS]
    ]
    wrong = any(one.currency != first.currency for one in found)
    if wrong or next(extras.faults(first, found, LONGEST_WORD), None):
        raise MalformedDocument("The extras cannot be.", code="bad-property")
    return found


def _mirrored_price(price: PriceOnWire) -> PriceView:
    for amount in (price.amount, price.minimum, price.maximum):
        if amount is not None and amount < 0:
            raise MalformedDocument("The price is below zero.", code="bad-property")
    low, high = price.amount, price.maximum
    if low is None or (price.minimum is not None and high is not None):
        low = price.minimum
    currency = price.currency if price.currency and is_currency(price.currency) else None
    said = PriceView(
        amount=low if currency else None,
        maximum=high if currency and low is not None else None,
        currency=currency,
        unit=_words(price.unit),
        text=_words(price.text, LONGEST_LINE),
        label=_words(price.label),
    )
    if said.amount is not None:
        said = replace(said, least=price.least, step=price.step, most=price.most)
    if price.is_whole:
        if currency is None:
            return PriceView(unit=said.unit, text=_words(in_words(price), LONGEST_LINE))
        every = tuple(Season(one.first, one.last, one.amount, one.yearly) for one in price.seasons)
        said = replace(said, hours=price.hours, seasons=every, asks=_asks(price, currency))
    if any(part in _SIGNED or part.startswith("season") for part, _why in prices.faults(said)):
        raise MalformedDocument("The parts of a price cannot be.", code="bad-property")
    if price.amount is None or next(
        prices.faults(with_it := replace(said, suggested=price.amount)), 0
    ):
        return said
    return with_it


def _asks(price: PriceOnWire, currency: str) -> Conditions | None:
    if price.conditions is None:
        return None
    try:
        return conditions.as_said(price.conditions, currency)
    except conditions.Unreadable as error:
        detail = f"The conditions of a price cannot be read: {error}."
        raise MalformedDocument(detail, code="bad-property") from None


def _words(text: str | None, longest: int = LONGEST_WORD) -> str | None:
    return content.name(text, longest) or None if text else None
