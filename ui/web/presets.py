"""What the form of a new listing begins with."""

from typing import Any

from aiohttp import web

from node import listings, media
from node.errors import NotFound
from node.i18n import _
from node.listings import ListingView, Picture
from ui.web import drafts, examples
from ui.web.context import member_of, node_of, visitor_of


async def of_new(request: web.Request) -> tuple[dict[str, Any], tuple[Picture, ...]]:
    """What is usual; or an example (`template`), or another listing of ours (`like`)."""
    config, asked = node_of(request).config, request.query
    data = {
        "kind": asked.get("kind", "service"),
        "visibility": "public",
        "place": config.place,
        "currency": config.currency,
        "pay_currency": config.currency,
        "language": (usual := await language(request)),
        "languages": usual,
    }
    shown: tuple[Picture, ...] = ()
    if example := examples.EXAMPLES.get(asked.get("template", "")):
        data |= examples.fill(example) | {"language": visitor_of(request).language}
    elif "like" in asked:
        like, shown = await _like(request, asked["like"])
        data |= like
    return data, shown


async def language(request: web.Request) -> str:
    """In which they write: as they did last, else as the coop does."""
    node = node_of(request)
    async with node.reading() as reader:
        usual = await listings.usual_language(reader, member_of(request).id)
    return usual or node.config.language


async def _like(
    request: web.Request, listing_id: str
) -> tuple[dict[str, Any], tuple[Picture, ...]]:
    """A listing of ours as what another begins with: without its last day, and of its pictures
    those that were sent by whoever asks."""
    async with node_of(request).reading() as reader:
        listing = await listings.listing(reader, listing_id)
        if listing is not None and visitor_of(request).may_change(listing):
            listing = listing.latest
        digests = {one.digest for one in listing.pictures} if listing else set()
        mine = await media.sent_by(reader, digests, member_of(request).id)
    if listing is None or not listings.visible(listing, visitor_of(request).viewer):
        raise NotFound(
            _("This offer is not here, or not open to you. Members may need to sign in.")
        )
    pictures = tuple(one for one in listing.pictures if one.digest in mine)
    anew = {"expires_on": None, "provider": _again_by(request, listing)}
    return drafts.to_form(listing) | anew, pictures


def _again_by(request: web.Request, listing: ListingView) -> str:
    """In whose name it stood, for who may offer it so again."""
    account, provider = member_of(request), listings.draft_of(listing).provider
    is_free = provider in account.teams or visitor_of(request).is_admin
    return provider if is_free else ""
