"""What a coop tells of itself beyond its name: a story, how it is made, how one joins, figures.

Ours is written by its admins, and travels on the coop's actor; a neighbour's is read from there and
made harmless, so that both look the same on a page. Figures are counted, never typed. Pure.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

import msgspec

from node import content, limits
from node.i18n import Text, _
from protocol.errors import MalformedDocument
from protocol.iri import same_origin
from protocol.vocabulary.images import MediaOnWire
from protocol.vocabulary.portraits import Particular, Portrait

LOGO_PATH = "/media/coop"
THEIR_LOGO_PATH = "/media/coops"
WIRE_SIZE = 1600
_LOGO_ROOM = (220, 88)
"""Pixels: as wide as a name, as high as three lines."""
_FIGURE = "figure-"
_LONGEST_URL = 2_000
_LONGEST_FIGURE = 9
"""Digits."""


class Opening(StrEnum):
    """Whether one can become a member."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Figure(StrEnum):
    """What of a coop is counted for everybody, if it wants that."""

    MEMBERS = "members"
    LISTINGS = "listings"
    COOPS = "coops"
    AGREEMENTS = "agreements"


ADMITTING = (Opening.OPEN, Opening.WAITING)
OPENING_WORDS: Mapping[Opening, Text] = {
    Opening.OPEN: _("open to new members"),
    Opening.WAITING: _("there is a waiting list"),
    Opening.CLOSED: _("closed at present"),
}
FIGURE_WORDS: Mapping[Figure, Text] = {
    Figure.MEMBERS: _("Members"),
    Figure.LISTINGS: _("Public listings"),
    Figure.COOPS: _("Coops in touch"),
    Figure.AGREEMENTS: _("Agreements done"),
}
LABELS: Mapping[str, Text] = {
    "legal-name": _("Legal name"),
    "legal-form": _("Legal form"),
    "register-number": _("Register number"),
    "tax-number": _("VAT or tax number"),
    "area": _("Area served"),
    "principles": _("Principles"),
    "deciding": _("How it decides"),
    "contact": _("Contact"),
}
LEGAL = ("legal-name", "legal-form", "register-number", "tax-number")
"""What stands on papers, where a law wants it there."""
_OPENING_LABEL, _JOIN_LABEL = _("Membership"), _("Join")


LINE_FIELDS = ("legal_name", "legal_form", "register_number", "tax_number", "area")
LINES_FIELDS = ("principles", "deciding", "contact")
"""What is said in a line, and in several."""


class Logo(msgspec.Struct, frozen=True):
    """A picture of ours. digest: of its largest file; width and height are its."""

    digest: str
    width: int
    height: int


class Telling(msgspec.Struct, frozen=True):
    """As its admins wrote it. story: Markdown. figures: those to show."""

    story: str = ""
    legal_name: str = ""
    legal_form: str = ""
    register_number: str = ""
    tax_number: str = ""
    area: str = ""
    principles: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    opening: Opening | None = None
    figures: tuple[Figure, ...] = ()
    logo: Logo | None = None


@dataclass(frozen=True, slots=True)
class LogoShown:
    """path: without size and ending; width and height of the largest file, if known."""

    path: str
    width: int | None = None
    height: int | None = None

    def at(self, size: int) -> str:
        """The address of the file whose longer side has so many pixels."""
        return f"{self.path}-{size}.webp"

    @property
    def room(self) -> tuple[int, int]:
        """Width and height, in pixels, in which it stands on a page."""
        if not self.width or not self.height:
            return _LOGO_ROOM
        scale = min(_LOGO_ROOM[0] / self.width, _LOGO_ROOM[1] / self.height, 1.0)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


@dataclass(frozen=True, slots=True)
class TheirLogo:
    """A neighbour's, where it lies. digest: SHA-256 of what lies there, in hex, if it says so."""

    url: str
    digest: str | None
    width: int | None
    height: int | None

    @property
    def name(self) -> str:
        """Under which it is kept here; another picture at the same address has another one."""
        return hashlib.sha256(f"{self.url} {self.digest}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing said in lines of plain text. id: its key in LABELS; empty for what others add."""

    label: Text
    lines: tuple[str, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """As a page shows it. story_html: safe. join: where one asks to become a member."""

    story_html: str = ""
    facts: tuple[Fact, ...] = ()
    opening: Opening | None = None
    join: str | None = None
    figures: tuple[tuple[Figure, int], ...] = ()
    logo: LogoShown | None = None

    @property
    def legal_form(self) -> str:
        """As it says it; empty if it does not."""
        return next((fact.lines[0] for fact in self.facts if fact.id == "legal-form"), "")

    @property
    def legal(self) -> tuple[Fact, ...]:
        """What of it stands on papers."""
        return tuple(fact for fact in self.facts if fact.id in LEGAL)

    @property
    def opening_words(self) -> Text:
        """How open it is, in words; empty if it does not say."""
        return OPENING_WORDS[self.opening] if self.opening else ""


def tidied(telling: Telling) -> Telling:
    """As it is kept; one sign more than allowed is, so that `faults` sees it."""
    return msgspec.structs.replace(
        telling,
        story=content.paragraphs(telling.story, limits.COOP_STORY_LONGEST + 1),
        **{field: _line(getattr(telling, field)) for field in LINE_FIELDS},
        **{field: _lines(getattr(telling, field)) for field in LINES_FIELDS},
        figures=tuple(one for one in Figure if one in telling.figures),
    )


def faults(telling: Telling) -> dict[str, list[Text]]:
    """What keeps it from being taken, by field."""
    found: dict[str, list[Text]] = {}
    if len(telling.story) > limits.COOP_STORY_LONGEST:
        found["story"] = [_("Say it in at most %(n)s characters.", n=limits.COOP_STORY_LONGEST)]
    for field in (*LINE_FIELDS, *LINES_FIELDS):
        said = getattr(telling, field)
        lines: Sequence[str] = (said,) if isinstance(said, str) else said
        if len(lines) > limits.COOP_LINES_MOST:
            found[field] = [_("At most %(n)s lines.", n=limits.COOP_LINES_MOST)]
        elif any(len(line) > limits.COOP_LINE_LONGEST for line in lines):
            found[field] = [_("A line has at most %(n)s characters.", n=limits.COOP_LINE_LONGEST)]
    return found


def as_shown(
    telling: Telling, counted: Mapping[str, int], *, takes_applications: bool = False
) -> Told:
    """What we tell, for our own page. counted: figures by their names."""
    logo = telling.logo
    return Told(
        content.markdown_html(telling.story),
        tuple(Fact(LABELS[name], lines, name) for name, lines in _worded(telling)),
        _standing(telling.opening, takes_applications=takes_applications),
        "/join" if takes_applications else None,
        tuple((one, counted[one]) for one in telling.figures if one in counted),
        LogoShown(f"{LOGO_PATH}/{logo.digest}", logo.width, logo.height) if logo else None,
    )


def _standing(opening: Opening | None, *, takes_applications: bool) -> Opening | None:
    """Open is who takes applications, whatever was typed once; a waiting list is said besides."""
    if opening is Opening.WAITING:
        return opening
    if takes_applications:
        return Opening.OPEN
    return Opening.CLOSED if opening else None


def lines_in(said: Portrait, name: str) -> tuple[str, ...]:
    """One particular in lines of plain text, by its key in LABELS."""
    return next((_read(one.value_html) for one in said.particulars if one.id == name), ())


def on_wire(
    telling: Telling,
    counted: Mapping[str, int],
    *,
    base: str,
    name: str,
    takes_applications: bool = False,
) -> Portrait:
    """The same for others, in the language of the moment. base: our address; name: the coop's."""
    told = as_shown(telling, counted, takes_applications=takes_applications)
    logo = telling.logo
    particulars = [_particular(label, lines, LABELS[label]) for label, lines in _worded(telling)]
    if told.opening:
        particulars.append(_particular("opening", (str(told.opening_words),), _OPENING_LABEL))
    if told.join:
        url = escape(base + told.join)
        particulars.append(Particular(str(_JOIN_LABEL), f'<a href="{url}">{url}</a>', "join"))
    particulars += [
        _particular(_FIGURE + one, (str(number),), FIGURE_WORDS[one])
        for one, number in told.figures
    ]
    opening = told.opening.value if told.opening else None
    icon = _icon(logo, base, name) if logo else None
    return Portrait(told.story_html, icon, opening, tuple(particulars))


def theirs(said: Portrait, uri: str, authority: str) -> Told:
    """What a neighbour tells, made harmless. uri, authority: of the coop."""
    by_id = {one.id: one.value_html for one in said.particulars if one.id}
    known = (Fact(label, _read(by_id.get(name, "")), name) for name, label in LABELS.items())
    foreign = (
        Fact(content.name(content.plain(one.name), limits.COOP_LINE_LONGEST), _read(one.value_html))
        for one in said.particulars[: limits.COOP_LINES_MOST]
        if not one.id
    )
    logo = their_logo(said)
    return Told(
        content.safe_html(said.story_html[: 4 * limits.COOP_STORY_LONGEST]),
        tuple(fact for fact in (*known, *foreign) if fact.lines and str(fact.label)),
        _opening(said),
        _join(by_id.get("join", ""), uri),
        tuple(_figures(by_id)),
        _shown(logo, authority) if logo else None,
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


def _worded(telling: Telling) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in LABELS:
        said: str | tuple[str, ...] = getattr(telling, name.replace("-", "_"))
        lines = (said,) if isinstance(said, str) else said
        if any(lines):
            yield name, lines


def _icon(logo: Logo, base: str, name: str) -> MediaOnWire:
    url = f"{base}{LOGO_PATH}/{logo.digest}-{WIRE_SIZE}.webp"
    return MediaOnWire(url, "image/webp", name, logo.width, logo.height, logo.digest)


def _shown(logo: TheirLogo, authority: str) -> LogoShown:
    return LogoShown(f"{THEIR_LOGO_PATH}/{authority}/{logo.name}", logo.width, logo.height)


def _particular(id_: str, lines: Sequence[str], label: Text) -> Particular:
    return Particular(str(label), "<br>".join(escape(line) for line in lines), id_)


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
        text = content.plain(by_id.get(_FIGURE + one, ""))
        if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_FIGURE:
            yield one, int(text)


def _read(value_html: str) -> tuple[str, ...]:
    longest = limits.COOP_LINE_LONGEST
    found = content.without_markup(value_html[: 10 * longest * limits.COOP_LINES_MOST]).split("\n")
    lines = (content.name(line, longest) for line in found)
    return tuple(line for line in lines if line)[: limits.COOP_LINES_MOST]


def _line(text: str) -> str:
    return content.name(text, limits.COOP_LINE_LONGEST + 1)


def _lines(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for line in map(_line, lines) if line)
