"""Pictures kept in folders: sent by several, fetched for several, deleted while others send."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from federation.storage import Database, Reader
from node import limits, media
from node.errors import NotAllowed
from node.media import SIZES, FetchedPictures, Pictures, commands, fetching
from node.media.models import picture_table
from node.media.process import Encoded
from tests.support.clock import FixedClock

ADA, BO = "ada", "bo"
DRAWN = Encoded("ab" * 32, 4, 3, (b"small", b"middling", b"large"))
NAME, URL = "cd" * 16, "https://mill.example/loaf.webp"


@pytest.fixture(autouse=True)
def _drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent and fetched is always the same picture, drawn already."""

    async def drawn(_content: bytes) -> Encoded:
        return DRAWN

    monkeypatch.setattr(commands, "re_encoded", drawn)
    monkeypatch.setattr(fetching, "re_encoded", drawn)


class Mill:
    """The client of a node: answers when it is let, and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.was_asked_twice = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def get(self, _url: str, **_how: Any) -> Any:
        self.asked += 1
        if self.asked == 2:
            self.was_asked_twice.set()
        await self.may_answer.wait()
        answer = SimpleNamespace(body=b"")
        answer.expect_ok = lambda: answer
        return answer


class Watched:
    """A database; after its first change `between` happens."""

    def __init__(self, database: Database, between: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._between: Callable[[], Awaitable[None]] | None = between
        self.reading = database.reading

    async def write(self, work: Any) -> Any:
        done = await self._database.write(work)
        between, self._between = self._between, None
        if between is not None:
            await between()
        return done


async def nothing(_reader: Reader) -> Collection[str]:
    return ()


async def shown_by(_reader: Reader, _account_id: str) -> Collection[str]:
    return ()


async def test_whoever_sent_a_picture_sees_it_also_when_another_sent_the_same(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    pictures = Pictures(tmp_path, database, shown_by)
    for who in (ADA, BO):
        assert await pictures.take(b"loaf", by=who) == DRAWN.digest
    async with database.reading() as reader:
        for who, saw in ((ADA, True), (BO, True), ("cy", False)):
            assert await media.was_sent_by(reader, DRAWN.digest, who) is saw
    clock.advance(timedelta(days=1, minutes=1))
    await pictures.forget_unused(nothing)
    async with database.reading() as reader:
        assert not await media.was_sent_by(reader, DRAWN.digest, ADA)
    assert await pictures.file(DRAWN.digest, 320) is None


async def test_the_same_picture_sent_again_counts_again(
    database: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.limits.PICTURES_A_DAY", 2)
    pictures = Pictures(tmp_path, database, shown_by)
    for _time in range(2):
        await pictures.take(b"loaf", by=ADA)
    with pytest.raises(NotAllowed):
        await pictures.take(b"loaf", by=ADA)
    await pictures.take(b"loaf", by=BO)
    clock.advance(timedelta(days=1, minutes=1))
    await pictures.take(b"loaf", by=ADA)


async def test_an_account_and_the_coop_have_so_much_room_and_no_more(
    database: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an account shows, and what it sent just now; a picture that is there takes none."""
    size = sum(map(len, DRAWN.files))
    monkeypatch.setattr("node.limits.PICTURES_OF_ACCOUNT_BYTES", 2 * size)
    monkeypatch.setattr("node.limits.PICTURES_OF_COOP_BYTES", 4 * size)
    shown: dict[str, set[str]] = {}

    async def those_of(_reader: Reader, account_id: str) -> Collection[str]:
        return shown.get(account_id, set())

    pictures = Pictures(tmp_path, database, those_of)

    async def send(digest: str, by: str | None) -> str:
        drawn = replace(DRAWN, digest=digest * 64)

        async def draw(_content: bytes) -> Encoded:
            return drawn

        monkeypatch.setattr("node.media.commands.re_encoded", draw)
        return await pictures.take(b"loaf", by=by)

    shown[ADA] = {await send("a", ADA)}
    await send("b", ADA)
    clock.advance(timedelta(days=1, minutes=1))
    shown[ADA].add("b" * 64)
    with pytest.raises(NotAllowed, match="all the room you have"):
        await send("c", ADA)
    await send("a", ADA)
    for digest in ("c", "d"):
        await send(digest, BO)
    for by in ("cy", None):
        with pytest.raises(NotAllowed, match="all the room there is"):
            await send("e", by)
    clock.advance(timedelta(days=1, minutes=1))
    await pictures.forget_unused(nothing)
    await send("e", "cy")


async def test_pictures_from_before_are_measured(database: Database, tmp_path: Path) -> None:
    pictures = Pictures(tmp_path, database, shown_by)
    await pictures.take(b"loaf", by=ADA)
    await database.write(lambda uow: uow.execute(update(picture_table).values(size=0)))
    await pictures.measure()
    async with database.reading() as reader:
        size = await reader.scalar(select(picture_table.c.size))
    assert size == sum(map(len, DRAWN.files))


async def test_what_is_sent_again_while_it_is_deleted_is_there_after(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await Pictures(tmp_path, database, shown_by).take(b"loaf", by=ADA)
    clock.advance(timedelta(days=1, minutes=1))
    sending: list[asyncio.Task[str]] = []

    async def send_again() -> None:
        sending.append(asyncio.create_task(pictures.take(b"loaf", by=BO)))
        await asyncio.wait(sending, timeout=0.2)  # it is over by then, or waits for us

    pictures = Pictures(tmp_path, Watched(database, send_again), shown_by)  # type: ignore[arg-type]
    await pictures.forget_unused(nothing)
    await asyncio.gather(*sending)
    async with database.reading() as reader:
        assert DRAWN.digest in await media.known(reader, [DRAWN.digest])
    assert all([await pictures.file(DRAWN.digest, size) for size in SIZES])


async def test_two_listings_with_a_picture_at_one_address_both_get_it(
    clock: FixedClock, tmp_path: Path
) -> None:
    mill = Mill()
    fetched = FetchedPictures(tmp_path, mill, clock)  # type: ignore[arg-type]
    asking = [
        asyncio.create_task(fetched.file(owner, NAME, 320, URL, None, fetch=True))
        for owner in ("rye", "rye", "spelt")
    ]
    async with asyncio.timeout(5):
        await mill.was_asked_twice.wait()
    mill.may_answer.set()
    found = await asyncio.gather(*asking)
    assert [path and path.read_bytes() for path in found] == [b"small"] * 3
    assert mill.asked == 2


async def test_who_looked_just_before_a_picture_came_asks_for_it_no_second_time(
    clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mill, beside = Mill(), asyncio.to_thread
    has_looked, has_come = asyncio.Event(), asyncio.Event()
    mill.may_answer.set()
    fetched = FetchedPictures(tmp_path, mill, clock)  # type: ignore[arg-type]

    async def held_up(work: Callable[..., Any], *given: Any) -> Any:
        found = await beside(work, *given)
        monkeypatch.setattr(asyncio, "to_thread", beside)
        has_looked.set()
        await has_come.wait()
        return found

    monkeypatch.setattr(asyncio, "to_thread", held_up)
    late = asyncio.create_task(fetched.file("rye", NAME, 320, URL, None, fetch=True))
    async with asyncio.timeout(5):
        await has_looked.wait()
        assert await fetched.file("rye", NAME, 320, URL, None, fetch=True)
        has_come.set()
        assert await late
    assert mill.asked == 1


class SlowMill(Mill):
    """It waits for those of one site alone."""

    async def get(self, url: str, **how: Any) -> Any:
        if "slow.example" not in url:
            self.may_answer.set()
        return await super().get(url, **how)


async def test_a_site_that_is_slow_holds_up_no_others_pictures(
    clock: FixedClock, tmp_path: Path
) -> None:
    mill = SlowMill()
    fetched = FetchedPictures(tmp_path, mill, clock)  # type: ignore[arg-type]
    asking = [
        asyncio.create_task(
            fetched.file(f"slow{n}", NAME, 320, f"https://n{n}.slow.example/p", None, fetch=True)
        )
        for n in range(3 * limits.PICTURES_FETCHED_AT_ONCE)
    ]
    await mill.was_asked_twice.wait()
    async with asyncio.timeout(5):
        assert await fetched.file("rye", NAME, 320, URL, None, fetch=True)
    assert all(await asyncio.gather(*asking))


async def test_no_folder_stays_for_pictures_that_made_room_and_owners_are_asked_for_in_batches(
    clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mill, asked = Mill(), []
    mill.may_answer.set()
    fetched = FetchedPictures(tmp_path, mill, clock)  # type: ignore[arg-type]
    for owner in ("rye", "spelt", "oats"):
        assert await fetched.file(owner, NAME, 320, URL, None, fetch=True)

    async def living(owners: Collection[str]) -> set[str]:
        asked.append(len(owners))
        return set(owners) - {"oats"}

    monkeypatch.setattr(fetching, "MOST_ASKED_AT_ONCE", 2)
    await fetched.keep_to(living)
    assert sorted(os.listdir(tmp_path)) == ["rye", "spelt"]
    assert asked == [2, 1]
    monkeypatch.setattr("node.limits.FETCHED_PICTURES_BYTES", 0)
    await fetched.keep_to(living)
    assert os.listdir(tmp_path) == []
