"""What happens at once happens once, on both databases."""

import asyncio
from datetime import date

import pytest

from federation.storage import Database
from node import clearing
from node.clearing import Reason, State
from node.clearing.models import obligation_table
from node.clearing.reactions import referral_fee_is_due
from node.errors import Conflict, InvalidInput
from node.ledger import Method
from node.money import Money
from node.referrals.events import ReferralFeeDue
from tests.federation.factories import GROCER, follower
from tests.support import books

pytestmark = pytest.mark.usefixtures("sqlite_in_threads")

EUR = Money(10_000, "EUR", 2)
BAKER = "https://baker.example/coop"


async def open_with_grocer(database: Database) -> str:
    async def know(uow):
        follower(uow)
        return uow.identities.coop.uri

    ours: str = await database.write(know)
    return ours


async def know_the_baker(uow):
    follower(uow, BAKER)


def at_once(database, count, command, *given, **named):
    work = [database.write(lambda uow: command(uow, *given, **named)) for _each in range(count)]
    return asyncio.gather(*work, return_exceptions=True)


async def all_of(database):
    async with database.reading() as reader:
        return (await clearing.obligations(reader))[0]


async def test_a_fee_announced_ten_times_is_claimed_once(either_database):
    ours = await open_with_grocer(either_database)
    due = ReferralFeeDue("r1", GROCER, ours, EUR, "zEvidence")
    done = await at_once(either_database, 10, referral_fee_is_due, due)
    assert [one for one in done if one is not None] == []
    [claimed] = await all_of(either_database)
    assert (claimed.state, claimed.money, claimed.we_owe) == (State.ACCRUED, EUR, False)
    assert await books.faults(either_database) == []


async def test_a_trust_line_is_not_overrun_by_many_claims_at_once(either_database):
    await open_with_grocer(either_database)
    done = await at_once(
        either_database, 12, clearing.claim, GROCER, EUR, date(2027, 2, 1), Reason.LEVY, by="o"
    )
    refused = [one for one in done if isinstance(one, Conflict)]
    assert {one.code for one in refused} == {"trust-line-full"}
    assert (len(refused), len(await all_of(either_database))) == (7, 5)


async def test_what_we_owe_is_marked_as_paid_once(either_database):
    ours = await open_with_grocer(either_database)
    due = ReferralFeeDue("r1", ours, GROCER, EUR, "zEvidence")
    await either_database.write(lambda uow: referral_fee_is_due(uow, due))
    [owed] = await all_of(either_database)

    async def as_if_signed(uow):
        signed = {"uri": "https://grocer.example/o/1", "state": State.ACKNOWLEDGED.value}
        await uow.execute(obligation_table.update().values(**signed))

    await either_database.write(as_if_signed)
    paid_on = date(2027, 2, 1)
    done = await at_once(
        either_database, 8, clearing.mark_paid, [owed.id], Method.BANK, paid_on=paid_on, by="o"
    )
    assert sum(not isinstance(one, Exception) for one in done) == 1
    assert all(isinstance(one, Conflict) for one in done if isinstance(one, Exception))


async def test_a_claim_beyond_the_line_is_refused_in_words(database):
    await open_with_grocer(database)
    large = Money(50_001, "EUR", 2)
    with pytest.raises(Conflict, match=r"500.00 of 500.00 EUR are left, and this is 500.01"):
        await database.write(
            lambda uow: clearing.claim(uow, GROCER, large, date(2027, 2, 1), Reason.LEVY, by="o")
        )
    assert await all_of(database) == []


async def test_what_two_coops_owe_by_the_same_decision_is_told_apart_in_words(either_database):
    await open_with_grocer(either_database)
    await either_database.write(know_the_baker)
    named = {"reason": Reason.LEVY, "basis": "Assembly of 3 March", "by": "o"}
    due = date(2027, 2, 1)
    await either_database.write(lambda uow: clearing.claim(uow, GROCER, EUR, due, **named))
    with pytest.raises(InvalidInput) as refused:
        await either_database.write(lambda uow: clearing.claim(uow, BAKER, EUR, due, **named))
    assert list(refused.value.fields) == ["basis"]
