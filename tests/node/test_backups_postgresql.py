"""A backup of PostgreSQL is restored and counted when it is made, and counted when it is used."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from node import backups
from node.backups.archive import BackupUnusableError
from node.config import Config
from node.doctor.findings import State
from node.doctor.inside import backup
from node.making import create_node
from tests.support.postgresql import administer

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(shutil.which("pg_dump") is None, reason="no pg_dump"),
]
NOW = datetime(2027, 3, 5, 18, tzinfo=UTC)
LOSING = """#!/bin/sh
exec {pg_dump} --exclude-table-data=audit_entry "$@"
"""
RULE = "INSERT INTO domain_rule VALUES ($1, 'block', '', $2)"
TRIALS = "SELECT count(*) FROM pg_database WHERE datname LIKE 'rochdale_trial_%'"


def make_it_lose_rows(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on `pg_dump` leaves out who did what, and says that all went well."""
    programs.mkdir()
    losing = programs / "pg_dump"
    losing.write_text(LOSING.format(pg_dump=shutil.which("pg_dump")))
    losing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


async def trials(server: str) -> int:
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        return int(await connection.fetchval(TRIALS))
    finally:
        await connection.close()


async def made_on(url: str, data: Path) -> Config:
    made = await create_node(
        data,
        name="Loaf",
        address="https://loaf.example",
        environ={"ROCHDALE_DATABASE_URL": url},
    )
    return made.config


@pytest.fixture
async def modest_url(postgres_server: str) -> AsyncGenerator[str]:
    """A database of an account that may create no other."""
    await administer(postgres_server, "CREATE ROLE modest LOGIN")
    await administer(postgres_server, "CREATE DATABASE modest OWNER modest")
    url = make_url(postgres_server).set(username="modest", database="modest")
    yield url.render_as_string(hide_password=False)
    await administer(postgres_server, "DROP DATABASE modest WITH (FORCE)")
    await administer(postgres_server, "DROP ROLE modest")


async def test_a_backup_that_lost_rows_is_none(
    tmp_path: Path, postgres_url: str, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, file = await made_on(postgres_url, tmp_path / "loaf"), tmp_path / "loaf.tar.gz"
    make_it_lose_rows(tmp_path / "programs", monkeypatch)
    with pytest.raises(BackupUnusableError, match="rows are missing"):
        await asyncio.to_thread(backups.back_up, config, file, NOW)
    assert not file.exists()
    assert backups.last_backup(config.data) is None
    assert await trials(postgres_server) == 0


async def test_where_it_could_not_be_counted_people_are_told_and_a_restore_counts(
    tmp_path: Path, modest_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, file = await made_on(modest_url, tmp_path / "loaf"), tmp_path / "loaf.tar.gz"
    whole = await asyncio.to_thread(backups.back_up, config, file, NOW)
    assert whole.last.uncounted_for == "modest"
    finding = backup(config, backups.last_backup(config.data), NOW)
    assert finding.state is State.UNKNOWN
    assert "ALTER ROLE modest CREATEDB" in finding.remedy
    make_it_lose_rows(tmp_path / "programs", monkeypatch)
    lossy = await asyncio.to_thread(backups.back_up, config, file, NOW)
    assert lossy.manifest.counts == whole.manifest.counts
    with pytest.raises(BackupUnusableError, match="rows are missing"):
        await asyncio.to_thread(
            backups.restore, file, tmp_path / "again", NOW, database_url=postgres_url
        )
    assert not (tmp_path / "again").exists()


async def test_what_is_written_meanwhile_is_in_the_next_backup(
    tmp_path: Path, postgres_url: str
) -> None:
    config, over = await made_on(postgres_url, tmp_path / "loaf"), asyncio.Event()

    async def write() -> int:
        connection, written = await asyncpg.connect(postgres_url), 0
        while not over.is_set():
            written += 1
            await connection.execute(RULE, f"{written}.example", NOW)
        await connection.close()
        return written

    writing = asyncio.create_task(write())
    try:
        made = await asyncio.to_thread(backups.back_up, config, tmp_path / "loaf.tar.gz", NOW)
    finally:
        over.set()
        written = await writing
    assert not made.last.uncounted_for
    assert made.manifest.counts["domain_rule"] < written
