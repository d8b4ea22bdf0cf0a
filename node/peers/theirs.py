"""What a neighbour tells of itself, read from its actor and made harmless. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from node import content, limits
from node.i18n import Text, is_language_tag
from node.peers.checking import RIGHT, room_of
from node.peers.constitution import Governance
from node.peers.telling import FIGURE_ID, LABELS, Fact, Figure, LogoShown, Opening, Told
from node.peers.tongues import spoken
from protocol.errors import MalformedDocument
from protocol.iri import same_origin
from protocol.vocabulary.portraits import Particular, Portrait

THEIR_LOGO_PATH = "/media/coops"
_LONGEST_URL = 2_000
_LONGEST_FIGURE = 9
"""Digits."""


class TheirLogo(Struct, frozen=True):
    """A neighbour's, where it lies. digest: SHA-256 of what lies there, in hex, if it says so."""

    url: str
    digest: str | None
    width: int | None
    height: int | None

    @property
    def name(self) -> str:
        """Under which it is kept here; another picture at the same address has another one."""
        return hashlib.sha256(f"{self.url} {self.digest}".encode()).hexdigest()[:32]


def theirs(
    said: Portrait,
    uri: str,
    authority: str,
    language: str = "",
    languages: Sequence[str] = (),
) -> Told:
    """What a neighbour tells a reader of a language, made harmless. uri, authority: of the coop.
    languages: in which it says that one can speak to it."""
    by_id = {one.id: one.value_html for one in said.particulars if one.id}
    tongues = {one.id: one for one in said.particulars if one.id in LABELS}
    known = (
        _their_fact(tongues[name], label, language)
        for name, label in LABELS.items()
        if name in tongues
    )
    foreign = (
        Fact(content.name(content.plain(one.name), limits.COOP_LINE_LONGEST), _read(one.value_html))
        for one in said.particulars[: limits.COOP_LINES_MOST]
        if not one.id
    )
    logo, tongue = their_logo(said), spoken(_known_tongues(said.stories), language)
    story = said.stories.get(tongue, said.story_html)
    return Told(
        content.safe_html(story[: 4 * limits.COOP_STORY_LONGEST]),
        tuple(fact for fact in (*known, *foreign) if fact.lines and str(fact.label)),
        _opening(said),
        _join(by_id.get("join", ""), uri),
        tuple(_figures(by_id)),
        _shown(logo, authority) if logo else None,
        tongue,
        next((one for one in Governance if one == said.governance), None),
        said.asset_lock,
        tuple(tag for tag in languages if is_language_tag(tag))[: limits.COOP_LINES_MOST],
    )


def their_logo(said: Portrait) -> TheirLogo | None:
    """The picture by which a neighbour is known, if it has one that can be fetched."""
    icon = said.icon
    if icon is None or len(icon.url) > _LONGEST_URL:
        return None
    is_picture = (icon.media_type or "image/").startswith("image/")
    if not is_picture or not icon.url.startswith(("https://", "http://")):
        return None
    return TheirLogo(icon.url, icon.digest, icon.width, icon.height)


def folder_of(uri: str) -> str:
    """What the folder is called in which a neighbour's logo is kept."""
    return hashlib.sha256(uri.encode()).hexdigest()[:32]


def lines_in(said: Portrait, name: str) -> tuple[str, ...]:
    """One particular in lines of plain text, by its key in LABELS."""
    return next((_read(one.value_html, name) for one in said.particulars if one.id == name), ())


def _their_fact(one: Particular, label: Text, language: str) -> Fact:
    tongue = spoken(_known_tongues(one.values), language)
    lines = _read(one.values.get(tongue, one.value_html), one.id)
    if one.id in RIGHT and not (len(lines) == 1 and RIGHT[one.id](lines[0])):
        lines = ()
    return Fact(label, lines, one.id, tongue)


def _known_tongues(said: Mapping[str, str]) -> dict[str, str]:
    return {tag: words for tag, words in said.items() if is_language_tag(tag)}


def _shown(logo: TheirLogo, authority: str) -> LogoShown:
    return LogoShown(f"{THEIR_LOGO_PATH}/{authority}/{logo.name}", logo.width, logo.height)


def _opening(said: Portrait) -> Opening | None:
    return next((one for one in Opening if one == said.opening), None)


def _join(value_html: str, uri: str) -> str | None:
    """Only where the coop itself lives: a link elsewhere is not taken for its door."""
    url = content.plain(value_html)
    try:
        return url if url and same_origin(url, uri) else None
    except MalformedDocument:
        return None


def _figures(by_id: Mapping[str, str]) -> Iterator[tuple[Figure, int]]:
    for one in Figure:
        text = content.plain(by_id.get(FIGURE_ID + one, ""))
        if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_FIGURE:
            yield one, int(text)


def _read(value_html: str, id_: str = "") -> tuple[str, ...]:
    most, longest = room_of(id_)
    found = content.without_markup(value_html[: 10 * longest * most]).split("\n")
    lines = (content.name(line, longest) for line in found)
    return tuple(line for line in lines if line)[:most]
