"""Names to sign in with, in any script: as they are stored, and by what they are compared. Pure.

They serve here alone: no other coop hears them, and no address on the wire holds one. What looks
alike is a small file of letters (`deploy/build_lookalikes.py`): the package that has the whole
table of Unicode takes a tenth of a second and 15 MB to load.
"""

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from node import limits
from node.errors import InvalidInput
from node.i18n import _
from node.text import fold, normalized

_BETWEEN = "._-\u200c\u200d"
"""May stand inside; the last two shape Persian and Indic words."""
_ONE_DOT = "i\u0307"
"""What the dotted capital of Turkish is in small."""
# What the names of letters begin with in Unicode; these scripts are written together (UTS #39).
_TOGETHER = (
    {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA"},
    {"CJK", "HANGUL"},
    {"CJK", "BOPOMOFO"},
)
_FIRST_WORD = re.compile(r"[A-Z]+")
# Letters and marks of which nobody sees anything are named so.
_UNSEEN = re.compile("FILLER|INHERENT|VARIATION SELECTOR")


def check_handle(text: str) -> str:
    """The handle as stored. Raises InvalidInput for the field `handle`."""
    handle = normalized("NFKC", text.strip().lower()).replace(_ONE_DOT, "i")
    is_word = len(handle) <= limits.HANDLE_LONGEST and _is_word(handle)
    if not is_word or not _is_of_one_script(handle) or not handle_key(handle):
        raise InvalidInput(
            {
                "handle": [
                    _(
                        "Use 1 to %(longest)s letters or digits, all of one script, with dots, "
                        "dashes or underscores between them, such as rosa or rosa.w.",
                        longest=limits.HANDLE_LONGEST,
                    )
                ]
            }
        )
    return handle


def handle_key(text: str) -> str:
    """What a handle is compared by, however it is typed: without case, accents and joiners, digits
    in any script, and letters that look alike as one (UTS #39). So no two people sign in by names
    that one takes for each other."""
    plain = fold(text.strip()[: limits.NAME_LONGEST])
    if plain.isascii():
        return plain
    return "".join(map(_digit, plain)).translate(_lookalikes())


def _is_word(handle: str) -> bool:
    """Letters and digits at both ends, an accent on a letter alone, and something to compare."""
    before = "."
    for sign in handle:
        if _is_mark(sign):
            if not before.isalpha() and not (_is_mark(before) and "COMBINING" not in _name(sign)):
                return False
        elif not (sign.isalpha() or sign.isdecimal() or sign in _BETWEEN):
            return False
        before = sign
    return bool(handle) and handle[0].isalnum() and handle[-1] not in _BETWEEN


def _is_of_one_script(handle: str) -> bool:
    said = [_FIRST_WORD.match(_name(sign)) for sign in handle if _has_script(sign)]
    scripts = {word.group() if word else "" for word in said}
    digits = {ord(sign) - unicodedata.decimal(sign) for sign in handle if sign.isdecimal()}
    is_one = len(scripts) <= 1 or any(scripts <= those for those in _TOGETHER)
    is_seen = not _UNSEEN.search(" ".join(map(_name, handle)))
    return is_one and is_seen and len(digits) <= 1


def _has_script(sign: str) -> bool:
    return sign.isalpha() or (_is_mark(sign) and not _name(sign).startswith("COMBINING"))


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign) in ("Mn", "Mc")


def _name(sign: str) -> str:
    return unicodedata.name(sign, "")


def _digit(sign: str) -> str:
    return str(unicodedata.decimal(sign)) if sign.isdecimal() else sign


@lru_cache(maxsize=1)
def _lookalikes() -> dict[int, str]:
    text = files("node.accounts").joinpath("lookalikes.txt").read_text("utf-8")
    letters, others = [line for line in text.splitlines() if not line.startswith("#")]
    return {ord(letter): other for letter, other in zip(letters, others, strict=True)}
