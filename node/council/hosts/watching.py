"""Is our own memory whole, is the host there, is our clock right: what a node asks the others.

A node that was restored from an old copy has forgotten what it cosigned, and could innocently vouch
for another history (evidence E4). So each start asks all members how far our cosignatures went, and
until a quorum of coops, ours among them, has answered and we hold as much, we cosign nothing and
add nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from federation.storage import Reader, UnitOfWork
from node import limits, timers
from node.council.hosts import mirroring, resuming, succession
from node.council.rows import clocks, log, reminders, store, wire
from node.council.rows.keyring import Use, held
from node.council.rows.models import federation_table
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.state import keepers
from node.council.state.record import Inadmissible, Member, Record
from node.council.steps import electing, following, hosting
from node.council.words import statements
from protocol.transparency import checkpoints

_f = federation_table.c


async def wake(uow: UnitOfWork) -> None:
    """Our node starts, perhaps on an older copy of its data, or has listened long enough after it
    was restored: ask before we cosign anything."""
    active = select(_f.id).where(_f.state == following.ACTIVE)
    for federation_id in await uow.scalars(active.order_by(_f.created_at)):
        await _hold(uow, federation_id)


async def hear_mark(uow: UnitOfWork, known: Federation, coop: str) -> bool:
    """A member asks how far it had cosigned the log, and how far that goes by now."""
    record = await store.record(uow, known, with_leaves=False)
    cosigner = record.member(coop).cosigner
    cosigned = await log.cosigned_by(uow, known.id, cosigner)
    newest = await log.cosigned_by(uow, known.id)
    facts = {
        "federation": known.digest,
        "mandate": known.mandate,
        "cosigned": log.whole(cosigned) if cosigned else None,
        "newest": log.whole(newest) if newest else None,
    }
    await wire.say(uow, Message.RECALLED, facts, [coop], _lane(uow, known))
    return True


async def hear_marked(
    uow: UnitOfWork, known: Federation, coop: str, facts: Mapping[str, str | None]
) -> bool:
    """A member says how far we had come, if we asked. Raises Inadmissible, ProtocolError."""
    known = await store.locked(uow, known.id)
    if known.answered is None:
        return False
    record = await store.record(uow, known, with_leaves=False)
    record.member(coop)
    if mandate := facts["mandate"]:
        known = await succession.hear_of_host(uow, known, mandate)
        record = await store.record(uow, known, with_leaves=False)
    size = record.opened(facts["newest"])[0].size if facts["newest"] else 0
    if cosigned := facts["cosigned"]:
        await _remember(uow, known, record, cosigned, is_behind=size > known.size)
    await store.change(uow, known.id, answered={**known.answered, coop: size})
    if size > known.size:
        request = {"federation": known.digest, "size": known.size}
        await wire.say(uow, Message.REQUEST, request, [coop], _lane(uow, known))
    await go_on(uow, known.id)
    return True


async def go_on(uow: UnitOfWork, federation_id: str) -> None:
    """Cosign again, and add again, if a quorum has answered and we hold what it holds."""
    known = await store.locked(uow, federation_id)
    if known.answered is None:
        return
    record = await store.record(uow, known)
    is_enough = len(known.answered) + 1 >= record.quorum
    if not is_enough or known.size < max(known.cosigned_size, *known.answered.values()):
        return
    await store.change(uow, known.id, answered=None)
    known = await store.federation(uow, federation_id)
    await electing.agree_to_handover(uow, known, record)
    if hosting.keeps(uow, known):
        await resuming.say_again(uow, known)
        await hosting.vouch(uow, known.id)
        return
    newest = await log.copies(uow, known, record, max(known.cosigned_size - 1, 0))
    if newest:
        await mirroring.cosign(uow, known, record, newest[-1][1])


@timers.on(following.WATCH, longest=limits.COUNCIL_WATCH)
async def watch(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """A host that was not heard of for some hours is asked; after a day people are told."""
    for subject in subjects:
        known = await store.federation(uow, subject)
        if known.state != following.ACTIVE:
            continue
        await timers.set_timer(uow, following.WATCH, known.id, uow.now + limits.COUNCIL_WATCH)
        record = await store.record(uow, known, with_leaves=False)
        await clocks.look(uow, known, record)
        if hosting.keeps(uow, known) or uow.now - known.well_at < limits.COUNCIL_WATCH:
            continue
        facts = {"federation": known.digest, "size": known.size}
        await wire.say(uow, Message.REQUEST, facts, [known.host], wire.lane_of(uow, known.id))
        if succession.is_failing(uow, known):
            await reminders.silent(uow, known, record)


@timers.on(following.TAKE_OVER, longest=limits.COUNCIL_TAKE_OVER_AGAIN)
async def ask_again(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """Not everybody who is asked to let us take over has answered."""
    for subject in subjects:
        await succession.ask_again(uow, subject)


async def _hold(uow: UnitOfWork, federation_id: str) -> None:
    """Cosign nothing, and ask everybody how far we had come."""
    known = await store.locked(uow, federation_id)
    record = await store.record(uow, known, with_leaves=False)
    if record.quorum < 2:
        return
    await store.change(uow, known.id, answered={})
    facts = {"federation": known.digest}
    await wire.say(uow, Message.RECALL, facts, record.members, _lane(uow, known))


async def _remember(
    uow: UnitOfWork, known: Federation, record: Record, text: str, *, is_behind: bool
) -> None:
    """What we had cosigned, by our own signature under it.

    What we lack of the log may give us another key. If that is not on this node either, it binds
    nobody: we cannot sign with it any more.
    """
    checkpoint, note = record.opened(text)
    us = record.members.get(uow.identities.coop.uri)
    keys = await _witness_keys(uow, known, us)
    if us is None or not any(checkpoints.cosignatures(note, {us.cosigner: key}) for key in keys):
        if is_behind:
            return
        raise Inadmissible("not-cosigned", "We did not cosign that.")
    is_current = keepers.epoch_of(checkpoint) == known.epoch
    if is_current and checkpoint.size > known.cosigned_size:
        size, root = checkpoint.size, checkpoint.root
        await store.change(uow, known.id, cosigned_size=size, cosigned_root=root)


async def _witness_keys(
    reader: Reader, known: Federation, us: Member | None
) -> list[Ed25519PublicKey]:
    """By which we cosign as far as we know, and by which we shall when the log says so."""
    coming = await held(reader, known.id, Use.NEXT_WITNESS)
    return [
        *([statements.public_key(us.witness)] if us else []),
        *([coming.public_key()] if coming else []),
    ]


def _lane(reader: Reader, known: Federation) -> str:
    """Beside the log's own lane: a question must not wait behind what its answer lets through."""
    return wire.beside(reader, known.id, "marks")


def facts_of(facts: Mapping[str, Any]) -> dict[str, str | None]:
    """What an answer says, each as a text or nothing."""
    names = ("mandate", "cosigned", "newest")
    return {name: facts[name] if isinstance(facts.get(name), str) else None for name in names}
