"""Kinds and sizes with a price and pieces of their own: written, shown, ordered, here and next
door."""

import re

from sqlalchemy import select

from node import listings
from node.listings import ListingView
from node.listings.models import listing_table
from tests.support.town import Coop, Town
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_offers import FORM
from tests.ui.web.visitor import Visitor, signed_in

SHIRT = {
    "kind": "goods",
    "fields_of": "goods",
    "title": "Shirt",
    "price_amount": "15",
    "currency": "GBP",
    "unit": "piece",
    "price2_label": "XXL",
    "price2_amount": "18",
    "price2_unit": "piece",
    "variants": "S\nM\nXXL",
}
COUNTED = {"way": "stock", "stock": "99", "then": "say", "stock_of_1": "2", "stock_of_3": "1"}
GUEST = {"name": "Ada", "contact": "ada@example.org", "quantity": "1", "do": "look"}


async def shirt(rosa: Visitor) -> str:
    path = (await rosa.post("/listings/new", FORM | SHIRT | {"then": "publish"})).page
    assert (await rosa.post(f"{path}/availability", COUNTED)).status == 303
    return path


async def view(coop: Coop, path: str) -> ListingView:
    found: ListingView = await coop.read(listings.listing, path.rpartition("/")[2])
    return found


def plain(page: str) -> str:
    within = re.sub(r"</?(bdi|span|strong)\b[^>]*>", "", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", within))


async def test_each_size_has_its_price_and_its_pieces(rosa: Visitor, passer: Visitor) -> None:
    path = await shirt(rosa)
    form = (await rosa.get(f"{path}/availability")).text
    assert [re.search(rf'name="stock_of_{at}"[^>]*value="{n}"', form) is not None
            for at, n in ((1, 2), (2, 0), (3, 1))] == [True] * 3  # fmt: skip
    page = plain((await passer.get(path)).text)
    for words in ("3 left", "S 2 left", "M Sold out for now.", "XXL 1 left"):
        assert words in page
    ask = (await passer.get(f"{path}/ask")).text
    assert 'name="option"' not in ask
    assert re.search(r'name="variant" value="1"[^>]* disabled', ask)
    assert "S, £15 each2 left M, £15 eachSold out" in plain(ask)
    assert "XXL, £18 each1 left" in plain(ask)
    seen = (await passer.post(f"{path}/ask", GUEST | {"variant": "2"})).text
    assert "Shirt (XXL)" in seen
    assert "£18.00" in seen
    small = (await passer.post(f"{path}/ask", GUEST | {"variant": "0"})).text
    assert "Shirt (S)" in small
    assert "£15.00" in small
    send = GUEST | {"variant": "2", "do": "send"}
    assert (await passer.post(f"{path}/ask", send)).status == 303
    late = await passer.post(f"{path}/ask", send | {"key": ""})
    assert (late.status, "This is sold out." in late.text) == (409, True)
    assert "XXL Sold out for now." in plain((await passer.get(path)).text)


async def test_a_size_that_is_written_otherwise_keeps_its_pieces(coop: Coop, rosa: Visitor) -> None:
    path = await shirt(rosa)
    listing_id = path.rpartition("/")[2]
    version = (await view(coop, path)).version
    other = FORM | SHIRT | {"variants": "Small\nM\nXXL\n", "version": str(version)}
    assert (await rosa.post(f"{path}/edit", other)).status == 303
    said = await coop.read(listings.availability_of, listing_id)
    assert said.by_variant == (("Small", 2), ("M", 0), ("XXL", 1))
    fewer = other | {"variants": "M\nXXL", "version": str(version + 1)}
    assert (await rosa.post(f"{path}/edit", fewer)).status == 303
    said = await coop.read(listings.availability_of, listing_id)
    assert (said.by_variant, said.stock) == ((("M", 0), ("XXL", 1)), 1)


async def test_a_program_counts_each_size(coop: Coop, rosa: Visitor, passer: Visitor) -> None:
    path = await shirt(rosa)
    program = Program(passer).with_token(await token_for(coop, "admin"))
    address = f"{API}{path}/availability"
    each = {"S": 4, "XXL": 0}
    said = await program.call("PUT", address, {"way": "stock", "by_variant": each})
    assert (said.status, said.body["by_variant"]) == (200, {"S": 4, "M": 0, "XXL": 0})
    assert said.body["stock"] == 4
    wrong = await program.call("PUT", address, {"way": "stock", "by_variant": {"S": 10**7}})
    assert wrong.status == 422
    unknown = {"way": "stock", "by_variant": {"XS": 1}}
    assert (await program.call("PUT", address, unknown)).status == 422
    line = {"listing": path.rpartition("/")[2], "quantity": "5", "variant": 0}
    refused = await program.call("POST", f"{API}/agreements", {"lines": [line]})
    assert refused.status in (403, 409)


async def test_a_member_next_door_sees_what_is_left_and_orders_a_size(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        path = await shirt(rosa)
        await two.settle()
        mirror = (await maya.get("/search?q=shirt")).leads_to("/mirrors/")
        assert "S 2 left M Sold out for now. XXL 1 left" in plain((await maya.get(mirror)).text)
        order = {"quantity": "1", "variant": "2", "do": "send"}
        first = await maya.post(f"{mirror}/ask", order)
        second = await maya.post(f"{mirror}/ask", order)
        await two.settle()
        states = [(await maya.get(sent.page)).text for sent in (first, second)]
        assert ["Shirt (XXL)" in page and "£18.00" in page for page in states] == [True, True]
        said = await loaf.read(listings.availability_of, path.rpartition("/")[2])
        assert said.by_variant == (("S", 2), ("M", 0), ("XXL", 0))
        waits = [page for page in states if "declined" in page.lower()]
        assert len(waits) == 1
        await loaf.write(listings.tell_stock)
        await two.settle()
        assert "XXL Sold out for now." in plain((await maya.get(mirror)).text)
    assert await loaf.read(lambda r: r.scalar(select(listing_table.c.title))) == "Shirt"
