"""Debts about which both coops say something before either has heard the other: whichever message
comes first, both have the same rows, sums and books after, and nothing is held back for good."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest

from node import clearing, peers
from node.clearing import ContestReason, ObligationView
from node.ledger import Method
from tests.stories.ring import acquainted, by_hand, claims, days_work, eur, of_uri, owe, states
from tests.stories.several_steps import both
from tests.support import books
from tests.support.town import Coop, Town

Step = Callable[["Pair"], Awaitable[object]]
BY = {"by": "operator"}
PAID = {"paid_on": date(2027, 1, 20), "by": "operator"}


class Pair:
    """Lanehead, which is owed 90 euros by Portici: claimed, or signed by both."""

    def __init__(self, town: Town, owed: ObligationView) -> None:
        self.town, self.uri = town, owed.uri
        self.creditor, self.debtor = town.coops

    async def of(self, coop: Coop) -> ObligationView:
        return await of_uri(coop, self.uri)

    async def payment(self) -> str:
        """The newest payment that the creditor has to answer."""
        found = await self.creditor.read(clearing.payments)
        return next(each.id for each in found if each.state == "marked")


async def claimed(town: Town) -> Pair:
    pair = Pair(town, await claims(*town.coops, 9_000))
    await town.settle()
    return pair


async def signed(town: Town) -> Pair:
    creditor, debtor = town.coops
    return Pair(town, await owe(town, debtor, creditor, 9_000))


async def paid(town: Town) -> Pair:
    pair = await signed(town)
    await pays(pair)
    await town.settle()
    return pair


async def both_owe(town: Town) -> Pair:
    creditor, debtor = town.coops
    await owe(town, creditor, debtor, 4_000)
    return await signed(town)


async def signs(pair: Pair) -> None:
    await pair.debtor.write(clearing.acknowledge, (await pair.of(pair.debtor)).id, **BY)


async def contests(pair: Pair) -> None:
    mine = await pair.of(pair.debtor)
    await pair.debtor.write(clearing.contest, mine.id, ContestReason.NOT_OURS, **BY)


async def pays(pair: Pair) -> None:
    mine = await pair.of(pair.debtor)
    await pair.debtor.write(clearing.mark_paid, [mine.id], Method.BANK, **PAID)


async def receives(pair: Pair) -> None:
    await pair.creditor.write(clearing.receive, await pair.payment(), **BY)


async def misses(pair: Pair) -> None:
    await pair.creditor.write(clearing.miss, await pair.payment(), **BY)


def lists(who: str) -> Step:
    async def listed(pair: Pair) -> None:
        speaker = getattr(pair, who)
        other = pair.debtor if speaker is pair.creditor else pair.creditor
        await speaker.write(clearing.send_statement, other.uri, "EUR")

    return listed


def calls(who: str) -> Step:
    async def called(pair: Pair) -> None:
        await getattr(pair, who).write(clearing.call, "EUR", **BY)

    return called


def lowers(who: str) -> Step:
    async def lowered(pair: Pair) -> None:
        speaker = getattr(pair, who)
        other = pair.debtor if speaker is pair.creditor else pair.creditor
        await speaker.write(
            clearing.decide_line, other.uri, "EUR", eur(100), decided_by="minutes", by="operator"
        )

    return lowered


CROSSED = [
    (claimed, lists("creditor"), signs, "acknowledged"),
    (claimed, lists("creditor"), contests, "contested"),
    (claimed, lists("creditor"), both(signs, lists("debtor")), "acknowledged"),
    (claimed, lists("creditor"), both(signs, pays), "paid"),
    (claimed, lowers("creditor"), signs, "acknowledged"),
    (signed, lists("creditor"), pays, "paid"),
    (signed, lists("creditor"), lists("debtor"), "acknowledged"),
    (signed, calls("creditor"), pays, "paid"),
    (paid, receives, lists("debtor"), "settled"),
    (paid, both(receives, lists("creditor")), lists("debtor"), "settled"),
    (paid, misses, lists("debtor"), None),
    (paid, both(misses, calls("creditor")), lists("debtor"), None),
    (both_owe, calls("creditor"), calls("debtor"), None),
    (both_owe, calls("creditor"), lists("debtor"), None),
    (both_owe, both(calls("creditor"), lists("creditor")), both(pays, lists("debtor")), "paid"),
]


@pytest.mark.long
@pytest.mark.parametrize("first", ["creditor", "debtor"])
@pytest.mark.parametrize(("begin", "at_creditor", "at_debtor", "end"), CROSSED)
async def test_what_both_say_at_once_ends_alike(
    found_town, first, begin, at_creditor, at_debtor, end
):
    town = await found_town(2)
    await acquainted(town)
    pair = await begin(town)
    await at_creditor(pair)
    await at_debtor(pair)
    if first == "debtor":
        town.coops.reverse()
    for _round in range(4):
        for coop in town.coops:
            town.clock.advance(timedelta(seconds=1))
            await coop.node.federation.settle()
    for _day in range(8):
        town.clock.advance(timedelta(days=1))
        await days_work(town)
    ours, theirs = [await pair.of(coop) for coop in (pair.creditor, pair.debtor)]
    assert (ours.state, ours.remaining) == (theirs.state, theirs.remaining)
    assert end is None or ours.state == end
    assert "in_run" not in {ours.state, theirs.state}
    sums = [await standing(coop) for coop in (pair.creditor, pair.debtor)]
    assert sums[0] == sums[1]
    for coop in (pair.creditor, pair.debtor):
        assert await books.faults(coop.node.database) == []
        assert [one.held_since for one in await coop.read(clearing.partners)] == [None]


async def standing(coop: Coop) -> list[tuple[str, str, int]]:
    found, _more = await coop.read(clearing.obligations)
    return sorted((str(one.uri), one.state.value, one.remaining.amount) for one in found)


async def test_what_is_said_to_a_coop_that_has_us_on_hold_arrives_when_the_hold_ends(found_town):
    """The debtor pays while the creditor puts it on hold, and the hold lasts for weeks."""
    town = await found_town(2)
    await acquainted(town)
    pair = await signed(town)
    await pays(pair)
    await pair.creditor.write(peers.suspend, pair.debtor.uri, "a quarrel")
    await days_pass(town, 20)
    assert (await pair.of(pair.creditor)).state == "acknowledged"
    await pair.creditor.write(peers.resume, pair.debtor.uri)
    await days_pass(town, 2)
    assert [(await pair.of(coop)).state for coop in town.coops] == ["paid", "paid"]


@pytest.mark.parametrize("first", ["creditor", "debtor"])
async def test_a_yes_to_a_run_that_is_being_called_off_sets_nothing_off(found_town, first):
    town = await found_town(2)
    await acquainted(town)
    pair = await both_owe(town)
    await by_hand(pair.debtor)
    await calls("creditor")(pair)
    await town.settle()
    [asked] = await pair.debtor.read(clearing.clearing_runs)
    town.clock.advance(asked.answers_by - town.clock.now() + timedelta(minutes=1))
    await pair.debtor.write(clearing.decide_run, asked.id, yes=True, by="operator")
    await pair.creditor.node.run_due()
    if first == "debtor":
        town.coops.reverse()
    await days_pass(town, 8)
    assert await standing(pair.creditor) == await standing(pair.debtor)
    for coop in town.coops:
        assert await states(coop) == {"acknowledged"}
        assert await books.faults(coop.node.database) == []


async def days_pass(town: Town, days: int) -> None:
    for _day in range(days):
        await days_work(town)
        town.clock.advance(timedelta(days=1))
    await days_work(town)
