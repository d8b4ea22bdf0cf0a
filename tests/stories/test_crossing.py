"""Steps of two coops that cross on their way: both nodes come to the same end, and the same sum."""

from datetime import timedelta
from decimal import Decimal

import pytest

from node import clearing, policies
from node.agreements import Revision
from node.errors import Conflict
from node.money import Money
from tests.stories.dealing import START, Deal, Dealer, begin

FIVE, TEN = (Money(500, "GBP", 2),), (Money(1000, "GBP", 2),)


@pytest.fixture
async def deal(town) -> Deal:
    """Agreed for 37.00 GBP; whoever cancels from now on, or does not come, owes half of it."""
    deal = await begin(town)
    for coop in town.coops[:2]:
        late = policies.AGREEMENTS_CANCEL_LATE_PERCENT
        await coop.write(policies.adopt, late, 50, version="v1", decided_by="minutes")
    await deal.agreed()
    await deal.pass_time(START - timedelta(hours=3) - town.clock.now())
    return deal


async def heard(deal: Deal) -> None:
    """Everything travels; a no is heard three times before what waits behind it goes on."""
    await deal.town.settle()
    for _hour in range(3):
        await deal.pass_time(timedelta(hours=1))


async def ends(deal: Deal) -> list[tuple[str, list[str]]]:
    """How it stands at the provider's node and at the customer's, and what is owed."""
    seen = [await who.see() for who in (deal.rosa, deal.giulia)]
    return [(one.agreement.state.value, [sum_.text for sum_ in one.due]) for one in seen]


async def same(deal: Deal, state: str, *due: str) -> None:
    await heard(deal)
    assert await ends(deal) == [(state, list(due))] * 2
    await deal.check_books()


async def test_where_both_cancel_nothing_is_owed(deal):
    await deal.giulia.do("cancel", reason="illness")
    await deal.rosa.do("cancel", reason="illness")
    await same(deal, "cancelled")


@pytest.mark.parametrize("step", ["start", "dispute"])
async def test_cancelling_goes_before_what_the_provider_did_without_knowing(deal, step):
    await deal.giulia.do("cancel", reason="illness")
    await deal.rosa.do(step)
    await same(deal, "cancelled", "18.50")


@pytest.mark.parametrize(
    ("who", "ending", "due"), [("giulia", "uphold", ["37.00"]), ("rosa", "refund_all", [])]
)
async def test_what_was_delivered_although_it_had_been_cancelled_is_to_talk_about(
    deal, who, ending, due
):
    """Neither word goes before: who would not pay could date a cancellation back."""
    await deal.giulia.do("cancel", reason="illness")
    await deal.rosa.do("deliver")
    await same(deal, "disputed", "37.00")
    await deal.say(getattr(deal, who), ending)
    await same(deal, "resolved", *due)


async def test_of_what_was_delivered_although_it_had_been_cancelled_a_part_goes_back(deal):
    await deal.giulia.do("cancel", reason="illness")
    await deal.rosa.do("deliver")
    await heard(deal)
    await deal.say(deal.rosa, "offer_partial", amounts=TEN)
    await deal.say(deal.giulia, "agree_partial")
    await same(deal, "resolved", "27.00")


async def test_a_cancellation_is_to_talk_about_once_a_part_was_delivered(deal):
    await deal.giulia.do("cancel", reason="illness")
    await deal.rosa.do("deliver_part", delivered=(Decimal(1),))
    await same(deal, "disputed", "37.00")
    await deal.say(deal.giulia, "uphold")
    await same(deal, "resolved", "37.00")


@pytest.mark.parametrize(
    ("method", "owed"), [("bank", []), ("netting", [(clearing.State.ACKNOWLEDGED, "37.00")])]
)
async def test_what_was_paid_or_set_off_before_it_was_cancelled_counts_at_both(deal, method, owed):
    await deal.say(deal.giulia, "mark_paid", method=method)
    await deal.giulia.do("cancel", reason="illness")
    await deal.rosa.do("receive", method=method)
    await same(deal, "cancelled", "18.50")
    assert await deal.payments() == ("received", "received")
    for coop in (deal.lanehead, deal.portici):
        debts, _more = await coop.read(clearing.obligations)
        assert [(one.state, one.money.text) for one in debts] == owed
    await deal.say(deal.rosa, "refund_part", amounts=(Money(1850, "GBP", 2),), method="bank")
    assert await deal.payments() == ("refunded_part", "refunded_part")
    await same(deal, "cancelled", "18.50")


async def test_where_both_cancel_what_was_paid_is_to_go_back_at_both(deal):
    await deal.say(deal.giulia, "mark_paid", method="bank")
    await deal.say(deal.rosa, "receive", method="bank")
    await deal.giulia.do("cancel", reason="illness")
    await deal.rosa.do("cancel", reason="illness")
    await same(deal, "cancelled")


async def test_a_cancellation_that_comes_once_the_clock_has_confirmed_is_to_talk_about(deal):
    await deal.giulia.do("cancel", reason="illness")
    await deal.rosa.do("deliver")
    deal.town.clock.advance(timedelta(days=25))
    await deal.lanehead.node.run_due()
    assert (await deal.rosa.newest()).state == "confirmed"
    await same(deal, "disputed", "37.00")


async def test_who_asked_for_less_to_pay_notes_no_payment_of_more_meanwhile(deal):
    """A yes may be on its way, and could not be kept."""
    await deal.say(deal.rosa, "change", revision=cheaper(10))
    with pytest.raises(Conflict, match="Ask for another one first"):
        await deal.rosa.do("receive", method="bank")
    await deal.giulia.do("agree_change")
    await same(deal, "scheduled", "20.00")


async def test_a_provider_who_cancels_is_owed_nothing_whatever_the_customer_objects_to(deal):
    await deal.rosa.do("cancel", reason="illness")
    await deal.giulia.do("dispute", reason="quality")
    await same(deal, "cancelled")


async def test_cancelling_goes_before_a_report_that_nobody_came(deal):
    await deal.pass_time(timedelta(hours=3))
    await deal.giulia.do("cancel", reason="illness")
    await deal.rosa.do("report_no_show")
    await same(deal, "cancelled", "18.50")


async def test_who_cancelled_in_time_owes_nothing_for_not_coming(town):
    deal = await begin(town)
    for key, value in (
        (policies.AGREEMENTS_CANCEL_LATE_PERCENT, 50),
        (policies.AGREEMENTS_CANCEL_HOURS, 1),
    ):
        for coop in town.coops[:2]:
            await coop.write(policies.adopt, key, value, version="v1", decided_by="minutes")
    await deal.agreed()
    await deal.giulia.do("cancel", reason="illness")
    town.clock.advance(START - town.clock.now())
    await deal.rosa.do("report_no_show")
    await same(deal, "cancelled")


async def test_two_who_say_that_the_other_did_not_come_disagree(deal):
    await deal.pass_time(timedelta(hours=3))
    await deal.giulia.do("report_no_show")
    await deal.rosa.do("report_no_show")
    await same(deal, "disputed", "18.50")
    await deal.say(deal.giulia, "uphold")
    await same(deal, "resolved", "18.50")


async def test_an_objection_and_a_report_that_nobody_came_leave_the_fee_to_talk_about(deal):
    await deal.pass_time(timedelta(hours=3))
    await deal.giulia.do("dispute", reason="quality")
    await deal.rosa.do("report_no_show")
    await same(deal, "disputed", "18.50")
    await deal.say(deal.giulia, "uphold")
    await same(deal, "resolved", "18.50")


async def disputed(deal: Deal) -> None:
    await deal.say(deal.rosa, "deliver")
    await deal.say(deal.giulia, "dispute", reason="quality")


async def test_giving_all_back_goes_before_letting_it_stand(deal):
    await disputed(deal)
    await deal.giulia.do("uphold")
    await deal.rosa.do("refund_all")
    await same(deal, "resolved")


async def test_giving_all_back_goes_before_a_part_of_it(deal):
    await disputed(deal)
    await deal.say(deal.rosa, "offer_partial", amounts=FIVE)
    await deal.giulia.do("agree_partial")
    await deal.rosa.do("refund_all")
    await same(deal, "resolved")


@pytest.mark.parametrize(("first", "then", "due"), [(FIVE, TEN, "32.00"), (TEN, FIVE, "27.00")])
async def test_the_part_that_was_taken_counts_and_none_offered_meanwhile(deal, first, then, due):
    await disputed(deal)
    await deal.say(deal.rosa, "offer_partial", amounts=first)
    await deal.giulia.do("agree_partial")
    await deal.rosa.do("offer_partial", amounts=then)
    await same(deal, "resolved", due)


def cheaper(pounds: int) -> Revision:
    return Revision(prices=((0, (Money(100 * pounds, "GBP", 2),)),))


async def in_force(deal: Deal) -> str:
    """What both nodes say that holds."""
    [digest] = {(await who.see()).version.digest for who in (deal.rosa, deal.giulia)}
    return digest


async def test_a_change_that_was_agreed_holds_whatever_was_asked_for_meanwhile(deal):
    await deal.say(deal.giulia, "change", revision=cheaper(15))
    await deal.giulia.do("change", revision=cheaper(10))
    await deal.rosa.do("agree_change")
    await same(deal, "scheduled", "30.00")
    assert await in_force(deal)
    assert [(await who.newest()).pending for who in (deal.rosa, deal.giulia)] == [3, 3]
    await deal.say(deal.rosa, "refuse_change")
    await deal.say(deal.rosa, "deliver")
    await same(deal, "delivered", "30.00")


async def test_a_change_that_was_replaced_is_not_agreed_to_any_more(deal):
    await deal.say(deal.giulia, "change", revision=cheaper(15))
    await deal.say(deal.giulia, "change", revision=cheaper(10))
    await deal.say(deal.rosa, "agree_change")
    await same(deal, "scheduled", "20.00")


@pytest.mark.parametrize("step", ["start", "deliver"])
async def test_a_change_that_was_agreed_holds_although_work_began_meanwhile(deal, step):
    await deal.say(deal.rosa, "change", revision=cheaper(10))
    await deal.rosa.do(step)
    await deal.giulia.do("agree_change")
    await same(deal, {"start": "in_progress", "deliver": "delivered"}[step], "20.00")
    assert await in_force(deal)


async def test_cancelling_costs_what_the_terms_say_that_were_known_then(deal):
    await deal.say(deal.giulia, "change", revision=cheaper(10))
    await deal.rosa.do("agree_change")
    await deal.giulia.do("cancel", reason="illness")
    await same(deal, "cancelled", "18.50")
    assert await in_force(deal)


@pytest.mark.parametrize("method", ["bank", "netting"])
async def test_what_was_paid_or_set_off_before_a_part_was_taken_back_counts_at_both(deal, method):
    if method == "netting":
        await deal.say(deal.giulia, "mark_paid", method=method)
    await disputed(deal)
    await deal.say(deal.rosa, "offer_partial", amounts=FIVE)
    await deal.giulia.do("agree_partial")
    await deal.rosa.do("receive", method=method)
    await same(deal, "resolved", "32.00")
    assert await deal.payments() == ("received", "received")


@pytest.mark.parametrize("by", ["rosa", "giulia"])
async def test_what_was_heard_is_not_cancelled_any_more(deal, by):
    who: Dealer = getattr(deal, by)
    await deal.say(deal.rosa, "start")
    with pytest.raises(Exception, match="Cancel"):
        await who.do("cancel", reason="illness")
