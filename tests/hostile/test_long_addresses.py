"""A page says its own address again in many links: a long one must not make a page a hundred times
as long."""

from urllib.parse import quote

import pytest

from node import listings
from node.listings import ListingDraft
from tests.support.town import Coop
from tests.ui.web.visitor import Visitor, stranger
from ui.web.navigation import MOST_CARRIED

ACCENTS = "a" + "\u0301" * 700 + "\u0316" * 600


@pytest.fixture
async def coop(coop: Coop) -> Coop:
    for number in range(20):
        draft = ListingDraft(f"Bread {number}", category=f"oven {number}")
        await coop.write(listings.create, draft, by=None, publish=True)
    return coop


async def length(visitor: Visitor, query: str) -> int:
    answer = await visitor.get(f"/search?{query}")
    assert answer.status == 200
    return len(answer.text)


async def test_a_search_for_eight_kilobytes_is_answered_by_a_page_as_short_as_any(
    coop: Coop,
) -> None:
    async with stranger(coop) as visitor:
        usual = await length(visitor, "q=bread")
        for query in (
            f"q=bread{quote(ACCENTS)}",
            f"q=bread&near={quote(ACCENTS)}",
            f"q=bread&unheard={quote(ACCENTS)}",
            "q=bread&" + "&".join(f"x{number}={number}" for number in range(700)),
        ):
            assert await length(visitor, query) < 5 * usual, query[:20]


async def test_what_people_type_is_carried_whole(coop: Coop) -> None:
    words = "bread " + "ekmek" * 38
    asked = f"q={quote(words)}&near={quote('Todmorden, GB')}&category=oven+3&origin=local"
    assert len(words.encode()) < MOST_CARRIED
    async with stranger(coop) as visitor:
        text = (await visitor.get(f"/search?{asked}")).text
    assert "Todmorden" in text
    assert text.count("ekmek" * 38) > 3
