"""What a coop writes says in which language it stands: screen readers, hyphens and translators of
browsers go by that."""

import re
from pathlib import Path

import pytest

from node import joining
from tests.support.town import TownFounder
from tests.ui.web.test_joining import FORM
from tests.ui.web.visitor import signed_in, stranger

TEMPLATES = Path(__file__).parents[3] / "ui/web/templates"
OF_COOPS = (
    "coops/*.html",
    "joining/*.html",
    "peers/peers.html",
    "policies/*.html",
    "privacy/*.html",
    "settings/*.html",
    "council/proposal.html",
    "council/public.html",
)
OF_PERSONS = (
    "{{ answer }}",  # of an applicant
    "{{ step.message }}",
    "{{ form.name.data }}",  # a name has no language
)
"""Whose language nobody was asked."""
_TOLD = re.compile(r'<(?!input|textarea)\w+(?=[^>]* dir="auto")(?![^>]* lang=)[^>]*>.*')


@pytest.mark.parametrize("pattern", OF_COOPS)
def test_each_text_of_a_coop_in_the_templates_says_its_language(pattern: str) -> None:
    found = sorted(TEMPLATES.glob(pattern))
    assert found
    silent = [
        f"{path.name}: {text[:160]}"
        for path in found
        for text in _TOLD.findall(path.read_text())
        if not any(words in text for words in OF_PERSONS)
    ]
    assert silent == []


async def test_who_reads_arabic_is_told_which_words_of_coops_are_english(
    found_town: TownFounder,
) -> None:
    town = await found_town(2)
    await town.introduce(*town.coops)
    lanehead, portici = town.coops
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
    await town.settle()
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
        assert '<span dir="auto" lang="en">Our statutes' in join
        assert '<p class="small" dir="auto" lang="en">One member, one vote.' in join
