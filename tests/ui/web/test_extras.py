"""Kinds, sizes and what is added, from the listing's form to the request, at home and next door."""

import re

from tests.support.town import Coop, TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_offers import FORM, here
from tests.ui.web.visitor import Visitor, signed_in

BOX = {
    "kind": "goods",
    "fields_of": "goods",
    "title": "Food box",
    "price_amount": "12",
    "price_label": "small",
    "currency": "GBP",
    "unit": "piece",
    "price2_label": "large",
    "price2_amount": "18",
    "variants": "with meat\nwithout",
    "extra1_label": "six eggs",
    "extra1_amount": "2,50",
    "extra1_most": "4",
}
ORDER = {"quantity": "1", "option": "1", "variant": "1", "extra1": "2"}
GUEST = {"name": "Ada", "contact": "ada@example.org", "do": "look"}


async def test_eggs_are_added_to_a_food_box(coop: Coop, rosa: Visitor, passer: Visitor) -> None:
    form = (await rosa.post("/listings/new", FORM | BOX | {"then": "prices"})).text
    assert [f'name="extra{row}_label"' in form for row in (1, 2, 3)] == [True, True, False]
    for wrong in ({"extra1_amount": ""}, {"extra1_label": ""}, {"extra1_most": "0"}):
        answer = await rosa.post("/listings/new", FORM | BOX | wrong | {"then": "publish"})
        assert (answer.status, f'id="{next(iter(wrong))}-err"' in answer.text) == (422, True)
    path = here((await rosa.post("/listings/new", FORM | BOX | {"then": "publish"})).location)
    assert "six eggs: £2.50, at most 4" in (await passer.get(path)).text
    assert 'value="2.50"' in (await rosa.get(f"{path}/edit")).text
    page = (await passer.get(f"{path}/ask")).text
    assert 'name="extra1"' in page
    for field, said in (("variant", ""), ("extra1", "5"), ("extra1", "0.5"), ("extra1", "x")):
        answer = await passer.post(f"{path}/ask", GUEST | ORDER | {field: said})
        assert (answer.status, f'id="{field}-err"' in answer.text) == (422, True), (field, said)
    seen = (await passer.post(f"{path}/ask", GUEST | ORDER)).text
    for line in ("Food box (large, without)", "Food box (six eggs)", "£5.00", "£23.00"):
        assert line in seen
    sent = await passer.post(f"{path}/ask", GUEST | ORDER | {"do": "send"})
    assert "£23.00" in (await passer.get(here(sent.location))).text


async def test_a_program_says_and_orders_them(coop: Coop, rosa: Visitor, passer: Visitor) -> None:
    program = Program(passer).with_token(await token_for(coop, "admin"))
    price = {"amount": "12", "currency": "GBP", "unit": "piece"}
    body = {"title": "Box", "kind": "goods", "prices": [price]}
    eggs = {"label": "six eggs", "amount": "2.50", "most": "4"}
    made = (await program.call("POST", f"{API}/listings", body | {"extras": [eggs]})).body
    assert (made["extras"], len(made["prices"])) == ([eggs], 1)
    kept = await program.call("PATCH", f"{API}/listings/{made['id']}", {"prices": [price]})
    assert kept.body["extras"] == [eggs]


async def test_a_member_next_door_orders_with_eggs(found_town: TownFounder) -> None:
    town = await found_town(2)
    await town.introduce(*town.coops)
    loaf, grocer = town.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        await rosa.post("/listings/new", FORM | BOX | {"then": "publish"})
        await town.settle()
        found = re.search(r'href="(/mirrors/\w+)"', (await maya.get("/search?q=food")).text)
        assert found is not None
        assert "six eggs: £2.50, at most 4" in (await maya.get(f"{found[1]}/ask")).text
        sent = await maya.post(f"{found[1]}/ask", ORDER | {"do": "send"})
        await town.settle()
        assert "£23.00" in (await maya.get(here(sent.location))).text
        theirs = re.search(r'href="(/agreements/\w{26})"', (await rosa.get("/agreements")).text)
        assert theirs is not None
        page = (await rosa.get(theirs[1])).text
        for line in ("Food box (large, without)", "Food box (six eggs)", "£23.00"):
            assert line in page
