"""Whoever is not signed in any more when they send something loses nothing of it."""

import re
from collections.abc import AsyncGenerator
from html import unescape

import pytest

from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.visitor import PASSWORD, Answer, Visitor, add_account, stranger

WORDS = "Two loaves, “please” & <thanks>: the small ones."
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@pytest.fixture
async def coop(coop: Coop) -> Coop:
    await add_account(coop, "rosa")
    return coop


@pytest.fixture
async def phone(coop: Coop) -> AsyncGenerator[Visitor]:
    """Its owner's visit has ended."""
    async with stranger(coop) as visitor:
        yield visitor


def carried(page: Answer) -> tuple[str, dict[str, str]]:
    """Where the first form of the page goes, and what it brings by itself."""
    main = page.text.partition("<main")[2]
    [form] = re.findall(r"<form.*?</form>", main, re.DOTALL)[:1]
    [target] = re.findall(r'action="([^"]*)"', form)
    return unescape(target), {name: unescape(text) for name, text in HIDDEN.findall(form)}


async def signs_in(phone: Visitor, asked: Answer, password: str = PASSWORD) -> Answer:
    target, along = carried(asked)
    return await phone.post(target, along | {"handle": "rosa", "password": password})


async def test_what_was_written_is_sent_after_signing_in(coop: Coop, phone: Visitor) -> None:
    ben = await add_account(coop, "ben")
    bread = await offer(coop, "Sourdough on Fridays", by=ben.id)
    thread = await a_letter_of(coop, bread.id, phone)
    asked = await phone.post(thread, {"text": WORDS})
    assert (asked.status, "nothing was taken yet" in asked.text) == (401, True)
    wrong = await signs_in(phone, asked, "not mine at all")
    assert wrong.status == 422
    inside = await signs_in(phone, wrong)
    assert (inside.status, "You are signed in" in inside.text) == (200, True)
    target, brought = carried(inside)
    assert (target, brought["text"]) == (thread, WORDS)
    assert WORDS in unescape(inside.text.partition("</form>")[2])  # it may be somebody else by now
    assert (await phone.post(target, brought)).location == f"{thread}?told=sent"
    assert unescape((await phone.get(thread)).text).count(WORDS) == 1


async def a_letter_of(coop: Coop, listing_id: str, phone: Visitor) -> str:
    """Rosa wrote once; then her visit ended."""
    await phone.sign_in("rosa")
    begun = await phone.post(f"/write?listing={listing_id}", {"text": "Good day."})
    await phone.post("/sign-out")
    return begun.page


async def test_a_button_alone_is_pressed_after_signing_in(coop: Coop, phone: Visitor) -> None:
    """Its address has no page to go back to."""
    assert (await phone.sign_in("rosa")).status == 303
    assert (await phone.post("/searches", {"q": "bread"})).status == 303
    [search] = re.findall(r"/searches/([^/]+)/forget", (await phone.get("/searches")).text)
    await phone.post("/sign-out")
    inside = await signs_in(phone, await phone.post(f"/searches/{search}/forget"))
    target, brought = carried(inside)
    assert (await phone.post(target, brought)).status == 303
    assert "You follow nothing yet" in (await phone.get("/searches")).text


async def test_whoever_goes_back_in_the_browser_is_not_let_in_by_what_was_sent_before(
    phone: Visitor,
) -> None:
    """The page that sends it is the answer to a name and a password: a browser keeps both, and
    sends them again for whoever sits there next."""
    asked = await phone.post("/account/name", {"name": "Rosa"})
    target, along = carried(asked)
    sent = along | {"handle": "rosa", "password": PASSWORD}
    inside = await phone.post(target, sent)
    assert (inside.status, "You are signed in" in inside.text) == (200, True)
    assert (await phone.post("/sign-out")).status == 303
    again = await phone.post(target, sent)
    assert (again.status, (await phone.get("/account")).status) == (422, 303)
    assert "You are signed in" in (await signs_in(phone, again)).text


async def test_no_browser_keeps_the_page_that_holds_what_was_sent(phone: Visitor) -> None:
    asked = await phone.post("/account/password", {"password": "four green kettles"})
    wrong = await signs_in(phone, asked, "not mine at all")
    assert [one.headers["Cache-Control"] for one in (asked, wrong)] == ["no-store"] * 2


async def test_what_shows_who_somebody_is_is_not_carried(phone: Visitor) -> None:
    asked = await phone.post("/account/codes", {"present": PASSWORD, "csrf": "x", "passkey": "y"})
    assert (asked.status, PASSWORD in asked.text) == (401, False)
    assert carried(asked)[1]["held"] == "[]"


async def test_what_was_written_at_length_is_still_there_when_it_is_refused(
    coop: Coop, phone: Visitor
) -> None:
    long = {"text": f"{WORDS} And a third one on Friday.", "name": "Ada"}
    sent = [await phone.post("/write", long) for _each in range(6)]
    assert [one.status for one in sent] == [303] * 5 + [429]
    assert long["text"] in unescape(sent[5].text)
    assert sent[5].headers["Cache-Control"] == "private, no-store"
    passwords = {"password": "p" * 60, "present": "q" * 60, "code": "r" * 60}
    refused = await phone.post("/council/join", passwords, headers={})
    assert refused.status == 403
    assert not re.search("ppp|qqq|rrr", refused.text)


@pytest.mark.parametrize("held", ["x", "{}", '[["a"]]', "[1]", '[["a", 1]]'])
async def test_what_no_page_of_ours_holds_is_left_out(phone: Visitor, held: str) -> None:
    said = {"handle": "rosa", "password": PASSWORD, "next": "/mine", "held": held}
    assert (await phone.post("/sign-in", said)).location == "/mine?told=welcome"
