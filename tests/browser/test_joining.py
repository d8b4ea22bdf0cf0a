"""Becoming a member in a real browser: on a phone, without script; and for everybody."""

import pytest
from playwright.async_api import Browser, Page

from node import joining
from node.accounts import AccountView
from node.joining import Actor, ConsentText, Event, Form, Particulars, Question
from node.members import MembershipClass
from tests.browser.looking import PHONE, looked_over
from tests.support.chromium import Axe, listen
from tests.support.town import Coop, TownFounder
from tests.ui.web.visitor import PASSWORD, add_account, link_for

pytestmark = pytest.mark.browser

FORM = Form(
    is_open=True,
    intro="We clean homes and offices, and share what we earn.",
    classes=(MembershipClass.WORKER, MembershipClass.SUPPORTER),
    questions=(Question("What can you do?"), Question("How did you hear of us?", required=False)),
    consents=(ConsentText("Our statutes", "One member, one vote.", "2027-03"),),
)


@pytest.fixture
async def coop(found_town: TownFounder) -> Coop:
    coop = (await found_town(1)).coops[0]
    await coop.write(joining.set_form, FORM)
    return coop


async def enter(page: Page, coop: Coop, account: AccountView) -> None:
    await page.goto(f"{coop.address}{await link_for(coop, account)}")
    if await page.locator("main form button").count():
        await page.locator("main form button").first.click()


async def test_a_stranger_becomes_a_member_and_publishes_on_a_phone_without_script(
    coop: Coop, browser: Browser
) -> None:
    rosa = await add_account(coop, "rosa", "secretary")
    phone, desk = [
        await (await browser.new_context(viewport=PHONE, java_script_enabled=False)).new_page()  # type: ignore[arg-type]
        for _each in range(2)
    ]
    await phone.goto(coop.address)
    await phone.get_by_role("link", name="Become a member").click()
    await phone.get_by_label("Name", exact=True).fill("Ada Brzezińska")
    await phone.get_by_label("Telephone").fill("+44 1706 524920")
    await phone.get_by_label("What can you do?").fill("Windows")
    await phone.get_by_role("button", name="Send the application").click()
    await phone.get_by_text("Without this the coop cannot take you in").wait_for()
    await phone.get_by_label("Our statutes").check()
    await phone.get_by_role("button", name="Send the application").click()
    await phone.get_by_text("Keep this link").wait_for()

    await enter(desk, coop, rosa)
    await desk.get_by_role("link", name="Look at it").click()
    await desk.get_by_label("What you say to them").fill("Since when?")
    await desk.get_by_role("button", name="Ask for more").click()

    await phone.reload()
    await phone.get_by_label("Your answer").fill("Since 2019")
    await phone.get_by_role("button", name="Send the answer").click()
    await desk.reload()
    await desk.get_by_text("Since 2019").wait_for()
    await desk.get_by_role("button", name="Admit", exact=True).click()

    await phone.reload()
    await phone.get_by_role("button", name="Make my account").click()
    await phone.get_by_label("Name to sign in with").fill("ada")
    await phone.get_by_label("Password").fill(PASSWORD)
    await phone.get_by_role("button", name="Come in").click()
    await phone.get_by_role("link", name="Offer or ask for something").click()
    await phone.get_by_label("In a few words").fill("Windows, inside and out")
    await phone.get_by_role("button", name="Publish").click()
    await phone.get_by_text("Published.").wait_for()
    await desk.reload()
    await desk.get_by_text("has come in").wait_for()


@pytest.mark.soak
async def test_joining_is_for_everybody(
    coop: Coop, browser: Browser, axe: Axe, complaints: list[str]
) -> None:
    femi = await add_account(coop, "femi", "admin")
    applied = await coop.write(
        joining.apply,
        Particulars("Ada", phone="+44 1706 524920", answers=("Windows",)),
        membership_class="worker",
        agreed=[0],
    )
    asking = {"actor": Actor.REVIEWER, "by": femi.id, "message": "Since when?"}
    await coop.write(joining.step, applied.id, Event.ASK, **asking)
    page = await (await browser.new_context(reduced_motion="reduce")).new_page()
    listen(page, complaints)
    open_to_all = [f"{coop.address}{path}" for path in ("/join", applied.path)]
    assert await looked_over(page, open_to_all, axe) == []
    await page.goto(f"{coop.address}{await link_for(coop, femi)}")
    if await page.locator("main form button").count():
        await page.locator("main form button").first.click()
    paths = ("/applications", f"/applications/{applied.id}", "/applications/form", "/members")
    assert (
        await looked_over(page, [f"{coop.address}{path}" for path in (*paths, "/audit")], axe) == []
    )
    assert complaints == []
