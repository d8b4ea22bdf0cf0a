"""A form that is sent twice, by two taps or on the way back, makes one thing. Without script."""

import asyncio
import re
from pathlib import Path

import pytest

from node import accounts, hours, limits, listings, threads
from tests.support.town import Coop
from tests.ui.web.test_hours import WORK, a_member
from tests.ui.web.test_threads import HELLO, offered_by
from tests.ui.web.visitor import Visitor, signed_in, stranger

TEMPLATES = Path(__file__).parents[3] / "ui/web/templates"
PAGES = Path(__file__).parents[3] / "ui/web/pages"
OFFER = {"kind": "service", "title": "Oven clean", "then": "draft"}


async def values(who: Visitor, path: str) -> list[str]:
    """The values of the forms of a page that make something."""
    page = await who.get(path)
    assert page.status == 200
    return re.findall(r'name="once" value="(\w+)"', page.text)


async def value(who: Visitor, path: str) -> str:
    [one] = await values(who, path)
    return one


async def listings_of(coop: Coop, handle: str) -> int:
    account = await coop.read(accounts.by_handle, handle)
    return len(await coop.read(listings.mine, account.id))


async def messages_of(coop: Coop, handle: str) -> list[int]:
    """How many there are in each of somebody's conversations."""
    account = await coop.read(accounts.by_handle, handle)
    found = []
    for line in await coop.read(threads.threads, account):
        seat = await coop.read(threads.seat, line.id, account)
        found.append(len((await coop.read(threads.thread, seat)).messages))
    return found


async def test_a_listing_is_made_once_and_shown_twice(coop: Coop, rosa: Visitor) -> None:
    form = OFFER | {"once": await value(rosa, "/listings/new")}
    first, again = [await rosa.post("/listings/new", form) for _ in range(2)]
    assert (first.status, again.status) == (303, 303)
    assert first.page.startswith("/listings/")
    assert again.location == first.location
    assert await listings_of(coop, "rosa") == 1


async def test_two_taps_at_the_same_time_make_one_listing(coop: Coop, rosa: Visitor) -> None:
    form = OFFER | {"once": await value(rosa, "/listings/new")}
    answers = await asyncio.gather(*(rosa.post("/listings/new", form) for _ in range(4)))
    assert len({answer.location for answer in answers}) == 1
    assert await listings_of(coop, "rosa") == 1


async def test_the_same_words_in_two_forms_are_two_listings(coop: Coop, rosa: Visitor) -> None:
    forms = [OFFER | {"once": await value(rosa, "/listings/new")} for _ in range(2)]
    assert forms[0] != forms[1]
    first, second = [await rosa.post("/listings/new", form) for form in forms]
    assert first.location != second.location
    assert await listings_of(coop, "rosa") == 2


async def test_other_words_in_the_same_form_are_not_lost(coop: Coop, rosa: Visitor) -> None:
    form = OFFER | {"once": await value(rosa, "/listings/new")}
    await rosa.post("/listings/new", form)
    await rosa.post("/listings/new", form | {"title": "Window clean"})
    assert await listings_of(coop, "rosa") == 2


async def test_nobody_elses_value_leads_anywhere(coop: Coop, rosa: Visitor) -> None:
    form = OFFER | {"once": await value(rosa, "/listings/new")}
    first = await rosa.post("/listings/new", form)
    async with signed_in(coop, "femi") as femi:
        second = await femi.post("/listings/new", form)
    assert second.status == 303
    assert second.location != first.location
    assert await listings_of(coop, "femi") == 1


async def test_a_guest_comes_back_to_the_same_conversation_and_pays_one_try(
    coop: Coop, passer: Visitor
) -> None:
    async with signed_in(coop, "rosa"):
        path = f"/write?listing={await offered_by(coop, 'rosa')}"
        sent = HELLO | {"once": await value(passer, path)}
        answers = [
            await passer.post(path, sent) for _ in range(limits.GUEST_THREADS_PER_ADDRESS + 2)
        ]
        assert {answer.location for answer in answers} == {answers[0].location}
        assert answers[0].page.startswith("/t/")
        assert await messages_of(coop, "rosa") == [1]
        async with stranger(coop) as another:
            assert (await another.post(path, sent)).location != answers[0].location


async def test_a_guest_with_their_last_try_taps_twice(coop: Coop, passer: Visitor) -> None:
    async with signed_in(coop, "rosa"):
        path = f"/write?listing={await offered_by(coop, 'rosa')}"
        for _ in range(limits.GUEST_THREADS_PER_ADDRESS - 1):
            await passer.post(path, HELLO)
        sent = HELLO | {"once": await value(passer, path)}
        answers = await asyncio.gather(*(passer.post(path, sent) for _ in range(3)))
        assert {answer.status for answer in answers} == {303}
        assert len({answer.location for answer in answers}) == 1


async def test_an_answer_is_sent_once(coop: Coop, rosa: Visitor, passer: Visitor) -> None:
    path = f"/write?listing={await offered_by(coop, 'rosa')}"
    link = (await passer.post(path, HELLO)).page
    [line] = await coop.read(threads.threads, await coop.read(accounts.by_handle, "rosa"))
    for who, page in ((rosa, f"/threads/{line.id}"), (passer, link)):
        sent = {"text": "It is.", "do": "write", "once": await value(who, page)}
        first, again = [await who.post(page, sent) for _ in range(2)]
        assert first.location == again.location == f"{page}?told=sent"
    assert await messages_of(coop, "rosa") == [3]


async def test_hours_are_noted_once(coop: Coop, rosa: Visitor) -> None:
    await a_member(coop, "rosa")
    form = WORK | {"once": await value(rosa, "/hours")}
    answers = [await rosa.post("/hours", form) for _ in range(2)]
    assert [one.location for one in answers] == ["/hours?told=hours-noted"] * 2
    assert len(await coop.read(hours.entries)) == 1


async def test_what_the_first_one_made_does_not_refuse_the_second(coop: Coop) -> None:
    async with signed_in(coop, "tess", "treasurer") as tess:
        form = {"code": "expenses:van", "name": "The van", "fund": "general"}
        form |= {"once": await value(tess, "/ledger/accounts")}
        answers = [await tess.post("/ledger/accounts", form) for _ in range(2)]
        assert {one.location for one in answers} == {"/ledger/accounts?told=account-saved"}
        assert (await tess.post("/ledger/accounts", form | {"once": "0" * 32})).status == 422


async def test_what_was_refused_can_be_sent_again(coop: Coop, rosa: Visitor) -> None:
    form = OFFER | {"title": "", "once": await value(rosa, "/listings/new")}
    assert [(await rosa.post("/listings/new", form)).status for _ in range(2)] == [422, 422]
    assert (await rosa.post("/listings/new", form | {"title": "Oven clean"})).status == 303
    assert await listings_of(coop, "rosa") == 1


@pytest.mark.parametrize("odd", ["", "x", "5F" * 16, "5f" * 15, "5f" * 17, "' OR 1=1"])
async def test_a_form_without_a_value_of_ours_is_taken_as_before(
    coop: Coop, rosa: Visitor, odd: str
) -> None:
    for _ in range(2):
        assert (await rosa.post("/listings/new", OFFER | {"once": odd})).status == 303
    assert await listings_of(coop, "rosa") == 2


async def test_each_form_of_a_page_has_its_own_value(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        await femi.post("/settings/consents", {"title": "Photographs", "text": "On our page."})
        found = await values(femi, "/settings/consents")
        assert len(set(found)) == len(found) == 2


def test_every_page_that_makes_something_by_see_made_looks_for_what_it_made() -> None:
    for page in PAGES.glob("*.py"):
        text = page.read_text()
        assert ("await see_made(" in text) == ("@sent_once" in text), page.name
    made = {path.stem for path in TEMPLATES.rglob("*.html") if "once_field()" in path.read_text()}
    assert made == {
        *("amend", "charter_change", "found", "propose", "talk", "own", "join", "accounts", "edit"),
        *("report", "owed", "partner", "consents", "thread", "write", "lost"),
    }
