"""What coops tell us about being in touch: Follow, Accept, Reject, Undo, and about themselves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from federation import relations
from federation.delivery.standing import are_held_no_more
from federation.errors import NotAnActor
from federation.handlers import (
    SENDER,
    Applied,
    HandlerTable,
    Ignored,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
)
from federation.models import Relation, RelationState, RemoteActor
from federation.relations import Standing, change
from federation.remote.actors import lists_retired_key, record_actor, stored_actor
from federation.storage import Reader, UnitOfWork
from federation.sync import request_sync
from node import limits, notices
from node.events import events
from node.notices import NoticeKind
from node.peers import commands, domain_rules, line, successors, wire
from node.peers.events import ActorGone, CoopAgreed, CoopAsks, CoopDeclined, CoopLeft
from node.peers.profile import moved_to
from node.peers.wishes import look_for_once
from protocol import proofs, strict_json
from protocol.iri import authority_of
from protocol.vocabulary.base import ids

handlers = HandlerTable()
_OPEN = (RelationState.ASKED, RelationState.ACCEPTED)
_TOLD_TWICE_AGAIN = timedelta(days=1)
_SHUT_OUT = (Standing.SUSPENDED, Standing.BLOCKED)


@handlers.on("Follow")
async def follows_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Somebody asks to hear us. Whoever was said yes to is accepted at once; a person decides
    about the others. One that lost its database and asks again is accepted again."""
    return [await _follow(uow, each) for each in received]


async def _follow(uow: UnitOfWork, received: Received) -> Outcome:
    activity, actor = received.activity, received.activity.actor
    if activity.object_id != uow.identities.coop.uri:
        return RefusedBy(404, "nobody-to-follow", "Only the coop of this node can be followed.")
    if (gone_to := await moved_to(uow)) is not None:
        return RefusedBy(404, "moved", f"This coop goes on at {gone_to}; follow it there.")
    known = await relations.relation(uow, actor)
    yes = known is not None and (known.consented or known.follower_state == RelationState.ACCEPTED)
    if not yes and (no := await _not_now(uow, actor, known)):
        return no
    if not await _is_known_actor(uow, actor):
        return NeedsFetch((actor,)) if actor not in received.fetched else await _meet(uow, received)
    asked: dict[str, Any] = {"their_follow_id": activity.id, "last_heard_at": uow.now}
    if yes:
        await change(uow, actor, follower_state=RelationState.ASKED, **asked)
        await commands.welcome(uow, actor)
        return Applied()
    if known is None or known.follower_state != RelationState.ASKED:
        await line.make_room(uow)
        asked["created_at"] = uow.now  # who was declined once stands at the end of the line again
    await change(uow, actor, follower_state=RelationState.ASKED, **asked)
    if not await successors.has_claimed(uow, actor):
        await _tell(uow, NoticeKind.PEER_ASKS, actor)
    await events.announce(uow, CoopAsks(actor))
    # Somebody said yes in advance to whoever a host calls its coop: it is asked who that is.
    for address in await commands.welcomed_at(uow, authority_of(actor)):
        await look_for_once(uow, address)
    return Applied()


async def _not_now(uow: UnitOfWork, actor: str, known: Relation | None) -> RefusedBy | None:
    """Why somebody cannot ask today: a person said no lately, or too many wait for an answer."""
    state = known.follower_state if known else RelationState.NONE
    if known and known.declined_at and state == RelationState.REFUSED:
        again = known.declined_at + limits.COOP_ASKS_AGAIN
        if uow.now < again:
            said = f"This coop said no. Talk to its people, or ask again after {again:%Y-%m-%d}."
            return RefusedBy(403, "declined", said)
    authority = authority_of(actor)
    if state == RelationState.ASKED or await commands.welcomed_at(uow, authority):
        return None
    if await line.has_room(uow, authority):
        return None
    return RefusedBy(
        429, "too-many-asking", "More coops wait for an answer than people here can give; wait."
    )


async def _meet(uow: UnitOfWork, received: Received) -> Outcome:
    try:
        await record_actor(uow, received.fetched[received.activity.actor])
    except NotAnActor as error:
        return _unreadable(error)
    return await _follow(uow, received)


def _unreadable(error: NotAnActor) -> RefusedBy:
    return RefusedBy(422, error.code, str(error))


@handlers.on("Accept", "Follow")
async def follows_accepted(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """They said yes: from now on we hear them, beginning with all that they offer now."""
    return [await _accepted(uow, each) for each in received]


async def _accepted(uow: UnitOfWork, received: Received) -> Outcome:
    actor = received.activity.actor
    known = await relations.relation(uow, actor)
    await _speaks_to_us(uow, known)
    if known is None or known.following_state not in _OPEN:
        if known is not None:
            await commands.say_again_that_we_left(uow, known)
        return Ignored("not-asked")
    if not await _is_our_follow(uow, received):
        return Ignored("other-follow")
    if known.following_state == RelationState.ACCEPTED:
        # Said again after a hold or a loss: what was published meanwhile was not sent to us.
        await request_sync(uow, actor, complete=False)
        return Applied()
    await change(uow, actor, following_state=RelationState.ACCEPTED, last_heard_at=uow.now)
    await request_sync(uow, actor, complete=True)
    await _tell(uow, NoticeKind.PEER_ACCEPTED, actor)
    await events.announce(uow, CoopAgreed(actor))
    return Applied()


async def _speaks_to_us(uow: UnitOfWork, known: Relation | None) -> None:
    if known is not None:
        await are_held_no_more(uow, known.authority)


@handlers.on("Reject", "Follow")
async def follows_rejected(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """They said no, or no longer."""
    return [await _rejected(uow, each) for each in received]


async def _rejected(uow: UnitOfWork, received: Received) -> Outcome:
    actor, said_no_to = received.activity.actor, received.activity.object_id
    known = await relations.relation(uow, actor)
    await _speaks_to_us(uow, known)
    if known is None or known.following_state not in _OPEN:
        return Ignored("not-asked")
    was_in_touch = known.following_state == RelationState.ACCEPTED
    after = RelationState.REFUSED
    if said_no_to not in (None, known.our_follow_id):
        if not await _is_our_follow(uow, received):
            return Ignored("other-follow")
        if was_in_touch:  # they left while we asked anew: what we asked waits for them
            after = RelationState.ASKED
    await change(uow, actor, following_state=after)
    kind = NoticeKind.PEER_LEFT if was_in_touch else NoticeKind.PEER_DECLINED
    await _tell(uow, kind, actor)
    await events.announce(uow, CoopLeft(actor) if was_in_touch else CoopDeclined(actor))
    return Applied()


@handlers.on("Undo", "Follow")
async def follows_undone(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """They take their Follow back: they no longer hear us."""
    outcomes: list[Outcome] = []
    for each in received:
        actor = each.activity.actor
        known = await relations.relation(uow, actor)
        await _speaks_to_us(uow, known)
        if known is None or known.follower_state not in _OPEN:
            outcomes.append(Ignored("no-follow"))
            continue
        if each.activity.object_id not in (None, known.their_follow_id):
            outcomes.append(Ignored("other-follow"))
            continue
        was_asking = known.follower_state == RelationState.ASKED
        await change(uow, actor, follower_state=RelationState.NONE, consented=False)
        await notices.withdraw(uow, NoticeKind.PEER_ASKS, actor)
        if not was_asking:
            await _tell(uow, NoticeKind.PEER_LEFT, actor)
        outcomes.append(Applied())
    return outcomes


@handlers.on("Update", SENDER)
async def actors_changed(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A coop changed what it says of itself, perhaps its keys."""
    return [await _changed(uow, each) for each in received]


async def _changed(uow: UnitOfWork, received: Received) -> Outcome:
    actor = received.activity.actor
    known = await stored_actor(uow, actor)
    before = known.key_digest if known else None
    try:
        document = await _as_it_is(uow, received, known)
        if document is None:
            return NeedsFetch((actor,))
        changed = await record_actor(uow, document)
    except NotAnActor as error:
        return _unreadable(error)
    is_known = await relations.relation(uow, actor) is not None
    if is_known and before is not None and changed.key_digest != before:
        await _tell(uow, NoticeKind.PEER_KEY_CHANGED, actor)
    return Applied()


async def _as_it_is(
    uow: UnitOfWork, received: Received, known: RemoteActor | None
) -> dict[str, Any] | None:
    """What an actor is now; None where that must be looked up, since what it sends may be of
    before we looked last: it was on its way meanwhile. Raises NotAnActor."""
    if received.activity.actor in received.fetched:
        return received.fetched[received.activity.actor]
    sent = received.activity.object
    if sent is None or known is None:
        return sent
    said = strict_json.loads(received.verified.raw)
    is_of_before = "proof" in said and proofs.created_at(said) < known.fetched_at
    return None if is_of_before or await lists_retired_key(uow, sent) else sent


@handlers.on("Move", SENDER)
async def actors_moved(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A coop goes on under another address (FEP-7628).

    Believed when both ends say so: the old one names the new in the message that it signed, and
    the new one's own document lists the old under `alsoKnownAs`.
    """
    return [await _moved(uow, each) for each in received]


async def _moved(uow: UnitOfWork, received: Received) -> Outcome:
    old, new = received.activity.actor, received.activity.target
    if new is None:
        return RefusedBy(422, "no-target", "A Move names the new address as its target.")
    if new not in received.fetched:
        return NeedsFetch((new,))
    document = received.fetched[new]
    if not _names(document, old):
        return _unconfirmed()
    known, there = await relations.relation(uow, old), await relations.relation(uow, new)
    if known is None or not _was_said_yes_to(known):
        return Ignored("no-relation")
    if await relations.standing(uow, new) in _SHUT_OUT or (there and _was_said_no_to(there)):
        return Ignored("decided-otherwise")
    try:
        moved = await record_actor(uow, document)
    except NotAnActor as error:
        return _unreadable(error)
    await successors.carry_over(uow, known, new)
    await domain_rules.limit_follows(uow, known.authority, moved.authority)
    return Applied()


def _was_said_yes_to(relation: Relation) -> bool:
    """Whether a person here agreed, and it came about: what a move takes along."""
    accepted = RelationState.ACCEPTED
    return relation.consented and accepted in (relation.follower_state, relation.following_state)


def _was_said_no_to(relation: Relation) -> bool:
    """Whether one of the two sides refused."""
    refused = RelationState.REFUSED
    return refused in (relation.follower_state, relation.following_state)


@handlers.on("Move")
async def coops_claimed(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A coop says that it is one we know, whose address is lost (FEP-7628, pull mode).

    It brings the word of the recovery key that the old one listed while we knew it, and its own
    document names the old one. A person decides whether that is so.
    """
    return [await _claimed(uow, each) for each in received]


async def _claimed(uow: UnitOfWork, received: Received) -> Outcome:
    new, old = received.activity.actor, received.activity.object_id
    if old is None or received.activity.target != new:
        return RefusedBy(422, "no-target", "A Move names the old address and its sender's own.")
    known, actor = await relations.relation(uow, old), await stored_actor(uow, old)
    if known is None or actor is None or not _is_related(known):
        return Ignored("no-relation")
    if await relations.standing(uow, old) in _SHUT_OUT:
        return RefusedBy(403, "relation-suspended", "The old address is on hold here.")
    names = successors.recovery_names(actor)
    said = strict_json.loads(received.verified.raw).get("instrument")
    if not successors.is_proven(said, old, new, names, uow.now):
        return RefusedBy(
            403,
            "move-unproven",
            "No recovery key that we know of the old address says this; ask us by another way.",
        )
    if new not in received.fetched:
        return NeedsFetch((new,))
    if not _names(received.fetched[new], old):
        return _unconfirmed()
    try:
        successor = await record_actor(uow, received.fetched[new])
    except NotAnActor as error:
        return _unreadable(error)
    await successors.note(uow, actor, successor)
    return Applied()


def _names(document: dict[str, Any], old: str) -> bool:
    return old in ids(document.get("alsoKnownAs"))


def _is_related(known: Relation) -> bool:
    return known.follower_state in _OPEN or known.following_state in _OPEN


def _only_asked(known: Relation) -> bool:
    """Whether all that passed is their question: whoever comes and goes calls nobody."""
    is_asking = known.follower_state == RelationState.ASKED
    return is_asking and known.following_state == RelationState.NONE


def _unconfirmed() -> RefusedBy:
    return RefusedBy(
        403, "move-unconfirmed", "The new address does not list the old under alsoKnownAs."
    )


@handlers.on("Delete", SENDER)
async def actors_deleted(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A coop is gone for good; its own address said so (federation asked it)."""
    outcomes: list[Outcome] = []
    for each in received:
        actor = each.activity.actor
        await events.announce(uow, ActorGone(actor))
        known = await relations.relation(uow, actor)
        if known is None:
            outcomes.append(Ignored("no-relation"))
            continue
        # A no counts for its time, whatever its address answers meanwhile.
        was_declined = known.follower_state == RelationState.REFUSED
        is_missed = _is_related(known) and not _only_asked(known)
        left = RelationState.REFUSED if was_declined else RelationState.NONE
        await change(uow, actor, follower_state=left, following_state=RelationState.NONE)
        stored = await uow.session.get(RemoteActor, actor)
        if stored is not None:
            stored.gone_at = stored.gone_at or uow.now
        await events.announce(uow, CoopLeft(actor))
        await notices.withdraw(uow, NoticeKind.PEER_ASKS, actor)
        if is_missed:
            await _tell(uow, NoticeKind.PEER_LEFT, actor)
        outcomes.append(Applied())
    return outcomes


@handlers.types_of
async def known_follows(reader: Reader, uris: Sequence[str]) -> dict[str, str]:
    """Which of these ids are Follows, ours or theirs."""
    rows = await reader.rows(
        select(Relation.our_follow_id, Relation.their_follow_id).where(
            or_(Relation.our_follow_id.in_(uris), Relation.their_follow_id.in_(uris))
        )
    )
    return {uri: "Follow" for row in rows for uri in row if uri in set(uris)}


async def _is_our_follow(uow: UnitOfWork, received: Received) -> bool:
    """A yes or no counts for any Follow of ours to that coop, also one sent again since."""
    follow_id = received.activity.object_id
    return follow_id is None or await wire.is_about(uow, follow_id, received.activity.actor)


async def _is_known_actor(reader: Reader, actor: str) -> bool:
    return await reader.scalar(select(RemoteActor.uri).where(RemoteActor.uri == actor)) is not None


@handlers.on_twice
async def two_stories_told(uow: UnitOfWork, actor: str) -> None:
    """A coop that we know used one id for two messages: by a fault, or to tell each of us another
    thing. The admins hear it once a day at most."""
    if await relations.relation(uow, actor) is None:
        return
    before = await notices.given_at(uow, NoticeKind.PEER_TOLD_TWICE, actor)
    if before is None or before + _TOLD_TWICE_AGAIN <= uow.now:
        await _tell(uow, NoticeKind.PEER_TOLD_TWICE, actor)


async def _tell(uow: UnitOfWork, kind: NoticeKind, actor: str) -> None:
    """Tell the admins; of a coop that is kept at a distance so that nobody is called."""
    authority, name = authority_of(actor), await _name(uow, actor)
    quiet = await domain_rules.is_limited(uow, authority)
    await notices.give(uow, kind, actor, quiet=quiet, name=name, address=authority)


async def _name(reader: Reader, actor: str) -> str:
    name = await reader.scalar(select(RemoteActor.name).where(RemoteActor.uri == actor))
    return name or authority_of(actor)
