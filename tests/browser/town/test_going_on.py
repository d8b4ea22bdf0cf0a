"""What the demo begins with: bookings in several states, referrals on their way, neighbours."""

from collections import Counter
from urllib.parse import urlsplit

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from tests.browser.town.demo import Demo

pytestmark = pytest.mark.asyncio(loop_scope="session")

LANEHEAD, PIONEER = 0, 1
# For a picture that the node gets from the other coop and draws anew, on a busy machine.
PATIENCE_MS = 60_000


async def said(demo: Demo, coop: int, path: str, *, role: str = "admin") -> list[dict[str, str]]:
    """What the API tells. By address: only a browser knows that *.localhost is this computer."""
    host = urlsplit(demo.url(coop))
    headers = {"Authorization": f"Bearer {demo.nodes[coop]['token'][role]}", "Host": host.netloc}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"http://127.0.0.1:{host.port}/api/v1/{path}") as answer,
    ):
        return (await answer.json())["items"]


async def test_bookings_and_referrals_are_on_their_way_at_both_ends(demo: Demo) -> None:
    sold = Counter(one["state"] for one in await said(demo, LANEHEAD, "agreements"))
    # Guests of other tests may have asked for more, in the same demo.
    assert sold >= Counter({"requested": 2, "scheduled": 1, "settled": 1})
    bought = Counter(one["state"] for one in await said(demo, PIONEER, "agreements"))
    assert bought >= Counter({"countered": 1, "delivered": 1, "requested": 1})
    passed = [(one["state"], one["side"]) for one in await said(demo, LANEHEAD, "referrals")]
    assert sorted(passed) == [("consent_pending", "sent"), ("sent", "received")]


async def test_a_stranger_sees_pictures_of_neighbours_and_can_join(
    browser: Browser, demo: Demo
) -> None:
    page = await (await demo.context(browser, PIONEER, None)).new_page()
    await page.goto(demo.url(PIONEER, "/search?q=clean"))
    shown = page.get_by_role("img", name="A clean oven with a loaf behind the glass")
    await shown.scroll_into_view_if_needed()
    await expect(shown).to_have_js_property("naturalWidth", 320, timeout=PATIENCE_MS)
    await page.goto(demo.url(PIONEER))
    await page.get_by_role("link", name="Become a member").click()
    await expect(page.get_by_label("What do you do, and where?")).to_be_visible()
    await page.context.close()


async def test_no_neighbour_fills_the_first_page(browser: Browser, demo: Demo) -> None:
    page = await (await demo.context(browser, LANEHEAD, "admin")).new_page()
    await page.goto(demo.url(LANEHEAD))
    shelf = page.get_by_role("region", name="From your neighbours").get_by_role("listitem")
    await expect(shelf).to_have_count(4)
    await page.context.close()
