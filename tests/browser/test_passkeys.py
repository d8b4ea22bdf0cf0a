"""A passkey in a real browser, with an authenticator that Chromium plays."""

from datetime import timedelta

import pytest
from playwright.async_api import Page

from node import accounts
from tests.browser.looking import looked_over
from tests.support.chromium import Axe
from tests.support.clock import FixedClock
from tests.support.town import Coop
from tests.ui.web.visitor import PASSWORD, add_account

pytestmark = pytest.mark.browser

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def test_a_newcomer_comes_in_by_a_passkey_and_chooses_no_password(
    coop: Coop, page: Page, axe: Axe
) -> None:
    link = await coop.write(
        accounts.issue_link, purpose=accounts.Purpose.INVITE, roles={accounts.Role.MEMBER}
    )
    welcome = f"{coop.address}{link.path}"
    plain = await page.context.browser.new_page(java_script_enabled=False)  # type: ignore[union-attr]
    await plain.goto(welcome)
    assert await plain.get_by_label("Password").is_visible()
    assert not await plain.get_by_text("Make a passkey").is_visible()

    browser = await page.context.new_cdp_session(page)
    await browser.send("WebAuthn.enable")
    await browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    await page.emulate_media(reduced_motion="reduce")
    assert await looked_over(page, [welcome], axe) == []
    make = page.get_by_role("button", name="Make a passkey")
    await page.goto(welcome)
    await page.get_by_label("Your name, as others see it").fill("Ada")
    await make.click()
    assert page.url == welcome  # what is missing is said before a passkey is made for nobody
    await add_account(coop, "ada")
    await page.get_by_label("Name to sign in with").fill("ada")
    await make.click()
    await page.get_by_text("already signs in as ada").first.wait_for()
    await page.get_by_label("Name to sign in with").fill("ada-b")
    await make.click()
    await page.get_by_text("Welcome. You are signed in.").wait_for()

    await page.goto(f"{coop.address}/account")
    assert await page.get_by_text("You sign in as ada-b").is_visible()
    who, stored = await coop.read(accounts.by_handle_with_hash, "ada-b")
    assert stored is None
    assert who is not None
    assert len(await coop.read(accounts.passkeys, who.id)) == 1
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.goto(f"{coop.address}/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.get_by_text("Welcome. You are signed in.").wait_for()


async def test_a_lost_answer_is_not_sent_again_and_what_the_node_refuses_is_said(
    coop: Coop, page: Page
) -> None:
    link = await coop.write(
        accounts.issue_link, purpose=accounts.Purpose.INVITE, roles={accounts.Role.MEMBER}
    )
    browser = await page.context.new_cdp_session(page)
    await browser.send("WebAuthn.enable")
    await browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    asks, make = f"**{link.path}/passkey", page.get_by_role("button", name="Make a passkey")
    await page.goto(f"{coop.address}{link.path}")
    await page.get_by_label("Your name, as others see it").fill("Ada")
    await page.get_by_label("Name to sign in with").fill("ada")

    await page.route(asks, lambda route: route.abort("internetdisconnected"))
    await make.click()
    await page.get_by_text("The node cannot be reached from here").wait_for()
    await page.unroute(asks)

    await page.route(asks, lambda route: route.fulfill(status=429))
    await make.click()
    await page.get_by_text("too much has come from your connection").wait_for()
    assert not await page.get_by_text("The browser made no passkey").is_visible()
    await page.unroute(asks)

    said = page.locator("input[data-said]")
    await page.evaluate("document.querySelector('[data-said]').value = 'lost on its way'")
    await page.get_by_label("Password").fill(PASSWORD)
    assert await said.input_value() == ""
    await page.evaluate("document.querySelector('[data-said]').value = 'lost on its way'")
    async with page.expect_request(asks):
        await make.click()
    await page.get_by_text("Welcome. You are signed in.").wait_for()


async def test_a_link_that_has_ended_meanwhile_says_so(coop: Coop, page: Page) -> None:
    link = await coop.write(
        accounts.issue_link, purpose=accounts.Purpose.INVITE, roles={accounts.Role.MEMBER}
    )
    await page.goto(f"{coop.address}{link.path}")
    await page.get_by_label("Your name, as others see it").fill("Ada")
    await page.get_by_label("Name to sign in with").fill("ada")
    await coop.write(accounts.revoke_link, link.id)
    async with page.expect_navigation() as going:
        await page.get_by_role("button", name="Make a passkey").click()
    answer = await going.value
    assert answer is not None
    assert answer.status == 410


async def test_a_passkey_is_made_comes_in_and_proves_who_it_is(
    coop: Coop, page: Page, clock: FixedClock, axe: Axe
) -> None:
    rosa = await add_account(coop, "rosa", "admin")
    browser = await page.context.new_cdp_session(page)
    await browser.send("WebAuthn.enable")
    made = await browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    await page.goto(f"{coop.address}/sign-in")
    assert not await page.get_by_text("The browser showed no passkey").is_visible()
    await page.get_by_label("Name you sign in with").fill("rosa")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.goto(f"{coop.address}/account")
    await page.get_by_label("On which device").fill("Rosa’s phone")
    await page.get_by_role("button", name="Make a passkey").click()
    await page.get_by_text("From now on it opens your account").wait_for()
    assert await page.get_by_text("Rosa’s phone").first.is_visible()

    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.goto(f"{coop.address}/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.get_by_text("Welcome. You are signed in.").wait_for()

    clock.advance(timedelta(hours=1))
    await page.goto(f"{coop.address}/account")
    await page.get_by_label("New password").fill("another three teapots")
    await page.get_by_role("button", name="Change it").click()
    await page.get_by_role("button", name="Show my passkey").click()
    await page.get_by_text("Saved.").wait_for()
    _who, stored = await coop.read(accounts.by_handle_with_hash, "rosa")
    assert await accounts.matches(stored, "another three teapots")

    clock.advance(timedelta(hours=1))
    user = {"authenticatorId": made["authenticatorId"], "isUserVerified": False}
    await browser.send("WebAuthn.setUserVerified", user)
    await page.goto(f"{coop.address}/members/contacts.vcf")
    await page.get_by_role("button", name="Show my passkey").click()
    await page.get_by_text("The browser showed no passkey").wait_for()
    assert len(await coop.read(accounts.passkeys, rosa.id)) == 1

    plain = await page.context.browser.new_page(java_script_enabled=False)  # type: ignore[union-attr]
    await plain.goto(f"{coop.address}/sign-in")
    assert not await plain.get_by_role("button", name="Sign in with a passkey").is_visible()
    assert await plain.get_by_role("button", name="Sign in", exact=True).is_visible()

    await page.emulate_media(reduced_motion="reduce")
    pages = [f"{coop.address}{path}" for path in ("/account", "/vouching", "/sign-in/lost")]
    assert await looked_over(page, pages, axe) == []
