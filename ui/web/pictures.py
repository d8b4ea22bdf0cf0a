"""Pictures in the form of a listing: sent in one step, described in the next, kept with the rest.

What was sent is kept at once, whatever else is wrong with the form, and comes back with it as
hidden fields: `picture` is a digest, `alt-DIGEST` what is on it, `drop` the digests to leave out,
`first` the one that stands on the card.
"""

import asyncio
from collections.abc import Iterable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from node import limits, media
from node.errors import NodeError
from node.i18n import Text, _
from node.listings import Hit, ListingView, Picture, Shown
from node.media import SIZES
from node.runtime import Node
from ui.web.reading import Form, Upload

ON_CARDS, ON_PAGES = SIZES[:2]
"""Pixels of the longer side."""
_LONGEST_NAME = 60


class Sent(Struct):
    """What a form says of pictures. faults: what is wrong with those that were just sent."""

    pictures: tuple[Picture, ...] = ()
    faults: list[Text] = field(default_factory=list)
    is_new: bool = False
    """Pictures came with this form that nobody could describe yet."""


async def sent_with(node: Node, form: Form, *, by: str) -> Sent:
    """The pictures of a form; those that it brings are kept."""
    found = Sent()
    digests = [one for one in form.getall("picture", []) if isinstance(one, str)]
    for upload in form.getall("pictures", []):
        if not isinstance(upload, Upload) or not upload.content:
            continue
        if len(digests) >= limits.PICTURES_PER_LISTING:
            found.faults.append(_("At most %(most)s pictures.", most=limits.PICTURES_PER_LISTING))
            break
        try:
            digests.append(await node.pictures.take(upload.content, by=by))
            found.is_new = True
        except NodeError as error:
            name = upload.name[:_LONGEST_NAME]
            found.faults.append(_("%(file)s: %(why)s", file=name, why=str(error)))
    found.pictures = await _described(node, form, digests)
    return found


def kept(sent: Sequence[Picture], form: Form) -> tuple[Picture, ...]:
    """Without those to leave out; the one for the card first."""
    dropped, first = form.getall("drop", []), form.get("first")
    left = [one for one in sent if one.digest not in dropped]
    return tuple(sorted(left, key=lambda one: one.digest != first))


def to_show(
    pictures: Sequence[Picture], listing: ListingView | None
) -> list[tuple[Picture, Shown]]:
    """Each with where its sender sees it: at its listing, or on its own while that has it not."""
    there = {one.digest for one in listing.pictures} if listing else set()
    return [
        (
            one,
            Shown(
                f"/media/listings/{listing.id}/{one.digest}"
                if listing and one.digest in there
                else f"/media/new/{one.digest}",
                one.alt,
                one.width,
                one.height,
            ),
        )
        for one in pictures
    ]


async def sizes(node: Node, shown: Iterable[Shown], pixels: int) -> dict[str, int]:
    """Bytes of the file of one size of each picture that lies here, by its path: of other coops'
    only what was fetched before."""

    def look() -> dict[str, int]:
        found = {}
        for one in shown:
            *_start, folder, owner, name = one.path.split("/")
            if folder == "listings":
                size = node.pictures.bytes_of(name, pixels)
            else:
                size = node.fetched_pictures.bytes_of(owner, name, pixels)
            if size is not None:
                found[one.path] = size
        return found

    return await asyncio.to_thread(look)


async def of_hits(node: Node, hits: Iterable[Hit]) -> dict[str, int]:
    """`sizes` of what stands on cards."""
    return await sizes(node, [hit.picture for hit in hits if hit.picture], ON_CARDS)


async def _described(node: Node, form: Form, digests: Sequence[str]) -> tuple[Picture, ...]:
    async with node.reading() as reader:
        sizes = await media.known(reader, digests)
    here = (Picture(one, "", *sizes[one]) for one in dict.fromkeys(digests) if one in sizes)
    return tuple(replace(one, alt=str(form.get(f"alt-{one.digest}", ""))) for one in here)
