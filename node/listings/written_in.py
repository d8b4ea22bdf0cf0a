"""In which language somebody writes, and whether a text can be of one."""

import unicodedata
from collections.abc import Iterator

from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers
from sqlalchemy import select

from federation.storage.unit_of_work import Reader
from node.listings.models import listing_table

_LOOKED_AT = 2_000
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
# Where it is not the script's English name with which Unicode begins the names of its letters.
_LETTERS = {
    **dict.fromkeys(("Hans", "Hant", "Jpan", "Kore"), _EAST_ASIAN),
    "Beng": frozenset({"BENGALI"}),
    "Orya": frozenset({"ORIYA"}),
}


async def usual_language(reader: Reader, account_id: str) -> str | None:
    """That of what somebody wrote last; None before they wrote anything."""
    c = listing_table.c
    own = select(c.language).where(c.created_by == account_id, c.language != "")
    return await reader.scalar(own.order_by(c.id.desc()).limit(1))


def is_in_another_script(text: str, tag: str) -> bool:
    """Whether most letters of a text are of none of the scripts in which a language is written.
    Pure."""
    letters = filter(str.isalpha, text[:_LOOKED_AT])
    scripts = [unicodedata.name(letter, "").partition(" ")[0] for letter in letters]
    known = frozenset[str]().union(*_letters_of(tag.partition("-")[0].lower()))
    return bool(known) and sum(one in known for one in scripts) * 2 < len(scripts)


def _letters_of(language: str) -> Iterator[frozenset[str]]:
    likely = get_global("likely_subtags").get(language, "")
    names = Locale("en").scripts
    for identifier in (likely, *locale_identifiers()):
        parts = identifier.split("_")
        if parts[0] == language and parts[1:] and len(parts[1]) == 4:
            name = names.get(parts[1], "").upper()
            yield _LETTERS.get(parts[1], frozenset({name}))
