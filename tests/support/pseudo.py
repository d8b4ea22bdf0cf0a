"""Words of no language: every sentence of ours in accented letters, each vowel twice, in brackets.

A page in it shows what was never given to the catalogue, for that stays in plain letters; and what
has no room, for it is two fifths longer, as many languages are.
"""

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser

import pytest

from node import i18n
from ui.web import category_words

OPENS, CLOSES = "⟦", "⟧"
_PLACE = re.compile(r"(%(?:\(\w+\))?[a-zA-Z%]|\{\w*(?:![rs])?\}|<[^>]*>|&\w+;)")
_LETTERS = str.maketrans(
    {
        **dict(zip("bcdfghjklmnpqrstvwxyz", "ƀçđƒğĥĵķĺɱñþʠŕšťṽŵẋýž", strict=True)),
        **dict(zip("BCDFGHJKLMNPQRSTVWXYZ", "ƁÇĐƑĞĤĴĶĹṀÑÞɊŔŠŤṼŴẊÝŽ", strict=True)),
        **{plain: 2 * odd for plain, odd in zip("aeiou", "áéíóú", strict=True)},
        **{plain: odd + odd.lower() for plain, odd in zip("AEIOU", "ÁÉÍÓÚ", strict=True)},
    }
)
# What the reader sees or hears of an element besides its text.
_SPOKEN = ("aria-label", "alt", "title", "placeholder", "data-label")
# Nobody reads these aloud, or they are somebody else's words.
_SILENT = {"script", "style", "code", "bdi", "textarea", "template"}
_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@cache
def stretched(message: str) -> str:
    """A sentence of ours; its places stay as they are."""
    parts = _PLACE.split(message)
    odd = [part if at % 2 else part.translate(_LETTERS) for at, part in enumerate(parts)]
    return f"{OPENS}{''.join(odd)}{CLOSES}"


class Stretched(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return stretched(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return stretched(singular if number == 1 else plural)


@contextmanager
def no_language() -> Iterator[None]:
    """Whatever language a reader asks for, ours are words of none; also those that pages keep."""
    category_words._known.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n, "_catalogue", lambda _tag: Stretched())
        yield
    category_words._known.cache_clear()


def plain_words(page: str) -> set[str]:
    """Words in plain letters on a page, but for those that people wrote (in elements that run in a
    direction of their own) and addresses."""
    reader = _Reader()
    reader.feed(page)
    return {word for text in reader.heard for word in re.findall(r"[A-Za-z]{2,}", text)}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._quiet = 0
        """How many of the open elements are."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        quiet = tag in _SILENT or ("dir" in said and tag != "html")
        if not (quiet or self._quiet):
            self.heard += [str(said[name]) for name in _SPOKEN if said.get(name)]
        if tag not in _VOID:
            self._open.append((tag, quiet))
            self._quiet += quiet

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            closed, quiet = self._open.pop()
            self._quiet -= quiet
            if closed == tag:
                return

    def handle_data(self, text: str) -> None:
        if not self._quiet:
            self.heard.append(text)
