import asyncio
from datetime import date, timedelta

import pytest

from node import accounts, audit, ledger
from node.accounts import Role
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.ledger import ManualLine, recipes
from node.money import Money
from tests.node.ledger.conftest import PIONEER, ROSA, TODAY, book, gbp, hours
from tests.support import books as checker
from tests.support.asking import read, write

pytestmark = pytest.mark.usefixtures("sqlite_in_threads")

LINES = (ManualLine("expenses:running-costs", gbp(3000)), ManualLine("assets:bank", gbp(-3000)))


async def enter(database, lines=LINES, **named):
    named = {"source": "manual:1", "text": "Rent of January", "by": audit.OPERATOR} | named
    return await write(database, ledger.enter, lines, **named)


async def test_what_happened_is_booked_with_all_that_it_rests_on(database):
    entry = await write(
        database,
        ledger.post,
        recipes.PLATFORM_FEE,
        source="agreement:7:settled",
        party=ROSA,
        amounts={"fee": gbp(250)},
        policy_versions={"fees.rules": "v3"},
    )
    assert (entry.seq, entry.day, entry.period) == (1, TODAY, "2027-01")
    assert [(line.account.code, line.money.text) for line in entry.postings] == [
        (f"assets:receivable:{ROSA}", "2.50"),
        ("income:platform-fees", "-2.50"),
    ]
    assert entry.policy_versions == {"fees.rules": "v3"}
    assert (entry.by, entry.party, entry.text) == (audit.NODE, ROSA, "")
    assert [money.text for money in entry.totals] == ["2.50"]
    assert str(entry.sentence) == "Our fee on an agreement."
    assert await read(database, ledger.entry, entry.id) == entry
    assert await checker.faults(database) == []


async def test_the_same_source_is_booked_once_by_each_recipe(database):
    first = await book(database, recipes.PLATFORM_FEE, "a:1", ROSA, fee=gbp(250))
    again = await book(database, recipes.PLATFORM_FEE, "a:1", ROSA, fee=gbp(250))
    other = await book(database, recipes.COMMUNITY_SHARE, "a:1", "garden", share=gbp(125))
    assert again == first
    assert other.seq == 2
    with pytest.raises(Conflict, match="other sums") as refused:
        await book(database, recipes.PLATFORM_FEE, "a:1", ROSA, fee=gbp(251))
    assert refused.value.code == "booked-differently"
    assert (await read(database, ledger.verify)).entries == 2


async def test_fifty_at_the_same_moment_book_it_once(either_database):
    made = await asyncio.gather(
        *(
            book(either_database, recipes.PLATFORM_FEE, "a:1", ROSA, fee=gbp(250))
            for _each in range(50)
        )
    )
    assert len({entry.id for entry in made}) == 1
    assert (await read(either_database, ledger.verify)).entries == 1
    assert await checker.faults(either_database) == []


async def test_many_at_the_same_moment_make_one_chain(either_database):
    await asyncio.gather(
        *(
            book(either_database, recipes.PLATFORM_FEE, f"a:{n}", f"member{n % 3}", fee=gbp(n))
            for n in range(1, 21)
        )
    )
    verdict = await read(either_database, ledger.verify)
    assert (verdict.entries, verdict.fault) == (20, None)
    assert await checker.faults(either_database) == []
    [fees] = [
        one
        for one in await read(either_database, ledger.balances)
        if one.account.code == "income:platform-fees"
    ]
    assert fees.usual == gbp(210)


async def test_an_account_of_a_party_is_opened_when_it_is_first_needed(database):
    await book(database, recipes.REFERRAL_FEE_OUT, "r:1", PIONEER, fee=gbp(100))
    await book(database, recipes.OBLIGATION_OWED, "o:1", PIONEER, amount=gbp(100))
    opened = {one.code: one for one in await read(database, ledger.accounts)}
    partner = opened[ledger.code_for("liabilities:partner:{party}", PIONEER)]
    assert (partner.party, str(partner.name)) == (PIONEER, "We owe a coop")
    assert opened["expenses:referral-fees"].party is None


async def test_an_entry_is_written_by_hand(database):
    await write(database, ledger.open_books)
    entry = await enter(database, on=date(2027, 1, 1))
    assert (entry.recipe, entry.text, entry.day) == ("manual", "Rent of January", date(2027, 1, 1))
    assert await enter(database, on=date(2027, 1, 1)) == entry
    [line] = await read(database, audit.entries, subject=entry.id, limit=1)
    assert (line.what, line.actor) == ("ledger.enter", audit.OPERATOR)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": LINES[:1]}, "lines"),
        ({"lines": (LINES[0], ManualLine("assets:bank", gbp(-2999)))}, "lines"),
        ({"lines": (LINES[0], ManualLine("assets:attic", gbp(-3000)))}, "lines"),
        ({"lines": (LINES[0], ManualLine("assets:dues:rosa", gbp(-3000)))}, "lines"),
        ({"lines": (LINES[0], ManualLine("bank", gbp(-3000)))}, "code"),
        ({"text": " "}, "text"),
        ({"source": ""}, "source"),
        ({"source": "a\nb"}, "source"),
        ({"on": date(2040, 1, 1)}, "date"),
    ],
)
async def test_an_entry_with_something_wrong_is_refused_by_field(database, change, field):
    with pytest.raises(InvalidInput) as refused:
        await enter(database, **change)
    assert list(refused.value.fields) == [field]
    assert await read(database, ledger.entries) == ([], None)


async def test_a_mistake_is_taken_back_by_its_opposite_and_both_stay(database):
    entry = await enter(database)
    back = await write(database, ledger.reverse, entry.id, by="rosa", text="twice paid")
    assert [line.money for line in back.postings] == [-line.money for line in entry.postings]
    assert back.reverses == entry.id
    assert (await read(database, ledger.entry, entry.id)).reversed_by == back.id
    assert await write(database, ledger.reverse, entry.id, by="rosa") == back
    assert await read(database, ledger.balances) == []
    with pytest.raises(Conflict, match="Book anew"):
        await write(database, ledger.reverse, back.id, by="rosa")
    with pytest.raises(NotFound):
        await write(database, ledger.reverse, "nothing", by="rosa")
    assert await checker.faults(database) == []


async def test_an_entry_is_taken_back_once_by_many_at_the_same_moment(either_database):
    entry = await enter(either_database)
    backs = await asyncio.gather(
        *(write(either_database, ledger.reverse, entry.id, by="rosa") for _each in range(10))
    )
    assert len({back.id for back in backs}) == 1
    assert await checker.faults(either_database) == []


async def test_a_closed_month_takes_nothing_and_says_what_to_do(database, clock):
    entry = await enter(database)
    clock.advance(timedelta(days=31))
    await write(database, ledger.change_period, "2027-01", "soft-close")
    with pytest.raises(Conflict, match="closed but for adjustments"):
        await enter(database, source="manual:2", on=TODAY)
    await write(database, ledger.change_period, "2027-01", "close")
    for adjusting in (False, True):
        with pytest.raises(Conflict, match="closed for good") as refused:
            await enter(database, source="manual:2", on=TODAY, adjusting=adjusting)
        assert refused.value.code == "period-closed"
    with pytest.raises(Conflict):
        await enter(database, source="manual:2", on=date(2026, 12, 1))
    with pytest.raises(Conflict, match="final"):
        await write(database, ledger.change_period, "2027-01", "reopen")
    back = await write(database, ledger.reverse, entry.id, by="rosa")
    assert back.period == "2027-02"
    assert await checker.faults(database) == []


@pytest.mark.parametrize("month", ["2027-01", "2099-12"])
async def test_a_month_that_is_not_over_cannot_be_closed(database, month):
    for event in ("soft-close", "close"):
        with pytest.raises(Conflict, match="not over yet") as refused:
            await write(database, ledger.change_period, month, event)
        assert refused.value.code == "period-not-over"
    assert (await enter(database)).period == "2027-01"


async def test_only_the_treasurer_or_an_admin_adjusts_a_month_that_is_softly_closed(
    database, clock
):
    people = {
        role: await write(database, accounts.create_account, handle=role, name=role, roles={role})
        for role in Role
    }
    clock.advance(timedelta(days=31))
    await write(database, ledger.change_period, "2027-01", "soft-close")
    for role in (Role.MEMBER, Role.DELEGATE):
        with pytest.raises(NotAllowed) as refused:
            await enter(database, by=people[role].id, on=TODAY, adjusting=True)
        assert refused.value.rule == "treasurers-only"
    for role in (Role.TREASURER, Role.ADMIN):
        named = {"by": people[role].id, "source": role, "on": TODAY, "adjusting": True}
        entry = await enter(database, **named)
        assert entry.period == "2027-01"


async def test_months_are_closed_in_order_and_told_newest_first(database, clock):
    await enter(database)
    await enter(database, source="manual:2", on=date(2026, 12, 30))
    clock.advance(timedelta(days=31))
    await write(database, ledger.change_period, "2027-01", "soft-close")
    with pytest.raises(Conflict, match="2026-12"):
        await write(database, ledger.change_period, "2027-01", "close")
    told = await read(database, ledger.periods_written)
    assert [(one.key, one.state) for one in told] == [
        ("2027-01", "soft_closed"),
        ("2026-12", "open"),
    ]
    assert told[1].possible == (ledger.PeriodEvent.SOFT_CLOSE,)
    with pytest.raises(InvalidInput):
        await write(database, ledger.change_period, "2027-01", "burn")


async def test_words_are_sealed_and_can_be_taken_away_while_the_chain_holds(database, tmp_path):
    entry = await enter(database, text="Rent paid to Rosa Whitworth")
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("slice.sqlite*"))
    assert entry.source.encode() in kept
    assert b"Rosa" not in kept
    await write(database, ledger.forget_text, entry.id, by="femi")
    assert (await read(database, ledger.entry, entry.id)).text is None
    assert (await read(database, ledger.verify)).fault is None
    assert await checker.faults(database) == []
    with pytest.raises(NotFound):
        await write(database, ledger.forget_text, entry.id, by="femi")


async def test_hours_given_and_taken_leave_the_time_bank_even(database):
    await book(database, recipes.TIME_EARNED, "w:1", ROSA, hours=hours(150))
    await book(database, recipes.TIME_SPENT, "w:1", "femi", hours=hours(150))
    standing = {one.account.party: one.usual for one in await read(database, ledger.balances)}
    assert standing == {ROSA: hours(150), "femi": hours(-150)}


async def test_a_clearing_leaves_only_what_is_owed_beyond_it(database):
    mawimbi = "https://mawimbi.example/coop"
    eur = lambda cents: Money(cents, "EUR", 2)  # noqa: E731 - a table reads better so
    await book(database, recipes.REFERRAL_FEE_OUT, "r:1", PIONEER, fee=eur(26000))
    await book(database, recipes.REFERRAL_FEE_IN, "r:2", mawimbi, fee=eur(18000))
    await book(database, recipes.OBLIGATION_OWED, "o:1", PIONEER, amount=eur(26000))
    await book(database, recipes.OBLIGATION_DUE_TO_US, "o:2", mawimbi, amount=eur(18000))
    await book(database, recipes.CLEARING_OWED, "run:1:pioneer", PIONEER, cleared=eur(18000))
    await book(database, recipes.CLEARING_DUE_TO_US, "run:1:mawimbi", mawimbi, cleared=eur(18000))
    await book(database, recipes.RESIDUAL_PAID["bank"], "run:1:paid", PIONEER, paid=eur(8000))
    standing = {one.account.code: one.usual for one in await read(database, ledger.balances)}
    assert standing == {
        "assets:bank": eur(-8000),
        "expenses:referral-fees": eur(26000),
        "income:referral-fees": eur(18000),
    }
