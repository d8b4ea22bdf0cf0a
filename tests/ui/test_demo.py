"""The demo's federation: five coops founded it, decided one thing, and are voting on another."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from node import accounts, council, deliberation, joining, listings, members, offices
from node.config import Config, load
from node.council import State
from node.errors import Conflict
from tests.stories.by_hand import offer, say
from tests.support.town import Coop
from ui.cli import main
from ui.demo import town
from ui.demo.town import Plot

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
"""For a busy machine: a month of five coops takes its time there."""

DECIDED, OPEN, TALKED_OVER = "decided", "open", "talked_over"
Coops = Mapping[str, Coop]


@pytest.fixture(scope="module")
def plots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Plot]]:
    """The five coops' folders, with their past."""
    plots = town.lay_out(5, tmp_path_factory.mktemp("demo"))

    async def furnish() -> None:
        await town.furnish(plots, await town.make(plots))

    asyncio.run(furnish())
    yield plots
    for plot in plots:
        plot.listener.close()


@pytest.fixture
async def coops(plots: list[Plot]) -> AsyncGenerator[Coops]:
    """Their nodes, open in the present, by host."""
    async with AsyncExitStack() as stack:
        opened = {}
        for plot in plots:
            node = await stack.enter_async_context(town.opened(plot, config_of(plot)))
            opened[plot.script["host"]] = Coop(node, server=None, listener=plot.listener)  # type: ignore[arg-type]
        yield opened


def config_of(plot: Plot) -> Config:
    return load(plot.folder, {})


async def standing(coop: Coop) -> dict[str, Any]:
    """Proposals by what is told of them in toadlane.toml."""
    found = {one.title: one for one in await coop.read(council.proposals)}
    told = town.toadlane.story()
    return {part: found[told[part]["title"]] for part in (DECIDED, OPEN, TALKED_OVER)}


async def test_all_five_founded_it_and_whoever_signs_in_as_delegate_is_theirs(
    coops: Coops,
) -> None:
    digests = set()
    for plot_name, coop in coops.items():
        [federation] = await coop.read(council.federations)
        digests.add(federation.digest)
        assert (federation.name, len(federation.members)) == ("Toad Lane Federation", 5)
        assert await coop.read(council.found_evidence, federation.id) == []
        [delegate, alternate] = await coop.read(council.our_delegates, federation.id)
        assert (delegate.is_alternate, alternate.is_alternate) == (False, True)
        [script] = [one for one in town.scripts() if one["host"] == plot_name]
        [named] = [one for one in script["people"] if one["role"] == "delegate"]
        account = await coop.read(accounts.account, delegate.account_id)
        assert account.handle == named["handle"]
        waiting = (await standing(coop))[OPEN]
        assert await coop.read(council.turn_of, waiting.id, account) is council.VoteTurn.MAY
    assert len(digests) == 1


async def test_one_thing_is_decided_one_is_voted_on_one_is_talked_over(
    coops: Coops, tmp_path: Path
) -> None:
    for coop in coops.values():
        found = await standing(coop)
        states = [found[part].state for part in (DECIDED, OPEN, TALKED_OVER)]
        assert states == [State.IN_FORCE, State.OPEN, State.DISCUSSION]
        now = coop.node.clock.now()
        assert found[OPEN].opens_at < now < found[OPEN].closes_at
        assert len((await coop.read(council.proposal, found[OPEN].id)).voted) == 3
        changed = await coop.read(council.background, found[TALKED_OVER].id)
        assert len(changed.earlier) == 1
        [reader, *_others] = await coop.read(accounts.accounts)
        said = [
            [(each.coop, each.depth) for each in whole.comments]
            for part in (OPEN, TALKED_OVER)
            for whole in [await coop.read(deliberation.discussion, found[part].id, reader)]
        ]
        by = {host: one.uri for host, one in coops.items()}
        assert said[0] == [(by["pioneer"], 0), (by["camaraclara"], 1)]
        assert sorted(said[1]) == sorted([(by["mawimbi"], 0), (by["portici"], 0)])

        [federation] = await coop.read(council.federations)
        file = tmp_path / "decision.json"
        file.write_bytes(await coop.read(council.archive_of, found[DECIDED].id))
        words = ["verify", str(file), "--charter", str(federation.digest), "--json"]
        answer = await asyncio.to_thread(CliRunner().invoke, main, words)
        assert answer.exit_code == 0, answer.stderr
        assert json.loads(answer.stdout)["outcome"] == "passed"


async def test_a_coop_looks_lived_in_with_something_to_decide_on_each_desk(coops: Coops) -> None:
    lanehead = coops["lanehead"]
    states = [one.status for one in await lanehead.read(joining.applications)]
    assert sorted(states) == ["asked", "submitted", "waitlisted"]
    [held] = await lanehead.read(offices.holdings)
    assert (held.office, held.member_name) == ("chair", "Jean Hallam")
    rosa = await lanehead.read(accounts.by_handle, "rosa")
    [case] = await lanehead.read(listings.cases, rosa)
    assert (case.state, case.waits_for_desk, bool(case.acts)) == ("reported", True, True)


async def test_what_was_decided_is_kept_by_the_coop_that_hears_of_it(coops: Coops) -> None:
    lanehead, portici = coops["lanehead"], coops["portici"]
    decided = (await standing(portici))[DECIDED]
    version = (await portici.read(council.proposal, decided.id)).digest
    dear = offer(lanehead, portici, feeKind="percent", feePercent="5.5")
    status, problem = await say(lanehead, portici, dear)
    assert (status, problem["code"]) == (422, "fee-above-ceiling")
    assert (problem["version"], problem["limit"], problem["value"]) == (version, "5", "5.5")
    caring = offer(lanehead, portici, feeKind="percent", feePercent="1", category="care")
    status, problem = await say(lanehead, portici, caring)
    assert (status, problem["code"], problem["version"]) == (422, "fee-for-care", version)
    fair = offer(lanehead, portici, feeKind="percent", feePercent="5")
    assert (await say(lanehead, portici, fair))[0] == 202


async def test_a_demo_that_was_broken_off_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    [plot] = plots = town.lay_out(1, tmp_path)
    with plot.listener:
        configs = await town.make(plots)
        async with town.opened(plot, configs[0]) as node:
            await node.write(
                lambda uow: members.add_member(
                    uow, name="Ada", membership_class="user", admit=members.Event.ADMIT
                )
            )
        with pytest.raises(Conflict, match="half a demo"):
            await town.furnish(plots, configs)
