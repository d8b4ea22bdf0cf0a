"""How many one takes at a price holds for whoever asks first."""

from decimal import Decimal

import pytest

from node import agreements
from node.agreements import Wanted, WantedLine, offered
from node.errors import InvalidInput
from node.listings import MEMBERS, PriceView
from tests.support.statements import sql_meanwhile

TIERS = {
    "kind": "goods",
    "price_amount": Decimal(10),
    "unit": "piece",
    "price_least": Decimal(2),
    "price_step": Decimal(2),
    "price_most": Decimal(40),
    "more_prices": (
        PriceView(Decimal(9), currency="GBP", unit="piece", label="Ten", least=Decimal(10)),
        PriceView(Decimal(8), currency="GBP", unit="hour", label="Hours", step=Decimal("0.5")),
    ),
}


@pytest.mark.parametrize(
    ("quantity", "option", "remedy"),
    [
        ("1", 0, "at least 2"),
        ("3", 0, "steps of 2, from 2 on"),
        ("42", 0, "at most 40"),
        ("9", 1, "at least 10"),
        ("0.3", 2, "steps of 0.5, from 0.5 on"),
        ("0", 2, "More than 0."),
    ],
)
async def test_more_or_less_than_a_price_is_for_is_refused_with_the_remedy(
    coop, quantity, option, remedy
):
    listing = await coop.offer(**TIERS)
    wanted = Wanted((WantedLine(listing.id, Decimal(quantity), option=option),))
    with pytest.raises(InvalidInput) as error:
        await coop.read(agreements.preview, wanted, coop.maya.id)
    [complaint] = error.value.fields["quantity"]
    assert remedy in str(complaint)


async def test_the_listings_of_an_agreement_are_looked_up_by_one_query(coop):
    uris = [(await coop.offer(f"Room {number}")).uri for number in range(3)]
    async with coop.database.reading() as reader:
        with sql_meanwhile() as asked:
            known = await offered.known(reader, [*uris, f"{uris[0]}x"])
    assert sorted(one.title for one in known) == ["Room 0", "Room 1", "Room 2"]
    assert len(asked) == 1


async def test_a_price_for_members_is_theirs_alone(coop):
    cheap = PriceView(Decimal(8), currency="GBP", unit="piece", whom=MEMBERS)
    listing = await coop.offer(**TIERS | {"more_prices": (cheap,)})
    wanted = Wanted((WantedLine(listing.id, Decimal(4), option=1),))
    shown = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
    assert shown.total[0].text == "32.00"
    with pytest.raises(InvalidInput) as error:
        await coop.read(agreements.preview, wanted, None)
    assert list(error.value.fields) == ["option"]


async def test_the_total_is_that_of_the_price_from_so_many_on(coop):
    listing = await coop.offer(**TIERS)
    for quantity, option, total in (("4", 0, "40.00"), ("12", 0, "120.00"), ("12", 1, "108.00")):
        wanted = Wanted((WantedLine(listing.id, Decimal(quantity), option=option),))
        shown = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
        assert shown.total[0].text == total
