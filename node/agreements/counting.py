"""How much of a listing is asked for: by its times, its seasons and its guests. Pure."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from node import listings
from node.agreements import offered as offers
from node.agreements.offered import Offered
from node.agreements.terms import Line, Terms
from node.agreements.times import days_of, nights_of
from node.errors import InvalidInput
from node.i18n import _
from node.listings import GUEST_NIGHT, Kind, PriceView

_HOUR = Decimal(3600)
MOST_NIGHTS = 3660
"""By season: each of them is looked at."""


def counted(
    offered: Offered,
    quantity: Decimal | None,
    start: datetime | None,
    end: datetime | None,
    zone: str | None,
    guests: int | None = None,
) -> tuple[tuple[Offered, Decimal], ...]:
    """How much of it is asked for. By season: at each of the prices of its nights or days, how
    many of them cost that. quantity: None for as much as the times come to.

    Raises InvalidInput (`start`, `quantity`).
    """
    price = offered.price
    if offered.extra or price is None or price.amount is None or not price.seasons:
        return ((offered, how_many(offered, quantity, start, end, zone, guests)),)
    if start is None or end is None:
        raise InvalidInput({"start": [_("Its price goes by season: say from when to when.")]})
    many = quantity_of(offered, start, end, zone)
    each = (guests or 1) if offered.unit == GUEST_NIGHT else 1
    if quantity not in (None, many * each) or many > MOST_NIGHTS:
        raise InvalidInput({"quantity": [_("Its price goes by season, for the days you name.")]})
    offers.check_quantity(offered, many)
    first = start.astimezone(ZoneInfo(zone or "UTC")).date()
    spans = listings.by_season(price.seasons, price.amount, first, int(many))
    return tuple((flat(offered, price, amount), Decimal(count * each)) for amount, count in spans)


def how_many(
    offered: Offered,
    quantity: Decimal | None,
    start: datetime | None,
    end: datetime | None,
    zone: str | None,
    guests: int | None,
) -> Decimal:
    """What the times come to, and of what is for each guest how many of them come. quantity: None
    for that, or for one of what is added.

    Raises InvalidInput (`start`, `quantity`) where another number than that of the guests is said.
    """
    if offered.extra:
        return Decimal(1) if quantity is None else quantity
    if offered.unit != GUEST_NIGHT:
        return quantity_of(offered, start, end, zone) if quantity is None else quantity
    if start is None or end is None:
        raise InvalidInput({"start": [_("Say from when to when.")]})
    many = quantity_of(offered, start, end, zone) * (guests or 1)
    if quantity not in (None, many):
        raise InvalidInput({"quantity": [_("This is for each guest, for the days you name.")]})
    return many


def flat(offered: Offered, price: PriceView, amount: Decimal) -> Offered:
    """The same at what one of it costs in one season, as many as one likes."""
    flat = replace(price, amount=amount, seasons=(), least=None, step=None, most=None)
    before, after = offered.prices[: offered.option], offered.prices[offered.option + 1 :]
    return replace(offered, prices=(*before, flat, *after))


def by_times(line: Line, terms: Terms) -> Decimal:
    """How much of a line the times of terms are, and of what is for each guest their number."""
    many = quantity_of(line, terms.start, terms.end, terms.time_zone)
    return many * (terms.guests or 1) if line.unit == GUEST_NIGHT else many


def quantity_of(
    offered: Offered | Line, start: datetime | None, end: datetime | None, zone: str | None
) -> Decimal:
    """How much of it a span is: hours, days, nights, begun weeks or months, after the listing's
    unit; else one."""
    if start is None or end is None or end <= start:
        return Decimal(1)
    first, last = days_of(start, end, zone)
    days = (last - first).days
    by_night = offered.kind == Kind.STAY and offered.unit == "one"
    if by_night or offered.unit in ("night", "day", GUEST_NIGHT):
        return Decimal(nights_of(start, end, zone))
    if offered.unit == "week":
        return Decimal(max(-(-days // 7), 1))
    if offered.unit == "month":
        months = 12 * (last.year - first.year) + last.month - first.month
        return Decimal(max(months + (last.day > first.day), 1))
    if offered.unit == "hour":
        seconds = Decimal(int((end - start).total_seconds()))
        return (seconds / _HOUR).quantize(Decimal("0.01"))
    return Decimal(1)
