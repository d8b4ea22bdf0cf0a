"""Prices by season: spans of days that cost something else, counted day by day. Pure."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from node.errors import InvalidInput
from node.i18n import Text, _
from node.money import Money

Span = tuple[date, date, bool]
MOST_SEASONS = 6
_LONGEST_YEARLY = timedelta(days=364)
GUEST_NIGHT = "guest-night"
"""A night for each guest."""
UNITS = frozenset({"night", "day", GUEST_NIGHT})
"""What is counted so that each of it falls into a season."""


class Season(Struct, frozen=True):
    """first, last: both belong to it; a night is that of the day on which it begins. amount: of one
    night or day, in the currency of the price. yearly: it comes back each year."""

    first: date
    last: date
    amount: Decimal
    yearly: bool = False

    @property
    def span(self) -> Span:
        """Its days, whatever they cost."""
        return self.first, self.last, self.yearly


def faults(seasons: Sequence[Season], currency: str) -> Iterator[tuple[str, Text]]:
    """What keeps seasons from being taken, each with the part that is wrong: `season2_last`."""
    if len(seasons) > MOST_SEASONS:
        yield "season1_first", _("At most %(most)s seasons.", most=MOST_SEASONS)
        return
    for number, one in enumerate(seasons, 1):
        if one.last < one.first:
            yield f"season{number}_last", _("The end comes before the beginning.")
        if one.yearly and one.last - one.first > _LONGEST_YEARLY:
            yield f"season{number}_last", _("What comes back each year is shorter than a year.")
        if any(_overlap(one, other) for other in seasons[: number - 1]):
            yield f"season{number}_first", _("Two seasons share a day: let one end before.")
        if not one.amount.is_finite() or one.amount < 0:
            yield f"season{number}_amount", _("A price is 0 or more.")
            continue
        try:
            Money.of(one.amount, currency)
        except InvalidInput as error:
            for complaint in error.fields["amount"]:
                yield f"season{number}_amount", complaint


def counted(
    seasons: Sequence[Season], usual: Decimal, first: date, many: int
) -> list[tuple[Decimal, int]]:
    """What so many nights or days from one on cost each, and how many cost that; in their order.

    usual: what one costs outside all seasons.
    """
    found: dict[Decimal, int] = {}
    day, end = first, first + timedelta(days=many)
    seasons = [each for one in seasons for each in _between(one, first.year, end.year)]
    while day < end:
        amount, until = _stretch(seasons, usual, day, end)
        found[amount] = found.get(amount, 0) + (until - day).days
        day = until
    return list(found.items())


def stored(seasons: Sequence[Season]) -> list[dict[str, Any]]:
    """As JSON."""
    return [
        {
            "first": one.first.isoformat(),
            "last": one.last.isoformat(),
            "amount": f"{one.amount:f}",
        }
        | ({"yearly": True} if one.yearly else {})
        for one in seasons
    ]


def read(rows: Any) -> tuple[Season, ...]:
    """`stored` the other way round, also of what others wrote. Raises ValueError, TypeError."""
    if not isinstance(rows, list):
        raise TypeError("seasons")
    return tuple(map(_read, rows))


def _read(row: Any) -> Season:
    if not isinstance(row, Mapping) or row.keys() - {"yearly"} != {"first", "last", "amount"}:
        raise ValueError("season")
    if row.get("yearly", True) is not True:
        raise ValueError("yearly")
    amount = row["amount"]
    if not isinstance(amount, str) or not re.fullmatch(r"[0-9]{1,16}(\.[0-9]{1,6})?", amount):
        raise ValueError("amount")
    return Season(_day(row["first"]), _day(row["last"]), Decimal(amount), "yearly" in row)


def _day(text: Any) -> date:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError("day")
    return date.fromisoformat(text)


def _overlap(one: Season, other: Season) -> bool:
    """Whether they share a day in any year."""
    if other.yearly and not one.yearly:
        one, other = other, one
    if one.yearly and other.last - other.first > _LONGEST_YEARLY:
        return True
    begin, end = other.first.year, other.last.year
    return any(
        mine.first <= theirs.last and theirs.first <= mine.last
        for mine in _between(one, begin, end)
        for theirs in ([other] if not other.yearly else _between(other, begin, end))
    )


def _between(season: Season, begin: int, end: int) -> list[Season]:
    """As it lies in some years, one that begins in the year before too; too long, as it is."""
    if not season.yearly or season.last - season.first > _LONGEST_YEARLY:
        return [season]
    longer = season.last.year - season.first.year
    years = range(max(begin - 1, date.min.year), min(end, date.max.year - 1) + 1)
    return [
        replace(
            season,
            first=_in_year(season.first, year, date(year, 3, 1)),
            last=_in_year(season.last, year + longer, date(year + longer, 2, 28)),
        )
        for year in years
    ]


def _in_year(day: date, year: int, instead: date) -> date:
    """instead: of 29 February, where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return instead


def _stretch(
    seasons: Sequence[Season], usual: Decimal, day: date, end: date
) -> tuple[Decimal, date]:
    """What a day costs, and the next day that may cost something else."""
    for one in seasons:
        if one.first <= day <= one.last:
            return one.amount, min(end, one.last + timedelta(days=1))
    starts = (one.first for one in seasons if one.first > day)
    return usual, min(itertools.chain([end], starts))
