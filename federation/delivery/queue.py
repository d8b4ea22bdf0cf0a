"""The queue of deliveries: what is due, claimed for one worker at a time.

Order is kept per (peer, object): a later activity about an object waits for the earlier one, but
for one that the peer has put off: it has seen that one, and asks for it alone to come later. New
activities go before retries, and of these what was tried less often: what a peer fails at each time
is not all that it is ever asked. A row that is being sent is leased; if its worker dies, the lease
runs out and the peer gets it again, which its memory of ids absorbs.
"""

import base64
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, exists, func, select, update
from sqlalchemy.orm import aliased

from federation import local_actors
from federation.capabilities import ED25519_SIGNATURES
from federation.identities import Identity
from federation.models import (
    Delivery,
    DeliveryState,
    HostState,
    OutboxEntry,
    RemoteActor,
)
from federation.outbox import UNDELIVERED
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.company import is_alone
from federation.storage.unit_of_work import Reader, UnitOfWork
from federation.under_way import ENDED
from protocol.http_signatures import BodyDigest, Profile


class Due(Struct, frozen=True):
    """What may be claimed."""

    seq: int
    authority: str
    is_sent_anew: bool
    """Somebody sends it once more, though our program ended at it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One POST to make. sender: which of our actors signs it. shown: the signature profile that
    the host has shown or taken."""

    seq: int
    authority: str
    inbox: str
    object_uri: str
    sender: Identity = field(repr=False)
    body: bytes
    digest: BodyDigest
    attempts: int
    last_status: int | None
    give_up_at: datetime | None
    shown: Profile | None
    takes_ed25519: bool


class _Host(Struct, frozen=True):
    away: bool
    answers: bool
    shown: Profile | None


PUT_OFF = 425
"""The status of what the peer will hear later; kept while it waits for that alone."""
_OPEN = Delivery.state.in_(UNDELIVERED)
_FIRST_DUE = (
    select(Delivery.seq).where(_OPEN, Delivery.next_attempt_at <= bindparam("now")).limit(1)
)
_PEERS_DUE = (
    select(Delivery.authority).where(_OPEN, Delivery.next_attempt_at <= bindparam("now")).distinct()
)
_EARLIER = aliased(Delivery)
_HAS_EARLIER = exists().where(
    _EARLIER.authority == Delivery.authority,
    _EARLIER.object_uri == Delivery.object_uri,
    _EARLIER.seq < Delivery.seq,
    _EARLIER.state.in_(UNDELIVERED),
    _EARLIER.last_status.is_distinct_from(PUT_OFF),
)
_RANKED = (
    select(
        Delivery.seq,
        Delivery.authority,
        func.row_number()
        .over(partition_by=Delivery.authority, order_by=(Delivery.attempts, Delivery.seq))
        .label("rank"),
    )
    .where(_OPEN, Delivery.next_attempt_at <= bindparam("now"), ~_HAS_EARLIER)
    .subquery()
)
_DUE = (
    select(Delivery.seq, Delivery.authority, Delivery.last_error)
    .join(_RANKED, _RANKED.c.seq == Delivery.seq)
    .where(_RANKED.c.rank <= bindparam("per_host"))
    .order_by(_RANKED.c.rank, _RANKED.c.seq)
    .limit(bindparam("most"))
    # Of PostgreSQL: what another worker claims just now is its own. SQLite has one worker.
    .with_for_update(of=Delivery, skip_locked=True)
)
_DUE_TO = _DUE.where(Delivery.authority.in_(bindparam("peers", expanding=True)))
_DUE_BUT_FOR = _DUE.where(Delivery.authority.not_in(bindparam("peers", expanding=True)))
_ON_THEIR_WAY = (
    select(Delivery.authority, func.count())
    .where(Delivery.state == DeliveryState.SENDING, Delivery.leased_until > bindparam("now"))
    .group_by(Delivery.authority)
)
_JOBS = (
    select(
        Delivery.seq,
        Delivery.authority,
        Delivery.inbox,
        Delivery.object_uri,
        Delivery.recipients,
        Delivery.attempts,
        Delivery.last_status,
        Delivery.give_up_at,
        OutboxEntry.actor,
        OutboxEntry.body,
        OutboxEntry.body_digest,
    )
    .join(OutboxEntry, OutboxEntry.seq == Delivery.outbox_seq)
    .where(Delivery.seq.in_(bindparam("seqs", expanding=True)))
    .order_by(Delivery.seq)
)


async def anything_due(reader: Reader) -> bool:
    """Whether it is worth opening a writing unit of work; reads one index entry."""
    return await reader.scalar(_FIRST_DUE, {"now": reader.now}) is not None


async def peers_due(reader: Reader) -> list[str]:
    """The authorities to which something is due."""
    return await reader.scalars(_PEERS_DUE, {"now": reader.now})


async def due(
    uow: UnitOfWork,
    busy: Mapping[str, int],
    settings: FederationSettings,
    but_for: Collection[str] = (),
) -> list[Due]:
    """What there is room for, but for what goes to those authorities.

    busy: how many are claimed already, by authority.
    """
    most = settings.deliveries_in_flight + settings.deliveries_ahead
    room = max(min(settings.delivery_batch, most - sum(busy.values())), 0)
    return await _due(uow, _DUE_BUT_FOR, but_for, room, settings)


async def due_to(
    uow: UnitOfWork, authorities: Collection[str], settings: FederationSettings
) -> list[Due]:
    """Some of what is due to them, the first of each before the second of any."""
    if not authorities:
        return []
    return await _due(uow, _DUE_TO, authorities, settings.delivery_batch, settings)


async def _due(
    uow: UnitOfWork,
    query: Select[int, str, str | None],
    peers: Collection[str],
    most: int,
    settings: FederationSettings,
) -> list[Due]:
    per_host = settings.delivery_per_host + settings.delivery_per_host_ahead
    given = {"now": uow.now, "per_host": per_host, "most": most, "peers": list(peers)}
    return [
        Due(row.seq, row.authority, (row.last_error or "").startswith(f"{ENDED}:"))
        for row in await uow.rows(query, given)
    ]


async def claim(
    uow: UnitOfWork, what: Sequence[Due], busy: Mapping[str, int], settings: FederationSettings
) -> list[Job]:
    """Lease of what is due, for each peer, what may be in flight, and a few more for one that
    answers."""
    if not what:
        return []
    hosts = await _hosts(uow, {each.authority for each in what}, settings)
    taken: list[int] = []
    ours, others = Counter(busy), await _claimed_by_others(uow, busy)
    for each in what:
        lane = _lane(hosts[each.authority], others.get(each.authority, 0), settings)
        if ours[each.authority] < lane:
            ours[each.authority] += 1
            taken.append(each.seq)
    if not taken:
        return []
    until = uow.now + settings.delivery_lease
    lease = {"state": DeliveryState.SENDING, "leased_until": until, "next_attempt_at": until}
    await uow.execute(update(table_of(Delivery)).where(Delivery.seq.in_(taken)).values(lease))
    return await _jobs(uow, taken, hosts)


async def take_back(uow: UnitOfWork) -> bool:
    """What a process that is no more had claimed is due now, and need not wait for its lease.

    False, and nothing is done, when other processes are at work on this database.
    """
    if not await is_alone(uow):
        return False
    values = {"state": DeliveryState.PENDING, "leased_until": None, "next_attempt_at": uow.now}
    claimed = update(table_of(Delivery)).where(Delivery.state == DeliveryState.SENDING)
    await uow.execute(claimed.values(values))
    return True


def _lane(host: _Host, others: int, settings: FederationSettings) -> int:
    """How many we may have claimed for a peer. others: how many other workers have."""
    if host.away:  # one probe: the other messages wait for what it brings
        return 1 - others
    if others or not host.answers:
        return settings.delivery_per_host - others
    return settings.delivery_per_host + settings.delivery_per_host_ahead


async def _claimed_by_others(uow: UnitOfWork, busy: Mapping[str, int]) -> dict[str, int]:
    """How many other workers have claimed, by authority; on SQLite there is but one."""
    if uow.dialect == "sqlite":
        return {}
    claimed = await uow.rows(_ON_THEIR_WAY, {"now": uow.now})
    return {authority: max(count - busy.get(authority, 0), 0) for authority, count in claimed}


async def _hosts(
    reader: Reader, authorities: set[str], settings: FederationSettings
) -> dict[str, _Host]:
    hosts = dict.fromkeys(authorities, _Host(away=False, answers=False, shown=None))
    if not authorities:
        return hosts
    columns = (
        HostState.authority,
        HostState.opened_at,
        HostState.failures,
        HostState.last_ok_at,
        HostState.profile,
        HostState.profile_at,
    )
    query = select(*columns).where(HostState.authority.in_(authorities))
    for row in await reader.rows(query):
        is_fresh = row.profile_at and reader.now - row.profile_at < settings.profile_age
        shown = Profile(row.profile) if row.profile and is_fresh else None
        answers = row.failures == 0 and row.last_ok_at is not None
        hosts[row.authority] = _Host(row.opened_at is not None, answers, shown)
    return hosts


async def _jobs(reader: Reader, seqs: Sequence[int], hosts: Mapping[str, _Host]) -> list[Job]:
    rows = await reader.rows(_JOBS, {"seqs": seqs})
    recipients = {uri for row in rows for uri in row.recipients}
    implements = select(RemoteActor.uri, RemoteActor.implements).where(
        RemoteActor.uri.in_(recipients)
    )
    takes_ed25519 = {
        uri for uri, named in await reader.rows(implements) if ED25519_SIGNATURES in named
    }
    digests: dict[bytes, BodyDigest] = {}
    speakers = await local_actors.identities(reader, {row.actor for row in rows})
    return [
        _job(
            row,
            speakers.get(row.actor, reader.identities.coop),
            hosts[row.authority].shown,
            takes_ed25519,
            digests,
        )
        for row in rows
    ]


def _job(
    row: Any,
    sender: Identity,
    shown: Profile | None,
    takes_ed25519: set[str],
    digests: dict[bytes, BodyDigest],
) -> Job:
    digest = digests.setdefault(
        row.body_digest, BodyDigest(base64.b64encode(row.body_digest).decode("ascii"))
    )
    return Job(
        seq=row.seq,
        authority=row.authority,
        inbox=row.inbox,
        object_uri=row.object_uri,
        sender=sender,
        body=row.body,
        digest=digest,
        attempts=row.attempts,
        last_status=row.last_status,
        give_up_at=row.give_up_at,
        shown=shown,
        takes_ed25519=takes_ed25519.issuperset(row.recipients),
    )
