"""What a coop is for, from the first page to the last: by phone, no scripts, in every language; and
the same by keyboard alone."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Browser

from node import joining
from node.joining import ConsentText, Form, Question
from node.limits import MAIL_WAITS
from node.mail.letters import one_line
from node.members import MembershipClass
from tests.browser.hands import Hands
from tests.browser.phone import Phone
from tests.support.photos import photo
from tests.support.postbox import Postbox, letters_of
from tests.support.town import Coop, Town
from tests.ui.web.visitor import PASSWORD, add_account

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
