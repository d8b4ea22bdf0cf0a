"""A council's messages at two processes of one node at the same moment: at its host, at a voter."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from federation.key_files import Generation
from node import accounts
from tests.stories.council import Council
from tests.support.clock import FixedClock
from tests.support.doors import Doors, Sent, Speaker, two_doors
from tests.support.town import open_town
from tests.support.wide import until

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 20))]
OPENED_AFTER = timedelta(hours=100, minutes=1)
HOST, MOVER, VOTER = "lanehead", "portici", "pioneer"


Opening = Callable[[str], AbstractAsyncContextManager[tuple[Council, Doors, dict[str, Speaker]]]]


@pytest.fixture
def opened(
    tmp_path: Path,
    postgres_url: str,
    town_keys: dict[str, Generation],
    migrated_file: Path,
    seed: int,
) -> Opening:
    """An open vote; the coop that is named has two doors, and the computer's clock.

    The others are listened to from before the doors open: they are asked as soon as that.
    """

    @asynccontextmanager
    async def begin(at: str) -> AsyncGenerator[tuple[Council, Doors, dict[str, Speaker]]]:
        clock = FixedClock(datetime.now(UTC) - OPENED_AFTER)

        def url(name: str) -> str:
            return postgres_url if name == at else ""

        async with open_town(3, tmp_path, clock, town_keys, migrated_file, url) as town:
            council = await Council(town, HOST).found()
            await council.opened()
            clock.advance(max(datetime.now(UTC) - clock.now(), timedelta(0)))
            others = {name: Speaker(coop) for name, coop in council.coops.items() if name != at}
            for speaker in others.values():
                await speaker.said()
            async with two_doors(council.coops[at], seed) as doors:
                yield council, doors, others

    return begin


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_host_logs_each_ballot_once(opened: Opening, seed: int) -> None:
    """The same ballot at both; then two of one delegate, one at each."""
    async with opened(HOST) as (council, doors, voters):
        cast = []
        for name, speaker in voters.items():
            cast.append(await council.vote(name, "yes"))
            for body in await speaker.said():
                await doors.once(doors.signed(speaker.hand, body))
        cast += [await council.vote(MOVER, choice) for choice in ("no", "abstain")]
        mover = voters[MOVER]
        said = [doors.signed(mover.hand, body) for body in await mover.said()]
        for one, other in (said[:2], said[-2:]):
            answers = await doors.both(one, other)
            assert {each.status for each in answers} <= {200, 202}
        logged = "SELECT digest FROM council_entry WHERE kind = 'ballot' ORDER BY position"

        async def those_that_are() -> Any:
            # A host that has just started keeps ballots until the members say that it is whole.
            for speaker in voters.values():
                for body in await speaker.said():
                    await doors.once(doors.signed(speaker.hand, body))
            return await doors.database.fetch(logged)

        found = await until(those_that_are, lambda rows: len(rows) >= len(cast))
        assert sorted(row[0] for row in found) == sorted(cast)
        ends = "SELECT max(position) + 1 - count(*) FROM council_entry"
        assert await doors.count(ends) == 0


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_voter_casts_two_ballots_in_a_row_and_takes_each_receipt_once(
    opened: Opening, seed: int
) -> None:
    """A delegate's form at both doors, with another choice at each; then what the host says."""
    async with opened(VOTER) as (council, doors, others):
        voter, host = council.coops[VOTER], others[HOST]
        by, scopes = council.delegates[VOTER], frozenset({"council:write"})
        token = await voter.write(accounts.create_token, by, label="vote", scopes=scopes)
        headers = {"Authorization": f"Bearer {token.secret}", "Content-Type": "application/json"}
        path = f"/api/v1/proposals/{(await council.row(VOTER)).id}/ballots"
        yes, no = [
            Sent("POST", path, json.dumps({"choice": choice}).encode(), headers)
            for choice in ("yes", "no")
        ]
        answers = await doors.both(yes, no)
        assert [each.status for each in answers] == [201, 201]
        waiting = "SELECT count(*) FROM delivery WHERE state <> 'delivered'"
        await until(partial(doors.count, waiting), lambda left: left == 0)
        for body in await host.said():
            await doors.once(doors.signed(host.hand, body))
        kept = "SELECT sequence, promise IS NOT NULL FROM council_ballot ORDER BY sequence"
        ballots = [tuple(row) for row in await doors.database.fetch(kept)]
        assert ballots == [(1, True), (2, True)]
