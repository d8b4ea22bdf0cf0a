"""The story of the README: offered in one coop, found in another, by people with browsers.

Real processes, real signatures over loopback, a real Chromium; once with scripts, once without.
"""

from itertools import count

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.town.demo import Demo
from tests.support.chromium import listen

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Messages travel in a second or two; a machine that does something else may need longer.
HERE, THERE = 0, 1
LOOKS = 30
BETWEEN_LOOKS_MS = 500


@pytest.mark.parametrize(
    ("scripts", "writer", "reader", "title"),
    [
        (True, "admin", "member", "Curtains washed and hung again"),
        (False, "member", "admin", "Rugs fetched and beaten"),
    ],
    ids=["with-scripts", "without-scripts"],
)
async def test_what_one_coop_offers_a_member_of_another_finds(
    browser: Browser,
    demo: Demo,
    complaints: list[str],
    scripts: bool,
    writer: str,
    reader: str,
    title: str,
) -> None:
    here = demo.nodes[HERE]

    offering = await browser.new_context(java_script_enabled=scripts)
    page = await offering.new_page()
    listen(page, complaints)
    await demo.sign_in(page, HERE, writer)
    await write(page, title)

    looking = await browser.new_context(java_script_enabled=scripts)
    page = await looking.new_page()
    listen(page, complaints)
    await demo.sign_in(page, THERE, reader)
    await find(page, title)
    await page.get_by_role("link", name=title, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.get_by_role("main")).to_contain_text(here["name"])
    await expect(page.get_by_role("main")).to_contain_text("£25 a visit")

    await page.get_by_role("link", name=here["name"], exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(here["name"])
    assert complaints == []
    await offering.close()
    await looking.close()


async def write(page: Page, title: str) -> None:
    """From the first page to a published listing, by what is written on links and fields."""
    await page.get_by_role("navigation").get_by_role("link", name="My listings").click()
    await page.get_by_role("link", name="Offer or ask for something").click()
    await page.get_by_label("In a few words").fill(title)
    await page.get_by_label("In a sentence or two").fill("Washed cold, dried in the wind.")
    await page.get_by_role("spinbutton", name="Price").first.fill("25")
    await page.get_by_label("Counted by").first.select_option("visit")
    await page.get_by_role("button", name="Publish").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.get_by_role("status")).to_contain_text("told now")


async def find(page: Page, title: str) -> None:
    """Type it into the search; look again until the message has travelled."""
    await page.get_by_role("navigation").get_by_role("link", name="Find", exact=True).click()
    for look in count(1):
        await page.get_by_label("What do you need?").fill(title)
        await page.get_by_role("button", name="Find").click()
        if await page.get_by_role("link", name=title, exact=True).count():
            return
        assert look < LOOKS, f"{title!r} never arrived"
        await page.wait_for_timeout(BETWEEN_LOOKS_MS)
