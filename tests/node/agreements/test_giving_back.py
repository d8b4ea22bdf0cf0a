"""What goes back of a price, or of a fee for not coming, is taken off once, whoever asks for it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from node.agreements import State
from node.errors import Conflict
from node.listings import Cancelling, Conditions
from node.money import Money
from tests.node.agreements.test_commands import agreed, delivered, standing
from tests.support import books

TEN, TWENTY = (Money(1000, "GBP", 2),), (Money(2000, "GBP", 2),)
LEFT = {"assets:bank": "27.00", "income:refunds": "10.00", "income:sales": "-37.00"}


async def test_what_went_back_before_the_delivery_is_not_owed_again(coop):
    made = await coop.do(await agreed(coop), "receive", coop.rosa)
    made = await coop.do(made, "refund_part", coop.rosa, amounts=TEN)
    made = await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    assert await standing(coop) == LEFT
    assert made.state is State.SETTLED
    assert await books.faults(coop.database) == []


async def test_all_that_is_left_goes_back_where_a_part_had(coop):
    made = await coop.do(await delivered(coop), "receive", coop.rosa)
    made = await coop.do(made, "refund_part", coop.rosa, amounts=TEN)
    made = await coop.do(await coop.do(made, "confirm", coop.maya), "dispute", coop.maya)
    made = await coop.do(made, "refund_all", coop.rosa)
    assert (await standing(coop))[f"liabilities:payable:{coop.maya.id}"] == "-27.00"
    await coop.do(made, "refund", coop.rosa)
    assert await standing(coop) == {"income:refunds": "37.00", "income:sales": "-37.00"}
    assert await books.faults(coop.database) == []


async def test_a_part_that_is_offered_back_comes_on_top_of_what_had_gone_back(coop):
    made = await coop.do(await delivered(coop), "receive", coop.rosa)
    made = await coop.do(made, "refund_part", coop.rosa, amounts=TEN)
    made = await coop.do(made, "dispute", coop.maya)
    assert [one.text for one in (await coop.see(made, coop.rosa)).remaining] == ["27.00"]
    made = await coop.do(made, "offer_partial", coop.rosa, amounts=TWENTY)
    made = await coop.do(made, "agree_partial", coop.maya)
    assert (await standing(coop))[f"liabilities:payable:{coop.maya.id}"] == "-20.00"


async def test_who_did_not_come_owes_the_fee_and_no_more_until_it_is_given_back(coop):
    conditions = Conditions(cancelling=Cancelling(48, 0, 50))
    asked = await coop.ask(await coop.offer(conditions=conditions))
    made = await coop.do(asked, "accept", coop.rosa)
    await coop.wait(made.start_at - coop.clock.now() + timedelta(hours=1))
    made = await coop.do(made, "report_no_show", coop.rosa)
    made = await coop.do(made, "dispute", coop.maya)
    assert [one.text for one in (await coop.see(made, coop.maya)).due] == ["18.50"]
    await coop.do(made, "refund_all", coop.rosa)
    assert await standing(coop) == {}


async def test_who_paid_nothing_pays_what_a_dispute_left_of_it(coop):
    made = await coop.do(await delivered(coop), "dispute", coop.maya)
    made = await coop.do(made, "offer_partial", coop.rosa, amounts=TEN)
    made = await coop.do(made, "agree_partial", coop.maya)
    assert [one.text for one in (await coop.see(made, coop.maya)).due] == ["27.00"]
    await coop.do(made, "receive", coop.rosa)
    owed = {code: sum_ for code, sum_ in (await standing(coop)).items() if coop.maya.id in code}
    assert set(owed.values()) == {"10.00", "-10.00"}  # what is owed to her sets off what she owes
    assert (await standing(coop))["assets:bank"] == "27.00"


async def test_nothing_is_left_to_pay_where_all_is_given_back(coop):
    for begun in (await agreed(coop), await delivered(coop)):
        made = await coop.do(await coop.do(begun, "dispute", coop.maya), "refund_all", coop.rosa)
        assert (await coop.see(made, coop.maya)).due == ()
        with pytest.raises(Conflict):
            await coop.do(made, "receive", coop.rosa)


async def test_nothing_is_to_be_paid_for_cancelling_once_the_payment_had_gone_back(coop):
    asked = await coop.ask(
        await coop.offer(conditions=Conditions(cancelling=Cancelling(48, 50, 50)))
    )
    made = await coop.do(await coop.do(asked, "accept", coop.rosa), "receive", coop.rosa)
    made = await coop.do(await coop.do(made, "refund", coop.rosa), "cancel", coop.maya)
    assert (await coop.see(made, coop.maya)).due == ()
    assert await standing(coop) == {}


async def missed(coop, **price):
    """Maya did not come: she owes half of it."""
    offered = await coop.offer(conditions=Conditions(cancelling=Cancelling(48, 0, 50)), **price)
    made = await coop.do(await coop.ask(offered), "accept", coop.rosa)
    await coop.wait(made.start_at - coop.clock.now() + timedelta(hours=1))
    return await coop.do(made, "report_no_show", coop.rosa)


@pytest.mark.parametrize("came", [True, False])
async def test_hours_are_booked_back_where_everything_is_given_back(coop, came):
    price = {"price_amount": Decimal(1), "currency": "HOUR"}
    if came:
        asked = await coop.ask(await coop.offer("CV help", **price))
        done = await coop.do(await coop.do(asked, "accept", coop.rosa), "deliver", coop.rosa)
        made = await coop.do(done, "confirm", coop.maya)
    else:
        made = await missed(coop, **price)
    given = (await standing(coop))[f"liabilities:time-credit:{coop.rosa.id}"]
    assert given == ("-2.00" if came else "-1.00")
    await coop.do(await coop.do(made, "dispute", coop.maya), "refund_all", coop.rosa)
    assert await standing(coop) == {}
    assert await books.faults(coop.database) == []


async def test_the_hours_of_a_fee_go_back_with_its_money(coop):
    made = await missed(coop, price_hours=Decimal(1))
    made = await coop.do(made, "receive", coop.rosa)
    assert (await standing(coop))[f"liabilities:time-credit:{coop.maya.id}"] == "1.00"
    made = await coop.do(made, "refund", coop.rosa)
    assert await standing(coop) == {}
