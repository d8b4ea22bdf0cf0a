"""Each guard of a vote turned off once: a case of its class must notice.

What `test_mutations` does for all other classes. The cases follow each other through one vote, so
those before are tried with every guard in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy

from node.council.count import counting
from tests.hostile.rows import CASES
from tests.hostile.test_ballots import VOTES, Siege, case_id, lay_siege
from tests.hostile.test_mutations import (
    IN_VOTES,
    NOTICED,
    nothing,
    nothing_either,
    noting,
    owner_of,
    yes,
)
from tests.stories.council import Council
from tests.support.town import TownFounder

_CHECKS = "node.council.count.checks"


def everybody(_requester: Any) -> Any:
    return sqlalchemy.true()


def believed(record: Any, proposal: Any) -> dict[str, Any]:
    """What the certificate of VOT-12 says, as if nobody had counted."""
    result = counting.recount(record, proposal)
    return result | {"tally": result["tally"] | {"outcome": "rejected"}}


@dataclass(frozen=True)
class Mutation:
    """guards: by their place, what stands there instead. case: which has to fail."""

    guards: Mapping[str, Any]
    case: str


MUTATIONS = {
    "vote-dup": Mutation({"node.council.state.record.Proposal.said_as": lambda *_: ()}, "VOT-01"),
    "vote-time": Mutation(
        {
            "node.council.deeds.casting._check_time": nothing_either,
            "node.council.deeds.casting.check": nothing,
        },
        "VOT-06",
    ),
    "vote-authority": Mutation({f"{_CHECKS}.tally.is_choice": yes}, "VOT-10"),
    "vote-tally": Mutation(
        {
            "node.council.steps.attesting.counting": SimpleNamespace(
                **{**vars(counting), "recount": believed}
            )
        },
        "VOT-12",
    ),
    "vote-privacy": Mutation({"federation.served.collections._visible": everybody}, "VOT-16"),
}


def test_every_class_of_a_vote_has_a_guard_to_turn_off() -> None:
    assert MUTATIONS.keys() == IN_VOTES
    for fault_class, mutation in MUTATIONS.items():
        assert CASES[mutation.case]["fault_class"] == fault_class


# An attack that goes through is broken off wherever it shows, with its doors still open.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault_class", MUTATIONS)
async def test_without_its_guard_a_vote_fails_its_case(
    fault_class: str, found_town: TownFounder, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutation = MUTATIONS[fault_class]
    async with lay_siege(Council(await found_town(5)), monkeypatch) as siege:
        await _try_without(mutation, siege)


async def _try_without(mutation: Mutation, siege: Siege) -> None:
    await siege.council.announced("portici")
    await siege.council.wait(hours=76, minutes=1)
    for case in VOTES[1]:
        if case_id(case) == mutation.case:
            break
        await siege.tries(case)
        if case is VOTES[1][0]:
            await siege.council.wait(hours=24)
    asked: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for place, instead in mutation.guards.items():
            patch.setattr(*owner_of(place), noting(place, instead, asked))
        with pytest.raises(NOTICED):
            await siege.tries(case)
    assert asked or not any(map(callable, mutation.guards.values())), "it failed before the guard"
