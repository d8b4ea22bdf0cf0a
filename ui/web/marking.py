"""What is new in a text and what is gone, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

LONGEST = 20_000
"""Above so many characters paragraphs are compared, not words: difflib grows with the square."""


@dataclass(frozen=True)
class Run:
    """A piece of text. mark: "ins", "del", or nothing for what stayed."""

    mark: str
    text: str


def marked(before: str, after: str) -> list[Run]:
    """The newer text with what was taken out of the older one, in reading order."""
    split = re.compile(r"\s+|[^\s]+" if len(before) + len(after) <= LONGEST else r"[^\n]*\n?")
    old, new = split.findall(before), split.findall(after)
    return list(_runs(old, new))


def _runs(old: list[str], new: list[str]) -> Iterator[Run]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            yield Run("", "".join(new[j1:j2]))
            continue
        if gone := "".join(old[i1:i2]):
            yield Run("del", gone)
        if come := "".join(new[j1:j2]):
            yield Run("ins", come)
