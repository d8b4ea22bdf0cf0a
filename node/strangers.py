"""Actors of other servers that nothing here names any longer are forgotten, with their keys.

Whoever writes to us is looked up and kept: anybody can have as many actors as they like. One that
is needed again is looked up again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache

import structlog
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    union,
)

from federation.models import Delivery, Relation, RelationState, RemoteActor, RemoteKey
from federation.outbox import UNDELIVERED
from federation.storage import Database, Reader, Topic, UnitOfWork
from federation.storage.base import metadata, table_of
from node import audit, council, limits, peers

log = structlog.get_logger()

NAMED_IN: Mapping[str, tuple[str, ...]] = {
    "agreement": ("provider_coop", "customer_coop", "peer"),
    "agreement_parked": ("peer",),
    "clearing_run": ("caller",),
    "clearing_run_part": ("coop",),
    "correspondent": ("actor_uri",),
    "council_evidence": ("culprit", "found_by"),
    "council_federation": ("host", "asked"),
    "council_host_mandate": ("coop",),
    "council_invitee": ("coop",),
    "council_proposal": ("mover",),
    "council_seen": ("coop", "caster"),
    "council_touched": ("coop",),
    "deliberation_comment": ("coop",),
    "deliberation_hiding": ("coop",),
    "group_follower": ("actor",),
    "handoff_access": ("coop",),
    "handoff_fetch": ("sender",),
    "heard_activity": ("actor",),
    "ledger_account": ("party",),
    "ledger_entry": ("party",),
    "listing_mirror": ("coop_uri",),
    "listing_report": ("coop",),
    "obligation": ("creditor", "debtor", "partner"),
    "obligation_statement": ("partner",),
    "peer_claim": ("old_uri", "new_uri"),
    "referral": ("peer",),
    "referral_parked": ("peer",),
    "referral_step": ("by",),
    "returned_activity": ("peer", "actor"),
    "settlement": ("partner",),
    "sync_state": ("actor_uri",),
    "thread_block": ("holder", "barred"),
    "thread_side": ("ref",),
    "trust_line": ("partner",),
}
"""Tables and columns by which an actor is known here; federations name theirs in statements."""
_NODES = (
    select(RemoteActor.node)
    .join(Relation, Relation.actor_uri == RemoteActor.uri)
    .where(RemoteActor.node.is_not(None))
)
"""Of those with whom there is a relation."""
_ON_ITS_WAY = select(Delivery.authority).where(Delivery.state.in_(UNDELIVERED))
_AT_ONCE = 200
_BREATH = 500
"""Sites between two turns of everything else: some 4 ms."""


async def forget(database: Database) -> int:
    """Forget all whom nothing names, some at a time; how many."""
    async with database.reading() as reader:
        before = await _seen_before(reader)
    last, gone = "", 0
    while True:
        async with database.reading() as reader:
            silent = RemoteActor.fetched_at < before, RemoteActor.authority.not_in(_ON_ITS_WAY)
            more = _unrelated(before, reader.now).where(*silent, RemoteActor.uri > last)
            batch = await reader.scalars(more.order_by(RemoteActor.uri).limit(_AT_ONCE))
        gone += await _forget(database, await _unnamed(database, batch))
        if len(batch) < _AT_ONCE:
            break
        last = batch[-1]
    if gone:
        log.info("strangers-forgotten", number=gone)
    return gone


async def thin_out(database: Database, named: set[str]) -> int:
    """Forget at once what one site has too many of, the oldest first: it could leave one a second
    until the next round, or for a month, as long as it does not take what is on its way to it. How
    many.

    named: whom something was found to name, and who is not looked up again; more are added.
    """
    async with database.reading() as reader:
        lately = RemoteActor.fetched_at > reader.now - limits.STRANGERS_KEPT
        newest_first = (RemoteActor.fetched_at.desc(), RemoteActor.uri)
        strange = _unrelated(reader.now, reader.now).where(lately).order_by(*newest_first)
        rows = await reader.rows(strange.add_columns(RemoteActor.authority))
    by_site = defaultdict[str, list[str]](list)
    for number, (uri, authority) in enumerate(rows):
        by_site[peers.site(authority)].append(uri)
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    beyond = (uri for uris in by_site.values() for uri in uris[limits.STRANGERS_OF_A_SITE :])
    too_many = [uri for uri in beyond if uri not in named]
    gone = 0
    for first in range(0, len(too_many), _AT_ONCE):
        some = too_many[first : first + _AT_ONCE]
        going = await _unnamed(database, some)
        named.update(set(some) - set(going))
        gone += await _forget(database, going)
    if gone:
        log.warning("strangers-thinned-out", number=gone)
    return gone


async def _unnamed(database: Database, uris: Collection[str]) -> list[str]:
    async with database.reading() as reader:
        named = await _named(reader, uris)
    return [uri for uri in uris if uri not in named]


async def _forget(database: Database, uris: Collection[str]) -> int:
    if not uris:
        return 0

    async def write(uow: UnitOfWork) -> int:
        # Who has asked or was named meanwhile is no stranger, nor is the node of who has asked.
        known = {*await uow.scalars(_NODES.where(RemoteActor.node.in_(uris)))}
        known |= await _named(uow, uris)
        over = Relation.actor_uri.in_(set(uris) - known), _is_over(uow.now, uow.now)
        await uow.execute(delete(table_of(Relation)).where(*over))
        still = Relation.actor_uri.in_(uris)
        known |= {*await uow.scalars(select(Relation.actor_uri).where(still))}
        going = [uri for uri in uris if uri not in known]
        if not going:
            return 0
        await uow.execute(delete(table_of(RemoteKey)).where(RemoteKey.owner.in_(going)))
        await uow.execute(delete(table_of(RemoteActor)).where(RemoteActor.uri.in_(going)))
        uow.tell(Topic.KEYS)
        await audit.record(uow, audit.NODE, "peers.forget", "", {"number": len(going)})
        return len(going)

    return await database.write(write)


async def _seen_before(reader: Reader) -> datetime:
    """Until when strangers must have come last to be forgotten: the sooner the more there are."""
    strange = ~exists().where(Relation.actor_uri == RemoteActor.uri)
    number = await reader.scalar(select(func.count()).select_from(RemoteActor).where(strange)) or 0
    is_crowded = number > limits.STRANGERS_MOST
    return reader.now - (limits.STRANGERS_CROWDED if is_crowded else limits.STRANGERS_KEPT)


def _unrelated(before: datetime, now: datetime) -> Select[str]:
    """Actors with whom nothing is agreed, asked or lately refused."""
    return (
        select(RemoteActor.uri)
        .outerjoin(Relation, Relation.actor_uri == RemoteActor.uri)
        .where(
            or_(Relation.actor_uri.is_(None), _is_over(before, now)),
            RemoteActor.uri.not_in(_NODES),
        )
    )


def _is_over(before: datetime, now: datetime) -> ColumnElement[bool]:
    """Whether a relation says nothing any more: not even a no that still counts. Whom we asked
    ourselves we know for a day; others could ask and take it back all day long."""
    no_longer_counts = Relation.declined_at < now - limits.COOP_ASKS_AGAIN
    never_asked = Relation.our_follow_id.is_(None)
    return and_(
        Relation.suspended_at.is_(None),
        not_(Relation.consented),
        Relation.following_state == RelationState.NONE,
        or_(
            and_(
                Relation.follower_state == RelationState.NONE,
                Relation.updated_at < before,
                or_(never_asked, Relation.updated_at < now - limits.STRANGERS_KEPT),
            ),
            and_(Relation.follower_state == RelationState.REFUSED, no_longer_counts),
        ),
    )


async def _named(reader: Reader, uris: Collection[str]) -> set[str]:
    """Those whom something here names."""
    if not uris:
        return set()
    named = set(await reader.scalars(_naming(), {"uris": list(uris)}))
    others = [uri for uri in uris if uri not in named]
    return named | (await council.spoken_of(reader, others) if others else set())


@cache
def _naming() -> CompoundSelect[str]:
    """All columns in one statement: one by one they take ten times as long."""
    asked = select(RemoteActor.uri).where(RemoteActor.uri.in_(bindparam("uris", expanding=True)))
    those = select(asked.cte().c.uri)
    columns = [
        metadata.tables[table].c[name] for table, names in NAMED_IN.items() for name in names
    ]
    return union(*(select(column).where(column.in_(those)) for column in columns))
