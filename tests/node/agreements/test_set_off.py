"""What is set off is owed between two coops; within one, or to give something back, nothing is."""

import pytest

from node import agreements
from node.errors import InvalidInput
from tests.node.agreements.conftest import Coop
from tests.node.agreements.test_commands import delivered, standing


@pytest.mark.parametrize(("step", "by"), [("mark_paid", "maya"), ("receive", "rosa")])
async def test_between_two_of_one_coop_nothing_is_set_off(coop: Coop, step: str, by: str):
    made = await delivered(coop)
    with pytest.raises(InvalidInput, match="method"):
        await coop.do(made, step, getattr(coop, by), method="netting")
    seen = await coop.see(made, getattr(coop, by))
    assert agreements.Method.NETTING not in agreements.methods(seen.agreement, step)


async def test_nothing_is_given_back_by_setting_off(coop: Coop):
    made = await coop.do(await delivered(coop), "receive", coop.rosa)
    before = await standing(coop)
    for step in ("refund", "refund_part"):
        with pytest.raises(InvalidInput, match="method"):
            await coop.do(made, step, coop.rosa, method="netting")
    assert await standing(coop) == before
