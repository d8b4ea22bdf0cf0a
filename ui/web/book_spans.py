"""Of which time the books are shown: a month, a financial year of the coop's, or all so far."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from node import ledger
from node.days import month_of_year
from node.errors import InvalidInput
from node.i18n import _
from node.ledger import PeriodView

CALENDAR_YEAR = "01-01"
_YEAR_DIGITS = 4


class Span(Struct, frozen=True):
    """key: as it stands in an address, 2027-01 or, for the year that begins in it, 2027; empty for
    all so far."""

    key: str = ""
    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return bool(self.key)

    def __str__(self) -> str:
        """January 2027; 2027; of a year that ends in the next one, 2027/28."""
        if self.first is None or self.last is None:
            return ""
        if len(self.key) > _YEAR_DIGITS:
            return month_of_year(self.first)
        if self.first.year == self.last.year:
            return self.key
        return f"{self.key}/{self.last.year % 100:02}"


def span_of(asked: Mapping[str, str], begins: str) -> Span:
    """The one that an address asks for. begins: the first day of the coop's year, like 04-06.
    Raises InvalidInput for one that is none."""
    key = asked.get("period", "").strip()
    if not key:
        return Span()
    if len(key) != _YEAR_DIGITS:
        return Span(key, *ledger.days_of(ledger.check_period(key)))
    try:
        return _year(int(key), begins)
    except ValueError:
        raise InvalidInput({"period": [_("Write a year, such as 2027.")]}) from None


def years_among(months: Iterable[PeriodView], begins: str) -> Sequence[Span]:
    """The financial years of which the books have a month, the newest first."""
    days = [day for one in months for day in ledger.days_of(one.key)]
    years = {ledger.year_of(day, begins) for day in days}
    return [_year(one, begins) for one in sorted(years, reverse=True)]


def _year(year: int, begins: str) -> Span:
    return Span(f"{year:04}", *ledger.days_of_year(year, begins))
