"""Federations and their records read from the database, and what is written beside the log."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, insert, select, update

from federation.storage import Reader, UnitOfWork
from node.council.rows import folds
from node.council.rows.models import (
    entry_table,
    evidence_table,
    federation_table,
    proposal_table,
    seen_table,
    statement_table,
)
from node.council.state import keepers, rounds
from node.council.state.record import Entry, Record, read_entry
from node.council.words import statements
from node.council.words.events import ProposalMoved
from node.council.words.life import State
from node.council.words.statements import Kind, Statement
from node.errors import NotFound
from node.events import events
from node.i18n import _

_f = federation_table.c
_e = entry_table.c
_s = statement_table.c
_p = proposal_table.c
_r = seen_table.c
Federation = Row[Any]
_AT_ONCE = 10_000  # a query has room for some 30,000 values


async def federation(reader: Reader, federation_id: str) -> Federation:
    """Raises NotFound."""
    found = await _one(reader, _f.id == federation_id)
    if found is None:
        raise NotFound(_("There is no such federation here."))
    return found


async def by_digest(reader: Reader, digest: str | None) -> Federation | None:
    """A federation by its charter's digest."""
    return await _one(reader, _f.digest == digest)


async def by_invitation(reader: Reader, host: str, invitation: str) -> Federation | None:
    """A federation that has no charter yet."""
    return await _one(reader, _f.host == host, _f.invitation == invitation)


async def locked(uow: UnitOfWork, federation_id: str) -> Federation:
    """The federation's row, locked: nobody else adds to the log or cosigns until we are done.

    Raises NotFound.
    """
    chosen = select(federation_table).where(_f.id == federation_id).with_for_update()
    rows = await uow.rows(chosen)
    if not rows:
        raise NotFound(_("There is no such federation here."))
    return rows[0]


async def change(uow: UnitOfWork, federation_id: str, **columns: Any) -> None:
    await uow.execute(update(federation_table).where(_f.id == federation_id).values(**columns))


async def leaves(reader: Reader, federation_id: str, size: int | None = None) -> list[bytes]:
    """Hashes of the log's entries, in order."""
    chosen = select(_e.leaf).where(_e.federation_id == federation_id).order_by(_e.position)
    if size is not None:
        chosen = chosen.where(_e.position < size)
    return await reader.scalars(chosen)


async def entries(
    reader: Reader, federation_id: str, start: int = 0, end: int | None = None
) -> list[Entry]:
    """Entries of the log, in order."""
    chosen = select(entry_table).where(_e.federation_id == federation_id, _e.position >= start)
    if end is not None:
        chosen = chosen.where(_e.position < end)
    return [entry(row) for row in await reader.rows(chosen.order_by(_e.position))]


def entry(row: Row[Any]) -> Entry:
    return read_entry(row.position, row.text)


async def statement(reader: Reader, federation_id: str, digest: str) -> Statement | None:
    """A statement by its object digest."""
    chosen = select(_s.text).where(_s.federation_id == federation_id, _s.digest == digest)
    text = await reader.scalar(chosen)
    return None if text is None else statements.read(text)


async def texts(reader: Reader, federation_id: str, digests: Collection[str]) -> dict[str, str]:
    """Statements by object digest."""
    wanted, found = list(digests), dict[str, str]()
    for start in range(0, len(wanted), _AT_ONCE):
        chosen = select(_s.digest, _s.text).where(
            _s.federation_id == federation_id, _s.digest.in_(wanted[start : start + _AT_ONCE])
        )
        found |= {row.digest: row.text for row in await reader.rows(chosen)}
    return found


async def keep(uow: UnitOfWork, federation_id: str, found: Sequence[Statement]) -> None:
    """Keep statements beside the log, those that are not there yet."""
    known = await texts(uow, federation_id, [each.object for each in found])
    fresh = {each.object: each.text for each in found if each.object not in known}
    rows = [
        {"federation_id": federation_id, "digest": digest, "text": text}
        for digest, text in fresh.items()
    ]
    if rows:
        await uow.execute(insert(statement_table), rows)
    ballots = [each for each in found if each.kind is Kind.BALLOT and each.object in fresh]
    if ballots:
        await _name_casters(uow, federation_id, ballots)


async def _name_casters(uow: UnitOfWork, federation_id: str, ballots: Sequence[Statement]) -> None:
    """Receipts for them may have come first: of whose ballots they are is known by now."""
    named = (
        update(seen_table)
        .where(_r.federation_id == federation_id, _r.ballot == bindparam("its_ballot"))
        .values(caster=bindparam("its_caster"))
    )
    rows = [{"its_ballot": each.object, "its_caster": each.coop} for each in ballots]
    await uow.execute(named, rows)


async def record(
    reader: Reader,
    known: Federation,
    proposals: Collection[str] = (),
    *,
    with_leaves: bool = True,
) -> Record:
    """What the log says of the members, of these proposals and their earlier rounds; no more.

    Its entries were checked when they came. with_leaves: so that roots below can be asked for.
    """
    about = rounds.family(proposals)
    found = await folds.folded(
        reader, known.id, known.size, known.frontier, about, with_leaves=with_leaves
    )
    if known.mandate is not None:
        found.next_keeper = keepers.appointed(statements.read(known.mandate))
    return found


async def proposal(reader: Reader, proposal_id: str) -> Row[Any]:
    """Where a proposal stands, by our own id for it. Raises NotFound."""
    found = await _proposal(reader, _p.id == proposal_id)
    if found is None:
        raise NotFound(_("There is no such proposal here."))
    return found


async def proposal_named(reader: Reader, federation_id: str, name: str | None) -> Row[Any] | None:
    """Where a proposal stands, by its name in the log."""
    return await _proposal(reader, _p.federation_id == federation_id, _p.proposal == name)


async def change_proposal(uow: UnitOfWork, proposal_id: str, **columns: Any) -> None:
    await uow.execute(update(proposal_table).where(_p.id == proposal_id).values(**columns))


async def stand(uow: UnitOfWork, row: Row[Any], state: State, **columns: Any) -> None:
    """Where a proposal stands from now on, and what its row says."""
    await change_proposal(uow, row.id, state=state.value, **columns)
    await events.announce(uow, ProposalMoved(row.federation_id, row.id))


async def has_evidence(reader: Reader, federation_id: str, code: str, culprit: str) -> bool:
    e = evidence_table.c
    chosen = select(e.id).where(
        e.federation_id == federation_id, e.code == code, e.culprit == culprit
    )
    return await reader.scalar(chosen.limit(1)) is not None


async def _one(reader: Reader, *conditions: ColumnElement[bool]) -> Federation | None:
    rows = await reader.rows(select(federation_table).where(*conditions))
    return rows[0] if rows else None


async def _proposal(reader: Reader, *conditions: ColumnElement[bool]) -> Row[Any] | None:
    rows = await reader.rows(select(proposal_table).where(*conditions))
    return rows[0] if rows else None


async def first_close(reader: Reader, known: Federation, proposal: str) -> int | None:
    """Where in the log a vote was closed for the first time."""
    chosen = select(_e.position).where(
        _e.federation_id == known.id,
        _e.subject == proposal,
        _e.kind == Kind.CLOSE.value,
        _e.refused.is_(None),
    )
    found: int | None = await reader.scalar(chosen.order_by(_e.position).limit(1))
    return found


async def who_left(reader: Reader, federation_id: str, start: int) -> list[str]:
    """Coops that said since some entry that they go, or of which it was said."""
    kinds = [Kind.LEAVE.value, Kind.EXCLUSION.value]
    chosen = (
        select(_s.text)
        .join(entry_table, (_s.federation_id == _e.federation_id) & (_s.digest == _e.digest))
        .where(_e.federation_id == federation_id, _e.position >= start, _e.kind.in_(kinds))
    )
    said = [statements.read(text) for text in await reader.scalars(chosen)]
    return [each.document.get("member", each.coop) for each in said]


async def is_logged(
    reader: Reader, federation_id: str, digest: str, *, before: int | None = None
) -> bool:
    """Whether a statement is in the log; among its first entries, if it is said how many."""
    chosen = select(_e.position).where(_e.federation_id == federation_id, _e.digest == digest)
    if before is not None:
        chosen = chosen.where(_e.position < before)
    return await reader.scalar(chosen.limit(1)) is not None
