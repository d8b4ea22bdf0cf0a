"""What search engines ask for first: where they need not look, and which pages there are."""

from html import escape

from aiohttp import web

from node import joining, listings
from protocol import datetimes
from ui.web.context import node_of

routes = web.RouteTableDef()

# Nothing there is for somebody who comes from a search. Secret links are not among them: their
# pages say `noindex`, which only who may ask for a page reads. What is named here and linked
# somewhere can be listed, by its address alone.
NOT_FOR_SEARCH = ("/account", "/api/", "/language", "/sign-in", "/search?", "/search.")
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


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
        open_ones = [] if has_moved else await listings.public_pages(reader)
        can_join = await joining.is_open(reader)
    fixed = ["/", "/about", "/coops", "/policies", "/privacy", *(["/join"] if can_join else [])]
    pages = (
        [] if has_moved else [f"<url><loc>{escape(address + path)}</loc></url>" for path in fixed]
    )
    pages += [
        f"<url><loc>{escape(uri)}</loc><lastmod>{datetimes.format(at)}</lastmod></url>"
        for uri, at in open_ones
    ]
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAP}">\n'
    return web.Response(
        text=text + "\n".join(pages) + "\n</urlset>\n", content_type="application/xml"
    )
