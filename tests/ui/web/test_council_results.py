"""Votes among options, from the ballots to the page that tells how they were counted."""

from collections.abc import Sequence
from datetime import timedelta

from node import council
from tests.stories.council import CLASSES, Council
from tests.support.town import TownFounder
from tests.ui.web.test_council_pages import a_delegate, words
from tests.ui.web.visitor import stranger

ORDINARY = CLASSES["ordinary"]
WAYS = {
    "approval": ORDINARY | {"rule": {"method": "approval"}},
    "election": ORDINARY | {"rule": {"method": "stv", "seats": 1}},
    "variants": ORDINARY | {"rule": {"method": "schulze"}},
}
BALLOTS: dict[str, Sequence[list[str]]] = {
    "approval": (["mon", "tue"], ["tue"], ["tue", "wed"], ["mon"], ["mon", "tue"]),
    "election": (["ada", "bea"], ["ada"], ["bea"], ["bea", "ada"], ["cyn", "bea"]),
    "variants": (
        ["ten", "five", "none"],
        ["ten", "none"],
        ["five", "ten"],
        ["five"],
        ["none", "five", "ten"],
    ),
}
TOLD = {
    "approval": (
        "How many votes ticked each option. Option Votes tue ✓ 4 mon 3 wed 1",
        "With 2 more, “mon” would have won.",
    ),
    "election": (
        "Votes in each round. A seat takes 3. Round 1 2 bea 2 ✓ 3 ada 2 2 cyn 1 out",
        "Each ballot counts for its first choice.",
        "“cyn” has fewest, 1, and drops out. They go to whom those ballots name next: bea +1. "
        "“bea” is elected.",
        "“ada” would have won, had one of these coops put it first: Camara, Mawimbi, Pioneer.",
    ),
    "variants": (
        "“five” was preferred to each other option, one against one.",
        "From the first to the last: five › ten › none",
        "“ten” would have won, had one of these coops put it first: Camara, Mawimbi, Pioneer.",
    ),
}


async def vote_each_way(made: Council) -> None:
    """Coops with these classes vote in each way at once; it is counted, and they agree."""
    mover = made.coops["portici"]
    opens = made.town.clock.now() + timedelta(hours=100)
    for way, ballots in BALLOTS.items():
        number = await made.submitted(
            "portici",
            title=way,
            decision_class=way,
            options=tuple(sorted({option for each in ballots for option in each})),
            policies={},
            opens_at=opens,
            closes_at=opens + timedelta(hours=72),
        )
        await mover.write(council.freeze, number, by="rosa")
    await made.settle()
    await made.wait(hours=76, minutes=1)
    await made.wait(hours=24)
    for place, (name, coop) in enumerate(made.coops.items()):
        for view in await coop.read(council.proposals):
            if view.title in BALLOTS:
                choice, by = BALLOTS[view.title][place], made.delegates[name]
                await coop.write(council.cast, view.id, choice, by=by)
    await made.settle()
    await made.ended()


async def test_each_way_of_counting_shows_its_steps_and_what_would_have_changed_it(
    found_town: TownFounder,
) -> None:
    five = await Council(await found_town(5), "camara", WAYS).found()
    assert tuple(five.coops) == ("lanehead", "portici", "pioneer", "camara", "mawimbi")
    await vote_each_way(five)
    async with stranger(five.coops["portici"]) as session:
        ines = await a_delegate(five, "portici", session)
        for view in await five.coops["portici"].read(council.proposals):
            page = words((await ines.get(f"/council/proposals/{view.id}")).text)
            assert "5 agree; 4 are needed." in page
            for told in ("What would have changed it", *TOLD[view.title]):
                assert told in page, view.title
