"""No byte more fits on the disk: refused for now, nothing lost, and no restart when there is room.

The judge reads the raw file: what was answered 202 stands there once, and nothing else does.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from federation.errors import StorageUnavailable
from federation.models import Delivery, DeliveryState
from node import backups
from node.backups.making import LAST_BACKUP
from node.errors import Conflict
from tests.faults.raw import remembered
from tests.federation.nodes import Foreigner, Founder, Node, Wire
from tests.stories.market import found as titles
from tests.stories.market import offer
from tests.support.small_disk import SmallDisk
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import token_for
from tests.ui.web.visitor import signed_in, stranger
from ui.cli.log_lines import Unfailing
from ui.web.api.endpoints import PREFIX

LONG = "x" * 3000
MESSAGES = 40


@dataclass
class Market:
    """Lanehead's database lies on the small disk; Portici has room."""

    disk: SmallDisk
    town: Town
    lanehead: Coop
    portici: Coop


@pytest.fixture
async def market(small_disk: SmallDisk, found_town: TownFounder) -> Market:
    file = small_disk.folder / "lanehead.sqlite"
    town = await found_town(2, lambda name: f"sqlite:///{file}" if name == "lanehead" else "")
    lanehead, portici = town.coops
    await town.introduce(lanehead, portici)
    await lanehead.node.database.empty_log()
    return Market(small_disk, town, lanehead, portici)


@pytest.fixture
async def loaf(small_disk: SmallDisk, found: Founder) -> Node:
    """On the small disk; its log of writes is empty, and must grow for every commit."""
    [loaf] = await found(url=f"sqlite:///{small_disk.folder / 'loaf.sqlite'}")
    await loaf.database.empty_log()
    return loaf


def file_of(node: Node) -> Path:
    return Path(str(node.database.url.database))


async def test_a_full_disk_promises_nothing_and_lets_everybody_read(
    small_disk: SmallDisk, loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    await loaf.follow(farm)
    said = [farm.say(number=str(number), name=f"Bread {LONG}") for number in range(MESSAGES)]
    taken, refused = set(), 0
    assert (await wire.deliver(loaf, farm, said[0])).status == 202
    taken.add(said[0]["id"])
    await loaf.database.empty_log()
    with small_disk.full():
        for each in said[1:]:
            answer = await wire.deliver(loaf, farm, each)
            refused += answer.status == 503
            if answer.status == 503:
                assert (answer.code, answer.headers["Retry-After"]) == ("busy", "5")
            else:
                taken.add(each["id"])
        assert (await wire.get(loaf, "/coop")).status == 200
        assert len(await loaf.goods()) == len(taken)
    assert refused
    assert remembered(file_of(loaf)) == Counter(taken)
    for each in said:  # as their senders do; nobody started the node again
        assert (await wire.deliver(loaf, farm, each)).status in {200, 202}
    assert remembered(file_of(loaf)) == Counter(each["id"] for each in said)
    assert len(await loaf.goods()) == MESSAGES


async def test_people_and_programs_are_told_to_come_again(market: Market) -> None:
    lanehead = market.lanehead
    token = {"Authorization": f"Bearer {await token_for(lanehead, 'admin')}"}
    form = {"title": "Rye", "kind": "goods", "visibility": "public", "then": "publish", "unit": ""}
    body = {"title": "Rye", "kind": "goods", "publish": True}
    async with signed_in(lanehead, "ada", "admin") as ada, stranger(lanehead) as program:
        await lanehead.node.database.empty_log()
        with market.disk.full():
            page = await ada.post("/listings/new", form)
            said = await program.ask("POST", f"{PREFIX}/listings", headers=token, json=body)
            for answer in (page, said):
                assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert (await ada.get("/")).status == 200
        assert await titles(lanehead, origin="local") == []
        assert (await ada.post("/listings/new", form)).status == 303
    assert await titles(lanehead, origin="local") == ["Rye"]


async def test_what_a_peer_took_before_the_disk_was_full_is_not_lost_and_not_doubled(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is full when it is to be written down that a letter arrived."""
    lanehead, portici, town = market.lanehead, market.portici, market.town
    federation = lanehead.node.federation
    await offer(lanehead, "Home clean")
    post, room = federation.client.post, market.disk.full()

    async def post_and_fill(*given: Any) -> Any:
        answer = await post(*given)
        await lanehead.node.database.empty_log()
        room.__enter__()
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(federation.client, "post", post_and_fill)
        with pytest.raises(StorageUnavailable):
            await federation.deliver_due()
    assert await titles(portici) == ["Home clean"]
    with pytest.raises(StorageUnavailable):
        await offer(lanehead, "Sheets")
    room.__exit__(None, None, None)
    await offer(lanehead, "Garden")
    town.clock.advance(federation.settings.delivery_lease)
    await town.settle()
    assert await titles(portici) == ["Garden", "Home clean"]
    undelivered = select(Delivery.seq).where(Delivery.state != DeliveryState.DELIVERED)
    assert await lanehead.read(lambda reader: reader.scalars(undelivered)) == []


async def test_a_log_of_writes_that_cannot_be_brought_home_waits(
    small_disk: SmallDisk, loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    await loaf.follow(farm)
    for number in range(MESSAGES):
        said = farm.say(number=str(number), name=f"Bread {LONG}")
        assert (await wire.deliver(loaf, farm, said)).status == 202
    with small_disk.full():
        with pytest.raises(StorageUnavailable):
            await loaf.database.empty_log()
        assert len(await loaf.goods()) == MESSAGES
        assert (await wire.get(loaf, "/coop")).status == 200
    assert await loaf.database.empty_log()
    assert sum(remembered(file_of(loaf)).values()) == MESSAGES


@pytest.mark.parametrize("room", [0, 300_000, 1_500_000])
async def test_a_backup_that_does_not_fit_leaves_the_last_one_as_it_was(
    market: Market, room: int
) -> None:
    """The copy, the archive or its trial does not fit: nothing half done lies there."""
    config, now = market.lanehead.node.config, market.town.clock.now()
    file = market.disk.folder / "backups" / "backup.tar.gz"
    await asyncio.to_thread(backups.back_up, config, file, now)
    before, noted = file.read_bytes(), (config.data / LAST_BACKUP).read_bytes()
    with market.disk.full(room), pytest.raises(Conflict) as refusal:
        await asyncio.to_thread(backups.back_up, config, file, now)
    assert refusal.value.code == "backup-failed"
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert file.read_bytes() == before
    assert (config.data / LAST_BACKUP).read_bytes() == noted
    await asyncio.to_thread(backups.restore, file, config.data.with_name("again"), now)
    await asyncio.to_thread(backups.back_up, config, file, now)


async def test_a_backup_that_is_whole_is_not_denied_for_want_of_a_note(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, now = market.lanehead.node.config, market.town.clock.now()
    file = market.disk.folder / "backup.tar.gz"

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("node.backups.making.write_private", full)
    with pytest.raises(Conflict, match="is whole, but") as refusal:
        await asyncio.to_thread(backups.back_up, config, file, now)
    assert refusal.value.code == "backup-not-noted"
    await asyncio.to_thread(backups.restore, file, config.data.with_name("again"), now)


def test_a_full_disk_behind_the_log_stops_nobody() -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closing it fails as well
    try:
        lines = Unfailing(full)
        structlog.PrintLogger(lines).msg("a line that nobody will read")  # type: ignore[arg-type]
        assert lines.lost
        with pytest.raises(OSError, match="No space"):
            structlog.PrintLogger(full).msg("as it was before")
    finally:
        with suppress(OSError):
            full.close()
