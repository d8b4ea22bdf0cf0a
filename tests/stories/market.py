"""What happens on a market day: coops offer, find, and look over each other's fences."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from msgspec.structs import replace

from node import listings
from node.listings import ListingDraft, ListingView, SearchQuery, Viewer, Visibility, draft_of
from protocol.media_types import LD_JSON_AS2
from tests.support.signing import Signer, cavage
from tests.support.town import Coop, Town

MEMBER = Viewer("member", "somebody")


async def offer(
    coop: Coop,
    title: str,
    visibility: Visibility = Visibility.PUBLIC,
    *,
    by: str | None = None,
    **said: Any,
) -> ListingView:
    """A member writes a listing, and it is out."""
    draft = ListingDraft(title, visibility=visibility, **said)
    view: ListingView = await coop.write(listings.create, draft, by=by, publish=True)
    return view


async def change(coop: Coop, listing: ListingView, **said: Any) -> ListingView:
    """The member changes what the listing says."""
    now = await coop.read(listings.listing, listing.id)
    draft = replace(draft_of(now), **said)
    view: ListingView = await coop.write(
        listings.edit, listing.id, draft, by=None, expected_version=now.version
    )
    return view


async def step(coop: Coop, listing: ListingView, event: str) -> ListingView:
    """publish, pause, resume, renew or retire."""
    view: ListingView = await coop.write(listings.change_state, listing.id, event, by=None)
    return view


async def found(coop: Coop, viewer: Viewer = MEMBER, origin: str = "remote") -> list[str]:
    """The titles that a search here brings, of other coops unless told."""
    query = SearchQuery(origin=origin, limit=100)  # type: ignore[arg-type]
    page = await coop.read(listings.search, query, viewer, coop.node.clock.now())
    return sorted(hit.title for hit in page.hits)


async def seen_by(town: Town, *coops: Coop) -> list[list[str]]:
    """What each coop finds of the others once everything has travelled."""
    await town.settle()
    return [await found(coop) for coop in coops]


@asynccontextmanager
async def street() -> AsyncGenerator["Passer"]:
    """Somebody with nothing but a browser, or a program that signs."""
    async with aiohttp.ClientSession() as session:
        yield Passer(session)


class Passer:
    """Asks a coop's server as anyone on the network can."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(
        self, coop: Coop, path: str, *, accept: str = LD_JSON_AS2, signer: Signer | None = None
    ) -> tuple[int, str]:
        """GET under the coop's own name, signed if somebody is named."""
        host, port = coop.node.config.authority, coop.address.rpartition(":")[2]
        headers = {"Host": host}
        if signer is not None:
            headers = signature(signer, coop, path)
        address = f"http://127.0.0.1:{port}{path}"
        async with self._session.get(
            address, headers=headers | {"Accept": accept}, allow_redirects=False
        ) as response:
            return response.status, await response.text()


def hand_of(coop: Coop) -> Signer:
    """A coop's keys as they are now, in the hand of any program that signs."""
    identity = coop.node.federation.identities.coop
    return Signer(identity.uri, identity.rsa_key, identity.ed25519_key)


def signature(signer: Signer, asked: Coop, path: str) -> dict[str, str]:
    """The headers of a GET as other software signs it."""
    host, now = asked.node.config.authority, asked.node.clock.now()
    made = cavage(
        signer, host, b"", now, path=path, method="get", covered="(request-target) host date"
    )
    return {name: text for name, text in made.items() if name in ("host", "date", "signature")}
