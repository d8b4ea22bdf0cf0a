"""A booking across coops: both nodes come to the same end, whatever happens on the way."""

import json
import re
from datetime import timedelta

import pytest

from node import clearing, ledger, members, policies, threads
from node.agreements import Cancellation, Contact, Revision, Role
from node.clearing import State
from node.money import Money
from tests.stories.dealing import END, START, Deal, begin, said_by

POUNDS = Money(1000, "GBP", 2)


@pytest.fixture
async def deal(town) -> Deal:
    return await begin(town)


async def test_a_booking_with_counter_offer_reschedule_delivery_and_double_confirmation(deal):
    await deal.asked()
    assert await deal.states() == ("requested", "requested")
    dearer = Revision(prices=((0, (Money(2000, "GBP", 2),)),), cancellation=Cancellation(24, 0, 50))
    await deal.say(deal.rosa, "counter", revision=dearer)
    assert await deal.states() == ("countered", "countered")
    await deal.say(deal.giulia, "accept")
    assert await deal.states() == ("scheduled", "scheduled")

    later = Revision(start=START + timedelta(days=1), end=END + timedelta(days=1))
    await deal.say(deal.giulia, "change", revision=later)
    assert (await deal.rosa.see()).change.terms.start == later.start
    await deal.say(deal.rosa, "agree_change")
    assert (await deal.giulia.newest()).start_at == later.start

    await deal.say(deal.rosa, "deliver")
    assert await deal.states() == ("delivered", "delivered")
    await deal.say(deal.giulia, "confirm")
    assert await deal.states() == ("confirmed", "confirmed")
    await deal.say(deal.giulia, "mark_paid", method="bank")
    await deal.say(deal.rosa, "receive", method="bank")
    assert await deal.states() == ("settled", "settled")
    assert await deal.payments() == ("received", "received")

    seen, theirs = await deal.rosa.see(), await deal.giulia.see()
    assert [one.digest for one in seen.versions] == [one.digest for one in theirs.versions]
    assert set(seen.version.signed_by) == set(theirs.version.signed_by) == set(Role)
    assert seen.version.documents == theirs.version.documents
    await deal.check_books()
    assert await standing(deal.lanehead) == {
        "assets:bank": "40.00",
        "income:sales": "-40.00",
    }


async def test_whoever_cancels_late_owes_the_fee_that_both_signed(deal):
    for coop in (deal.lanehead, deal.portici):
        await coop.write(
            policies.adopt,
            policies.AGREEMENTS_CANCEL_LATE_PERCENT,
            50,
            version="v1",
            decided_by="minutes",
        )
    await deal.agreed()
    await deal.pass_time(START - timedelta(hours=3) - deal.town.clock.now())
    await deal.say(deal.giulia, "cancel", reason="illness")
    assert await deal.states() == ("cancelled", "cancelled")
    for who in (deal.rosa, deal.giulia):
        assert [money.text for money in (await who.see()).due] == ["18.50"]
    await deal.check_books()


async def test_what_goes_on_account_stands_in_the_books_under_the_member(deal):
    entered = await deal.portici.write(
        members.enter_holder, deal.giulia.account.id, members.MembershipClass.USER
    )
    await deal.agreed()
    await deal.say(deal.rosa, "deliver")
    await deal.say(deal.giulia, "mark_paid", method="netting")
    await deal.say(deal.rosa, "receive", method="netting")
    found = await deal.portici.read(ledger.by_party, deal.town.clock.now().date())
    assert {one.name for one in found} == {entered.id, deal.lanehead.uri}


async def test_who_cancels_in_time_owes_nothing_however_late_it_is_heard(deal):
    for coop in (deal.lanehead, deal.portici):
        late = policies.AGREEMENTS_CANCEL_LATE_PERCENT
        await coop.write(policies.adopt, late, 50, version="v1", decided_by="minutes")
    await deal.agreed()
    await deal.giulia.do("cancel", reason="illness")
    deal.town.clock.advance(START - deal.town.clock.now())
    await deal.town.settle()
    assert await deal.states() == ("cancelled", "cancelled")
    for who in (deal.rosa, deal.giulia):
        assert (await who.see()).due == ()


async def test_nobody_came(deal):
    await deal.agreed()
    await deal.pass_time(START - deal.town.clock.now())
    await deal.say(deal.rosa, "report_no_show")
    assert await deal.states() == ("no_show", "no_show")


async def test_a_dispute_ends_with_a_partial_refund(deal):
    await deal.agreed()
    await deal.say(deal.rosa, "deliver")
    await deal.say(deal.rosa, "receive")
    await deal.say(deal.giulia, "dispute", reason="quality")
    assert await deal.states() == ("disputed", "disputed")
    await deal.say(deal.rosa, "offer_partial", amounts=(POUNDS,))
    await deal.say(deal.giulia, "agree_partial")
    assert await deal.states() == ("resolved", "resolved")
    await deal.say(deal.rosa, "refund_part", amounts=(POUNDS,))
    assert await deal.payments() == ("refunded_part", "refunded_part")
    await deal.check_books()


async def test_a_request_is_declined_with_a_reason(deal):
    await deal.asked()
    await deal.say(deal.rosa, "decline", reason="capacity")
    assert await deal.states() == ("declined", "declined")
    assert (await deal.giulia.see()).history[-1].detail == {"reason": "capacity"}


async def test_a_request_waits_on_a_list_until_it_is_accepted(deal):
    await deal.asked()
    await deal.say(deal.rosa, "wait")
    assert await deal.states() == ("waiting", "waiting")
    await deal.say(deal.rosa, "accept")
    assert await deal.states() == ("scheduled", "scheduled")


async def test_what_nobody_answers_runs_out_on_both_nodes(deal):
    await deal.asked()
    await deal.pass_time(timedelta(hours=72))
    assert set(await deal.states()) <= {"expired"}


async def test_a_request_is_taken_back(deal):
    await deal.asked()
    await deal.say(deal.giulia, "withdraw")
    assert await deal.states() == ("cancelled", "cancelled")


async def test_a_withdrawal_and_an_acceptance_that_cross_end_the_same_on_both_nodes(deal):
    await deal.asked()
    await deal.giulia.do("withdraw")
    await deal.rosa.do("accept")
    await deal.town.settle()
    assert await deal.states() == ("cancelled", "cancelled")
    assert (await deal.rosa.see()).due == ()


async def test_a_withdrawal_and_a_refusal_that_cross_end_the_same_on_both_nodes(deal):
    await deal.asked()
    await deal.giulia.do("withdraw")
    await deal.rosa.do("decline", reason="capacity")
    await deal.town.settle()
    assert await deal.states() == ("cancelled", "cancelled")


async def test_changes_that_cross_leave_the_providers_on_both_nodes(deal):
    await deal.agreed()
    one = Revision(start=START + timedelta(days=1), end=END + timedelta(days=1))
    two = Revision(start=START + timedelta(days=2), end=END + timedelta(days=2))
    await deal.giulia.do("change", revision=one)
    await deal.rosa.do("change", revision=two)
    await deal.town.settle()
    assert (await deal.giulia.see()).change.terms.start == two.start
    await deal.say(deal.giulia, "agree_change")
    for _hour in range(3):  # a no is heard three times before what waits behind it goes on
        await deal.pass_time(timedelta(hours=1))
    assert (await deal.rosa.newest()).start_at == two.start
    assert (await deal.giulia.newest()).start_at == two.start


async def test_a_confirmation_that_nobody_gives_comes_by_itself_on_both_nodes(deal):
    await deal.agreed()
    await deal.say(deal.rosa, "deliver")
    await deal.pass_time(timedelta(days=2))
    assert await deal.states() == ("confirmed", "confirmed")


async def test_a_guest_of_one_coop_books_at_another_and_only_their_words_leave(deal):
    from node import agreements

    contact = Contact("Bode Olatunji", "+44 1632 960001", "Ring twice.")
    wanted = agreements.Wanted((agreements.WantedLine(deal.listing.uri),), START, END)
    made = await deal.portici.write(agreements.ask, wanted, account=None, contact=contact)
    await deal.town.settle()
    await deal.say(deal.rosa, "accept")
    _id, guest = await deal.portici.read(agreements.of_link, made.secret)
    seen = await deal.portici.read(agreements.agreement, made.agreement.id, guest)
    assert seen.agreement.state.value == "scheduled"
    for _type, body in await said_by(deal.portici):
        assert b"Olatunji" not in body
        assert b"960001" not in body
    asked = await deal.rosa.newest()
    [said] = await deal.lanehead.read(threads.last_said, asked.uri, deal.rosa.account)
    assert said.text == "Ring twice."
    assert (await deal.rosa.see()).theirs is None


async def test_what_goes_on_account_is_owed_once_and_signed_by_both_coops(deal):
    await deal.agreed()
    await deal.say(deal.rosa, "deliver")
    await deal.say(deal.giulia, "confirm")
    await deal.say(deal.giulia, "mark_paid", method="netting")
    await deal.say(deal.rosa, "receive", method="netting")
    assert await deal.states() == ("settled", "settled")
    await deal.check_books()
    owed, owes = await standing(deal.lanehead), await standing(deal.portici)
    assert owed["assets:obligations"] == "37.00"
    assert owes["liabilities:obligations"] == "-37.00"
    digest = (await deal.rosa.see()).version.digest
    for coop in (deal.lanehead, deal.portici):
        [one], _more = await coop.read(clearing.obligations)
        assert (one.state, one.money.text) == (State.ACKNOWLEDGED, "37.00")
        assert (one.debtor, one.creditor) == (deal.portici.uri, deal.lanehead.uri)
        assert one.evidence_digest == digest


async def test_every_message_is_signed_and_names_the_terms(deal):
    await deal.agreed()
    await deal.say(deal.rosa, "deliver")
    [accept, delivery] = [json.loads(body) for _type, body in await said_by(deal.lanehead)]
    digest = (await deal.rosa.see()).version.digest
    assert accept["result"]["termsDigest"] == delivery["object"]["termsDigest"] == digest
    assert accept["result"]["proof"]
    assert delivery["object"]["proof"]
    assert delivery["object"]["context"] == (await deal.giulia.newest()).their_uri


async def standing(coop) -> dict[str, str]:
    """What is on each account of a coop's books, without whose it is."""
    balances = await coop.read(ledger.balances)
    return {
        re.sub(r":[0-9a-z-]{10,}$", "", one.account.code): one.money.text
        for one in balances
        if one.money.amount
    }
