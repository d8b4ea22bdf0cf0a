"""Delegates without any script: asked by letter, they vote, change the vote, keep the receipt."""

import json
import re

import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from node import accounts, council, group, limits, mail
from node.mail.letters import one_line
from tests.browser.hands import Hands
from tests.browser.looking import LOOKS, PHONE, Sent, looked_over
from tests.browser.phone import Phone
from tests.stories.council import CLASSES, Council
from tests.support.chromium import Axe, listen
from tests.support.postbox import Postbox, letters_of
from tests.support.town import Coop, TownFounder
from tests.ui.web.test_council_results import WAYS, announce_each_way, vote_each_way
from tests.ui.web.visitor import PASSWORD, link_for

pytestmark = pytest.mark.long

ORDINARY = CLASSES["ordinary"]
BY_CONSENT = {"consent": ORDINARY | {"rule": {"method": "consent", "quorum": "1/3"}}}
MONDAYS = "We meet on Mondays"
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
        pytest.param("ar", (), id="ar"),
        *(pytest.param(tag, (tag,), id=tag, marks=pytest.mark.soak) for tag in ("es", "fr")),
    ],
)
async def test_a_delegate_votes_by_phone_without_scripts_and_keeps_the_receipt(
    browser: Browser,
    pair: Council,
    axe: Axe,
    complaints: list[str],
    language: str,
    looked_at: tuple[str, ...],
) -> None:
    page = await a_delegate(browser, pair, java_script_enabled=False, locale=language)
    listen(page, complaints)
    at = await votes(Phone(page, language), pair)
    await keeps_the_receipt(Phone(page, language))

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
    ballot = Sent(f"{at.partition('#')[0]}/ballot", {"choice": "yes"})
    for language, each in pages.items():
        faults += await looked_over(each, [*urls, ballot], axe, LOOKS.get(language, LOOKS["en"]))
        way = "rtl" if language == "ar" else "ltr"
        await expect(each.locator("html")).to_have_attribute("dir", way)
    await pair.ended()
    await group.attend(pair.host.node.federation)
    found = await pair.coops["portici"].read(council.proposals)
    results = [f"{base}/council/proposals/{one.id}" for one in found]
    public = f"{pair.host.address}/federations/{pair.digest}"
    for language, each in pages.items():
        faults += await looked_over(each, [*results, public], axe, LOOKS.get(language, LOOKS["en"]))
        await each.context.close()
    assert faults == []
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_a_delegate_votes_from_the_first_page_by_keyboard_and_keeps_the_receipt(
    browser: Browser, pair: Council, language: str
) -> None:
    portici = pair.coops["portici"]
    ines = await Hands.of_somebody(browser, language)
    delegate = await portici.read(accounts.account, pair.delegates["portici"])
    await ines.comes_in(portici, delegate)
    await votes(ines, pair)
    await keeps_the_receipt(ines)


@pytest.fixture
async def asked(found_town: TownFounder) -> Council:
    """Lanehead and Portici; Portici has announced a vote by consent, which opens in some days."""
    founded = await Council(await found_town(2), "lanehead", BY_CONSENT).found()
    await founded.announced("portici", title=MONDAYS, policies={}, decision_class="consent")
    return founded


@pytest.mark.parametrize(
    ("by_keyboard", "by_phone"),
    [
        pytest.param("en", "ar", id="en-keyboard-ar"),
        pytest.param("ar", "fr", id="ar-keyboard-fr"),
        pytest.param("fr", "es", id="fr-keyboard-es", marks=pytest.mark.soak),
    ],
)
async def test_delegates_are_asked_by_letter_object_with_a_slip_and_change_their_vote(
    browser: Browser, asked: Council, by_keyboard: str, by_phone: str
) -> None:
    """Each letter leads to the ballot, and from there to the end one goes by keyboard alone."""
    ines = await Hands.of_somebody(browser, by_keyboard)
    laila = await Phone.of_somebody(browser, by_phone)
    portici, lanehead = asked.coops["portici"], asked.coops["lanehead"]
    async with letters_of(portici) as ines_box, letters_of(lanehead) as laila_box:
        await can_be_written_to(ines, asked, "portici", ines_box)
        await can_be_written_to(laila, asked, "lanehead", laila_box)
        await asked.wait(hours=76, minutes=1)
        await asked.wait(hours=24)
        asked.town.clock.advance(limits.MAIL_WAITS)
        for somebody, coop, box in ((ines, portici, ines_box), (laila, lanehead, laila_box)):
            await votes_by_letter(somebody, asked, await asked_in(somebody, coop, box))
            await somebody.page.context.close()


async def can_be_written_to(delegate: Phone, pair: Council, name: str, box: Postbox) -> None:
    """The delegate of a coop gets a password, a language and an address."""
    coop, number = pair.coops[name], pair.delegates[name]
    await coop.write(accounts.set_password, number, await accounts.hashed(PASSWORD))
    await coop.write(accounts.set_language, number, delegate.language)
    address = f"{delegate.language}@example.org"
    await coop.write(mail.set_address, number, address, zone="Europe/London")
    await coop.node.mail.settle()
    [code] = re.findall(r"/mail/confirm/(\S+)", box.text())
    await coop.write(mail.confirm, code)


async def asked_in(delegate: Phone, coop: Coop, box: Postbox) -> str:
    """The link of the letter that asks for the vote, which is in their language throughout."""
    await coop.node.mail.settle()
    message = "“%(title)s” waits for our coop’s vote until %(when)s."
    begins = delegate.word(message, title=MONDAYS, when="|").partition("|")[0]
    [letter] = [one for one in box.letters if one_line(begins) in str(one["Subject"])]
    assert letter["To"] == f"{delegate.language}@example.org"
    text, html = [str(part.get_content()) for part in letter.iter_parts()]
    way = "rtl" if delegate.language == "ar" else "ltr"
    assert f'<html lang="{delegate.language}" dir="{way}">' in html
    assert delegate.word("Look at it") in html
    [link] = re.findall(rf"{coop.address}/council/proposals/\S+", text)
    return str(link)


async def votes_by_letter(delegate: Phone, pair: Council, link: str) -> None:
    """An objection, first without its aim; then consent."""
    await delegate.opens(link)
    await delegate.fills("Name you sign in with", "delegate")
    await delegate.fills("Password", PASSWORD)
    await delegate.presses("Sign in")
    await delegate.reads(MONDAYS)
    await delegate.unfolds("We object")
    await delegate.fills("Why?", "Nobody is free then.")
    await delegate.presses("See your ballot")
    await delegate.sees("Say why you object, and which aim it would harm.")
    await delegate.fills("Which aim that we share would it harm?", "That all can come.")
    await delegate.presses("See your ballot")
    await delegate.sees("This is your ballot")
    await delegate.reads("Nobody is free then.")  # what was right is still there
    await delegate.presses("Cast it")
    await delegate.sees("Your vote is on its way. You see here how far it has come.")
    await delegate.presses("Good enough for now, safe enough to try")
    await delegate.presses("Cast it")
    await pair.settle()
    await delegate.opens(link)
    await delegate.sees("A quorum of coops has stored it.")
    await delegate.sees("changed, ballot %(number)s", number=2)


async def votes(ines: Phone, pair: Council) -> str:
    """Against it, and then for it; returns where."""
    await ines.opens(pair.coops["portici"].address)
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


async def keeps_the_receipt(ines: Phone) -> None:
    receipt = json.loads(await ines.saves("Save the proof"))
    assert json.loads(receipt["ballot"])["choice"] == "yes"


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
