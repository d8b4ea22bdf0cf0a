"""A guest on a small phone writes to a coop next door, and somebody there answers: no scripts."""

from itertools import count

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.town.demo import Demo
from tests.support.chromium import Axe, listen

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
LOOKS = 30
BETWEEN_LOOKS_MS = 500
HELLO = "Is Friday afternoon free?"
ANSWER = "It is, from two o'clock."


async def test_a_guest_writes_and_is_answered(
    browser: Browser, demo: Demo, axe: Axe, complaints: list[str]
) -> None:
    narrow = {"viewport": PHONE, "java_script_enabled": False}
    guest = await (await browser.new_context(**narrow)).new_page()  # type: ignore[arg-type]
    listen(guest, complaints)
    await guest.goto(demo.url(0, "/search?origin=remote&q=joinery"))
    await guest.locator("main .card a[href^='/mirrors/']").first.click()
    title = await guest.get_by_role("heading", level=1).inner_text()
    await guest.get_by_role("link", name="Write to them").click()
    await guest.get_by_label("Your message").fill(HELLO)
    await guest.get_by_role("button", name="Send it").click()
    await expect(guest.get_by_role("status")).to_contain_text("Keep the link")
    await expect(guest.get_by_role("main")).to_contain_text(guest.url.partition("?")[0])

    context = await demo.context(browser, 1, "admin", **narrow)
    host = await context.new_page()
    listen(host, complaints)
    await host.goto(demo.url(1))
    letter = host.locator("main a[href^='/threads/']").first
    await arrives(host, letter, "/threads")
    await letter.click()
    await expect(host.get_by_role("heading", level=1)).to_have_text(title)
    await expect(host.get_by_role("main")).to_contain_text(HELLO)
    await host.get_by_label("Your message").fill(ANSWER)
    await host.get_by_role("button", name="Send it").click()

    await arrives(guest, guest.get_by_text(ANSWER), guest.url)
    assert complaints == []
    watched = await (await demo.context(browser, 1, "admin", viewport=PHONE)).new_page()
    for page in ("/threads", host.url.partition("?")[0], "/notices"):
        await watched.goto(page if "://" in page else demo.url(1, page))
        assert await axe(watched) == [], page


async def arrives(page: Page, what: object, path: str) -> None:
    """Look again until a message has travelled."""
    address = path if "://" in path else str(page.url).rstrip("/") + path
    for look in count(1):
        await page.goto(address)
        if await what.count():  # type: ignore[attr-defined]
            return
        assert look < LOOKS, "it never arrived"
        await page.wait_for_timeout(BETWEEN_LOOKS_MS)
