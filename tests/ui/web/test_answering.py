"""Whoever asks for a listing answers its questions, each in a field of its own."""

import re
from html import unescape

import pytest

from node import limits
from node.listings import Translation
from tests.stories.market import offer
from tests.support.town import Coop, Town
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_offers import FORM
from tests.ui.web.visitor import Visitor, signed_in, stranger

ROOMS, PETS = "How many rooms?", "Are there pets?"
ASKS = {"questions": [ROOMS, PETS]}
CLEAN = FORM | {
    "kind": "service",
    "fields_of": "service",
    "title": "Home clean",
    "questions": f"{ROOMS}\n{PETS}",
    "then": "publish",
}
GUEST = {"name": "Ada", "contact": "ada@example.org"}


def fields(page: str) -> dict[str, str]:
    """The names of the fields by their questions, as they are labelled."""
    found = re.findall(r'<label for="(answer-\w+)"><bdi lang="\w*">(.*?)</bdi>', page)
    return {unescape(question): name for name, question in found}


def said(page: str) -> list[tuple[str, str]]:
    """Question and answer, as they stand below each other."""
    found = re.findall(
        r'<dt dir="auto"[^>]*>([^<]*)</dt><dd dir="auto" lang="" class="said">(.*?)</dd>', page
    )
    return [(unescape(question), unescape(answer)) for question, answer in found]


async def test_a_guest_answers_them_and_both_sides_read_the_answers_below(
    rosa: Visitor, passer: Visitor
) -> None:
    path = f"{(await rosa.post('/listings/new', CLEAN)).page}/ask"
    named = fields((await passer.get(path)).text)
    assert list(named) == [ROOMS, PETS]
    filled = GUEST | {named[ROOMS]: "Four", named[PETS]: ""}
    seen = await passer.post(path, filled | {"do": "look"})
    assert said(seen.text) == [(ROOMS, "Four")]
    lines = "\r\n".join(["x"] * (limits.ANSWER_LONGEST // 2))  # a field counts each end once
    assert (await passer.post(path, filled | {"do": "look", named[PETS]: lines})).status == 200
    again = await passer.post(path, filled | {"do": "change"})
    assert re.search(rf'name="{named[ROOMS]}"[^>]*>\s*Four</textarea>', again.text)
    long = await passer.post(
        path, filled | {"do": "look", named[PETS]: "x" * (limits.ANSWER_LONGEST + 1)}
    )
    assert (long.status, f'id="{named[PETS]}-err"' in long.text) == (422, True)
    sent = (await passer.post(path, filled | {"do": "send"})).page
    assert said((await passer.get(sent)).text) == [(ROOMS, "Four")]
    at = (await rosa.get("/agreements")).leads_to("/agreements/")
    assert said((await rosa.get(at)).text) == [(ROOMS, "Four")]
    await passer.post(f"{sent}/forget")
    assert (said((await passer.get(sent)).text), said((await rosa.get(at)).text)) == ([], [])


@pytest.mark.parametrize("language", ["ar"])
async def test_each_stands_in_the_readers_language_where_the_listing_asks_so(
    coop: Coop, passer: Visitor, language: str
) -> None:
    asked = Translation(language, "تنظيف", details={"questions": ["كم غرفة؟", "هل توجد حيوانات؟"]})
    view = await offer(coop, "Home clean", details=ASKS, language="en", translations=(asked,))
    page = await passer.get(f"/listings/{view.id}/ask", **{"Accept-Language": language})
    assert '<bdi lang="ar">كم غرفة؟</bdi>' in page.text
    [rooms, _pets] = fields(page.text).values()
    answer = await passer.ask(
        "POST",
        f"/listings/{view.id}/ask",
        data=GUEST | {"do": "look", rooms: "أربع"},
        headers={"Accept-Language": language, "Sec-Fetch-Site": "same-origin"},
    )
    assert said(answer.text) == [("كم غرفة؟", "أربع")]


async def test_a_guest_answers_another_coop_and_takes_all_back_by_one_link(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, stranger(grocer) as nora:
        await rosa.post("/listings/new", CLEAN)
        await two.settle()
        path = (await nora.get("/search?q=clean")).leads_to("/mirrors/")
        named = fields((await nora.get(f"{path}/ask")).text)
        who = {"name": "Nora Quiet", "contact": "0161 555 0101", "message": "Ring <twice>."}
        looked = await nora.post(f"{path}/ask", who | {named[PETS]: "A dog", "do": "look"})
        assert said(looked.text) == [(PETS, "A dog")]
        key = looked.holds("key")
        send = who | {named[PETS]: "A dog", "do": "send", "key": key}
        own = (await nora.post(f"{path}/ask", send)).page
        assert (await nora.post(f"{path}/ask", send)).page == own
        await two.settle()
        at = (await rosa.get("/agreements")).leads_to("/agreements/")
        page = (await rosa.get(at)).text
        assert said(page) == [(PETS, "A dog")]
        assert "Nora" not in page
        [thread] = set(re.findall(r'href="(/threads/\w{26})"', page))
        assert "Ring &lt;twice&gt;." in (await rosa.get(thread)).text
        await rosa.post(thread, {"do": "write", "text": "Which floor?"})
        await two.settle()
        [talk] = re.findall(r'href="(/t/[\w-]+)"', (await nora.get(own)).text)
        assert own.removeprefix("/asked/") == talk.removeprefix("/t/")
        assert "Which floor?" in (await nora.get(talk)).text
        await nora.post(f"{own}/forget")
        await two.settle()
        assert said((await rosa.get(at)).text) == []
        there = (await rosa.get(thread)).text
        assert ("Ring" in there, "A dog" in there, "Which floor?" in there) == (False, False, True)


async def test_a_member_answers_another_coop(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        await rosa.post("/listings/new", CLEAN)
        await two.settle()
        mirror = (await maya.get("/search?q=clean")).leads_to("/mirrors/")
        named = fields((await maya.get(f"{mirror}/ask")).text)
        sent = await maya.post(f"{mirror}/ask", {named[PETS]: "Two <cats>", "do": "send"})
        await two.settle()
        assert said((await maya.get(sent.page)).text) == [(PETS, "Two <cats>")]
        at = (await rosa.get("/agreements")).leads_to("/agreements/")
        page = (await rosa.get(at)).text
        assert said(page) == [(PETS, "Two <cats>")]
        [thread] = set(re.findall(r'href="(/threads/\w{26})"', page))
        assert f"{PETS}\nTwo &lt;cats&gt;" in (await rosa.get(thread)).text


async def test_a_program_answers_them(coop: Coop, passer: Visitor) -> None:
    view = await offer(coop, "Home clean", details=ASKS)
    program = Program(passer).with_token(await token_for(coop, "member"))
    answers = [{"question": PETS, "answer": "No"}]
    body = {"lines": [{"listing": view.id}], "answers": answers}
    made = await program.call("POST", f"{API}/agreements", body)
    assert made.status == 201, made.body
    seen = (await program.call("GET", f"{API}/agreements/{made.body['id']}")).body
    assert seen["mine"]["answers"] == answers
    for wrong in ([{"question": "Why?", "answer": "So"}], answers * 2):
        refused = await program.call("POST", f"{API}/agreements", body | {"answers": wrong})
        assert (refused.status, list(refused.body["errors"])) == (422, ["answers"])
