"""What follows when a referral's fee is due, in what is owed and in the books."""

from datetime import timedelta

import pytest

from node import clearing, ledger, policies
from node.agreements import AgreementOwed
from node.clearing import State
from node.clearing.reactions import payment_is_on_account, referral_fee_is_due
from node.errors import Conflict
from node.money import Money
from node.referrals import ReferralFeeDue
from tests.federation.factories import GROCER
from tests.node.clearing.test_races import EUR, open_with_grocer
from tests.support import books
from tests.support.asking import read


@pytest.mark.parametrize(
    ("we_owe", "for_fund", "booked"),
    [
        (True, False, {"referral-fee-out"}),
        (True, True, {"referral-fee-out"}),
        (False, False, {"referral-fee-in"}),
        (False, True, {"referral-fee-in", "community-share"}),
    ],
    ids=["we-owe", "we-owe-a-fund", "owed-to-us", "owed-to-our-fund"],
)
async def test_a_fee_is_owed_and_booked_once_however_often_it_is_announced(
    database, clock, we_owe, for_fund, booked
):
    ours = await open_with_grocer(database)
    within = ("referrals.settle_within_days", 14)
    await database.write(lambda uow: policies.choose(uow, *within, by="board"))
    debtor, creditor = (ours, GROCER) if we_owe else (GROCER, ours)
    due = ReferralFeeDue("r1", debtor, creditor, EUR, "zEvidence", for_fund)
    for _again in range(2):
        await database.write(lambda uow: referral_fee_is_due(uow, due))
    async with database.reading() as reader:
        [owed], _more = await clearing.obligations(reader)
        entries = (await ledger.entries(reader))[0]
    assert (owed.we_owe, owed.money, owed.state) == (we_owe, EUR, State.ACCRUED)
    assert owed.due_on == clock.now().date() + timedelta(days=14)
    assert sorted(entry.recipe for entry in entries) == sorted(booked)
    assert await books.faults(database) == []


@pytest.mark.parametrize("we_owe", [True, False])
async def test_a_payment_on_account_beyond_the_line_is_refused_whoever_owes(database, we_owe):
    ours = await open_with_grocer(database)
    debtor, creditor = (ours, GROCER) if we_owe else (GROCER, ours)
    full = AgreementOwed("a1", debtor, creditor, Money(50_000, "EUR", 2), "zTerms")
    beyond = AgreementOwed("a2", debtor, creditor, Money(1, "EUR", 2), "zOther")
    for _again in range(2):
        await database.write(lambda uow: payment_is_on_account(uow, full))
    with pytest.raises(Conflict, match="beyond the trust line"):
        await database.write(lambda uow: payment_is_on_account(uow, beyond))
    [owed], _more = await read(database, clearing.obligations)
    assert (owed.we_owe, owed.money) == (we_owe, full.money)
