"""A deposit is left with the payment, and goes back, all or less what is kept of it."""

from decimal import Decimal

import pytest

from node.agreements import Deposit, Revision
from node.errors import Conflict, InvalidInput, NotAllowed
from node.listings import Conditions, Kind
from node.money import Money
from tests.node.agreements.test_commands import agreed, standing
from tests.support import books

LENT = {"kind": Kind.LEND, "unit": "day", "conditions": Conditions(deposit=Decimal(50))}
TEN, FIFTY = Money(1000, "GBP", 2), Money(5000, "GBP", 2)


@pytest.fixture
async def paid(coop):
    """A drill lent for 18.50 with 50 on top, paid; not yet brought back."""
    asked = await coop.ask(await coop.offer("Drill", **LENT), hours=None)
    made = await coop.do(asked, "accept", coop.rosa)
    return await coop.do(made, "receive", coop.rosa, method="cash")


async def test_it_is_asked_for_in_the_first_offer_and_goes_back_whole(coop, paid):
    assert paid.deposit is Deposit.HELD
    with pytest.raises(Conflict):
        await coop.do(paid, "return_deposit", coop.rosa)
    done = await coop.do(paid, "deliver", coop.rosa)
    assert (await standing(coop))["assets:deposits"] == "50.00"
    with pytest.raises(NotAllowed):
        await coop.do(done, "return_deposit", coop.maya)
    back = await coop.do(done, "return_deposit", coop.rosa, method="cash")
    assert back.deposit is Deposit.RETURNED
    left = await standing(coop)
    assert left["assets:cash"] == "18.50"
    assert not [code for code in left if "deposit" in code]
    assert await books.faults(coop.database) == []


async def test_a_part_is_kept_with_a_reason_and_is_then_the_coops(coop, paid):
    done = await coop.do(paid, "deliver", coop.rosa)
    for wrong in ({"amounts": (TEN,)}, {"amounts": (FIFTY + TEN,), "reason": "damage"}):
        with pytest.raises(InvalidInput):
            await coop.do(done, "keep_deposit", coop.rosa, **wrong)
    kept = await coop.do(done, "keep_deposit", coop.rosa, amounts=(TEN,), reason="damage")
    assert kept.deposit is Deposit.KEPT
    left = await standing(coop)
    assert (left["income:deposits-kept"], left["assets:bank"]) == ("-10.00", "10.00")
    assert "assets:deposits" not in left
    step = (await coop.see(kept, coop.maya)).history[-1]
    assert (step.event, step.detail["reason"]) == ("keep_deposit", "damage")
    assert await books.faults(coop.database) == []


async def test_a_refund_is_of_the_price_and_leaves_the_deposit(coop, paid):
    with pytest.raises(InvalidInput, match="deposit"):
        await coop.do(paid, "change", coop.rosa, revision=Revision(deposit=TEN))
    cancelled = await coop.do(paid, "cancel", coop.rosa)
    back = await coop.do(cancelled, "refund", coop.rosa, method="cash")
    assert [money.text for money in (await coop.see(back, coop.maya)).returned] == ["18.50"]
    await coop.do(back, "return_deposit", coop.rosa, method="cash")
    assert {code: sum_ for code, sum_ in (await standing(coop)).items() if "cash" in code} == {}
    assert await books.faults(coop.database) == []


async def test_a_deposit_asked_for_once_it_was_paid_is_no_part_of_what_came(coop):
    made = await coop.do(await agreed(coop), "receive", coop.rosa)
    made = await coop.do(made, "change", coop.rosa, revision=Revision(deposit=FIFTY))
    made = await coop.do(made, "agree_change", coop.maya)
    assert made.deposit is Deposit.NONE
    seen = await coop.see(made, coop.rosa)
    assert [one.text for one in seen.refundable] == ["37.00"]
    await coop.do(made, "refund", coop.rosa)
    assert await standing(coop) == {}
