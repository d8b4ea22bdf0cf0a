"""How we stand with other actors, and who receives what we publish.

A relation is two follows, one each way. Suspending keeps both: nothing flows until it is resumed.
The meaning of Follow, Accept, Reject and Undo is the node's; here is only what was agreed.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, or_, select

from federation import moderation
from federation.models import Relation, RelationState, RemoteActor
from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import Reader, UnitOfWork
from protocol.iri import authority_of

_RELATIONS_OF = Prepared(
    select(Relation.actor_uri, Relation.follower_state, Relation.suspended_at).where(
        Relation.actor_uri.in_(bindparam("uris", expanding=True))
    )
)
_TARGETS = select(
    RemoteActor.uri,
    RemoteActor.authority,
    RemoteActor.inbox,
    RemoteActor.shared_inbox,
    RemoteActor.implements,
    RemoteActor.type,
)


class Standing(StrEnum):
    """What an actor is to us when it knocks."""

    STRANGER = "stranger"
    ASKING = "asking"  # its Follow waits for a person's answer
    PEER = "peer"  # its Follow is accepted
    SUSPENDED = "suspended"
    BLOCKED = "blocked"  # its domain is


class FollowerTarget(Struct, frozen=True):
    """Where and how to reach an actor."""

    actor_uri: str
    authority: str
    inbox: str
    shared_inbox: str | None
    implements: tuple[str, ...]
    type: str


async def relation(reader: Reader, actor_uri: str) -> Relation | None:
    """The relation with one actor, if there ever was one."""
    return await reader.session.get(Relation, actor_uri)


async def relations(reader: Reader) -> list[Relation]:
    """All relations, oldest first."""
    return await reader.scalars(select(Relation).order_by(Relation.created_at, Relation.actor_uri))


async def standing(reader: Reader, actor_uri: str) -> Standing:
    """How one actor stands with us now."""
    return (await standings(reader, [actor_uri]))[actor_uri]


async def standings(reader: Reader, actor_uris: Collection[str]) -> dict[str, Standing]:
    """How each actor stands with us now, in two queries however many they are."""
    authorities = {uri: authority_of(uri) for uri in actor_uris}
    rules = await moderation.rules_for(reader, set(authorities.values()))
    rows = await reader.rows(_RELATIONS_OF, {"uris": list(actor_uris)})
    known = {uri: _standing(state, suspended_at is not None) for uri, state, suspended_at in rows}
    return {
        uri: Standing.BLOCKED
        if moderation.is_blocked(rules[authority])
        else known.get(uri, Standing.STRANGER)
        for uri, authority in authorities.items()
    }


async def related(reader: Reader, actor_uris: Collection[str]) -> set[str]:
    """Those of the actors that were said yes to, in either direction."""
    accepted = or_(
        Relation.follower_state == RelationState.ACCEPTED,
        Relation.following_state == RelationState.ACCEPTED,
    )
    return set(
        await reader.scalars(
            select(Relation.actor_uri).where(Relation.actor_uri.in_(actor_uris), accepted)
        )
    )


async def followers(reader: Reader) -> list[FollowerTarget]:
    """Everyone that receives what we publish: accepted, not suspended, not blocked, not gone."""
    accepted = (
        _TARGETS.join(Relation, Relation.actor_uri == RemoteActor.uri)
        .where(
            Relation.follower_state == RelationState.ACCEPTED,
            Relation.suspended_at.is_(None),
            RemoteActor.gone_at.is_(None),
        )
        .order_by(RemoteActor.uri)
    )
    found = [_target(*row) for row in await reader.rows(accepted)]
    rules = await moderation.rules_for(reader, {target.authority for target in found})
    return [target for target in found if not moderation.is_blocked(rules[target.authority])]


async def targets(reader: Reader, actor_uris: Collection[str]) -> list[FollowerTarget]:
    """Where to reach these actors, of those we know; whether they should get it is not asked."""
    known = _TARGETS.where(RemoteActor.uri.in_(actor_uris)).order_by(RemoteActor.uri)
    return [_target(*row) for row in await reader.rows(known)]


async def coops_of_node(reader: Reader, node_uri: str) -> list[str]:
    """The related actors on that node's authority that name it as the node they run on.

    A node fetches in its coop's name (FEP-2677), signed by its own actor; the coop's document
    says which node that is, so that no other actor of a shared host can pose as it.
    """
    there = (
        select(RemoteActor.uri)
        .join(Relation, Relation.actor_uri == RemoteActor.uri)
        .where(Relation.authority == authority_of(node_uri), RemoteActor.node == node_uri)
    )
    return await reader.scalars(there)


async def change(uow: UnitOfWork, actor_uri: str, **columns: Any) -> Relation:
    """Write columns of a relation, which begins here if there was none; the rest stays. A no to
    their Follow is dated."""
    existing = await uow.session.get(Relation, actor_uri)
    found = existing or Relation(
        actor_uri=actor_uri,
        authority=authority_of(actor_uri),
        follower_state=RelationState.NONE,
        following_state=RelationState.NONE,
        consented=False,
        created_at=uow.now,
    )
    refused = RelationState.REFUSED
    if columns.get("follower_state") == refused and found.follower_state != refused:
        found.declined_at = uow.now
    for name, value in columns.items():
        if name not in Relation.__table__.columns:
            raise AttributeError(f"a relation has no column {name}")
        setattr(found, name, value)
    found.updated_at = uow.now
    uow.session.add(found)
    await uow.session.flush()
    return found


def _standing(follower_state: str, suspended: bool) -> Standing:
    if suspended:
        return Standing.SUSPENDED
    if follower_state == RelationState.ACCEPTED:
        return Standing.PEER
    if follower_state == RelationState.ASKED:
        return Standing.ASKING
    return Standing.STRANGER


def _target(
    uri: str, authority: str, inbox: str, shared: str | None, implements: list[str], kind: str
) -> FollowerTarget:
    return FollowerTarget(uri, authority, inbox, shared, tuple(implements), kind)
