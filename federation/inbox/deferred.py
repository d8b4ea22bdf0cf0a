"""Messages that were accepted but are not applied yet: read what they need, then apply them.

Also those that our own code failed on. All of them were answered 202, so none is dropped: each is
applied in the end, or kept where people see it.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import structlog
from msgspec import Struct
from sqlalchemy import bindparam, delete, func, select, update

from federation.delivery.backoff import delay
from federation.errors import OUR_FAILURE, FederationError, Gone, NotFound
from federation.handlers import HandlerTable, NeedsFetch, Outcome, Received, RefusedBy
from federation.inbox.decide import CONTENT_ERRORS, decide, refusal
from federation.inbox.kept import is_private, restored
from federation.models import InboxEntry, InboxState
from federation.relations import Standing, standings
from federation.remote.documents import Documents
from federation.settings import FederationSettings
from federation.side_by_side import side_by_side
from federation.storage import Database, Reader, UnitOfWork
from federation.storage.base import table_of
from federation.storage.blanking import blank
from federation.under_way import DETAIL, ENDED, MOST_ENDS, UnderWay
from protocol.errors import ProtocolError

log = structlog.get_logger()

LINES_AT_ONCE = 5
"""Hosts whose messages are read for at once, each with ten connections at most: half of all stay
for what is sent."""
_ENTRIES = table_of(InboxEntry)
_WAITS = InboxEntry.state.in_((InboxState.DEFERRED, InboxState.FAILED))
_FIRST_DUE = (
    select(_ENTRIES.c.id).where(_WAITS, InboxEntry.next_attempt_at <= bindparam("now")).limit(1)
)
_SHUT_OUT = frozenset({Standing.SUSPENDED, Standing.BLOCKED})


class Deferred:
    """Works through the messages that wait; one is enough for a process."""

    def __init__(
        self,
        database: Database,
        handlers: HandlerTable,
        documents: Documents,
        settings: FederationSettings,
        under_way: UnderWay,
    ) -> None:
        self._under_way = under_way
        self._database = database
        self._handlers = handlers
        self._documents = documents
        self._settings = settings

    async def process_due(self) -> int:
        """Try every message that is due once; returns how many were tried."""
        async with self._database.reading() as reader:
            if await reader.scalar(_FIRST_DUE, {"now": reader.now}) is None:
                return 0
        entries = await self._database.write(self._claim)
        others, suspects = self._under_way.apart(entries, _digest)
        lines: defaultdict[str, list[Any]] = defaultdict(list)
        for entry in others:
            lines[entry.authority].append(entry)
        places = asyncio.Semaphore(LINES_AT_ONCE)

        async def one_by_one(line: list[Any]) -> None:
            async with places:
                for entry in line:
                    await self._process(entry)

        await side_by_side(map(one_by_one, lines.values()))
        for entry in suspects:
            await self._process(entry)
        return len(entries)

    async def _claim(self, uow: UnitOfWork) -> Sequence[Any]:
        entries = await uow.rows(_due(uow, self._settings))
        lease = update(_ENTRIES).where(_ENTRIES.c.id.in_([entry.id for entry in entries]))
        leased_until = uow.now + self._settings.deferred_lease
        await uow.execute(lease.values(next_attempt_at=leased_until))
        return entries

    async def _process(self, entry: Any) -> None:
        try:
            if self._under_way.ends(_digest(entry)) >= MOST_ENDS:
                return await self._leave_to_people(entry)
            with self._under_way.applying([_digest(entry)]):
                fetched = await self._fetch(entry.needs)
                await self._database.write(lambda uow: self._apply(uow, entry, fetched))
            self._under_way.forget(_digest(entry))
        except (FederationError, ProtocolError) as error:
            await self._failed(entry, error, error.code)
        except Exception as error:
            log.exception("inbox-failed", activity_id=entry.activity_id)
            await self._failed(entry, error, OUR_FAILURE)

    async def _fetch(self, uris: Sequence[str]) -> dict[str, dict[str, Any]]:
        found = await asyncio.gather(*map(self._fetched, uris), return_exceptions=True)
        for each in found:
            if isinstance(each, BaseException):
                raise each
        return dict(zip(uris, cast(list[dict[str, Any]], found), strict=True))

    async def _fetched(self, uri: str) -> dict[str, Any]:
        try:
            return await self._documents.fetch_normalised(uri)
        except Gone as gone:
            if gone.status != 410:
                raise
            return {"id": uri, "type": "Tombstone"}

    async def _apply(self, uow: UnitOfWork, entry: Any, fetched: dict[str, dict[str, Any]]) -> None:
        waiting = select(_ENTRIES.c.id).where(_ENTRIES.c.id == entry.id, _WAITS)
        if await uow.scalar(waiting) is None:
            return  # another process was quicker, or what it said was forgotten meanwhile
        activity, verified = restored(entry, uow.identities.base)
        standing = (await standings(uow, [verified.actor]))[verified.actor]
        outcome: Outcome
        if standing in _SHUT_OUT:
            outcome = RefusedBy(403, "relation-suspended", "The relation was suspended meanwhile.")
        else:
            received = Received(activity, verified, standing, fetched)
            outcome = await self._decided(uow, received)
        await self._settle(uow, entry, outcome, private=is_private(activity))

    async def _decided(self, uow: UnitOfWork, received: Received) -> Outcome:
        try:
            async with uow.savepoint():
                [outcome] = await decide(uow, self._handlers, [received])
        except CONTENT_ERRORS as error:
            return refusal(error)
        return outcome

    async def _settle(
        self, uow: UnitOfWork, entry: Any, outcome: Outcome, *, private: bool
    ) -> None:
        one = _ENTRIES.c.id == entry.id
        if private and not isinstance(outcome, NeedsFetch):
            await blank(uow, InboxEntry.raw, InboxEntry.id == entry.id)
        match outcome:
            case RefusedBy(_, code, detail):
                refused = {"state": InboxState.REFUSED, "code": code, "detail": detail}
                over = {"next_attempt_at": None, "updated_at": uow.now}
                await uow.execute(update(_ENTRIES).where(one).values(**refused, **over))
                log.warning("inbox-refused", code=code, activity_id=entry.activity_id)
            case NeedsFetch(uris):
                needs = list(dict.fromkeys([*entry.needs, *uris]))
                if needs == entry.needs or len(needs) > self._settings.fetches_per_activity:
                    raise NotFound(
                        "It refers to more documents than we read for one message.",
                        code="too-many-documents",
                    )
                values = {"needs": needs, "next_attempt_at": uow.now, "updated_at": uow.now}
                await uow.execute(update(_ENTRIES).where(one).values(values))
            case _:
                await uow.execute(delete(_ENTRIES).where(one))

    async def _leave_to_people(self, entry: Any) -> None:
        values = {
            "state": InboxState.FAILED,
            "code": ENDED,
            "detail": DETAIL,
            "next_attempt_at": None,
        }
        aside = update(_ENTRIES).where(_ENTRIES.c.id == entry.id).values(values)
        await self._database.write(lambda uow: uow.execute(aside.values(updated_at=uow.now)))
        self._under_way.forget(_digest(entry))
        log.error("inbox-set-aside", code=ENDED, activity_id=entry.activity_id)

    async def _failed(self, entry: Any, error: Exception, code: str) -> None:
        attempts = entry.attempts + 1
        is_last = attempts >= self._settings.deferred_attempts
        values: dict[str, Any] = {
            "attempts": attempts,
            "state": InboxState.FAILED if is_last or code == OUR_FAILURE else entry.state,
            "code": code,
            "detail": str(error)[:500],
        }

        async def write(uow: UnitOfWork) -> None:
            values["updated_at"] = uow.now
            values["next_attempt_at"] = None if is_last else self._next(uow, attempts)
            waiting = update(_ENTRIES).where(_ENTRIES.c.id == entry.id, _WAITS)
            await uow.execute(waiting.values(values))

        await self._database.write(write)
        if is_last:
            log.error("inbox-set-aside", code=code, activity_id=entry.activity_id)

    def _next(self, uow: UnitOfWork, attempts: int) -> datetime:
        base = self._settings.deferred_backoff
        return uow.now + delay(
            attempts,
            base=base,
            longest=self._settings.delivery_longest_delay,
            entropy=uow.entropy,
        )


class KeptMessage(Struct, frozen=True):
    """A message that is kept. state: deferred (something must be read first), failed (our own code
    failed on it) or refused (evidence); next_attempt_at: None when nothing more happens by itself.
    """

    id: str
    activity_id: str
    activity_type: str
    actor: str
    authority: str
    state: str
    attempts: int
    code: str | None
    detail: str | None
    received_at: datetime
    next_attempt_at: datetime | None

    @property
    def noted(self) -> str | None:
        """Why it is kept, as "code: sentence"."""
        return f"{self.code}: {self.detail}" if self.code else self.detail

    @property
    def can_be_replayed(self) -> bool:
        """Whether `replay` takes it."""
        return self.state != InboxState.REFUSED


async def kept_messages(
    reader: Reader, limit: int = 100, *, states: Sequence[InboxState] = tuple(InboxState)
) -> list[KeptMessage]:
    """What waits, what failed and what is kept as evidence, newest first."""
    columns = [_ENTRIES.c[name] for name in KeptMessage.__struct_fields__]
    chosen = select(*columns).where(_ENTRIES.c.state.in_(states))
    rows = await reader.rows(chosen.order_by(_ENTRIES.c.id.desc()).limit(limit))
    return [KeptMessage(**row._mapping) for row in rows]


async def replay(uow: UnitOfWork, entry_id: str) -> None:
    """Try a failed message again, after the fault that it met was mended. Raises NotFound."""
    again = update(_ENTRIES).where(_ENTRIES.c.id == entry_id, _WAITS)
    values = {"attempts": 0, "next_attempt_at": uow.now, "updated_at": uow.now}
    changed = await uow.execute(again.values(values).returning(_ENTRIES.c.id))
    if changed.first() is None:
        raise NotFound(
            "There is no such message waiting; it may have been taken in or refused meanwhile.",
            code="not-kept",
        )
    uow.wake_workers()


def _digest(entry: Any) -> bytes:
    return hashlib.sha256(entry.raw).digest()


def _due(reader: Reader, settings: FederationSettings) -> Any:
    """What is due, a few of each host and each in turn; of one host in the order of its time."""
    order = (InboxEntry.next_attempt_at, _ENTRIES.c.id)
    turn = func.row_number().over(partition_by=_ENTRIES.c.authority, order_by=order)
    due = (
        select(_ENTRIES.c.id, turn.label("turn"))
        .where(_WAITS, InboxEntry.next_attempt_at <= reader.now)
        .subquery()
    )
    chosen = (
        select(due.c.id)
        .where(due.c.turn <= settings.deferred_per_host)
        .order_by(due.c.turn, due.c.id)
        .limit(settings.deferred_batch)
    )
    columns = (
        _ENTRIES.c.id,
        _ENTRIES.c.activity_id,
        _ENTRIES.c.actor,
        _ENTRIES.c.authority,
        _ENTRIES.c.key_id,
        _ENTRIES.c.verified_by,
        _ENTRIES.c.raw,
        _ENTRIES.c.proven,
        _ENTRIES.c.state,
        _ENTRIES.c.needs,
        _ENTRIES.c.attempts,
        _ENTRIES.c.received_at,
    )
    return select(*columns).where(_ENTRIES.c.id.in_(chosen)).order_by(*order)
