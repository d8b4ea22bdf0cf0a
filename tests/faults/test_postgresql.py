"""PostgreSQL crashes, loses its line in the middle of a commit, or says: not now, run that again.

The judge asks the database itself: what was answered 202 is there, and everything is there once.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from random import Random

import asyncpg
import pytest
from sqlalchemy import insert, select, text

from federation.errors import StorageUnavailable
from federation.inbox.deferred import kept_messages
from federation.models import DomainRule
from federation.storage import UnitOfWork
from tests.federation.nodes import Foreigner, Founder, Node, Reply, Wire
from tests.support.clock import START
from tests.support.cut_line import Cut, CutLine, cut_line
from tests.support.postgresql import Crash, administer
from tests.support.small_disk import SmallDisk

pytestmark = pytest.mark.postgres
READY_SECONDS = 10
MESSAGES = 40
HINDER = """
CREATE SEQUENCE tries;
CREATE FUNCTION hinder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'not now' USING ERRCODE = '{state}'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER hinders BEFORE INSERT ON seen_activity FOR EACH ROW EXECUTE FUNCTION hinder();
"""
"""A sequence counts on when a transaction is taken back."""
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no room for that' USING ERRCODE = '{state}'; END $$;
CREATE TRIGGER refuses BEFORE INSERT ON test_good FOR EACH ROW
WHEN (NEW.name = 'Poison') EXECUTE FUNCTION refuse();
"""


async def remembered(url: str) -> Counter[str]:
    """The ids of what was taken in, past the program."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT activity_id FROM seen_activity")
        return Counter(row[0] for row in rows)
    finally:
        await connection.close()


@pytest.fixture
async def line(postgres_url: str) -> AsyncGenerator[tuple[CutLine, str]]:
    async with cut_line(postgres_url) as made:
        yield made


@pytest.fixture
async def loaf(line: tuple[CutLine, str], found: Founder, farm: Foreigner) -> Node:
    [loaf] = await found(url=line[1])
    await loaf.follow(farm)
    return loaf


@pytest.mark.parametrize("cut", Cut)
async def test_a_line_that_breaks_in_a_commit_leaves_no_doubt(
    loaf: Node, line: tuple[CutLine, str], postgres_url: str, cut: Cut
) -> None:
    """It was done and is said to be, or it was not; nobody is told to try again what is there."""
    rule = {"domain": "x.example", "level": "block", "reason": "", "created_at": START}
    line[0].next = cut
    if cut is Cut.AFTER:
        await loaf.database.write(lambda uow: uow.execute(insert(DomainRule), [rule]))
    else:
        with pytest.raises(StorageUnavailable):
            await loaf.database.write(lambda uow: uow.execute(insert(DomainRule), [rule]))
    assert line[0].cuts == 1
    expected = ["x.example"] if cut is Cut.AFTER else []
    async with loaf.database.reading() as reader:
        assert await reader.scalars(select(DomainRule.domain)) == expected


@pytest.mark.parametrize("times", [6, pytest.param(500, marks=pytest.mark.soak)])
async def test_a_message_whose_commit_was_cut_off_is_there_once(
    loaf: Node,
    line: tuple[CutLine, str],
    farm: Foreigner,
    wire: Wire,
    postgres_url: str,
    times: int,
) -> None:
    for number in range(times):
        said, cut = farm.say(number=str(number)), (Cut.BEFORE, Cut.AFTER)[number % 2]
        line[0].next = cut
        answer = await wire.deliver(loaf, farm, said)
        assert answer.status == (202 if cut is Cut.AFTER else 503)
        assert (said["id"] in await remembered(postgres_url)) == (cut is Cut.AFTER)
        again = await wire.deliver(loaf, farm, said)
        assert again.status == (200 if cut is Cut.AFTER else 202)
    assert line[0].cuts == times
    assert set((await remembered(postgres_url)).values()) == {1}
    assert len(await loaf.goods()) == times


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_what_lost_a_race_is_run_again_and_nobody_hears_of_it(
    loaf: Node, farm: Foreigner, wire: Wire, postgres_url: str, state: str
) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(HINDER.format(times=4, state=state))
    assert (await wire.deliver(loaf, farm, farm.say())).status == 202
    tries = await connection.fetchval("SELECT last_value FROM tries")
    await connection.close()
    assert tries == 5
    assert await remembered(postgres_url) == Counter([farm.say()["id"]])
    assert await loaf.goods() == ["Bread"]


async def test_what_loses_every_race_is_told_to_come_again(
    loaf: Node, farm: Foreigner, wire: Wire, postgres_url: str
) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(HINDER.format(times=12, state="40001"))
    await connection.close()
    answer = await wire.deliver(loaf, farm, farm.say())
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert (await wire.deliver(loaf, farm, farm.say())).status == 202
    assert await loaf.goods() == ["Bread"]


@pytest.mark.parametrize("state", ["22003", "54000"])  # a number, or a text, too large for it
async def test_what_postgresql_cannot_hold_is_shown_to_people_and_holds_up_no_other(
    loaf: Node, farm: Foreigner, wire: Wire, postgres_url: str, state: str
) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(REFUSE.format(state=state))
    await connection.close()
    said = [farm.say(number=name, name=name) for name in ("Bread", "Poison", "Cake")]
    answers = await asyncio.gather(*(wire.deliver(loaf, farm, each) for each in said))
    assert [each.status for each in answers] == [202, 202, 202]
    assert sorted(await loaf.goods()) == ["Bread", "Cake"]
    [kept] = await loaf.read(kept_messages)
    assert (kept.activity_id, kept.code) == (said[1]["id"], "our-failure")


async def test_a_full_disk_below_postgresql_promises_nothing_and_lets_everybody_read(
    small_tablespace: SmallDisk,
    postgres_url: str,
    found: Founder,
    farm: Foreigner,
    wire: Wire,
) -> None:
    """As on SQLite: told as what it is, nothing lost, nothing half done, no restart."""
    [loaf] = await found(url=postgres_url)
    await loaf.follow(farm)
    await move_to_small(postgres_url)
    words = [Random(number).randbytes(1500).hex() for number in range(MESSAGES)]
    said = [farm.say(number=str(each), name=f"Bread {words[each]}") for each in range(MESSAGES)]
    taken = set()
    with small_tablespace.full():
        for each in said:
            answer = await wire.deliver(loaf, farm, each)
            if answer.status == 202:
                taken.add(each["id"])
                continue
            assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "busy", "5")
        with pytest.raises(StorageUnavailable, match="The disk is full") as full:
            await loaf.database.write(fill)
        assert full.value.code == "storage-full"
        assert (await wire.get(loaf, "/coop")).status == 200
        assert len(await loaf.goods()) == len(taken) < MESSAGES
        assert await remembered(postgres_url) == Counter(taken)
    for each in said:  # as their senders do; nobody started the node again
        assert (await wire.deliver(loaf, farm, each)).status in {200, 202}
    assert await remembered(postgres_url) == Counter(each["id"] for each in said)
    assert len(await loaf.goods()) == MESSAGES
    async with loaf.database.reading() as reader:
        assert await reader.scalars(select(DomainRule.domain)) == []


async def move_to_small(url: str) -> None:
    connection = await asyncpg.connect(url)
    for kind in ("TABLE", "INDEX"):
        await connection.execute(f"ALTER {kind} ALL IN TABLESPACE pg_default SET TABLESPACE small")
    await connection.close()


async def fill(uow: UnitOfWork) -> None:
    """More than fits into the pages that are there."""
    numbers = range(10_000)
    rule = {"level": "block", "reason": "", "created_at": START}
    rules = [{"domain": f"{number}.example", **rule} for number in numbers]
    await uow.execute(insert(DomainRule), rules)


async def test_two_that_wait_for_each_other_are_both_done(loaf: Node, postgres_url: str) -> None:
    """A deadlock with another program: the database ends one of them, and ours is run again."""
    rules = [{"domain": name, "level": "block", "reason": "", "created_at": START} for name in "ab"]
    await loaf.database.write(lambda uow: uow.execute(insert(DomainRule), rules))
    other = await asyncpg.connect(postgres_url)
    change = "UPDATE domain_rule SET reason = reason || '{}' WHERE domain = '{}'"
    ours_holds, tries = asyncio.Event(), 0

    async def ours(uow: object) -> None:
        nonlocal tries
        tries += 1
        await uow.execute(text("SET LOCAL deadlock_timeout = '50ms'"))  # type: ignore[attr-defined]
        await uow.execute(text(change.format("o", "a")))  # type: ignore[attr-defined]
        ours_holds.set()
        await asyncio.sleep(0.05)
        await uow.execute(text(change.format("o", "b")))  # type: ignore[attr-defined]

    async def theirs() -> None:
        async with other.transaction():
            await other.execute("SET LOCAL deadlock_timeout = '10s'")
            await other.execute(change.format("t", "b"))
            await ours_holds.wait()
            await other.execute(change.format("t", "a"))

    await asyncio.gather(loaf.database.write(ours), theirs())
    assert tries > 1
    reasons = await other.fetch("SELECT reason FROM domain_rule")
    assert [sorted(row[0]) for row in reasons] == [["o", "t"], ["o", "t"]]
    await other.close()


@pytest.mark.parametrize("crashes", [1, pytest.param(10, marks=pytest.mark.soak)])
async def test_a_node_outlives_crashes_of_postgresql_under_load(
    postgres_crash: Crash, found: Founder, farm: Foreigner, wire: Wire, crashes: int
) -> None:
    """`restart -m immediate`: what was answered 202 is there, and the node is ready within ten
    seconds, without a restart of its own."""
    server = postgres_crash.url.removesuffix("/postgres")
    await administer(server, "CREATE DATABASE node")
    [loaf] = await found(url=f"{server}/node")
    await loaf.follow(farm)
    confirmed: set[str] = set()
    said = 0

    async def post(number: int) -> Reply:
        activity = farm.say(number=str(number))
        answer = await wire.deliver(loaf, farm, activity)
        assert answer.status in {200, 202} or answer.headers["Retry-After"]
        if answer.status in {200, 202}:
            confirmed.add(activity["id"])
        return answer

    async def load(over: asyncio.Event) -> None:
        nonlocal said
        while not over.is_set():
            said += 10
            await asyncio.gather(*(post(number) for number in range(said - 10, said)))

    for _crash in range(crashes):
        over = asyncio.Event()
        loading = asyncio.create_task(load(over))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(postgres_crash.restart)
        begun = time.monotonic()
        while (await post(0)).status == 503:  # noqa: ASYNC110 - nobody rings a bell for that
            await asyncio.sleep(0.05)
        assert (await wire.get(loaf, "/coop")).status == 200
        assert time.monotonic() - begun < READY_SECONDS
        over.set()
        await loading
    held = await remembered(f"{server}/node")
    assert set(held) >= confirmed
    for number in range(said):
        assert (await post(number)).status in {200, 202}
    held = await remembered(f"{server}/node")
    assert held == Counter(confirmed)
    assert len(held) == said
    assert len(await loaf.goods()) == said
