"""How many guests come to a stay: asked, limited by the listing, and counted where it says so."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import agreements
from node.agreements.reading import read_terms
from node.errors import InvalidInput
from node.listings import PriceView, Season
from node.money import Money
from tests.node.agreements.offers import newest, ours, refused
from tests.node.agreements.test_whole_prices import promising, stay, sums

ROOM = {
    "kind": "stay",
    "price_amount": Decimal(20),
    "unit": "guest-night",
    "details": {"guests": "4"},
}
SUMMER = Season(date(2027, 7, 1), date(2027, 8, 31), Decimal(30))


async def preview(coop, room, guests, first=date(2027, 6, 29), nights=5, **line):
    wanted = replace(stay(room, first, nights, **line), guests=guests)
    return (await coop.read(agreements.preview, wanted, coop.maya.id)).terms


async def test_each_guest_pays_each_night_what_it_costs(coop):
    room = await coop.offer("Attic room", **ROOM)
    terms = await preview(coop, room, 3)
    assert (terms.guests, sums(terms.total)) == (3, ["300.00 GBP"])
    assert read_terms(terms.document) == terms
    summer = await coop.offer("Attic room", **ROOM | {"price_seasons": (SUMMER,)})
    terms = await preview(coop, summer, 3)
    assert [(one.quantity, sums(one.prices)) for one in terms.lines] == [
        (6, ["20.00 GBP"]),
        (9, ["30.00 GBP"]),
    ]


async def test_more_than_there_is_room_for_or_nobody_is_told_at_its_field(coop):
    each = await coop.offer("Attic room", **ROOM)
    flat = await coop.offer("Attic room", **ROOM | {"unit": "night"})
    open_ = await coop.offer("Attic room", **ROOM | {"unit": "night", "details": {}})
    assert sums((await preview(coop, flat, 4)).total) == ["100.00 GBP"]
    assert (await preview(coop, flat, None)).guests is None
    for room, guests in ((each, None), (each, 5), (each, 0), (flat, 5), (open_, 2)):
        with pytest.raises(InvalidInput) as error:
            await preview(coop, room, guests)
        assert list(error.value.fields) == ["guests"]
    with pytest.raises(InvalidInput, match="quantity"):
        await preview(coop, each, 2, quantity=Decimal(5))


async def test_another_coop_says_how_many_come_and_one_of_0_1_0_is_told_to(coop, grocer):
    room = await coop.offer("Attic room", **ROOM)
    terms = await preview(coop, room, 2)
    theirs = {"agreement": ours(room).agreement, "customer": grocer.uri}
    said = replace(terms, **theirs)
    older = replace(said, guests=None)
    [line] = terms.lines
    fewer = replace(said, lines=(replace(line, quantity=Decimal(5)),))
    for wrong in (older, fewer, replace(said, guests=5)):
        assert refused(await grocer.say("Offer", promising(room, wrong)), 422)
    assert refused(await grocer.order(room, unit="one", total="40"), 422)
    await grocer.say("Offer", promising(room, said))
    assert (await coop.see(await newest(coop), coop.rosa)).version.terms.guests == 2


async def test_where_one_of_the_prices_is_for_each_guest_the_number_is_said_for_that_one(
    coop, grocer
):
    each = PriceView(Decimal(20), None, "GBP", "guest-night", label="each")
    two = ROOM | {"unit": "night", "details": {}, "price_label": "all", "more_prices": (each,)}
    room = await coop.offer("Attic room", **two)
    assert sums((await preview(coop, room, 7)).total) == ["100.00 GBP"]
    assert sums((await preview(coop, room, 3, option=1)).total) == ["300.00 GBP"]
    with pytest.raises(InvalidInput, match="guests"):
        await preview(coop, room, None, option=1)
    theirs = {"agreement": ours(room).agreement, "customer": grocer.uri}
    said = replace(await preview(coop, room, 3, option=1), **theirs)
    older = replace(said, guests=None)
    assert refused(await grocer.say("Offer", promising(room, older)), 422)
    flat = replace(await preview(coop, room, None), **theirs)
    await grocer.say("Offer", promising(room, flat))
    assert (await coop.see(await newest(coop), coop.rosa)).version.terms.guests is None


async def test_what_is_put_forward_for_each_guest_is_counted_by_the_nights_and_the_guests(
    coop, grocer
):
    by = agreements.of_account(coop.sam)
    named = {"customer": grocer.uri, "request_id": f"{grocer.uri}/needs/1", "by": by, "say": _said}

    async def put_forward(room, **line):
        wanted = replace(stay(room, date(2027, 6, 29), 3, **line), guests=4)
        made = await coop.write(agreements.propose, wanted, **named)
        return (await coop.see(made, coop.sam)).version.terms

    each = await coop.offer("Attic room", **ROOM)
    summer = await coop.offer("Attic room", **ROOM | {"price_seasons": (SUMMER,)})
    nightly = await coop.offer("Attic room", **ROOM | {"unit": "night"})
    assert sums((await put_forward(each)).total) == ["240.00 GBP"]
    assert sums((await put_forward(summer, price=Money(2500, "GBP", 2))).total) == ["300.00 GBP"]
    assert sums((await put_forward(nightly)).total) == ["60.00 GBP"]
    assert sums((await put_forward(nightly, quantity=Decimal(2))).total) == ["40.00 GBP"]
    with pytest.raises(InvalidInput, match="quantity"):
        await put_forward(each, quantity=Decimal(3))


async def _said(document):
    return "https://loaf.example/activities/1"
