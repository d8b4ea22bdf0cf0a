"""Another host: what of our copy stands, what we say again, what the new host takes up."""

from typing import Any

from sqlalchemy import Row, delete, select

from federation.storage import UnitOfWork
from node import audit, limits, timers
from node.council.rows import pending, proving, reminders, store, wire
from node.council.rows.log import cut
from node.council.rows.models import entry_table, proposal_table, seen_table
from node.council.rows.store import Federation
from node.council.state.record import Inadmissible, Proposal, Record
from node.council.steps import enforcing, following, hosting
from node.council.words import charter as charters
from node.council.words import statements
from node.council.words.life import GOING, State
from node.council.words.statements import STRUCTURE, Kind, Statement

_e = entry_table.c
_p = proposal_table.c
_HOSTS_DUTIES = (following.ROLL, following.CLOSE, following.CERTIFY)


async def adopt(
    uow: UnitOfWork, known: Federation, record: Record, mandate: Statement
) -> Federation:
    """From now on another coop keeps the log, as a quorum has signed. The row must be locked.

    Raises Inadmissible if a quorum has stored more than it goes on from: that cannot be.
    """
    stands = _what_stands(known, record, mandate)
    if stands < known.size:
        known = await _drop(uow, known, stands)
    await store.change(
        uow,
        known.id,
        host=mandate.coop,
        epoch=mandate["epoch"],
        mandate=mandate.text,
        announced=stands,
        stopped_because=None,
        asked=None,
        well_at=uow.now,
    )
    await timers.cancel(uow, following.TAKE_OVER, [known.id])
    for row in await _proposals(uow, known):
        for duty in _HOSTS_DUTIES:
            await timers.cancel(uow, duty, [row.id])
    known = await store.federation(uow, known.id)
    await reminders.other_host(uow, known, record)
    await audit.record(uow, audit.NODE, "council.host", known.id, {"coop": mandate.coop})
    return known


async def say_again(uow: UnitOfWork, known: Federation) -> None:
    """What is not in the log as the new host has it goes to it: statements, and our receipts."""
    for statement in await pending.unlogged(uow, known):
        is_ours = statement.coop == uow.identities.coop.uri
        if hosting.keeps(uow, known) and is_ours and statement.kind is Kind.LEAVE:
            await pending.drop(uow, known, statement)  # whoever keeps the log stays
            await _not_said_again(uow, known, statement, "host-leaves")
        elif hosting.keeps(uow, known):
            await _take_in(uow, known, statement)
        elif is_ours:
            await wire.tell(uow, statement, [known.host], wire.lane_of(uow, known.id))
    if hosting.keeps(uow, known):
        return
    s = seen_table.c
    open_ = select(_p.proposal).where(
        _p.federation_id == known.id, _p.state.in_([State.OPEN.value, State.CLOSED.value])
    )
    ours = select(s.text).where(
        s.federation_id == known.id,
        s.coop == uow.identities.coop.uri,
        s.proposal.in_(open_),
    )
    for text in await uow.scalars(ours.order_by(s.ballot)):
        seen = statements.read(text)
        await wire.tell(uow, seen, [known.host], wire.lane_of(uow, known.id))


async def take_up(uow: UnitOfWork, known: Federation) -> None:
    """The duties of a host, for each vote that is going on, and what the one before left undone."""
    rows = await _proposals(uow, known)
    record = await store.record(uow, known, [row.proposal for row in rows])
    await _carry_out(uow, known, record)
    await proving.take_up(uow, known)
    for row in rows:
        proposal = record.proposals.get(row.proposal)
        if proposal is None or State(row.state) not in GOING:
            continue
        before = charters.hours(record.class_of(proposal), "rollHours")
        await timers.set_timer(uow, following.ROLL, row.id, row.opens_at - before)
        # Ballots that only the old host had are on their way to us.
        closes = max(row.closes_at, uow.now) + limits.COUNCIL_CLOSE_GRACE
        await timers.set_timer(uow, following.CLOSE, row.id, closes)
        if proposal.close is not None:
            await timers.set_timer(uow, following.CERTIFY, row.id, uow.now + limits.COUNCIL_REVEAL)


async def _carry_out(uow: UnitOfWork, known: Federation, record: Record) -> None:
    """A quorum counted it to be carried, and the host before us did not write it down: because it
    died, or because it was the one that is excluded."""
    certified = [each for each in record.proposals.values() if each.certificate is not None]
    for proposal in sorted(certified, key=lambda each: each.certificate_index):
        said = await enforcing.carry_out(uow, known, record, proposal)
        await pending.keep(uow, known, said)
        for statement in said:
            await _take_in(uow, known, statement)


def _what_stands(known: Federation, record: Record, mandate: Statement) -> int:
    """How much of our copy is part of the log as it goes on."""
    start, root = mandate["startSize"], bytes.fromhex(mandate["startRoot"])
    is_other = known.size >= start and record.root_at(start) != root
    is_suspect = known.size < start and known.stopped_because in ("E2a", "E2b")
    stands = known.head_size if is_other or is_suspect else min(known.size, start)
    if known.head_size > (start - 1 if is_other else start):
        raise Inadmissible("behind-a-head", "A quorum of coops has stored more than that.", 409)
    return int(stands)


async def _drop(uow: UnitOfWork, known: Federation, size: int) -> Federation:
    """Entries that the new host does not go on from; their statements are kept beside the log."""
    beyond = select(_e.kind, _e.subject).where(_e.federation_id == known.id, _e.position >= size)
    rows = await uow.rows(beyond)
    told = {"entries": len(rows), "from": size}
    await audit.record(uow, audit.NODE, "council.entries-dropped", known.id, told)
    known = await cut(uow, known, size)
    subjects = {row.subject for row in rows if row.kind not in {kind.value for kind in STRUCTURE}}
    record = await store.record(uow, known, subjects)
    await store.change(uow, known.id, name=record.rules["name"])
    for name in sorted(subjects):
        row = await store.proposal_named(uow, known.id, name)
        if row is not None:
            await _restore(uow, row, record.proposals.get(name))
    return known


_SETTLED = frozenset({State.RATIFYING, State.IN_FORCE, State.OVER, State.REJECTED})


async def _restore(uow: UnitOfWork, row: Row[Any], proposal: Proposal | None) -> None:
    """Where a proposal stands by what is left of the log.

    A policy in force stays: a quorum signed for its certificate, so that is part of what is left.
    What our row committed to is kept: when the proposal comes again, so does that row. A draft was
    never in the log.
    """
    was = State(row.state)
    if was is State.DRAFT:
        return
    if proposal is None and row.mover != uow.identities.coop.uri and row.nonce is None:
        await following.clear(uow, row.id)
        await uow.execute(delete(proposal_table).where(_p.id == row.id))
        return
    state = State.ADMISSIBLE if proposal is None else _state_of(uow, row, proposal)
    is_upheld = proposal is not None and proposal.is_upheld
    if state is was or (was in _SETTLED and is_upheld):
        return
    await store.stand(uow, row, state)
    await following.set_times(uow, row)


def _state_of(uow: UnitOfWork, row: Row[Any], proposal: Proposal) -> State:
    if proposal.withdrawn:
        return State.WITHDRAWN
    if proposal.certificate is not None:
        return State.CERTIFIED
    if proposal.close is not None:
        return State.FINALISING
    if proposal.notice is None:
        return State.DISCUSSION
    if uow.now < row.opens_at:
        return State.NOTICE
    return State.OPEN if uow.now < row.closes_at else State.CLOSED


async def _take_in(uow: UnitOfWork, known: Federation, statement: Statement) -> None:
    try:
        async with uow.savepoint():
            await hosting.accept(uow, known.id, statement)
    except Inadmissible as error:
        await _not_said_again(uow, known, statement, error.code)


async def _not_said_again(
    uow: UnitOfWork, known: Federation, statement: Statement, reason: str
) -> None:
    detail = {"kind": statement.kind.value, "reason": reason}
    await audit.record(uow, audit.NODE, "council.not-said-again", known.id, detail)


async def _proposals(uow: UnitOfWork, known: Federation) -> Any:
    return await uow.rows(select(proposal_table).where(_p.federation_id == known.id))
