"""What a listing says in other languages beside its own. Pure.

The words in its own language are those that count: the others are told to whoever reads that
language better, with a word that they are a translation.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict

from node.i18n import Text, _, is_language_tag
from node.listings import details as detailed
from node.listings.details import Details
from node.listings.phrases import LONGEST, Phrases

MOST_TRANSLATIONS = 10
LONGEST_TOGETHER = 20_000
"""Characters of their bodies, their phrases and the fields of their kind: all of a listing fits
into the inbox of a peer."""
LONGEST_AS_TYPED = 29_000
"""Characters of all bodies, the listing's own too, up to which translations travel as they were
typed beside what is shown: so no listing is longer on its way than the longest is without."""


class Translation(Struct, frozen=True):
    """language: BCP 47. body: Markdown of ours, safe HTML of another coop's.
    details: the fields of the listing's kind that are words, as far as it says them. phrases: see
    `phrases`, by what they are in the listing's own language."""

    language: str
    title: str
    summary: str = ""
    body: str = ""
    details: Details = field(default_factory=dict)
    phrases: Phrases = field(default_factory=dict)


class Telling(Struct, frozen=True):
    """A listing in one language. of: the one that it was translated from; None: its own words.
    details: all, those in `told` in this language."""

    language: str
    title: str
    summary: str
    body_html: str = ""
    of: str | None = None
    details: Details = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    phrases: Phrases = field(default_factory=dict)

    def phrase(self, own: str) -> tuple[str, str]:
        """A phrase of the listing as this says it, and in which language that is."""
        if own in self.phrases:
            return self.phrases[own], self.language
        return own, self.of or self.language


def telling(own: Telling, other: Translation | None, body_html: str) -> Telling:
    """What is shown to who reads a language. other: `best` for it; body_html: of that."""
    if other is None:
        return own
    told = {key: value for key, value in other.details.items() if key in own.details}
    return Telling(
        other.language,
        other.title,
        other.summary,
        body_html,
        of=own.language,
        details={**own.details, **told},
        told=frozenset(told),
        phrases=other.phrases,
    )


def best(tag: str, own: str, others: Sequence[Translation]) -> Translation | None:
    """The translation for who reads a language; None where the listing's own words are as good."""
    if not own or tag.lower() == own.lower():
        return None
    same = next((one for one in others if one.language.lower() == tag.lower()), None)
    if same is not None or _spoken(tag) == _spoken(own):
        return same
    return next((one for one in others if _spoken(one.language) == _spoken(tag)), None)


def faults(own: str, others: Sequence[Translation], longest: Mapping[str, int]) -> Iterator[Text]:
    """What keeps translations from being taken. longest: characters by the name of a part."""
    if not others:
        return
    tags = [one.language.lower() for one in others]
    if not own:
        yield _("Say first in which language it is written.")
    if not all(map(is_language_tag, tags)):
        yield _("Write languages as codes, such as en, pl or pt-BR.")
    elif len({own.lower(), *tags}) < len(tags) + 1:
        yield _("Each language stands here once, and not the one that it is written in.")
    if len(tags) > MOST_TRANSLATIONS:
        yield _("At most %(most)s languages.", most=MOST_TRANSLATIONS)
    if not all(one.title for one in others):
        yield _("Give it a name in each language.")
    for part, most in longest.items():
        if any(len(getattr(one, part)) > most for one in others):
            yield _("This is too long: at most %(longest)s characters.", longest=most)
    if any(len(text) > LONGEST for one in others for text in one.phrases.values()):
        yield _("This is too long: at most %(longest)s characters.", longest=LONGEST)
    if sum(map(_length, others)) > LONGEST_TOGETHER:
        yield _(
            "All translations together are too long: at most %(most)s characters.",
            most=LONGEST_TOGETHER,
        )


def travel_as_typed(body: str, others: Sequence[Translation]) -> bool:
    """Whether a copy of a listing can hold its translations as they were typed, for the day on
    which it is given back to us."""
    return len(body) + sum(map(_length, others)) <= LONGEST_AS_TYPED


def with_one(others: Sequence[Translation], said: Translation) -> tuple[Translation, ...]:
    """With one more, in place of what stood in its language."""
    return (*without(others, said.language), said)


def without(others: Sequence[Translation], language: str) -> tuple[Translation, ...]:
    """Without what is said in a language."""
    return tuple(one for one in others if one.language.lower() != language.lower())


def stored(others: Sequence[Translation]) -> list[dict[str, Any]] | None:
    """As JSON for a row; None if there are none."""
    return [_written(one) for one in others] or None


def read(rows: Sequence[Mapping[str, Any]] | None) -> tuple[Translation, ...]:
    """`stored` the other way round."""
    return tuple(Translation(**row) for row in rows or ())


def _written(said: Translation) -> dict[str, Any]:
    return {name: value for name, value in asdict(said).items() if value != {}}


def _length(said: Translation) -> int:
    phrases = sum(map(len, said.phrases.values()))
    return len(said.body) + detailed.length(said.details) + phrases


def _spoken(tag: str) -> str:
    return tag.partition("-")[0].lower()
