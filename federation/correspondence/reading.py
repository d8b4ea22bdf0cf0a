"""Reading what passed between us and each coop, for a node that was restored.

Nothing takes effect here: every activity that is proven is kept in its order. Of our own words
those count that a key of ours signed, whatever a coop says; of the other coop's, those that it
signed itself.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import insert, select, update

from federation.ambient import Clock
from federation.delivery.backoff import delay
from federation.errors import FederationError, NotAnActor
from federation.identities import Identities
from federation.inbox.authenticate import Admit, prover_of
from federation.models import Correspondent, ReturnedActivity, ReturnState
from federation.remote.actors import Actors
from federation.remote.documents import Documents, normalised
from federation.remote.keys import Keys
from federation.settings import FederationSettings
from federation.storage import Database, UnitOfWork
from federation.storage.base import table_of
from protocol import datetimes, keys, proofs, strict_json
from protocol.errors import MalformedDocument, ProtocolError
from protocol.iri import same_origin
from protocol.vocabulary.activities import parse_activity
from protocol.vocabulary.base import as_list

log = structlog.get_logger()

UNKNOWN_KEY = "unknown-key"
"""Detail of a word of ours that a key has signed which this node does not have (any more)."""
_ASKED = table_of(Correspondent)
_BACK = table_of(ReturnedActivity)


class CorrespondenceReader:
    """Reads what is due; there is something only at a node that was restored."""

    def __init__(
        self,
        database: Database,
        actors: Actors,
        documents: Documents,
        keys_: Keys,
        settings: FederationSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._actors = actors
        self._documents = documents
        self._keys = keys_
        self._settings = settings
        self._clock = clock

    async def read_due(self) -> int:
        """Read every correspondence that is due to its end; returns how many were tried."""
        c = _ASKED.c
        async with self._database.reading() as reader:
            due = await reader.rows(select(_ASKED).where(c.next_attempt_at <= reader.now))
        for asked in due:
            try:
                await self._read(asked)
            except (FederationError, ProtocolError) as error:
                await self._postpone(asked, error)
        return len(due)

    async def _read(self, asked: Any) -> None:
        url = asked.page or await self._first_page(asked)
        visited: set[str] = set()
        while url is not None:
            if not same_origin(url, asked.actor_uri) or url in visited:
                raise NotAnActor(f"{asked.actor_uri} names a page twice, or another's.")
            visited.add(url)
            document = await self._documents.fetch_document(url)
            items = [
                row
                for raw in as_list(document.get("orderedItems"))
                if (row := await self._item(asked.actor_uri, raw)) is not None
            ]
            following = document.get("next")
            url = following if isinstance(following, str) else None
            await self._store(asked.actor_uri, items, url)
        if not visited:
            await self._store(asked.actor_uri, [], None)

    async def _first_page(self, asked: Any) -> str | None:
        profile = await self._actors.actor(asked.actor_uri, refresh=True)
        if profile.correspondence is None:
            return None
        since = datetimes.format(asked.since - self._settings.correspondence_overlap)
        return f"{profile.correspondence}?since={quote(since, safe='')}&cursor="

    async def _item(self, peer: str, raw: Any) -> dict[str, Any] | None:
        """A row of what came back; None for what is neither ours nor theirs, or not proven."""
        if not isinstance(raw, dict):
            return None
        try:
            activity = parse_activity(await normalised(raw))
            now = self._clock.now()
            ours = self._database.identities.of(activity.actor) is not None
            state, detail = ReturnState.WAITING, None
            if ours and not same_origin(activity.id, activity.actor):
                return None
            if ours and not is_proven_ours(raw, self._database.identities, now):
                state, detail = ReturnState.LEFT, UNKNOWN_KEY
            if not ours and not await self._is_theirs(peer, activity.actor, raw):
                return None
        except (ProtocolError, FederationError) as error:
            log.warning("returned-activity-refused", peer=peer, code=error.code)
            return None
        return {
            "peer": peer,
            "activity_id": activity.id,
            "actor": activity.actor,
            "raw": strict_json.dumps(raw),
            "state": state,
            "detail": detail,
        }

    async def _is_theirs(self, peer: str, actor: str, raw: dict[str, Any]) -> bool:
        if actor != peer:
            return False
        now = self._clock.now()
        return await prover_of(raw, self._keys, now, _only(peer), vouched_by=peer) == peer

    async def _store(self, peer: str, items: list[dict[str, Any]], page: str | None) -> None:
        async def write(uow: UnitOfWork) -> None:
            c = _BACK.c
            ids = [item["activity_id"] for item in items]
            known = select(c.activity_id).where(c.peer == peer, c.activity_id.in_(ids))
            seen = set(await uow.scalars(known))
            fresh = {item["activity_id"]: item for item in items if item["activity_id"] not in seen}
            if fresh:
                rows = [item | {"updated_at": uow.now} for item in fresh.values()]
                await uow.execute(insert(_BACK), rows)
            values: dict[str, Any] = {"page": page, "attempts": 0, "last_error": None}
            if page is None:
                values |= {"next_attempt_at": None, "finished_at": uow.now}
            await uow.execute(update(_ASKED).where(_ASKED.c.actor_uri == peer).values(values))

        await self._database.write(write)

    async def _postpone(self, asked: Any, error: FederationError | ProtocolError) -> None:
        log.warning("correspondence-postponed", peer=asked.actor_uri, code=error.code)

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
                "last_error": f"{error.code}: {error}"[:500],
            }
            one = _ASKED.c.actor_uri == asked.actor_uri
            await uow.execute(update(_ASKED).where(one).values(values))

        await self._database.write(write)


def is_proven_ours(document: dict[str, Any], identities: Identities, now: Any) -> bool:
    """Whether a key that is or was ours signed it. Raises ProofInvalid for a broken proof."""
    method = proofs.verification_method_of(document)
    key = _our_keys(identities).get(method or "")
    if key is None:
        return False
    proofs.verify_proof(document, key, now)
    return True


def _our_keys(identities: Identities) -> Mapping[str, Ed25519PublicKey]:
    listed = [
        (key.id, key.public)
        for actor in (identities.coop, identities.node)
        for key in actor.ed25519_listed
    ]
    ever = [*listed, *((key.id, key.public) for key in identities.retired)]
    found = {
        key_id: keys.public_from_multikey(text) for key_id, text in ever if text.startswith("z")
    }
    return {key_id: key for key_id, key in found.items() if isinstance(key, Ed25519PublicKey)}


def _only(peer: str) -> Admit:
    async def admit(key_id: str) -> None:
        if not same_origin(key_id, peer):
            raise MalformedDocument("Somebody else signed it.", code="not-owner")

    return admit
