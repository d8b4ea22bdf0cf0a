"""Our own coop goes on under another address: said by the old one while it answers, or by the new
one with the word of the recovery key."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import outbox, relations
from federation.runtime import Federation
from federation.storage import UnitOfWork
from node import audit
from node.errors import Conflict
from node.events import events
from node.i18n import _
from node.peers.events import OurCoopMoved
from node.peers.models import StoredProfile, Succession
from node.peers.profile import announce, our_profile, say_anew, stored_profile
from node.peers.rules import COOP_TYPES, authority_in
from node.peers.wishes import look_for
from protocol import keys, proofs
from protocol.vocabulary import activities
from protocol.vocabulary.actors import ActorProfile


async def come_from(federation: Federation, text: str, *, by: str = audit.OPERATOR) -> str:
    """Say that our coop was at another address before; returns the coop's uri there.

    The first half of a move, done at the new address. Raises Conflict, or what `Actors.resolve`
    raises.
    """
    found = await _coop_at(federation, text)
    ours = federation.identities.coop.uri
    if found.moved_to not in (None, ours):
        raise Conflict(
            _("%(old)s says that it moved to %(new)s.", old=found.id, new=found.moved_to),
            "moved-elsewhere",
        )

    async def write(uow: UnitOfWork) -> None:
        await _name_predecessor(uow, found.id)
        await audit.record(uow, by, "peers.come-from", found.id)

    await federation.database.write(write)
    return found.id


async def go_to(federation: Federation, text: str, *, by: str = audit.OPERATOR) -> int:
    """Go on at another address; returns how many coops are told.

    The second half of a move, done at the old address, which stays as a sign-post. Saying it again
    tells everybody again. Raises Conflict, or what `Actors.resolve` raises.
    """
    found = await _coop_at(federation, text)
    ours = federation.identities.coop.uri
    if ours not in found.also_known_as:
        raise Conflict(
            _(
                "%(new)s does not say that it is this coop. There, run `rochdale move from "
                "%(ours)s`, then try again here.",
                new=found.id,
                ours=federation.identities.base,
            ),
            "move-unconfirmed",
        )
    if found.moved_to is not None:
        raise Conflict(
            _(
                "%(new)s has itself moved to %(next)s. Move there.",
                new=found.id,
                next=found.moved_to,
            ),
            "moved-on",
        )
    return await federation.database.write(lambda uow: leave_for(uow, found.id, by=by))


async def claim(
    uow: UnitOfWork,
    old_address: str,
    recovery_key: Ed25519PrivateKey,
    addresses: Sequence[str],
    *,
    by: str = audit.OPERATOR,
) -> None:
    """Go on from an address that is lost, on the word of its recovery key.

    addresses: the coops to tell; they are looked for, told and asked by the running node, and a
    person there confirms it. Raises Conflict, InvalidInput.
    """
    old, ours = f"{old_address}/coop", uow.identities.coop.uri
    if authority_in(old_address) == uow.identities.authority:
        raise Conflict(
            _(
                "That file is of this very address. To be the coop again where it was, use "
                "`rochdale recover`."
            ),
            "ourselves",
        )
    if not addresses:
        raise Conflict(
            _("The file names no coop that could be told. Name each: --tell ADDRESS."), "nobody"
        )
    said = activities.succession(old, ours, uow.now)
    method = keys.did_method_of(recovery_key.public_key())
    statement = proofs.add_proof(said, recovery_key, method, uow.now)
    row = Succession(old_uri=old, statement=statement, created_at=uow.now)
    await uow.session.merge(row)
    await _name_predecessor(uow, old)
    await look_for(uow, addresses)
    await audit.record(uow, by, "peers.claim", old)


async def _coop_at(federation: Federation, text: str) -> ActorProfile:
    """The coop behind an address, as it describes itself now."""
    uri = await federation.actors.resolve(text.strip())
    found = await federation.actors.actor(uri, refresh=True)
    if found.type not in COOP_TYPES:
        raise Conflict(_("%(uri)s is not a coop.", uri=found.id), "not-a-coop")
    return found


async def _name_predecessor(uow: UnitOfWork, old: str) -> None:
    row = await stored_profile(uow)
    if row.moved_to is not None:
        raise _gone(row)
    if old in row.also_known_as:
        return
    row.also_known_as = [*row.also_known_as, old]
    await say_anew(uow, row)


async def leave_for(uow: UnitOfWork, new: str, *, by: str) -> int:
    """Go on at `new`, which was asked and agrees; see `go_to`. Raises Conflict."""
    row = await stored_profile(uow)
    if row.moved_to not in (None, new):
        raise _gone(row)
    is_first = row.moved_to is None
    row.moved_to, row.updated_at = new, uow.now
    await uow.session.flush()
    if is_first:
        await events.announce(uow, OurCoopMoved(new))
    await announce(uow, await our_profile(uow))
    told = [one.actor_uri for one in await relations.followers(uow)]
    coop = uow.identities.coop.uri
    said = activities.move("", coop, coop, new, (f"{coop}/followers",))
    # Kept until it has arrived: who misses it would knock at an empty house for ever.
    await outbox.publish(uow, said, to_actors=told, object_uri=coop, until_delivered=True)
    await audit.record(uow, by, "peers.move", new)
    return len(told)


def _gone(row: StoredProfile) -> Conflict:
    return Conflict(
        _("This coop has moved to %(new)s already; go on from there.", new=row.moved_to),
        "moved",
    )
