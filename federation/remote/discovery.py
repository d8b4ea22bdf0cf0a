"""From what a person types to a coop: handles, bare addresses, pages and actor addresses.

A handle goes through WebFinger (RFC 7033). A bare address is asked for its coop by WebFinger, then
looked at under /coop, then asked through NodeInfo for its node actor (FEP-2677).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from federation.errors import FederationError, Gone, NotAnActor, NotFound, Unreachable
from federation.http_client import GuardedClient
from protocol import strict_json, webfinger
from protocol.errors import MalformedDocument, ProtocolError
from protocol.iri import authority_of, read_iri
from protocol.media_types import JRD_JSON
from protocol.webfinger import Handle

if TYPE_CHECKING:
    from federation.remote.actors import Actors

_APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
_COOP = "coop"
_JSON_TYPES = ("application/jrd+json", "application/json")
_FINAL = {"blocked", "address-blocked", "not-a-dev-peer", "ourselves"}
_SILENT = {"no-answer", "unknown-host", "timed-out"}
_OTHER_SCHEME = {"no-answer", "bad-answer"}
_BARE_WITH_PATH = re.compile(r"[^/@:]+(?::\d+)?/.+")

Step = Callable[[], Awaitable[str]]


async def resolve(text: str, client: GuardedClient, actors: Actors, *, ours: str) -> str:
    """See `Actors.resolve`. ours: our own authority, which is not looked up."""
    asked = _read(text.strip())
    try:
        host = asked.host if isinstance(asked, Handle) else authority_of(asked)
        if host == ours:
            raise NotFound("That is the address of this coop itself.", code="ourselves")
        if isinstance(asked, Handle):
            schemes = _schemes(client, asked.host)
            return await _first_open(asked.host, [_at(client, actors, s, asked) for s in schemes])
        iri = read_iri(asked)
        if iri.path in {"", "/"}:
            bare = Handle(None, iri.origin.authority)
            return await _first_open(bare.host, [_at(client, actors, iri.origin.scheme, bare)])
        return await _at_page(client, actors, asked)
    except ProtocolError as error:
        raise NotAnActor(f"{text[:200]!a} does not lead to a coop: {error}") from error


def _read(text: str) -> Handle | str:
    if _BARE_WITH_PATH.fullmatch(text):
        return f"https://{text}"
    try:
        return webfinger.parse_resource(text)
    except MalformedDocument:
        raise NotFound(
            f"{text[:200]!a} is not an address. Write it like lanehead.example or "
            "@coop@lanehead.example.",
            code="not-an-address",
        ) from None


def _schemes(client: GuardedClient, host: str) -> tuple[str, ...]:
    # Only peers of a development node may be open; they nearly always are.
    return ("http", "https") if host in client.guard.insecure_hosts else ("https",)


async def _first_open(host: str, steps: list[Step]) -> str:
    """The first step whose scheme the host speaks."""
    for step in steps[:-1]:
        try:
            return await step()
        except Unreachable as error:
            if error.code not in _OTHER_SCHEME:
                raise
    try:
        return await steps[-1]()
    except Unreachable as error:
        if error.code not in _SILENT:
            raise
        raise Unreachable(
            f"{host} does not answer. Check the spelling; if it is right, their node may be down: "
            f"try again later. ({error})",
            code=error.code,
        ) from error


def _at(client: GuardedClient, actors: Actors, scheme: str, handle: Handle) -> Step:
    async def look() -> str:
        if handle.user is not None:
            return await _by_handle(client, actors, scheme, handle)
        return await _by_host(client, actors, scheme, handle.host)

    return look


async def _by_handle(client: GuardedClient, actors: Actors, scheme: str, handle: Handle) -> str:
    try:
        found = webfinger.self_link(await _json(client, webfinger.query_url(scheme, handle)))
    except Gone as error:
        raise NotFound(
            f"{handle.host} answers, but knows nobody called {handle.user}. Check the spelling, "
            f"or try only {handle.host}.",
            code="unknown-handle",
        ) from error
    if authority_of(found) != authority_of(f"{scheme}://{handle.host}"):
        await _confirm(client, found, handle)
    return (await actors.actor(found, refresh=True)).id


async def _confirm(client: GuardedClient, actor_uri: str, handle: Handle) -> None:
    """A handle on one host and the actor on another: the actor's host must say the same."""
    iri = read_iri(actor_uri)
    resource = quote(actor_uri, safe="")
    jrd = await _json(client, f"{iri.origin}/.well-known/webfinger?resource={resource}")
    if str(jrd.get("subject")).lower() != f"acct:{handle.user}@{handle.host}".lower():
        raise NotFound(
            f"@{handle.user}@{handle.host} leads to {iri.origin.authority}, which does not know "
            "that name as its own.",
            code="handle-not-confirmed",
        )


async def _by_host(client: GuardedClient, actors: Actors, scheme: str, host: str) -> str:
    base = f"{scheme}://{host}"

    async def under_coop() -> str:
        return (await actors.actor(f"{base}/{_COOP}", refresh=True)).id

    async def node_actor() -> str:
        links = (await _json(client, f"{base}/.well-known/nodeinfo")).get("links")
        return (await actors.actor(_link(links, _APPLICATION), refresh=True)).id

    async def by_handle() -> str:
        return await _by_handle(client, actors, scheme, Handle(_COOP, host))

    for step in (by_handle, under_coop, node_actor):
        try:
            return await step()
        except (FederationError, ProtocolError) as error:
            if _is_final(error):
                raise
    raise NotFound(
        f"{host} answers, but there is no coop there that we can talk to. Check the address, or "
        "ask them for the handle of their coop.",
        code="no-coop-there",
    )


def _is_final(error: FederationError | ProtocolError) -> bool:
    """Whether to stop asking: nobody is there, or we may not."""
    if isinstance(error, ProtocolError):
        return False
    return error.retry or error.code in {
        "blocked",
        "address-blocked",
        "not-a-dev-peer",
        "ourselves",
    }


async def _at_page(client: GuardedClient, actors: Actors, url: str) -> str:
    """An actor's own address, or the page about it."""
    try:
        return (await actors.actor(url, refresh=True)).id
    except NotAnActor as error:
        if error.code != "wrong-content-type":
            raise
    iri = read_iri(url)
    resource = quote(url, safe="")
    try:
        jrd = await _json(client, f"{iri.origin}/.well-known/webfinger?resource={resource}")
        found = webfinger.self_link(jrd)
    except (FederationError, ProtocolError) as error:
        raise NotAnActor(
            f"{url} is a page, and it does not say whose. Try the bare address of the coop.",
            code="page-of-nobody",
        ) from error
    return (await actors.actor(found, refresh=True)).id


async def _json(client: GuardedClient, url: str) -> dict[str, Any]:
    fetched = (await client.get(url, accept=JRD_JSON)).expect_ok()
    if fetched.content_type.partition(";")[0].strip().lower() not in _JSON_TYPES:
        raise NotAnActor(f"{url} is not JSON.", code="wrong-content-type")
    return strict_json.loads(fetched.body)


def _link(links: Any, rel: str) -> str:
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == rel and isinstance(link.get("href"), str):
            return str(link["href"])
    raise NotAnActor("The host names no actor of its own.", code="no-actor")
