"""The log goes on with another host: handed over by the old one, or taken over by a quorum.

Handed over: the host asks a coop; with its yes it writes `handover` as its last entry, and every
member's node signs the same host mandate. Taken over: a host is silent for a day, or proven to lie;
a coop that holds the log proposes itself, and each node signs if it finds the same. The coop that
has a quorum of signatures writes the mandate as its first entry.
"""

from federation.storage import Reader, UnitOfWork
from node import audit, limits, timers
from node.council.hosts import resuming
from node.council.rows import reminders, store, wire
from node.council.rows.keyring import Use, held, key
from node.council.rows.proving import HOST_OUT, STOPS
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.state import keepers
from node.council.state.record import Inadmissible, Record
from node.council.steps import electing, following, hosting
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from node.errors import Conflict, NotAllowed
from node.i18n import _
from protocol.errors import MalformedDocument
from protocol.keys import multikey_of


async def hand_over(uow: UnitOfWork, federation_id: str, coop: str, *, by: str) -> None:
    """Ask another member to keep the log from now on. With its yes the log goes to it by itself."""
    known = await store.locked(uow, federation_id)
    record = await _as_member(uow, known)
    if not hosting.keeps(uow, known):
        raise NotAllowed(_("Another coop keeps this log."), "not-the-host")
    if coop not in record.members or coop == known.host:
        raise Conflict(_("The log can only be handed to another member."), "not-a-member")
    await store.change(uow, known.id, asked=coop)
    await wire.say(
        uow, Message.OFFER, {"federation": known.digest}, [coop], wire.lane_of(uow, known.id)
    )
    await audit.record(uow, by, "council.hand-over", known.id, {"coop": coop})


async def hear_offer(uow: UnitOfWork, known: Federation, host: str) -> bool:
    """The host asks us to keep the log; a person here decides."""
    record = await store.record(uow, known, with_leaves=False)
    if host != known.host:
        raise Inadmissible("not-the-host", "Another coop keeps this log.", 403)
    await store.change(uow, known.id, asked=host)
    await reminders.asked_to_keep(uow, known, record)
    return True


async def accept_handover(uow: UnitOfWork, federation_id: str, *, by: str) -> None:
    """Say yes: our key for checkpoints goes to the host, which then ends its log."""
    known = await store.locked(uow, federation_id)
    await _as_member(uow, known)
    if known.asked is None or known.asked != known.host:
        raise Conflict(_("Nobody asks us to keep this log."), "not-asked")
    log_key = await key(uow, known.id, Use.LOG)
    facts = {"federation": known.digest, "logKey": multikey_of(log_key.public_key())}
    await wire.say(uow, Message.READY, facts, [known.host], wire.lane_of(uow, known.id))
    await reminders.answered_host(uow, known.id)
    await audit.record(uow, by, "council.accept-handover", known.id)


async def hear_ready(uow: UnitOfWork, known: Federation, coop: str, log_key: str) -> bool:
    """The coop that we asked says yes: our last entry names it. Raises Inadmissible."""
    if not hosting.keeps(uow, known) or known.asked != coop:
        raise Inadmissible("not-asked", "This coop was not asked to keep the log.", 409)
    coop_key = await held(uow, known.id, Use.COOP)
    record = await store.record(uow, known, with_leaves=False)
    if coop_key is None or record.handover is not None:
        return False
    document = statements.new(
        Kind.HANDOVER,
        uow.identities.coop.uri,
        record.federation,
        uow.now,
        epoch=_next_epoch(known),
        to=coop,
        logKey=log_key,
    )
    signed = statements.signed(document, coop_key, created=uow.now)
    try:
        statements.read(signed.text)
    except MalformedDocument as error:
        raise Inadmissible(error.code, str(error)) from None
    await hosting.accept(uow, known.id, signed)
    return True


async def take_over(uow: UnitOfWork, federation_id: str, *, by: str) -> None:
    """Propose ourselves as the host that follows one that is silent or was proven to lie.

    Said again, after nobody had a quorum, it is for the next epoch. Raises Conflict.
    """
    known = await store.locked(uow, federation_id)
    record = await _as_member(uow, known)
    if hosting.keeps(uow, known):
        raise Conflict(_("Your node keeps this log already."), "host-already")
    if known.answered is not None:
        raise Conflict(
            _("Our node has just been started and still asks the others what it may have missed."),
            "catching-up",
        )
    if not is_failing(uow, known):
        raise Conflict(
            _("The coop that keeps the log is there. It can hand the log over itself."),
            "host-alive",
        )
    log_key = await key(uow, known.id, Use.LOG)
    document = keepers.mandate(
        uow.identities.coop.uri,
        record.federation,
        uow.now,
        epoch=_next_epoch(known, *await electing.drafts(uow, known)),
        log_key=multikey_of(log_key.public_key()),
        start=(known.cosigned_size, known.cosigned_root),
    )
    mandate = await electing.sign(uow, known, record, document)
    if mandate is not None:
        await electing.show(uow, known, mandate, list(record.members))
        again = uow.now + limits.COUNCIL_TAKE_OVER_AGAIN
        await timers.set_timer(uow, following.TAKE_OVER, known.id, again)
    await audit.record(uow, by, "council.take-over", known.id)


def is_failing(uow: Reader, known: Federation) -> bool:
    """Whether a host is overdue, is to go, or there is proof that it lied."""
    return is_overdue(uow, known) or known.stopped_because in (*STOPS, HOST_OUT)


def is_overdue(reader: Reader, known: Federation) -> bool:
    """Whether a host was not heard of, or could gather no quorum, for too long."""
    return bool(reader.now - known.well_at >= limits.COUNCIL_HOST_TIMEOUT)


async def ask_again(uow: UnitOfWork, federation_id: str) -> None:
    """Our proposal to take over has no quorum yet: put it before those who have not signed."""
    known = await store.locked(uow, federation_id)
    mandate = await _our_proposal(uow, known)
    if mandate is None:
        return
    record = await store.record(uow, known, with_leaves=False)
    missing = set(record.members) - keepers.signers_of(mandate, record.members)
    await electing.show(uow, known, mandate, sorted(missing))
    again = uow.now + limits.COUNCIL_TAKE_OVER_AGAIN
    await timers.set_timer(uow, following.TAKE_OVER, known.id, again)


async def hear_mandate(uow: UnitOfWork, known: Federation, coop: str, text: str) -> bool:
    """A host mandate: signed by a quorum, it counts; ours, it is one more signature; of a coop that
    wants to take over, we sign it if we find the same. Raises Inadmissible."""
    known = await store.locked(uow, known.id)
    record = await store.record(uow, known)
    mandate = _read(known, text)
    record.member(coop)
    if not statements.signers(mandate) <= record.keys() or mandate.coop not in record.members:
        raise Inadmissible("not-a-member", "Somebody signed it who is no member.", 403)
    if mandate["epoch"] > max(known.epoch, known.signed_epoch) + keepers.FARTHEST:
        raise Inadmissible("epoch-far", "The epoch is too far ahead of the log.")
    together = await electing.note(uow, known, record, mandate)
    if mandate["epoch"] <= known.epoch:
        return False
    if mandate.coop == uow.identities.coop.uri:
        return await serve_if_agreed(uow, known.id)
    if keepers.is_agreed(together, record):
        return await _follow(uow, known, record, together)
    if mandate.coop == coop:
        await _consider(uow, known, record, together)
    return True


async def serve_if_agreed(uow: UnitOfWork, federation_id: str) -> bool:
    """Begin to keep the log if a quorum wants us to, and we hold it so far."""
    known = await store.locked(uow, federation_id)
    mandate = await _our_proposal(uow, known)
    if mandate is None or known.size < mandate["startSize"]:
        return False
    record = await store.record(uow, known)
    if not keepers.is_agreed(mandate, record):
        return False
    known = await resuming.adopt(uow, known, record, mandate)
    await hosting.accept(uow, known.id, mandate)
    known = await store.federation(uow, known.id)
    await resuming.say_again(uow, known)
    await resuming.take_up(uow, known)
    return True


async def hear_of_host(uow: UnitOfWork, known: Federation, text: str) -> Federation:
    """Entries come with the mandate of who sends them: follow it, if it counts."""
    mandate = _read(known, text)
    if mandate["epoch"] <= known.epoch:
        return known
    if not known.size:
        if mandate.coop != known.host:
            raise Inadmissible("not-the-host", "We asked another coop to be let in.", 403)
        # A newcomer: the log itself will show whether the mandate is right.
        await store.change(uow, known.id, epoch=mandate["epoch"], mandate=text)
        return await store.federation(uow, known.id)
    known = await store.locked(uow, known.id)
    record = await store.record(uow, known)
    if not keepers.is_agreed(mandate, record):
        raise Inadmissible("no-quorum", "Too few coops have signed who is to keep the log.", 403)
    await electing.note(uow, known, record, mandate)
    await _follow(uow, known, record, mandate)
    return await store.federation(uow, known.id)


async def show_host(uow: UnitOfWork, known: Federation, coop: str) -> None:
    """A coop speaks as if it kept the log: show it who does."""
    if known.mandate is not None:
        await electing.show(uow, known, statements.read(known.mandate), [coop])


async def _follow(uow: UnitOfWork, known: Federation, record: Record, mandate: Statement) -> bool:
    known = await resuming.adopt(uow, known, record, mandate)
    await resuming.say_again(uow, known)
    return True


async def _consider(uow: UnitOfWork, known: Federation, record: Record, mandate: Statement) -> None:
    """Sign, or send what the coop lacks, or ask for what we lack; it asks again later."""
    if uow.identities.coop.uri in keepers.signers_of(mandate, record.members):
        await electing.show(uow, known, mandate, [mandate.coop])
        return
    if not is_failing(uow, known):
        return
    start, root = mandate["startSize"], bytes.fromhex(mandate["startRoot"])
    if start > known.size and known.stopped_because not in STOPS:
        facts = {"federation": known.digest, "size": known.size}
        await wire.say(uow, Message.REQUEST, facts, [mandate.coop], wire.lane_of(uow, known.id))
        return
    is_ours = start <= known.size and record.root_at(start) == root
    if is_ours and known.cosigned_size > start:
        await hosting.send_copy(uow, known, record, [mandate.coop], start)
        return
    # Another history than ours: ours has no quorum if so many vouch for the other.
    others = keepers.signers_of(mandate, record.members) - {uow.identities.coop.uri}
    if is_ours or len(others) > len(record.members) - record.quorum:
        await electing.sign(uow, known, record, mandate.document)


async def _as_member(uow: UnitOfWork, known: Federation) -> Record:
    if known.state != following.ACTIVE:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    return await store.record(uow, known)


async def _our_proposal(reader: Reader, known: Federation) -> Statement | None:
    """The newest mandate by which we would keep the log, if that is still to come."""
    ours = reader.identities.coop.uri
    found = [
        each
        for each in await electing.drafts(reader, known)
        if each.coop == ours and each["epoch"] > known.epoch
    ]
    return max(found, key=lambda each: int(each["epoch"]), default=None)


def _next_epoch(known: Federation, *seen: Statement) -> int:
    epochs = [known.epoch, known.signed_epoch, *(each["epoch"] for each in seen)]
    return int(max(epochs)) + 1


def _read(known: Federation, text: str) -> Statement:
    mandate = statements.read(text)
    if mandate.kind is not Kind.HOST_MANDATE or mandate.federation != known.digest:
        raise Inadmissible("bad-mandate", "This is no mandate for a host of this federation.")
    return mandate
