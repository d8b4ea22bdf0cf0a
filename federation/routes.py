"""The addresses that other nodes use. Pages for people live elsewhere, some on the same paths."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from federation import ourselves, reading, relations
from federation.documents import ANYONE, Answer, BadCursor, Protected, Requester, Withdrawn
from federation.errors import FederationError, Refused
from federation.inbox.authenticate import claims_in, signer_of
from federation.inbox.gate import Gate
from federation.relations import Standing
from federation.runtime import Federation
from protocol import nodeinfo, strict_json
from protocol.errors import MalformedDocument, ProtocolError
from protocol.http_signatures import SignedMessage
from protocol.iri import origin_of
from protocol.media_types import LD_JSON_AS2, is_activity_type, wants_activity
from protocol.vocabulary import collections

JRD = "application/jrd+json"
PROBLEM = "application/problem+json"
OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}
# Codes that FEP-c180 names; all others are explained under this address of ours.
PROBLEM_TYPE = "https://w3id.org/fep/c180#{code}"
_OF_FEP_C180 = frozenset({"unsupported-type", "duplicate-delivery", "approval-required"})
_NUMBER_BYTES = 8


def peer_routes(federation: Federation) -> list[web.RouteDef]:
    """Every route for peers. `/coop` and `/node` send a browser on to the coop's page."""
    peers = _Peers(federation)
    return [
        web.post("/inbox", peers.inbox),
        web.post("/coop/inbox", peers.inbox),
        web.get("/coop", peers.coop),
        web.get("/node", peers.node),
        web.get("/coop/outbox", peers.outbox),
        web.get("/node/outbox", peers.empty_outbox),
        web.get("/coop/followers", peers.hidden_collection),
        web.get("/coop/following", peers.hidden_collection),
        web.get("/coop/catalogue", peers.catalogue),
        web.get("/activities/{id}", peers.activity),
        web.get("/.well-known/webfinger", peers.webfinger),
        web.get("/.well-known/nodeinfo", peers.nodeinfo_links),
        web.get("/nodeinfo/{version}", peers.nodeinfo),
    ]


async def object_response(federation: Federation, request: web.Request) -> web.Response:
    """The ActivityPub form of an address that people and peers share, such as a listing's."""
    return await _Peers(federation).document(request)


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """RFC 9457 problem details: which check failed, in a word for programs and a sentence."""
    kind = PROBLEM_TYPE.format(code=code) if code in _OF_FEP_C180 else "about:blank"
    body = {"type": kind, "title": code, "status": status, "detail": detail, "code": code}
    return web.json_response(body, status=status, content_type=PROBLEM, headers=headers)


def signed_message(
    federation: Federation, request: web.Request, body: bytes | None
) -> SignedMessage:
    """The request as its signature sees it: our configured authority, the path as it came.

    Raises Refused (421) when the request is for another host; never looks at X-Forwarded-*.
    """
    identities = federation.identities
    host = request.headers.get("Host", "")
    if host.lower() != identities.authority:
        raise Refused(
            421,
            "wrong-host",
            f"This node is {identities.authority}; a request for another host is not answered. "
            "A proxy in front of the node must pass the Host header on.",
        )
    return SignedMessage(
        method=request.method,
        target=request.raw_path,
        authority=identities.authority,
        scheme=origin_of(identities.base).scheme,
        headers=tuple((name.lower(), value) for name, value in request.headers.items()),
        body=body,
    )


class _Peers:
    """The handlers, over one federation."""

    def __init__(self, federation: Federation) -> None:
        self._federation = federation
        self._gate = Gate(
            federation.database, federation.keys, federation.settings, federation.clock
        )

    async def inbox(self, request: web.Request) -> web.Response:
        settings = self._federation.settings
        if not is_activity_type(request.headers.get("Content-Type", "")):
            return problem(
                415,
                "unsupported-media-type",
                f"Send an activity as {LD_JSON_AS2} or application/activity+json.",
            )
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return problem(415, "compressed", "Send the activity uncompressed.")
        too_large = problem(
            413, "too-large", f"An activity has at most {settings.inbox_bytes} bytes."
        )
        if (request.content_length or 0) > settings.inbox_bytes:
            return too_large
        body = await _read(request, settings.inbox_bytes)
        if body is None:
            return too_large
        try:
            message = signed_message(self._federation, request, body)
        except Refused as refusal:
            return problem(refusal.status, refusal.code, str(refusal))
        answer = await self._federation.inbox.submit(message)
        headers = {"Retry-After": str(answer.retry_after)} if answer.retry_after else None
        if answer.status < 400:
            return web.Response(status=answer.status, headers=headers)
        return problem(answer.status, answer.code, answer.detail, headers)

    async def coop(self, request: web.Request) -> web.Response:
        if not wants_activity(request.headers.get("Accept", "")):
            return web.Response(status=303, headers={"Location": "/about", "Vary": "Accept"})
        async with self._federation.database.reading() as reader:
            profile = await self._federation.profile(reader)
            document = ourselves.signed_coop_actor(reader, profile)
        return _activity_json(document, public=True)

    async def node(self, request: web.Request) -> web.Response:
        if not wants_activity(request.headers.get("Accept", "")):
            return web.Response(status=303, headers={"Location": "/about", "Vary": "Accept"})
        async with self._federation.database.reading() as reader:
            profile = await self._federation.profile(reader)
        return _activity_json(
            ourselves.node_actor(self._federation.identities, profile), public=True
        )

    async def document(self, request: web.Request) -> web.Response:
        """Whatever the slices serve at this path, to who may see it."""
        requester = await self._requester(request)
        async with self._federation.database.reading() as reader:
            answer = await self._federation.documents.answer(reader, requester, request.path)
        return _shown(answer, requester, signed=_is_signed(request))

    async def activity(self, request: web.Request) -> web.Response:
        requester = await self._requester(request)
        async with self._federation.database.reading() as reader:
            found = await reading.activity(reader, requester, request.match_info["id"])
        return _shown(found, requester, signed=_is_signed(request))

    async def outbox(self, request: web.Request) -> web.Response:
        outbox = f"{self._federation.identities.coop.uri}/outbox"
        before = request.query.get("before")
        if before is None:
            return _activity_json(
                collections.collection(outbox, None, f"{outbox}?before={_sealed(2**62)}")
            )
        requester = await self._requester(request)
        try:
            position = _opened(before)
        except MalformedDocument as error:
            return problem(400, error.code, str(error))
        async with self._federation.database.reading() as reader:
            items, next_position = await reading.outbox_page(
                reader, requester, position, self._federation.settings.page_size
            )
        next_page = None if next_position is None else f"{outbox}?before={_sealed(next_position)}"
        page = collections.page(f"{outbox}?before={before}", outbox, items, next_page)
        return _activity_json(page, public=requester.actor is None)

    async def empty_outbox(self, _request: web.Request) -> web.Response:
        outbox = f"{self._federation.identities.node.uri}/outbox"
        return _activity_json(collections.collection(outbox, 0, None), public=True)

    async def hidden_collection(self, request: web.Request) -> web.Response:
        """Who a coop works with is told on its page, if it likes; not to every crawler."""
        address = f"{self._federation.identities.base}{request.path}"
        return _activity_json(collections.collection(address, None, None), public=True)

    async def catalogue(self, request: web.Request) -> web.Response:
        """All current listings in the order of their last change; `since` continues."""
        address = f"{self._federation.identities.coop.uri}/catalogue"
        since = request.query.get("since")
        requester = await self._requester(request)
        if since is None:
            return _activity_json(
                collections.collection(address, None, f"{address}?since="),
                public=requester.actor is None,
            )
        try:
            async with self._federation.database.reading() as reader:
                page = await self._federation.documents.catalogue_page(
                    reader, requester, since or None, self._federation.settings.page_size
                )
        except BadCursor:
            return problem(
                400, "bad-cursor", "This place in the catalogue is not known; begin at its start."
            )
        next_page = f"{address}?since={quote(page.next, safe='')}" if page.next else None
        document = collections.page(
            f"{address}?since={quote(since, safe='')}", address, page.items, next_page
        )
        return _activity_json(document, public=requester.actor is None)

    async def webfinger(self, request: web.Request) -> web.Response:
        resource = request.query.get("resource")
        if not resource:
            return problem(400, "no-resource", "Ask for a resource, like acct:coop@host.")
        try:
            found = ourselves.webfinger_document(self._federation.identities, resource)
        except MalformedDocument as error:
            return problem(400, error.code, str(error), OPEN_TO_ALL)
        if found is None:
            return problem(404, "unknown-resource", "Nobody here has that name.", OPEN_TO_ALL)
        return web.json_response(found, content_type=JRD, headers=OPEN_TO_ALL)

    async def nodeinfo_links(self, _request: web.Request) -> web.Response:
        identities = self._federation.identities
        return web.json_response(
            nodeinfo.well_known(identities.base, identities.node.uri), headers=OPEN_TO_ALL
        )

    async def nodeinfo(self, request: web.Request) -> web.Response:
        number = request.match_info["version"]
        if number not in nodeinfo.VERSIONS:
            return problem(404, "unknown-version", "NodeInfo 2.0 and 2.1 are here.")
        async with self._federation.database.reading() as reader:
            profile = await self._federation.profile(reader)
        return web.Response(
            body=strict_json.dumps(ourselves.nodeinfo_document(number, profile)),
            headers={"Content-Type": nodeinfo.content_type(number), **OPEN_TO_ALL},
        )

    async def _requester(self, request: web.Request) -> Requester:
        """Who asks. An unsigned request is anyone's; a signature that does not hold is refused.

        Only actors that we are related to are looked at: for anybody else the public view is
        enough, and no stranger can make us fetch keys by asking.
        """
        if not _is_signed(request):
            return ANYONE
        try:
            message = signed_message(self._federation, request, None)
            claims = claims_in(message)
            if claims is None:
                return ANYONE
            actor = await signer_of(
                message,
                claims,
                self._federation.keys,
                self._federation.clock.now(),
                self._gate.for_one_message(),
            )
        except (ProtocolError, FederationError) as error:
            raise _refusal(error) from None
        return await self._standing(actor)

    async def _standing(self, actor: str) -> Requester:
        """A node's own actor reads for its coop: the standing is that of the coop on its origin."""
        async with self._federation.database.reading() as reader:
            found = {actor: await relations.standing(reader, actor)}
            if found[actor] is Standing.STRANGER:
                for coop in await relations.coops_of_node(reader, actor):
                    found[coop] = await relations.standing(reader, coop)
        named = next((uri for uri, how in found.items() if how is not Standing.STRANGER), actor)
        return Requester(named, found[named])


def _refusal(error: ProtocolError | FederationError) -> web.HTTPException:
    status = error.status_hint if isinstance(error, ProtocolError) else 401
    if isinstance(error, Refused):
        status = error.status
    body = problem(status, error.code, str(error))
    kind = {400: web.HTTPBadRequest, 403: web.HTTPForbidden, 421: web.HTTPMisdirectedRequest}.get(
        status, web.HTTPUnauthorized
    )
    refused: web.HTTPException = kind(body=body.body, content_type=PROBLEM)
    return refused


async def _read(request: web.Request, most: int) -> bytes | None:
    """The body, or None as soon as there is more than `most`: a length can be a lie."""
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


def _shown(answer: Answer, requester: Requester, *, signed: bool) -> web.Response:
    match answer:
        case Withdrawn(tombstone):
            return _activity_json(tombstone, status=410, public=True)
        case Protected() if not signed:
            return problem(401, "signature-missing", "This is not for everybody; sign the request.")
        case dict() as document:
            return _activity_json(document, public=requester.actor is None)
    return problem(404, "not-found", "There is nothing here for you.")


def _activity_json(
    document: dict[str, Any], *, status: int = 200, public: bool = False
) -> web.Response:
    cache = "public, max-age=60" if public else "private, no-store"
    return web.Response(
        body=strict_json.dumps(document),
        status=status,
        headers={
            "Content-Type": LD_JSON_AS2,
            "Vary": "Accept, Signature",
            "Cache-Control": cache,
            **(OPEN_TO_ALL if public else {}),
        },
    )


def _is_signed(request: web.Request) -> bool:
    return "Signature" in request.headers or "Signature-Input" in request.headers


def _sealed(position: int) -> str:
    return base64.urlsafe_b64encode(position.to_bytes(_NUMBER_BYTES)).decode().rstrip("=")


def _opened(cursor: str) -> int:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != _NUMBER_BYTES:
        raise MalformedDocument("This page of the outbox is not known.", code="bad-cursor")
    return int.from_bytes(raw) % 2**63
