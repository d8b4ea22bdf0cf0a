"""A delegate's key that is made in a real browser, and never leaves it."""

import pytest
from playwright.async_api import Browser, Page

from node import accounts, council
from tests.browser.looking import PHONE, Sent, looked_over
from tests.stories.council import Council
from tests.support.chromium import Axe, listen
from tests.support.town import TownFounder
from tests.ui.web.visitor import link_for

pytestmark = pytest.mark.browser


async def test_a_delegate_votes_by_a_key_of_this_browser_and_no_other_browser_can(
    browser: Browser, found_town: TownFounder, axe: Axe, complaints: list[str]
) -> None:
    pair = await Council(await found_town(2), "lanehead").found()
    portici, host = pair.coops["portici"], pair.coops["lanehead"]
    account = await portici.read(accounts.account, pair.delegates["portici"])

    async def somewhere() -> Page:
        page = await (await browser.new_context(viewport=PHONE)).new_page()
        await page.emulate_media(reduced_motion="reduce")
        listen(page, complaints)
        await page.goto(f"{portici.address}{await link_for(portici, account)}")
        return page

    here, elsewhere = await somewhere(), await somewhere()
    number = await pair.id_at("portici")
    federation = f"{portici.address}/council/federations/{number}"
    assert await looked_over(here, [federation], axe) == []
    await here.goto(federation)
    await here.get_by_role("button", name="Keep my key on this device").click()
    await here.get_by_role("status").first.wait_for()
    await pair.settle()
    await here.reload()
    assert await here.get_by_text("Their key is on their own device").is_visible()
    await pair.opened()
    at = f"{portici.address}/council/proposals/{(await pair.row('portici')).id}"
    for page in (elsewhere, here):
        await page.goto(at)
        await page.get_by_role("button", name="Yes").click()
        await page.get_by_role("button", name="Cast it").click()
        if page is elsewhere:
            await page.get_by_text("Your key is not in this browser").wait_for()
            assert await looked_over(page, [Sent(f"{at}/ballot", {"choice": "yes"})], axe) == []
    await here.get_by_role("heading", name="Our ballot: Yes").wait_for()
    await pair.settle()
    [cast] = await host.read(council.ballots, (await pair.row("lanehead")).id)
    assert (cast.coop, cast.choice) == (portici.uri, "yes")
    assert complaints == []
    for page in (elsewhere, here):
        await page.context.close()
