"""The coop as an app on a phone: its manifest, what is kept there, and how little may be sent."""

import asyncio
import hashlib
import json
from functools import cache

from aiohttp import web

from node import i18n
from ui.web import sessions
from ui.web.context import node_of, visitor_of
from ui.web.faces import our_coop
from ui.web.middleware import SECRET_PATHS
from ui.web.navigation import local_path, see_other
from ui.web.pages.pictured import ICONS
from ui.web.reading import read_form
from ui.web.templating import STATIC, TEMPLATES, render

routes = web.RouteTableDef()

PAPER, GREEN = "#f9f4e8", "#1b573a"


@routes.get("/manifest.webmanifest")
async def manifest(request: web.Request) -> web.StreamResponse:
    """What the coop is called on a phone's screen, and its picture there: its weave."""
    node, language = node_of(request), visitor_of(request).language
    async with node.reading() as reader:
        coop, profile = await our_coop(reader, node), await node.profile(reader)
    document = {
        "name": coop.name,
        "short_name": coop.name,
        "description": profile.summary or "",
        "lang": language,
        "dir": i18n.direction(language),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": GREEN,
        "icons": _icons(coop.weave),
    }
    headers = {"Cache-Control": "private, max-age=3600"}
    return web.json_response(document, content_type="application/manifest+json", headers=headers)


def _icons(weave: str) -> list[dict[str, str]]:
    """The weave, drawn to be cut to any shape too, and for what shows no SVG as PNG."""
    plain = {"src": f"/weave/{weave}.svg", "type": "image/svg+xml", "sizes": "any"}
    made = [
        {"src": f"/icons/{weave}-{form}.png", "type": "image/png", "sizes": f"{size}x{size}"}
        for form, size in ICONS.items()
    ]
    return [
        *(icon | {"purpose": "maskable" if "maskable" in icon["src"] else "any"} for icon in made),
        plain | {"purpose": "any"},
    ]


@routes.get("/worker.js")
async def worker(_request: web.Request) -> web.StreamResponse:
    """The browser looks at it now and then; another version fills its stores anew."""
    headers = {"Cache-Control": "no-cache"}
    code = await asyncio.to_thread(_worker)
    return web.Response(text=code, content_type="text/javascript", headers=headers)


@cache
def _worker() -> str:
    """The worker, with a version that changes with all that a browser keeps of us."""
    digest = hashlib.sha256()
    kept = (*STATIC.iterdir(), *TEMPLATES.rglob("*.html"), *i18n.LOCALE.rglob("*.mo"))
    for path in sorted(kept):
        digest.update(path.read_bytes())
    code = (STATIC / "worker.js").read_text("utf-8")
    told = {"VERSION": digest.hexdigest()[:10], "SECRET": ["/api/", *SECRET_PATHS]}
    return "".join(f"const {name} = {json.dumps(value)}\n" for name, value in told.items()) + code


@routes.get("/offline")
async def offline(request: web.Request) -> web.StreamResponse:
    """What a browser shows where there is no connection; it is the same for everybody."""
    return await render(request, "offline.html")


@routes.post("/saving")
async def choose_saving(request: web.Request) -> web.StreamResponse:
    """Whether pictures and maps are left out until they are asked for."""
    data = await read_form(request)
    response = see_other(local_path(str(data.get("from", "/"))))
    chosen = "little" if data.get("saving") == "little" else "all"
    sessions.write(response, node_of(request).config, "saving", chosen, seconds=365 * 24 * 3600)
    return response
