"""What a coop may tell of itself: tidied as it is kept, and what keeps it from that. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from node import content, limits
from node.i18n import Text, _, is_language_tag
from node.money import is_currency
from node.peers.constitution import is_first_day, is_law, is_page, law_as_kept
from node.peers.telling import LINE_FIELDS, LINES_FIELDS, Figure, Telling
from node.peers.tongues import Words


def tidied(telling: Telling) -> Telling:
    """As it is kept; one sign more than allowed is, so that `faults` sees it."""
    others = {tag: _tidied(words) for tag, words in telling.others.items()}
    lines = {field: _line(getattr(telling, field)) for field in LINE_FIELDS}
    if lines["jurisdiction"]:
        lines["jurisdiction"] = law_as_kept(lines["jurisdiction"])
    return msgspec.structs.replace(
        telling,
        story=content.paragraphs(telling.story, limits.COOP_STORY_LONGEST + 1),
        **lines,
        **{field: _lines(getattr(telling, field)) for field in LINES_FIELDS},
        figures=tuple(one for one in Figure if one in telling.figures),
        others={tag: said for tag, said in others.items() if said != Words()},
    )


def faults(telling: Telling) -> dict[str, list[Text]]:
    """What keeps it from being taken, by field."""
    found = _own_faults(telling)
    for tag, words in telling.others.items():
        if not is_language_tag(tag):
            found["others"] = [_("Write a language as its tag, like sw or pt-BR.")]
        said = Telling(
            story=words.story,
            principles=words.principles,
            deciding=words.deciding,
            legal_form=words.legal_form,
            area=words.area,
            sectors=words.sectors,
            dissolution=words.dissolution,
        )
        found |= {f"{field}-{tag}": why for field, why in _own_faults(said).items()}
        if len(words.summary) > limits.COOP_SUMMARY_LONGEST:
            found[f"summary-{tag}"] = [too_long(limits.COOP_SUMMARY_LONGEST)]
        if len(words.name) > limits.NAME_LONGEST:
            found[f"name-{tag}"] = [too_long(limits.NAME_LONGEST)]
    # What is said elsewhere, no form could make shorter.
    written = msgspec.structs.replace(telling, currency="", vouches_for=())
    if not found and len(msgspec.json.encode(written)) > limits.COOP_TELLING_BYTES:
        found["story"] = [
            _(
                "In all languages together this is more than the %(size)s KB that other coops "
                "keep. Make it shorter, or leave a language out.",
                size=limits.COOP_TELLING_BYTES // 1024,
            )
        ]
    return found


def too_long(most: int) -> Text:
    return _("Say it in at most %(n)s characters.", n=most)


def is_founding(text: str) -> bool:
    """Whether it is a year, like 1844, or a day, like 1844-12-21."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}-[0-9]{2})?", text):
        return False
    try:
        date.fromisoformat(text if "-" in text else f"{text}-01-01")
    except ValueError:
        return False
    return True


def room_of(field: str) -> tuple[int, int]:
    """How many lines may be said of it, and how many characters in each."""
    if field == "sectors":
        return limits.COOP_SECTORS_MOST, limits.COOP_SECTOR_LONGEST
    return limits.COOP_LINES_MOST, limits.COOP_LINE_LONGEST


def _tidied(words: Words) -> Words:
    return Words(
        _line(words.name),
        words.summary.strip(),
        content.paragraphs(words.story, limits.COOP_STORY_LONGEST + 1),
        _lines(words.principles),
        _lines(words.deciding),
        _line(words.legal_form),
        _line(words.area),
        _lines(words.sectors),
        _line(words.dissolution),
    )


def _own_faults(telling: Telling) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = {}
    if len(telling.story) > limits.COOP_STORY_LONGEST:
        found["story"] = [too_long(limits.COOP_STORY_LONGEST)]
    for field in (*LINE_FIELDS, *LINES_FIELDS):
        said = getattr(telling, field)
        lines: Sequence[str] = (said,) if isinstance(said, str) else said
        most, longest = room_of(field)
        if len(lines) > most:
            found[field] = [_("At most %(n)s lines.", n=most)]
        elif any(len(line) > longest for line in lines):
            found[field] = [_("A line has at most %(n)s characters.", n=longest)]
    if telling.founded_on and not is_founding(telling.founded_on):
        found["founded_on"] = [_("Write a year, like 1844, or a day, like 1844-12-21.")]
    if telling.jurisdiction and not is_law(telling.jurisdiction):
        found["jurisdiction"] = [
            _("Write a country, like GB, or a region before it, like Scotland, GB.")
        ]
    if telling.register_page and not is_page(telling.register_page):
        found["register_page"] = [_("Write the whole address of the page, with https://.")]
    if telling.fiscal_year and not is_first_day(telling.fiscal_year):
        found["fiscal_year"] = [_("Write month and day, like 04-06 for 6 April.")]
    return found


RIGHT: Mapping[str, Callable[[str], bool]] = {
    "founded-on": is_founding,
    "jurisdiction": is_law,
    "register-page": is_page,
    "fiscal-year": is_first_day,
    "currency": is_currency,
}
"""What of LABELS is said in one line of a form that programs read, too."""


def _line(text: str) -> str:
    return content.name(text, limits.COOP_LINE_LONGEST + 1)


def _lines(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for line in map(_line, lines) if line)
