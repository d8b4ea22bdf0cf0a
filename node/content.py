"""Words from people and peers made harmless: names as plain text, bodies as safe HTML."""

from __future__ import annotations

import asyncio
import html
import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from node.text import normalized

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from nh3 import Cleaner

# Enough for a description; no forms, no styles, no pictures (a remote picture reports its readers).
TAGS = frozenset(
    re.findall(
        r"\w+",
        "p br hr h2 h3 h4 ul ol li blockquote pre code strong em b i u s del sub sup a span",
    )
)
_ATTRIBUTES = {"a": {"href", "hreflang"}, "span": {"lang"}, "p": {"lang", "dir"}}
_SCHEMES = {"https", "http", "mailto", "tel"}

# Direction overrides make text read other than it is stored; they may stand in no name.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# The same in HTML, where they can be written as `&#x202e;`; marks that only say which way stay.
_HIDDEN_IN_HTML = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
# Zero-width joiners shape Persian and Indic words.
_SHAPING = "\u200c\u200d"
# With nothing else in it a text looks empty: joiners, fillers of Hangul and Khmer, blank Braille.
_UNSEEN = _SHAPING + "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0 \n"
# Accents above each other grow out of their line, over what others wrote; phonetic writing has two.
_ACCENT = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILE = re.compile(f"({_ACCENT}{{3}}){_ACCENT}+")

_BLANK = re.compile(r"\n{3,}")
_BLOCK_END = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")

_MOST_TAGS = 2_000
_DEEPEST = 32
"""Tags that are open at once. What is open is opened again wherever tags are crossed, so that a
small text of a browser's rules takes seconds to read."""
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ENDS_BY_ITSELF = frozenset(
    ("br", "hr", "img", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "option")
)

_ROOM = 4
"""How much more is read than may stay: spaces, accents and hidden signs go."""


def name(text: str, longest: int) -> str:
    """One line of plain text: NFC, single spaces, no control or direction marks, no piles of
    accents, cut to length; empty if nobody could see anything of it."""
    if text.isascii() and text.isprintable():  # nothing in it to be taken out
        return " ".join(text.split())[:longest].rstrip()
    clean = "".join(
        " " if character.isspace() else character
        for character in normalized("NFC", text[: _ROOM * longest])
        if character.isspace()
        or character in _SHAPING
        or unicodedata.category(character) not in _HIDDEN
    )
    return _seen(_PILE.sub(r"\1", " ".join(clean.split())))[:longest].rstrip()


def paragraphs(text: str, longest: int) -> str:
    """Plain text or Markdown of several lines, cleaned like a name line by line."""
    lines = text[: _ROOM * longest].replace("\r\n", "\n").replace("\r", "\n")
    kept = "\n".join(_line(line) for line in _BLANK.sub("\n\n", lines).split("\n")).strip()
    return _seen(_BLANK.sub("\n\n", kept))[:longest].rstrip()


def without_markup(text: str) -> str:
    """Text from a file that may hold HTML: no tags, entities read, blocks on lines of their own."""
    if not _TAG.search(text):
        return text
    broken = _BLOCK_END.sub(lambda match: match.group() + "\n", text)
    return html.unescape(_without_tags().clean(_bearable(broken)))


def safe_html(markup: str) -> str:
    """HTML from anywhere, reduced to what a description needs; links do not tell on readers."""
    return _HIDDEN_IN_HTML.sub("", _harmless().clean(_bearable(markup)))


@cache
def _harmless() -> Cleaner:
    """Made once: making it takes ten times as long as cleaning a description with it."""
    import nh3

    return nh3.Cleaner(
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer ugc",
        strip_comments=True,
    )


@cache
def _without_tags() -> Cleaner:
    import nh3

    return nh3.Cleaner(tags=set())


async def at_hand() -> None:
    """Have what reads Markdown loaded, if it was not yet, in a thread: that takes 20 ms, longer on
    a slow disk. Await it before somebody's text is written down on the event loop."""
    if not _markdown.cache_info().currsize:
        await asyncio.to_thread(_load)


@lru_cache(maxsize=256)
def markdown_html(text: str) -> str:
    """Markdown as safe HTML; HTML inside it is shown as text.

    Remembered, because one change of a listing needs it for the message and for the index.
    """
    return safe_html(_markdown().render(text)) if text else ""


def plain(markup: str) -> str:
    """The words of an HTML text on one line."""
    return " ".join(without_markup(markup).split())


def lead(summary: str, body_text: str, longest: int = 220) -> str:
    """What a result shows under the title: the summary, else the beginning of the body."""
    if summary or len(body_text) <= longest:
        return summary or body_text
    return body_text[:longest].rsplit(" ", 1)[0].rstrip(",;:–- ") + "…"


def _bearable(markup: str) -> str:
    """HTML that is read in an instant: without its tags, if they are too many or too deep."""
    return _TAG.sub(" ", markup).replace("<", "&lt;") if _is_dear(markup) else markup


def _is_dear(markup: str) -> bool:
    if markup.count("<") <= _DEEPEST:
        return False
    still_open: Counter[str] = Counter()
    for position, (is_end, called) in enumerate(_TAG_NAME.findall(markup)):
        tag = called.lower()
        if tag not in _ENDS_BY_ITSELF and not (is_end and not still_open[tag]):
            still_open[tag] += -1 if is_end else 1
        if position >= _MOST_TAGS or still_open.total() > _DEEPEST:
            return True
    return False


def _line(line: str) -> str:
    clean = "".join(
        " " if character == "\t" else character
        for character in normalized("NFC", line)
        if character == "\t"
        or character in _SHAPING
        or unicodedata.category(character) not in _HIDDEN
    )
    return _PILE.sub(r"\1", clean).rstrip()


def _seen(text: str) -> str:
    return text if text.strip(_UNSEEN) else ""


def _load() -> None:
    _harmless()
    _markdown()


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).disable("image")
