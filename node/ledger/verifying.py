"""Whether the books are what was written: chain, words and sums, each worked out anew."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, func, select
from sqlalchemy.exc import SQLAlchemyError

from federation.storage import Reader
from federation.storage.base import table_of
from node.hash_chain import START
from node.i18n import Text, _
from node.ledger.chain import ChainedEntry, ChainedLine, chained, content_digest
from node.ledger.models import (
    LedgerAccount,
    LedgerEntry,
    LedgerHead,
    LedgerPosting,
)
from node.ledger.rules import differences, period_of
from node.money import Money

_AT_ONCE = 500
# What comes of reading a row in which something else was put than our columns hold.
_ILLEGIBLE = (ValueError, TypeError, AttributeError, msgspec.MsgspecError, SQLAlchemyError)

_entry, _posting = table_of(LedgerEntry), table_of(LedgerPosting)
_head = table_of(LedgerHead)


class Fault(Struct, frozen=True):
    """The first entry that differs from what was written. entry_id: None when it is missing."""

    seq: int
    entry_id: str | None
    reason: Text


class Verdict(Struct, frozen=True):
    """entries: how many hold. head: the digest of the last, to compare with a copy elsewhere."""

    entries: int
    head: bytes
    fault: Fault | None


async def verify(reader: Reader) -> Verdict:
    """Work the whole chain out anew, 500 entries at a time, up to the first that differs."""
    so_far, at_once = Verdict(0, START, None), _AT_ONCE
    while so_far.fault is None:
        try:
            longer = await _checked(reader, so_far, at_once)
        except _ILLEGIBLE:
            if at_once == 1:
                return await _illegible(reader, so_far)
            at_once = 1
            continue
        if longer == so_far:
            return await _at_the_end(reader, so_far)
        so_far = longer
    return so_far


async def _checked(reader: Reader, so_far: Verdict, at_once: int) -> Verdict:
    """The verdict after the next entries, or the same one when there are no more."""
    rows = await _rows(reader, so_far.entries, at_once)
    lines = await _lines(reader, rows) if rows else {}
    for row in rows:
        link, expected = _link(row, lines.get(row.seq, ())), so_far.entries + 1
        if link.seq != expected:
            return _with(so_far, None, _("This entry is missing."))
        if reason := _why_not(link, so_far.head, row.sealed):
            return _with(so_far, link.id, reason)
        so_far = Verdict(expected, link.digest, None)
    return so_far


def _with(so_far: Verdict, entry_id: str | None, reason: Text) -> Verdict:
    return Verdict(so_far.entries, so_far.head, Fault(so_far.entries + 1, entry_id, reason))


def _why_not(link: ChainedEntry, previous: bytes, sealed: bytes | None) -> Text | None:
    if link.previous != previous:
        return _("It does not follow the entry before it.")
    if link.digest != chained(link).digest:
        return _("It is not what was written.")
    if content_digest(sealed) != link.content_digest:
        return _("Its words are not what was written.")
    if differences(line.money for line in link.lines):
        return _("Debit and credit differ.")
    if link.period != period_of(link.day):
        return _("Its day is not in its period.")
    return None


async def _illegible(reader: Reader, so_far: Verdict) -> Verdict:
    found = await reader.scalar(select(_entry.c.id).where(_entry.c.seq == so_far.entries + 1))
    return _with(so_far, found, _("It cannot be read."))


async def _at_the_end(reader: Reader, so_far: Verdict) -> Verdict:
    """Nothing may be missing where the chain ends, and no line may stand without its entry."""
    head = (await reader.rows(select(_head.c.seq, _head.c.digest)))[:1]
    seq, digest = head[0] if head else (0, START)
    if (seq, digest) != (so_far.entries, so_far.head):
        return _with(so_far, None, _("The end of the journal is not where it was."))
    strays = await reader.scalar(
        select(func.count()).where(_posting.c.entry_seq.not_in(select(_entry.c.seq)))
    )
    if strays:
        return _with(so_far, None, _("There are lines of an entry that is missing."))
    return so_far


async def _rows(reader: Reader, after: int, at_once: int) -> Sequence[Row[Any]]:
    return await reader.rows(
        select(_entry).where(_entry.c.seq > after).order_by(_entry.c.seq).limit(at_once)
    )


async def _lines(reader: Reader, rows: Sequence[Row[Any]]) -> Mapping[int, list[ChainedLine]]:
    found: defaultdict[int, list[ChainedLine]] = defaultdict(list)
    postings = await reader.rows(
        select(
            *(_posting.c[name] for name in ("entry_seq", "line", "amount", "currency", "scale")),
            LedgerAccount.code,
            LedgerAccount.fund,
            LedgerAccount.party,
        )
        .outerjoin(LedgerAccount, LedgerAccount.id == _posting.c.account_id)
        .where(_posting.c.entry_seq.between(rows[0].seq, rows[-1].seq))
        .order_by(_posting.c.entry_seq, _posting.c.line)
    )
    for line in postings:
        money = Money(line.amount, line.currency, line.scale)
        found[line.entry_seq].append(
            ChainedLine(line.line, line.code, line.fund, line.party, money)
        )
    return found


def _link(row: Row[Any], lines: Sequence[ChainedLine]) -> ChainedEntry:
    return ChainedEntry(
        seq=row.seq,
        id=row.id,
        day=row.day,
        period=row.period,
        recipe=row.recipe,
        source=row.source,
        party=row.party,
        reverses=row.reverses,
        by=row.by,
        at=row.at,
        policy_versions=row.policy_versions,
        lines=tuple(lines),
        content_digest=row.content_digest,
        previous=row.previous,
        digest=row.digest,
    )
