"""Two things happen to a referral at once: one wins, the other hears why, consent holds throughout.

On both databases: SQLite puts them one after the other, PostgreSQL undoes one and tries again.
"""

import asyncio
from typing import Any

import pytest

from federation.handlers import Applied, RefusedBy
from node import referrals, timers
from node.errors import NodeError
from node.referrals import Side
from protocol.contexts import CONTEXT
from tests.node.listings.conftest import GROCER
from tests.node.referrals.conftest import Loaf
from tests.node.referrals.samples import NEED
from tests.stories.referring import BOILER

pytestmark = pytest.mark.usefixtures("sqlite_in_threads")

DESKS = 8


@pytest.fixture
async def sent(loaf_on_each: Loaf) -> tuple[Any, str]:
    return await loaf_on_each.pass_on(BOILER)


async def at_once(*doing: Any) -> list[Any]:
    """What came of each; anything but a refusal in words is a fault."""
    ended = await asyncio.gather(*doing, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException) and not isinstance(one, NodeError):
            raise one
    return ended


async def test_of_many_desks_that_accept_at_once_one_does(loaf_on_each: Loaf) -> None:
    need = NEED | {"@context": CONTEXT}
    assert (
        await loaf_on_each.hear(GROCER, "Offer", need, endTime="2027-01-08T10:00:00Z") == Applied()
    )
    [view] = await loaf_on_each.read(referrals.referrals, side=Side.RECEIVED)
    desks = (loaf_on_each.write(referrals.accept, view.id, by=f"desk-{n}") for n in range(DESKS))
    ended = await at_once(*desks)
    assert sum(not isinstance(one, NodeError) for one in ended) == 1
    assert {one.code for one in ended if isinstance(one, NodeError)} == {"referral-state"}
    assert await loaf_on_each.said() == ["Accept"]


@pytest.mark.parametrize("first", ["person", "coop"])
async def test_a_withdrawal_and_a_yes_at_once_leave_nobody_who_knows(
    loaf_on_each: Loaf, sent: tuple[Any, str], first: str
) -> None:
    view, code = sent
    doing = [
        loaf_on_each.write(referrals.withdraw_consent, code),
        loaf_on_each.accepted_by(GROCER, view),
    ]
    ended = await at_once(*(doing if first == "person" else reversed(doing)))
    [yes] = [one for one in ended if isinstance(one, Applied | RefusedBy)]
    assert yes == Applied() or yes.status == 409
    assert await loaf_on_each.states() == ["withdrawn"]
    assert (await loaf_on_each.said())[-1] == "Undo"
    assert not await loaf_on_each.may_have(GROCER, view)
    [after] = await loaf_on_each.read(referrals.referrals, side=Side.SENT)
    assert (after.box, after.need.summary) == (None, "")


@pytest.mark.parametrize("first", ["clock", "coop"])
async def test_a_late_yes_and_the_next_coop_at_once_ask_one_of_them(
    loaf_on_each: Loaf, sent: tuple[Any, str], first: str
) -> None:
    view, _code = sent
    loaf_on_each.clock.advance(view.answer_due - loaf_on_each.clock.now())
    doing = [loaf_on_each.write(timers.run_due), loaf_on_each.accepted_by(GROCER, view)]
    ended = await at_once(*(doing if first == "clock" else reversed(doing)))
    [yes] = [one for one in ended if isinstance(one, Applied | RefusedBy)]
    if yes == Applied():
        assert await loaf_on_each.states() == ["accepted"]
        assert await loaf_on_each.may_have(GROCER, view)
    else:
        assert (yes.status, yes.code) == (422, "offer-expired")
        assert await loaf_on_each.states() == ["expired", "sent"]
        assert (await loaf_on_each.said())[-2:] == ["Undo", "Offer"]
        assert not await loaf_on_each.may_have(GROCER, view)
