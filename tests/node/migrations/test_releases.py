"""A coop of each release becomes one of today, and nothing of it is lost."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from node import accounts, agreements, backups, ledger, listings, members, referrals
from node.accounts import Purpose, Role
from node.doctor import inside
from node.migrations import HEAD, migrate, revision_of
from node.runtime import open_node
from node.upgrading import upgrade
from tests.node.migrations import releases
from tests.support import books
from tests.support.clock import FixedClock
from tests.support.town import Coop, serve, town_listener
from tests.ui.web.visitor import BY_HAND, stranger

AFTER = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture(params=releases.NAMES)
async def old(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> str:
    """The URL of a database as that release left it."""
    file = tmp_path / "old.sqlite"
    releases.write_database(request.param, file)
    if database_url.startswith("sqlite"):
        return f"sqlite:///{file}"
    await releases.bring_to_postgresql(file, database_url)
    return database_url


async def test_a_database_of_each_release_becomes_one_of_today_with_every_row(
    old: str, tmp_path: Path
) -> None:
    columns = await releases.inside(old, releases.columns_of)
    before = await releases.inside(old, releases.rows_of, columns)
    assert sum(map(bool, before.values())) > 60, "it is worth bringing up to date"
    await migrate(old)
    after = await releases.inside(old, releases.rows_of, columns)
    asked = [row for row in after["timer"] if "council-stand-in" in row]
    assert after == before | {"timer": sorted([*before["timer"], *asked])}
    if old.startswith("sqlite"):
        fresh = f"sqlite:///{tmp_path / 'fresh.sqlite'}"
        await migrate(fresh)
        there, today = [await releases.inside(url, releases.shape_of) for url in (old, fresh)]
        assert there == today


@pytest.mark.parametrize("release", releases.NAMES)
async def test_an_upgrade_of_each_release_keeps_a_backup_of_before(
    release: str, tmp_path: Path
) -> None:
    config = releases.lay_out(release, tmp_path / "node")
    tried: list[str | None] = []

    async def try_out(_config: object) -> None:
        tried.append(await releases.inside(config.database_url, revision_of))

    done = await upgrade(config, try_out, clock=FixedClock(AFTER))
    assert done.backup.manifest.revision == done.revision_before != HEAD
    assert tried == [HEAD]
    file = Path(done.backup.last.file)
    back = await asyncio.to_thread(backups.restore, file, tmp_path / "back", AFTER)
    assert back.migrated


class Reached(Coop):
    """A coop that listens at another port than its name says."""

    @property
    def address(self) -> str:
        return f"http://here:{self.listener.getsockname()[1]}"


@pytest.mark.parametrize("release", releases.NAMES)
async def test_a_node_of_each_release_goes_on(release: str, tmp_path: Path) -> None:
    config = releases.lay_out(release, tmp_path / "node")
    async with open_node(config, clock=FixedClock(AFTER)) as node:
        async with node.reading() as reader:
            assert (await ledger.verify(reader)).fault is None
            assert await members.first_fault(reader) is None
            assert await referrals.first_fault(reader) is None
            known = await accounts.accounts(reader)
            somebody = next(one for one in known if Role.ADMIN in one.roles)
            mine = await listings.mine(reader, None)
            agreed = await agreements.agreements(reader, agreements.of_account(somebody))
        assert await books.faults(node.database) == []
        assert (await inside.database(node)).state == "ok"
        listener = town_listener("127.0.0.1", 0)
        coop = Reached(node, await serve(node, listener), listener)
        link = await coop.write(
            accounts.issue_link, purpose=Purpose.SIGN_IN, account_id=somebody.id
        )
        async with stranger(coop) as visitor:
            assert (await visitor.get(link.path, **BY_HAND)).status == 303
            for path, shown in (
                ("/", somebody.name),
                ("/search?q=bread", "Camera sotto i portici"),
                (f"/listings/{mine[0].id}", mine[0].title),
                (f"/agreements/{agreed[0].id}", agreed[0].title),
                ("/upkeep", "in order"),
            ):
                answer = await visitor.get(path)
                assert (answer.status, shown in answer.text) == (200, True), path
            uri = node.federation.identities.coop.uri
            path = uri.removeprefix(config.address)
            outbox = await visitor.get(f"{path}/outbox", Accept="application/activity+json")
            assert outbox.status == 200
            assert '"totalItems"' in outbox.text
        await coop.server.cleanup()
