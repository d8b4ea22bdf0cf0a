import os
import shutil
from datetime import date

import pytest
from babel import Locale

from node import days, i18n
from node.errors import InvalidInput, NotFound
from node.i18n import _, direction, negotiate, ngettext, speaking


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """A folder of catalogues with one small Arabic one; nothing compiled yet."""
    folder = tmp_path / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "rochdale.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && '
        'n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);\\n"\n\n'
        'msgid "Welcome, %(name)s."\nmsgstr "أهلا %(name)s."\n\n'
        'msgid "%(num)s coop"\nmsgid_plural "%(num)s coops"\n'
        'msgstr[0] "لا تعاونيات"\nmsgstr[1] "تعاونية"\nmsgstr[2] "تعاونيتان"\n'
        'msgstr[3] "%(num)s تعاونيات"\nmsgstr[4] "%(num)s تعاونية"\nmsgstr[5] "%(num)s تعاونية"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    i18n._catalogue.cache_clear()
    yield tmp_path
    i18n._catalogue.cache_clear()


def test_a_sentence_is_translated_when_it_is_shown_not_when_it_is_made(catalogue):
    sentence = _("Welcome, %(name)s.", name="Maya")
    assert str(sentence) == "Welcome, Maya."
    with speaking("ar"):
        assert str(sentence) == "أهلا \u2068Maya\u2069."
    assert str(sentence) == "Welcome, Maya."


def test_a_line_to_be_typed_is_told_without_hidden_signs(catalogue):
    with speaking("ar"):
        typed = str(_("Next: %(program)s serve --data %(data)s", program="rochdale", data="loaf"))
    assert typed == "Next: rochdale serve --data loaf"


@pytest.mark.parametrize(
    ("count", "shown"), [(1, "تعاونية"), (2, "تعاونيتان"), (3, "3 تعاونيات"), (11, "11 تعاونية")]
)
def test_arabic_has_its_six_plurals(catalogue, count, shown):
    with speaking("ar"):
        assert str(ngettext("%(num)s coop", "%(num)s coops", count)) == shown
    assert str(ngettext("%(num)s coop", "%(num)s coops", count)) == (
        "1 coop" if count == 1 else f"{count} coops"
    )


def test_a_region_without_its_own_catalogue_reads_its_languages(catalogue):
    with speaking("ar-TN"):
        assert str(_("Welcome, %(name)s.", name="Leila")) == "أهلا \u2068Leila\u2069."


def test_a_catalogue_is_compiled_once_and_again_when_its_source_is_newer(catalogue):
    source = catalogue / "ar" / "LC_MESSAGES" / "rochdale.po"
    with speaking("ar"):
        str(_("Welcome, %(name)s.", name="x"))
    compiled = source.with_suffix(".mo")
    assert compiled.exists()

    source.write_text(source.read_text("utf-8").replace("أهلا", "مرحبا"), encoding="utf-8")
    later = compiled.stat().st_mtime + 2
    os.utime(source, (later, later))
    i18n._catalogue.cache_clear()
    with speaking("ar"):
        assert str(_("Welcome, %(name)s.", name="x")) == "مرحبا \u2068x\u2069."


def test_a_language_tag_cannot_lead_out_of_the_catalogue_folder(catalogue, tmp_path):
    shutil.copytree(catalogue / "ar", tmp_path.parent / "elsewhere", dirs_exist_ok=True)
    with speaking("../elsewhere"):
        assert str(_("Welcome, %(name)s.", name="x")) == "Welcome, x."


def test_errors_speak_the_readers_language(catalogue):
    error = NotFound(_("Welcome, %(name)s.", name="x"))
    with speaking("ar"):
        assert str(error) == "أهلا \u2068x\u2069."


def test_what_is_wrong_with_several_fields_is_said_at_once():
    error = InvalidInput({"title": [_("Give it a title.")], "lat": [_("North of what?")]})
    assert str(error) == "title: Give it a title.; lat: North of what?"


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("ar", "ar"),
        ("AR-tn;q=0.9, en;q=0.3", "ar"),
        ("pt-PT, pt-BR;q=0.5", "pt-BR"),
        ("de, fr;q=0.1", None),
        ("en;q=0, ar;q=0.5", "ar"),  # q=0 means: not this one
        ("", None),
        (";;q=,,*;q=9" * 200, None),
    ],
)
def test_the_best_language_is_negotiated(header, chosen):
    assert negotiate(header, ("en", "ar", "pt-BR")) == chosen


def test_right_to_left_is_known():
    assert [direction(tag) for tag in ("ar", "en", "he", "pt-BR", "nonsense!")] == [
        "rtl",
        "ltr",
        "rtl",
        "ltr",
        "ltr",
    ]


def test_a_language_is_named_in_itself():
    named = [i18n.language_name(tag) for tag in ("en", "es", "ar", "pt-BR", "nonsense!")]
    assert named == ["English", "Español", "العربية", "Português (Brasil)", "nonsense!"]


def test_every_language_that_can_be_chosen_is_taken_and_has_a_name():
    with speaking("fr"):
        for tag, name in Locale("fr").languages.items():
            if len(tag) == 2:
                assert i18n.is_language_tag(tag), name
                assert i18n.language_name(tag) != tag
        assert i18n.language_name("sm") == "Samoan"
    for tag, is_one in (("sm-WS", True), ("ay-Latn-BO", True), ("sm-QQ", False), ("qq", False)):
        assert i18n.is_language_tag(tag) == is_one, tag


def test_days_are_written_in_a_language_of_which_nothing_is_known():
    with speaking("sm"):
        assert days.full_day(date(2027, 6, 11)) == "11 June 2027"


def test_every_language_that_is_offered_has_a_catalogue_that_loads():
    for tag in i18n.available_languages():
        with speaking(tag):
            assert str(_("Some of this needs another look."))
