"""Those who ask for much and do not read it, or read a little now and then."""

import asyncio

import pytest
from msgspec import structs

from node.runtime import Node
from tests.support.town import TownFounder
from tests.support.unread import LONG, SEATS, comes_in, is_cut, narrow_door, non_readers
from tests.ui.web.test_connections import asked
from ui.web import connections, slow_reading
from ui.web.app import STATIC_FILES
from ui.web.templating import STATIC

STYLE = max(STATIC_FILES, key=lambda name: (STATIC / name).stat().st_size)


async def node_with_few_seats(found_town: TownFounder) -> Node:
    node = (await found_town(1)).coops[0].node
    node.config = structs.replace(node.config, connections=SEATS)
    return node


def hurry(monkeypatch: pytest.MonkeyPatch, *, room: float = 60, patience: float = 60) -> None:
    monkeypatch.setattr(connections, "ROOM_SECONDS", room)
    monkeypatch.setattr(slow_reading, "SECONDS", patience)
    monkeypatch.setattr(slow_reading, "LOOK_SECONDS", 0.05)


async def test_whoever_reads_nothing_is_cut_off_and_others_are_served(
    found_town: TownFounder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, patience=1)
    node = await node_with_few_seats(found_town)
    async with narrow_door(node) as door, non_readers(node, door) as lines:
        await comes_in(door)
        async with asyncio.timeout(5):
            while sum(map(is_cut, lines)) < SEATS:  # noqa: ASYNC110 - sockets ring no bell
                await asyncio.sleep(0.02)


async def test_where_all_seats_are_taken_the_slowest_reader_gives_way_and_is_gone(
    found_town: TownFounder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, room=0.1)
    node = await node_with_few_seats(found_town)
    async with narrow_door(node) as door, non_readers(node, door) as lines:
        await comes_in(door)
        assert sum(map(is_cut, lines)) == 1, "one seat was asked for"


@pytest.mark.parametrize("path", [LONG, f"/static/{STYLE}"])
async def test_whoever_reads_slowly_goes_on(
    found_town: TownFounder, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    hurry(monkeypatch, patience=1)
    monkeypatch.setattr(slow_reading, "FEWEST_BYTES", 256)
    node, loop = await node_with_few_seats(found_town), asyncio.get_running_loop()
    async with narrow_door(node) as door, non_readers(node, door, path, 2) as (slow, stuck):
        async with asyncio.timeout(10):
            while not is_cut(stuck):
                assert await loop.sock_recv(slow, 200)
                await asyncio.sleep(0.05)
        for _each in range(5):
            assert await asyncio.wait_for(loop.sock_recv(slow, 200), 1)


async def test_whoever_has_read_all_may_keep_the_line_open(
    found_town: TownFounder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, patience=0.2)
    node = await node_with_few_seats(found_town)
    async with narrow_door(node) as door:
        line = await asyncio.open_connection(*door)
        await asked(line)
        await asyncio.sleep(0.5)
        assert b"200 OK" in await asked(line)
        line[1].close()
