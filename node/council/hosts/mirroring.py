"""Following another coop's log: a copy of all, and a cosignature only under what we hold."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Row

from federation import outbox
from federation.storage import UnitOfWork
from node import limits
from node.council.count import counting, evidence
from node.council.count.replaying import take
from node.council.hosts import renewing
from node.council.rows import log, proving, reminders, store, wire
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.state import heads, keepers
from node.council.state.record import Entry, Inadmissible, Record, read_entry
from node.council.steps import attesting, closing, following, hosting
from node.council.words import statements
from node.council.words.reasons import Objection
from node.council.words.statements import Kind, Statement
from protocol.transparency import checkpoints, merkle, notes
from protocol.transparency.merkle import leaf_hash
from protocol.transparency.witness import SplitView, WitnessRefused

_COMPARED, _COVERED = 3, 10
"""How many checkpoints are shown when a vote is over, and over how many things of that vote."""


class Batch(Struct, frozen=True):
    """Part of a log, as its host or a mirror sends it: entries from `old` on, each with its
    statement."""

    sender: str
    old: int
    entries: tuple[str, ...]
    statements: tuple[str, ...]
    checkpoint: str


async def hear_entries(uow: UnitOfWork, federation_id: str, batch: Batch) -> bool:
    """Take in what is new; whether anything was. Raises Inadmissible and ProtocolError."""
    known = await store.locked(uow, federation_id)
    if batch.old > known.size:
        await ask(uow, known, batch.sender)
        return False
    taken = [
        (read_entry(batch.old + place, entry), statements.read(statement))
        for place, (entry, statement) in enumerate(
            zip(batch.entries, batch.statements, strict=True)
        )
    ]
    new = await _new(uow, known, taken)
    if new is None:
        return await _another_history(uow, known, batch)
    if new and new[0][0].index == 0 and new[0][1].content != known.digest:
        raise Inadmissible("other-charter", "The log begins with another charter.", 409)
    subjects = {statement.proposal for _entry, statement in new if statement.proposal}
    record = await store.record(uow, known, subjects)
    effective = [statement for entry, statement in new if take(record, entry, statement)]
    if record.charter is None:
        raise Inadmissible("no-charter", "The log does not begin with a charter.")
    if new:
        known = await log.write(uow, known, new, record.refused)
        if record.opened(batch.checkpoint)[0].size != known.size:
            raise Inadmissible("other-size", "The checkpoint does not cover these entries.")
    fits = await _fits(uow, known, record, batch.checkpoint)
    if not fits:
        return False
    is_stored = await log.head_told_before(uow, known, record)
    known = await store.federation(uow, known.id)
    if batch.sender == known.host:
        await _heard(uow, known)
    await _react(uow, known, record, effective, batch.checkpoint)
    if is_stored:
        await hosting.say(uow, known, await following.head_grew(uow, known, known.head_size))
    return bool(new)


async def hear_cosignature(uow: UnitOfWork, known: Federation, text: str, line: str) -> bool:
    """A witness shows which checkpoint it cosigned: count it, and compare it with ours."""
    known = await store.locked(uow, known.id)
    record = await store.record(uow, known)
    if record.charter is None:
        return False
    became = await log.note_checkpoint(uow, known, record, text, [line])
    size = checkpoints.parse_text(notes.parse(text).text).size
    await proving.two_histories(uow, known, record, size)
    if became and hosting.keeps(uow, known):
        await hosting.head_may_have_grown(uow, known.id, size)
    await hosting.replace_keys(uow, known, record)
    return True


async def hear_head(uow: UnitOfWork, known: Federation, coop: str, text: str) -> bool:
    """The host shows that a quorum has stored the log up to somewhere; or a member shows what it
    knows of that, and what comes of both goes back and to the host. Raises Inadmissible."""
    known = await store.locked(uow, known.id)
    record = await store.record(uow, known)
    record.member(coop)
    size = record.opened(text)[0].size
    became = await log.note_checkpoint(uow, known, record, text, [])
    await proving.two_histories(uow, known, record, size)
    await hosting.replace_keys(uow, known, record)
    if hosting.keeps(uow, known):
        return await _close_again(uow, known, size, has_grown=became)
    if size > known.size:
        await ask(uow, known, coop)
        return False
    head = await log.newest_head(uow, known, record, least=size)
    if head is None:
        return False
    if coop != known.host and (became or not heads.is_head(record, text)):
        await show(uow, known, [head], [coop, known.host])
    known = await store.federation(uow, known.id)
    if coop == known.host:
        await _heard(uow, known)
    await hosting.say(uow, known, await following.head_grew(uow, known, size))
    return True


async def compare_heads(uow: UnitOfWork, row: Row[Any]) -> None:
    """A vote is over: the host is shown the newest head in time that we know, by the cosigners whom
    we know, before it closes. If our copy has of the vote what no head covers, the host may have
    kept that head to itself: all members are shown what we cosigned in time, and show the same."""
    known = await store.locked(uow, row.federation_id)
    record = await store.record(uow, known, [row.proposal])
    proposal = record.proposals.get(row.proposal)
    if proposal is None or hosting.keeps(uow, known) or known.state != following.ACTIVE:
        return
    head = await log.newest_head(uow, known, record, by=row.closes_at, proposal=proposal)
    size = record.opened(head)[0].size if head else 0
    if head is not None:
        await show(uow, known, [head], [known.host])
    if beyond := counting.beyond(record, proposal, size):
        ours = await log.cosigned_since(uow, known, record, size + 1, row.closes_at)
        await show(uow, known, _telling(ours, beyond), record.members)


def _telling(shown: Mapping[int, str], beyond: Sequence[tuple[int, Statement]]) -> list[str]:
    """Of checkpoints by their sizes the newest, and the first over each of the newest things that
    no head covers: not all coops were equally far, and a host may add what has no effect."""
    sizes = set(sorted(shown, reverse=True)[:_COMPARED])
    for index, _said in beyond[-_COVERED:]:
        sizes |= set(sorted(size for size in shown if size > index)[:1])
    return [shown[size] for size in sorted(sizes, reverse=True)]


async def look_again(uow: UnitOfWork, federation_id: str) -> None:
    """Cosign what we did not cosign yet, if nothing speaks against it any more."""
    known = await store.locked(uow, federation_id)
    if known.stopped_because not in set(Objection):
        return
    await store.change(uow, known.id, stopped_because=await closing.objection(uow, known))
    known = await store.federation(uow, known.id)
    record = await store.record(uow, known)
    for text in await log.newest(uow, known, known.cosigned_size + 1, 1):
        await cosign(uow, known, record, heads.body_of(text))
    await hosting.say(uow, known, await attesting.owed(uow, known))


async def _close_again(uow: UnitOfWork, known: Federation, size: int, *, has_grown: bool) -> bool:
    """What a member knows of heads may be more than our closes say."""
    if has_grown:
        await hosting.head_may_have_grown(uow, known.id, size)
    await hosting.look_at_closes(uow, known)
    return has_grown


async def show(uow: UnitOfWork, known: Federation, shown: Sequence[str], to: Iterable[str]) -> None:
    """Show coops heads, or checkpoints with the cosignatures that we know."""
    coops, lane = list(to), wire.lane_of(uow, known.id)
    for text in shown:
        await wire.say(uow, Message.HEAD, {"federation": known.digest, "head": text}, coops, lane)


async def send_from(uow: UnitOfWork, known: Federation, coop: str, size: int) -> bool:
    """A member lacks entries: send them again. It says how much it has, as witnesses do.

    Who has all hears from the host that this is so: it asked whether the host is there.
    """
    record = await store.record(uow, known)
    record.member(coop)
    is_host = hosting.may_add(uow, known)
    beside = wire.beside(uow, known.id, wire.COPIES)
    lane = wire.lane_of(uow, known.id) if is_host else beside
    waiting = await outbox.count_waiting(uow, lane, coop)
    if size > known.size or waiting >= limits.COUNCIL_WAITING_MOST:
        return False
    if is_host:
        await hosting.send(uow, known, record, [coop], size)
    else:
        await hosting.send_copy(uow, known, record, [coop], size)
    return True


async def may_copy(uow: UnitOfWork, known: Federation, coop: str, text: str) -> bool:
    """Whether we take entries of a member that does not keep the log: those that a host signed who
    could; not what an earlier one added after the log went on without it."""
    record = await store.record(uow, known, with_leaves=False)
    record.member(coop)
    checkpoint, _note = record.opened(text)
    epoch = keepers.epoch_of(checkpoint)
    later = [each.start for each in record.known_keepers.values() if each.epoch > epoch]
    return all(checkpoint.size <= start for start in later)


async def _new(
    uow: UnitOfWork, known: Federation, taken: Sequence[tuple[Entry, Statement]]
) -> list[tuple[Entry, Statement]] | None:
    """Those that we do not have; None if the others are not the same that we have."""
    if not taken:
        return []
    first = taken[0][0].index
    ours = await store.entries(uow, known.id, first, first + len(taken))
    held = {each.index: each.text for each in ours}
    if any(held.get(entry.index, entry.text) != entry.text for entry, _statement in taken):
        return None
    return [each for each in taken if each[0].index not in held]


async def _another_history(uow: UnitOfWork, known: Federation, batch: Batch) -> bool:
    """We are sent other entries than we hold. What their host signed with them is evidence: a root
    of the same size as one of ours, or an entry that a later checkpoint of its has otherwise."""
    record = await store.record(uow, known)
    if record.charter is None:
        return False
    ours = [each.text for each in await store.entries(uow, known.id)]
    theirs = [*ours[: batch.old], *batch.entries]
    checkpoint, _note = record.opened(batch.checkpoint)
    is_theirs = checkpoint.root == merkle.root(leaf_hash(each.encode()) for each in theirs)
    if checkpoint.size != len(theirs) or not is_theirs:
        raise Inadmissible("other-root", "These entries do not give the root of the checkpoint.")
    if checkpoint.size <= known.size:
        return await _fits(uow, known, record, batch.checkpoint)
    for size, text in await log.ours_before(uow, known, record, checkpoint):
        parts = evidence.rewritten((text, ours[:size]), (batch.checkpoint, theirs))
        if parts is not None:
            await proving.put_forward(uow, known, record, "E2b", parts)
            return True
    return False


async def _fits(uow: UnitOfWork, known: Federation, record: Record, text: str) -> bool:
    """Whether the host's checkpoint is that of our copy; another history is evidence.

    Raises Inadmissible for entries that do not give the root that came with them.
    """
    checkpoint, _note = record.opened(text)
    if checkpoint.size > known.size:
        return False
    await log.note_checkpoint(uow, known, record, text, [])
    if record.root_at(checkpoint.size) == checkpoint.root:
        return True
    pair = await log.checkpoints_of(uow, known.id, checkpoint.size)
    if len(pair) > 1:
        await proving.two_histories(uow, known, record, checkpoint.size)
        return False
    raise Inadmissible("other-root", "These entries do not give the root of the checkpoint.")


async def _react(
    uow: UnitOfWork,
    known: Federation,
    record: Record,
    effective: Sequence[Statement],
    text: str,
) -> None:
    has_new_keys = any(each.kind in (Kind.REPLACEMENT, Kind.REKEYING) for each in effective)
    if has_new_keys:
        # First: what we say below will be heard after all of these entries.
        await following.take_up_keys(uow, known, record)
    said = await following.after_all(uow, known, record, effective)
    known = await store.federation(uow, known.id)  # what was read may have stopped us for good
    if known.stopped_because in (None, *Objection):
        objection = await closing.objection(uow, known)
        await store.change(uow, known.id, stopped_because=objection)
    known = await store.federation(uow, known.id)
    await cosign(uow, known, record, text)
    await hosting.say(uow, known, said)
    await hosting.say(uow, known, await attesting.owed(uow, known))
    if has_new_keys:
        await renewing.sign_anew(uow, known, record)


async def cosign(uow: UnitOfWork, known: Federation, record: Record, text: str) -> None:
    """Cosign a checkpoint of what we hold, if we may, and show that to the host and to others."""
    try:
        line = await log.cosign(uow, known, record, text)
    except SplitView:
        await log.note_checkpoint(uow, known, record, text, [])
        size = checkpoints.parse_text(notes.parse(text).text).size
        await proving.two_histories(uow, known, record, size)
        return
    except WitnessRefused:
        return  # an older checkpoint, told again
    if line is None:
        return
    facts = {"federation": record.federation, "checkpoint": text, "cosignature": line}
    ours = uow.identities.coop.uri
    others = wire.some_of(record.members, line, [ours, known.host], wire.GOSSIP)
    lane = wire.lane_of(uow, known.id)
    await wire.say(uow, Message.COSIGNATURE, facts, [known.host, *others], lane)
    await hosting.replace_keys(uow, known, record)


async def _heard(uow: UnitOfWork, known: Federation) -> None:
    """The host is there; and if a quorum has stored all that we know of, all is well."""
    if known.head_size < known.size:
        return
    if uow.now - known.well_at >= limits.COUNCIL_HOST_TIMEOUT:
        await reminders.heard(uow, known.id)
    await store.change(uow, known.id, well_at=uow.now)


async def ask(uow: UnitOfWork, known: Federation, coop: str) -> None:
    """Ask a coop for what we lack."""
    facts = {"federation": known.digest, "size": known.size}
    lane = wire.lane_of(uow, known.id)
    await wire.say(uow, Message.REQUEST, facts, [coop], lane)
