"""A phone without a connection: what was seen is read, what was written survives, and who signs out
leaves nothing behind."""

import asyncio
import re

from msgspec.structs import replace
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from node import listings
from node.accounts import AccountView
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.visitor import PASSWORD, add_account, link_for

PHONE = {"width": 390, "height": 844}
IN_CHARGE = "navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)"
KEPT = """(async () => {
  const names = await caches.keys()
  const seen = await Promise.all(names.filter(name => name.startsWith('seen ')).map(
    async name => (await (await caches.open(name)).keys()).length))
  return seen.reduce((sum, one) => sum + one, 0)
})()"""


async def come_in(page: Page, coop: Coop, account: AccountView) -> None:
    """By a link, on a phone that the worker then looks after."""
    await page.goto(f"{coop.address}{await link_for(coop, account)}")
    await expect(page.get_by_role("status")).to_contain_text("You are signed in")
    await page.wait_for_function(IN_CHARGE)


async def on_phone(browser: Browser, **options: object) -> BrowserContext:
    return await browser.new_context(viewport=PHONE, service_workers="allow", **options)  # type: ignore[arg-type]


async def test_what_was_seen_is_read_and_what_was_written_survives(
    browser: Browser, coop: Coop
) -> None:
    rosa, ben = await add_account(coop, "rosa"), await add_account(coop, "ben")
    bread = await offer(coop, "Sourdough on Fridays", by=ben.id)
    context = await on_phone(browser)
    page = await context.new_page()
    await come_in(page, coop, rosa)
    await page.goto(f"{coop.address}/listings/{bread.id}")
    await page.goto(f"{coop.address}/write?listing={bread.id}")
    await page.get_by_label("Message").fill("Two loaves, please.")
    await coop.go_away()

    await page.goto(f"{coop.address}/account")
    await expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    await page.get_by_role("link", name="Sourdough on Fridays").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sourdough on Fridays")
    await expect(page.get_by_role("status")).to_contain_text("This is how it looked on")

    await coop.come_back()
    await page.goto(f"{coop.address}/write?listing={bread.id}")
    await expect(page.get_by_role("status")).to_contain_text("What you had written here is back")
    await expect(page.get_by_label("Message")).to_have_value("Two loaves, please.")
    await context.set_offline(True)
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_role("status").first).to_contain_text("nothing was sent")
    await context.set_offline(False)
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_role("status")).to_contain_text("Sent.")
    await page.goto(f"{coop.address}/write?listing={bread.id}")
    await expect(page.get_by_label("Message")).to_have_value("")
    await context.close()


async def test_what_was_begun_does_not_undo_what_others_saved_since(
    browser: Browser, coop: Coop
) -> None:
    rosa = await add_account(coop, "rosa")
    bread = await offer(coop, "Sourdough on Fridays", by=rosa.id)
    context = await on_phone(browser)
    page = await context.new_page()
    await come_in(page, coop, rosa)
    address = f"{coop.address}/listings/{bread.id}/edit"
    await page.goto(address)
    await page.get_by_label("In a sentence or two").fill("Baked at night.")
    draft = replace(listings.draft_of(bread), title="Rye on Fridays")
    await coop.write(listings.edit, bread.id, draft, by=rosa.id, expected_version=bread.version)

    await page.goto(address)
    await expect(page.get_by_role("status")).to_contain_text("What you had written here is back")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("Somebody else changed this")
    # The answer is the coop's: nothing kept is put over what it took over.
    await expect(page.get_by_text("What you had written here is back")).to_have_count(0)
    await expect(page.get_by_label("In a few words")).to_have_value("Rye on Fridays")
    await expect(page.get_by_label("In a sentence or two")).to_have_value("Baked at night.")
    await context.close()


async def test_who_had_to_sign_in_first_finds_what_they_wrote(browser: Browser, coop: Coop) -> None:
    """Also where the page could not carry it along, as a form with photos."""
    rosa = await add_account(coop, "rosa")
    context = await on_phone(browser)
    page = await context.new_page()
    await come_in(page, coop, rosa)
    await page.goto(f"{coop.address}/listings/new")
    await page.get_by_label("In a few words").fill("Sourdough on Fridays")
    await context.clear_cookies(name=re.compile("session"))

    async def leads_away(route: Route) -> None:
        if route.request.method == "POST":
            await route.fulfill(status=303, headers={"Location": "/sign-in?next=/listings/new"})
        else:
            await route.continue_()

    await page.route("**/listings/new", leads_away)
    await page.get_by_role("button", name="Publish").click()
    await page.get_by_label("Name you sign in with").fill("rosa")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("status").first).to_contain_text("What you had written here")
    await expect(page.get_by_label("In a few words")).to_have_value("Sourdough on Fridays")
    await context.close()


async def test_a_phone_keeps_nothing_of_one_person_for_the_next(
    browser: Browser, coop: Coop
) -> None:
    rosa, ben = await add_account(coop, "rosa"), await add_account(coop, "ben")
    bread = await offer(coop, "Sourdough on Fridays")
    context = await on_phone(browser)
    page = await context.new_page()
    await come_in(page, coop, rosa)
    await page.goto(f"{coop.address}/listings/{bread.id}")
    await page.wait_for_function(f"{KEPT}.then(kept => kept === 1)")
    await page.goto(f"{coop.address}/write")
    await page.get_by_label("Message").fill("For the coop alone.")
    await page.goto(f"{coop.address}{await link_for(coop, ben)}")
    await expect(page.get_by_role("status")).to_contain_text("You are signed in")
    assert await page.evaluate(KEPT) == 0
    assert await page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('draft'))") == []

    await page.goto(f"{coop.address}/listings/{bread.id}")
    await page.wait_for_function(f"{KEPT}.then(kept => kept === 1)")
    await page.goto(f"{coop.address}/account")
    await page.get_by_role("button", name="Sign out").first.click()
    await expect(page.get_by_role("status")).to_contain_text("Signed out")
    assert await page.evaluate(KEPT) == 0
    await context.close()


async def test_there_is_no_connection_in_the_readers_language(browser: Browser, coop: Coop) -> None:
    context = await on_phone(browser, locale="ar")
    page = await context.new_page()
    await page.goto(coop.address)
    await page.wait_for_function(IN_CHARGE)
    await coop.go_away()
    await page.goto(f"{coop.address}/search")
    assert await page.locator("html").get_attribute("dir") == "rtl"
    await expect(page.get_by_role("heading", level=1)).to_have_text("لا اتصال")
    await context.close()


async def test_two_taps_send_a_form_once_and_are_told_of_once(browser: Browser, coop: Coop) -> None:
    rosa = await add_account(coop, "rosa")
    context = await browser.new_context(viewport=PHONE, service_workers="block")
    page = await context.new_page()
    await page.goto(f"{coop.address}{await link_for(coop, rosa)}")
    await page.goto(f"{coop.address}/listings/new")
    await page.get_by_label("In a few words").fill("Sourdough on Fridays")
    sent: list[str] = []
    came, tapped = asyncio.Event(), asyncio.Event()

    async def held(route: Route) -> None:
        sent.append(route.request.url)
        came.set()
        await tapped.wait()
        await route.continue_()

    await page.route("**/listings/new", held)
    publish = page.get_by_role("button", name="Publish")
    await publish.scroll_into_view_if_needed()
    at = await publish.bounding_box()
    assert at is not None
    await page.mouse.click(at["x"] + 9, at["y"] + 9)
    await came.wait()
    await page.mouse.click(at["x"] + 9, at["y"] + 9)
    tapped.set()
    await expect(page.get_by_role("status")).to_be_visible()
    assert sent == [f"{coop.address}/listings/new"]
    await page.wait_for_url(lambda address: "told" not in address)
    await page.reload()  # what was done is told once
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sourdough on Fridays")
    await expect(page.get_by_role("status")).to_have_count(0)
    await context.close()


async def test_the_need_of_a_referral_is_kept_and_the_person_is_not(
    browser: Browser, coop: Coop
) -> None:
    rosa = await add_account(coop, "rosa")
    context = await on_phone(browser)
    page = await context.new_page()
    await come_in(page, coop, rosa)
    await page.goto(f"{coop.address}/referrals/new")
    await page.locator("[name=name]").fill("Edith Lane")
    await page.locator("[name=summary]").fill("A ramp to a front door")
    assert "Edith" not in await page.evaluate("JSON.stringify(localStorage)")
    await page.goto(f"{coop.address}/referrals/new")
    await expect(page.locator("[name=summary]")).to_have_value("A ramp to a front door")
    await expect(page.locator("[name=name]")).to_have_value("")
    await context.close()


async def test_an_entry_of_the_books_survives_until_it_is_written(
    browser: Browser, coop: Coop
) -> None:
    vera = await add_account(coop, "vera", "treasurer")
    context = await on_phone(browser)
    page = await context.new_page()
    await come_in(page, coop, vera)
    await page.goto(f"{coop.address}/ledger/new")
    await page.get_by_label("What happened").fill("Rent of January")
    await page.get_by_label("Account 2").select_option(index=2)
    chosen = await page.get_by_label("Account 2").input_value()
    await page.get_by_label("Debit 1").fill("12.50")
    await page.goto(f"{coop.address}/ledger")
    await page.goto(f"{coop.address}/ledger/new")
    await expect(page.get_by_role("status")).to_contain_text("What you had written here is back")
    await expect(page.get_by_label("What happened")).to_have_value("Rent of January")
    await expect(page.get_by_label("Account 2")).to_have_value(chosen)
    await expect(page.get_by_label("Debit 1")).to_have_value("12.50")
    await context.close()
