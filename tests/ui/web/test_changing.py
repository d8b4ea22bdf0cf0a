"""A change that cannot be had is refused when it is asked for, at the field that mends it."""

import re
from decimal import Decimal

import pytest

from node import agreements, listings
from node.agreements import Contact, Wanted, WantedLine
from node.listings import Availability, Kind, Way
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.booking import revises
from tests.ui.web.visitor import signed_in, stranger

NORA = Contact(name="Nora", contact="0161 555 0101")


@pytest.mark.parametrize("do", ["look", "send"])
async def test_more_than_there_is_or_none(coop: Coop, do: str) -> None:
    price = {"price_amount": Decimal(2), "currency": "GBP", "unit": "piece"}
    bread = await offer(coop, "Bread", kind=Kind.GOODS, **price)
    stock = Availability(Way.STOCK, stock=5)
    await coop.write(listings.set_availability, bread.id, stock, by=None)
    wanted = Wanted((WantedLine(bread.id, Decimal(1)),))
    made = await coop.write(agreements.ask, wanted, account=None, contact=NORA)
    await coop.write(agreements.do, made.agreement.id, "accept", agreements.OPERATOR)
    path = f"/asked/{made.secret}"
    async with stranger(coop) as nora, signed_in(coop, "femi", "admin") as femi:
        for who, page in ((nora, path), (femi, f"/agreements/{made.agreement.id}")):
            for number, status, why in (
                ("6", 409, "There are only 5 left."),
                ("1.5", 422, "Pieces are whole"),
                ("0", 422, "More than 0. Without it"),
            ):
                said = {"step": "change", "do": do, "lines-0-quantity": number}
                refused = await revises(who, page, said)
                assert refused.status == status
                at_fields = re.findall(r'class="err".*?</p>', refused.text, re.DOTALL)
                assert any(why in one for one in at_fields)
                assert f'value="{number}"' in refused.text
