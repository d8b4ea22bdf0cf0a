"""Which lot went with an order: noted when it is delivered, found again, here and next door."""

import re

from tests.support.town import Coop, Town
from tests.ui.web.booking import signs
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_offers import FORM
from tests.ui.web.visitor import Visitor, signed_in

ELEVEN, TWELVE = "lot 11, best before 24 May", "lot 12, best before 1 June"
FLOUR = {
    "kind": "goods",
    "fields_of": "goods",
    "title": "Flour",
    "price_amount": "2",
    "currency": "GBP",
    "unit": "piece",
    "lots": f"{ELEVEN}\n{TWELVE}",
    "then": "publish",
}
GUEST = {"name": "Ada", "contact": "ada@example.org", "quantity": "3", "do": "send"}


async def ordered(rosa: Visitor, passer: Visitor, **said: str) -> tuple[str, str]:
    """The pages of an order that rosa has accepted: hers, the guest's."""
    path = (await rosa.post("/listings/new", FORM | FLOUR | said)).page
    theirs = (await passer.post(f"{path}/ask", GUEST)).page
    listed = (await rosa.get("/agreements")).text
    ours, *_earlier = re.findall(r'href="(/agreements/\w{26})"', listed)
    assert (await signs(rosa, ours)).status == 303
    return ours, theirs


async def test_the_lots_that_went_with_it_are_noted_as_it_is_delivered(
    rosa: Visitor, passer: Visitor
) -> None:
    ours, theirs = await ordered(rosa, passer)
    page = (await rosa.get(ours)).text
    assert f'href="{ours}/steps/deliver"' in page
    part = {"step": "deliver_part", "lines-0-quantity": "1", "lots": ELEVEN}
    assert (await rosa.post(f"{ours}/steps", part)).status == 303
    form = (await rosa.get(f"{ours}/steps/deliver")).text
    assert re.search(rf'value="{ELEVEN}" checked', form)
    assert re.search(rf'value="{TWELVE}">', form)
    assert (await rosa.post(f"{ours}/steps", {"step": "deliver", "lots": TWELVE})).status == 303
    for visitor, path in ((rosa, ours), (passer, theirs), (rosa, f"{ours}/receipt")):
        text = (await visitor.get(path)).text
        assert (ELEVEN in text, TWELVE in text) == (True, True), path
    bare, _guests = await ordered(rosa, passer, title="Salt", lots="")
    assert 'name="step" value="deliver"' in (await rosa.get(bare)).text
    for lot, there in (("LOT 12", True), ("lot 1_", False), ("lot 7", False)):
        listed = (await rosa.get(f"/agreements?lot={lot.replace(' ', '+')}")).text
        assert ("Flour" in listed, "Salt" in listed) == (there, False)
        assert ("/agreements.csv?lot=" in listed) is there
        rows = (await rosa.get(f"/agreements.csv?lot={lot.replace(' ', '+')}")).text
        assert (f"{ELEVEN}; {TWELVE}" in rows) is there
    assert "Salt" in (await rosa.get("/agreements")).text


async def test_a_program_notes_and_finds_lots(coop: Coop, rosa: Visitor, passer: Visitor) -> None:
    ours, _theirs = await ordered(rosa, passer)
    program = Program(passer).with_token(await token_for(coop, "admin"))
    step = {"step": "deliver", "lots": ["lot\n9", "lot 9"]}
    done = await program.call("POST", f"{API}{ours}/steps", step)
    assert (done.status, done.body["agreement"]["lots"]) == (200, ["lot 9"]), done.body
    for lot, many in (("lot 9", 1), ("lot 8", 0)):
        found = await program.call("GET", f"{API}/agreements?lot={lot.replace(' ', '%20')}")
        assert len(found.body["items"]) == many


async def test_a_member_next_door_sees_which_lot_came(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        await rosa.post("/listings/new", FORM | FLOUR)
        await two.settle()
        mirror = (await maya.get("/search?q=flour")).leads_to("/mirrors/")
        order = {"quantity": "2", "do": "send"}
        ours = (await maya.post(f"{mirror}/ask", order)).page
        await two.settle()
        theirs = (await rosa.get("/agreements")).leads_to("/agreements/")
        assert (await signs(rosa, theirs)).status == 303
        said = {"step": "deliver", "lots": TWELVE}
        assert (await rosa.post(f"{theirs}/steps", said)).status == 303
        await two.settle()
        page = (await maya.get(ours)).text
        assert (TWELVE in page, ELEVEN in page) == (True, False)
        assert "Flour" in (await maya.get("/agreements?lot=lot+12")).text
