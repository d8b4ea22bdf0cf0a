"""An actor at a glance, in words that are short and harmless: made once, when it is recorded.

What is harmless is for the face to say that shows them, at the start; until then they are only cut.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct

from protocol.vocabulary.actors import ActorProfile

LONGEST_NAME = 100
LONGEST_SUMMARY = 500
LONGEST_TAG = 35
_LANGUAGES = 12
_READ = 4
"""Signs read for each that may be shown: markup and accents are taken out."""

Clean = Callable[[str, int], str]


class Shown(Struct, frozen=True):
    """place: where it says it is; empty names are no names."""

    name: str
    preferred_username: str
    summary: str
    place: str | None
    lat: float | None
    lon: float | None
    language: str
    """The first that it names; empty without one."""
    names: dict[str, str]
    summaries: dict[str, str]
    """The same in other languages, by their tags."""


class Cleaning:
    """How words are made harmless, and cut to a length: a line of text, and HTML."""

    def __init__(self) -> None:
        self._line: Clean = _cut
        self._markup: Clean = _cut

    def by(self, *, line: Clean, markup: Clean) -> None:
        """Clean in this way from now on."""
        self._line, self._markup = line, markup

    def shown(self, profile: ActorProfile) -> Shown:
        """What is shown of an actor everywhere; only the beginning of its words is read."""
        place = profile.place
        return Shown(
            self._name(profile.name),
            self._name(profile.preferred_username),
            self._markup(profile.summary_html[: _READ * LONGEST_SUMMARY], LONGEST_SUMMARY),
            (self._name(place.name) or None) if place else None,
            place.lat if place else None,
            place.lon if place else None,
            next(iter(profile.languages), "")[:LONGEST_TAG],
            {tag: self._name(text) for tag, text in _first_of(profile.names)},
            {
                tag: self._markup(text[: _READ * LONGEST_SUMMARY], LONGEST_SUMMARY)
                for tag, text in _first_of(profile.summaries)
            },
        )

    def _name(self, text: str) -> str:
        return self._line(text[: _READ * LONGEST_NAME], LONGEST_NAME)


def _first_of(said: Mapping[str, str]) -> list[tuple[str, str]]:
    tags = [tag for tag in said if len(tag) <= LONGEST_TAG]
    return [(tag, said[tag]) for tag in tags[:_LANGUAGES]]


def _cut(text: str, longest: int) -> str:
    return text[:longest]


cleaning = Cleaning()
