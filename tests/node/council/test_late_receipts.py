"""Receipts that reach the host after its close: it closes anew, or all would wait for ever."""

from datetime import timedelta
from pathlib import Path

import pytest

from node import timers
from node.council.deeds import casting
from node.council.hosts import mirroring
from node.council.rows import log, receipts, store
from node.council.steps import hosting
from node.council.words import statements
from node.council.words.statements import Kind
from protocol import datetimes
from tests.node.council.chamber import NAMES, Chamber, key, uri
from tests.node.council.host import ID, open_host


async def test_a_ballot_that_more_than_half_saw_in_time_is_not_late_however_late_they_say_so(
    tmp_path: Path,
) -> None:
    chamber = Chamber().found()
    proposal = chamber.opened()
    ballot, now = chamber.ballot("lanehead", "yes"), datetimes.format(chamber.now)
    said = [
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
    for each in said:
        assert await database.write(lambda uow, one=each: hear(uow, one))
        while await database.write(timers.run_due):
            pass
        lists.append(await database.write(told))
    await database.close()
    late = {"timely": [], "late": [ballot.object], "void": []}
    assert lists == [late, late, late, {"timely": [ballot.object], "late": [], "void": []}]


async def test_a_vote_is_closed_anew_for_what_a_coop_saw_in_time_and_not_for_what_is_only_late(
    tmp_path: Path,
) -> None:
    """Or whoever sends one late ballot after the other puts the result off for ever."""
    chamber = Chamber().found()
    proposal = chamber.opened()
    seen, late = chamber.ballot("lanehead", "yes"), chamber.ballot("pioneer", "no")
    at = datetimes.format(chamber.now)
    receipt = chamber.say("mawimbi", Kind.SEEN, proposal="p1", ballot=seen.object, at=at)
    chamber.now = proposal.moment("closesAt") + timedelta(minutes=11)
    database = await open_host(tmp_path, chamber)

    async def closed(uow, *ballots):
        for each in ballots:
            await hosting.accept(uow, ID, each)
        row = await store.proposal_named(uow, ID, "p1")
        await hosting.close(uow, row.id)
        record = await store.record(uow, await store.federation(uow, ID), ["p1"])
        return record.proposals["p1"].close["late"]

    found = [
        await database.write(closed),
        await database.write(lambda uow: closed(uow, late, seen)),
    ]
    known = await database.write(lambda uow: store.federation(uow, ID))
    await database.write(lambda uow: casting.hear_seen(uow, known, receipt))
    found.append(await database.write(closed))
    await database.close()
    assert found == [[], [], sorted([late.object, seen.object])]


async def test_receipts_for_ballots_on_their_way_take_up_no_room_once_those_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then nobody knows of whose ballots they are: they share one room."""
    monkeypatch.setattr(receipts, "_MOST", 1)
    chamber = Chamber().found()
    chamber.opened()
    ballots = [chamber.ballot(name, "yes") for name in ("lanehead", "pioneer")]
    at = datetimes.format(chamber.now)
    fields = [{"proposal": "p1", "ballot": each.object, "at": at} for each in ballots]
    seen = [chamber.say("mawimbi", Kind.SEEN, **each) for each in fields]
    database = await open_host(tmp_path, chamber)

    async def hear(uow, said):
        return await casting.hear_seen(uow, await store.federation(uow, ID), said)

    kept = [await database.write(lambda uow, said=each: hear(uow, said)) for each in seen]
    await database.write(lambda uow: hosting.accept(uow, ID, ballots[0]))
    kept.append(await database.write(lambda uow: hear(uow, seen[1])))
    await database.close()
    assert kept == [True, False, True]


async def test_fifty_late_ballots_of_one_coop_make_the_close_no_longer(tmp_path: Path) -> None:
    """Whoever saw the last of them saw those before it: receipts for that one, as many as it takes,
    stand in the log by themselves. And nobody changes its vote without end."""
    coops = (*NAMES, "hartland", "loaf", "mill")
    chamber = Chamber(coops).found()
    proposal = chamber.opened()
    ballots = [chamber.ballot("lanehead", "yes")]
    for number in range(2, 51):
        ballots.append(chamber.ballot("lanehead", "no", number, ballots[-1].content))
    at = datetimes.format(chamber.now)
    said = [
        chamber.say(name, Kind.SEEN, proposal="p1", ballot=each.object, at=at)
        for each in ballots
        for name in coops[2:]
    ]
    chamber.now = proposal.moment("closesAt") + timedelta(minutes=11)
    for each in ballots:
        chamber.must(each)
    other = {"epoch": 2, "signed_by": key("lanehead", "other")}
    chamber.must(chamber.mandate("lanehead", 2, "other"))
    assert chamber.why_not(chamber.ballot("lanehead", "yes", **other)) == "too-often"
    database = await open_host(tmp_path, Chamber(coops, entries=chamber.entries[:-1]).replay())
    size = len(chamber.entries) - 1

    async def hear_all(uow):
        known = await store.federation(uow, ID)
        for each in said:
            await casting.hear_seen(uow, known, each)
        await hosting.close(uow, (await store.proposal_named(uow, ID, "p1")).id)

    async def added(reader):
        entries = await store.entries(reader, ID, size)
        texts = await store.texts(reader, ID, [each.digest for each in entries])
        return [statements.read(texts[each.digest]) for each in entries]

    await database.write(hear_all)
    async with database.reading() as reader:
        *logged, close = await added(reader)
    await database.close()
    assert [each["ballot"] for each in logged] == [ballots[-1].object] * 5
    assert close["timely"] == sorted(each.object for each in ballots)
    assert len(close.text) < 5_000


async def test_lines_of_other_cosigners_show_that_a_head_was_stored_sooner(tmp_path: Path) -> None:
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
