"""What was booked under an account stays there, also once its owner is in the register."""

import pytest

from node import ledger, members
from tests.node.agreements.conftest import Coop
from tests.node.agreements.test_commands import delivered, standing
from tests.support import books


@pytest.mark.parametrize("end", ["uphold", "refund_all"])
async def test_who_became_a_member_since_still_ends_a_dispute(coop: Coop, end: str):
    made = await coop.do(await delivered(coop), "confirm", coop.maya)
    await coop.write(members.enter_holder, coop.maya.id, members.MembershipClass.USER)
    made = await coop.do(made, "dispute", coop.maya)
    made = await coop.do(made, end, coop.maya if end == "uphold" else coop.rosa)
    assert made.state == "resolved"
    assert await books.faults(coop.database) == []


async def test_who_became_a_member_since_owes_nothing_once_it_is_paid(coop: Coop):
    made = await coop.do(await delivered(coop), "confirm", coop.maya)
    await coop.write(members.enter_holder, coop.maya.id, members.MembershipClass.USER)
    await coop.do(made, "receive", coop.rosa)
    assert await standing(coop) == {"assets:bank": "37.00", "income:sales": "-37.00"}
    assert await coop.read(ledger.by_party, coop.clock.now().date()) == []
