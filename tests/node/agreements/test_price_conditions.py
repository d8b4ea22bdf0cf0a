"""A price that asks for its own taxes and its own deposit, in place of those of its listing."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import agreements
from node.agreements import Wanted, WantedLine
from node.listings import Conditions, PriceView, Tax
from tests.node.agreements.offers import newest, ours, refused
from tests.node.agreements.test_whole_prices import promising, sums

VAT, FOOD = Tax("VAT", Decimal(20)), Tax("VAT", Decimal(5))
LUNCH = PriceView(
    *(Decimal(10), None, "GBP", "piece"),
    label="with lunch",
    asks=Conditions((FOOD,), Decimal(0)),
)
KEY = replace(LUNCH, label="with the key", asks=Conditions(deposit=Decimal(80)))
HALL = {
    "kind": "goods",
    "unit": "piece",
    "price_amount": Decimal(10),
    "price_label": "alone",
    "more_prices": (LUNCH, KEY),
    "conditions": Conditions((VAT,), Decimal(50)),
}


async def preview(coop, hall, option):
    wanted = Wanted((WantedLine(hall.id, Decimal(2), option=option),))
    return (await coop.read(agreements.preview, wanted, coop.maya.id)).terms


@pytest.mark.parametrize(
    ("option", "tax", "total", "deposit"),
    [
        (0, "VAT 20 %", "24.00", "50.00"),
        (1, "VAT 5 %", "21.00", None),
        (2, "VAT 20 %", "24.00", "80.00"),
    ],
)
async def test_the_terms_have_those_of_the_price_that_is_chosen(
    coop, grocer, option, tax, total, deposit
):
    hall = await coop.offer("Hall", **HALL)
    terms = await preview(coop, hall, option)
    assert ([one.name for one in terms.taxes], sums(terms.total)) == ([tax], [f"{total} GBP"])
    assert (terms.deposit and terms.deposit.text) == deposit
    theirs = {"agreement": ours(hall).agreement, "customer": grocer.uri}
    await grocer.say("Offer", promising(hall, replace(terms, **theirs)))
    made = (await coop.see(await newest(coop), coop.rosa)).version.terms
    assert made == replace(terms, **theirs)


async def test_another_coop_does_not_take_the_deposit_of_one_price_with_the_taxes_of_another(
    coop, grocer
):
    hall = await coop.offer("Hall", **HALL)
    theirs = {"agreement": ours(hall).agreement, "customer": grocer.uri}
    alone, lunch = [replace(await preview(coop, hall, at), **theirs) for at in (0, 1)]
    for wrong in (replace(alone, deposit=None), replace(lunch, deposit=alone.deposit)):
        assert refused(await grocer.say("Offer", promising(hall, wrong)), 422)


async def test_each_of_two_things_has_the_deposit_of_its_price(coop):
    hall = await coop.offer("Hall", **HALL)
    lines = tuple(WantedLine(hall.id, Decimal(1), option=at) for at in (0, 2))
    terms = (await coop.read(agreements.preview, Wanted(lines), coop.maya.id)).terms
    assert terms.deposit.text == "130.00"
