"""Receipts that reach the host after its close: it closes anew, or all would wait for ever."""

from datetime import timedelta
from pathlib import Path

from node import timers
from node.council import casting, hosting, log, mirroring, store
from node.council.statements import Kind
from protocol import datetimes
from tests.node.council.chamber import NAMES, Chamber, uri
from tests.node.council.host import ID, open_host


async def test_a_ballot_that_more_than_half_saw_in_time_is_not_late_however_late_they_say_so(
    tmp_path: Path,
) -> None:
    chamber = Chamber().found()
    proposal = chamber.opened()
    ballot, now = chamber.ballot("lanehead", "yes"), datetimes.format(chamber.now)
    receipts = [
        chamber.say(name, Kind.SEEN, proposal="p1", ballot=ballot.object, at=now)
        for name in ("mawimbi", "pioneer", "portici")
    ]
    chamber.now = proposal.moment("closesAt") + timedelta(minutes=11)
    database = await open_host(tmp_path, chamber)
    lists = []

    async def close_now(uow):
        row = await store.proposal_named(uow, ID, "p1")
        await hosting.close(uow, row.id)

    async def hear(uow, said):
        return await casting.hear_seen(uow, await store.federation(uow, ID), said)

    async def told(uow):
        record = await store.record(uow, await store.federation(uow, ID), ["p1"])
        return {name: record.proposals["p1"].close[name] for name in ("timely", "late", "void")}

    await database.write(lambda uow: hosting.accept(uow, ID, ballot))
    await database.write(close_now)
    lists.append(await database.write(told))
    for each in receipts:
        assert await database.write(lambda uow, said=each: hear(uow, said))
        while await database.write(timers.run_due):
            pass
        lists.append(await database.write(told))
    await database.close()
    late = {"timely": [], "late": [ballot.object], "void": []}
    assert lists == [late, late, late, {"timely": [ballot.object], "late": [], "void": []}]


async def test_lines_of_other_cosigners_show_that_a_head_was_stored_sooner(
    tmp_path: Path,
) -> None:
    """What too few have signed changes nothing; nor do the lines that the host had before."""
    chamber = Chamber().found()
    soon, few = chamber.head(by=NAMES[1:]), chamber.head(by=NAMES[:2])
    by = chamber.now
    chamber.wait(minutes=5)
    late = chamber.head(by=NAMES[:4])
    database = await open_host(tmp_path, chamber)

    async def shown(uow, text):
        known = await store.federation(uow, ID)
        await mirroring.hear_head(uow, known, uri("lanehead"), text)
        record = await store.record(uow, known)
        return await log.newest_head(uow, known, record, by=by) is not None

    found = [
        await database.write(lambda uow, said=each: shown(uow, said))
        for each in (late, few, soon, late)
    ]
    await database.close()
    assert found == [False, False, True, True]
