"""What is due is let go together: as many statements for one as for many."""

from datetime import timedelta

from federation.storage import Database, UnitOfWork
from node import accounts, audit, ledger, members, notices, policies, privacy
from node.accounts import Role
from node.ledger import ManualLine
from node.money import Money
from node.notices import NoticeKind
from tests.support.clock import FixedClock
from tests.support.statements import sql_meanwhile

ELEVEN_YEARS = timedelta(days=11 * 366)
RENT = Money(3000, "GBP", 2)
LINES = (ManualLine("expenses:running-costs", RENT), ManualLine("assets:bank", -RENT))


async def fill(uow: UnitOfWork, count: int) -> None:
    """So many who leave today, and as many entries of the books."""
    for number in range(count):
        one = await members.add_member(
            uow,
            name=f"Rosa {number}",
            membership_class="worker",
            admit=members.Event.ADMIT,
        )
        await members.leave(uow, one.id, by=audit.OPERATOR)
        await ledger.enter(
            uow,
            LINES,
            source=f"manual:{uow.new_id()}",
            text=f"Rent paid to Rosa {number}",
            by=audit.OPERATOR,
        )


async def let_go(database: Database, clock: FixedClock, count: int) -> int:
    """In how many statements so many of each are let go once their time is over."""
    await database.write(lambda uow: fill(uow, count))
    clock.advance(ELEVEN_YEARS)
    with sql_meanwhile() as asked:
        await database.write(privacy.keep_retention)
    return len(asked)


async def test_many_are_let_go_in_as_many_statements_as_one(
    database: Database, clock: FixedClock
) -> None:
    assert await let_go(database, clock, 1) == await let_go(database, clock, 5)
    async with database.reading() as reader:
        assert [(one.kept, one.due) for one in await privacy.due(reader)] == [(0, 0)] * 4
        noted = [line.what for line in await audit.entries(reader)]
    assert noted.count("members.forget") == noted.count("ledger.forget-text") == 6


async def test_notices_that_were_read_are_due_when_the_rule_says_so(
    database: Database, clock: FixedClock
) -> None:
    async def tell_and_read(uow: UnitOfWork) -> None:
        rosa = await accounts.create_account(uow, handle="rosa", name="Rosa", roles=[Role.ADMIN])
        for name in ("Portici", "Lanehead"):
            await notices.give(uow, NoticeKind.PEER_ASKS, f"https://{name}.example/coop", name=name)
        await notices.mark_read(uow, rosa)

    async def of_notices() -> tuple[int, int, int]:
        async with database.reading() as reader:
            *_others, line = await privacy.due(reader)
        return line.kept, line.due, line.value

    await database.write(tell_and_read)
    clock.advance(timedelta(days=31))
    assert await of_notices() == (2, 0, 0)
    await database.write(lambda uow: policies.choose(uow, "retention.max_days", 30, by="board"))
    assert await of_notices() == (2, 2, 30)
    await database.write(lambda uow: policies.choose(uow, "retention.min_days", 60, by="board"))
    assert await of_notices() == (2, 0, 30)
