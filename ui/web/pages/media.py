"""Pictures, each from an address under /media/, where nothing else lies: no page, no document.

Files carry no type that a peer reads as a message, and no browser opens them as anything but a
picture inside a page of ours.
"""

from pathlib import Path

from aiohttp import web

from node import listings, media, peers, profiles
from node.listings import Visibility
from ui.web.context import member_of, node_of, visitor_of
from ui.web.faces import neighbour
from ui.web.picture_file import PictureFile

routes = web.RouteTableDef()

_FILE = r"{name:[0-9a-f]{32,64}}-{size:320|800|1600}.webp"
_HEADERS = {
    "Content-Type": "image/webp",
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
# A picture never changes: another one has another name.
_FOR_ALL = "public, max-age=31536000, immutable"
_FOR_ONE = "private, max-age=31536000, immutable"


@routes.get("/media/listings/{id}/" + _FILE)
async def of_listing(request: web.Request) -> web.StreamResponse:
    """A picture of a listing of ours, for whoever may see the listing.

    Peers ask unsigned: for what they may have, the name that only they were told is enough.
    """
    node, visitor = node_of(request), visitor_of(request)
    name = request.match_info["name"]
    async with node.reading() as reader:
        listing = await listings.listing(reader, request.match_info["id"])
    if listing is None or name not in {one.digest for one in listing.pictures}:
        raise web.HTTPNotFound
    is_out = listing.publication_id is not None
    if not (is_out or listings.visible(listing, visitor.viewer)):
        raise web.HTTPNotFound
    for_all = is_out and listing.visibility is Visibility.PUBLIC
    return _answer(await node.pictures.file(name, _size(request)), for_all=for_all)


@routes.get("/media/people/{id}/" + _FILE)
async def of_person(request: web.Request) -> web.StreamResponse:
    """Somebody's picture of themselves, for whoever sees it; no cache keeps it for others."""
    node, account = node_of(request), visitor_of(request).account
    async with node.reading() as reader:
        viewer = await profiles.viewer(reader, account.id if account else None)
        found = await profiles.profile(reader, request.match_info["id"])
    seen = profiles.shown(found, viewer) if found else None
    name = request.match_info["name"]
    if seen is None or seen.texts.get(profiles.Field.PICTURE) != name:
        raise web.HTTPNotFound
    return _answer(await node.pictures.file(name, _size(request)), for_all=False)


@routes.get("/media/new/" + _FILE)
async def just_sent(request: web.Request) -> web.StreamResponse:
    """A picture that somebody sent for what is not kept yet, for them alone."""
    account, node, name = member_of(request), node_of(request), request.match_info["name"]
    async with node.reading() as reader:
        if not await media.was_sent_by(reader, name, account.id):
            raise web.HTTPNotFound
    return _answer(await node.pictures.file(name, _size(request)), for_all=False)


@routes.get("/media/mirrors/{id}/" + _FILE)
async def of_mirror(request: web.Request) -> web.StreamResponse:
    """A picture of another coop's listing: this node gets it once, so that the coop never learns
    who looks."""
    node, visitor = node_of(request), visitor_of(request)
    name = request.match_info["name"]
    async with node.reading() as reader:
        mirror = await listings.mirror(reader, request.match_info["id"])
    if mirror is None or not listings.mirror_visible(mirror, visitor.viewer):
        raise web.HTTPNotFound
    theirs = next((one for one in mirror.pictures if one.name == name), None)
    if theirs is None:
        raise web.HTTPNotFound
    file = await node.fetched_pictures.file(
        mirror.id,
        name,
        _size(request),
        theirs.url,
        bytes.fromhex(theirs.digest) if theirs.digest else None,
        fetch=not node.quarantine.is_on,
    )
    for_all = listings.mirror_visible(mirror, listings.ANYBODY)
    return _answer(file, for_all=for_all)


@routes.get("/media/coop/" + _FILE)
async def our_logo(request: web.Request) -> web.StreamResponse:
    """The picture by which our coop is known, for everybody."""
    node, name = node_of(request), request.match_info["name"]
    async with node.reading() as reader:
        used = await peers.used_pictures(reader)
    if name not in used:
        raise web.HTTPNotFound
    return _answer(await node.pictures.file(name, _size(request)), for_all=True)


@routes.get("/media/coops/{authority}/" + _FILE)
async def their_logo(request: web.Request) -> web.StreamResponse:
    """A neighbour's, which this node gets once, so that the neighbour never learns who looks."""
    node, name = node_of(request), request.match_info["name"]
    async with node.reading() as reader:
        peer = await neighbour(request, reader)
        logo = await peers.logo_of(reader, peer.uri)
    if logo is None or logo.name != name:
        raise web.HTTPNotFound
    file = await node.fetched_pictures.file(
        peers.folder_of(peer.uri),
        name,
        _size(request),
        logo.url,
        bytes.fromhex(logo.digest) if logo.digest else None,
        fetch=not node.quarantine.is_on,
    )
    return _answer(file, for_all=peer.works_with_us)


def _size(request: web.Request) -> int:
    return int(request.match_info["size"])


def _answer(file: Path | None, *, for_all: bool) -> web.StreamResponse:
    if file is None:
        raise web.HTTPNotFound
    keep = {"Cache-Control": _FOR_ALL if for_all else _FOR_ONE}
    return PictureFile(file, headers=_HEADERS | keep)
