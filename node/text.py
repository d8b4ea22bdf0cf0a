"""Words as people search for them: without accents, case or script habits in the way."""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

# Letters that Unicode does not decompose, and the variants that Arabic and Persian writers mix.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
    }
)

# Accents, Hebrew points and Arabic vowel signs are optional in writing and go. The vowel signs of
# Indic and South-East Asian scripts are combining marks too, but they are letters: they stay.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u00ad\u200b-\u200f\u2060\ufeff]"  # soft hyphen, joiners and direction marks
)

# str.isalnum() is false for vowel signs, so Indic and South-East Asian blocks are named.
_WORD = re.compile(
    r"(?:[^\W_]|[\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ebc\u1000-\u109f\u1780-\u17d3])+"
)
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)


MOST_MARKS = 30
"""Accents and other signs that may stand on one letter (UAX #15, Stream-Safe Text Format)."""
_RUN = re.compile(f"[^\0-\u02ff]{{{MOST_MARKS + 1}}}")  # signs start at U+0300
LAST_MARK = 0x1F000
"""No sign that combines stands above."""


def normalized(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """The normal form of Unicode, in time that grows with the length.

    Signs that combine are put in an order, at a cost that grows with the square of how many stand
    on one letter: thirty stay.
    """
    if text.isascii():
        return text
    if _RUN.search(text):  # in a thirtieth of the time
        text = _too_many_marks().sub(r"\1", text)
    return unicodedata.normalize(form, text)


def fold(text: str) -> str:
    """The form under which spellings of `text` meet: "Pão" and "PAO", "Łódź" and "lodz"."""
    if text.isascii():
        return text.lower()
    bare = normalized("NFKD", normalized("NFKD", text).casefold())
    return normalized("NFC", _MARKS.sub("", bare).translate(_LETTERS))


def words(text: str) -> list[str]:
    """Folded search words of `text` in order, repeats kept.

    Scripts written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) come as
    overlapping pairs of characters, which find a word without a dictionary of the language.
    """
    folded = fold(text)
    if folded.isascii():  # in a tenth of the time
        return _ASCII_WORD.findall(folded)
    return [word for match in _WORD.finditer(folded) for word in _cut(match.group())]


@lru_cache(maxsize=1)
def _too_many_marks() -> re.Pattern[str]:
    marks = "".join(filter(unicodedata.combining, map(chr, range(LAST_MARK))))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


def _cut(word: str) -> Iterator[str]:
    start = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > start:
            yield word[start : run.start()]
        yield from _pairs(run.group())
        start = run.end()
    if start < len(word):
        yield word[start:]


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for first, second in itertools.pairwise(run):
        yield first + second
