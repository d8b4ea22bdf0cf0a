"""Passing somebody on, in a real browser: on a phone, without script, for everybody."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.phone import come_in
from tests.stories.referring import Desk, in_touch, passed_on, settle, written
from tests.support.chromium import Axe, listen
from tests.support.town import Coop
from tests.ui.web.visitor import add_account

pytestmark = pytest.mark.browser

WIDTHS = (320, 1280)
LOOKS = (("en", "light"), ("en", "dark"), ("ar", "light"), ("ar", "dark"))


async def look(page: Page, axe: Axe, coop: Coop, path: str, name: str) -> None:
    """At every width, in both themes and right to left nothing sticks out; axe is content."""
    for language, theme in LOOKS:
        port = coop.node.config.port
        cookies = {f"rochdale-language-{port}": language, f"rochdale-theme-{port}": theme}
        await page.context.add_cookies(
            [{"name": key, "value": value, "url": coop.address} for key, value in cookies.items()]
        )
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.goto(f"{coop.address}{path}")
            assert await page.locator("html").get_attribute("lang") == language
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} sticks out at {width}: {wide}"
            if folder := os.environ.get("ROCHDALE_PICTURES"):
                picture = Path(folder) / f"{name}-{width}-{language}-{theme}.png"
                await page.screenshot(path=picture, full_page=True)
        assert await axe(page) == [], name


@pytest.mark.soak
async def test_the_answer_is_for_everybody(town, browser: Browser, axe: Axe, complaints):
    lanehead, portici, pioneer = await in_touch(town)
    await passed_on(town, lanehead, portici, pioneer)
    desk = Desk(town, portici)
    path = f"/referrals/{(await desk.received()).id}"
    giulia = await add_account(portici, "giulia", "admin")
    page = await (await browser.new_context()).new_page()
    listen(page, complaints)
    await come_in(page, portici, giulia)
    await look(page, axe, portici, path, "answer")
    await desk.accept()
    await desk.work()
    await look(page, axe, portici, path, "answered")
    assert complaints == []


@pytest.mark.soak
async def test_passing_on_is_for_everybody(town, browser: Browser, axe: Axe, complaints):
    lanehead, portici, pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici, pioneer)
    await Desk(town, portici).accept()
    femi = await add_account(lanehead, "femi", "admin")
    page = await (await browser.new_context()).new_page()
    listen(page, complaints)
    await come_in(page, lanehead, femi)
    for path, name in (
        ("/referrals", "desk"),
        ("/referrals/new", "new"),
        (f"/referrals/{case.first}", "one"),
        (f"/referrals/{case.first}/sheet", "sheet"),
        (f"/consent/{case.code}", "consent"),
    ):
        await look(page, axe, lanehead, path, name)
    assert complaints == []


@pytest.mark.long
async def test_a_person_says_yes_and_takes_it_back_on_a_phone_without_script(
    town, browser: Browser
):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await written(town, lanehead, portici)
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto(f"{lanehead.address}/consent/{case.code}")
    await page.get_by_role("button", name="Yes, pass me on").click()
    await page.get_by_text("You said yes").wait_for()
    await case.send()
    await Desk(town, portici).accept()
    await page.reload()
    await page.get_by_text("Name, Phone, Address").last.wait_for()
    await page.get_by_role("button", name="Take it back").click()
    await page.get_by_text("You took it back").wait_for()
    await settle(town)
    await page.reload()
    await page.get_by_text("deleted it and signed for that").wait_for()
    assert (await Desk(town, portici).detail()).person == {}
    await context.close()
