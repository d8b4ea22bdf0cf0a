"""The peers' routes: what a node answers to other nodes, status codes included."""

from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from functools import partial
from typing import NoReturn

import structlog
from aiohttp import web

from federation import correspondence as letters
from federation import local_actors, ourselves
from federation.documents import (
    ANYONE,
    BadCursor,
    Protected,
    Requester,
    Withdrawn,
)
from federation.documents import Answer as DocumentAnswer
from federation.errors import FederationError, Refused, StorageUnavailable
from federation.inbox.apply import SUSPENDED, Answer
from federation.inbox.authenticate import claims_in
from federation.inbox.receive import about_key
from federation.refused_fetches import told_above
from federation.relations import Standing
from federation.runtime import Federation
from federation.served import collections
from federation.served.answers import activity_json, plain_json, problem
from federation.served.requests import check_host, check_text, read_activity, signed_message
from protocol import nodeinfo, webfinger
from protocol.errors import ProtocolError
from protocol.media_types import JRD_JSON, wants_activity
from protocol.vocabulary.collections import collection

log = structlog.get_logger()

__all__ = ["object_response", "peer_routes", "problem"]

Route = Callable[[Federation, web.Request], Awaitable[web.Response]]
_QUIET = frozenset({"accepted", "deferred"})


def peer_routes(federation: Federation) -> list[web.RouteDef]:
    """Everything that peers use, but for objects that share their address with a page."""

    def get(path: str, route: Route) -> web.RouteDef:
        return web.get(path, _explained(partial(route, federation)))

    def post(path: str) -> web.RouteDef:
        return web.post(path, _explained(partial(deliver, federation)))

    return [
        post("/inbox"),
        post("/coop/inbox"),
        post("/federations/{name}/inbox"),
        get("/inbox", refuse_reading),
        get("/coop/inbox", refuse_reading),
        get("/federations/{name}/inbox", refuse_reading),
        get("/coop", coop),
        get("/node", node),
        get("/coop/outbox", outbox),
        get("/node/outbox", outbox),
        get("/federations/{name}/outbox", outbox),
        get("/coop/followers", follows),
        get("/coop/following", follows),
        get("/coop/catalogue", catalogue),
        get("/coop/correspondence", correspondence),
        get("/activities/{number}", activity),
        get(webfinger.PATH, web_finger),
        get("/.well-known/nodeinfo", node_info_links),
        get("/nodeinfo/{version}", node_info),
    ]


async def object_response(federation: Federation, request: web.Request) -> web.Response:
    """The AS2 form of an object whose address is also a page's."""
    return await _explained(partial(_object, federation))(request)


async def deliver(federation: Federation, request: web.Request) -> web.Response:
    """A peer hands over an activity."""
    base = federation.identities.base
    check_host(request, base)
    body = await read_activity(request, federation.settings)
    answer = await federation.inbox.submit(signed_message(request, base, body))
    quiet = answer.code in _QUIET
    said = web.Response(status=answer.status) if quiet else _problem(answer)
    # Peers compare their clock with ours, which is the one by which we sign.
    said.headers["Date"] = format_datetime(federation.clock.now(), usegmt=True)
    return said


async def refuse_reading(_: Federation, __: web.Request) -> web.Response:
    answer = problem(405, "method-not-allowed", "The inbox takes deliveries by POST only.")
    answer.headers["Allow"] = "POST"
    return answer


async def coop(federation: Federation, request: web.Request) -> web.Response:
    if _wants_page(request):
        return _to_page()
    async with federation.database.reading() as reader:
        said = await federation.profile(reader)
        return activity_json(ourselves.signed_coop_actor(reader, said))


async def node(federation: Federation, request: web.Request) -> web.Response:
    """Readable unsigned, whatever else is protected: its key is needed to check any signature."""
    if _wants_page(request):
        return _to_page()
    async with federation.database.reading() as reader:
        said = await federation.profile(reader)
    return activity_json(ourselves.node_actor(federation.identities, said))


async def outbox(federation: Federation, request: web.Request) -> web.Response:
    requester = await _requester(federation, request)
    actor = federation.identities.base + request.path.removesuffix("/outbox")
    cursor = request.query.get("cursor")
    async with federation.database.reading() as reader:
        if not await local_actors.identity(reader, actor):
            return _not_found()
        if cursor is None:
            document = await collections.outbox(reader, requester, actor)
        else:
            size = federation.settings.page_size
            document = await collections.outbox_page(reader, requester, actor, cursor, size)
    return activity_json(document, private=requester is not ANYONE)


async def follows(federation: Federation, request: web.Request) -> web.Response:
    """Whom a coop works with is told on its page, if it likes; not to every crawler."""
    address = f"{federation.identities.base}{request.path}"
    return activity_json(collection(address, None, None))


async def catalogue(federation: Federation, request: web.Request) -> web.Response:
    requester = await _requester(federation, request)
    if requester.standing is Standing.SUSPENDED:
        # What is only not shown for now must not look as if it were gone.
        raise Refused(SUSPENDED.status, SUSPENDED.code, SUSPENDED.detail)
    actor, documents = federation.identities.coop.uri, federation.documents
    since = request.query.get("since")
    async with federation.database.reading() as reader:
        if since is None:
            document = await collections.catalogue(reader, requester, documents, actor)
        else:
            size = federation.settings.page_size
            document = await collections.catalogue_page(
                reader, requester, documents, actor, since, size
            )
    return activity_json(document, private=requester is not ANYONE)


async def correspondence(federation: Federation, request: web.Request) -> web.Response:
    """What a coop said to us and we to it, for a coop that lost its memory: for it alone."""
    requester = await _requester(federation, request)
    if requester.actor is None:
        _hide(requester)
    if requester.standing is Standing.SUSPENDED:
        raise Refused(SUSPENDED.status, SUSPENDED.code, SUSPENDED.detail)
    actor, since = federation.identities.coop.uri, request.query.get("since")
    cursor = request.query.get("cursor")
    # Whoever has its address today must show that the coop's own keys are followed by its own.
    await federation.actors.look_at(requester.actor)
    async with federation.database.reading() as reader:
        floor = await letters.readable_since(reader, requester)
        if cursor is None:
            return activity_json(letters.correspondence(actor, since), private=True)
        document = await letters.correspondence_page(
            reader,
            federation.handlers,
            actor,
            requester.actor,
            since,
            cursor,
            federation.settings.correspondence_page_bytes,
            floor=floor,
        )
    return activity_json(document, private=True)


async def activity(federation: Federation, request: web.Request) -> web.Response:
    number = request.match_info["number"]
    async with federation.database.reading() as reader:
        found = await collections.activity(reader, ANYONE, number)
    if isinstance(found, Protected):
        requester = await _requester(federation, request)
        async with federation.database.reading() as reader:
            found = await collections.activity(reader, requester, number)
    # Its address was given to nobody else: to whom it was not sent, it is not there, signed or not.
    if found is None or isinstance(found, Protected):
        return _not_found()
    body, public = found
    return activity_json(body, private=not public)


async def web_finger(federation: Federation, request: web.Request) -> web.Response:
    resource = request.query.get("resource")
    if not resource:
        raise Refused(400, "no-resource", "Name what you look for: ?resource=acct:coop@host.")
    found = ourselves.webfinger_document(federation.identities, resource)
    if found is None:
        async with federation.database.reading() as reader:
            found = await local_actors.webfinger_document(reader, resource)
    return plain_json(found, JRD_JSON) if found else _not_found()


async def node_info_links(federation: Federation, _: web.Request) -> web.Response:
    identities = federation.identities
    document = nodeinfo.well_known(identities.base, identities.node.uri)
    return plain_json(document, "application/json")


async def node_info(federation: Federation, request: web.Request) -> web.Response:
    version = request.match_info["version"]
    if version not in nodeinfo.VERSIONS:
        return _not_found()
    async with federation.database.reading() as reader:
        said = await federation.profile(reader)
    return plain_json(ourselves.nodeinfo_document(version, said), nodeinfo.content_type(version))


async def _object(federation: Federation, request: web.Request) -> web.Response:
    # Asked as anyone first: a public object must not cost a key look-up, and two nodes that
    # checked each other's signature for it would wait for one another.
    requester = ANYONE
    if federation.documents.counts(request.path):
        requester = await _requester(federation, request)
        found = await _counted(federation, requester, request.path)
    else:
        async with federation.database.reading() as reader:
            found = await federation.documents.answer(reader, requester, request.path)
    if isinstance(found, Protected) and requester is ANYONE:
        requester = await _requester(federation, request)
        async with federation.database.reading() as reader:
            found = await federation.documents.answer(reader, requester, request.path)
    if isinstance(found, Protected):
        _hide(requester)
    if found is None:
        return _not_found()
    private = requester is not ANYONE
    if isinstance(found, Withdrawn):
        return activity_json(found.tombstone, status=410, private=private)
    return activity_json(found, private=private)


async def _counted(federation: Federation, requester: Requester, path: str) -> DocumentAnswer:
    """What leaves a trace when it is read; nobody reads it unsigned."""
    if requester is ANYONE:
        _hide(requester)
    return await federation.database.write(
        lambda uow: federation.documents.answer(uow, requester, path)
    )


async def _requester(federation: Federation, request: web.Request) -> Requester:
    """Who signed the request. Raises ProtocolError and Refused for a signature that fails."""
    message = signed_message(request, federation.identities.base, None)
    claims = claims_in(message)
    if claims is None:
        return ANYONE
    with told_above():
        return await federation.requester(message, claims)


def _problem(answer: Answer) -> web.Response:
    return problem(
        answer.status,
        answer.code,
        answer.detail,
        retry_after=answer.retry_after,
        members=dict(answer.members),
    )


def _wants_page(request: web.Request) -> bool:
    accept = request.headers.get("Accept", "")
    return "text/html" in accept and not wants_activity(accept)


def _to_page() -> web.Response:
    return web.Response(status=303, headers={"Location": "/about", "Vary": "Accept"})


def _hide(requester: Requester) -> NoReturn:
    if requester is ANYONE:
        raise Refused(401, "signature-required", "Sign the request as a peer to read this.")
    # Not 403: that it exists is nothing for those whom it was not sent to.
    raise Refused(404, "not-found", "There is nothing at this address.")


def note_refusal(request: web.Request, status: int, code: str) -> None:
    """One line per request refused before the inbox saw it; nothing secret."""
    path = ascii(request.path[:200])
    log.warning("peer-refused", method=request.method, path=path, status=status, code=code)


def _not_found() -> web.Response:
    return problem(404, "not-found", "There is nothing at this address.")


def _explained(
    route: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Turns our errors into problem documents; the one place that knows status codes of errors."""

    async def explained(request: web.Request) -> web.Response:
        try:
            check_text(request)
            return await route(request)
        except BadCursor:
            note_refusal(request, 400, "bad-cursor")
            return problem(400, "bad-cursor", "That position is unknown; read from the start.")
        except Refused as refusal:
            note_refusal(request, refusal.status, refusal.code)
            return problem(refusal.status, refusal.code, refusal.detail)
        except ProtocolError as error:
            note_refusal(request, error.status_hint, error.code)
            return problem(error.status_hint, error.code, str(error))
        except StorageUnavailable as error:
            return problem(503, error.code, str(error), retry_after=5)
        except FederationError as error:
            answer = about_key(error)
            note_refusal(request, answer.status, answer.code)
            return _problem(answer)

    return explained
