"""Words in the reader's language.

Mark every sentence for people with `_("…")` or `ngettext("…", "…", n)`. The result is a lazy
string: it is looked up when it is shown, in the language of the moment (`language`, a context
variable the faces set once per request or command), so that one error can be raised in a background
task and read in Arabic. English is the source; the other languages live in
`ui/locale/*/LC_MESSAGES/rochdale.po`.

Compiled catalogues (`.mo`) are not kept in the repository. One that is missing or older than its
`.po` is compiled at first use and kept beside it where the folder can be written.
"""

import gettext as catalogues
import io
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from babel import Locale

SOURCE_LANGUAGE = "en"
DOMAIN = "rochdale"
LOCALE = Path(__file__).resolve().parent.parent / "ui" / "locale"

# The BCP 47 tag of the reader of the moment.
language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)

# A header longer than this is not a list of languages somebody reads.
_LONGEST_HEADER = 500


class LazyString(Struct, frozen=True):
    """A sentence that is translated when it is shown, not when it is written."""

    message: str
    plural: str | None = None
    count: int = 0
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        text = (
            translate(self.message)
            if self.plural is None
            else translate_plural(self.message, self.plural, self.count)
        )
        return text % _apart_from_ours(self.values) if self.values else text

    def __hash__(self) -> int:
        return hash((self.message, self.plural, self.count))


class Titles(Struct, frozen=True):
    """A name that its owner says in several languages, by their tags; own: where none fits."""

    own: str
    others: Mapping[str, str]

    def __str__(self) -> str:
        tag = language.get().lower()
        fits = {key.lower(): said for key, said in reversed([*self.others.items()])}
        spoken = {key.partition("-")[0]: said for key, said in fits.items()}
        return fits.get(tag) or spoken.get(tag.partition("-")[0]) or self.own


Text = LazyString | str

BEGIN_APART, END_APART = "\u2068", "\u2069"
"""Between these (FSI, PDI) stands what has a direction of its own."""


def apart(text: str) -> str:
    """Words that may run in another direction than those around them."""
    return f"{BEGIN_APART}{text}{END_APART}"


def _apart_from_ours(values: Mapping[str, object]) -> Mapping[str, object]:
    """In a script from the right, what fills a place stands apart: a day or a full stop behind a
    Latin name would else wander to its other side. A line to be typed is copied, and stays bare."""
    if "program" in values or not runs_from_the_right(language.get()):
        return values
    return {name: _apart_if_foreign(value) for name, value in values.items()}


def _apart_if_foreign(value: object) -> object:
    """Days and figures of the reader's own language need no signs around them."""
    if isinstance(value, PurePath | Titles):
        value = str(value)
    if not isinstance(value, str) or "\n" in value or value.startswith(BEGIN_APART):
        return value
    runs_from_the_left = any(unicodedata.bidirectional(sign) == "L" for sign in value)
    return apart(value) if runs_from_the_left else value


def _(message: str, **values: object) -> LazyString:
    """Mark a sentence for translation; `values` fill its %(name)s places."""
    return LazyString(message, values=values)


def ngettext(singular: str, plural: str, count: int, **values: object) -> LazyString:
    """Mark a sentence that depends on a number; %(num)s in it is that number."""
    return LazyString(singular, plural, count, {"num": count, **values})


def translate(message: str) -> str:
    """The message in the language of the moment, its places not yet filled."""
    return _catalogue(language.get()).gettext(message)


def translate_plural(singular: str, plural: str, count: int) -> str:
    """The right plural form in the language of the moment, its places not yet filled."""
    return _catalogue(language.get()).ngettext(singular, plural, count)


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Use one language for a stretch of work."""
    before = language.set(tag)
    try:
        yield
    finally:
        language.reset(before)


@lru_cache(maxsize=1)
def available_languages() -> tuple[str, ...]:
    """BCP 47 tags of the languages the interface speaks, English first."""
    translated = sorted(
        folder.name.replace("_", "-")
        for folder in LOCALE.iterdir()
        if (folder / "LC_MESSAGES" / f"{DOMAIN}.po").exists()
    )
    return (SOURCE_LANGUAGE, *(tag for tag in translated if tag != SOURCE_LANGUAGE))


def is_language_tag(text: str) -> bool:
    """Whether the text has the shape of a BCP 47 tag of a language that CLDR can name ("pt-BR",
    "sm"); of many it knows no more than that."""
    from babel import Locale

    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?", text):
        return False
    if conventions(text) is not None:
        return True
    named, (tongue, *parts) = Locale(SOURCE_LANGUAGE), text.split("-")
    return tongue.lower() in named.languages and all(
        part.title() in named.scripts or part.upper() in named.territories for part in parts
    )


@lru_cache(maxsize=64)
def conventions(tag: str) -> "Locale | None":
    """How a language writes days and numbers, where CLDR knows that."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def language_name(tag: str) -> str:
    """A language's name in itself, as it begins a line: "العربية", "Español"; in the reader's where
    CLDR knows no other; else the tag."""
    own = conventions(tag) if is_language_tag(tag) else None
    readers = conventions(language.get()) if own is None else None
    name = (own and own.display_name) or (readers and readers.languages.get(tag)) or ""
    return name[:1].title() + name[1:] if name else tag


def direction(tag: str) -> str:
    """ "rtl" or "ltr", for the `dir` attribute."""
    own = conventions(tag) if is_language_tag(tag) else None
    return own.text_direction if own else "ltr"


@lru_cache(maxsize=64)
def runs_from_the_right(tag: str) -> bool:
    """Whether that is the direction of a language; English is known without asking CLDR."""
    return tag != SOURCE_LANGUAGE and direction(tag) == "rtl"


def negotiate(header: str, available: Sequence[str]) -> str | None:
    """The best of `available` for an Accept-Language header, or None (RFC 4647 §3.4 lookup)."""
    by_lower = {tag.lower(): tag for tag in available}
    for wanted in _wanted_languages(header):
        parts = wanted.split("-")
        for length in range(len(parts), 0, -1):
            if found := by_lower.get("-".join(parts[:length])):
                return found
    return None


def _wanted_languages(header: str) -> list[str]:
    weighted = []
    for item in header[:_LONGEST_HEADER].lower().split(","):
        tag, _separator, parameters = item.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.[0-9]{0,3})?)\s*", parameters)
        quality = float(weight[1]) if weight else 1.0
        if tag and quality > 0:
            weighted.append((quality, tag.strip()))
    return [tag for _quality, tag in sorted(weighted, key=lambda pair: -pair[0])]


@lru_cache(maxsize=64)
def _catalogue(tag: str) -> catalogues.NullTranslations:
    """The catalogue of a tag, else of its language alone, else English as written."""
    for name in (tag.replace("-", "_"), tag.partition("-")[0]):
        source = LOCALE / name / "LC_MESSAGES" / f"{DOMAIN}.po"
        if re.fullmatch(r"\w+", name) and source.exists():
            return catalogues.GNUTranslations(io.BytesIO(_compiled(source)))
    return catalogues.NullTranslations()


def _compiled(source: Path) -> bytes:
    kept = source.with_suffix(".mo")
    if kept.exists() and kept.stat().st_mtime >= source.stat().st_mtime:
        return kept.read_bytes()

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        # Without the locale Babel leaves the plural rule out of what it compiles.
        catalogue = read_po(file, locale=source.parents[1].name, domain=DOMAIN)
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    _keep(kept, buffer.getvalue())
    return buffer.getvalue()


def _keep(path: Path, content: bytes) -> None:
    """Write beside and rename, so that two processes starting together never read half a file."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError:
        # The package folder may be read-only; the catalogue then is compiled at each start.
        draft.unlink(missing_ok=True)
