"""Reading one peer's catalogue: everything at first, then only what changed.

Pages come in the order of the last change, and the page where a reading ended is where the next
one begins. Each page is stored together with the address of the next, so that a crash costs one
page. An item counts if it lies on the peer's origin and belongs to the peer; a proof of its own
must hold, and without one it is believed because it was fetched from where it lives.

A page on which our own code fails is taken in item by item, without those at which it fails. One
that ended the whole process is read alone, after all others, and item by item too: an item that
ended `MOST_ENDS` processes is left out from then on, and a page that did so by itself is read no
more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from msgspec import Struct

from federation import sync
from federation.ambient import Clock
from federation.delivery.backoff import delay
from federation.errors import OUR_FAILURE, FederationError, NotAnActor, Refused
from federation.handlers import CatalogueBatch, CatalogueHandler, CatalogueItem, HandlerTable
from federation.inbox.authenticate import Admit, prover_of
from federation.relations import Standing, standing
from federation.remote.actors import Actors
from federation.remote.documents import Documents, normalised
from federation.remote.keys import Keys
from federation.settings import FederationSettings
from federation.side_by_side import side_by_side
from federation.storage import Database, UnitOfWork
from federation.under_way import ENDED, MOST_ENDS, UnderWay, mark_of
from protocol import datetimes, strict_json
from protocol.errors import MalformedDocument, ProtocolError
from protocol.iri import same_origin
from protocol.vocabulary.base import as_list, one_id
from protocol.vocabulary.collections import parse_collection, parse_page

log = structlog.get_logger()

AT_ONCE = 4
"""Catalogues read side by side, so that one slow peer does not hold up the others."""
_BREATH = 20
"""Proofs verified between two looks at the event loop: some 3 ms."""


class _Page(Struct, frozen=True):
    items: tuple[Any, ...]
    """As they came."""
    next: str | None


Write = Callable[[UnitOfWork], Awaitable[None]]


class CatalogueReader:
    """Reads what is due; one is enough for a process."""

    def __init__(
        self,
        database: Database,
        handlers: HandlerTable,
        actors: Actors,
        documents: Documents,
        keys: Keys,
        settings: FederationSettings,
        clock: Clock,
        under_way: UnderWay,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._actors = actors
        self._documents = documents
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._under_way = under_way

    async def sync_due(self) -> int:
        """Read every catalogue that is due, to its end; returns how many."""
        async with self._database.reading() as reader:
            if not await sync.anything_due(reader, self._settings):
                return 0
        states = await self._database.write(lambda uow: sync.claim(uow, self._settings))
        places = asyncio.Semaphore(AT_ONCE)

        async def one(state: Any) -> None:
            async with places:
                await self._read_or_postpone(state)

        others, suspects = self._under_way.apart(states, _begun_at)
        await side_by_side(map(one, others))
        for state in suspects:
            await one(state)
        return len(states)

    async def _read_or_postpone(self, state: Any) -> None:
        peer = state.actor_uri
        async with self._database.reading() as reader:
            how = await standing(reader, peer)
        if how in {Standing.SUSPENDED, Standing.BLOCKED}:
            await self._database.write(
                lambda uow: sync.finish(uow, peer, state.complete, state.cursor)
            )
            return
        try:
            await self._read(state)
        except Refused as refusal:
            if refusal.status != 400 or not (state.cursor or state.page):
                await self._postpone(state, refusal, refusal.code)
                return
            log.warning("catalogue-restarted", peer=peer)
            await self._database.write(lambda uow: sync.start_over(uow, peer))
        except (FederationError, ProtocolError) as error:
            await self._postpone(state, error, error.code)
        except Exception as error:
            log.exception("catalogue-failed", peer=peer)
            await self._postpone(state, error, OUR_FAILURE)

    async def _read(self, state: Any) -> None:
        peer = state.actor_uri
        url = _known_page(state)
        if url is None:
            with self._under_way.outliving(_begun_at(state)):
                url = await self._first_page(peer)
        if url is None:
            await self._database.write(lambda uow: sync.finish(uow, peer, state.complete, None))
            return
        visited: set[str] = set()
        while url is not None:
            _check_page(peer, url, visited, self._settings.sync_pages)
            visited.add(url)
            url = await self._take_in(state, url)

    async def _take_in(self, state: Any, url: str) -> str | None:
        """Read a page and store what is on it; returns the address of the next."""
        mark = mark_of(state.actor_uri, url)
        is_suspect = self._under_way.ends(mark) > 0
        with self._under_way.risking(mark):
            page = await self._page(url)
            then = self._keeping(state, page, url)
            is_done = not is_suspect and await self._all_at_once(state, page, then)
        if not is_done:
            await self._one_by_one(state, page)
            with self._under_way.risking(mark):
                await self._database.write(then)
        self._under_way.forget(mark)
        return page.next

    async def _first_page(self, peer: str) -> str | None:
        profile = await self._actors.actor(peer)
        if profile.catalogue is None:
            return None
        if not same_origin(profile.catalogue, peer):
            raise NotAnActor(f"{peer} names a catalogue on another host.", code="foreign-page")
        document = await self._documents.fetch_document(profile.catalogue)
        return parse_collection(await normalised(document)).first

    async def _page(self, url: str) -> _Page:
        document = await self._documents.fetch_document(url)
        page = parse_page(await normalised(document))
        raw_items = as_list(document.get("orderedItems", document.get("items")))
        return _Page(tuple(raw_items[: self._settings.collection_items]), page.next)

    async def _all_at_once(self, state: Any, page: _Page, then: Write) -> bool:
        """Whether that went well; not tried where an item ended a process before."""
        peer = state.actor_uri
        items: list[CatalogueItem] = []

        async def write(uow: UnitOfWork) -> None:
            await self._hand_over(uow, state, items)
            await then(uow)

        try:
            for position, raw in enumerate(page.items):
                if position % _BREATH == _BREATH - 1:
                    await asyncio.sleep(0)
                if self._under_way.ends(mark_of(peer, strict_json.dumps(raw))):
                    return False
                item = await self._item(peer, raw)
                if item is not None:
                    items.append(item)
            await self._database.write(write)
        except FederationError:
            raise
        except Exception as error:  # noqa: BLE001 - one item's defect must not hold up the others
            log.warning("catalogue-one-by-one", peer=peer, error=repr(error)[:500])
            return False
        return True

    async def _one_by_one(self, state: Any, page: _Page) -> None:
        peer = state.actor_uri
        for raw in page.items:
            mark = mark_of(peer, strict_json.dumps(raw))
            if self._under_way.ends(mark) >= MOST_ENDS:
                log.error("catalogue-item-set-aside", peer=peer, code=ENDED, item=mark.hex())
                continue
            try:
                with self._under_way.outliving(mark):
                    await self._alone(state, raw)
            except FederationError:
                raise
            except Exception:
                log.exception("catalogue-item-failed", peer=peer, item=mark.hex())

    async def _alone(self, state: Any, raw: Any) -> None:
        item = await self._item(state.actor_uri, raw)
        if item is not None:
            await self._database.write(lambda uow: self._hand_over(uow, state, (item,)))

    async def _item(self, peer: str, raw: Any) -> CatalogueItem | None:
        """The item if it is the peer's own word; else None, and a line in the log."""
        if not isinstance(raw, dict):
            return None
        try:
            document = await normalised(raw)
            uri = one_id(document.get("id"))
            owner = one_id(document.get("attributedTo"))
            if uri is None or not same_origin(uri, peer) or owner not in {None, peer}:
                raise MalformedDocument("The item is not the peer's own.", code="not-owner")
            item = _item(uri, document)
            now = self._clock.now()
            prover = await prover_of(raw, self._keys, now, _only(peer), vouched_by=peer)
            if prover not in {None, peer}:
                raise MalformedDocument("Somebody else signed the item.", code="not-owner")
        except ProtocolError as error:
            log.warning("catalogue-item-refused", peer=peer, code=error.code)
            return None
        return item

    def _keeping(self, state: Any, page: _Page, url: str) -> Write:
        """What is written after a page: where to go on, or that all was read."""

        async def keep_place(uow: UnitOfWork) -> None:
            place = str(page.next)
            await sync.keep_place(uow, state.actor_uri, state.complete, place, self._settings)

        async def finish(uow: UnitOfWork) -> None:
            if state.complete:
                batch = CatalogueBatch(
                    state.actor_uri, (), complete=True, started_at=state.requested_at
                )
                for handler in self._handlers.catalogue_handlers():
                    await handler(uow, batch)
            await sync.finish(uow, state.actor_uri, state.complete, url)

        return keep_place if page.next is not None else finish

    async def _hand_over(self, uow: UnitOfWork, state: Any, items: Sequence[CatalogueItem]) -> None:
        by_handler: dict[CatalogueHandler, list[CatalogueItem]] = {}
        for item in items:
            kind = item.document.get("formerType" if item.tombstone else "type")
            if handler := self._handlers.catalogue_handler(str(kind)):
                by_handler.setdefault(handler, []).append(item)
        for handler, its_items in by_handler.items():
            batch = CatalogueBatch(
                state.actor_uri, tuple(its_items), complete=False, started_at=state.requested_at
            )
            await handler(uow, batch)

    async def _postpone(self, state: Any, error: Exception, code: str) -> None:
        log.warning("catalogue-postponed", peer=state.actor_uri, code=code)

        async def write(uow: UnitOfWork) -> None:
            wait = delay(
                state.attempts + 1,
                base=self._settings.sync_backoff,
                longest=self._settings.sync_longest_delay,
                entropy=uow.entropy,
            )
            await sync.postpone(uow, state.actor_uri, uow.now + wait, f"{code}: {error}")

        await self._database.write(write)


def _known_page(state: Any) -> str | None:
    """Where a reading goes on; None: at the first page, which the peer names."""
    return state.page or (None if state.complete else state.cursor)


def _begun_at(state: Any) -> bytes:
    return mark_of(state.actor_uri, _known_page(state) or "")


def _item(uri: str, document: dict[str, Any]) -> CatalogueItem:
    is_tombstone = document.get("type") == "Tombstone"
    moment = document.get("deleted") if is_tombstone else None
    deleted_at = datetimes.parse(moment) if isinstance(moment, str) else None
    return CatalogueItem(uri, document, is_tombstone, deleted_at)


def _check_page(peer: str, url: str, visited: set[str], most: int) -> None:
    if not same_origin(url, peer):
        raise NotAnActor(f"{peer} names a page on another host.", code="foreign-page")
    if url in visited:
        raise NotAnActor(f"The catalogue of {peer} goes in a circle.", code="page-loop")
    if len(visited) >= most:
        raise NotAnActor(f"The catalogue of {peer} has no end.", code="too-many-pages")


def _only(peer: str) -> Admit:
    async def admit(key_id: str) -> None:
        if not same_origin(key_id, peer):
            raise MalformedDocument("Somebody else signed the item.", code="not-owner")

    return admit
