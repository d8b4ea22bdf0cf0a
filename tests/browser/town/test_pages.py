"""The pages as people use them: on a small phone, by keyboard, in the dark, right to left."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.looking import DESK, LOOKS, PHONE, looked_over
from tests.browser.town.demo import Demo
from tests.support.chromium import Axe, listen

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE = 0
STRANGERS_PAGES = (
    "/",
    "/write",
    "/sign-in",
    "/about",
    "/coops",
    "/privacy",
    "/language",
    "/search?q=oven",
    "/in/gone",
)
ADMINS_PAGES = (
    "/",
    "/search?q=clean&near=Rochdale&within_km=100",
    "/search?q=unheard-of&near=Nowhere",
    "/mine?whose=all",
    "/moderation",
    "/listings/new",
    "/agreements",
    "/agreements/calendar",
    "/my-calendar",
    "/peers",
    "/domains",
    "/members",
    "/exchange",
    "/settings",
    "/policies",
    "/policies/listings.required_fields",
    "/settings/webhooks",
    "/ledger",
    "/ledger/new",
    "/ledger/accounts",
    "/owed",
    "/account",
    "/account/data",
    "/account/leave",
    "/retention",
    "/threads",
    "/notices",
    "/write",
    "/api",
    "/no-such-page",
)


@pytest.mark.soak
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("role", "language"),
    [
        pytest.param(None, "en", id="stranger"),
        pytest.param("admin", "en", id="admin"),
        pytest.param("admin", "ar", id="admin-ar"),
    ],
)
async def test_everybody_can_use_every_page(
    browser: Browser, demo: Demo, axe: Axe, complaints: list[str], role: str | None, language: str
) -> None:
    """The pages of `test_every_page`, as full as the demo makes them."""
    context = await demo.context(browser, HERE, role, locale=language, reduced_motion="reduce")
    page = await context.new_page()
    paths = await paths_for(page, demo, role)
    listen(page, complaints)
    faults = await looked_over(page, [demo.url(HERE, path) for path in paths], axe, LOOKS[language])
    await context.close()
    assert not faults, "\n".join(map(str, faults))[:3000]
    assert [told for told in complaints if not_an_answer_asked_for(told)] == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_results_are_on_the_first_screen(
    browser: Browser, demo: Demo, size: dict[str, int]
) -> None:
    context = await browser.new_context(viewport=size)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(demo.url(HERE, "/search?q=clean&near=Rochdale&within_km=100"))
    box = await page.locator(".results .card").first.bounding_box()
    assert box is not None
    assert box["y"] <= size["height"] * 0.75
    await context.close()


async def test_a_card_has_one_edge_whatever_language_it_speaks(
    browser: Browser, demo: Demo
) -> None:
    """English words on an Arabic page keep their own direction and end at the page's edge."""
    context = await browser.new_context(locale="ar", viewport=DESK)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(demo.url(HERE, "/search?q=oven"))
    card = page.locator(".card").filter(has_text="Oven clean").first
    edges = await card.evaluate(
        """card => [...card.querySelectorAll('h3, p')].map(element => {
             const words = document.createRange(); words.selectNodeContents(element);
             return Math.round(words.getBoundingClientRect().right) })"""
    )
    assert len(edges) >= 3
    assert max(edges) - min(edges) <= 2, edges
    assert await card.locator("h3").evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert "£" not in await card.inner_text()
    await context.close()


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


async def test_whoever_goes_by_keyboard_sees_where_they_are(browser: Browser, demo: Demo) -> None:
    """From key to key through a page: each stop has a ring round it, in the order of reading."""
    context = await demo.context(browser, HERE, "admin", viewport=DESK)
    page = await context.new_page()
    await page.goto(demo.url(HERE, "/search?q=clean&near=Rochdale&within_km=100"))
    order = []
    for _step in range(40):
        await page.keyboard.press("Tab")
        shown, at = await page.evaluate(
            """() => { const e = document.activeElement, style = getComputedStyle(e);
                 const pin = e.querySelector('.pin');
                 const ring = style.outlineStyle != 'none' && parseFloat(style.outlineWidth) >= 2;
                 const all = [...document.querySelectorAll('*')];
                 return [ring || (pin && parseFloat(getComputedStyle(pin).strokeWidth) > 2),
                         all.indexOf(e)] }"""
        )
        assert shown, f"nothing shows that stop {len(order) + 1} has the focus"
        order.append(at)
    assert order == sorted(order)
    await context.close()


async def test_one_can_search_by_keyboard_alone(page: Page, demo: Demo) -> None:
    await page.goto(demo.url(HERE, "/search"))
    await page.get_by_label("What do you need?").focus()
    await page.keyboard.type("oven")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Oven clean", exact=True)).to_be_visible()


async def paths_for(page: Page, demo: Demo, role: str | None) -> list[str]:
    """Every page somebody can come to: with a listing of ours, a neighbour's, and the neighbour."""
    ours = await first_link(page, demo, "/search?q=clean&origin=local", "/listings/")
    theirs = await first_link(page, demo, "/search?origin=remote", "/mirrors/")
    coop = await first_link(page, demo, "/coops", "/coops/")
    if role is None:
        return [*STRANGERS_PAGES, ours, f"{ours}/ask", theirs, f"{theirs}/ask", coop]
    agreed = await book(page, demo)
    steps = [f"{agreed}/steps/{step}" for step in ("counter", "decline")]
    asking = [f"{ours}/ask", f"{theirs}/ask", agreed, f"{agreed}/receipt", *steps]
    partner = await first_link(page, demo, "/owed", "/owed/with")
    owed = await first_link(page, demo, partner, "/owed/0")
    run = await first_link(page, demo, "/owed", "/clearing/0")
    return [*ADMINS_PAGES, ours, f"{ours}/edit", theirs, coop, *asking, partner, owed, run]


async def book(page: Page, demo: Demo) -> str:
    """A request of a guest that waits for the coop's answer."""
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(locale="en")
    guest = await context.new_page()
    listing = await first_link(guest, demo, "/search?q=clean&origin=local", "/listings/")
    await guest.goto(demo.url(HERE, f"{listing}/ask"))
    await guest.get_by_label("Your name").fill("Nora Quiet")
    await guest.get_by_label("How can you be reached?").fill("0161 555 0101")
    await guest.get_by_role("button", name="See what it comes to").click()
    await guest.get_by_role("button", name="Send it").click()
    await expect(guest.get_by_role("status")).to_contain_text("Sent.")
    await context.close()
    return await first_link(page, demo, "/agreements", "/agreements/0")


async def first_link(page: Page, demo: Demo, path: str, begins: str) -> str:
    await page.goto(demo.url(HERE, path))
    link = page.locator(f"main a[href^='{begins}']").first
    found = await link.get_attribute("href", timeout=10_000)
    assert found is not None
    return found


def not_an_answer_asked_for(told: str) -> bool:
    """A page that is meant to say 404 or 410 is an error to the browser, not to us."""
    return not ("no-such-page" in told or "/in/gone" in told)
