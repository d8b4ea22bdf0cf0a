"""What a coop is for, from the first page to the last: by phone, no scripts, in every language; and
the same by keyboard alone."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.async_api import Browser, Page

from node import accounts, joining
from node.accounts import Purpose, Role
from node.config import load
from node.joining import ConsentText, Form, Question
from node.limits import MAIL_WAITS
from node.mail.letters import one_line
from node.members import MembershipClass
from node.runtime import open_node
from tests.browser.hands import Hands
from tests.browser.phone import Phone
from tests.support.clock import FixedClock
from tests.support.photos import photo
from tests.support.ports import free_ports
from tests.support.postbox import Postbox, letters_of
from tests.support.town import Coop, Town, TownFounder, serve, town_listener
from tests.ui.web.visitor import PASSWORD, add_account
from ui.cli import main

pytestmark = pytest.mark.long

WAYS = (
    pytest.param("en", Hands, id="en-keyboard"),
    pytest.param("ar", Hands, id="ar-keyboard"),
    pytest.param("ar", Phone, id="ar"),
    pytest.param("en", Phone, id="en"),
    *(pytest.param(tag, Phone, id=tag, marks=pytest.mark.soak) for tag in ("es", "fr")),
)
"""Both directions, and both ways to get about; the others take no step that these two do not."""
FORM = Form(
    is_open=True,
    intro="We clean homes and offices, and share what we earn.",
    classes=(MembershipClass.WORKER, MembershipClass.SUPPORTER),
    questions=(Question("What can you do?"), Question("How did you hear of us?", required=False)),
    consents=(ConsentText("Our statutes", "One member, one vote.", "2027-03"),),
)
ARRIVED = "Your application to %(coop)s has arrived. Somebody of the coop reads it."
WELCOME = "Welcome! You are a member of %(coop)s. Make your account on your page."
TITLE = "Windows, inside and out"
ASKED = "“%(title)s” is asked for: please answer by %(when)s."
GAP = "\0"
"""For what a sentence names and no test can foretell."""


@pytest.fixture
async def town(two: Town) -> Town:
    """Lanehead, which takes people in, and Portici; they work together."""
    await two.coops[0].write(joining.set_form, FORM)
    return two


@pytest.mark.parametrize(("language", "way"), WAYS)
async def test_a_stranger_becomes_a_member_is_found_elsewhere_and_agrees(
    town: Town, browser: Browser, tmp_path: Path, language: str, way: type[Phone]
) -> None:
    lanehead, portici = town.coops
    ada, rosa, marco = [await way.of_somebody(browser, language) for _each in range(3)]
    await rosa.comes_in(lanehead, await add_account(lanehead, "rosa", "secretary"))
    await marco.comes_in(portici, await add_account(portici, "marco"))

    async with letters_of(lanehead) as box:
        await is_admitted(ada, rosa, lanehead, box)
        await gives_her_address(ada, lanehead, box)
        await publishes(ada, photos_in(tmp_path))
        await town.settle()
        await is_found(marco, portici)
        await they_write(ada, marco, town, box)
        await they_agree(ada, marco, town, box)


async def is_admitted(ada: Phone, rosa: Phone, coop: Coop, box: Postbox) -> None:
    """Ada closes her browser in between: the letter with her link leads her back."""
    await ada.opens(coop.address)
    await ada.follows("Become a member")
    await ada.fills("Name", "Ada Brzezińska")
    await ada.fills("E-mail", "ada@example.org")
    await ada.answers("What can you do?", "Windows")
    await ada.presses("Send the application")
    await ada.sees("Without this the coop cannot take you in.")
    await ada.agrees_to("Our statutes")
    await ada.presses("Send the application")
    await ada.sees("Keep this link")
    await ada.opens(coop.address)
    letter = await received(ada, coop, box, ARRIVED)
    [page] = re.findall(rf"{coop.address}/applied/\S+", letter)

    await rosa.opens(coop.address)
    await rosa.follows("Look at it")
    await rosa.presses("Ask for more")
    await rosa.sees("Write something: the other side reads it.")
    await rosa.fills("What you say to them", "Since when?")
    await rosa.presses("Ask for more")
    await received(ada, coop, box, "Your page is behind the link in our last letter that had one.")
    await ada.opens(page)
    await ada.reads("Since when?")
    await ada.fills("Your answer", "Since 2019")
    await ada.presses("Send the answer")
    await rosa.reloads()
    await rosa.reads("Since 2019")
    await rosa.presses("Admit", exact=True)

    await received(ada, coop, box, WELCOME)
    await ada.opens(page)
    await ada.presses("Make my account")
    await ada.fills("Name to sign in with", "ada")
    await ada.presses("Come in")
    await ada.sees("Choose a password.")
    await ada.fills("Password", PASSWORD)
    await ada.presses("Come in")
    await rosa.reloads()
    await rosa.reads("Ada Brzezińska")


async def received(ada: Phone, coop: Coop, box: Postbox, message: str) -> str:
    """The text of the letter that has just come: it says so, in her language."""
    await coop.node.mail.settle()
    [letter], text = box.letters, box.text()
    assert letter["To"] == "ada@example.org"
    subject = ada.word("Your application to %(coop)s", coop="Lanehead")
    assert letter["Subject"] == one_line(subject)
    assert ada.word(message, coop="Lanehead") in text
    box.taken.clear()
    return text


async def gives_her_address(ada: Phone, coop: Coop, box: Postbox) -> None:
    await ada.opens(f"{coop.address}/account/mail")
    await ada.fills("E-mail address", "ada@example.org")
    await ada.presses("Send me the link")
    await is_told(
        ada, coop, box, "Is this your address?", text="If it is you, say so within a day."
    )
    await ada.presses("It is my address")
    await ada.sees("From now on letters come to this address.")
    await ada.opens(coop.address)


async def is_told(
    ada: Phone, coop: Coop, box: Postbox, subject: str, *, text: str = "", **values: str
) -> None:
    """A letter has come, in her language, the subject too; its link opens the page that it is
    about. text: a sentence in it, if not the subject itself."""
    coop.node.clock.advance(MAIL_WAITS)  # type: ignore[attr-defined]
    await coop.node.mail.settle()
    [letter], said = box.letters, box.text()
    box.taken.clear()
    assert (letter["To"], letter["Content-Language"]) == ("ada@example.org", ada.language)
    for part in ada.word(subject, **values, when=GAP).split(GAP):
        assert one_line(part) in str(letter["Subject"])
    for part in ada.word(text or subject, **values, when=GAP).split(GAP):
        assert part in said
    [page, *_stop] = re.findall(rf"{coop.address}/\S+", said)
    await ada.opens(page)


def photos_in(folder: Path) -> Sequence[Path]:
    made = [folder / f"{colour}.jpg" for colour in ("peru", "teal")]
    for path in made:
        path.write_bytes(photo(colour=path.stem))
    return made


async def publishes(ada: Phone, photos: Sequence[Path]) -> None:
    await ada.follows("Offer something")
    await ada.presses("Publish")
    await ada.sees("Say in a few words what you offer or need.")
    await ada.fills("In a few words", TITLE)
    await ada.fills("Price", "25")
    await ada.picks("Counted by", "visit")
    await ada.brings("Add pictures", photos)
    await ada.presses("Send the pictures, then describe them")
    on_it = "What is on it, for who cannot see it"
    await ada.describes(on_it, "A clean window", nth=0)
    await ada.presses("Publish")
    await ada.sees("Say of each picture what is on it, for people who cannot see it.")
    await ada.describes(on_it, "A ladder at a wall", nth=1)
    await ada.presses("Publish")
    await ada.sees("Published. The coops we work with are told now.")
    assert await ada.pictures() == 2


async def is_found(marco: Phone, coop: Coop) -> None:
    await marco.opens(coop.address)
    await marco.follows("Find", exact=True)
    await marco.fills("What do you need?", "windows")
    await marco.presses("Find")
    await marco.chooses(TITLE)
    await marco.reads("Lanehead")
    assert await marco.pictures() == 2


async def they_write(ada: Phone, marco: Phone, town: Town, box: Postbox) -> None:
    offered = marco.page.url
    await marco.follows("Write to them")
    await marco.presses("Send it")
    await marco.sees("Write something.")
    await marco.fills("Your message", "The third floor, too?")
    await marco.presses("Send it")
    letter = marco.page.url
    await town.settle()
    await is_told(ada, town.coops[0], box, "A message about “%(name)s”.", name=TITLE)
    await ada.reads("The third floor, too?")
    await ada.follows("Letters")
    await ada.chooses(TITLE)
    await ada.reads("The third floor, too?")
    await ada.fills("Your message", "With the long ladder.")
    await ada.presses("Send it")
    await town.settle()
    await marco.opens(letter)
    await marco.reads("With the long ladder.")
    await marco.opens(offered)


async def they_agree(ada: Phone, marco: Phone, town: Town, box: Postbox) -> None:
    await marco.follows("Book it")
    await marco.fills("Which day?", "2027-01-14")
    await marco.fills("From", "11:00")
    await marco.fills("To", "09:00")
    await marco.presses("See what it comes to")
    await marco.sees("The end comes after the beginning.")
    await marco.fills("To", "13:00")
    await marco.presses("See what it comes to")
    await marco.sees("Nothing is sent yet.")
    await marco.presses("Send it")
    agreed = marco.page.url
    await town.settle()
    await is_told(ada, town.coops[0], box, ASKED, title=TITLE)
    await ada.sees("asked for")
    await ada.follows("Home")
    await ada.follows("Answer")
    await ada.presses("Accept")
    await town.settle()
    await marco.opens(agreed)
    await marco.sees("agreed, with a time")


@pytest.mark.parametrize(("language", "way"), WAYS)
async def test_an_owner_makes_a_node_comes_in_and_finds_a_first_neighbour(
    found_town: TownFounder,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    way: type[Phone],
) -> None:
    monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
    today = FixedClock(datetime.now(UTC))  # `init` goes by no other clock
    port = free_ports(1)
    town = await found_town(1, beside=(f"sunrise.localhost:{port}",), now=today)
    [other] = town.coops
    owner, femi = [await way.of_somebody(browser, language) for _each in range(2)]
    await femi.comes_in(other, await add_account(other, "femi", "admin"))
    link = await asyncio.to_thread(answers_init, owner, tmp_path / "sunrise", port, other)
    async with served(tmp_path / "sunrise", today, port) as sunrise:
        town.coops.append(sunrise)
        await owner.opens(link)
        await owner.sees("Welcome. You are signed in.")
        await sets_up(owner)
        await finds_a_neighbour(owner, femi, town)


def answers_init(owner: Phone, folder: Path, port: int, other: Coop) -> str:
    """Answer the five questions of `init`, one first with a slip; the link that it prints."""
    address = f"http://sunrise.localhost:{port}"
    answers = ("Sunrise Bakers", "http://sunrise.coop", address, "Leeds, GB", "", "Rosa Whitworth")
    call = ["init", "--dev-peer", other.node.config.authority, "--data", str(folder)]
    done = CliRunner().invoke(main, call, input="\n".join([*answers, ""]))
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith(owner.word("Your coop's name?"))
    assert owner.word("A public address begins with https://.") in done.stderr
    made = load(folder, {})
    assert (made.language, made.currency) == ("en", "GBP")
    found = re.search(r"http://\S+/in/\S+", done.stdout)
    assert found is not None
    return found[0]


@asynccontextmanager
async def served(folder: Path, clock: FixedClock, port: int) -> AsyncGenerator[Coop]:
    """A node that `init` made, as the town's coops are."""
    listener = town_listener("127.0.0.1", port)
    async with open_node(load(folder, {}), clock=clock) as node:
        coop = Coop(node, await serve(node, listener), listener)
        try:
            yield coop
        finally:
            await coop.server.cleanup()


async def sets_up(owner: Phone) -> None:
    """A password, what the coop says of itself, and an open door."""
    await owner.follows("My account")
    await owner.presses("Change it")
    await owner.sees("Write the new password.")
    await owner.fills("New password", PASSWORD)
    await owner.presses("Change it")
    await owner.sees("Saved.")
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


async def finds_a_neighbour(owner: Phone, femi: Phone, town: Town) -> None:
    other, _sunrise = town.coops
    await owner.follows("Home")
    await owner.follows("Ask the first coop")
    await owner.presses("Ask them")
    await owner.sees("Write the other coop's web address, like pioneer.example.")
    await owner.fills("The other coop's web address", other.address)
    await owner.presses("Ask them")
    await owner.sees("Asked. You see here when they answer.")
    await town.settle()
    await femi.opens(other.address)
    await femi.reads("Sunrise Bakers")
    await femi.follows("Answer them")
    await femi.presses("Work together")
    await femi.sees("You work together now. Their offers arrive in a moment.")
    await town.settle()
    await owner.reloads()
    await owner.sees("in touch")


async def test_from_the_link_to_the_first_listing_in_four_screens_and_120_kb(
    coop: Coop, browser: Browser
) -> None:
    """Scripts are on: whoever has them loads more."""
    invited = {"purpose": Purpose.INVITE, "roles": {Role.MEMBER}, "name": "Ada"}
    link = await coop.write(accounts.issue_link, **invited)
    ada = await Phone.of_somebody(browser, java_script_enabled=True)
    screens, sizes = await counted(ada.page)
    await ada.page.goto(f"{coop.address}{link.path}")
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
