"""What a host takes up that the one before left undone."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from federation.models import OutboxEntry
from federation.storage import UnitOfWork
from node.council.hosts import resuming
from node.council.rows import pending, store, wire
from node.council.words.statements import Kind, Statement
from protocol import datetimes
from tests.node.council.chamber import Chamber, uri
from tests.node.council.host import ID, open_host
from tests.node.council.test_charter import ALL, CLASSES, amending


async def test_a_charter_that_a_quorum_changed_is_changed_by_whoever_keeps_the_log_next(
    tmp_path: Path,
) -> None:
    chamber = Chamber().found(classes=CLASSES).decided(ALL, **amending(name="Lane of Toads"))
    database = await open_host(tmp_path, chamber)

    async def taken_up(uow: UnitOfWork) -> tuple[str, int]:
        await resuming.take_up(uow, await store.locked(uow, ID))
        known = await store.federation(uow, ID)
        return (await store.record(uow, known)).rules["name"], known.size

    try:
        assert chamber.record.rules["name"] == "Toad Lane"
        once = await database.write(taken_up)
        assert once == ("Lane of Toads", len(chamber.entries) + 1)
        assert await database.write(taken_up) == once
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("days", "kinds"),
    [
        (29, [Kind.AMENDMENT, Kind.PROPOSAL, Kind.RETRACTION, Kind.AMENDMENT]),
        (31, [Kind.PROPOSAL, Kind.AMENDMENT]),
    ],
)
async def test_what_the_log_rules_out_is_not_said_to_each_later_host_for_ever(
    tmp_path: Path, days: int, kinds: list[Kind]
) -> None:
    """A rival text that came after the vote, and one taken back that nobody has heard of; a new
    text, and a rival of that, are as good as ever."""
    chamber = Chamber().found(classes=CLASSES).decided(ALL)
    text = in_two_months(chamber)
    rival = {"proposal": "p2", "parent": text.content}
    unheard = chamber.say("camara", Kind.RETRACTION, proposal="p2", amendment=text.content)
    said = [
        chamber.amend("camara", "Too late"),
        text,
        unheard,
        chamber.amend("camara", "In time", **rival),
    ]
    chamber.wait(days=days)
    database = await open_host(tmp_path, chamber)

    async def other_host(uow: UnitOfWork) -> list[str]:
        known = await store.federation(uow, ID)
        await pending.keep(uow, known, said)
        await store.change(uow, ID, host=uri("portici"))
        await resuming.say_again(uow, await store.federation(uow, ID))
        left = await pending.unlogged(uow, known)
        lane = OutboxEntry.object_uri == wire.lane_of(uow, ID)
        told = await uow.scalar(select(func.count()).select_from(OutboxEntry).where(lane))
        assert told == len(left)
        return [one.kind for one in left]

    try:
        assert await database.write(other_host) == kinds
    finally:
        await database.close()


def in_two_months(chamber: Chamber) -> Statement:
    """A text of the host's own coop that is voted on then."""
    opens = chamber.now + timedelta(days=60)
    moments = {"opensAt": 0, "closesAt": 72, "finalizeBy": 200}
    times = {
        name: datetimes.format(opens + timedelta(hours=hours)) for name, hours in moments.items()
    }
    usual = chamber.propose("p2").document
    skipped = {"kind", "coop", "federation", "published", "proof"}
    fields = {name: value for name, value in usual.items() if name not in skipped}
    return chamber.say("camara", Kind.PROPOSAL, **fields | times)
