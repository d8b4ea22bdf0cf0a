"""The coop that takes a person over puts terms forward: the work goes on as an agreement of both
coops, and when both have confirmed it there, the referral is completed and signed by itself."""

from decimal import Decimal

import pytest

from node import agreements, referrals
from node.agreements import OPERATOR, Revision, Wanted, WantedLine
from node.money import Money
from node.referrals import Side
from tests.stories.dealing import END, START
from tests.stories.market import offer
from tests.stories.referring import PERSON, Case, Desk, in_touch, passed_on, settle
from tests.support import books
from tests.support.town import Coop

pytestmark = pytest.mark.long


class Taken:
    """Portici said yes with terms: two hours of repairs at 90 GBP."""

    def __init__(self, case: Case, desk: Desk) -> None:
        self.case, self.desk = case, desk

    async def do(self, coop: Coop, step: str, revision: Revision | None = None) -> None:
        [view] = await coop.read(agreements.agreements, OPERATOR)
        await coop.write(agreements.do, view.id, step, OPERATOR, revision=revision)
        await settle(self.case.town)

    async def agreed(self) -> list[str]:
        """How the sender's and the receiver's node see the agreement."""
        found = []
        for coop in (self.case.sender, self.desk.coop):
            [view] = await coop.read(agreements.agreements, OPERATOR)
            found.append(view.state.value)
        return found

    async def states(self) -> list[str]:
        """And the referral."""
        return [*await self.case.states(), (await self.desk.received()).state.value]


@pytest.fixture
async def taken(town) -> Taken:
    lanehead, portici, _pioneer = await in_touch(town)
    work = await offer(
        portici, "Boiler mending", price_amount=Decimal(60), currency="GBP", unit="hour"
    )
    case = await passed_on(town, lanehead, portici)
    desk = Desk(town, portici)
    line = WantedLine(work.id, Decimal(2), Money.of(Decimal(90), "GBP"))
    wanted = Wanted((line,), START, END, "Europe/London")
    await portici.write(referrals.accept, (await desk.received()).id, by="desk", wanted=wanted)
    await settle(town)
    return Taken(case, desk)


async def test_terms_that_came_with_the_yes_are_done_confirmed_and_signed_by_both(taken):
    assert await taken.agreed() == ["countered", "countered"]
    assert await taken.states() == ["accepted", "accepted"]
    assert (await taken.desk.detail()).person["name"] == PERSON["name"]

    cheaper = Revision(prices=((0, (Money.of(Decimal(80), "GBP"),)),))
    await taken.do(taken.case.sender, "counter", cheaper)
    assert await taken.agreed() == ["requested", "requested"]
    await taken.do(taken.desk.coop, "accept")
    assert await taken.agreed() == ["scheduled", "scheduled"]
    await taken.do(taken.desk.coop, "deliver")
    assert await taken.states() == ["accepted", "accepted"]
    await taken.do(taken.case.sender, "confirm")
    assert await taken.agreed() == ["confirmed", "confirmed"]
    assert await taken.states() == ["closed", "closed"]

    closed = await taken.case.newest()
    assert (closed.job_value.text, closed.fee_due.text) == ("160.00", "8.00")
    [theirs] = await taken.desk.coop.read(referrals.referrals, side=Side.RECEIVED)
    assert theirs.completion_digest == closed.completion_digest
    for coop in (taken.case.sender, taken.desk.coop):
        assert await books.faults(coop.node.database) == []


@pytest.mark.parametrize("agreed", [False, True])
async def test_a_withdrawn_consent_ends_what_was_agreed_too(taken, agreed):
    if agreed:
        await taken.do(taken.case.sender, "accept")
    await taken.case.withdraw_consent()
    assert await taken.states() == ["withdrawn", "withdrawn"]
    assert await taken.agreed() == ["cancelled", "cancelled"]
    assert (await taken.desk.detail()).person == {}


async def test_a_consent_is_taken_back_while_the_work_is_under_way_too(taken):
    await taken.do(taken.case.sender, "accept")
    await taken.do(taken.desk.coop, "start")
    await taken.case.withdraw_consent()
    assert await taken.states() == ["withdrawn", "withdrawn"]
    assert await taken.agreed() == ["in_progress", "in_progress"]
    assert (await taken.desk.detail()).person == {}
