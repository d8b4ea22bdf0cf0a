"""A delegate on a small phone, without any script: votes, changes the vote, keeps the receipt."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from node import accounts, council, group
from tests.browser.hands import Hands
from tests.browser.looking import LOOKS, PHONE, looked_over
from tests.browser.phone import Phone
from tests.stories.council import CLASSES, Council
from tests.support.chromium import Axe, listen
from tests.support.town import TownFounder
from tests.ui.web.test_council_results import WAYS, announce_each_way, vote_each_way
from tests.ui.web.visitor import link_for

pytestmark = pytest.mark.long

ALL_CLASSES = {**CLASSES, **WAYS, "charter": council.DEFAULT_CLASSES["charter"]}


@pytest.fixture
async def pair(found_town: TownFounder) -> Council:
    """Lanehead and Portici with an open vote."""
    founded = await Council(await found_town(2), "lanehead", ALL_CLASSES).found()
    await announce_each_way(founded)
    await founded.wait(minutes=1)  # what is proposed last comes first
    await founded.opened()
    return founded


async def a_delegate(browser: Browser, pair: Council, **options: object) -> Page:
    """A page of Portici's delegate, who looks after the node too."""
    portici = pair.coops["portici"]
    number = pair.delegates["portici"]
    roles = {accounts.Role.MEMBER, accounts.Role.DELEGATE, accounts.Role.ADMIN}
    await portici.write(accounts.set_roles, number, roles, by="operator")
    account = await portici.read(accounts.account, number)
    page = await (await browser.new_context(viewport=PHONE, **options)).new_page()  # type: ignore[arg-type]
    await page.goto(f"http://{portici.node.config.authority}{await link_for(portici, account)}")
    return page


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("language", "looked_at"),
    [
        pytest.param("en", ("en", "ar"), id="en"),
        *(pytest.param(tag, (tag,), id=tag, marks=pytest.mark.soak) for tag in ("ar", "es", "fr")),
    ],
)
async def test_a_delegate_votes_by_phone_without_scripts_and_keeps_the_receipt(
    browser: Browser,
    pair: Council,
    axe: Axe,
    complaints: list[str],
    tmp_path: Path,
    language: str,
    looked_at: tuple[str, ...],
) -> None:
    page = await a_delegate(browser, pair, java_script_enabled=False, locale=language)
    listen(page, complaints)
    at = await votes(Phone(page, language), pair)
    assert json.loads((await saved(Phone(page, language), tmp_path))["ballot"])["choice"] == "yes"

    looking = await page.context.storage_state()
    await page.context.close()
    pages = {
        language: await _looking(browser, looking, language, complaints) for language in looked_at
    }
    federation = await pair.id_at("portici")
    base = at.partition("/council/")[0]
    await pair.vote("lanehead", "yes")
    for name in pair.coops:
        await vote_each_way(pair, name)
    await pair.settle()
    places = ("", "/delegates", "/propose", "/charter", "/charter/change", "/keys")
    paths = [f"/council/federations/{federation}{more}" for more in places]
    faults = []
    urls = [at, *(f"{base}{each}" for each in (*paths, "/council/found", "/council"))]
    for language, each in pages.items():
        faults += await looked_over(each, urls, axe, LOOKS.get(language, LOOKS["en"]))
        way = "rtl" if language == "ar" else "ltr"
        await expect(each.locator("html")).to_have_attribute("dir", way)
    await pair.ended()
    await group.attend(pair.host.node.federation)
    found = await pair.coops["portici"].read(council.proposals)
    results = [f"{base}/council/proposals/{one.id}" for one in found]
    public = f"{pair.host.address}/federations/{pair.digest}"
    for language, each in pages.items():
        faults += await looked_over(each, [*results, public], axe, LOOKS[language])
        await each.context.close()
    assert faults == []
    assert complaints == []


async def test_a_delegate_votes_by_keyboard_alone(browser: Browser, pair: Council) -> None:
    page = await a_delegate(browser, pair, java_script_enabled=False, locale="en")
    await votes(Hands(page), pair)


async def votes(ines: Phone, pair: Council) -> str:
    """Against it, and then for it; returns where."""
    await ines.opens(f"{ines.page.url.partition('/in/')[0].rstrip('/')}/")
    await ines.chooses(f"{ines.word('Vote')} Referral fees")
    at = ines.page.url
    await ines.presses("Leave it as it is")
    await ines.sees("This is your ballot")
    await ines.presses("Cast it")
    await ines.sees("Your vote is on its way. You see here how far it has come.")
    await ines.presses("Do what the text says")
    await ines.presses("Cast it")
    await pair.settle()
    await ines.opens(at)
    await ines.sees("A quorum of coops has stored it.")
    return at


async def saved(ines: Phone, folder: Path) -> Any:
    async with ines.page.expect_download() as coming:
        await ines.page.get_by_role("link", name=ines.word("Save the proof")).click()
    receipt = folder / "receipt.json"
    await (await coming.value).save_as(receipt)
    return json.loads(receipt.read_text())


async def _looking(
    browser: Browser, storage: StorageState, language: str, complaints: list[str]
) -> Page:
    """A page of whoever is signed in, in a language."""
    context = await browser.new_context(
        storage_state=storage, locale=language, reduced_motion="reduce"
    )
    page = await context.new_page()
    listen(page, complaints)
    return page
