"""A stretch of the books, ready to be written."""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct
from sqlalchemy import and_, or_, select

from federation.storage import Reader
from federation.storage.base import table_of
from node.ledger.models import LedgerEntry
from node.ledger.queries import balances, entry_views
from node.ledger.views import AccountView, Balance, EntryView
from node.money import Money

_AT_ONCE = 500
_DAY = timedelta(days=1)


class Book(Struct, frozen=True):
    """opening: what stood before the first entry; closing: what stands after the last.

    entries: by day, then in the order they were written.
    """

    title: str
    opening: tuple[Balance, ...]
    entries: tuple[EntryView, ...]
    closing: tuple[Balance, ...]

    @property
    def begins(self) -> date:
        """The day of the first entry; where there is none, a day that means nothing."""
        return self.entries[0].day if self.entries else date(1970, 1, 1)

    @property
    def ends(self) -> date:
        return self.entries[-1].day if self.entries else self.begins

    @property
    def accounts(self) -> Sequence[AccountView]:
        """Every account that is used, by code."""
        used = {one.account.code: one.account for one in (*self.opening, *self.closing)}
        used |= {line.account.code: line.account for one in self.entries for line in one.postings}
        return [used[code] for code in sorted(used)]

    @property
    def currencies(self) -> Sequence[str]:
        balances = (*self.opening, *self.closing)
        used = {one.money.currency for one in balances}
        used |= {line.money.currency for one in self.entries for line in one.postings}
        return sorted(used)

    @property
    def standing(self) -> Sequence[tuple[str, Money]]:
        """What stands at the end on every account that was used, also where that is nothing."""
        found = {
            (line.account.code, line.money.currency): Money(
                0, line.money.currency, line.money.scale
            )
            for one in self.entries
            for line in one.postings
        }
        found |= {(one.account.code, one.money.currency): one.money for one in self.closing}
        return [(code, found[code, currency]) for code, currency in sorted(found)]


async def read_book(reader: Reader, *, title: str, first: date | None, last: date | None) -> Book:
    """The books from one day to another, both included; to the ends where none is given."""
    opening = await balances(reader, last=first - _DAY) if first and first > date.min else []
    closing = await balances(reader, last=last)
    return Book(title, tuple(opening), tuple(await _journal(reader, first, last)), tuple(closing))


async def _journal(reader: Reader, first: date | None, last: date | None) -> list[EntryView]:
    entry, found = table_of(LedgerEntry), list[EntryView]()
    statement = select(entry).order_by(entry.c.day, entry.c.seq).limit(_AT_ONCE)
    if first is not None:
        statement = statement.where(entry.c.day >= first)
    if last is not None:
        statement = statement.where(entry.c.day <= last)
    while True:
        page = statement
        if found:
            day, seq = found[-1].day, found[-1].seq
            later = or_(entry.c.day > day, and_(entry.c.day == day, entry.c.seq > seq))
            page = statement.where(later)
        rows = await reader.rows(page)
        found += await entry_views(reader, rows)
        if len(rows) < _AT_ONCE:
            return found
