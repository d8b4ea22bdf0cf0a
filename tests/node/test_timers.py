"""Deadlines: kept once, after a restart too, and one that fails holds up no other."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from federation.errors import Contended
from federation.storage.base import table_of
from node import timers
from node.timers import TimerTable
from tests.support.asking import read

HOUR = timedelta(hours=1)


@pytest.fixture
def table():
    return TimerTable()


@pytest.fixture
def kept(table):
    """Which subjects each deadline was kept for, in order."""
    kept: list[str] = []

    @table.on("listing-ends")
    async def keep(_uow, subjects):
        kept.extend(subjects)

    return kept


async def test_a_deadline_is_kept_when_its_moment_is_over_and_only_once(
    database, clock, table, kept
):
    await database.write(
        lambda uow: timers.set_timer(uow, "listing-ends", "bread", clock.now() + HOUR)
    )
    assert await database.write(table.run_due) == 0
    clock.advance(HOUR)
    assert await database.write(table.run_due) == 1
    assert await database.write(table.run_due) == 0
    assert kept == ["bread"]


async def test_deadlines_of_a_kind_are_handed_over_together_oldest_first(
    database, clock, table, kept
):
    due = {"late": clock.now() + HOUR, "early": clock.now(), "later": clock.now() + 3 * HOUR}
    await database.write(lambda uow: timers.set_timers(uow, "listing-ends", due))
    clock.advance(2 * HOUR)
    await database.write(table.run_due)
    assert kept == ["early", "late"]


async def test_setting_it_again_moves_it_and_cancelling_takes_it_away(database, clock, table, kept):
    await database.write(lambda uow: timers.set_timer(uow, "listing-ends", "bread", clock.now()))
    later = clock.now() + HOUR
    await database.write(lambda uow: timers.set_timer(uow, "listing-ends", "bread", later))
    async with database.reading() as reader:
        assert await timers.due_at(reader, "listing-ends", "bread") == later
    await database.write(lambda uow: timers.cancel(uow, "listing-ends", ["bread", "unknown"]))
    clock.advance(2 * HOUR)
    await database.write(table.run_due)
    assert kept == []


async def test_one_that_fails_waits_longer_each_time_and_holds_up_no_other(database, clock, table):
    kept = []

    @table.on("listing-ends")
    async def keep(uow, subjects):
        await timers.set_timer(uow, "written-before-it-failed", "x", uow.now)
        if "broken" in subjects:
            raise ValueError("our own mistake")
        kept.extend(subjects)

    due = dict.fromkeys(["broken", "bread"], clock.now())
    await database.write(lambda uow: timers.set_timers(uow, "listing-ends", due))
    await database.write(table.run_due)
    assert kept == ["bread"]

    waits = []
    for _round in range(3):
        again_at = await read(database, timers.due_at, "listing-ends", "broken")
        waits.append(again_at - clock.now())
        clock.advance(waits[-1])
        await database.write(table.run_due)
    assert waits == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]


class Overtaken:
    """A database in which others are always quicker with some deadlines."""

    def __init__(self, database, kept, always):
        self.database, self.kept, self.always = database, kept, always
        self.sizes = []

    def reading(self):
        return self.database.reading()

    async def write(self, work):
        before = len(self.kept)

        async def overtaken(uow):
            done = await work(uow)
            self.sizes.append(done)
            if self.always & set(self.kept[before:]):
                del self.kept[before:]
                raise Contended("Another change came first.")
            return done

        return await self.database.write(overtaken)


@pytest.mark.parametrize("always", [{"s000"}, {"s123"}, {"s000", "s001", "s249"}])
async def test_one_with_which_others_are_always_quicker_holds_up_no_other(
    either_database, clock, table, kept, always
):
    subjects = [f"s{number:03}" for number in range(250)]
    due = dict.fromkeys(subjects, clock.now())
    await either_database.write(lambda uow: timers.set_timers(uow, "listing-ends", due))
    busy = Overtaken(either_database, kept, always)
    with pytest.raises(Contended):
        await table.keep_due(busy)
    assert sorted(kept) == [each for each in subjects if each not in always]
    kept.clear()
    await table.keep_due(either_database)
    assert sorted(kept) == sorted(always)


async def test_where_nothing_comes_first_many_are_kept_in_one_change(database, clock, table, kept):
    due = {f"s{number:03}": clock.now() for number in range(250)}
    await database.write(lambda uow: timers.set_timers(uow, "listing-ends", due))
    calm = Overtaken(database, kept, set())
    await table.keep_due(calm)
    assert calm.sizes == [200, 50, 0]


async def test_what_a_failing_deadline_wrote_is_taken_back(database, clock, table):
    @table.on("listing-ends")
    async def keep(uow, _subjects):
        await timers.set_timer(uow, "another", "x", uow.now)
        raise ValueError("our own mistake")

    await database.write(lambda uow: timers.set_timer(uow, "listing-ends", "bread", clock.now()))
    await database.write(table.run_due)
    async with database.reading() as reader:
        assert await timers.due_at(reader, "another", "x") is None


async def test_a_kept_deadline_may_set_itself_anew(database, clock, table):
    @table.on("monthly")
    async def keep(uow, subjects):
        for subject in subjects:
            await timers.set_timer(uow, "monthly", subject, uow.now + HOUR)

    await database.write(lambda uow: timers.set_timer(uow, "monthly", "clearing", clock.now()))
    await database.write(table.run_due)
    async with database.reading() as reader:
        assert await timers.due_at(reader, "monthly", "clearing") == clock.now() + HOUR


def test_two_functions_for_one_kind_are_a_mistake(table, kept):
    with pytest.raises(ValueError, match="registered twice"):
        table.on("listing-ends")(lambda uow, subjects: None)


async def test_what_a_wrong_clock_set_comes_round_within_its_longest_pause(database, clock):
    table, kept = TimerTable(), []

    @table.on("looks-again", longest=HOUR)
    async def look(_uow, subjects):
        kept.extend(subjects)

    @table.on("agreement-expires")
    async def expire(_uow, subjects):
        kept.extend(subjects)

    next_year = clock.now() + timedelta(days=365)
    for kind in ("looks-again", "agreement-expires"):
        await database.write(lambda uow, kind=kind: timers.set_timer(uow, kind, kind, next_year))
    await database.write(table.bring_back)
    clock.advance(HOUR)
    await database.write(table.run_due)
    assert kept == ["looks-again"]  # the other moment was agreed on


async def test_what_failed_under_a_wrong_clock_is_tried_again_within_a_day(database, clock):
    table, fails, kept = TimerTable(), [True], []

    @table.on("listing-ends")
    async def keep(_uow, subjects):
        if fails:
            raise ValueError("our own mistake")
        kept.extend(subjects)

    await database.write(lambda uow: timers.set_timer(uow, "listing-ends", "bread", clock.now()))
    await database.write(table.run_due)
    fails.clear()
    far = {"due_at": clock.now() + timedelta(days=365)}
    await database.write(lambda uow: uow.execute(update(table_of(timers.Timer)).values(far)))
    await database.write(table.bring_back)
    clock.advance(timedelta(days=1))
    await database.write(table.run_due)
    assert kept == ["bread"]
