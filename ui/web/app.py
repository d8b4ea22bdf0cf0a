"""The whole web face of one node: pages, API and the peers' routes in one application."""

import asyncio
import gzip
from functools import cache
from mimetypes import guess_type
from typing import Any

from aiohttp import web

from federation.routes import peer_routes
from node import doctor
from node.runtime import Node
from protocol.media_types import takes_gzip
from ui.web import lists, middleware, pace, pages, step_up
from ui.web.api.routes import api_routes
from ui.web.connections import HEAD_SECONDS, SEATS, Runner
from ui.web.context import LIST_FORMS, NODE, PEER_PATHS
from ui.web.drawings import DRAWINGS, Drawings
from ui.web.letters import typeset
from ui.web.proxies import are_visitors_one
from ui.web.reading import LARGEST_FORM, SENDING, UPLOADS
from ui.web.seats import Seats
from ui.web.templating import STATIC

STATIC_FILES = frozenset(path.name for path in STATIC.iterdir() if path.is_file())
A_YEAR = "public, max-age=31536000, immutable"


def build_app(node: Node) -> web.Application:
    """What `serve`, the demo and the tests put on a socket; they open and close the node."""
    app = web.Application(
        middlewares=[
            middleware.set_headers,
            middleware.explain_errors,
            pace.limit_names,
            middleware.answer_peers,
            middleware.for_visitors(
                middleware.know_visitor,
                pace.keep_pace,
                middleware.one_file_at_a_time,
                middleware.refuse_foreign_forms,
                middleware.listen_first,
                step_up.ask_again,
            ),
        ],
        client_max_size=LARGEST_FORM,
    )
    app[NODE] = node
    node.mail.typesetter = typeset
    node.rounds = doctor.Rounds(node).make
    app[pace.PACE] = pace.buckets(node.processes)
    app[pace.NAMES] = pace.names_asked(node.processes)
    app[UPLOADS] = frozenset({"/domains/list", "/exchange", "/members/import", "/settings"})
    app[SENDING] = set()
    config = node.config
    app[SEATS] = Seats(config.connections, config.connections_per_address, config.trusted_proxies)
    app[DRAWINGS] = Drawings(node.config.cache / "drawings")
    for_peers = peer_routes(node.federation)
    app[PEER_PATHS] = frozenset(route.path for route in for_peers)
    app.add_routes(for_peers)
    app[LIST_FORMS] = lists.FORMS
    app.add_routes(lists.routes_of(lists.LISTS))
    app.add_routes(pages.routes())
    app.add_routes(api_routes())
    app.router.add_get("/healthz", health)
    app.router.add_get("/static/{name}", static_file)
    return app


def runner_of(node: Node, *, head_seconds: float = HEAD_SECONDS, **options: Any) -> web.AppRunner:
    """The application as it is put on a socket. options: of aiohttp's server.

    What comes in packed stays packed: nobody who must be asked who they are has work done for them
    before, and a hundred kilobytes never become a hundred megabytes.
    """
    options = {"access_log": None, "auto_decompress": False, **options}
    return Runner(build_app(node), head_seconds=head_seconds, **options)


async def health(request: web.Request) -> web.StreamResponse:
    """Whether the node can answer: it reads its database. And whether it cannot tell who asks."""
    async with request.app[NODE].reading() as reader:
        await reader.ping()
    seen = {doctor.VISITORS: doctor.AS_ONE} if are_visitors_one(request) else {}
    return web.json_response({"status": "ok"} | seen)


async def static_file(request: web.Request) -> web.StreamResponse:
    """A file of ours; its address carries a digest of its content, so it may be kept for a year."""
    name = request.match_info["name"]
    if name not in STATIC_FILES:
        raise web.HTTPNotFound
    headers = {"Cache-Control": A_YEAR, "Vary": "Accept-Encoding"}
    if not takes_gzip(request.headers.get("Accept-Encoding", "")):
        return web.FileResponse(STATIC / name, headers=headers)
    headers["Content-Type"] = guess_type(name)[0] or "application/octet-stream"
    packed = await asyncio.to_thread(_packed, name)
    return web.Response(body=packed, headers=headers | {"Content-Encoding": "gzip"})


@cache
def _packed(name: str) -> bytes:
    """Packed once for all: a page weighs a third."""
    return gzip.compress((STATIC / name).read_bytes(), mtime=0)
