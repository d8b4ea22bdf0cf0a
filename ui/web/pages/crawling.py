"""What search engines ask for first: where they need not look, and which pages there are."""

from html import escape

from aiohttp import web

from federation.storage import Reader
from node import council, directory, group, joining, listings, offices, peers, policies
from node.listings import ANYBODY
from protocol import datetimes
from ui.web.context import node_of

routes = web.RouteTableDef()

# Nothing there is for somebody who comes from a search. Secret links are not among them: their
# pages say `noindex`, which only who may ask for a page reads. What is named here and linked
# somewhere can be listed, by its address alone.
NOT_FOR_SEARCH = ("/account", "/api/", "/language", "/sign-in", "/search?", "/search.")
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_PROPOSALS = 1_000
"""Of each federation, the newest."""
_FIXED = ("/", "/about", "/coops", "/policies", "/privacy")


@routes.get("/robots.txt")
async def robots(request: web.Request) -> web.StreamResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in NOT_FOR_SEARCH),
        f"Sitemap: {node_of(request).config.address}/sitemap.xml",
    ]
    return web.Response(text="\n".join(lines) + "\n", content_type="text/plain")


@routes.get("/sitemap.xml")
async def sitemap(request: web.Request) -> web.StreamResponse:
    """The pages that are for everybody; of a coop that moved away, none."""
    node = node_of(request)
    address = node.config.address
    async with node.reading() as reader:
        has_moved = (await node.profile(reader)).moved_to is not None
        paths = [] if has_moved else await _paths(reader)
        offers = [] if has_moved else await listings.public_pages(reader)
    entries = [_entry(address + path) for path in paths]
    entries += [_entry(uri, f"<lastmod>{datetimes.format(at)}</lastmod>") for uri, at in offers]
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAP}">\n'
    return web.Response(
        text=text + "\n".join(entries) + "\n</urlset>\n", content_type="application/xml"
    )


async def _paths(reader: Reader) -> list[str]:
    """All but the listings."""
    paths = [*_FIXED, *(["/join"] if await joining.is_open(reader) else [])]
    neighbours = directory.shown_to(ANYBODY, await peers.peers(reader))
    paths += [f"/coops/{one.authority}" for one in neighbours]
    paths += [f"/policies/{name}" for name in policies.REGISTRY]
    if await policies.value(reader, policies.OFFICES_SHOWN_TO) == "everybody":
        known = await offices.committees(reader)
        paths += [
            "/offices",
            *(f"/offices/committees/{one.id}" for one in known if one.id and not one.is_over),
        ]
    for charter, federation_id in await group.charters(reader):
        names = await council.public_names(reader, federation_id, _PROPOSALS)
        page = f"/federations/{charter}"
        paths += [page, *(f"{page}/proposals/{name}" for name in names)]
    return paths


def _entry(uri: str, more: str = "") -> str:
    return f"<url><loc>{escape(uri)}</loc>{more}</url>"
