"""Fetching one document from where it lives, and believing it only there.

A document counts when it came, as an ActivityPub media type, from the very address that its `id`
names. Anything else is somebody's upload, somebody's copy, or somebody's trap (CVE-2024-23832,
CVE-2024-25623, CVE-2025-25306).
"""

import asyncio
from typing import Any

from federation import moderation
from federation.errors import NotAnActor, Refused
from federation.hosts import note_profiles, shown_profile
from federation.http_client import Fetched, GuardedClient
from federation.refused_fetches import told_once
from federation.settings import FederationSettings
from federation.storage import Database
from protocol import jsonld, strict_json
from protocol.errors import MalformedDocument
from protocol.http_signatures import Profile
from protocol.iri import authority_of
from protocol.media_types import ACTIVITY_JSON, LD_JSON_AS2, is_activity_type

_ACCEPT = f"{LD_JSON_AS2}, {ACTIVITY_JSON}"
_NOT_LET_IN = {401, 403}
# A page of a catalogue holds fifty signed listings; what is fetched is bounded in bytes as well.
_LIMITS = strict_json.JsonLimits(max_members=50_000)


class Documents:
    """Fetches for one node, signed by its node actor."""

    def __init__(
        self, client: GuardedClient, database: Database, *, settings: FederationSettings
    ) -> None:
        self._client = client
        self._database = database
        self._settings = settings

    async def fetch_document(self, url: str) -> dict[str, Any]:
        """The document at `url`, as received. Its `id` may differ from `url`, but it lives there.

        A document that names another id is fetched once more from that id. Raises MalformedDocument
        (address or JSON), AddressBlocked, Unreachable, TooLarge, Gone, Refused, or NotAnActor when
        there is no ActivityPub document.
        """
        with told_once(url):
            return await self._believed(url)

    async def _believed(self, url: str) -> dict[str, Any]:
        found, document = await self._fetch(self._client.iri(url).without_fragment())
        named = _id(document)
        if named == found:
            return document
        if named is None:
            raise NotAnActor(f"{found} holds a document without an id.", code="no-id")
        found, document = await self._fetch(self._client.iri(named).without_fragment())
        if _id(document) != found:
            raise NotAnActor(
                f"{url} holds a document that says it lives somewhere else.", code="id-mismatch"
            )
        return document

    async def fetch_normalised(self, url: str) -> dict[str, Any]:
        """As `fetch_document`, read with plain names; a proof is gone from it."""
        with told_once(url):
            return await normalised(await self.fetch_document(url))

    async def _fetch(self, url: str) -> tuple[str, dict[str, Any]]:
        fetched = await self._knock(url)
        if not is_activity_type(fetched.content_type):
            raise NotAnActor(
                f"{fetched.final_url} is a page or a file ({fetched.content_type[:80]!a}), "
                "not an ActivityPub document.",
                code="wrong-content-type",
            )
        return fetched.final_url, strict_json.loads(fetched.body, _LIMITS)

    async def _knock(self, url: str) -> Fetched:
        """A signed GET; where the signature is not understood, once more in the other form."""
        authority = authority_of(url)
        shown = await self._welcome(authority)
        first, second = _profiles(shown)
        fetched = await self._get(url, first)
        if fetched.status in _NOT_LET_IN:
            again = await self._get(url, second)
            if again.status not in _NOT_LET_IN:
                await self._database.write(lambda uow: note_profiles(uow, [authority], second))
                fetched = again
        if authority_of(fetched.final_url) != authority:
            await self._welcome(authority_of(fetched.final_url))
        return fetched.expect_ok()

    async def _get(self, url: str, profile: Profile) -> Fetched:
        node = self._database.identities.node
        return await self._client.get(url, accept=_ACCEPT, sign_as=node, profile=profile)

    async def _welcome(self, authority: str) -> Profile | None:
        """What form the host takes. Raises Refused when we deal with it no more."""
        async with self._database.reading() as reader:
            rule = await moderation.rule_for(reader, authority)
            if moderation.is_blocked(rule):
                raise Refused(403, "blocked", f"{authority} is blocked by this coop.")
            return await shown_profile(reader, authority, self._settings)


async def normalised(document: dict[str, Any]) -> dict[str, Any]:
    """`jsonld.normalise`, off the event loop when it is slow. Raises MalformedDocument."""
    plain = jsonld.plain_reading(document)
    if plain is not None:
        return plain
    return await asyncio.to_thread(jsonld.normalise, document)


def _profiles(shown: Profile | None) -> tuple[Profile, Profile]:
    if shown in {None, Profile.CAVAGE}:
        return Profile.CAVAGE, Profile.RFC9421
    return Profile.RFC9421, Profile.CAVAGE


def _id(document: dict[str, Any]) -> str | None:
    named = document.get("id", document.get("@id"))
    if named is not None and not isinstance(named, str):
        raise MalformedDocument("The document's id is not text.", code="bad-id")
    return named
