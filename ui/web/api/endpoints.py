"""One table of endpoints: each row routes, checks who may call, reads, and describes itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct, field

from node.accounts import OF_ONESELF, AccountView, scopes_of
from node.errors import NotAllowed
from node.i18n import _
from node.runtime import Node
from protocol.errors import ProtocolError
from protocol.strict_json import loads
from ui.web.api import complaints
from ui.web.context import SignInNeeded, Visitor, node_of, visitor_of
from ui.web.reading import read_body

PREFIX = "/api/v1"
LARGEST_BODY = 256 * 1024


class Call(Struct, frozen=True):
    """One call: its node, who calls, and what was sent, already of the endpoint's own types."""

    node: Node
    visitor: Visitor
    path: dict[str, str]
    query: Any
    body: Any
    request: web.Request

    @property
    def account(self) -> AccountView:
        """Who calls; an endpoint that names a scope always has somebody."""
        if self.visitor.account is None:
            raise SignInNeeded
        return self.visitor.account


Work = Callable[[Call], Awaitable[Struct | web.StreamResponse | None]]


class Endpoint(Struct, frozen=True):
    """scope: what a token needs (accounts.SCOPES), None for what everybody may read.

    media: what it answers with when that is a file and not JSON.
    """

    method: str
    path: str
    work: Work
    summary: str
    scope: str | None
    query: type[Struct] | None
    body: type[Struct] | None
    answer: type[Struct] | None
    status: int
    example: dict[str, Any] | None
    media: tuple[str, ...]
    largest: int
    """Bytes of the body."""


class EndpointTable(Struct):
    rows: list[Endpoint] = field(default_factory=list)

    def add(
        self,
        method: str,
        path: str,
        summary: str,
        *,
        scope: str | None = None,
        query: type[Struct] | None = None,
        body: type[Struct] | None = None,
        answer: type[Struct] | None = None,
        status: int = 200,
        example: dict[str, Any] | None = None,
        media: tuple[str, ...] = (),
        largest: int = LARGEST_BODY,
    ) -> Callable[[Work], Work]:
        def register(work: Work) -> Work:
            self.rows.append(
                Endpoint(
                    method,
                    path,
                    work,
                    summary,
                    scope,
                    query,
                    body,
                    answer,
                    status,
                    example,
                    media,
                    largest,
                )
            )
            return work

        return register

    def routes(self) -> Iterator[web.RouteDef]:
        for endpoint in self.rows:
            yield web.route(endpoint.method, PREFIX + endpoint.path, _handler(endpoint))


def _handler(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        visitor = visitor_of(request)
        _check_scope(endpoint, visitor)
        call = Call(
            node=node_of(request),
            visitor=visitor,
            path=dict(request.match_info),
            query=_read_query(endpoint, request),
            body=await _read_body(endpoint, request),
            request=request,
        )
        result = await endpoint.work(call)
        if isinstance(result, web.StreamResponse):
            return result
        return answer(result, endpoint.status)

    return handle


def answer(value: Struct | None, status: int) -> web.Response:
    if value is None:
        return web.Response(status=204)
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json"
    )


def _check_scope(endpoint: Endpoint, visitor: Visitor) -> None:
    """The account's roles must allow the endpoint's scope; a token must have it, or `admin` where
    that stands for it."""
    if endpoint.scope is None:
        return
    if visitor.account is None:
        raise SignInNeeded
    enough = {endpoint.scope} if endpoint.scope in OF_ONESELF else {endpoint.scope, "admin"}
    if visitor.scopes is not None and not enough & visitor.scopes:
        raise NotAllowed(
            _("This token lacks the scope %(scope)s. Make one that has it.", scope=endpoint.scope),
            "token-scope",
        )
    if endpoint.scope not in scopes_of(visitor.account.roles):
        raise NotAllowed(
            _("This is for the people who look after this coop's node."), "admins-only"
        )


def _read_query(endpoint: Endpoint, request: web.Request) -> Struct | None:
    if endpoint.query is None:
        return None
    given = {name: text for name, text in request.query.items() if text != ""}
    return _convert(given, endpoint.query, strict=False)


async def _read_body(endpoint: Endpoint, request: web.Request) -> Struct | None:
    if endpoint.body is None:
        return None
    if request.content_type != "application/json":
        if not request.body_exists:
            return _convert({}, endpoint.body, strict=True)
        raise web.HTTPUnsupportedMediaType(text=str(_("Send JSON, as application/json.")))
    if (request.content_length or 0) > endpoint.largest:
        raise web.HTTPRequestEntityTooLarge(endpoint.largest, request.content_length or 0)
    raw = await read_body(request, endpoint.largest)
    try:
        # What is long takes long to read: not on the event loop.
        long = len(raw) > LARGEST_BODY
        document = await asyncio.to_thread(loads, raw) if long else loads(raw)
    except ProtocolError as error:
        raise web.HTTPBadRequest(text=complaints.of_json(error)) from None
    return _convert(document, endpoint.body, strict=True)


def _convert(value: Any, kind: type[Struct], *, strict: bool) -> Struct:
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise complaints.of_fields(error) from None
