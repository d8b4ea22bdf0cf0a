"""Every sentence for people is marked, and has its words in every language that is offered."""

import io
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from node.i18n import (
    LOCALE,
    available_languages,
    direction,
    language_name,
    ngettext,
    speaking,
)

ROOT = LOCALE.parent.parent
TRANSLATED = [tag for tag in available_languages() if tag != "en"]
TEMPLATES = sorted((ROOT / "ui/web/templates").rglob("*.html"))

Sentence = str | tuple[str, ...]
"""What is looked up; for a sentence with a number the singular and the plural."""

PLACE = re.compile(r"%(?:\(\w+\))?[a-zA-Z%]")
# The places in what click says; `!r` is how they are filled.
CLICKS_PLACE = re.compile(r"\{\w+(?:!r)?\}")

# Of the six Arabic forms those for none, one and two say their number without a digit.
FORMS_OF_ONE_NUMBER = 3

# The file name in an address.
NOT_WORDS = {"openapi", "json"}
# French keeps these signs on the line of their word, by a no-break space.
TORN_SIGN = re.compile(r" [:;?!»]|\d %|« |\w[;?!»]")
# Spanish says "tú"; this is how somebody would be told to do something who is called "usted".
CALLED_USTED = re.compile(
    r"\b(?:usted(?:es)?|deles)\b|\ble necesita\b|(?:^|[.:;¿] ?|, (?:[oy] )?)"
    r"(?:añada|cree|deje|diga|elija|escriba|espere|mire|pida|ponga|pruebe|vea|vuelva)\b",
    re.IGNORECASE,
)
# Arabic speaks to one person; this is how several would be spoken to, written without its marks.
CALLED_SEVERAL = re.compile(
    r"\b(?:[وف]?أنتم|\w{2,}كم|\w{3,}تم|[وفس]?ت\w+ون(?:ه|ها|هم|نا)?"
    r"|(?![وفل]?ي)\w{2,}و(?:ا|ه|ها|هم|نا))\b"
)
# What ends like that and is said of others, of several who act together, or is no verb at all.
NOT_CALLED = """
منكم والمحاكم يحكم تكون ستكون الختم عضوا كانوا وافقوا فقدوا قالوا قالوه قالوها كتبوه حفظوه أحيلوا
غيروه وقعوها تمحوه تمحوها مسؤولوها مندوبونا
"""
MARKS = re.compile("[\u064b-\u0652]")
# Imports every module where a sentence that is looked up ends the program. Of click's own words
# only those for kinds of files are looked up so early; no translation uses them (`click_words`).
IMPORTING = """
import importlib, pkgutil
import federation, node, protocol, ui
from node import i18n

def looked_up(*said):
    if said not in {("file",), ("directory",), ("path",), ("Show the version and exit.",)}:
        raise SystemExit(f"translated at import: {said}")
    return said[0]

i18n.LazyString.__str__ = lambda self: looked_up(self.message)
i18n.translate = i18n.translate_plural = looked_up
for package in (protocol, federation, node, ui):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith(("__main__", "migrations.env")):
            importlib.import_module(found.name)
"""
SEEN_ATTRIBUTE = re.compile(r"""\b(?:aria-label|alt|title|placeholder|data-label)="([^"]*)\"""")


@cache
def marked() -> frozenset[Sentence]:
    """The sentences that `make messages` finds, read with the same mapping."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    mappings = project["tool"]["babel"]["mappings"]
    methods = [(one["pattern"], one["method"]) for one in mappings]
    options = {
        one["pattern"]: {k: v for k, v in one.items() if k not in ("pattern", "method")}
        for one in mappings
    }
    return frozenset(
        message
        for package in ("protocol", "federation", "node", "ui")
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / package, methods, options
        )
    )


def catalogue(tag: str) -> Catalog:
    with po_file(tag).open("rb") as file:
        return read_po(file, locale=tag.replace("-", "_"), domain="rochdale", abort_invalid=True)


def po_file(tag: str) -> Path:
    return LOCALE / tag.replace("-", "_") / "LC_MESSAGES" / "rochdale.po"


def sentences(tag: str) -> list[Message]:
    return [message for message in catalogue(tag) if message.id]


def forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def places(text: str) -> list[str]:
    return sorted(PLACE.findall(text))


def words_outside_gettext(template: str) -> list[str]:
    """Literal text that a reader would see or hear: between tags and in spoken attributes."""
    html = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->", " ", template, flags=re.DOTALL)
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    seen = [re.sub(r"<[^>]*>", " ", html), *SEEN_ATTRIBUTE.findall(html)]
    text = re.sub(r"&\w+;", " ", " ".join(seen))
    return [word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in NOT_WORDS]


def test_arabic_is_offered_and_runs_from_right_to_left() -> None:
    assert "ar" in available_languages()
    assert direction("ar") == "rtl"


def test_french_is_offered_by_its_own_name() -> None:
    assert "fr" in available_languages()
    assert language_name("fr") == "Français"


def test_french_signs_stay_with_their_word() -> None:
    torn = [
        form
        for message in sentences("fr")
        for form in forms(message.string)
        if TORN_SIGN.search(CLICKS_PLACE.sub("x", PLACE.sub("x", form)))
    ]
    assert torn == []


def test_spanish_speaks_to_everybody_in_one_way() -> None:
    said = (form for message in sentences("es") for form in forms(message.string))
    assert [form for form in said if CALLED_USTED.search(form)] == []


def test_arabic_speaks_to_everybody_in_one_way() -> None:
    said = (form for message in sentences("ar") for form in forms(message.string))
    others = set(NOT_CALLED.split())
    found = {form: set(CALLED_SEVERAL.findall(MARKS.sub("", form))) - others for form in said}
    assert {form: words for form, words in found.items() if words} == {}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_marked_sentence_is_translated(tag: str) -> None:
    translated = {message.id for message in sentences(tag) if all(forms(message.string))}
    assert sorted(map(str, marked() - translated)) == [], "run `make messages` and translate these"


@pytest.mark.parametrize("tag", TRANSLATED)
def test_nothing_is_guessed_or_left_over(tag: str) -> None:
    read = catalogue(tag)
    assert [message.id for message in read if message.fuzzy] == []
    assert list(read.obsolete) == []
    assert sorted(str(message.id) for message in sentences(tag) if message.id not in marked()) == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translation_fills_the_same_places(tag: str) -> None:
    for message in sentences(tag):
        wanted = places(forms(message.id)[-1])
        translated = forms(message.string)
        exact = translated[:FORMS_OF_ONE_NUMBER] if len(translated) > FORMS_OF_ONE_NUMBER else ()
        for form in exact:
            assert set(places(form)) <= set(wanted), message.id
        for form in translated[len(exact) :]:
            assert places(form) == wanted, message.id


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_sentence_with_a_number_has_every_form(tag: str) -> None:
    read = catalogue(tag)
    for message in sentences(tag):
        if message.pluralizable:
            assert len(forms(message.string)) == read.num_plurals, message.id


def test_an_arabic_number_takes_its_own_form() -> None:
    def members(count: int) -> str:
        return str(ngettext("%(num)d member", "%(num)d members", count))

    with speaking("ar"):
        told = [members(count) for count in (0, 1, 2, 3, 10, 11, 99, 100, 102, 103)]
    assert told == [
        "لا أعضاء",
        "عضو واحد",
        "عضوان",
        "3 أعضاء",
        "10 أعضاء",
        "11 عضوًا",
        "99 عضوًا",
        "100 عضو",
        "102 عضو",
        "103 أعضاء",
    ]


@pytest.mark.parametrize("tag", TRANSLATED)
def test_the_catalogue_compiles(tag: str) -> None:
    write_mo(compiled := io.BytesIO(), catalogue(tag))
    assert compiled.getvalue()


@pytest.mark.parametrize("tag", TRANSLATED)
def test_the_catalogue_names_source_files_without_lines(tag: str) -> None:
    named = re.findall(r"^#: (.*)$", po_file(tag).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert named
    for place in " ".join(named).split():
        assert re.fullmatch(r"(protocol|federation|node|ui)/[\w/]+\.(py|html|xml)", place)


def test_no_sentence_is_translated_while_modules_are_imported() -> None:
    """It would stay in the language of that moment."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_what_a_template_shows_goes_through_gettext(path: Path) -> None:
    assert words_outside_gettext(path.read_text(encoding="utf-8")) == []


def test_a_bare_word_in_a_template_is_noticed() -> None:
    template = """<p title="{{ x }} Help">{{ _('Fine') }} Bare{# note #}</p><img alt="Loom">"""
    assert words_outside_gettext(template) == ["Bare", "Help", "Loom"]


@pytest.mark.parametrize("tag", TRANSLATED)
def test_the_words_that_a_language_keeps_are_those_of_its_catalogue(tag: str) -> None:
    page = (ROOT / "docs/translating.md").read_text().splitlines()
    heads, _line, *rows = [line.strip("|").split("|") for line in page if line.startswith("|")]
    column = [head.strip() for head in heads].index(language_name(tag))
    words = {word.strip() for row in rows for word in re.split("[,،;؛]", row[column])}
    texts = (form for each in sentences(tag) for form in forms(each.string))
    said = MARKS.sub("", " ".join(texts)).lower()
    assert words
    assert [word for word in words if MARKS.sub("", word).lower() not in said] == []
