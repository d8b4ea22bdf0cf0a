"""What follows a vote, on a phone and without scripts; every page of it looked over."""

import pytest
from playwright.async_api import Browser, expect

from node import accounts, council, deliberation, policies
from node.council import Amended
from tests.browser.looking import looked_over
from tests.browser.test_council import a_delegate
from tests.stories.council import CLASSES, Council
from tests.support.chromium import Axe, listen
from tests.support.town import TownFounder

pytestmark = pytest.mark.soak


ORDINARY = CLASSES["ordinary"] | {"secondRound": True, "proxies": 2}
BY_CONSENT = ORDINARY | {"rule": {"method": "consent", "quorum": "1/3"}}
NO = {"objection": {"reason": "It costs us a day a week.", "aim": "Work that one can live on"}}


@pytest.fixture
async def pair(found_town: TownFounder) -> Council:
    """Lanehead and Portici, who decide on dues and by consent."""
    classes = {"ordinary": ORDINARY | {"urgent": True}, "consent": BY_CONSENT}
    made = Council(await found_town(2), "lanehead", classes)
    made.competences = ("referrals.", "dues.")
    return await made.found()


async def test_a_coop_objects_and_answers_by_phone_without_scripts(
    browser: Browser, pair: Council, axe: Axe, complaints: list[str]
) -> None:
    dues = {policies.DUES_PER_MEMBER.name: 500, "referrals.fee_ceiling_percent": "3"}
    await pair.opened(policies=dues, title="Five pounds for each member")
    await pair.votes({"lanehead": "yes", "portici": "yes"})
    await pair.ended()
    await pair.opened(policies={}, decision_class="consent", title="We meet on Mondays")
    await pair.vote("lanehead", NO)
    await pair.settle()

    page = await a_delegate(browser, pair, java_script_enabled=False)
    listen(page, complaints)
    main, base = page.get_by_role("main"), f"http://{pair.coops['portici'].node.config.authority}"
    await page.goto(f"{base}/council")
    await page.get_by_role("link", name="Answer Five pounds").click()
    decided = page.url
    await page.get_by_label("Our own decision").fill("Meeting of 3 May, item 4")
    await page.get_by_role("button", name="Yes, it binds us").click()
    await pair.settle()
    await page.goto(decided)
    await expect(main).to_contain_text("Meeting of 3 May, item 4")

    await page.goto(f"{base}/council")
    await page.get_by_role("link", name="Vote We meet on Mondays").click()
    asked = page.url
    await page.get_by_text("We object").click()
    await page.get_by_label("Why?").fill("Nobody is free then.")
    await page.get_by_label("Which aim").fill("That all can come")
    await page.get_by_role("button", name="See your ballot").click()
    await expect(main).to_contain_text("Objection: Nobody is free then.")
    await page.get_by_role("button", name="Cast it").click()
    await page.get_by_text("This objection has no reason").click()
    await page.get_by_label("Why", exact=True).fill("It names nothing that we do.")
    await page.get_by_role("button", name="Say so").click()
    await pair.settle()
    await page.goto(asked)
    await expect(main).to_contain_text("Not reasoned, says Portici: It names nothing that we do.")

    talked = await talked_over(pair, base)
    looking = await page.context.storage_state()
    await page.context.close()
    page = await (
        await browser.new_context(storage_state=looking, reduced_motion="reduce")
    ).new_page()
    federation = await pair.id_at("portici")
    after = f"{base}/council/federations/{federation}/propose?after={decided.rpartition('/')[2]}"
    proxies = f"{base}/council/federations/{federation}/proxies"
    pages = [decided, asked, after, proxies, f"{base}/policies", *talked]
    faults = await looked_over(page, pages, axe)
    await page.context.close()
    assert faults == []
    assert complaints == []


async def talked_over(pair: Council, base: str) -> list[str]:
    """Pages about a text of Portici's that is talked over, with a comment and a rival text."""
    portici, lanehead = pair.coops["portici"], pair.coops["lanehead"]
    number = await pair.submitted("portici", title="Dues once a year", policies={})
    ines = await portici.read(accounts.account, pair.delegates["portici"])
    said = await portici.write(deliberation.comment, number, "In *spring*?", by=ines)
    rival = Amended("Dues twice a year", "Half in spring, half in autumn.")
    await lanehead.write(council.amend, (await pair.row("lanehead")).id, rival, by="rosa")
    await pair.settle()
    at = f"{base}/council/proposals/{number}"
    return [at, f"{at}/text", f"{at}/amend", f"{at}/discussion", f"{at}/comments/{said}"]
