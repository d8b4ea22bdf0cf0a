"""A booking across two coops on a small phone, without any script: asked, seen, sent, accepted."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.town.demo import Demo
from tests.support.chromium import listen

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
TITLE = "Two-hour home clean"
LOOKS = 30
BETWEEN_LOOKS_MS = 500


async def test_a_member_books_at_another_coop_by_phone_without_scripts(
    browser: Browser, demo: Demo, complaints: list[str]
) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    asking = await demo.context(browser, 1, "member", java_script_enabled=False, viewport=PHONE)
    page = await asking.new_page()
    listen(page, complaints)
    await page.goto(demo.url(1, "/search?q=two-hour"))
    await page.get_by_role("link", name=TITLE, exact=True).click()
    await page.get_by_role("link", name="Book it", exact=True).click()
    await page.get_by_label("Which day?").fill(day)
    await page.get_by_label("From").fill("09:00")
    await page.get_by_label("To", exact=True).fill("11:00")
    await page.get_by_label("A few words to them").fill("The key is at the baker’s.")
    await page.get_by_role("button", name="See what it comes to").click()
    await expect(page.get_by_role("main")).to_contain_text("Nothing is sent yet")
    await expect(page.get_by_role("main")).to_contain_text("£36.00")
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_role("status")).to_contain_text("Sent.")
    await expect(page.get_by_role("main")).to_contain_text("They answer by")

    answering = await demo.context(browser, 0, "admin", java_script_enabled=False, viewport=PHONE)
    desk = await answering.new_page()
    listen(desk, complaints)
    await until_it_says(desk, demo.url(0), TITLE)
    await desk.get_by_role("link", name=f"Answer {TITLE}").click()
    await desk.get_by_role("button", name="Accept").click()
    await expect(desk.get_by_role("status")).to_contain_text("Done.")
    await expect(desk.get_by_role("main")).to_contain_text("It begins on")

    await until_it_says(page, page.url.partition("?")[0], "agreed, with a time")
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    await page.get_by_role("link", name="To print").click()
    await expect(page.locator(".receipt img.weave")).to_have_count(2)
    assert complaints == []
    await asking.close()
    await answering.close()


async def until_it_says(page: Page, url: str, words: str) -> None:
    """Load a page again and again until the message has travelled."""
    main = page.get_by_role("main")
    for _look in range(LOOKS):
        await page.goto(url)
        if await main.filter(has_text=words).count():
            return
        await page.wait_for_timeout(BETWEEN_LOOKS_MS)
    await expect(main).to_contain_text(words)
