"""A referral about which both coops say something before either has heard the other: whichever
message comes first, both end alike, and nothing of the person is left where it was taken back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from federation.models import Delivery, DeliveryState
from node import clearing, referrals
from node.referrals import ReferralView
from tests.stories.referring import Case, Desk, in_touch, passed_on, settle
from tests.support import books

Step = Callable[[Case, Desk], Awaitable[object]]


async def accepts(_case: Case, desk: Desk) -> None:
    await desk.coop.write(referrals.accept, (await desk.received()).id, by="desk")


async def holds(_case: Case, desk: Desk) -> None:
    await desk.coop.write(referrals.hold, (await desk.received()).id, by="desk")


async def declines(_case: Case, desk: Desk) -> None:
    await desk.coop.write(referrals.decline, (await desk.received()).id, "area", by="desk")


def tells(event: str) -> Step:
    async def told(_case: Case, desk: Desk) -> None:
        why = "unreachable" if event == "fail" else None
        view = await desk.received()
        await desk.coop.write(referrals.progress, view.id, event, reason=why, by="desk")

    return told


async def completes(_case: Case, desk: Desk) -> None:
    view = await desk.received()
    await desk.coop.write(
        referrals.complete, view.id, "done", value=Decimal(180), currency="GBP", by="desk"
    )


async def withdraws(case: Case, _desk: Desk) -> None:
    view = await sent_first(case)
    await case.sender.write(referrals.withdraw, view.id, by=case.by)


async def consent_goes(case: Case, _desk: Desk) -> None:
    await case.sender.write(referrals.withdraw_consent, case.code)


async def corrects(case: Case, _desk: Desk) -> None:
    await case.sender.write(referrals.correct, (await sent_first(case)).id, by=case.by)


async def runs_out(case: Case, _desk: Desk) -> None:
    """The time for an answer is over, and the sender's clock sees it first."""
    case.town.clock.advance(timedelta(days=4))
    await case.sender.node.run_due()


async def consent_ends(case: Case, _desk: Desk) -> None:
    case.town.clock.advance(timedelta(days=400))
    await case.sender.node.run_due()


async def sent_first(case: Case) -> ReferralView:
    views = await case.sender.read(referrals.referrals, side=referrals.Side.SENT)
    found: ReferralView = views[-1]
    return found


SENT: tuple[Step, ...] = ()
ACCEPTED = (accepts,)
WORKING = (accepts, tells("contact"), tells("start"))

CROSSED = [
    (SENT, withdraws, accepts, "withdrawn"),
    (SENT, withdraws, declines, "withdrawn"),
    (SENT, consent_goes, declines, "withdrawn"),
    (SENT, corrects, accepts, "entered_in_error"),
    (SENT, corrects, holds, "entered_in_error"),
    (SENT, corrects, declines, "entered_in_error"),
    (SENT, runs_out, accepts, "expired"),
    (SENT, runs_out, declines, "expired"),
    (ACCEPTED, withdraws, tells("contact"), "withdrawn"),
    (WORKING, withdraws, completes, "withdrawn"),
    (WORKING, consent_goes, tells("fail"), "withdrawn"),
    (WORKING, consent_ends, completes, "expired"),
    (WORKING, consent_ends, tells("fail"), "expired"),
]


@pytest.mark.parametrize("first", ["sender", "receiver"])
@pytest.mark.parametrize(("before", "at_sender", "at_receiver", "end"), CROSSED)
async def test_what_both_say_at_once_ends_alike(town, first, before, at_sender, at_receiver, end):
    sender, receiver, _third = await in_touch(town)
    case, desk = await passed_on(town, sender, receiver), Desk(town, receiver)
    for step in before:
        await step(case, desk)
        await settle(town)
    await at_receiver(case, desk)
    await at_sender(case, desk)
    if first == "receiver":
        town.coops.reverse()
    await comes_to_rest(town)
    ours, theirs = await sent_first(case), await desk.received()
    assert (ours.state, theirs.state) == (end, end)
    assert (await desk.detail()).person == {}
    assert theirs.deleted_at is not None
    for coop in (sender, receiver):
        assert await coop.read(clearing.obligations) == ([], None)
        assert await books.faults(coop.node.database) == []
        assert await waiting(coop) == 0


async def comes_to_rest(town) -> None:
    await settle(town)
    for _hour in range(4):  # a no is heard three times before it counts
        town.clock.advance(timedelta(hours=1))
        for coop in town.coops:
            await coop.node.run_due()
        await settle(town)


async def waiting(coop) -> int:
    """How many deliveries are still under way."""
    open_ones = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD)
    chosen = select(func.count()).select_from(Delivery).where(Delivery.state.in_(open_ones))
    return await coop.read(lambda reader: reader.scalar(chosen)) or 0
