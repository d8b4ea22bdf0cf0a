"""What is new in a text and what is gone, word by word."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from msgspec import Struct

MOST_PIECES = 4_000
"""Of both texts together: difflib's work grows with the square."""
MOST_PAIRS = 20_000
"""Of equal pieces, each of which it tries to begin with."""
_WORDS = re.compile(r"\s+|[^\s]+")
_LINES = re.compile(r"[^\n]+\n?|\n")

Pieces = Sequence[str]


class Run(Struct, frozen=True):
    """A piece of text. mark: "ins", "del", or nothing for what stayed."""

    mark: str
    text: str


@lru_cache(maxsize=64)
def marked(before: str, after: str) -> tuple[Run, ...]:
    """The newer text with what was taken out of the older one, in reading order.

    Lines are compared first, and words where lines differ. What is too much to compare is gone as
    a whole, and new as a whole. It is kept: all readers of a proposal ask for the same.
    """
    return tuple(_by_lines(_LINES.findall(before), _LINES.findall(after)))


def _by_lines(old: Pieces, new: Pieces) -> Iterator[Run]:
    least = min(len(old), len(new))
    begin = next((n for n in range(least) if old[n] != new[n]), least)
    end = next((n for n in range(least - begin) if old[-1 - n] != new[-1 - n]), least - begin)
    yield from _run("", new[:begin])
    for mark, gone, come in _steps(old[begin : len(old) - end], new[begin : len(new) - end]):
        yield from _by_words("".join(gone), "".join(come)) if mark else _run("", come)
    yield from _run("", new[len(new) - end :])


def _by_words(before: str, after: str) -> Iterator[Run]:
    for mark, gone, come in _steps(_WORDS.findall(before), _WORDS.findall(after)):
        yield from _run("del", gone if mark else ())
        yield from _run("ins" if mark else "", come)


def _steps(old: Pieces, new: Pieces) -> Iterator[tuple[bool, Pieces, Pieces]]:
    """Whether something changed, what was there before, and what is there now."""
    if not _can_be_compared(old, new):
        yield True, old, new
        return
    matcher = SequenceMatcher(str.isspace, old, new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        yield kind != "equal", old[i1:i2], new[j1:j2]


def _can_be_compared(old: Pieces, new: Pieces) -> bool:
    if len(old) + len(new) > MOST_PIECES:
        return False
    in_new = Counter(new)
    return sum(in_new[piece] for piece in old if not piece.isspace()) <= MOST_PAIRS


def _run(mark: str, pieces: Pieces) -> Iterator[Run]:
    if text := "".join(pieces):
        yield Run(mark, text)
