"""Clearing, attacked by a coop that is in touch: with its offer, with its calls, with what it owes.

Lanehead and Pioneer owe each other 50 euros; Portici takes part, and wants that to fail.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from node import clearing, timers
from node.clearing import ContestReason, Reason, RunState, State, deadlines, runs
from node.clearing.evidence import read_own
from node.clearing.models import obligation_table, run_table
from node.clearing.papers import Call, Kind
from tests.hostile.cases.debts import paper
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege
from tests.stories.ring import DUE, eur, of_uri, owe
from tests.support.town import Coop

rows = Rows()


async def trust(one: Coop, other: Coop) -> None:
    """Whatever other rows left owed, there is room for more."""
    line = {"decided_by": "minutes", "by": "operator"}
    await one.write(clearing.decide_line, other.uri, "EUR", eur(1_000_000), **line)
    await other.write(clearing.decide_line, one.uri, "EUR", eur(1_000_000), **line)


async def both_owe(siege: Siege) -> list[str]:
    """What Lanehead and Pioneer owe each other: its addresses."""
    lanehead, _portici, pioneer = siege.town.coops
    await trust(lanehead, pioneer)
    made = [
        await owe(siege.town, debtor, creditor, 5_000)
        for debtor, creditor in ((lanehead, pioneer), (pioneer, lanehead))
    ]
    return [str(one.uri) for one in made]


async def called(siege: Siege) -> Any:
    """A run of Lanehead's among the three; nobody has heard of it yet."""
    others = set(await siege.coop.read(deadlines.in_touch)) - {one.uri for one in siege.town.coops}
    run = await siege.coop.write(clearing.call, "EUR", by="operator", without=others)
    return await row_of(siege, run.id)


async def row_of(siege: Siege, run_id: str) -> Any:
    return await siege.coop.read(runs.row, run_table.c.id == run_id)


async def set_off(siege: Siege, uris: list[str]) -> None:
    """What the two owe each other is crossed out at both."""
    lanehead, _portici, pioneer = siege.town.coops
    for coop in (lanehead, pioneer):
        for uri in uris:
            assert (await of_uri(coop, uri)).state is State.CLEARED, (coop.address, uri)


@rows.attack("REF-16", "of what two others owe each other")
async def a_say_in_what_others_owe(siege: Siege) -> None:
    """Portici's node states their debts as its own, to have them left out: they are set off."""
    portici, uris = siege.town.coops[1], await both_owe(siege)
    chosen = select(obligation_table).where(obligation_table.c.uri.in_(uris))
    async with siege.coop.node.reading() as reader:
        theirs = [dict(row._mapping) for row in await reader.rows(chosen)]
    lies = [
        one | {"debtor": portici.uri, "partner": one["creditor"], "state": State.ACKNOWLEDGED}
        for one in theirs
    ]
    await portici.node.write(lambda uow: uow.execute(insert(obligation_table), lies))
    run = await called(siege)
    await siege.town.settle()
    await set_off(siege, uris)
    ended = await row_of(siege, run.id)
    assert (ended.state, len(read_own(ended.proposal).paper.facts["leftOut"])) == (
        RunState.EXECUTED,
        2,
    )


@rows.attack("REF-16", "in an offer that fills the proposal")
async def an_offer_that_fills_the_proposal(siege: Siege) -> None:
    """Nobody could be sent a proposal with it: the run goes on without Portici, with all of the
    others."""
    lanehead, portici, pioneer = siege.town.coops
    uris = await both_owe(siege)
    run = await called(siege)
    facts = {"currency": "EUR", "rows": [], "more": "x" * 250_000}
    said = paper(siege, portici, Kind.OFFER, facts, run.call)
    assert (await siege.send(said)).status == 202
    await siege.town.settle()
    await set_off(siege, uris)
    first = await row_of(siege, run.id)
    assert (first.state, first.faults[0]["coops"]) == (RunState.ABORTED, [portici.uri])
    again = await siege.coop.read(runs.row, run_table.c.follows == run.uri)
    assert set(again.coops) == {lanehead.uri, pioneer.uri}


@rows.attack("REF-16", "contested, and borrowed again")
async def what_is_contested_is_no_room(siege: Siege) -> None:
    """Who contests a debt has no more room on the trust line than before."""
    portici = siege.town.coops[1]
    await trust(siege.coop, portici)
    before = await room(siege, portici)
    debt = await siege.coop.write(
        clearing.claim, portici.uri, eur(9_000), DUE, Reason.LEVY, by="operator"
    )
    await siege.town.settle()
    theirs = await of_uri(portici, debt.uri)
    await portici.write(clearing.contest, theirs.id, ContestReason.NOT_OURS, by="operator")
    await siege.town.settle()
    assert (await of_uri(siege.coop, debt.uri)).state is State.CONTESTED
    assert await room(siege, portici) == before - 9_000


async def room(siege: Siege, debtor: Coop) -> int:
    """How much more a coop may come to owe Lanehead, in cents."""
    left = await siege.coop.read(clearing.headroom, debtor.uri, "EUR", we_owe=False)
    cents: int = left.left.amount
    return cents


@rows.attack("REF-16", "for a reason without end")
async def claims_that_do_not_fit(siege: Siege) -> None:
    """What no index of PostgreSQL holds."""
    portici = siege.town.coops[1]
    facts = {
        "debtor": siege.coop.uri,
        "creditor": portici.uri,
        "amount": "1.00",
        "currency": "EUR",
        "dueOn": "2027-01-31",
        "reason": "levy",
        "basis": "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(2_000)),
    }
    await siege.refused(paper(siege, portici, Kind.OBLIGATION, facts), "bad-property", 422)


async def call_of(siege: Siege, caller: Coop, **later: timedelta) -> dict[str, Any]:
    """What a coop says that calls a run with Lanehead and Pioneer."""
    now = siege.clock.now()
    offers_by = now + later.get("offers", timedelta(days=1))
    answers_by = now + later.get("answers", timedelta(days=3))
    coops = tuple(sorted(each.uri for each in siege.town.coops))
    return Call("EUR", coops, offers_by, answers_by, 1).facts


@rows.attack("REF-16", "kept from being paid by a run without end")
async def a_run_without_end(siege: Siege) -> None:
    """A call that holds what is owed for weeks, or in numbers that no column holds; a caller that
    falls silent holds it for days."""
    portici, uris = siege.town.coops[1], await both_owe(siege)
    month = await call_of(siege, portici, answers=timedelta(days=20))
    await siege.refused(paper(siege, portici, Kind.CALL, month), "bad-deadline", 422)
    often = await call_of(siege, portici) | {"attempt": 2**40}
    await siege.refused(paper(siege, portici, Kind.CALL, often), "bad-property", 422)
    said = paper(siege, portici, Kind.CALL, await call_of(siege, portici))
    assert (await siege.send(said)).status == 202
    siege.clock.advance(timedelta(days=6))
    await siege.coop.write(timers.run_due)
    assert {(await of_uri(siege.coop, uri)).state for uri in uris} == {State.ACKNOWLEDGED}
