"""Whether the close of a vote is right, by what our node knows: if it is not, we do not cosign it.

A host may close with an older head than others have, or before the time, or without ballots that
coops saw. A head bears its own signature and a quorum's: no member can invent one, so none can hold
up a close for long; a host that was not told of a head is shown it, and closes anew.
"""

from typing import Any

from sqlalchemy import Row, select

from federation.storage import Reader, UnitOfWork
from node import limits, timers
from node.council.count import counting
from node.council.rows import lacking, log, pending, protests, proving, store, wire
from node.council.rows.models import ballot_table, proposal_table
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.state.record import Proposal, Record
from node.council.words import charter as charters
from node.council.words.life import State
from node.council.words.reasons import ROLL_EARLY, Objection
from protocol.transparency import merkle, notes

LOOK = "council-look"


async def objection(uow: UnitOfWork, known: Federation) -> str | None:
    """Why we cosign nothing at present: a close came before coops could compare what they know,
    comes after one that a quorum has stored, or lacks what came in time; or so does a result. Or a
    coop says that its key is not lost, and the log does not say so."""
    judged = {State.FINALISING: _against, State.CERTIFIED: _against_result}
    chosen = select(proposal_table).where(
        proposal_table.c.federation_id == known.id, proposal_table.c.state.in_(judged)
    )
    rows = await uow.rows(chosen)
    record = await store.record(uow, known, [row.proposal for row in rows], with_leaves=bool(rows))
    if kept_back := await protests.lacking(uow, known, record):
        await lacking.show(uow, known, [each.text for each in kept_back])
        return Objection.LACKS_PROTESTS
    for row in rows:
        found = await judged[State(row.state)](uow, known, record, row)
        if found is not None:
            return found
    return None


async def _against(uow: UnitOfWork, known: Federation, record: Record, row: Row[Any]) -> str | None:
    proposal = record.proposal(row.proposal)
    if proposal.close is None:
        return None
    compared = row.closes_at + limits.COUNCIL_COMPARED
    if uow.now < compared:
        await timers.set_timer(uow, LOOK, known.id, compared)
        return Objection.TOO_EARLY
    if proposal.reveals:
        return None  # a quorum has stored it as it is: the host cannot close anew
    if await _closed_twice(uow, known, record, proposal):
        return Objection.CLOSED_TWICE
    is_stored = known.head_size > proposal.close_index
    if not is_stored and (found := await lacking.ballots(uow, known, record, proposal)):
        parts = [text for each in found for text in (each.ballot.text, *each.receipts)]
        await lacking.show(uow, known, parts)
        return Objection.LACKS_BALLOTS
    head = await _missed_head(uow, known, record, proposal)
    if head is None:
        return None
    facts = {"federation": known.digest, "head": head}
    await wire.say(uow, Message.HEAD, facts, [known.host], wire.lane_of(uow, known.id))
    return Objection.LACKS_HEAD


async def _against_result(
    uow: UnitOfWork, known: Federation, record: Record, row: Row[Any]
) -> str | None:
    """A certificate calls withheld what we hold, and no quorum has stored it yet."""
    proposal = record.proposal(row.proposal)
    found = await lacking.reveals(uow, known, record, proposal)
    if not found or known.head_size > proposal.certificate_index:
        return None
    await lacking.show(uow, known, [each.text for each in found])
    return Objection.LACKS_REVEALS


async def _closed_twice(
    reader: Reader, known: Federation, record: Record, proposal: Proposal
) -> bool:
    """Whether the host closes anew what a quorum had stored, and was told our part of the lot: it
    might choose between two. While we keep ours to ourselves, nobody can."""
    first, last = await store.first_close(reader, known, proposal.id), proposal.close_index
    if first is None or not await log.has_head(reader, known, record, first + 1, last):
        return False
    ours = reader.identities.coop.uri
    return ours not in proposal.roll() or await pending.has_revealed(reader, known, proposal.id)


async def _missed_head(
    reader: Reader, known: Federation, record: Record, proposal: Proposal
) -> str | None:
    """A head in time that we know and that the close leaves out, if that makes a difference."""
    closes = proposal.text.moment("closesAt")
    head = await log.newest_head(reader, known, record, least=1, by=closes, proposal=proposal)
    if head is None or not counting.missed(record, proposal, record.opened(head)[0].size):
        return None
    return head


async def check_roll(
    uow: UnitOfWork, known: Federation, record: Record, row: Row[Any], proposal: Proposal
) -> None:
    """A host that makes the roll early leaves out coops whose rows were still on their way: the
    entry cannot be taken back, so we cosign nothing more until another host goes on without it."""
    roll, before = proposal.snapshot, charters.hours(record.class_of(proposal), "rollHours")
    is_early = uow.now + limits.COUNCIL_COMPARED < row.opens_at - before
    if roll is not None and roll["missing"] and is_early and known.host != uow.identities.coop.uri:
        await proving.stop(uow, known, ROLL_EARLY)


async def left_out(uow: UnitOfWork, known: Federation, row: Row[Any]) -> None:
    """It is over: a close that lacks what coops saw or a quorum stored in time is evidence, and one
    that lacks a ballot which the host promised to log."""
    record = await store.record(uow, known, [row.proposal])
    proposal = record.proposal(row.proposal)
    close = proposal.close
    if close is None:
        return
    await _prove_missed(uow, known, record, proposal)
    for each in await lacking.ballots(uow, known, record, proposal):
        shown = {"proposal": proposal.text.text}
        parts = [each.ballot.text, close.text, shown, *each.receipts]
        await proving.put_forward(uow, known, record, "E7", parts)
    taken = {digest for name in ("timely", "void") for digest in close[name]}
    promised = select(ballot_table.c.digest, ballot_table.c.promise).where(
        ballot_table.c.proposal_id == row.id, ballot_table.c.promise.is_not(None)
    )
    for digest, promise in await uow.rows(promised):
        if digest not in taken:
            await proving.put_forward(uow, known, record, "E3", [promise, close.text])


async def _prove_missed(
    uow: UnitOfWork, known: Federation, record: Record, proposal: Proposal
) -> None:
    head, close = await _missed_head(uow, known, record, proposal), proposal.close
    if head is None or close is None:
        return
    size = record.opened(head)[0].size
    index, said = counting.missed(record, proposal, size)[0]
    [entry] = await store.entries(uow, known.id, index, index + 1)
    path = merkle.inclusion_proof(await store.leaves(uow, known.id, size), index)
    shown = {
        "proposal": proposal.text.text,
        "head": head,
        "index": index,
        "entry": entry.text,
        "path": [notes.encode(each) for each in path],
    }
    await proving.put_forward(uow, known, record, "E7", [said.text, close.text, shown])
