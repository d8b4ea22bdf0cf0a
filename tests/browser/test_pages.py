"""The pages as people use them: on a small phone, by keyboard, in the dark, right to left."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.demo import Demo
from tests.support.chromium import Axe, listen

pytestmark = pytest.mark.slow

HERE = 0
STRANGERS_PAGES = ("/sign-in", "/about")
ADMINS_PAGES = (
    "/",
    "/search?q=clean&near=Rochdale&within_km=100",
    "/mine",
    "/listings/new",
    "/peers",
    "/domains",
    "/members",
    "/exchange",
    "/account",
)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SMALLEST = {"width": 320, "height": 640}

LOOKS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE},
    "desk": {"viewport": DESK},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "arabic": {"viewport": PHONE, "locale": "ar"},
}


@pytest.mark.parametrize("look", LOOKS)
async def test_everybody_can_use_every_page(
    browser: Browser, demo: Demo, axe: Axe, complaints: list[str], look: str
) -> None:
    faults = []
    for role, paths in ((None, STRANGERS_PAGES), ("admin", ADMINS_PAGES)):
        context = await demo.context(browser, HERE, role, **LOOKS[look])
        page = await context.new_page()
        listen(page, complaints)
        for path in [*paths, *(await listings_of(page, demo) if role else [])]:
            await page.goto(demo.url(HERE, path))
            faults += [(path, violation) for violation in await axe(page)]
        await context.close()
    assert faults == []
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_nothing_has_to_be_moved_sideways_on_the_smallest_screen(
    browser: Browser, demo: Demo, language: str
) -> None:
    too_wide = []
    for role, paths in ((None, STRANGERS_PAGES), ("admin", ADMINS_PAGES)):
        context = await demo.context(browser, HERE, role, viewport=SMALLEST, locale=language)
        page = await context.new_page()
        for path in [*paths, *(await listings_of(page, demo) if role else [])]:
            await page.goto(demo.url(HERE, path))
            width = await page.evaluate("document.documentElement.scrollWidth")
            if width > SMALLEST["width"]:
                too_wide.append((path, width))
        await context.close()
    assert too_wide == []


async def test_an_arabic_browser_reads_from_right_to_left(browser: Browser, demo: Demo) -> None:
    context = await browser.new_context(locale="ar")
    page = await context.new_page()
    await page.goto(demo.url(HERE))
    assert await page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    assert await page.get_by_role("link", name="Home").count() == 0
    await context.close()


async def test_the_first_key_skips_to_the_page(page: Page, demo: Demo) -> None:
    await page.goto(demo.url(HERE))
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    await page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.querySelector('main').contains(document.activeElement)")


async def test_one_can_search_by_keyboard_alone(page: Page, demo: Demo) -> None:
    await page.goto(demo.url(HERE, "/search"))
    await page.get_by_label("What do you need?").focus()
    await page.keyboard.type("oven")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Oven clean", exact=True)).to_be_visible()


async def listings_of(page: Page, demo: Demo) -> list[str]:
    """A listing of ours and a neighbour's."""
    await page.goto(demo.url(HERE, "/mine?whose=all"))
    ours = await page.locator("a[href^='/listings/'][dir]").first.get_attribute("href")
    await page.goto(demo.url(HERE, "/search?origin=remote"))
    theirs = await page.locator(".card a[href^='/mirrors/']").first.get_attribute("href")
    assert ours is not None
    assert theirs is not None
    return [ours, theirs]
