"""The simulation itself: it is the same again for a seed, finds bugs, and leaves no fault out."""

from collections.abc import Callable
from typing import Any

import pytest

from federation.delivery import worker
from federation.delivery.attempt import Attempt, Result, attempt
from node.chores import Chores
from tests.faults import test_trade, test_votes
from tests.faults.test_trade import Fault, check, forgotten, storm
from tests.faults.trade import MarketOpener, size_of
from tests.support.network import KINDS

LONG = pytest.mark.long
Bug = Callable[[pytest.MonkeyPatch], None]


def test_the_seeds_of_every_run_try_every_fault_between_them_in_worlds_of_every_size() -> None:
    trade = [test_trade.EXERCISES[fault] for fault, _seed in test_trade.IN_EVERY_RUN]
    votes = [test_votes.EXERCISES[fault] for fault, _seed in test_votes.IN_EVERY_RUN]
    assert len(trade) + len(votes) == 20
    assert set().union(*trade, *votes) == KINDS
    assert {fault for fault, _seed in test_trade.IN_EVERY_RUN} == set(test_trade.FAULTS)
    assert {size_of(seed) for _fault, seed in test_trade.IN_EVERY_RUN} == {3, 4, 5, 6, 7}


async def test_a_seed_is_the_same_trade_message_by_message(open_market: MarketOpener) -> None:
    runs = [await open_market(seed) for seed in (0, 0, 5)]
    for each in runs:
        await storm(each)
    first, second, other = [each.world.network for each in runs]
    assert first.trace == second.trace
    assert first.digest != other.digest


def what_is_lost_counts_as_delivered(patch: pytest.MonkeyPatch) -> None:
    async def hopeful(*given: Any) -> Attempt:
        made = await attempt(*given)
        return Attempt(made.job, Result.DELIVERED) if made.result is Result.FAILED else made

    patch.setattr(worker, "attempt", hopeful)


def nobody_is_erased_again_after_a_restore(patch: pytest.MonkeyPatch) -> None:
    async def careless(_chores: Chores) -> None:
        pass

    patch.setattr(Chores, "erase_again", careless)


@pytest.mark.parametrize(
    ("bug", "fault", "seed"),
    [
        (what_is_lost_counts_as_delivered, storm, 0),
        pytest.param(*(nobody_is_erased_again_after_a_restore, forgotten, 12), marks=LONG),
    ],
)
async def test_a_bug_is_found_by_a_seed_of_every_run_and_found_again(
    bug: Bug,
    fault: Fault,
    seed: int,
    open_market: MarketOpener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (fault, seed) in test_trade.IN_EVERY_RUN
    bug(monkeypatch)
    told = []
    for _time in range(2):
        with pytest.raises(AssertionError) as found:
            await check(fault, await open_market(seed))
        told.append((str(found.value), found.value.__notes__))
    assert told[0] == told[1]
    again = f"ROCHDALE_SEEDS={seed} make soak ARGS=\"-k 'trade and {fault.__name__}'\""
    assert again in told[0][1][0]
