"""Coops as people meet them: our own page, our neighbours' pages, and their weaves."""

from aiohttp import web

from node import joining, listings, peers, policies
from node.errors import NotFound
from node.i18n import _
from node.listings import SearchQuery
from ui.web import weave
from ui.web.cards import coop_card
from ui.web.carrying import contacts_file
from ui.web.context import member_of, node_of, visitor_of
from ui.web.faces import confirmation_code, known_coops
from ui.web.templating import render

routes = web.RouteTableDef()

SHOWN = 24
DIGEST_HEX = 64


@routes.get("/about")
async def about(request: web.Request) -> web.StreamResponse:
    node, visitor = node_of(request), visitor_of(request)
    async with node.reading() as reader:
        profile = await node.profile(reader)
        can_join = visitor.account is None and await joining.is_open(reader)
        shown_to = await policies.value(reader, policies.OFFICES_SHOWN_TO)
        shows_offices = visitor.account is not None or shown_to == "everybody"
        page = await listings.search(
            reader, SearchQuery(origin="local", limit=SHOWN), visitor.viewer, node.clock.now()
        )
    return await render(
        request,
        "coops/about.html",
        shows_offices=shows_offices,
        here="more",
        profile=profile,
        card=coop_card(node.config.address, profile, "/about"),
        page=page,
        can_join=can_join,
        handle=f"@coop@{node.federation.identities.authority}",
        address=node.config.address,
        key_words=confirmation_code(node.federation.identities.coop.digest),
    )


@routes.get("/coops")
async def coops(request: web.Request) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        known = [peer for peer in await known_coops(request, reader) if peer.works_with_us]
        offers = await listings.mirrors_by_coop(reader, visitor_of(request).viewer)
    return await render(request, "coops/coops.html", here="more", known=known, offers=offers)


@routes.get("/coops/contacts.{form:vcf|csv}")
async def take_along(request: web.Request) -> web.StreamResponse:
    """The coops we work with, for a member's address book or a spreadsheet."""
    member_of(request)
    async with node_of(request).reading() as reader:
        cards = await peers.contacts(reader)
    return await contacts_file(cards, "coops", request.match_info["form"])


@routes.get("/coops/{authority}")
async def coop(request: web.Request) -> web.StreamResponse:
    node, visitor = node_of(request), visitor_of(request)
    async with node.reading() as reader:
        known = await known_coops(request, reader)
        authority = request.match_info["authority"].lower()
        peer = next((peer for peer in known if peer.authority == authority), None)
        if peer is None or not (peer.works_with_us or visitor.is_admin):
            raise NotFound(_("We do not work with a coop at that address."))
        page = await listings.search(
            reader, SearchQuery(coop=peer.uri, limit=SHOWN), visitor.viewer, node.clock.now()
        )
    return await render(request, "coops/coop.html", here="more", peer=peer, page=page)


@routes.get("/weave/{name}.svg")
async def weave_image(request: web.Request) -> web.StreamResponse:
    """The cloth of a key, `<hex digest>.svg`, or its strip, `<hex digest>-band.svg`."""
    name = request.match_info["name"]
    digest_hex, _dash, form = name.partition("-")
    if len(digest_hex) != DIGEST_HEX or form not in ("", "band"):
        raise NotFound(_("There is no such weave."))
    try:
        digest = bytes.fromhex(digest_hex)
    except ValueError:
        raise NotFound(_("There is no such weave.")) from None
    drawing = weave.band(digest) if form else weave.svg(digest)
    return web.Response(
        text=drawing,
        content_type="image/svg+xml",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
