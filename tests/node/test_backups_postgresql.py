"""A backup of PostgreSQL is restored and counted when it is made, and counted when it is used."""

import asyncio
import os
import shlex
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from node import backups
from node.backups.archive import BackupUnusableError
from node.config import Config
from node.doctor.findings import State
from node.doctor.inside import backup, database
from node.making import create_node
from node.runtime import open_node
from tests.support.postgresql import administer
from ui.cli import main

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(shutil.which("pg_dump") is None, reason="no pg_dump"),
]
NOW = datetime(2027, 3, 5, 18, tzinfo=UTC)
LOSING = """#!/bin/sh
exec {pg_dump} --exclude-table-data=audit_entry "$@"
"""
FULL = """#!/bin/sh
case "$*" in *--dbname=*) echo "pg_restore: error: No space left on device
DETAIL: Key (name)=(Nadia)" >&2; exit 1;; esac
exec {pg_restore} "$@"
"""
KEEPING = """#!/bin/sh
case "$*" in *"DROP DATABASE"*) exit 1;; esac
exec {psql} "$@"
"""
KILLING = """#!/bin/sh
{pg_restore} "$@"
case "$*" in *--dbname=*) kill -9 $PPID;; esac
"""
LOOKING = """#!/bin/sh
case "$*" in *--dbname=*) psql -Atc "$LETTERS" > "$SEEN";; esac
exec {pg_restore} "$@"
"""
LETTERS = """SELECT pg_encoding_to_char(encoding), datcollate, datctype
FROM pg_database WHERE datname = current_database()"""
RULE = "INSERT INTO domain_rule VALUES ($1, 'block', '', $2)"
NAMES = """SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database
WHERE datname LIKE 'rochdale_trial_%'"""
TRIALS = "SELECT count(*) FROM pg_database WHERE datname LIKE 'rochdale_trial_%'"


def make_it_lose_rows(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on `pg_dump` leaves out who did what, and says that all went well."""
    put_before("pg_dump", LOSING, programs, monkeypatch)


def put_before(name: str, text: str, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a script in the place of a program, which it can call."""
    programs.mkdir(exist_ok=True)
    script = programs / name
    script.write_text(text.format(**{name: shutil.which(name)}))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


async def trials(server: str) -> int:
    return int(await asked(server, TRIALS))


async def asked(server: str, question: str) -> str:
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        return str(await connection.fetchval(question))
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


@contextmanager
def narrowed(rules: Path) -> Iterator[None]:
    kept = rules.read_text()
    rules.write_text(f"host narrow narrow all trust\nhost all narrow all reject\n{kept}")
    yield
    rules.write_text(kept)


@pytest.fixture
async def narrow_url(postgres_server: str) -> AsyncGenerator[str]:
    """A database of an account that may create others, and is let into none of them."""
    await administer(postgres_server, "CREATE ROLE narrow LOGIN CREATEDB")
    await administer(postgres_server, "CREATE DATABASE narrow OWNER narrow")
    rules = Path(await asked(postgres_server, "SHOW hba_file"))
    with narrowed(rules):
        await administer(postgres_server, "SELECT pg_reload_conf()")
        url = make_url(postgres_server).set(username="narrow", database="narrow")
        yield url.render_as_string(hide_password=False)
    await administer(postgres_server, "SELECT pg_reload_conf()")
    await administer(postgres_server, "DROP DATABASE narrow WITH (FORCE)")
    await administer(postgres_server, "DROP ROLE narrow")


async def test_a_backup_is_kept_where_the_account_is_let_into_its_own_database_only(
    tmp_path: Path, narrow_url: str, postgres_server: str
) -> None:
    config, file = await made_on(narrow_url, tmp_path / "loaf"), tmp_path / "loaf.tar.gz"
    made = await asyncio.to_thread(backups.back_up, config, file, NOW)
    assert file.exists()
    assert not made.last.is_counted
    finding = backup(config, backups.last_backup(config.data), NOW)
    assert finding.state is State.UNKNOWN
    assert "pg_hba.conf rejects connection" in str(finding.said)
    assert await trials(postgres_server) == 0


async def test_a_backup_is_kept_where_there_is_no_room_to_try_it_and_that_is_said(
    tmp_path: Path, postgres_url: str, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though what was begun cannot be dropped, either."""
    config, file = await made_on(postgres_url, tmp_path / "loaf"), tmp_path / "loaf.tar.gz"
    put_before("pg_restore", FULL, tmp_path / "programs", monkeypatch)
    put_before("psql", KEEPING, tmp_path / "programs", monkeypatch)
    monkeypatch.setenv("ROCHDALE_DATABASE_URL", postgres_url)
    done = await asyncio.to_thread(
        CliRunner().invoke, main, ["backup", str(file), "--data", str(config.data)]
    )
    assert done.exit_code == 0, done.output
    assert "Its rows were not counted: pg_restore failed" in done.output
    assert "No space left on device" in done.output
    assert await trials(postgres_server) == 1
    assert "Nadia" not in (config.data / "last-backup.json").read_text()
    assert file.exists()
    for name in await asyncio.to_thread(backups.trials_left, postgres_url):
        await administer(postgres_server, f"DROP DATABASE {name}")


async def test_what_a_backup_that_was_killed_left_is_named_and_goes_with_the_next(
    tmp_path: Path, postgres_url: str, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, file = await made_on(postgres_url, tmp_path / "loaf"), tmp_path / "loaf.tar.gz"
    monkeypatch.setenv("ROCHDALE_DATABASE_URL", postgres_url)
    with monkeypatch.context() as while_killing:
        put_before("pg_restore", KILLING, tmp_path / "programs", while_killing)
        words = ("-m", "ui.cli", "backup", str(file), "--data", str(config.data))
        killed = await asyncio.create_subprocess_exec(sys.executable, *words)
        assert await killed.wait() == -signal.SIGKILL
    async with open_node(config) as node:
        finding = await database(node)
    [left] = await asyncio.to_thread(backups.trials_left, postgres_url)
    assert finding.state is State.FAILED
    assert left in str(finding.said)
    await administer(postgres_server, "CREATE ROLE other")
    await administer(postgres_server, "CREATE DATABASE rochdale_trial_theirs OWNER other")
    await administer(postgres_server, "CREATE DATABASE rochdale_trial_used")
    using = await asyncpg.connect(f"{postgres_server}/rochdale_trial_used")
    await asyncio.to_thread(backups.back_up, config, file, NOW)
    await using.close()
    assert await asked(postgres_server, NAMES) == "rochdale_trial_theirs rochdale_trial_used"
    await administer(postgres_server, "DROP DATABASE rochdale_trial_theirs")
    await administer(postgres_server, "DROP DATABASE rochdale_trial_used WITH (FORCE)")
    await administer(postgres_server, "DROP ROLE other")


async def test_it_is_tried_with_the_letters_of_the_node(
    tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    await administer(postgres_server, f"CREATE DATABASE letters {letters}")
    config = await made_on(f"{postgres_server}/letters", tmp_path / "loaf")
    put_before("pg_restore", LOOKING, tmp_path / "programs", monkeypatch)
    monkeypatch.setenv("LETTERS", LETTERS)
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    made = await asyncio.to_thread(backups.back_up, config, tmp_path / "loaf.tar.gz", NOW)
    assert made.last.is_counted
    assert (tmp_path / "seen").read_text().strip() == "LATIN1|C|C"
    await administer(postgres_server, "DROP DATABASE letters WITH (FORCE)")


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
    tmp_path: Path,
    modest_url: str,
    postgres_url: str,
    postgres_server: str,
    monkeypatch: pytest.MonkeyPatch,
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
    again = partial(backups.restore, file, tmp_path / "again", NOW, database_url=postgres_url)
    with pytest.raises(BackupUnusableError, match="rows are missing") as told:
        await asyncio.to_thread(again)
    assert not (tmp_path / "again").exists()
    _said, runs, line = str(told.value).partition("runuser -u postgres -- psql ")
    assert runs
    for each in shlex.split(line):
        if each != "--command":
            await administer(postgres_server, each)
    with pytest.raises(BackupUnusableError, match="rows are missing"):  # as it is empty again
        await asyncio.to_thread(again)


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
    assert made.last.is_counted
    assert made.manifest.counts["domain_rule"] < written
