"""What two coops owe each other: signed by both, compared, paid; what one side says is nothing."""

from datetime import date, timedelta
from itertools import product

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from federation.models import Relation, RelationState
from node import accounts, clearing, ledger, notices
from node.accounts import Role
from node.agreements import AgreementOwed
from node.clearing import ContestReason, State
from node.clearing.models import statement_table
from node.clearing.papers import Kind, Payment
from node.events import events
from node.ledger import Method
from node.referrals.events import ReferralFeeDue
from protocol import datetimes
from protocol.vocabulary import activities
from tests.stories.by_hand import paper, post
from tests.stories.market import hand_of
from tests.stories.ring import (
    acquainted,
    claims,
    days_work,
    eur,
    of_uri,
    owe,
    states,
    two_ways,
)
from tests.stories.ring_of_liars import change_a_sum
from tests.support import books
from tests.support.signing import prove
from tests.support.town import Coop, Town

PAID_ON = date(2027, 1, 20)


@pytest.fixture
async def pair(found_town) -> tuple[Town, Coop, Coop]:
    town = await found_town(2)
    await acquainted(town)
    return town, *town.coops


async def say(speaker: Coop, hearer: Coop, kind: str, number: str, facts, answers=None):
    """A paper signed by hand with the speaker's keys; the status, and the code if it is refused."""
    written = paper(speaker, number, kind, facts, answers)
    now = datetimes.format(speaker.node.clock.now())
    document = prove(written, hand_of(speaker), now)
    said = activities.create(
        f"{speaker.address}/activities/{number}", speaker.uri, document, (hearer.uri,)
    )
    status, problem = await post(speaker, hearer, said)
    return status, problem.get("code") if status >= 400 else None


async def test_it_counts_once_both_have_signed_and_a_contested_claim_does_not(pair):
    town, lanehead, portici = pair
    claimed = await claims(lanehead, portici, 9_000)
    await town.settle()
    theirs = await of_uri(portici, claimed.uri)
    assert (theirs.state, theirs.we_owe) == (State.ACCRUED, True)
    await portici.write(clearing.contest, theirs.id, ContestReason.ALREADY_PAID, by="operator")
    await town.settle()
    ours = await of_uri(lanehead, claimed.uri)
    assert (ours.state, ours.contested_because) == (State.CONTESTED, "alreadyPaid")
    for coop in (lanehead, portici):
        assert await coop.read(ledger.balances) == []

    await portici.write(clearing.acknowledge, theirs.id, by="operator")
    await town.settle()
    for coop, side in ((lanehead, "assets"), (portici, "liabilities")):
        assert (await of_uri(coop, claimed.uri)).state is State.ACKNOWLEDGED
        codes = {one.account.code.rpartition(":")[0] for one in await coop.read(ledger.balances)}
        assert f"{side}:obligations" in codes
        assert await books.faults(coop.node.database) == []


async def test_what_both_knew_before_is_signed_without_asking_unless_it_differs(pair):
    """A referral's fee and a payment on account, whichever node hears of its own side first."""
    town, creditor, debtor = pair
    fee = ReferralFeeDue("r1", debtor.uri, creditor.uri, eur(700), "zReceipt")
    paid = AgreementOwed("a1", debtor.uri, creditor.uri, eur(4_500), "zTerms")
    for event, order in ((fee, (creditor, debtor)), (paid, (debtor, creditor))):
        for coop in order:
            await coop.write(events.announce, event)
            await coop.write(events.announce, event)
            await town.settle()
    other = replace(fee, referral_id="r2", evidence_digest="zOther")
    await debtor.write(events.announce, other)
    await creditor.write(events.announce, replace(other, fee=eur(7_000)))
    await town.settle()
    for coop in (creditor, debtor):
        found, _more = await coop.read(clearing.obligations)
        signed = [each for each in found if each.state is State.ACKNOWLEDGED]
        assert sorted(each.money.amount for each in signed) == [700, 4_500]
        [contested] = [each for each in found if each not in signed]
        assert (contested.state, contested.contested_because) == (
            State.CONTESTED,
            "amountDiffers",
        )
        assert await books.faults(coop.node.database) == []


async def test_beyond_the_line_nothing_is_signed_before_the_treasurer_has_seen_it(pair):
    """Expected while there was room, or claimed before it was expected: a person signs it."""
    town, creditor, debtor = pair
    treasurer = await debtor.write(
        accounts.create_account, handle="ada", name="Ada", roles={Role.TREASURER}
    )
    paid = AgreementOwed("a1", debtor.uri, creditor.uri, eur(4_500), "zTerms")
    other = AgreementOwed("a2", debtor.uri, creditor.uri, eur(4_600), "zOther")
    await debtor.write(events.announce, paid)
    await creditor.write(events.announce, other)
    await town.settle()
    line = {"decided_by": "minutes", "by": "operator"}
    await debtor.write(clearing.decide_line, creditor.uri, "EUR", eur(4_000), **line)
    await creditor.write(events.announce, paid)
    await debtor.write(events.announce, other)
    await town.settle()
    claimed, _more = await debtor.read(clearing.obligations)
    assert {one.state for one in claimed} == {State.ACCRUED}
    told = [str(one.text) for one in await debtor.read(notices.notices, treasurer)]
    assert sum("Sign it, or contest it" in text for text in told) == 2
    for one in claimed:
        await debtor.write(clearing.acknowledge, one.id, by="operator")
    await town.settle()
    assert {one.state for one in (await creditor.read(clearing.obligations))[0]} == {
        State.ACKNOWLEDGED
    }


async def test_a_payment_is_marked_by_both_and_a_replay_is_refused(pair):
    """REF-02: a settlement that comes again under a new id is refused, and booked once."""
    town, lanehead, portici = pair
    claimed = await owe(town, portici, lanehead, 9_000)
    whole = Payment(eur(9_000), "bank", "", PAID_ON, {claimed.uri: 9_000}).facts
    less = Payment(eur(1), "bank", "", PAID_ON, {claimed.uri: 1}).facts
    assert await say(lanehead, portici, Kind.SETTLEMENT, "1", whole) == (403, "wrong-party")
    assert await say(portici, lanehead, Kind.SETTLEMENT, "2", less) == (409, "sum-differs")

    await pay_and_answer(pair, claimed, clearing.miss)
    for coop in (lanehead, portici):
        row = await of_uri(coop, claimed.uri)
        assert (row.state, row.remaining) == (State.RESIDUAL_DUE, eur(9_000))
    await pay_and_answer(pair, claimed, clearing.receive)
    for coop in (lanehead, portici):
        assert (await of_uri(coop, claimed.uri)).state is State.SETTLED
        assert await books.faults(coop.node.database) == []

    before = await lanehead.read(ledger.entries)
    assert await say(portici, lanehead, Kind.SETTLEMENT, "3", whole) == (409, "settled-already")
    assert await lanehead.read(ledger.entries) == before
    booked = [entry.recipe for entry in before[0]]
    assert booked.count("residual-received-bank") == 1


async def test_a_payment_that_crosses_a_clearing_run_is_heard_once_the_run_is_over(found_town):
    """The creditor has just called it, and the debtor pays before it hears of it."""
    town = await found_town(2)
    caller, payer = await two_ways(town)
    await caller.write(clearing.call, "EUR", by="operator")
    found, _more = await payer.read(clearing.obligations)
    [owed] = [one for one in found if one.we_owe]
    whole = Payment(eur(10_000), "bank", "", PAID_ON, {owed.uri: 10_000}).facts
    assert await say(payer, caller, Kind.SETTLEMENT, "1", whole) == (425, "in-a-run")
    paid = {"paid_on": PAID_ON, "by": "operator"}
    await payer.write(clearing.mark_paid, [owed.id], Method.BANK, **paid)
    for _day in range(20):
        await days_work(town)
        town.clock.advance(timedelta(days=1))
    for coop in (payer, caller):
        assert (await of_uri(coop, owed.uri)).state is State.PAID
        assert "in_run" not in await states(coop)


async def test_what_is_said_after_a_payment_that_a_run_holds_off_goes_past_it(found_town):
    """The payer's own word about the run is among it: the run need not wait for its last day."""
    town = await found_town(2)
    caller, payer = await two_ways(town)
    await caller.write(clearing.call, "EUR", by="operator")
    [owed] = [one for one in (await payer.read(clearing.obligations))[0] if one.we_owe]
    paid = {"paid_on": PAID_ON, "by": "operator"}
    await payer.write(clearing.mark_paid, [owed.id], Method.BANK, **paid)
    claimed = await claims(payer, caller, 700)
    await town.settle()
    assert (await of_uri(caller, claimed.uri)).state is State.ACCRUED
    assert "in_run" not in await states(caller)
    town.clock.advance(timedelta(minutes=1))
    await town.settle()
    assert (await of_uri(caller, owed.uri)).state is State.PAID


async def pay_and_answer(pair, claimed, command) -> None:
    town, lanehead, portici = pair
    theirs = await of_uri(portici, claimed.uri)
    paid = {"paid_on": PAID_ON, "by": "operator"}
    await portici.write(clearing.mark_paid, [theirs.id], Method.BANK, **paid)
    await town.settle()
    payments = await lanehead.read(clearing.payments)
    [marked] = [each for each in payments if each.state == "marked"]
    assert (await of_uri(lanehead, claimed.uri)).state is State.PAID
    await lanehead.write(command, marked.id, by="operator")
    await town.settle()


async def test_statements_agree_or_hold_the_pair_until_they_do(pair):
    town, lanehead, portici = pair
    await owe(town, portici, lanehead, 9_000)
    await lanehead.write(clearing.send_statement, portici.uri, "EUR")
    await town.settle()
    for coop in (lanehead, portici):
        [partner] = await coop.read(clearing.partners)
        assert (partner.statement.state, partner.held_since) == ("agreed", None)

    town.clock.advance(timedelta(minutes=1))
    await portici.write(change_a_sum, lanehead.uri, 5)
    await lanehead.write(clearing.send_statement, portici.uri, "EUR")
    await town.settle()
    for coop, ours in ((lanehead, "90.00"), (portici, "90.05")):
        [partner] = await coop.read(clearing.partners)
        assert partner.held_since is not None
        [difference] = partner.statement.differences
        assert difference["ours"] == ours
    late = await lanehead.write(first_unanswered)
    assert await say(portici, lanehead, Kind.STATEMENT_AGREED, "late", {}, late) == (202, None)
    assert all(one.held_since for one in await lanehead.read(clearing.partners))
    assert len((await lanehead.read(clearing.reconciliation)).differing) == 1

    town.clock.advance(timedelta(minutes=1))
    await portici.write(change_a_sum, lanehead.uri, -5)
    await lanehead.write(clearing.send_statement, portici.uri, "EUR")
    await town.settle()
    assert [one.held_since for one in await lanehead.read(clearing.partners)] == [None]


async def test_a_coop_that_left_signs_and_pays_and_begins_nothing(pair):
    town, lanehead, portici = pair
    claimed = await owe(town, portici, lanehead, 9_000)
    nothing = {"currency": "CHF", "period": "2027-01", "rows": []}
    assert await say(portici, lanehead, Kind.STATEMENT, "1", nothing) == (202, None)
    assert [one.currency for one in await lanehead.read(clearing.partners)] == ["EUR"]

    await lanehead.write(part_with_everybody)
    claim = claimed.claim.facts | {"debtor": lanehead.uri, "creditor": portici.uri, "basis": "x"}
    for number, (kind, facts) in enumerate(
        ((Kind.OBLIGATION, claim), (Kind.STATEMENT, nothing), (Kind.CALL, {})), 2
    ):
        answer = await say(portici, lanehead, kind, str(number), facts)
        assert answer == (403, "not-in-touch")
    theirs = await of_uri(portici, claimed.uri)
    paid = {"paid_on": PAID_ON, "by": "operator"}
    await portici.write(clearing.mark_paid, [theirs.id], Method.BANK, **paid)
    await town.settle()
    [marked] = await lanehead.read(clearing.payments, only_to_answer=True)
    assert marked.money == eur(9_000)


async def part_with_everybody(uow):
    none = {"follower_state": RelationState.NONE, "following_state": RelationState.NONE}
    await uow.execute(update(Relation).values(**none))


async def first_unanswered(uow):
    """As if the answer to the first statement had not come yet; the statement."""
    [first, *_later] = await uow.rows(select(statement_table).order_by(statement_table.c.id))
    this = update(statement_table).where(statement_table.c.id == first.id)
    await uow.execute(this.values(state="sent", answer=None))
    return first.document


async def test_what_one_side_alone_says_changes_no_balance(pair):
    """REF-16, and what else a coop could try with keys in its hand."""
    town, lanehead, portici = pair
    honest = await owe(town, portici, lanehead, 9_000)
    before = await portici.read(ledger.balances)
    unsigned = {
        "obligation": f"{lanehead.address}/obligations/never",
        "digest": "zNever",
        "debtor": portici.uri,
        "creditor": lanehead.uri,
        "remaining": "400.00",
        "dueOn": "2027-01-31",
    }
    facts = {"currency": "EUR", "period": "2027-01", "rows": [unsigned]}
    assert await say(lanehead, portici, Kind.STATEMENT, "1", facts) == (202, None)
    report = await portici.read(clearing.reconciliation)
    differing = [each["obligation"] for each in report.differing[0].differences]
    assert unsigned["obligation"] in differing

    claim = honest.claim.facts
    attempts = [
        (Kind.OBLIGATION, claim, (200, None)),  # the same under a new id
        (Kind.OBLIGATION, claim | {"amount": "95.00"}, (409, "claim-changed")),
        (Kind.OBLIGATION, claim | {"amount": "-1.00"}, (422, "bad-property")),
        (Kind.OBLIGATION, claim | {"creditor": portici.uri}, (403, "wrong-party")),
        (Kind.OBLIGATION, claim | {"basis": "x", "amount": "900.00"}, (409, "trust-line-full")),
        (Kind.SETTLEMENT, {"currency": "EUR"}, (422, "bad-property")),
    ]
    for number, (kind, said, (status, code)) in enumerate(attempts, 10):
        answer = await say(lanehead, portici, kind, str(number), said)
        assert answer[1] == code, (kind, said, answer)
        assert answer[0] == status or code is None
    assert await portici.read(ledger.balances) == before
    assert await books.faults(portici.node.database) == []


async def test_a_paper_that_cannot_be_read_is_refused_and_does_nothing(pair):
    """Of every kind, with nothing in it and with nonsense, from a coop that has called a run."""
    town, lanehead, portici = pair
    await owe(town, portici, lanehead, 9_000)
    await lanehead.write(clearing.call, "EUR", by="operator")
    await town.settle()
    texts = ("reason", "amount", "method", "period", "offersBy")
    lists = ("rows", "coops", "offers", "consents", "leftOut", "reasons")
    nonsense = {key: [[]] for key in (*texts, *lists)}
    nonsense |= {"currency": "EUR", "cleared": {"": []}, "attempt": True, "dueOn": "2027"}
    before = await portici.read(clearing.obligations)
    for number, (kind, facts) in enumerate(product(Kind, ({}, nonsense))):
        status, code = await say(lanehead, portici, kind, str(number), facts)
        unheard = kind in (Kind.ACKNOWLEDGEMENT, Kind.CONTEST, Kind.ABORT)
        assert 400 <= status < 500 or (unheard and status == 202), (kind, status, code)
    assert await portici.read(clearing.obligations) == before
