"""When a result holds: whose word for it counts, and that nobody keeps it back for good."""

from pathlib import Path

import pytest

from node.council import State
from node.council.hosts import mirroring
from node.council.rows import pending, store
from node.council.steps import attesting, hosting
from node.council.words.reasons import Objection
from node.council.words.statements import Kind, Statement
from tests.node.council.chamber import NAMES, Chamber
from tests.node.council.host import ID, open_host


def certified(but: tuple[str, ...] = ()) -> tuple[Chamber, str]:
    """A vote up to its certificate, and the head over its close."""
    chamber = Chamber().found()
    proposal = chamber.opened()
    for name in NAMES:
        chamber.must(chamber.ballot(name, "yes"))
    head, chamber.now = chamber.head(), proposal.moment("closesAt")
    chamber.must(chamber.close([head]))
    closing = chamber.head()
    chamber.must(chamber.certify(but))
    return chamber, closing


@pytest.mark.parametrize(
    ("agreed", "gone", "state"),
    [
        (("camara", "lanehead", "mawimbi"), "portici", State.IN_FORCE),
        (("camara", "lanehead", "portici"), "portici", State.CERTIFIED),
    ],
)
async def test_who_leaves_takes_its_word_along_and_makes_the_quorum_smaller(
    tmp_path: Path, agreed: tuple[str, ...], gone: str, state: State
) -> None:
    """Three of five have counted the same: of the four who stay that is enough, if they are three
    of those."""
    chamber, _closing = certified()
    chamber.attest(*agreed)
    left = chamber.say(gone, Kind.LEAVE)
    database = await open_host(tmp_path, chamber)

    async def hear(uow):
        await hosting.accept(uow, ID, left)
        return (await store.proposal_named(uow, ID, "p1")).state

    found = await database.write(hear)
    await database.close()
    assert found == state
    chamber.must(left)
    assert chamber.record.proposals["p1"].is_judged == (state is State.IN_FORCE)


async def test_what_is_on_its_way_is_not_said_again(tmp_path: Path) -> None:
    chamber, _closing = certified()
    database = await open_host(tmp_path, chamber)

    async def owed(uow) -> int:
        known = await store.federation(uow, ID)
        said = await attesting.owed(uow, known)
        await pending.keep(uow, known, said)
        return len(said)

    found = [await database.write(owed) for _time in range(2)]
    await database.close()
    assert found == [1, 0]


async def test_what_was_kept_back_for_a_reveal_is_said_when_that_is_nothing_any_more(
    tmp_path: Path,
) -> None:
    """The coop that revealed to us leaves: its part can be in no result."""
    chamber, closing = certified(but=("portici",))
    reveal, left = chamber.reveal("portici", closing), chamber.say("portici", Kind.LEAVE)
    database = await open_host(tmp_path, chamber)

    async def look(uow) -> tuple[str | None, list[Statement]]:
        await store.change(uow, ID, stopped_because=Objection.LACKS_REVEALS)
        await mirroring.look_again(uow, ID)
        known = await store.federation(uow, ID)
        record = await store.record(uow, known, ["p1"])
        return known.stopped_because, list(record.proposals["p1"].attestations)

    async def hold(uow):
        await pending.keep(uow, await store.federation(uow, ID), [reveal])

    await database.write(hold)
    before = await database.write(look)
    await database.write(lambda uow: hosting.accept(uow, ID, left))
    after = [await database.write(look) for _time in range(2)]
    await database.close()
    assert before == (Objection.LACKS_REVEALS, [])
    assert after == [(None, [chamber.record.host])] * 2
