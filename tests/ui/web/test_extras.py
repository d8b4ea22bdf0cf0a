"""Kinds, sizes and what is added, from the listing's form to the request, at home and next door."""

import re
from datetime import timedelta

from sqlalchemy import update

from federation.models import Delivery, DeliveryState
from tests.support.town import Coop, Town
from tests.ui.web.booking import revises, signs
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_offers import FORM
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


async def test_eggs_are_added_to_a_food_box(rosa: Visitor, passer: Visitor) -> None:
    form = (await rosa.post("/listings/new", FORM | BOX | {"then": "prices"})).text
    assert [f'name="extra{row}_label"' in form for row in (1, 2, 3)] == [True, True, False]
    for wrong in ({"extra1_amount": ""}, {"extra1_label": ""}, {"extra1_most": "0"}):
        answer = await rosa.post("/listings/new", FORM | BOX | wrong | {"then": "publish"})
        assert (answer.status, f'id="{next(iter(wrong))}-err"' in answer.text) == (422, True)
    path = (await rosa.post("/listings/new", FORM | BOX | {"then": "publish"})).page
    assert "six eggs: £2.50, at most 4" in (await passer.get(path)).text
    assert 'value="2.50"' in (await rosa.get(f"{path}/edit")).text
    page = (await passer.get(f"{path}/ask")).text
    assert 'name="extra1"' in page
    for field, said in (("variant", ""), ("extra1", "5"), ("extra1", "0.5"), ("extra1", "x")):
        answer = await passer.post(f"{path}/ask", GUEST | ORDER | {field: said})
        assert (answer.status, f'id="{field}-err"' in answer.text) == (422, True), (field, said)
    seen = (await passer.post(f"{path}/ask", GUEST | ORDER)).text
    for line in ("Food box (large, without)", "+ six eggs", "£5.00", "£23.00"):
        assert line in seen
    sent = await passer.post(f"{path}/ask", GUEST | ORDER | {"do": "send"})
    assert "£23.00" in (await passer.get(sent.page)).text


async def test_a_program_says_and_orders_them(coop: Coop, rosa: Visitor, passer: Visitor) -> None:
    program = Program(passer).with_token(await token_for(coop, "admin"))
    price = {"amount": "12", "currency": "GBP", "unit": "piece"}
    body = {"title": "Box", "kind": "goods", "prices": [price]}
    eggs = {"label": "six eggs", "amount": "2.50", "most": "4", "always": False}
    made = (await program.call("POST", f"{API}/listings", body | {"extras": [eggs]})).body
    assert (made["extras"], len(made["prices"])) == ([eggs], 1)
    kept = await program.call("PATCH", f"{API}/listings/{made['id']}", {"prices": [price]})
    assert kept.body["extras"] == [eggs]


async def test_a_member_next_door_orders_with_eggs(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        await rosa.post("/listings/new", FORM | BOX | {"then": "publish"})
        await two.settle()
        mirror = (await maya.get("/search?q=food")).leads_to("/mirrors/")
        assert "six eggs: £2.50, at most 4" in (await maya.get(f"{mirror}/ask")).text
        sent = await maya.post(f"{mirror}/ask", ORDER | {"do": "send"})
        await two.settle()
        assert "£23.00" in (await maya.get(sent.page)).text
        theirs = (await rosa.get("/agreements")).leads_to("/agreements/")
        page = (await rosa.get(theirs)).text
        for line in ("Food box (large, without)", "+ six eggs", "£23.00"):
            assert line in page


FLAT = {
    "kind": "stay",
    "fields_of": "stay",
    "title": "Attic flat",
    "price_amount": "90",
    "currency": "GBP",
    "unit": "night",
    "extra1_label": "Cleaning",
    "extra1_amount": "40",
    "extra1_always": "y",
    "extra2_label": "Cot",
    "extra2_amount": "5",
    "guests": "4",
    "guest_tax_name": "City tax",
    "guest_tax_amount": "2,50",
    "guest_tax_age": "16",
}
STAY = {"first": "2027-07-05", "last": "2027-07-08", "guests": "3", "taxed_guests": "2"}
CITY_TAX = "£2.50 for each person and night, from 16 years on"


async def test_what_comes_with_every_booking_and_a_tax_for_each_night_are_in_the_sum_next_door(
    two: Town,
) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        looked = await rosa.post("/listings/new", FORM | FLAT | {"then": "preview"})
        made = await rosa.post("/listings/new", FORM | FLAT | {"then": "publish"})
        own = made.page
        await two.settle()
        mirror = (await maya.get("/search?q=attic")).leads_to("/mirrors/")
        pages = [(await rosa.get(own)).text, (await maya.get(mirror)).text, looked.text]
        for page in pages:
            assert "Cleaning: £40, with every booking" in page
            assert CITY_TAX in page
        assert re.search(r"<input checked [^>]*extra1_always", (await rosa.get(f"{own}/edit")).text)
        ask = (await maya.get(f"{mirror}/ask")).text
        assert ("Cleaning: £40" in ask, 'name="extra1"' in ask, 'name="extra2"' in ask) == (
            (True, False, True)
        )
        assert CITY_TAX in ask
        wrong = await maya.post(f"{mirror}/ask", STAY | {"taxed_guests": "", "do": "look"})
        assert (wrong.status, 'id="taxed_guests-err"' in wrong.text) == (422, True)
        seen = (await maya.post(f"{mirror}/ask", STAY | {"do": "look"})).text
        for line in ("£15.00", "2 guests · £2.50 for each person and night", "£325.00"):
            assert line in seen
        sent = await maya.post(f"{mirror}/ask", STAY | {"do": "send"})
        await two.settle()
        assert "£325.00" in (await maya.get(sent.page)).text
        theirs = (await rosa.get("/agreements")).leads_to("/agreements/")
        assert "£325.00" in (await rosa.get(theirs)).text
        form = (await rosa.get(f"{theirs}/steps/counter")).text
        assert ("empty to leave it out" in form, 'name="taxed_guests"' in form) == (False, True)
        fewer = {"step": "counter", "guests": "3", "taxed_guests": "1", "do": "look"}
        assert "£317.50" in (await revises(rosa, theirs, fewer)).text


async def test_eggs_are_left_out_again_and_both_coops_take_it(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        await rosa.post("/listings/new", FORM | BOX | {"then": "publish"})
        await two.settle()
        mirror = (await maya.get("/search?q=food")).leads_to("/mirrors/")
        ask = f"{mirror}/ask"
        page = (await maya.post(ask, ORDER | {"extra1": "4", "do": "send"})).page
        await two.settle()
        theirs = (await rosa.get("/agreements")).leads_to("/agreements/")
        assert (await signs(rosa, theirs)).status == 303
        await two.settle()
        form = (await maya.get(f"{page}/steps/change")).text
        assert "at most 4 · empty to leave it out" in form
        kept = {"lines-0-quantity": "1", "lines-0-price": "18", "lines-1-price": "2.50"}
        change = {"step": "change", **kept}
        for line, said in (("lines-0-quantity", "0"), ("lines-1-quantity", "5")):
            refused = await revises(maya, page, change | {line: said})
            assert (refused.status, f'id="{line}-err"' in refused.text) == (422, True), line
        fewer = change | {"lines-1-quantity": ""}
        seen = (await revises(maya, page, fewer | {"do": "look"})).text
        assert "Left out: six eggs" in seen
        assert 'name="lines-1-quantity" value=""' in seen
        assert (await revises(maya, page, fewer)).status == 303
        await two.settle()
        assert "Left out: six eggs" in (await rosa.get(theirs)).text
        assert "did not take this" not in (await maya.get(page)).text
        refusing = update(Delivery).values(state=DeliveryState.REFUSED)
        await grocer.node.write(lambda uow: uow.execute(refusing))  # as a node of 0.1.0 does
        assert "did not take this" in (await maya.get(page)).text
        two.clock.advance(timedelta(hours=1))
        await grocer.node.run_due()
        told = "node did not take what you sent."
        assert told in (await maya.get("/notices")).text
        assert (await signs(rosa, theirs, "agree_change")).status == 303
        await two.settle()
        for visitor, at in ((maya, page), (rosa, theirs)):
            text = (await visitor.get(at)).text
            assert ("£18.00" in text, "+ six eggs" in text) == (True, False)
            assert "did not take this" not in text
        assert told not in (await maya.get("/notices")).text


BANDS = {
    "title": "Vegetable share",
    "price_label": "supported",
    "price_amount": "5",
    "price_max": "8",
    "currency": "EUR",
    "unit": "visit",
    "price2_label": "standard",
    "price2_amount": "9",
    "price2_max": "12",
    "price2_unit": "visit",
    "price3_label": "solidarity",
    "price3_amount": "13",
    "price3_max": "20",
    "price3_unit": "visit",
}


async def test_one_picks_a_band_and_says_a_price_in_it(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        await rosa.post("/listings/new", FORM | BANDS | {"then": "publish"})
        await two.settle()
        mirror = (await maya.get("/search?q=share")).leads_to("/mirrors/")
        ask = f"{mirror}/ask"
        page = (await maya.get(ask)).text
        for band in ("supported: €5 to €8", "standard: €9 to €12", "solidarity: €13 to €20"):
            assert band in page
        assert "Nobody asks why." in page
        said = {"quantity": "1", "option": "2", "do": "look"}
        for outside in ("12.99", "21", "x"):
            answer = await maya.post(ask, said | {"price": outside})
            assert (answer.status, 'id="price-err"' in answer.text) == (422, True), outside
        assert "€13.00" in (await maya.post(ask, said)).text
        sent = await maya.post(ask, said | {"price": "15", "do": "send"})
        await two.settle()
        assert "Vegetable share (solidarity)" in (await maya.get(sent.page)).text
        theirs = (await rosa.get("/agreements")).leads_to("/agreements/")
        assert "€15.00" in (await rosa.get(theirs)).text


HALL = {
    "kind": "goods",
    "title": "Village hall",
    "price_amount": "100",
    "currency": "GBP",
    "price_label": "empty",
    "taxes_included": "VAT 20 %",
    "deposit": "50",
    "price2_label": "with lunch",
    "price2_amount": "150",
    "price2_taxes_included": "VAT 5 %",
    "price2_deposit": "0",
}


async def test_a_price_says_its_own_tax_and_deposit_next_door(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        wrong = HALL | {"price2_taxes_included": "VAT", "then": "publish"}
        refused = await rosa.post("/listings/new", FORM | wrong)
        assert (refused.status, 'id="price2_taxes_included-err"' in refused.text) == (422, True)
        made = await rosa.post("/listings/new", FORM | HALL | {"then": "publish"})
        form = (await rosa.get(f"{made.page}/edit")).text
        assert ('value="VAT 5 %"' in form, 'name="price2_deposit"' in form) == (True, True)
        await two.settle()
        mirror = (await maya.get("/search?q=hall")).leads_to("/mirrors/")
        said = "with lunch: £150, VAT 5 % included, without a deposit"
        for page in (mirror, f"{mirror}/ask"):
            assert said in (await maya.get(page)).text
        lunch, empty = [
            (await maya.post(f"{mirror}/ask", {"quantity": "1", "option": one, "do": "look"})).text
            for one in ("1", "0")
        ]
        assert ("£7.14" in lunch, "£50.00" in lunch) == (True, False)
        assert ("£16.67" in empty, "£50.00" in empty) == (True, True)
        sent = await maya.post(f"{mirror}/ask", {"quantity": "1", "option": "1", "do": "send"})
        await two.settle()
        assert "£7.14" in (await maya.get(sent.page)).text
        theirs = (await rosa.get("/agreements")).leads_to("/agreements/")
        assert "£7.14" in (await rosa.get(theirs)).text


async def test_a_program_says_what_a_price_asks_for(coop: Coop, passer: Visitor) -> None:
    program = Program(passer).with_token(await token_for(coop, "admin"))
    price = {"amount": "12", "currency": "GBP"}
    lunch = price | {
        "label": "lunch",
        "taxes": [{"name": "VAT", "percent": "5"}],
        "included": [],
        "deposit": "8.00",
    }
    body = {"title": "Hall", "kind": "stay", "prices": [price, lunch]}
    tax = {"guest_tax": {"name": "City tax", "amount": "2.5", "from_age": 16}}
    made = (await program.call("POST", f"{API}/listings", body | {"conditions": tax})).body
    assert {name: made["prices"][1][name] for name in lunch} == lunch | {"amount": "12.00"}
    assert made["conditions"]["guest_tax"] == tax["guest_tax"]
    first = {"prices": [lunch]}
    refused = await program.call("PATCH", f"{API}/listings/{made['id']}", first)
    assert refused.status == 422
