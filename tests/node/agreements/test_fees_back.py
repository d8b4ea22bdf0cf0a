"""Where the price goes back, whole or in part, our fee does by the same share."""

import itertools
from decimal import Decimal

import pytest

from node import policies
from node.agreements.fees import given_back
from node.money import Money
from node.policies import FeeRule, Payer
from tests.node.agreements.test_commands import agreed, standing
from tests.support import books

TEN = (Money(1000, "GBP", 2),)


async def takes(coop, payer: Payer) -> None:
    """10 % of the price, half of it for the community; each member sells in their own name."""
    halves = (("coop", 1), ("project", 1))
    rule = FeeRule("Fee", payer, "GBP", Decimal(10), destinations=halves)
    seller = policies.AGREEMENTS_SELLER
    for key, value in ((policies.FEE_RULES, (rule,)), (seller, "member")):
        await coop.write(policies.adopt, key, value, version="v1", decided_by="m")


async def disputed(coop, was_confirmed: bool):
    made = await coop.do(await agreed(coop), "deliver", coop.rosa)
    made = await coop.do(made, "receive", coop.rosa)
    made = await coop.do(made, "confirm", coop.maya) if was_confirmed else made
    return await coop.do(made, "dispute", coop.maya, reason="quality")


async def left(coop) -> list[str]:
    """What is still owed to us as a fee, and set aside of it."""
    sums = await standing(coop)
    kinds = ("assets:receivable", "income:platform-fees", "liabilities:community", "expenses")
    return [
        next((sum_ for code, sum_ in sums.items() if code.startswith(kind)), "0") for kind in kinds
    ]


async def test_a_fee_goes_back_by_the_share_of_what_was_paid(coop):
    await takes(coop, Payer.PROVIDER)
    made = await coop.do(await agreed(coop), "deliver", coop.rosa)
    made = await coop.do(await coop.do(made, "confirm", coop.maya), "receive", coop.rosa)
    assert await left(coop) == ["3.70", "-3.70", "-1.85", "1.85"]
    await coop.do(made, "refund_part", coop.rosa, amounts=TEN)
    assert await left(coop) == ["2.70", "-2.70", "-1.35", "1.35"]
    await coop.do(made, "refund_part", coop.rosa, amounts=TEN)
    await coop.do(made, "refund", coop.rosa)
    assert await left(coop) == ["0"] * 4
    assert await books.faults(coop.database) == []


@pytest.mark.parametrize("payer", [Payer.PROVIDER, Payer.CUSTOMER])
@pytest.mark.parametrize("was_confirmed", [False, True])
async def test_it_goes_back_once_when_a_dispute_ends_with_all_or_a_part(coop, payer, was_confirmed):
    await takes(coop, payer)
    made = await disputed(coop, was_confirmed)
    await coop.do(await coop.do(made, "refund_all", coop.rosa), "refund", coop.rosa)
    assert await left(coop) == ["0"] * 4
    made = await disputed(coop, was_confirmed)
    made = await coop.do(made, "offer_partial", coop.rosa, amounts=TEN)
    made = await coop.do(made, "agree_partial", coop.maya)
    fee = {Payer.PROVIDER: "2.70", Payer.CUSTOMER: "2.79"}[payer]  # of 37.00, and of 40.70
    assert (after := await left(coop))[:2] == [fee, f"-{fee}"]
    await coop.do(made, "refund_part", coop.rosa, amounts=TEN)
    assert await left(coop) == after
    assert await books.faults(coop.database) == []


@pytest.mark.parametrize("payer", [Payer.PROVIDER, Payer.CUSTOMER])
@pytest.mark.parametrize("early", [1, 2])
@pytest.mark.parametrize("late", [False, True])
async def test_parts_that_went_back_before_delivery_take_their_share_of_the_fee(
    coop, payer, early, late
):
    await takes(coop, payer)
    made = await coop.do(await agreed(coop), "receive", coop.rosa)
    for _each in range(early):
        await coop.do(made, "refund_part", coop.rosa, amounts=TEN)
    assert await left(coop) == ["0"] * 4
    made = await coop.do(made, "deliver", coop.rosa)
    if late:
        await coop.do(made, "refund_part", coop.rosa, amounts=TEN)
    made = await coop.do(made, "confirm", coop.maya)
    whole = {Payer.PROVIDER: 3700, Payer.CUSTOMER: 4070}[payer]
    kept = f"{round((whole - 1000 * (early + late)) * 370 / whole) / 100:.2f}"
    assert (await left(coop))[:2] == [kept, f"-{kept}"]
    await coop.do(made, "refund", coop.rosa)
    assert await left(coop) == ["0"] * 4
    assert await books.faults(coop.database) == []


async def test_what_went_back_whole_before_delivery_leaves_no_fee(coop):
    await takes(coop, Payer.PROVIDER)
    made = await coop.do(await agreed(coop), "receive", coop.rosa)
    made = await coop.do(made, "refund", coop.rosa)
    made = await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    assert await left(coop) == ["0"] * 4
    made = await coop.do(await coop.do(made, "dispute", coop.maya), "refund_all", coop.rosa)
    assert await left(coop) == ["0"] * 4
    assert await books.faults(coop.database) == []


def test_parts_that_go_back_one_after_the_other_come_to_the_fee():
    fee = Money(333, "GBP", 2)
    ends = (0, 1, 500, 501, 999, 1000, 1500)
    parts = [given_back(fee, 1000, *pair).amount for pair in itertools.pairwise(ends)]
    assert (sum(parts), min(parts)) == (333, 0)
