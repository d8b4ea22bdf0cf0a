"""What stands in the books, down to the entry that made a figure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from federation.storage import Reader
from federation.storage.base import table_of
from node import vault
from node.errors import InvalidInput, NotFound
from node.i18n import _
from node.ledger.models import LedgerAccount, LedgerEntry, LedgerPosting
from node.ledger.views import (
    AccountView,
    Balance,
    EntryView,
    PostingView,
    Statement,
    StatementLine,
    account_view,
)
from node.money import Money

_entry, _posting = table_of(LedgerEntry), table_of(LedgerPosting)


async def accounts(reader: Reader) -> list[AccountView]:
    """Every account in the order of codes, closed ones too."""
    rows = await reader.scalars(select(LedgerAccount).order_by(LedgerAccount.code))
    return [account_view(row) for row in rows]


async def account(reader: Reader, account_id: str) -> AccountView:
    """One account by its id or its code. Raises NotFound."""
    row = await reader.scalar(
        select(LedgerAccount).where(
            or_(LedgerAccount.id == account_id, LedgerAccount.code == account_id)
        )
    )
    if row is None:
        raise NotFound(_("There is no such account."))
    return account_view(row)


async def balances(
    reader: Reader, *, first: date | None = None, last: date | None = None
) -> list[Balance]:
    """The trial balance at the end of `last`, account by account and currency by currency.

    With `first`: only what was booked from then on. What is even is left out.
    """
    total = func.sum(_posting.c.amount)
    rows = await reader.rows(
        _between(
            select(_posting.c.account_id, _posting.c.currency, _posting.c.scale, total)
            .join(_entry, _entry.c.seq == _posting.c.entry_seq)
            .group_by(_posting.c.account_id, _posting.c.currency, _posting.c.scale)
            .having(total != 0),
            first,
            last,
        )
    )
    by_id = {one.id: one for one in await accounts(reader)}
    found = [
        Balance(by_id[account_id], Money(int(amount), currency, scale))
        for account_id, currency, scale, amount in rows
    ]
    return sorted(found, key=lambda one: (one.account.code, one.money.currency))


async def statement(
    reader: Reader,
    account_id: str,
    *,
    first: date | None = None,
    last: date | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Statement:
    """What was booked on an account, oldest first, with what stood there after each line.

    Raises NotFound for an account, InvalidInput (`cursor`) for a cursor that is none of ours.
    """
    shown = await account(reader, account_id)
    start = await _place_of(reader, cursor) if cursor else None
    after = _after(start) if start else (_entry.c.day >= first if first else None)
    running = await _standing_before(reader, shown.id, first, start)
    before = _as_money(running)
    columns: Select[Any] = (
        select(
            *(_entry.c[name] for name in ("id", "seq", "day", "recipe", "source", "sealed")),
            *(_posting.c[name] for name in ("line", "amount", "currency", "scale")),
        )
        .join(_posting, _posting.c.entry_seq == _entry.c.seq)
        .where(_posting.c.account_id == shown.id)
        .order_by(_entry.c.day, _entry.c.seq, _posting.c.line)
        .limit(limit + 1)
    )
    if after is not None:
        columns = columns.where(after)
    if last is not None:
        columns = columns.where(_entry.c.day <= last)
    rows = await reader.rows(columns)
    words = await _words(reader, rows[:limit])
    lines = [_statement_line(row, words, running) for row in rows[:limit]]
    more = _write_cursor(rows[limit - 1]) if len(rows) > limit else None
    return Statement(shown, before, tuple(lines), _as_money(running), more)


async def entries(
    reader: Reader,
    *,
    account: str | None = None,
    period: str | None = None,
    source: str | None = None,
    party: str | None = None,
    first: date | None = None,
    last: date | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[EntryView], str | None]:
    """Entries, the newest first, and where the next page begins. account: its id or code."""
    statement = select(_entry).order_by(_entry.c.seq.desc()).limit(limit + 1)
    if account is not None:
        on_it = (
            select(_posting.c.entry_seq)
            .join(LedgerAccount, LedgerAccount.id == _posting.c.account_id)
            .where(or_(LedgerAccount.id == account, LedgerAccount.code == account))
        )
        statement = statement.where(_entry.c.seq.in_(on_it))
    for column, value in (("period", period), ("source", source), ("party", party)):
        if value is not None:
            statement = statement.where(_entry.c[column] == value)
    if cursor is not None:
        statement = statement.where(_entry.c.seq < await _seq_of(reader, cursor))
    rows = await reader.rows(_between(statement, first, last))
    page = await entry_views(reader, rows[:limit])
    return page, page[-1].id if len(rows) > limit else None


async def entry(reader: Reader, entry_id: str) -> EntryView:
    """One entry with its postings and its place in the chain. Raises NotFound."""
    found = await entry_where(reader, LedgerEntry.id == entry_id)
    if found is None:
        raise NotFound(_("There is no such entry."))
    return found


async def worded_before(reader: Reader, day: date, most: int | None = None) -> list[str]:
    """Entries older than a day whose words can still be read, at most so many."""
    old = select(_entry.c.id).where(_entry.c.day < day, *_worded()).order_by(_entry.c.seq)
    return await reader.scalars(old.limit(most))


async def count_worded(reader: Reader) -> int:
    """How many entries have words that can be read."""
    return await reader.scalar(select(func.count()).select_from(_entry).where(*_worded())) or 0


def _worded() -> tuple[ColumnElement[bool], ...]:
    return (_entry.c.sealed.is_not(None), _entry.c.id.not_in(vault.destroyed()))


async def entry_where(reader: Reader, *conditions: ColumnElement[bool]) -> EntryView | None:
    """The entry that the conditions name, if there is one."""
    found = await entry_views(reader, await reader.rows(select(_entry).where(*conditions)))
    return found[0] if found else None


async def entry_views(reader: Reader, rows: Sequence[Row[Any]]) -> list[EntryView]:
    """Rows of entries as they are shown, in the same order; three queries for all of them."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    words = await _words(reader, rows)
    reversals = dict(
        await reader.rows(select(_entry.c.reverses, _entry.c.id).where(_entry.c.reverses.in_(ids)))
    )
    postings = await _postings(reader, [row.seq for row in rows])
    return [_entry_view(row, words, reversals, postings) for row in rows]


def _entry_view(
    row: Row[Any],
    words: Mapping[str, str | None],
    reversals: Mapping[str, str],
    postings: Mapping[int, Sequence[PostingView]],
) -> EntryView:
    return EntryView(
        id=row.id,
        seq=row.seq,
        day=row.day,
        period=row.period,
        recipe=row.recipe,
        source=row.source,
        party=row.party,
        text=words[row.id],
        by=row.by,
        at=row.at,
        policy_versions=row.policy_versions,
        reverses=row.reverses,
        reversed_by=reversals.get(row.id),
        postings=tuple(postings.get(row.seq, ())),
        previous=row.previous,
        digest=row.digest,
    )


async def _words(reader: Reader, rows: Sequence[Row[Any]]) -> dict[str, str | None]:
    """What each entry says: nothing where nothing was said, None where it was taken away."""
    boxes = {row.id: row.sealed for row in rows if row.sealed is not None}
    opened = await vault.unseal_many(reader, boxes) if boxes else {}
    said: dict[str, str | None] = {row.id: "" for row in rows}
    return said | {key: content["text"] if content else None for key, content in opened.items()}


async def _postings(reader: Reader, seqs: Sequence[int]) -> Mapping[int, list[PostingView]]:
    rows = await reader.rows(
        select(LedgerPosting, LedgerAccount)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerPosting.entry_seq.in_(seqs))
        .order_by(LedgerPosting.entry_seq, LedgerPosting.line)
    )
    found: defaultdict[int, list[PostingView]] = defaultdict(list)
    for posting, owner in rows:
        money = Money(posting.amount, posting.currency, posting.scale)
        found[posting.entry_seq].append(PostingView(posting.line, account_view(owner), money))
    return found


def _between(statement: Any, first: date | None, last: date | None) -> Any:
    if first is not None:
        statement = statement.where(_entry.c.day >= first)
    if last is not None:
        statement = statement.where(_entry.c.day <= last)
    return statement


Place = tuple[date, int, int]
"""Where a posting stands in a statement: its day, the entry's place in the chain, its line."""


def _after(place: Place) -> ColumnElement[bool]:
    day, seq, line = place
    same_entry = and_(_entry.c.day == day, _entry.c.seq == seq, _posting.c.line > line)
    return or_(_entry.c.day > day, and_(_entry.c.day == day, _entry.c.seq > seq), same_entry)


async def _standing_before(
    reader: Reader, account_id: str, first: date | None, start: Place | None
) -> dict[tuple[str, int], int]:
    """What stood on an account where a statement begins, by currency and scale."""
    if start is None and first is None:
        return {}
    statement = (
        select(_posting.c.currency, _posting.c.scale, func.sum(_posting.c.amount))
        .join(_entry, _entry.c.seq == _posting.c.entry_seq)
        .where(_posting.c.account_id == account_id)
        .group_by(_posting.c.currency, _posting.c.scale)
    )
    earlier = ~_after(start) if start else _entry.c.day < first
    rows = await reader.rows(statement.where(earlier))
    return {(currency, scale): int(amount) for currency, scale, amount in rows}


def _statement_line(
    row: Row[Any], words: Mapping[str, str | None], running: dict[tuple[str, int], int]
) -> StatementLine:
    unit = (row.currency, row.scale)
    running[unit] = running.get(unit, 0) + row.amount
    return StatementLine(
        entry_id=row.id,
        seq=row.seq,
        day=row.day,
        recipe=row.recipe,
        source=row.source,
        text=words[row.id],
        money=Money(row.amount, *unit),
        balance=Money(running[unit], *unit),
    )


def _as_money(sums: Mapping[tuple[str, int], int]) -> dict[str, Money]:
    return {
        currency: Money(amount, currency, scale)
        for (currency, scale), amount in sorted(sums.items())
    }


def _write_cursor(row: Row[Any]) -> str:
    return f"{row.id}.{row.line}"


async def _place_of(reader: Reader, cursor: str) -> Place:
    entry_id, _dot, line = cursor.partition(".")
    row = (await reader.rows(select(_entry.c.day, _entry.c.seq).where(_entry.c.id == entry_id)))[:1]
    if not row or not line.isdecimal() or len(line) > 4:
        raise _not_ours()
    return row[0].day, row[0].seq, int(line)


async def _seq_of(reader: Reader, entry_id: str) -> int:
    seq: int | None = await reader.scalar(select(_entry.c.seq).where(_entry.c.id == entry_id))
    if seq is None:
        raise _not_ours()
    return seq


def _not_ours() -> InvalidInput:
    return InvalidInput({"cursor": [_("Use `next` of the page before as it is.")]})


async def party_of(
    reader: Reader, sources: Collection[str], recipes: Collection[str]
) -> str | None:
    """Who is on the other side of the first entry that one of these recipes made of these."""
    chosen = select(_entry.c.party).where(
        _entry.c.source.in_(sources), _entry.c.recipe.in_(recipes), _entry.c.party.is_not(None)
    )
    return await reader.scalar(chosen.order_by(_entry.c.seq).limit(1))


__all__ = [
    "account",
    "accounts",
    "balances",
    "count_worded",
    "entries",
    "entry",
    "entry_views",
    "entry_where",
    "party_of",
    "statement",
    "worded_before",
]
