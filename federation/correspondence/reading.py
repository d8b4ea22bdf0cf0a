"""Reading what passed between us and each coop, for a node that was restored.

Nothing takes effect here: every activity that is proven is kept in its order. Of our own words
those count that a key of ours signed, whatever a coop says; of the other coop's, those that it
signed itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import insert, select, update

from federation.ambient import Clock
from federation.correspondence.keeping import is_kept
from federation.delivery.backoff import delay
from federation.errors import OUR_FAILURE, FederationError, NotAnActor
from federation.handlers import HandlerTable
from federation.identities import Identities
from federation.inbox.authenticate import Admit, prover_of
from federation.inbox.authorise import embedded
from federation.models import Correspondent, ReturnedActivity, ReturnState
from federation.remote.actors import Actors
from federation.remote.documents import Documents, normalised
from federation.remote.keys import Keys
from federation.settings import FederationSettings
from federation.storage import Database, UnitOfWork
from federation.storage.base import table_of
from federation.storage.failures import is_storage_failure
from federation.under_way import MOST_ENDS, UnderWay, mark_of
from protocol import addressing, datetimes, keys, proofs, strict_json
from protocol.errors import MalformedDocument, ProofInvalid, ProtocolError
from protocol.iri import MAX_LENGTH, read_iri, same_origin
from protocol.vocabulary.activities import Activity, parse_activity
from protocol.vocabulary.base import as_list, ids

log = structlog.get_logger()

UNKNOWN_KEY = "unknown-key"
"""Detail of a word of ours that a key has signed which this node does not have (any more)."""
TOO_MUCH = "too-much: More came back than is kept; the rest was not read."
_AGREEMENT = "Agreement"
_ASKED = table_of(Correspondent)
_BACK = table_of(ReturnedActivity)


class CorrespondenceReader:
    """Reads what is due; there is something only at a node that was restored."""

    def __init__(
        self,
        database: Database,
        handlers: HandlerTable,
        actors: Actors,
        documents: Documents,
        keys_: Keys,
        settings: FederationSettings,
        clock: Clock,
        under_way: UnderWay,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._actors = actors
        self._documents = documents
        self._keys = keys_
        self._settings = settings
        self._clock = clock
        self._under_way = under_way

    async def read_due(self) -> int:
        """Read one page of every correspondence that is due, so that none holds up the others;
        returns how many were tried."""
        c = _ASKED.c
        due = select(_ASKED).order_by(c.next_attempt_at, c.actor_uri)
        async with self._database.reading() as reader:
            asked = await reader.rows(due.where(c.next_attempt_at <= reader.now))
        for one in asked:
            try:
                await self._read(one)
            except (FederationError, ProtocolError) as error:
                await self._postpone(one, error, error.code)
            except Exception as error:
                if is_storage_failure(error):
                    raise
                log.exception("correspondence-failed", peer=one.actor_uri)
                await self._postpone(one, error, OUR_FAILURE)
        return len(asked)

    async def _read(self, asked: Any) -> None:
        mark = mark_of(asked.actor_uri, asked.page or "")
        with self._under_way.outliving(mark):
            url = asked.page or await self._first_page(asked)
            document = None if url is None else await self._page(asked, url)
        if document is None:
            await self._store(asked, [], None)
        else:
            await self._take_in(asked, document)

    async def _page(self, asked: Any, url: str) -> dict[str, Any]:
        if not same_origin(url, asked.actor_uri):
            raise NotAnActor(f"{asked.actor_uri} names a page of somebody else.")
        document = await self._documents.fetch_document(url)
        if document.get("next") == url:
            raise NotAnActor(f"{asked.actor_uri} names a page twice.")
        return document

    async def _take_in(self, asked: Any, document: dict[str, Any]) -> None:
        following = document.get("next")
        items = [
            row
            for raw in as_list(document.get("orderedItems"))[: self._settings.collection_items]
            if (row := await self._noted_item(asked, raw)) is not None
        ]
        await self._store(asked, items, following if isinstance(following, str) else None)

    async def _first_page(self, asked: Any) -> str | None:
        profile = await self._actors.actor(asked.actor_uri, refresh=True)
        if profile.correspondence is None:
            return None
        since = datetimes.format(asked.since - self._settings.correspondence_overlap)
        return f"{profile.correspondence}?since={quote(since, safe='')}&cursor="

    async def _noted_item(self, asked: Any, raw: Any) -> dict[str, Any] | None:
        """`_item`, but for what ended too many processes."""
        mark = mark_of(asked.actor_uri, strict_json.dumps(raw))
        if self._under_way.ends(mark) >= MOST_ENDS:
            log.error("returned-activity-set-aside", peer=asked.actor_uri, item=mark.hex())
            return None
        with self._under_way.outliving(mark):
            return await self._item(asked, raw)

    async def _item(self, asked: Any, raw: Any) -> dict[str, Any] | None:
        """A row of what came back; None for what is neither ours nor theirs, or not proven."""
        if not isinstance(raw, dict):
            return None
        try:
            activity = parse_activity(await normalised(raw))
            judged = await self._judged(asked, activity, raw)
            return None if judged is None else self._row(asked, activity, raw, judged)
        except (ProtocolError, FederationError) as error:
            log.warning("returned-activity-refused", peer=asked.actor_uri, code=error.code)
        except Exception as error:  # a defect that one item brings out must not hide the others
            if is_storage_failure(error):
                raise
            log.exception("returned-activity-failed", peer=asked.actor_uri)
        return None

    def _row(
        self, asked: Any, activity: Activity, raw: dict[str, Any], judged: ReturnState
    ) -> dict[str, Any]:
        is_ours = self._is_ours(activity)
        answers = next(iter(ids(activity.document.get("inReplyTo"))), None)
        for uri in (activity.id, activity.object_id, answers):
            if uri is not None and len(read_iri(uri).text.encode()) > MAX_LENGTH:
                raise MalformedDocument("An id is too long.", code="iri-too-long")
        return {
            "peer": asked.actor_uri,
            "activity_id": activity.id,
            "activity_type": activity.type,
            "actor": activity.actor,
            "object_uri": activity.object_id,
            "answers_uri": answers,
            "raw": b"" if judged is ReturnState.LEFT else strict_json.dumps(raw),
            "early": is_ours and self._handlers.comes_early(activity),
            "state": judged,
            "detail": UNKNOWN_KEY if judged is ReturnState.LEFT else None,
        }

    async def _judged(
        self, asked: Any, activity: Activity, raw: dict[str, Any]
    ) -> ReturnState | None:
        """Whether it may take effect; None for what does not belong here. Raises ProtocolError
        and FederationError for what is not proven."""
        peer, is_ours = asked.actor_uri, self._is_ours(activity)
        if not is_ours and activity.actor != peer:
            return None
        hearer = peer if is_ours else self._database.identities.coop.uri
        if not is_kept(activity, _AGREEMENT) or not _is_meant_for(hearer, activity):
            return None
        # What we signed before the backup it knows, or was made to forget. What they signed may
        # have been long on its way.
        on_its_way = self._settings.clock_ahead if is_ours else self._settings.delivery_hold
        if proofs.created_at(raw) < asked.since - on_its_way:
            return None
        if is_ours and not same_origin(activity.id, activity.actor):
            return None
        if not is_ours:
            await self._expect_theirs(peer, raw)
        elif not self._is_proven_ours(raw):
            return ReturnState.LEFT
        for paper in embedded(raw):
            await self._check_paper(peer, paper)
        return ReturnState.WAITING

    async def _check_paper(self, peer: str, paper: dict[str, Any]) -> None:
        """What is signed inside must hold too, whoever of the two signed it."""
        method = proofs.verification_method_of(paper)
        if method is None:
            return
        if not self._keys.is_ours(method):
            await self._expect_theirs(peer, paper)
        elif not self._is_proven_ours(paper):
            raise ProofInvalid("A key that this node does not have signed it.", code=UNKNOWN_KEY)

    async def _expect_theirs(self, peer: str, document: dict[str, Any]) -> None:
        now = self._clock.now()
        prover = await prover_of(document, self._keys, now, _only(peer), vouched_by=peer)
        if prover != peer:
            raise MalformedDocument("Its author did not sign it.", code="not-owner")

    def _is_ours(self, activity: Activity) -> bool:
        return self._database.identities.of(activity.actor) is not None

    def _is_proven_ours(self, document: dict[str, Any]) -> bool:
        return is_proven_ours(document, self._database.identities, self._clock.now())

    async def _store(self, asked: Any, items: list[dict[str, Any]], page: str | None) -> None:
        peer, settings = asked.actor_uri, self._settings
        size = asked.size + sum(len(item["raw"]) for item in items)
        pages = asked.pages + 1
        is_too_much = pages >= settings.correspondence_pages or size > settings.correspondence_bytes

        async def write(uow: UnitOfWork) -> None:
            c = _BACK.c
            ids = [item["activity_id"] for item in items]
            known = select(c.activity_id).where(c.peer == peer, c.activity_id.in_(ids))
            seen = set(await uow.scalars(known))
            fresh = {item["activity_id"]: item for item in items if item["activity_id"] not in seen}
            unproven = [item for item in fresh.values() if item["state"] is ReturnState.LEFT]
            for item in unproven[max(0, settings.unproven_kept - asked.unproven) :]:
                del fresh[item["activity_id"]]
            if fresh:
                rows = [item | {"updated_at": uow.now} for item in fresh.values()]
                await uow.execute(insert(_BACK), rows)
            values: dict[str, Any] = {"page": page, "pages": pages, "size": size, "attempts": 0}
            values |= {"last_error": None, "next_attempt_at": uow.now}
            values["unproven"] = asked.unproven + len(unproven)
            if page is None or is_too_much:
                values |= {"page": None, "next_attempt_at": None, "finished_at": uow.now}
            if page is not None and is_too_much:
                values["last_error"] = TOO_MUCH
            await uow.execute(update(_ASKED).where(_ASKED.c.actor_uri == peer).values(values))
            uow.wake_workers()

        await self._database.write(write)

    async def _postpone(self, asked: Any, error: Exception, code: str) -> None:
        log.warning("correspondence-postponed", peer=asked.actor_uri, code=code)

        async def write(uow: UnitOfWork) -> None:
            wait = delay(
                asked.attempts + 1,
                base=self._settings.sync_backoff,
                longest=self._settings.sync_longest_delay,
                entropy=uow.entropy,
            )
            values = {
                "attempts": asked.attempts + 1,
                "next_attempt_at": uow.now + wait,
                "last_error": f"{code}: {error}"[:500],
            }
            one = _ASKED.c.actor_uri == asked.actor_uri
            await uow.execute(update(_ASKED).where(one).values(values))

        await self._database.write(write)


def is_proven_ours(document: dict[str, Any], identities: Identities, now: datetime) -> bool:
    """Whether a key signed it that is ours, or was when it did. Raises ProofInvalid for a broken
    proof, and one of a later date: whoever stole a key that was changed for it has it still."""
    method = proofs.verification_method_of(document)
    found = _our_keys(identities).get(method or "")
    if found is None:
        return False
    key, retired_at = found
    proofs.verify_proof(document, key, now)
    if retired_at is not None and proofs.created_at(document) > retired_at:
        raise ProofInvalid("It was signed after the key was retired.", code="key-retired")
    return True


def _our_keys(identities: Identities) -> Mapping[str, tuple[Ed25519PublicKey, datetime | None]]:
    """By id every key that signs documents of ours, and since when it does no more."""
    ever = [(key.id, key.public, key.retired_at) for key in identities.retired]
    listed = [
        (key.id, key.public, None)
        for actor in (identities.coop, identities.node)
        for key in actor.ed25519_listed
    ]
    found = {
        key_id: (keys.public_from_multikey(text), retired_at)
        for key_id, text, retired_at in (*ever, *listed)
        if text.startswith("z")
    }
    return {
        key_id: (key, retired_at)
        for key_id, (key, retired_at) in found.items()
        if isinstance(key, Ed25519PublicKey)
    }


def _is_meant_for(hearer: str, activity: Activity) -> bool:
    audience = addressing.audience_of(activity.document)
    named = {*audience.to, *audience.cc}
    return audience.is_public or not named.isdisjoint({hearer, f"{activity.actor}/followers"})


def _only(peer: str) -> Admit:
    async def admit(key_id: str) -> None:
        if not same_origin(key_id, peer):
            raise MalformedDocument("Somebody else signed it.", code="not-owner")

    return admit
