"""Pictures of listings: what is kept of ours and of other coops', and where they are shown. Pure.

Readers get all of them from this node, from addresses under /media/ where no document of a peer's
ever lies.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from node import content, limits
from node.i18n import Text, _
from protocol.vocabulary.images import MediaOnWire

PATH = "/media"
WIRE_SIZE = 1600
_LONGEST_URL = 2000


class Picture(Struct, frozen=True):
    """A picture of a listing of ours. digest: of its largest file; width and height are its.

    alt: what somebody is told who cannot see it.
    """

    digest: str
    alt: str = ""
    width: int = 0
    height: int = 0


class TheirPicture(Struct, frozen=True):
    """A picture that another coop shows. digest: SHA-256 of what lies at url, in hex, if said."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None
    digest: str | None = None

    @property
    def name(self) -> str:
        """Under which it is kept here; another picture at the same address has another one."""
        return hashlib.sha256(f"{self.url} {self.digest}".encode()).hexdigest()[:32]


class Shown(Struct, frozen=True):
    """A picture as a page shows it. path: without size and ending, see `at`."""

    path: str
    alt: str
    width: int
    height: int

    def at(self, size: int) -> str:
        """The address of the file whose longer side has so many pixels."""
        return f"{self.path}-{size}.webp"

    def width_at(self, size: int) -> int:
        """How wide that file is: nothing is made larger than it came."""
        longer = max(self.width, self.height)
        return self.width if longer <= size else max(1, round(self.width * size / longer))


_LIKELY = (800, 600)
_SHOWN = ("path", "alt", "width", "height")


def shown(listing_id: str, pictures: Sequence[Picture]) -> tuple[Shown, ...]:
    """Pictures of a listing of ours."""
    return tuple(
        Shown(f"{PATH}/listings/{listing_id}/{one.digest}", one.alt, one.width, one.height)
        for one in pictures
    )


def shown_theirs(mirror_id: str, pictures: Sequence[TheirPicture]) -> tuple[Shown, ...]:
    """Pictures of another coop's listing; what it does not say of their form is guessed."""
    return tuple(
        Shown(
            f"{PATH}/mirrors/{mirror_id}/{one.name}",
            one.alt,
            *((one.width, one.height) if one.width and one.height else _LIKELY),
        )
        for one in pictures
    )


def first(pictures: Sequence[Shown]) -> dict[str, Any] | None:
    """The one that stands on a card, as the index keeps it."""
    return {name: getattr(pictures[0], name) for name in _SHOWN} if pictures else None


def tidy(pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    """Each once, with tidy words; one sign more than allowed is kept, so that `fault` sees it."""
    once = {one.digest: one for one in reversed(pictures)}
    longest = limits.PICTURE_ALT_LONGEST + 1
    found = (replace(one, alt=content.name(one.alt, longest)) for one in once.values())
    return tuple(reversed(list(found)))


def fault(pictures: Sequence[Picture]) -> Text | None:
    """What keeps pictures from being taken."""
    if len(pictures) > limits.PICTURES_PER_LISTING:
        return _("At most %(most)s pictures.", most=limits.PICTURES_PER_LISTING)
    if not all(one.alt for one in pictures):
        return _("Say of each picture what is on it, for people who cannot see it.")
    if any(len(one.alt) > limits.PICTURE_ALT_LONGEST for one in pictures):
        return _(
            "Say what is on a picture in %(most)s characters at most.",
            most=limits.PICTURE_ALT_LONGEST,
        )
    return None


def stored(pictures: Sequence[Picture | TheirPicture]) -> list[dict[str, Any]] | None:
    """As JSON for a row; None if there are none."""
    rows = [asdict(one) for one in pictures]
    return rows or None


def read(rows: Sequence[Mapping[str, Any]] | None) -> tuple[Picture, ...]:
    """`stored` the other way round, of ours."""
    return tuple(Picture(**row) for row in rows or ())


def read_theirs(rows: Sequence[Mapping[str, Any]] | None) -> tuple[TheirPicture, ...]:
    """`stored` the other way round, of another coop's."""
    return tuple(TheirPicture(**row) for row in rows or ())


def on_wire(base: str, publication_id: str, pictures: Sequence[Picture]) -> tuple[MediaOnWire, ...]:
    """What peers are told of them. base: our address."""
    return tuple(
        MediaOnWire(
            f"{base}{one.at(WIRE_SIZE)}", "image/webp", one.alt, one.width, one.height, said.digest
        )
        for said, one in zip(pictures, shown(publication_id, pictures), strict=True)
    )


def theirs(media: Sequence[MediaOnWire]) -> tuple[TheirPicture, ...]:
    """What we keep of the pictures that a peer tells of: as many as a listing of ours may have."""
    usable = (
        one
        for one in media
        if (one.media_type or "image/").startswith("image/")
        and one.url.startswith(("https://", "http://"))
        and len(one.url) <= _LONGEST_URL
    )
    return tuple(
        TheirPicture(
            one.url,
            content.name(content.plain(one.description), limits.PICTURE_ALT_LONGEST),
            one.width,
            one.height,
            one.digest,
        )
        for one, _place in zip(usable, range(limits.PICTURES_PER_LISTING), strict=False)
    )


def digest_in(url: str) -> str:
    """The digest in the address of a picture of ours, or something that is none."""
    return url.rpartition("/")[2].partition("-")[0]
