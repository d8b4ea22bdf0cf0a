"""Pages in words of no language, two fifths longer than ours: what has no room shows itself."""

from decimal import Decimal

import pytest
from playwright.async_api import Browser

from node import joining
from tests.browser.looking import PHONE, SPILLED
from tests.stories.market import offer
from tests.support.pseudo import no_language
from tests.support.town import TownFounder
from tests.ui.web.test_joining import FORM
from tests.ui.web.visitor import add_account, link_for

pytestmark = pytest.mark.long

PAGES = (
    "/", "/search", "/search?q=clean", "/listings/new", "{listing}", "{listing}/ask", "/write",
    "/join", "/agreements", "/threads", "/council", "/members", "/applications/form", "/peers",
    "/settings", "/upkeep", "/account", "/privacy", "/ledger", "/policies",
)  # fmt: skip


@pytest.mark.parametrize("direction", ["en", "ar"], ids=["left-to-right", "right-to-left"])
async def test_longer_words_have_room_on_a_phone(
    found_town: TownFounder, browser: Browser, direction: str
) -> None:
    [coop] = (await found_town(1)).coops
    await coop.write(joining.set_form, FORM)
    femi = await add_account(coop, "femi", "admin")
    listing = await offer(coop, "Home clean", price_amount=Decimal(18), currency="GBP", unit="hour")
    look = {"viewport": PHONE, "locale": direction, "java_script_enabled": False}
    page = await (await browser.new_context(**look)).new_page()  # type: ignore[arg-type]
    spilled = []
    with no_language():
        await page.goto(f"{coop.address}{await link_for(coop, femi)}")
        for path in PAGES:
            at = path.format(listing=f"/listings/{listing.id}")
            await page.goto(coop.address + at)
            spilled += [(at, one) for one in await page.evaluate(SPILLED)]
    assert spilled == []
