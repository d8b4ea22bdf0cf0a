"""Coops as people meet them: our own page, our neighbours' pages, and their weaves."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from aiohttp import web
from msgspec import Struct

from federation.storage import Reader
from node import directory, joining, limits, listings, offices, peers, policies
from node.errors import NotFound
from node.i18n import _
from node.listings import SearchQuery
from node.peers import GOVERNANCE_WORDS, OPENING_WORDS, Governance, Opening
from node.text import fold
from ui.web import weave
from ui.web.cards import coop_card
from ui.web.carrying import contacts_file
from ui.web.category_words import among
from ui.web.context import member_of, node_of, visitor_of
from ui.web.council_words import rule_lines
from ui.web.faces import confirmation_code, known_coops, neighbour
from ui.web.navigation import LONGEST_WORDS
from ui.web.pages.search import Where, where
from ui.web.public_facts import neighbour_facts, public_card
from ui.web.templating import render, with_query
from ui.web.weight_words import SCHEMES
from ui.web.words import KINDS

routes = web.RouteTableDef()

SHOWN = 24
SECTORS_SHOWN = 8
DIGEST_HEX = 64


@routes.get("/about")
async def about(request: web.Request) -> web.StreamResponse:
    node, visitor = node_of(request), visitor_of(request)
    async with node.reading() as reader:
        profile = peers.in_tongue(await node.profile(reader), visitor.language)
        told = await peers.told_by_us(reader, visitor.language)
        can_join = visitor.account is None and await joining.is_open(reader)
        shown_to = await policies.value(reader, policies.OFFICES_SHOWN_TO)
        shows_offices = visitor.account is not None or shown_to == "everybody"
        page = await listings.search(
            reader, SearchQuery(origin="local", limit=SHOWN), visitor.viewer, node.clock.now()
        )
        governing = await directory.our_governing(reader, visitor.viewer)
        known = await offices.committees(reader) if shows_offices else []
        neighbours = directory.shown_to(visitor.viewer, await known_coops(request, reader))
        vouched = await peers.vouched_by(reader, neighbours)
    return await render(
        request,
        "coops/about.html",
        committees=[one for one in known if one.id and not one.is_over],
        shows_offices=shows_offices,
        governing=governing,
        rule_lines=rule_lines,
        here="more",
        profile=profile,
        tells=told,
        vouchers=vouched.get(node.federation.identities.coop.uri, ()),
        card=coop_card(node.config.address, node.weave, profile, "/about"),
        page=page,
        can_join=can_join,
        handle=f"@coop@{node.federation.identities.authority}",
        address=node.config.address,
        key_words=confirmation_code(node.federation.identities.coop.digest),
    )


@routes.get("/coops")
async def coops(request: web.Request) -> web.StreamResponse:
    """A directory: what each offers, how it is made, where, and in which federations it is."""
    async with node_of(request).reading() as reader:
        seen = await directory_of(request, reader)
    found, wanted = seen.found, seen.wanted
    offered = {kind for one in found for kind, _count in one.kinds} | {wanted.kind}
    governed = {one.told.governance for one in found} | {wanted.governance}
    return await render(
        request,
        "coops/coops.html",
        here="more",
        card=await public_card(request, "/coops", _("Coops we work with")),
        found=found,
        wanted=wanted,
        is_narrowed=bool(request.query),
        asked=request.query,
        place=seen.place,
        together=seen.together,
        kinds=[one for one in KINDS if one in offered],
        sectors=among(_sectors(found, wanted.sector)),
        governances=[one for one in Governance if one in governed],
        governance_words=GOVERNANCE_WORDS,
        schemes=SCHEMES,
        rule_lines=rule_lines,
        opening_words=OPENING_WORDS,
        link=lambda **changes: with_query(request, changes),
    )


def _sectors(found: Sequence[directory.Neighbour], wanted: str) -> list[str]:
    """Those of most coops, each once as it is written most often; the one that is wanted first."""
    written = Counter(line for one in found if one.told.sectors for line in one.told.sectors.lines)
    words = [*([wanted] if wanted else []), *(word for word, _count in written.most_common())]
    once = {fold(word): word for word in reversed(words)}
    return [word for word in words if once[fold(word)] == word][:SECTORS_SHOWN]


class Seen(Struct, frozen=True):
    """The directory as the address of its page narrows it down."""

    wanted: directory.Wanted
    place: Where
    together: Sequence[directory.Federated]
    found: Sequence[directory.Neighbour]


async def directory_of(request: web.Request, reader: Reader) -> Seen:
    """What this visitor may see of it."""
    visitor, asked = visitor_of(request), request.query
    # Towns are read from a file at first use: too long for the loop to stand still.
    place = await asyncio.to_thread(where, asked.get("near", ""))
    together = await directory.federations(reader) if visitor.account else []
    wanted = directory.Wanted(
        q=asked.get("q", "")[:LONGEST_WORDS],
        kind=asked.get("kind") or None,
        near=place.position,
        federation=next((f.id for f in together if f.id == asked.get("federation")), None),
        opening=next((one for one in Opening if one == asked.get("opening")), None),
        governance=next((one for one in Governance if one == asked.get("governance")), None),
        sector=asked.get("sector", "")[: limits.COOP_SECTOR_LONGEST],
    )
    known = await known_coops(request, reader)
    found = await directory.neighbours(
        reader, known, wanted, visitor.viewer, together, visitor.language
    )
    return Seen(wanted, place, together, found)


@routes.get("/coops/contacts.vcf")
async def take_along(request: web.Request) -> web.StreamResponse:
    """The coops we work with, for a member's address book."""
    member_of(request)
    async with node_of(request).reading() as reader:
        cards = await peers.contacts(reader)
    return await contacts_file(cards, "coops", "vcf")


@routes.get("/coops/{authority}")
async def coop(request: web.Request) -> web.StreamResponse:
    node, visitor = node_of(request), visitor_of(request)
    async with node.reading() as reader:
        peer = await neighbour(request, reader)
        told = await peers.told_by(reader, peer.uri, visitor.language)
        page = await listings.search(
            reader, SearchQuery(coop=peer.uri, limit=SHOWN), visitor.viewer, node.clock.now()
        )
        ours = await directory.federations(reader) if visitor.account else []
        names = (await directory.named_by_each(reader, [peer.uri])).get(peer.uri, ())
        known = directory.shown_to(visitor.viewer, await known_coops(request, reader))
        vouched = await peers.vouched_by(reader, known)
        ours_too = peer.uri in (await peers.our_telling(reader)).vouches_for
    return await render(
        request,
        "coops/coop.html",
        here="more",
        peer=peer,
        card=await public_card(request, request.path, peer.name, neighbour_facts(peer, told))
        if peer.works_with_us and not peer.limited
        else None,
        tells=told,
        vouchers=vouched.get(peer.uri, ()),
        ours_too=ours_too,
        page=page,
        together=[one for one in ours if peer.uri in one.coops],
        names=names,
        rule_lines=rule_lines,
    )


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
