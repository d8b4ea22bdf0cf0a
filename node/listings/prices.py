"""What a listing costs: one price, or several to choose from, each fixed or on a scale. Pure.

A price of 0 is a gift. What is paid in hours (`HOUR`) is paid in time; what is paid partly in money
and partly in hours has both.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings import conditions, seasons
from node.listings.conditions import Conditions
from node.listings.seasons import Season, Span
from node.money import HOUR, LARGEST_AMOUNT, LARGEST_QUANTITY, Money, is_currency, scale_of
from node.text import fold

MOST_PRICES = 4
MEMBERS, FEDERATION = "members", "federation"
"""For whom a price is that is not for everybody."""
GIFT, TIME = "gift", "time"
"""Ways to pay that are no money; the others are the codes of currencies."""
UNITS = frozenset(
    {
        *("hour", "day", "night", "guest-night", "week", "month", "year"),
        *("visit", "piece", "kg", "session", "person"),
    }
)
"""Those that pages say in each language; any other is in the words of whoever wrote it."""


class PriceView(Struct, frozen=True):
    """A price; with `maximum` a scale that begins at `amount`, on which one chooses.

    text: the price in words. label: for what it is, where there are several. suggested: what those
    give on the scale who can. least, step, most: how many units one takes at this price, if that is
    limited: a second price from ten pieces on is cheaper by the piece. whom: `MEMBERS` of this coop
    alone, those of coops in a `FEDERATION` with it, too; None: everybody. hours: asked on top of
    the money, for each unit. seasons: when one night or day costs something else than `amount`.
    extra: of something that can be added to the thing itself, see `extras`. asks: taxes and a
    deposit in place of the listing's, see `Conditions.at`.
    """

    amount: Decimal | None = None
    maximum: Decimal | None = None
    currency: str | None = None
    unit: str | None = None
    text: str | None = None
    label: str | None = None
    suggested: Decimal | None = None
    least: Decimal | None = None
    step: Decimal | None = None
    most: Decimal | None = None
    whom: str | None = None
    hours: Decimal | None = None
    seasons: tuple[Season, ...] = ()
    extra: bool = False
    asks: Conditions | None = None

    @property
    def is_scale(self) -> bool:
        """Whether one chooses how much."""
        return None not in (self.amount, self.maximum) and self.maximum != self.amount

    @property
    def is_always(self) -> bool:
        """Whether it is an extra that is part of every booking."""
        return self.extra and self.least is not None

    @property
    def limits_quantity(self) -> bool:
        """Whether one cannot take as much as one likes."""
        return (self.least, self.step, self.most) != (None, None, None)

    def takes(self, quantity: Decimal) -> bool:
        """Whether so many units can be had at this price; steps are counted from the least."""
        above = quantity - (self.least or 0)
        fits = above >= 0 and (self.most is None or quantity <= self.most)
        return fits and (self.step is None or above % self.step == 0)

    @property
    def is_gift(self) -> bool:
        """Whether it costs nothing."""
        return self.amount == 0 and not self.is_scale

    @property
    def ends(self) -> tuple[Decimal, Decimal] | None:
        """The least and the most that one costs, on its scale and in its seasons."""
        if self.amount is None:
            return None
        seasonal = [one.amount for one in self.seasons]
        upper = self.amount if self.maximum is None else self.maximum
        return min(self.amount, *seasonal, upper), max(upper, *seasonal, self.amount)

    @property
    def usual(self) -> Decimal | None:
        """What is asked unless somebody chooses: on a scale what is suggested, or its beginning."""
        return self.amount if self.suggested is None else self.suggested


def faults(price: PriceView) -> Iterator[tuple[str, Text]]:
    """What keeps a price from being taken, each with the part of it that is wrong."""
    if price.amount is None:
        if price.maximum is not None or price.suggested is not None:
            yield "amount", _("Give the lower end of the price too.")
        if price.hours is not None:
            yield "hours", _HOURS_ALONE
        if price.seasons:
            yield "amount", _("Say how much this is.")
        return
    if price.currency is None or not is_currency(price.currency):
        yield "currency", _("Use a currency code such as GBP, EUR or HOUR.")
        if is_sayable(price) and price.maximum is not None and price.maximum < price.amount:
            yield "max", _ENDS_SWAPPED
        return
    for name, amount in _amounts(price):
        if not amount.is_finite() or amount < 0:
            yield name, _("A price is 0 or more.")
            return
        try:
            Money.of(amount, HOUR if name == "hours" else price.currency)
        except InvalidInput as error:
            for complaint in error.fields["amount"]:
                yield name, complaint
    if price.hours is not None and not _is_mix(price):
        yield "hours", _HOURS_ALONE
    if price.maximum is not None and price.maximum < price.amount:
        yield "max", _ENDS_SWAPPED
    elif price.suggested is not None and not (
        price.is_scale and price.amount <= price.suggested <= (price.maximum or 0)
    ):
        yield "suggested", _("What you suggest lies between the two ends of the price.")
    yield from _quantity_faults(price)
    yield from _season_faults(price, price.currency)
    if price.asks is not None:
        kept = replace(price.asks, deposit=price.asks.deposit or None)
        yield from conditions.faults(kept, price.currency).items()
    if price.whom not in (None, MEMBERS, FEDERATION):
        yield "whom", _("Choose one of: %(possible)s.", possible=f"{MEMBERS}, {FEDERATION}")


def faults_beside(
    first: PriceView, more: Sequence[PriceView], longest: int
) -> Iterator[tuple[str, Text]]:
    """What keeps further prices from being taken, by the field of a form. longest: of words."""
    if not more:
        return
    if first.amount is None:
        yield "price_amount", _("Fill in the first price before the others.")
    spans = season_spans((first, *more))
    if len(spans) > seasons.MOST_SEASONS:
        yield "season1_first", _("At most %(most)s seasons.", most=seasons.MOST_SEASONS)
    if len(more) >= MOST_PRICES:
        yield "more_prices", _("At most %(most)s prices.", most=MOST_PRICES)
    for number, price in enumerate(more, 2):
        if price.amount is None:
            yield f"price{number}_amount", _("Say how much this is.")
        for part, complaint in faults(price):
            if part == "currency" and price.currency == first.currency:
                continue  # Said once, of the first.
            yield _placed(part, number, price, spans), complaint
        if max(len(price.label or ""), len(price.unit or "")) > longest:
            too_long = _("This is too long: at most %(longest)s characters.", longest=longest)
            yield f"price{number}_label", too_long
        if price.label and _told_apart(price) in map(_told_apart, (first, *more[: number - 2])):
            yield f"price{number}_label", _("This stands here already.")
    # What is no number cannot be compared, and is complained of above.
    known = [one for one in (first, *more) if one != PriceView() and is_sayable(one)]
    if len(set(known)) < len(known):
        yield "price_label", _("Two prices are the same: say for what each of them is.")


def _told_apart(price: PriceView) -> tuple[object, ...]:
    """By what people tell prices apart before they look at the sum."""
    label = fold(price.label or "")
    return label, price.currency, price.unit, price.least, price.whom


def season_spans(every: Sequence[PriceView]) -> list[Span]:
    """The seasons of several prices, each once: those of the first price first."""
    return list(dict.fromkeys(one.span for price in every for one in price.seasons))


def _placed(part: str, number: int, price: PriceView, spans: list[Span]) -> str:
    """The field of a form for a part of a further price; a season has one row for all prices."""
    if not part.startswith("season"):
        return f"price{number}_{part}"
    at, what = part.removeprefix("season").split("_")
    row = spans.index(price.seasons[int(at) - 1].span) + 1
    return f"season{row}_{what}{number if what == 'amount' else ''}"


def is_sayable(price: PriceView) -> bool:
    """Whether all its amounts and quantities are numbers."""
    counts = (one for one in (price.least, price.step, price.most) if one is not None)
    return all(one.is_finite() for one in (*(sum_ for _name, sum_ in _amounts(price)), *counts))


def stored(prices: Sequence[PriceView]) -> list[dict[str, Any]] | None:
    """Prices as JSON, without what is not said; None if there are none."""
    return [_written(price) for price in prices] or None


def read(rows: Sequence[Mapping[str, Any]] | None) -> tuple[PriceView, ...]:
    """`stored` the other way round."""
    return tuple(
        PriceView(**{name: _read_part(name, said, row) for name, said in row.items()})
        for row in rows or ()
    )


def spans(prices: Sequence[PriceView]) -> list[list[Any]] | None:
    """[currency, from, to] of each that is for everybody, in the currency's smallest unit, for
    search; None without."""
    return [
        [price.currency, *(_smallest(end, price.currency) for end in price.ends)]
        for price in prices
        if price.currency and price.whom is None and price.ends is not None
    ] or None


def ways(prices: Sequence[PriceView]) -> list[str]:
    """How it can be paid: as a gift, with time, in which currencies."""
    return list(dict.fromkeys(way for price in prices for way in _ways(price)))


def digits(amount: Decimal | None) -> str | None:
    """Plain digits without an exponent."""
    return None if amount is None else f"{amount:f}"


def is_way(text: str) -> bool:
    """Whether something can be paid like this."""
    return text in (GIFT, TIME) or is_currency(text)


NUMBERS = frozenset({"amount", "maximum", "suggested", "least", "step", "most", "hours"})


def _quantity_faults(price: PriceView) -> Iterator[tuple[str, Text]]:
    said = {"least": price.least, "step": price.step, "most": price.most}
    for name, number in said.items():
        if number is not None and not (
            number.is_finite() and 0 < number <= LARGEST_QUANTITY and number == round(number, 3)
        ):
            yield name, _("This is a number above 0, with three decimals at most.")
            return
    if price.most is not None and not price.takes(price.most):
        yield "most", _("The most is the least, or whole steps above it.")


def _amounts(price: PriceView) -> Iterator[tuple[str, Decimal]]:
    said = {
        "amount": price.amount,
        "max": price.maximum,
        "suggested": price.suggested,
        "hours": price.hours,
    }
    for name, amount in said.items():
        if amount is not None:
            yield name, amount


def _written(price: PriceView) -> dict[str, Any]:
    said = asdict(price)
    said |= {
        "seasons": seasons.stored(price.seasons) or None,
        "asks": price.asks and conditions.document(price.asks, price.currency),
    }
    return {
        name: f"{value:f}" if name in NUMBERS else value
        for name, value in said.items()
        if value is not None and value is not False
    }


def _read_part(name: str, said: Any, row: Mapping[str, Any]) -> Any:
    if name == "asks":
        return conditions.as_said(said, row.get("currency"))
    if name == "seasons":
        return seasons.read(said)
    return Decimal(said) if name in NUMBERS else said


def _season_faults(price: PriceView, currency: str) -> Iterator[tuple[str, Text]]:
    if not price.seasons:
        return
    if price.unit not in seasons.UNITS:
        yield "season1_first", _("What goes by season is counted by night or by day.")
    if price.is_scale:
        yield "season1_first", _("A price that people choose does not go by season too.")
    yield from seasons.faults(price.seasons, currency)


def _ways(price: PriceView) -> Iterator[str]:
    if price.is_gift:
        yield GIFT
    elif price.currency:
        yield TIME if price.currency == HOUR else price.currency
    if price.hours:
        yield TIME


def _is_mix(price: PriceView) -> bool:
    """Whether there is money that its hours come on top of."""
    costs = price.hours and (price.amount or price.is_scale)
    return bool(costs) and price.currency not in (HOUR, "CREDIT")


_ENDS_SWAPPED = _("The upper end is below the lower one.")
_HOURS_ALONE = _("Hours come on top of a sum of money; for hours alone, the currency is HOUR.")


def _smallest(amount: Decimal, currency: str) -> int:
    return min(int(amount.scaleb(scale_of(currency))), LARGEST_AMOUNT)
