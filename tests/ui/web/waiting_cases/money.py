"""What coops owe each other: Lanehead's treasurer is asked."""

from collections.abc import AsyncGenerator
from datetime import date, timedelta

from node import clearing
from node.accounts import Role
from node.ledger import Method
from tests.stories.ring import acquainted, by_hand, claims, of_uri, owe, sign_all, two_ways
from tests.stories.ring_of_liars import change_a_sum
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.waiting_cases.table import Scene, case, person

PAID = {"paid_on": date(2027, 1, 20), "by": "operator"}


async def pair(found_town: TownFounder) -> tuple[Town, Scene, Coop]:
    """Lanehead, where somebody keeps the books, and Portici."""
    town = await found_town(2)
    await acquainted(town)
    lanehead, portici = town.coops
    return town, await at_the_books(lanehead), portici


async def at_the_books(coop: Coop) -> Scene:
    """The treasurer hears of it; where there is none, whoever looks after the node."""
    return Scene(coop, await person(coop, "tess", Role.TREASURER), await person(coop, "rosa"))


@case("claim")
async def _claim(found_town: TownFounder) -> AsyncGenerator[Scene]:
    town, hers, portici = await pair(found_town)
    lanehead = hers.coop
    await claims(portici, lanehead, 9_000)
    await town.settle()
    yield hers
    await sign_all(lanehead)


@case("payment")
async def _payment(found_town: TownFounder) -> AsyncGenerator[Scene]:
    town, hers, portici = await pair(found_town)
    lanehead = hers.coop
    owed = await of_uri(portici, (await owe(town, portici, lanehead, 9_000)).uri)
    await portici.write(clearing.mark_paid, [owed.id], Method.BANK, **PAID)
    await town.settle()
    yield hers
    [marked] = await lanehead.read(clearing.payments, only_to_answer=True)
    await lanehead.write(clearing.receive, marked.id, by="operator")


@case("payment_missing")
async def _missing(found_town: TownFounder) -> AsyncGenerator[Scene]:
    town, hers, portici = await pair(found_town)
    lanehead = hers.coop
    owed = await of_uri(lanehead, (await owe(town, lanehead, portici, 9_000)).uri)
    for _twice in range(2):
        town.clock.advance(timedelta(days=1))
        await lanehead.write(clearing.mark_paid, [owed.id], Method.BANK, **PAID)
        await town.settle()
        [marked] = await portici.read(clearing.payments, only_to_answer=True)
        await portici.write(clearing.miss, marked.id, by="operator")
        await town.settle()
    assert len(await lanehead.read(clearing.missed_payments)) == 1
    yield hers
    await lanehead.write(clearing.mark_paid, [owed.id], Method.BANK, **PAID)


@case("statement")
async def _statement(found_town: TownFounder) -> AsyncGenerator[Scene]:
    town, hers, portici = await pair(found_town)
    lanehead = hers.coop
    await owe(town, portici, lanehead, 9_000)
    await portici.write(change_a_sum, lanehead.uri, 5)
    await lanehead.write(clearing.send_statement, portici.uri, "EUR")
    await town.settle()
    yield hers
    town.clock.advance(timedelta(minutes=1))
    await portici.write(change_a_sum, lanehead.uri, -5)
    await lanehead.write(clearing.send_statement, portici.uri, "EUR")
    await town.settle()


@case("clearing")
async def _run(found_town: TownFounder) -> AsyncGenerator[Scene]:
    town = await found_town(2)
    hers = await at_the_books(town.coops[0])
    lanehead, portici = await two_ways(town)
    await by_hand(lanehead)
    await portici.write(clearing.call, "EUR", by="operator")
    await town.settle()
    yield hers
    [run] = await lanehead.read(clearing.clearing_runs)
    await lanehead.write(clearing.decide_run, run.id, yes=True, by="operator")
