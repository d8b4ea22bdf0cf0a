"""What a coop tells of itself beyond its name: a story, how it is made, how one joins, figures.

It is written by its admins, and travels on the coop's actor, from where `theirs` reads a
neighbour's, so that both look the same on a page. Figures are counted, never typed. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from html import escape
from types import MappingProxyType

from msgspec import Struct

from node import content
from node.i18n import Text, _
from node.peers.constitution import (
    GOVERNANCE_LABEL,
    GOVERNANCE_WORDS,
    LOCK_LABEL,
    LOCK_WORDS,
    Governance,
)
from node.peers.tongues import Words, spoken
from protocol.vocabulary.images import MediaOnWire
from protocol.vocabulary.portraits import Particular, Portrait

LOGO_PATH = "/media/coop"
WIRE_SIZE = 1600
_LOGO_ROOM = (220, 88)
"""Pixels: as wide as a name, as high as three lines."""
FIGURE_ID = "figure-"


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
    "jurisdiction": _("Law that applies"),
    "register-number": _("Register number"),
    "register-page": _("Entry in the register"),
    "associations": _("Associations it belongs to"),
    "tax-number": _("VAT or tax number"),
    "founded-on": _("Founded"),
    "sectors": _("Sectors"),
    "area": _("Area served"),
    "principles": _("Principles"),
    "deciding": _("How it decides"),
    "dissolution": _("If it is dissolved"),
    "fiscal-year": _("Financial year begins"),
    "currency": _("Currency"),
    "contact": _("Contact"),
}
LEGAL = ("legal-name", "legal-form", "register-number", "tax-number")
"""What stands on papers, where a law wants it there."""
_NO_OTHERS: Mapping[str, Sequence[str]] = MappingProxyType({})
_OPENING_LABEL, _JOIN_LABEL = _("Membership"), _("Join")


LINE_FIELDS = (
    "legal_name",
    "legal_form",
    "jurisdiction",
    "register_number",
    "register_page",
    "tax_number",
    "founded_on",
    "area",
    "dissolution",
    "fiscal_year",
)
LINES_FIELDS = ("sectors", "principles", "deciding", "associations", "contact")
"""What is said in a line, and in several."""


class Logo(Struct, frozen=True):
    """A picture of ours. digest: of its largest file; width and height are its."""

    digest: str
    width: int
    height: int


class Telling(Struct, frozen=True):
    """As its admins wrote it. story: Markdown. founded_on: a year or a day, as ISO 8601 has it.
    jurisdiction: as `constitution.law_as_kept`. register_page: where its entry in the register is
    read. associations: of coops, that it belongs to. fiscal_year: its first day, like 04-06.
    asset_lock, dissolution: whether what it owns is never shared out, and what becomes of it.
    sectors: in words like those that its listings are sorted by. figures: those to show. currency:
    as the settings have it. vouches_for: actors of whom it says that they are coops. others: what
    it says in further languages, by their tags."""

    story: str = ""
    legal_name: str = ""
    legal_form: str = ""
    jurisdiction: str = ""
    register_number: str = ""
    register_page: str = ""
    tax_number: str = ""
    founded_on: str = ""
    area: str = ""
    dissolution: str = ""
    fiscal_year: str = ""
    currency: str = ""
    governance: Governance | None = None
    asset_lock: bool | None = None
    vouches_for: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    principles: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    associations: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    opening: Opening | None = None
    figures: tuple[Figure, ...] = ()
    logo: Logo | None = None
    others: dict[str, Words] = {}


class LogoShown(Struct, frozen=True):
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


class Fact(Struct, frozen=True):
    """One thing said in lines of plain text. id: its key in LABELS; empty for what others add."""

    label: Text
    lines: tuple[str, ...]
    id: str = ""
    tongue: str = ""
    """Of the lines, where they were chosen for their reader."""


class Told(Struct, frozen=True):
    """As a page shows it. story_html: safe. join: where one asks to become a member.

    tongue: of the story, where it was chosen for its reader.
    """

    story_html: str = ""
    facts: tuple[Fact, ...] = ()
    opening: Opening | None = None
    join: str | None = None
    figures: tuple[tuple[Figure, int], ...] = ()
    logo: LogoShown | None = None
    tongue: str = ""
    governance: Governance | None = None
    asset_lock: bool | None = None
    languages: tuple[str, ...] = ()
    """In which one can be served there, by their tags."""

    @property
    def chosen(self) -> tuple[tuple[str, Text, Text], ...]:
        """What it chose among a few words: the key, what it is about, and the words."""
        chosen: list[tuple[str, Text, Text]] = []
        if self.governance:
            words = GOVERNANCE_WORDS[self.governance]
            chosen.append(("governance", GOVERNANCE_LABEL, words))
        if self.asset_lock is not None:
            chosen.append(("asset-lock", LOCK_LABEL, LOCK_WORDS[self.asset_lock]))
        return tuple(chosen)

    def lines(self, name: str) -> tuple[str, ...]:
        """What it says of one of LABELS."""
        fact = self._fact(name)
        return fact.lines if fact else ()

    def line(self, name: str) -> str:
        """The first of these; empty where it says none."""
        return next(iter(self.lines(name)), "")

    @property
    def legal_form(self) -> Fact | None:
        """What it is by law, if it says so."""
        return self._fact("legal-form")

    @property
    def deciding(self) -> Fact | None:
        """How its members decide, if it says so."""
        return self._fact("deciding")

    @property
    def sectors(self) -> Fact | None:
        """What it works in, if it says so."""
        return self._fact("sectors")

    def among(self, *names: str) -> tuple[Fact, ...]:
        """Those of LABELS that it says, in this order."""
        found = (self._fact(name) for name in names)
        return tuple(fact for fact in found if fact)

    @property
    def legal(self) -> tuple[Fact, ...]:
        """What of it stands on papers."""
        return tuple(fact for fact in self.facts if fact.id in LEGAL)

    @property
    def opening_words(self) -> Text:
        """How open it is, in words; empty if it does not say."""
        return OPENING_WORDS[self.opening] if self.opening else ""

    def _fact(self, id_: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.id == id_), None)


def as_shown(
    telling: Telling,
    counted: Mapping[str, int],
    *,
    takes_applications: bool = False,
    language: str = "",
    languages: Sequence[str] = (),
) -> Told:
    """What we tell, for our own page. counted: figures by their names. language: its reader's.
    languages: in which we can be spoken to."""
    logo = telling.logo
    stories = _stories(telling)
    tongue = spoken(stories, language)
    return Told(
        content.markdown_html(stories.get(tongue, telling.story)),
        tuple(_fact(telling, name, lines, language) for name, lines in _worded(telling)),
        _standing(telling.opening, takes_applications=takes_applications),
        "/join" if takes_applications else None,
        tuple((one, counted[one]) for one in telling.figures if one in counted),
        LogoShown(f"{LOGO_PATH}/{logo.digest}", logo.width, logo.height) if logo else None,
        tongue,
        telling.governance,
        telling.asset_lock,
        tuple(languages),
    )


def _stories(telling: Telling) -> dict[str, str]:
    """In each further language in which there is one."""
    return {tag: words.story for tag, words in telling.others.items() if words.story}


def _in_tongues(telling: Telling, name: str) -> dict[str, tuple[str, ...]]:
    """One of LABELS in each further language in which it is said."""
    said = {tag: _said(words, name) for tag, words in telling.others.items()}
    return {tag: lines for tag, lines in said.items() if lines}


def _fact(telling: Telling, name: str, lines: tuple[str, ...], language: str) -> Fact:
    said = _in_tongues(telling, name)
    tongue = spoken(said, language)
    return Fact(LABELS[name], said.get(tongue, lines), name, tongue)


def _standing(opening: Opening | None, *, takes_applications: bool) -> Opening | None:
    """Open is who takes applications, whatever was typed once; a waiting list is said besides."""
    if opening is Opening.WAITING:
        return opening
    if takes_applications:
        return Opening.OPEN
    return Opening.CLOSED if opening else None


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
    particulars = [
        _particular(label, lines, LABELS[label], _in_tongues(telling, label))
        for label, lines in _worded(telling)
    ]
    particulars += [_particular(name, (str(words),), label) for name, label, words in told.chosen]
    if told.opening:
        particulars.append(_particular("opening", (str(told.opening_words),), _OPENING_LABEL))
    if told.join:
        url = escape(base + told.join)
        particulars.append(Particular(str(_JOIN_LABEL), f'<a href="{url}">{url}</a>', "join"))
    particulars += [
        _particular(FIGURE_ID + one, (str(number),), FIGURE_WORDS[one])
        for one, number in told.figures
    ]
    opening = told.opening.value if told.opening else None
    icon = _icon(logo, base, name) if logo else None
    stories = _stories(telling)
    return Portrait(
        told.story_html,
        icon,
        opening,
        tuple(particulars),
        {tag: content.markdown_html(story) for tag, story in stories.items()},
        telling.governance.value if telling.governance else None,
        telling.asset_lock,
        telling.vouches_for,
    )


def _worded(telling: Telling) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in LABELS:
        if lines := _said(telling, name):
            yield name, lines


def _said(words: Telling | Words, name: str) -> tuple[str, ...]:
    """One of LABELS; nothing where it is not said."""
    said: str | tuple[str, ...] = getattr(words, name.replace("-", "_"), ())
    lines = (said,) if isinstance(said, str) else said
    return lines if any(lines) else ()


def _icon(logo: Logo, base: str, name: str) -> MediaOnWire:
    url = f"{base}{LOGO_PATH}/{logo.digest}-{WIRE_SIZE}.webp"
    return MediaOnWire(url, "image/webp", name, logo.width, logo.height, logo.digest)


def _particular(
    id_: str,
    lines: Sequence[str],
    label: Text,
    others: Mapping[str, Sequence[str]] = _NO_OTHERS,
) -> Particular:
    said = {tag: _html(words) for tag, words in others.items()}
    return Particular(str(label), _html(lines), id_, said)


def _html(lines: Sequence[str]) -> str:
    return "<br>".join(escape(line) for line in lines)
