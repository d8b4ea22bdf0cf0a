"""What people here can do about being in touch. Every step is one unit of work."""

from datetime import timedelta

from sqlalchemy import delete, select

from federation import relations
from federation.delivery.standing import release
from federation.models import Relation, RelationState
from federation.relations import Standing, change
from federation.remote.actors import believe_keys
from federation.storage import UnitOfWork
from federation.sync import request_sync
from node import audit, notices
from node.errors import Conflict, InvalidInput, NotFound
from node.events import events
from node.i18n import _
from node.notices import NoticeKind
from node.peers import wire
from node.peers.events import CoopJoined, CoopLeft, CoopResumed, CoopSuspended
from node.peers.models import Welcome
from node.peers.queries import uri_behind
from node.peers.rules import COOP_TYPES, NO_ADDRESS, authority_in, exact_uri, is_address

# How long after our own Follow another coop's Follow is answered with a new one.
REFOLLOW_AFTER = timedelta(days=1)
_OPEN = (RelationState.ASKED, RelationState.ACCEPTED)


async def ask_actor(uow: UnitOfWork, actor_uri: str, *, by: str = audit.OPERATOR) -> None:
    """Ask a coop that was found to be in touch: follow it, and accept its Follow when it comes.

    Asking again is no error: the Follow is sent anew, and mends what one side has lost. Raises
    Conflict for our own coop, and for one that is on hold or blocked.
    """
    if uow.identities.of(actor_uri) is not None:
        raise Conflict(_("That is our own coop."), "ourselves")
    await _check_open(uow, actor_uri)
    known = await relations.relation(uow, actor_uri)
    if known is not None and known.follower_state == RelationState.ASKED:
        await welcome(uow, actor_uri, by=by)
        return
    await change(uow, actor_uri, consented=True)
    await _follow(uow, actor_uri)
    await audit.record(uow, by, "peers.ask", actor_uri)


async def accept(uow: UnitOfWork, text: str, *, by: str = audit.OPERATOR) -> bool:
    """Say yes to a coop, by its address, handle or uri; to one not yet seen, in advance.

    One yes is enough for both directions: their Follow is accepted, and ours is sent. A yes to an
    actor's address is for that actor alone; a yes to a host, for whom the host calls its coop.
    False: they have not asked yet, and the yes waits for them. Raises Conflict for our own coop,
    one that is on hold or blocked, and when several are meant.
    """
    if not is_address(text.strip()):
        raise InvalidInput({"address": [NO_ADDRESS]})
    uri = await uri_behind(uow, text) or exact_uri(text)
    authority = authority_in(text)
    if authority == uow.identities.authority:
        raise Conflict(_("That is our own coop."), "ourselves")
    if uri is not None:
        await _check_open(uow, uri)
        await believe_keys(uow, uri)
        known = await relations.relation(uow, uri)
        if known is not None and known.follower_state == RelationState.ASKED:
            await welcome(uow, uri, by=by)
            return True
        await change(uow, uri, consented=True)
        await audit.record(uow, by, "peers.accept-in-advance", uri)
        return known is not None and known.follower_state == RelationState.ACCEPTED
    address = text.strip().rstrip("/")
    if await uow.session.get(Welcome, address) is None:
        uow.session.add(Welcome(address=address, authority=authority, created_at=uow.now))
        await uow.session.flush()
    await audit.record(uow, by, "peers.accept-in-advance", address)
    return False


async def welcome(uow: UnitOfWork, actor_uri: str, *, by: str = audit.NODE) -> None:
    """Accept the Follow that is there, and follow back if it is a coop's.

    A coop that follows us again has lost what it knew of us, our own Follow too: so that is sent
    anew, at most once a day, or two that answer every Follow with one would never end.
    """
    known = await relations.relation(uow, actor_uri)
    if known is None or known.their_follow_id is None:
        raise NotFound(_("This coop has not asked us."))
    await change(uow, actor_uri, follower_state=RelationState.ACCEPTED, consented=True)
    await wire.send_accept(uow, actor_uri, known.their_follow_id)
    if await _follows_back(uow, known):
        await _follow(uow, actor_uri)
    await uow.execute(delete(Welcome).where(Welcome.authority == known.authority))
    await notices.withdraw(uow, NoticeKind.PEER_ASKS, actor_uri)
    await events.announce(uow, CoopJoined(actor_uri))
    await audit.record(uow, by, "peers.accept", actor_uri)


async def decline(uow: UnitOfWork, actor_uri: str, *, by: str = audit.OPERATOR) -> None:
    """Say not now. They can ask again in a month, and we can any day. Raises NotFound if they have
    not asked."""
    known = await relations.relation(uow, actor_uri)
    if known is None or known.follower_state != RelationState.ASKED:
        raise NotFound(_("This coop has not asked us."))
    await change(uow, actor_uri, follower_state=RelationState.REFUSED, consented=False)
    await wire.send_reject(uow, actor_uri, known.their_follow_id or actor_uri)
    await notices.withdraw(uow, NoticeKind.PEER_ASKS, actor_uri)
    await audit.record(uow, by, "peers.decline", actor_uri)


async def suspend(
    uow: UnitOfWork, actor_uri: str, reason: str, *, by: str = audit.OPERATOR
) -> None:
    """Put a coop on hold: nothing flows either way, both follows stay as they are."""
    await _known(uow, actor_uri)
    await change(uow, actor_uri, suspended_at=uow.now, suspended_reason=reason.strip() or None)
    await events.announce(uow, CoopSuspended(actor_uri))
    await audit.record(uow, by, "peers.suspend", actor_uri, {"reason": reason.strip()})


async def resume(uow: UnitOfWork, actor_uri: str, *, by: str = audit.OPERATOR) -> None:
    """Take a coop back: what was held for it goes out, and both read what they missed.

    Nothing was written for it while it was on hold; our yes, said again, has it look.
    """
    known = await _known(uow, actor_uri)
    await change(uow, actor_uri, suspended_at=None, suspended_reason=None)
    await release(uow, known.authority)
    if known.their_follow_id and known.follower_state == RelationState.ACCEPTED:
        await wire.send_accept(uow, actor_uri, known.their_follow_id)
    if known.following_state == RelationState.ACCEPTED:
        await request_sync(uow, actor_uri, complete=False)
    await events.announce(uow, CoopResumed(actor_uri))
    await audit.record(uow, by, "peers.resume", actor_uri)


async def leave(uow: UnitOfWork, actor_uri: str, *, by: str = audit.OPERATOR) -> None:
    """Be no longer in touch: both follows end, and what they offered is not found here any more."""
    known = await _known(uow, actor_uri)
    if known.suspended_at is not None:
        await change(uow, actor_uri, suspended_at=None, suspended_reason=None)
        await release(uow, known.authority)
    if known.our_follow_id and known.following_state != RelationState.NONE:
        await wire.send_undo(uow, actor_uri, known.our_follow_id)
    if known.their_follow_id and known.follower_state in _OPEN:
        await wire.send_reject(uow, actor_uri, known.their_follow_id)
    await change(
        uow,
        actor_uri,
        follower_state=RelationState.NONE,
        following_state=RelationState.NONE,
        consented=False,
    )
    await events.announce(uow, CoopLeft(actor_uri))
    await audit.record(uow, by, "peers.leave", actor_uri)


async def say_again_that_we_left(uow: UnitOfWork, known: Relation) -> None:
    """They take us to be in touch: they had us on hold when we left, or were away for long, and
    did not hear it."""
    are_apart = known.follower_state == known.following_state == RelationState.NONE
    if are_apart and known.our_follow_id and await wire.was_not_heard(uow, known.actor_uri):
        await wire.send_undo(uow, known.actor_uri, known.our_follow_id)
        if known.their_follow_id:
            await wire.send_reject(uow, known.actor_uri, known.their_follow_id)


async def _follow(uow: UnitOfWork, actor_uri: str) -> None:
    """Send our Follow; what was accepted before stays so until they say otherwise."""
    known = await relations.relation(uow, actor_uri)
    is_accepted = known is not None and known.following_state == RelationState.ACCEPTED
    follow_id = await wire.send_follow(uow, actor_uri)
    state = RelationState.ACCEPTED if is_accepted else RelationState.ASKED
    await change(uow, actor_uri, following_state=state, our_follow_id=follow_id)


async def _follows_back(uow: UnitOfWork, known: Relation) -> bool:
    if not await _is_coop(uow, known.actor_uri):
        return False
    if known.following_state not in _OPEN or known.our_follow_id is None:
        return True
    sent_at = await wire.sent_at(uow, known.our_follow_id)
    return sent_at is None or uow.now - sent_at >= REFOLLOW_AFTER


async def _check_open(uow: UnitOfWork, actor_uri: str) -> None:
    standing = await relations.standing(uow, actor_uri)
    if standing is Standing.SUSPENDED:
        raise Conflict(_("This coop is on hold. Take it back first."), "suspended")
    if standing is Standing.BLOCKED:
        raise Conflict(_("This coop's domain is blocked here. Lift that first."), "blocked")


async def _known(uow: UnitOfWork, actor_uri: str) -> Relation:
    known = await relations.relation(uow, actor_uri)
    if known is None:
        raise NotFound(_("We do not know this coop."))
    return known


async def _is_coop(uow: UnitOfWork, actor_uri: str) -> bool:
    targets = await relations.targets(uow, [actor_uri])
    return any(target.type in COOP_TYPES for target in targets)


async def welcomed_at(uow: UnitOfWork, authority: str) -> list[str]:
    """The addresses on a host that somebody here said yes to before anybody was seen there."""
    there = select(Welcome.address).where(Welcome.authority == authority)
    return await uow.scalars(there.order_by(Welcome.address))
