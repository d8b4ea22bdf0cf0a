"""Which catalogues of peers have to be read, and how far each reading has come.

Messages tell what happens from now on. What was there before, and what was missed while a node
was away or restored, is read from the peer's catalogue (see `catalogue`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, true, update

from federation.models import Relation, RelationState, SyncState
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.unit_of_work import Reader, UnitOfWork

_STATES = table_of(SyncState)
_FOLLOWED = (
    Relation.following_state == RelationState.ACCEPTED,
    Relation.suspended_at.is_(None),
)
_NO = ("http-403", "gone", "blocked")
# Asked every second, and built once: to build a statement takes longer than to run it.
_FIRST_DUE = (
    select(SyncState.actor_uri).where(SyncState.next_attempt_at <= bindparam("now")).limit(1)
)
_UNREAD = (
    select(Relation.actor_uri, SyncState.actor_uri.is_not(None))
    .outerjoin(SyncState, SyncState.actor_uri == Relation.actor_uri)
    .where(
        *_FOLLOWED,
        or_(
            SyncState.actor_uri.is_(None),
            SyncState.requested_at.is_(None) & (SyncState.finished_at < bindparam("long_ago")),
        ),
    )
)


async def request_sync(uow: UnitOfWork, actor_uri: str, *, complete: bool) -> None:
    """Have a peer's catalogue read soon; `complete`: all of it, not only what changed."""
    state = await uow.session.get(SyncState, actor_uri)
    if state is None:
        state = SyncState(actor_uri=actor_uri, complete=False, attempts=0)
        uow.session.add(state)
    if complete and not state.complete:
        state.complete, state.page = True, None
    state.requested_at = state.requested_at or uow.now
    state.next_attempt_at = uow.now
    state.attempts = 0
    await uow.session.flush()
    uow.wake_workers()


async def request_catch_up(uow: UnitOfWork, authority: str) -> None:
    """A peer is back after having been away: read what changed there meanwhile."""
    followed = select(Relation.actor_uri).where(
        Relation.authority == authority, Relation.following_state == RelationState.ACCEPTED
    )
    for actor_uri in await uow.scalars(followed):
        await request_sync(uow, actor_uri, complete=False)


async def heard_since(reader: Reader, moment: datetime) -> tuple[set[str], set[str]]:
    """Of which followed actors the catalogue was read to its end since then, and which there are.

    A reading that began earlier and ended since counts: it too ended with the newest.
    """
    followed = (
        select(Relation.actor_uri, SyncState.finished_at)
        .outerjoin(SyncState, SyncState.actor_uri == Relation.actor_uri)
        .where(*_FOLLOWED)
    )
    rows = await reader.rows(followed)
    heard = {uri for uri, finished_at in rows if finished_at and finished_at >= moment}
    return heard, {uri for uri, _ in rows}


def says_no(last_error: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Whether what was noted of a reading is an answer: we are not let in (403), there is nothing
    any more (404, 410), or we ourselves do not ask that host."""
    return or_(*(last_error.startswith(f"{code}:") for code in _NO))


async def refused(reader: Reader) -> set[str]:
    """Which actors answered the last time that there is no catalogue for us."""
    c = _STATES.c
    return set(await reader.scalars(select(c.actor_uri).where(says_no(c.last_error))))


async def read_all_since(uow: UnitOfWork, moment: datetime) -> None:
    """Have every followed actor's catalogue read whole that was not asked for since then."""
    query = (
        select(Relation.actor_uri)
        .outerjoin(SyncState, SyncState.actor_uri == Relation.actor_uri)
        .where(
            *_FOLLOWED,
            func.coalesce(SyncState.finished_at < moment, true()),
            func.coalesce(SyncState.requested_at < moment, true()),
        )
    )
    for actor_uri in await uow.scalars(query):
        await request_sync(uow, actor_uri, complete=True)
        asked = update(_STATES).where(_STATES.c.actor_uri == actor_uri)
        await uow.execute(asked.values(requested_at=uow.now))


async def anything_due(reader: Reader, settings: FederationSettings) -> bool:
    """Whether a reading is due, or a peer's catalogue was not looked at for long."""
    if await reader.scalar(_FIRST_DUE, {"now": reader.now}) is not None:
        return True
    return bool(await _unread(reader, settings))


async def claim(uow: UnitOfWork, settings: FederationSettings) -> Sequence[Any]:
    """Lease the readings that are due; if this process dies, they are due again."""
    for actor_uri, state_exists in await _unread(uow, settings):
        await request_sync(uow, actor_uri, complete=not state_exists)
    rows = await uow.rows(
        select(*_STATES.c).where(_STATES.c.next_attempt_at <= uow.now).order_by(_STATES.c.actor_uri)
    )
    lease = update(_STATES).where(_STATES.c.actor_uri.in_([row.actor_uri for row in rows]))
    await uow.execute(lease.values(next_attempt_at=uow.now + settings.sync_lease))
    return rows


async def keep_place(
    uow: UnitOfWork, actor_uri: str, complete: bool, page: str, settings: FederationSettings
) -> None:
    """A page was stored; after a crash the reading goes on with `page`."""
    values = {"page": page, "next_attempt_at": uow.now + settings.sync_lease}
    await uow.execute(update(_STATES).where(*_this(actor_uri, complete)).values(values))


async def finish(uow: UnitOfWork, actor_uri: str, complete: bool, cursor: str | None) -> None:
    """All was read; `cursor` is the page that will tell what changes from now on."""
    values = {
        "cursor": cursor,
        "page": None,
        "complete": False,
        "requested_at": None,
        "next_attempt_at": None,
        "attempts": 0,
        "last_error": None,
        "finished_at": uow.now,
    }
    await uow.execute(update(_STATES).where(*_this(actor_uri, complete)).values(values))


async def postpone(uow: UnitOfWork, actor_uri: str, until: datetime, error: str) -> None:
    """The peer did not answer, or not sensibly: again later, from where we were."""
    values = {
        "next_attempt_at": until,
        "attempts": _STATES.c.attempts + 1,
        "last_error": error[:500],
    }
    await uow.execute(update(_STATES).where(_STATES.c.actor_uri == actor_uri).values(values))


async def start_over(uow: UnitOfWork, actor_uri: str) -> None:
    """The peer no longer knows our place (it was restored, say): read everything again."""
    values = {
        "cursor": None,
        "page": None,
        "complete": True,
        "requested_at": uow.now,
        "next_attempt_at": uow.now,
    }
    await uow.execute(update(_STATES).where(_STATES.c.actor_uri == actor_uri).values(values))


def _this(actor_uri: str, complete: bool) -> tuple[ColumnElement[bool], ...]:
    """The reading under way, unless a complete one was asked for meanwhile: that begins anew."""
    return _STATES.c.actor_uri == actor_uri, _STATES.c.complete == complete


async def _unread(reader: Reader, settings: FederationSettings) -> list[tuple[str, bool]]:
    """Followed actors that nobody looked at for `sync_interval`, and whether anybody ever did."""
    parameters = {"long_ago": reader.now - settings.sync_interval}
    return [(actor_uri, bool(known)) for actor_uri, known in await reader.rows(_UNREAD, parameters)]
