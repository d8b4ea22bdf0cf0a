"""What is wrong with a node itself, and the line that puts it right."""

import sqlite3
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from msgspec.structs import replace

from federation.guard import Guard
from federation.http_client import Fetched
from node.config import Config, from_values, load
from node.doctor import State, examine, inside
from node.making import create_node
from node.runtime import open_node, way_to_ourselves
from tests.support.authority import LocalCA
from tests.support.clock import FixedClock
from tests.support.ports import free_ports
from tests.support.small_disk import SmallDisk
from tests.support.town import TownFounder
from ui.cli.listening import listen

NOW = datetime(2027, 1, 5, 10, tzinfo=UTC)


async def failing(config: Config, guard: Guard | None = None) -> dict[str, str]:
    """The line for each thing that is wrong, but that nobody made a backup yet."""
    found = await examine(config, guard=guard)
    wrong = {one.check: one.remedy for one in found if one.state is State.FAILED}
    assert all(wrong.values()), "there is a line for each"
    return {check: line for check, line in wrong.items() if check != "backup"}


def test_a_disk_that_is_nearly_full_is_told_with_what_finds_the_largest(tmp_path: Path) -> None:
    config = from_values(tmp_path, {"name": "Loaf", "address": "https://loaf.example"})
    least = config.alerts.disk_bytes
    for free, state in ((least, State.OK), (least - 1, State.FAILED), (0, State.FAILED)):
        seen = inside.Folder(free, None, False, None, has_authorities=True)
        disk = inside.folder(config, seen, NOW)[0]
        assert (disk.check, disk.state) == ("disk", state)
        assert disk.remedy.startswith(f"df -h {tmp_path}; du -xh ") == (state is State.FAILED)


async def test_a_disk_that_is_full_is_not_taken_for_a_lost_database(small_disk: SmallDisk) -> None:
    made = await create_node(small_disk.folder / "node", name="Loaf", address="http://a.localhost")
    with small_disk.full():
        wrong = await failing(made.config)
    assert wrong["database"].startswith(f"df -h {made.config.data}; du -xh ")
    assert "database" not in await failing(made.config)


async def test_a_database_that_is_away_or_may_not_be_written_is_not_restored(
    tmp_path: Path,
) -> None:
    made = await create_node(tmp_path / "node", name="Loaf", address="http://a.localhost")
    with made.config.data.joinpath("rochdale.sqlite").open("r+b") as file:
        file.write(b"not a database of ours")
    assert "restore FILE" in (await failing(made.config))["database"]
    gone = f"postgresql://rochdale@127.0.0.1:{free_ports(1)}/rochdale"
    settings = made.config.data / "rochdale.toml"
    settings.write_text(f'database_url = "{gone}"\n{settings.read_text()}')
    wrong = await failing(load(made.config.data, {}))
    assert wrong == {"database": "systemctl restart postgresql"}


async def test_an_sqlite_that_is_too_old_is_upgraded_and_nothing_is_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await create_node(tmp_path / "node", name="Loaf", address="http://a.localhost")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 39, 4))
    [found] = [one for one in await examine(made.config) if one.check == "database"]
    assert (found.state, found.remedy) == (State.FAILED, "apt update && apt full-upgrade")
    assert str(found.said).startswith("The SQLite of this computer is too old: Rochdale needs 3.40")


async def test_a_clock_that_is_off_those_of_others_is_set_by_the_network(
    found_town: TownFounder,
) -> None:
    town = await found_town(2)
    here, there = town.coops
    assert (await inside.clock(here.node)).state is State.UNKNOWN, "nobody to ask"
    await town.introduce(here, there)
    wrong = await inside.clock(here.node)
    assert (wrong.state, wrong.remedy) == (State.FAILED, "timedatectl set-ntp true")
    here.node.clock = FixedClock(datetime.now(UTC))
    assert (await inside.clock(here.node)).state is State.OK


@pytest.mark.parametrize(
    "date",
    [
        "Tue, 05 Jan 2027 10:00:00 -0000",
        "Tue, 05 Jan 99999999999999999999 10:00:00 GMT",
    ],
)
async def test_a_time_that_another_coop_tells_in_no_form_of_http_says_nothing_of_our_clock(
    found_town: TownFounder, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    town = await found_town(2)
    here, there = town.coops
    await town.introduce(here, there)
    client = here.node.federation.client
    get = client.get

    async def at_an_odd_time(url: str, *, accept: str) -> Fetched:
        return replace(await get(url, accept=accept), headers={"Date": date})

    monkeypatch.setattr(client, "get", at_an_odd_time)
    assert (await inside.clock(here.node)).state is State.UNKNOWN


@asynccontextmanager
async def in_front(port: int, answer: str, certified: LocalCA | None) -> AsyncGenerator[None]:
    """What stands at the address: it leads elsewhere, by https or not."""

    async def elsewhere(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPMovedPermanently(answer)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    context = None
    if certified:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certified.certificate, certified.key)
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("by_https", [True, False])
async def test_a_web_server_that_speaks_the_wrong_scheme_is_told_with_its_line(
    tmp_path: Path, local_ca: LocalCA, by_https: bool
) -> None:
    port = free_ports(2)
    address, folder = f"https://localhost:{port + 1}", tmp_path / "node"
    ca = local_ca.ca
    made = await create_node(folder, name="Loaf", address=address, port=port, ca_file=ca)
    plain = address.replace("https:", "http:")
    async with open_node(made.config) as node:
        runner = await listen(node, "127.0.0.1", port)
        async with in_front(port + 1, plain, local_ca if by_https else None):
            public = replace(made.config, development=False)
            wrong = await failing(public, way_to_ourselves(made.config))
        await runner.cleanup()
    line = f"reverse_proxy 127.0.0.1:{port}"
    if not by_https:
        line = f"caddy reverse-proxy --from localhost --to 127.0.0.1:{port}"
    assert wrong == {"address": line}
