"""Saying something to peers: sign once, store once, one delivery per peer node.

All of it happens in the unit of work of the change that it announces: the change and the message
are committed together, or neither is.
"""

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, exists, func, insert, select, update

from federation import local_actors
from federation.errors import NotFound
from federation.identities import Identity
from federation.models import (
    Delivery,
    DeliveryState,
    HostState,
    OutboxEntry,
    RemoteActor,
)
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.blanking import blank
from federation.storage.unit_of_work import Reader, UnitOfWork
from protocol import addressing, proofs, strict_json
from protocol.vocabulary.base import one_id

UNDELIVERED = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENDING)
# A later word about the same object makes an earlier Update that is still here superfluous.
_SUPERSEDES = frozenset({"Update", "Delete"})
# Two Ed25519 signatures and their canonical forms take 0.4 ms an activity: 8 ms at a stretch.
_SIGNED_AT_ONCE = 20


class DeliveryLine(Struct, frozen=True):
    """How far an object's latest activity has come with one peer."""

    actor_uri: str
    authority: str
    state: str
    attempts: int
    last_error: str | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None


class Outgoing(Struct, frozen=True):
    """An activity to say, to whom, and what it is about: the arguments of `publish`."""

    activity: dict[str, Any]
    to_actors: tuple[str, ...]
    object_uri: str
    listed: bool = True
    until_delivered: bool = False
    private: bool = False


async def publish(
    uow: UnitOfWork,
    activity: dict[str, Any],
    *,
    to_actors: Sequence[str],
    object_uri: str,
    listed: bool = True,
    until_delivered: bool = False,
    private: bool = False,
) -> str:
    """Sign an activity of ours and queue it for each distinct peer node; returns its id.

    The activity gets an id if it has none. to_actors: actors fetched before, ourselves left out.
    listed: shown in the outbox to those whom it is addressed to. until_delivered: never given up
    by itself (votes, ledger). private: its body is forgotten once it is delivered or given up.
    Raises NotFound for an actor that was never fetched, Silent while the node only listens.
    """
    message = Outgoing(activity, tuple(to_actors), object_uri, listed, until_delivered, private)
    [activity_id] = await publish_many(uow, [message])
    return activity_id


async def publish_many(uow: UnitOfWork, messages: Sequence[Outgoing]) -> list[str]:
    """`publish` for a list, in as many statements as one takes; at most one message per object."""
    if not messages:
        return []
    uow.expect_voice()
    speakers = await _speakers(uow, messages)
    audiences = {message.to_actors for message in messages}
    nodes = {actors: await _peer_nodes(uow, _others(uow, actors)) for actors in audiences}
    entries = []
    for number, message in enumerate(messages, 1):
        entries.append(_entry(uow, message, speakers))
        if number % _SIGNED_AT_ONCE == 0:
            await asyncio.sleep(0)  # others on the loop wait for some signatures, not for all
    await uow.execute(insert(table_of(OutboxEntry)), entries)
    numbers = await _numbers(uow, [entry["id"] for entry in entries])
    superseded = [entry["object_uri"] for entry in entries if entry["activity_type"] in _SUPERSEDES]
    authorities = {peer.authority for peers in nodes.values() for peer in peers}
    if superseded and authorities:
        await _drop_superseded(uow, superseded, authorities, before=min(numbers))
    rows = [
        _delivery(uow, peer, seq, message.object_uri, _give_up_at(uow, message))
        for message, seq in zip(messages, numbers, strict=True)
        for peer in nodes[message.to_actors]
    ]
    if rows:
        await uow.execute(insert(table_of(Delivery)), rows)
        uow.wake_deliveries()
    return [str(entry["activity_id"]) for entry in entries]


async def deliver(
    uow: UnitOfWork, activity_id: str, to_actors: Sequence[str], *, until_delivered: bool = False
) -> None:
    """Queue what was published for more actors: those of one node together, as for the first."""
    chosen = select(OutboxEntry.seq, OutboxEntry.object_uri, OutboxEntry.activity_type)
    [entry] = await uow.rows(chosen.where(OutboxEntry.activity_id == activity_id))
    peers = await _peer_nodes(uow, _others(uow, to_actors))
    if entry.activity_type in _SUPERSEDES and peers:
        authorities = {peer.authority for peer in peers}
        await _drop_superseded(uow, [entry.object_uri], authorities, before=entry.seq)
    until = None if until_delivered else uow.now + FederationSettings().delivery_hold
    rows = [_delivery(uow, peer, entry.seq, entry.object_uri, until) for peer in peers]
    if rows:
        await uow.execute(insert(table_of(Delivery)), rows)
        uow.wake_deliveries()


async def forget(uow: UnitOfWork, object_uris: Sequence[str]) -> None:
    """Take back all that was said about these objects, sent or waiting: it may not be read here
    any more. What tells the peers so is published afterwards."""
    await blank(uow, OutboxEntry.body, OutboxEntry.object_uri.in_(object_uris), OutboxEntry.private)
    said = delete(table_of(OutboxEntry)).where(OutboxEntry.object_uri.in_(object_uris))
    await uow.execute(said)  # deliveries go with their entry


async def forget_private(uow: UnitOfWork) -> None:
    """Drop the bodies of private messages that nobody has to get any more; that they were sent,
    and what came of it, stays."""
    is_open = exists().where(
        Delivery.outbox_seq == OutboxEntry.seq, Delivery.state.in_(UNDELIVERED)
    )
    done = select(OutboxEntry.seq).where(OutboxEntry.private, ~is_open)
    if await uow.scalar(done.limit(1)) is None:
        return
    await blank(uow, OutboxEntry.body, OutboxEntry.private, ~is_open)
    over = update(table_of(OutboxEntry)).where(OutboxEntry.private, ~is_open)
    await uow.execute(over.values(private=False))


async def count_waiting(reader: Reader, object_uri: str, actor: str) -> int:
    """How much that is about an object has not come to an actor's node yet."""
    d = table_of(Delivery).c
    node = select(RemoteActor.authority).where(RemoteActor.uri == actor).scalar_subquery()
    waiting = (d.authority == node) & (d.object_uri == object_uri) & d.state.in_(UNDELIVERED)
    return int(await reader.scalar(select(func.count()).where(waiting)) or 0)


async def sent(reader: Reader, activity_ids: Collection[str]) -> dict[str, str]:
    """Of each activity to a single peer node, how far it has come: a `DeliveryState`."""
    query = (
        select(OutboxEntry.activity_id, Delivery.state)
        .join(Delivery, Delivery.outbox_seq == OutboxEntry.seq)
        .where(OutboxEntry.activity_id.in_(activity_ids))
    )
    return {row.activity_id: _shown_state(row.state) for row in await reader.rows(query)}


async def taken_at(reader: Reader, activity_ids: Collection[str]) -> dict[str, datetime]:
    """When the single peer node that each activity went to took it; without those not taken."""
    query = (
        select(OutboxEntry.activity_id, Delivery.delivered_at)
        .join(Delivery, Delivery.outbox_seq == OutboxEntry.seq)
        .where(OutboxEntry.activity_id.in_(activity_ids), Delivery.delivered_at.is_not(None))
    )
    return {row.activity_id: row.delivered_at for row in await reader.rows(query)}


def sign_object(uow: UnitOfWork, document: dict[str, Any]) -> dict[str, Any]:
    """The document with the coop's proof (FEP-8b32), so that anyone can hand it on."""
    uow.expect_voice()
    return _signed(uow, document, uow.identities.coop)


def vouched(reader: Reader, document: dict[str, Any]) -> dict[str, Any]:
    """A statement of our coop that we stand by today: signed anew if a key signed it that we list
    no more, for readers who never knew that key. While we are silent, as it stands: we may have
    taken it back."""
    if reader.is_silent:
        return document
    coop = reader.identities.coop
    method = proofs.verification_method_of(document)
    if method is None or method in {key.id for key in coop.ed25519_listed}:
        return document
    return proofs.add_proof(document, coop.ed25519_key, coop.ed25519_key_id, reader.now)


async def delivery_reports(
    reader: Reader, object_uris: Collection[str]
) -> dict[str, list[DeliveryLine]]:
    """Per object who has the latest activity about it, who does not yet, and why."""
    columns = (
        Delivery.object_uri,
        Delivery.authority,
        Delivery.recipients,
        Delivery.state,
        Delivery.attempts,
        Delivery.last_error,
        Delivery.next_attempt_at,
        Delivery.delivered_at,
    )
    query = select(*columns).where(Delivery.object_uri.in_(object_uris)).order_by(Delivery.seq)
    latest: dict[str, dict[str, DeliveryLine]] = {uri: {} for uri in object_uris}
    for row in await reader.rows(query):
        for actor_uri in row.recipients:
            latest[row.object_uri][actor_uri] = DeliveryLine(
                actor_uri=actor_uri,
                authority=row.authority,
                state=_shown_state(row.state),
                attempts=row.attempts,
                last_error=row.last_error,
                next_attempt_at=row.next_attempt_at if row.state in UNDELIVERED else None,
                delivered_at=row.delivered_at,
            )
    return {uri: [lines[actor] for actor in sorted(lines)] for uri, lines in latest.items()}


class _PeerNode(Struct, frozen=True):
    authority: str
    inbox: str
    recipients: list[str]
    away_until: datetime | None


async def _speakers(uow: UnitOfWork, messages: Sequence[Outgoing]) -> Mapping[str, Identity]:
    """Those of our actors that say something in these messages."""
    named = {message.activity["actor"] for message in messages}
    return await local_actors.identities(uow, named | {uow.identities.coop.uri})


def _entry(uow: UnitOfWork, message: Outgoing, speakers: Mapping[str, Identity]) -> dict[str, Any]:
    activity = message.activity
    identity = speakers.get(activity["actor"], uow.identities.coop)
    number = uow.new_id()
    content = activity.get("object")
    if isinstance(content, dict) and (owner := _whose_statement(content, speakers)):
        activity = activity | {"object": _signed(uow, content, owner)}
    if not activity.get("id"):
        fresh = {"@context": activity["@context"], "id": address(uow, number)}
        activity = fresh | activity | fresh
    body = strict_json.dumps(_signed(uow, activity, identity))
    audience = addressing.audience_of(activity)
    return {
        "id": number,
        "activity_id": activity["id"],
        "activity_type": activity["type"],
        "actor": identity.uri,
        "object_uri": message.object_uri,
        "body": body,
        "body_digest": hashlib.sha256(body).digest(),
        "to": list(audience.to),
        "cc": list(audience.cc),
        "public": addressing.is_public(activity),
        "listed": message.listed,
        "private": message.private,
        "published_at": uow.now,
    }


async def _numbers(reader: Reader, ids: Sequence[str]) -> list[int]:
    """The row numbers of entries, in the order of their ids."""
    # Not RETURNING: on SQLite it would keep the order only by inserting row by row.
    found = select(OutboxEntry.id, OutboxEntry.seq).where(OutboxEntry.id.in_(ids))
    by_id = {row.id: row.seq for row in await reader.rows(found)}
    return [by_id[entry_id] for entry_id in ids]


def address(reader: Reader, number: str) -> str:
    """Where an activity of ours can be read by those whom it is addressed to."""
    return f"{reader.identities.base}/activities/{number}"


def _whose_statement(content: dict[str, Any], speakers: Mapping[str, Identity]) -> Identity | None:
    """Whose an object is that has an id of its own and is not signed yet: the coop's, or that of
    whoever speaks."""
    if "id" not in content or "proof" in content:
        return None
    return speakers.get(one_id(content.get("attributedTo")) or "")


def _signed(uow: UnitOfWork, document: dict[str, Any], identity: Identity) -> dict[str, Any]:
    return proofs.add_proof(document, identity.ed25519_key, identity.ed25519_key_id, uow.now)


async def _peer_nodes(uow: UnitOfWork, actors: Sequence[str]) -> list[_PeerNode]:
    """One entry per node, however many of its actors are meant: each node is one coop."""
    if not actors:
        return []
    query = (
        select(
            RemoteActor.uri,
            RemoteActor.authority,
            RemoteActor.inbox,
            RemoteActor.shared_inbox,
            HostState.opened_at,
            HostState.probe_at,
        )
        .outerjoin(HostState, HostState.authority == RemoteActor.authority)
        .where(RemoteActor.uri.in_(set(actors)))
        .order_by(RemoteActor.uri)
    )
    found = await uow.rows(query)
    if missing := set(actors) - {row.uri for row in found}:
        raise NotFound(f"{min(missing)} was never fetched; find out its address first.")
    nodes: dict[str, _PeerNode] = {}
    for row in found:
        if row.authority in nodes and row.shared_inbox:
            nodes[row.authority].recipients.append(row.uri)
            continue
        key = row.authority if row.shared_inbox else row.uri
        nodes[key] = _peer_node(row)
    return list(nodes.values())


def _peer_node(row: Any) -> _PeerNode:
    away_until = row.probe_at if row.opened_at else None
    return _PeerNode(row.authority, row.shared_inbox or row.inbox, [row.uri], away_until)


async def _drop_superseded(
    uow: UnitOfWork, object_uris: Sequence[str], authorities: Collection[str], *, before: int
) -> None:
    """Forget Updates of the objects that wait, of those said before; one that is being sent right
    now goes its way."""
    updates = select(OutboxEntry.seq).where(
        OutboxEntry.object_uri.in_(object_uris),
        OutboxEntry.activity_type == "Update",
        OutboxEntry.seq < before,
    )
    waiting = delete(table_of(Delivery)).where(
        Delivery.object_uri.in_(object_uris),
        Delivery.authority.in_(authorities),
        Delivery.state.in_((DeliveryState.PENDING, DeliveryState.HELD)),
        Delivery.outbox_seq.in_(updates),
    )
    await uow.execute(waiting)


def _delivery(
    uow: UnitOfWork,
    peer: _PeerNode,
    outbox_seq: int | None,
    object_uri: str,
    give_up_at: datetime | None,
) -> dict[str, Any]:
    return {
        "id": uow.new_id(),
        "outbox_seq": outbox_seq,
        "object_uri": object_uri,
        "authority": peer.authority,
        "inbox": peer.inbox,
        "recipients": peer.recipients,
        "state": DeliveryState.HELD if peer.away_until else DeliveryState.PENDING,
        "attempts": 0,
        "next_attempt_at": peer.away_until or uow.now,
        "give_up_at": give_up_at,
        "created_at": uow.now,
    }


def _others(uow: UnitOfWork, actors: Sequence[str]) -> list[str]:
    return [uri for uri in actors if uow.identities.of(uri) is None]


def _give_up_at(uow: UnitOfWork, message: Outgoing) -> datetime | None:
    return None if message.until_delivered else uow.now + FederationSettings().delivery_hold


def _shown_state(state: str) -> str:
    return DeliveryState.PENDING if state == DeliveryState.SENDING else state
