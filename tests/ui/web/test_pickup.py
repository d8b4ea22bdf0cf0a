"""Where something is collected: chosen by whoever orders, agreed, told, changed like the rest."""

import re
from datetime import timedelta

from node import accounts, listings
from tests.support.town import Coop, Town
from tests.ui.web.booking import revises, signs
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_offers import FORM
from tests.ui.web.visitor import Visitor, signed_in
from ui.web import own_dates

BREAD = {
    "kind": "goods",
    "fields_of": "goods",
    "title": "Bread",
    "price_amount": "4",
    "currency": "GBP",
    "unit": "piece",
    "pickup": "Toad Lane, Fridays\nThe mill, Saturdays",
}
DRILL = BREAD | {"kind": "lend", "fields_of": "lend", "title": "Drill", "unit": "day"}
ORDER = {"quantity": "1", "do": "send"}
GUEST = {"name": "Ada", "contact": "ada@example.org", "quantity": "1", "do": "look"}
THE_MILL = "Collected: The mill, Saturdays"


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)).translate({0x2068: None, 0x2069: None})


async def offered(rosa: Visitor, **said: str) -> str:
    form = FORM | BREAD | said | {"then": "publish"}
    return (await rosa.post("/listings/new", form)).page


async def test_whoever_orders_says_where_they_collect_it(rosa: Visitor, passer: Visitor) -> None:
    path = await offered(rosa)
    late = await passer.post(f"{path}/ask", GUEST)
    assert (late.status, 'id="pickup-err"' in late.text) == (422, True)
    assert THE_MILL in plain((await passer.post(f"{path}/ask", GUEST | {"pickup": "1"})).text)
    sent = await passer.post(f"{path}/ask", GUEST | {"pickup": "1", "do": "send"})
    assert THE_MILL in plain((await passer.get(sent.page)).text)
    assert THE_MILL in plain((await rosa.get("/notices")).text)
    files = (await rosa.get("/agreements.csv")).text
    assert "The mill, Saturdays" in files


async def test_one_place_needs_no_choice_and_what_is_brought_none(
    rosa: Visitor, passer: Visitor
) -> None:
    one = await offered(rosa, pickup="Toad Lane")
    assert "Collected: Toad Lane" in plain((await passer.post(f"{one}/ask", GUEST)).text)
    brought = await offered(rosa, pickup="Toad Lane", mode="delivered")
    ask = (await passer.get(f"{brought}/ask")).text
    assert 'name="pickup" value=""' in ask
    assert "Collected:" not in plain((await passer.post(f"{brought}/ask", GUEST)).text)
    chosen = await passer.post(f"{brought}/ask", GUEST | {"pickup": "0"})
    assert "Collected: Toad Lane" in plain(chosen.text)


async def test_a_program_says_where_and_it_stands_in_the_calendar(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    path = await offered(rosa, **DRILL)
    program = Program(passer).with_token(await token_for(coop, "admin"))
    now = coop.node.clock.now() + timedelta(days=3)
    wanted = {
        "lines": [{"listing": path.rpartition("/")[2]}],
        "start": now.isoformat(),
        "end": (now + timedelta(days=1)).isoformat(),
        "time_zone": "Europe/London",
    }
    refused = await program.call("POST", f"{API}/agreements", wanted)
    assert (refused.status, "pickup" in str(refused.body)) == (422, True)
    made = await program.call("POST", f"{API}/agreements", wanted | {"pickup": 1})
    assert made.status == 201, made.body
    assert made.body["pickup"] == "The mill, Saturdays", made.body
    [who] = [one for one in await coop.read(accounts.accounts) if one.handle == "admin"]
    [entry] = [one for one in await coop.read(own_dates.of, who) if "Drill" in one.summary][:1]
    assert entry.place == "The mill, Saturdays"


async def test_next_door_it_is_chosen_agreed_and_changed(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        path = await offered(rosa)
        await two.settle()
        mirror = (await maya.get("/search?q=bread")).leads_to("/mirrors/")
        assert (await maya.post(f"{mirror}/ask", ORDER)).status == 422
        ours = (await maya.post(f"{mirror}/ask", ORDER | {"pickup": "1"})).page
        await two.settle()
        theirs = (await rosa.get("/agreements")).leads_to("/agreements/")
        for visitor, page in ((rosa, theirs), (maya, ours)):
            assert THE_MILL in plain((await visitor.get(page)).text)
        assert (await signs(rosa, theirs)).status == 303
        await two.settle()
        assert THE_MILL in plain((await maya.get("/notices")).text)
        form = (await maya.get(f"{ours}/steps/change")).text
        assert re.search(r'name="pickup" value="1" checked', form)
        change = {"step": "change", "pickup": "0", "lines-0-quantity": "1", "lines-0-price": "4"}
        seen = (await revises(maya, ours, change | {"do": "look"})).text
        assert "Collected: Toad Lane, Fridays" in plain(seen)
        assert (await revises(maya, ours, change | {"do": "send"})).status == 303
        await two.settle()
        assert THE_MILL in plain((await rosa.get(theirs)).text)
        agreed = await signs(rosa, theirs, "agree_change")
        assert agreed.status == 303
        await two.settle()
        for visitor, page in ((rosa, theirs), (maya, ours)):
            assert "Collected: Toad Lane, Fridays" in plain((await visitor.get(page)).text)
            assert "Toad Lane, Fridays" in (await visitor.get("/agreements.csv")).text
        assert (await loaf.read(listings.listing, path.rpartition("/")[2])).title == "Bread"
