"""The first day of a coop, by the command itself and its pages, and of a member who was invited: by
phone and by keyboard, in both directions."""

import json
import re
from itertools import product
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from node import accounts
from node.accounts import Purpose, Role
from node.config import FILE_NAME, load
from node.mail.letters import one_line
from tests.browser.hands import Hands
from tests.browser.phone import Phone
from tests.browser.test_journeys import TITLE
from tests.support.ports import free_ports
from tests.support.postbox import Postbox, postbox
from tests.support.program import served, typed
from tests.support.town import TownFounder
from tests.ui.web.visitor import PASSWORD

pytestmark = pytest.mark.long

PLACES = {
    "en": ("Leeds, GB", "GBP"),
    "ar": ("Cairo, EG", "EGP"),
    "es": ("Madrid, ES", "EUR"),
    "fr": ("Lyon, FR", "EUR"),
}
"""Where it begins, and the money there; the language is that of the country."""
OWNER = "rosa@example.org"
NEW_PASSWORD = (
    "Your account has a new password. If it was not you, tell whoever looks after this coop at "
    "once."
)
LOOKS, BETWEEN_LOOKS_MS = 120, 250
"""For what another process does: patience for a busy machine."""


@pytest.mark.parametrize(
    ("language", "way"),
    [
        pytest.param("en", Hands, id="en-keyboard"),
        pytest.param("ar", Phone, id="ar"),
        pytest.param("ar", Hands, id="ar-keyboard", marks=pytest.mark.soak),
        *(
            pytest.param(tag, Phone, id=tag, marks=pytest.mark.soak)
            for tag in PLACES
            if tag != "ar"
        ),
    ],
)
async def test_an_owner_makes_a_node_comes_in_and_finds_a_first_neighbour(
    browser: Browser, tmp_path: Path, language: str, way: type[Phone]
) -> None:
    """Two coops as their owners run them: `init`, `mail test` and `serve`, nothing of ours."""
    port = free_ports(3)
    ours, theirs = [f"{name}.localhost:{port + n}" for n, name in enumerate(("sunrise", "portici"))]
    owner, femi = [await way.of_somebody(browser, language) for _each in range(2)]
    async with postbox() as box:
        link = await answers_init(owner, tmp_path / "sunrise", ours, theirs)
        await finds_the_mail_settings(owner, tmp_path / "sunrise", box, port + 2)
        other = await made_at_once(owner, tmp_path / "portici", theirs, ours)
        async with served(language, tmp_path / "sunrise") as ready:
            said = "%(name)s is running at %(address)s, and listens on %(url)s."
            begins = owner.word(said, name="Sunrise Bakers", address=f"http://{ours}", url="|")
            assert ready.startswith(begins.partition("|")[0])
            async with served(language, tmp_path / "portici"):
                await femi.opens(other)
                await owner.opens(link)
                await owner.sees("Welcome. You are signed in.")
                await gives_an_address(owner, f"http://{ours}", box)
                await sets_up(owner, box)
                await finds_a_neighbour(owner, femi, f"http://{theirs}")


async def answers_init(owner: Phone, data: Path, ours: str, theirs: str) -> str:
    """Answer the five questions of `init`, one first with a slip; the link that it prints."""
    place, currency = PLACES[owner.language]
    answers = ("Sunrise Bakers", "http://sunrise.coop", f"http://{ours}", place, "", "Rosa")
    call = ("init", "--dev-peer", theirs, "--data", data)
    done = await typed(owner.language, *call, answers=answers)
    assert done.code == 0, done.err
    assert done.out.startswith(owner.word("Your coop's name?"))
    assert owner.word("A public address begins with https://.") in done.err
    made = load(data, {})
    assert (made.language, made.currency) == (owner.language, currency)
    found = re.search(r"http://\S+/in/\S+", done.out)
    assert found is not None
    return found[0]


async def finds_the_mail_settings(owner: Phone, data: Path, box: Postbox, silent: int) -> None:
    """First by a port where nobody answers. What the command prints does, in the file."""
    call = ("mail", "test", OWNER, "--server", "127.0.0.1", "--security", "none")
    call = (*call, "--from", "post@sunrise.example", "--data", str(data))
    slip = await typed(owner.language, *call, "--port", str(silent))
    assert slip.code == 1
    assert owner.word("None of it worked. What the server said stands above.") in slip.err
    done = await typed(owner.language, *call, "--port", str(box.port))
    assert done.code == 0, done.err
    with (data / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write(done.out.partition("\n")[2])
    await letter(owner, box, owner.word("A test letter from %(coop)s", coop="Sunrise Bakers"))


async def made_at_once(owner: Phone, data: Path, theirs: str, ours: str) -> str:
    """The other coop, made without a question; the link of who looks after it."""
    named = ("--name", "Portici", "--address", f"http://{theirs}", "--place", "Portici, IT")
    call = ("init", *named, "--dev-peer", ours, "--yes", "--json", "--data", data)
    done = await typed(owner.language, *call)
    assert done.code == 0, done.err
    return str(json.loads(done.out)["owner_link"])


async def letter(owner: Phone, box: Postbox, subject: str) -> str:
    """The text of the letter that comes next, in her language."""
    for _look in range(LOOKS):
        if box.taken:
            break
        await owner.page.wait_for_timeout(BETWEEN_LOOKS_MS)
    assert box.taken, f"no letter came: {subject}"
    [came], said = box.letters, box.text()
    box.taken.clear()
    assert (came["To"], came["Content-Language"]) == (OWNER, owner.language)
    assert one_line(subject) in str(came["Subject"])
    return said


async def gives_an_address(owner: Phone, base: str, box: Postbox) -> None:
    await owner.opens(f"{base}/account/mail")
    await owner.fills("E-mail address", "rosa at example.org")
    await owner.presses("Send me the link")
    await owner.sees("Write an e-mail address, like rosa@example.org.")
    await owner.fills("E-mail address", OWNER)
    await owner.presses("Send me the link")
    said = await letter(owner, box, owner.word("Is this your address?"))
    [page] = re.findall(rf"{base}/mail/confirm/\S+", said)
    await owner.opens(page)
    await owner.presses("It is my address")
    await owner.sees("From now on letters come to this address.")
    await owner.opens(base)


async def sets_up(owner: Phone, box: Postbox) -> None:
    """A password, what the coop says of itself, and an open door."""
    await owner.follows("My account")
    await owner.presses("Change it")
    await owner.sees("Write the new password.")
    await owner.fills("New password", PASSWORD)
    await owner.presses("Change it")
    await owner.sees("Saved.")
    await letter(owner, box, owner.word(NEW_PASSWORD))
    await owner.follows("Settings")
    await owner.fills("Name of the coop", "")
    await owner.fills("What you do, in two sentences", "Bread, baked by those who own the oven.")
    await owner.presses("Save")
    await owner.sees("A coop needs a name.")
    await owner.fills("Name of the coop", "Sunrise Bakers")
    await owner.presses("Save")
    await owner.sees("Saved.")
    await owner.follows("Applications")
    await owner.follows("Open the form")
    await owner.ticks("People can apply on our page")
    await owner.presses("Save the form")
    await owner.sees("As a picture for the door")


async def finds_a_neighbour(owner: Phone, femi: Phone, other: str) -> None:
    await owner.follows("Home")
    await owner.follows("Ask the first coop")
    await owner.presses("Ask them")
    await owner.sees("Write the other coop's web address, like pioneer.example.")
    await owner.fills("The other coop's web address", other)
    await owner.presses("Ask them")
    await owner.sees("Asked. You see here when they answer.")
    await femi.opens(other)
    await looks_until(femi, "Sunrise Bakers")
    await femi.follows("Answer them")
    await femi.presses("Work together")
    await femi.sees("You work together now. Their offers arrive in a moment.")
    await looks_until(owner, owner.word("in touch"))


async def looks_until(somebody: Phone, text: str) -> None:
    """Look at the page again and again: what stands there then came from another process."""
    for _look in range(LOOKS):
        if text in await somebody.page.locator("main").inner_text():
            return
        await somebody.page.wait_for_timeout(BETWEEN_LOOKS_MS)
        await somebody.reloads()
    raise AssertionError(f"“{text}” never came to stand on {somebody.page.url}")


@pytest.mark.parametrize(
    ("language", "way", "scripts"),
    [
        pytest.param(
            language,
            way,
            scripts,
            id=f"{language}{by}{plain}",
            # Two by two: each language, each way and each kind of page is in half of them.
            marks=[pytest.mark.soak] if (language == "ar") ^ (way is Hands) ^ scripts else [],
        )
        for language, (way, by), (scripts, plain) in product(
            ("en", "ar"), ((Phone, ""), (Hands, "-keyboard")), ((True, ""), (False, "-no-scripts"))
        )
    ],
)
async def test_from_the_link_to_the_first_listing_in_four_screens_and_120_kb(
    found_town: TownFounder, browser: Browser, language: str, way: type[Phone], scripts: bool
) -> None:
    [coop] = (await found_town(1)).coops
    invited = {"purpose": Purpose.INVITE, "roles": {Role.MEMBER}, "name": "Ada"}
    link = await coop.write(accounts.issue_link, **invited)
    ada = await way.of_somebody(browser, language, java_script_enabled=scripts)
    screens, sizes = await counted(ada.page)
    await ada.opens(f"{coop.address}{link.path}")
    await ada.fills("Name to sign in with", "ada")
    await ada.fills("Password", PASSWORD)
    await ada.presses("Come in")
    await ada.follows("Offer or ask for something")
    await ada.fills("In a few words", TITLE)
    await ada.presses("Publish")
    await ada.sees("Published. The coops we work with are told now.")
    await ada.page.wait_for_load_state("networkidle")
    assert len(screens) <= 4, screens
    assert 20 * 1024 < sum(sizes) <= 120 * 1024, sum(sizes)


async def counted(page: Page) -> tuple[list[str], list[float]]:
    """Two lists that fill up: pages that were shown, and bytes on the line."""
    screens, sizes = list[str](), list[float]()
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    session.on("Network.loadingFinished", lambda said: sizes.append(said["encodedDataLength"]))
    page.on("domcontentloaded", lambda shown: screens.append(shown.url))
    return screens, sizes
