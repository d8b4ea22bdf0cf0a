"""What a coop writes says in which language it stands: screen readers, hyphens and translators of
browsers go by that."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from node import joining
from tests.support.town import Coop, Town
from tests.ui.web.test_joining import ADA, FORM
from tests.ui.web.visitor import signed_in, stranger

TEMPLATES = Path(__file__).parents[3] / "ui/web/templates"
_TAG = re.compile(r"<(\w+)((?:\{\{.*?\}\}|\{%.*?%\}|\"[^\"]*\"|[^>\"{])*)>")
_FIELDS = {"input", "textarea"}
"""Whose language would be that of their name and their example, too."""


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_what_people_wrote_says_its_language_or_that_it_is_unknown(path: Path) -> None:
    """What says nothing is in the language of the page, which nobody knows of people's words."""
    silent = [
        tag[0]
        for tag in _TAG.finditer(path.read_text())
        if tag[1] not in _FIELDS and 'dir="auto"' in tag[2] and ' lang="' not in tag[2]
    ]
    assert silent == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_no_words_are_said_to_be_in_the_readers_language_for_want_of_another(path: Path) -> None:
    assert re.findall(r" or lang (?:%|\}\})|!= lang %\} lang=", path.read_text()) == []


async def test_who_reads_arabic_is_told_which_words_of_coops_are_english(two: Town) -> None:
    lanehead, portici = two.coops
    await lanehead.write(joining.set_form, FORM)
    told = {
        "name": "Lanehead",
        "summary": "Homes and offices.",
        "story": "Founded by *six* cleaners.",
        "principles": "Fair pay",
        "legal_form": "Society",
    }
    async with signed_in(lanehead, "femi", "admin") as femi:
        assert (await femi.post("/settings", told)).status == 303
    await two.settle()
    arabic = {"Accept-Language": "ar"}
    async with stranger(lanehead) as passer, stranger(portici) as neighbour:
        about = (await passer.get("/about", **arabic)).text
        there = f"/coops/{lanehead.node.config.authority}"
        theirs = (await neighbour.get(there, **arabic)).text
        for page in (about, theirs):
            assert '<html lang="ar" dir="rtl"' in page
            assert '<p class="lead" dir="auto" lang="en">Homes and offices.' in page
            assert '<div class="prose stack" dir="auto" lang="en"><p>Founded' in page
            assert '<dd lang="en"><bdi>Society</bdi>' in page
            assert '<dd lang="en"><bdi>Fair pay</bdi>' in page
        assert 'dir="auto" lang="en">Homes' in (await passer.get("/", **arabic)).text
        assert 'dir="auto" lang="en">Homes' in (await neighbour.get("/coops", **arabic)).text
        join = (await passer.get("/join", **arabic)).text
        assert '<p class="lead" dir="auto" lang="en">We clean together.' in join
        assert '<bdi lang="en">What can you do?</bdi>' in join
        assert '<bdi lang="en">Our statutes' in join
        assert '<p class="small" dir="auto" lang="en">One member, one vote.' in join


@pytest.fixture
async def bilingual(coop: Coop) -> Coop:
    """A coop whose members read English and Arabic."""
    coop.node.config = replace(coop.node.config, languages=("en", "ar"))
    await coop.write(joining.set_form, FORM)
    return coop


async def test_an_applicant_agrees_to_the_statutes_in_arabic_and_that_is_noted(
    bilingual: Coop,
) -> None:
    said = {
        "in": "ar",
        "version": "1",
        "intro": "نُنظّف معًا.",
        "question-0": "ماذا تُجيد؟",
        "consent-0-title": "نظامنا الأساسي",
        "consent-0-text": "لكل عضو صوت واحد.",
    }
    async with (
        signed_in(bilingual, "femi", "admin") as femi,
        signed_in(bilingual, "rosa", "secretary") as rosa,
        stranger(bilingual) as ada,
    ):
        assert "3 texts are missing" in (await femi.get("/applications/form")).text
        page = (await femi.get("/applications/form?in=ar")).text
        assert '<p class="said" dir="auto" lang="en">One member, one vote.</p>' in page
        assert (await femi.get("/applications/form?in=fr")).status == 404
        half = await femi.post("/applications/form", said | {"consent-0-text": ""})
        assert (half.status, "نظامنا الأساسي" in half.text) == (422, True)
        assert (await femi.post("/applications/form", said)).status == 303
        stale = await femi.post("/applications/form", said)
        assert (stale.status, "ماذا تُجيد؟" in stale.text) == (409, True)
        assert "all of it" in (await femi.get("/applications/form")).text

        page = (await ada.get("/join", **{"Accept-Language": "ar"})).text
        assert '<p class="lead" dir="auto" lang="ar">نُنظّف معًا.' in page
        assert '<bdi lang="ar">ماذا تُجيد؟</bdi>' in page
        assert '<p class="small" dir="auto" lang="ar">لكل عضو صوت واحد.' in page
        assert '<a href="?in=en" lang="en">English</a>' in page
        english = (await ada.get("/join?in=en", **{"Accept-Language": "ar"})).text
        assert '<input type="hidden" name="in" value="en">' in english
        assert "One member, one vote." in english
        applied = await ada.post("/join", ADA | {"version": "2", "in": "ar"})
        assert applied.status == 303
        desk = re.findall(r"/applications/\w{26}", (await rosa.get("/applications")).text)[0]
        shown = (await rosa.get(desk)).text
        assert '<bdi>2027-03</bdi> · <bdi lang="ar">العربية</bdi>' in shown
        assert '<dt dir="auto" lang="en">What can you do?</dt>' in shown


async def test_a_member_agrees_in_arabic_and_that_is_noted(bilingual: Coop) -> None:
    ask = {
        "title": "Photographs",
        "text": "You may show my work.",
        "title-ar": "الصور",
        "text-ar": "لكم أن تعرضوا عملي.",
    }
    arabic = {"Accept-Language": "ar"}
    async with (
        signed_in(bilingual, "femi", "admin") as femi,
        signed_in(bilingual, "rosa") as rosa,
    ):
        half = await femi.post("/settings/consents", ask | {"text-ar": ""})
        assert (half.status, "الصور" in half.text) == (422, True)
        assert (await femi.post("/settings/consents", ask)).status == 303
        page = (await rosa.get("/account/data", **arabic)).text
        assert '<h3 dir="auto" lang="ar">الصور</h3>' in page
        assert '<p class="said" dir="auto" lang="ar">لكم أن تعرضوا عملي.</p>' in page
        [text_id] = re.findall(r'action="/account/consents/(\w+)"', page)
        [language] = re.findall(r'name="language" value="(\w+)"', page)
        give = {"do": "give", "language": language}
        assert (await rosa.post(f"/account/consents/{text_id}", give)).status == 303
        assert '· <bdi lang="ar">العربية</bdi>' in (await rosa.get("/account/data")).text
