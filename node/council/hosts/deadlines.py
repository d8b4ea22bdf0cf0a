"""What time alone brings about. Our clock only wakes us: what counts is when others saw things."""

from collections.abc import Sequence
from contextlib import suppress

from federation.storage import UnitOfWork
from node import limits, timers
from node.council.deeds import casting
from node.council.hosts import mirroring
from node.council.rows import proving, reminders, store
from node.council.state.record import Inadmissible
from node.council.steps import closing, following, hosting, ratifying
from node.council.words.life import Event, State
from node.events import events
from node.policies import PolicyEnded


@timers.on(following.OPEN)
async def open_votes(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """Voting begins."""
    for subject in subjects:
        row = await store.proposal(uow, subject)
        if await following.move(uow, row, Event.OPEN) is State.OPEN:
            await reminders.opened(uow, row)


@timers.on(following.END)
async def end_votes(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """Voting is over: what of it no head that we know covers is compared with the others."""
    for subject in subjects:
        row = await store.proposal(uow, subject)
        await following.move(uow, row, Event.END)
        await reminders.settled(uow, subject)
        await mirroring.compare_heads(uow, row)


@timers.on(closing.LOOK)
async def look_at_closes(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """Enough time has passed for a close that came too early to be cosigned, if it is right."""
    for subject in subjects:
        await mirroring.look_again(uow, subject)


@timers.on(following.LAPSE)
async def let_lapse(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """It was not decided in time, as far as we know."""
    for subject in subjects:
        row = await store.proposal(uow, subject)
        await following.move(uow, row, Event.LAPSE)
        if row.state == State.FINALISING:
            await closing.left_out(uow, await store.locked(uow, row.federation_id), row)


@timers.on(following.DISPUTE)
async def dispute_closes(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The host had its time to close anew with what its close lacks."""
    for subject in subjects:
        row = await store.proposal(uow, subject)
        if row.state == State.FINALISING:
            await closing.left_out(uow, await store.locked(uow, row.federation_id), row)


@timers.on(following.ROLL)
async def make_rolls(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The host makes the roll; if no head proves the notice yet, a little later."""
    for subject in subjects:
        if not await hosting.make_roll(uow, subject):
            await _again(uow, following.ROLL, subject)


@timers.on(following.CLOSE)
async def close_votes(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The host closes votes whose time is over."""
    for subject in subjects:
        if not await hosting.close(uow, subject):
            await _again(uow, following.CLOSE, subject)


@timers.on(following.REVEAL, longest=limits.COUNCIL_AGAIN)
async def reveal_first(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The host has shown no part of the lot: we show ours, with a head over the close."""
    for subject in subjects:
        row = await store.proposal(uow, subject)
        known = await store.locked(uow, row.federation_id)
        record = await store.record(uow, known, [row.proposal])
        proposal = record.proposals.get(row.proposal)
        if proposal is not None and proposal.close is not None and row.state == State.FINALISING:
            said = await following.reveal(uow, known, record, row, proposal, has_waited=True)
            await hosting.say(uow, known, said)


@timers.on(following.CERTIFY)
async def certify_votes(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The time to reveal is over: who did not is named, and left out of the lot."""
    for subject in subjects:
        if not await hosting.certify(uow, subject, is_over=True):
            await _again(uow, following.CERTIFY, subject)


@timers.on(following.PROMISE, longest=limits.COUNCIL_PROMISE)
async def ask_for_receipts(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """A ballot of ours is not known to be stored by a quorum: all coops are asked."""
    for subject in subjects:
        await casting.ask_all(uow, subject)


@timers.on(proving.LOG, longest=limits.COUNCIL_AGAIN)
async def log_evidence(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The host writes down what was proven, if it is not in the log yet."""
    for subject in subjects:
        if (found := await proving.of(uow, subject)) is None:
            continue
        federation_id, statement = found
        if await store.is_logged(uow, federation_id, statement.object):
            continue
        if (await store.federation(uow, federation_id)).answered is not None:
            await _again(uow, proving.LOG, subject)
            continue
        with suppress(Inadmissible):  # whoever found it has gone, or has another key
            async with uow.savepoint():
                await hosting.accept(uow, federation_id, statement)


@timers.on(ratifying.ANSWER)
async def end_answers(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The time for each coop's own answer is over: silence counts as the charter says."""
    for subject in subjects:
        await following.move(uow, await store.proposal(uow, subject), Event.SETTLE)


@events.on(PolicyEnded)
async def let_end(uow: UnitOfWork, ended: PolicyEnded) -> None:
    """What a proposal decided holds no longer: its time is up, or something else was decided."""
    known = await store.by_digest(uow, ended.federation)
    certificate = known and await store.statement(uow, known.id, ended.certificate)
    if known is None or certificate is None:
        return
    row = await store.proposal_named(uow, known.id, certificate.proposal)
    if row is not None:
        await following.move(uow, row, Event.EXPIRE)


async def _again(uow: UnitOfWork, kind: str, subject: str) -> None:
    await timers.set_timer(uow, kind, subject, uow.now + limits.COUNCIL_AGAIN)
