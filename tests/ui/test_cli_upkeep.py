"""backup, restore, go-on, doctor, upgrade: on real folders, as an operator types them."""

import asyncio
import gzip
import json
import shutil
import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result
from sqlalchemy.engine import make_url

from federation.errors import Unreachable
from node.config import load
from node.errors import Conflict
from node.migrations import HEAD
from node.upgrading import upgrade
from node.vault import ErasureLog
from protocol.errors import MalformedDocument
from tests.node.migrations import releases
from tests.support.clock import FixedClock
from tests.support.postgresql import administer
from ui.cli import main
from ui.cli.running import alone


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node with a member and a picture, made once."""
    data = tmp_path_factory.mktemp("made") / "loaf"
    address = ("--address", "http://loaf.localhost:8177", "--dev-peer", "crumb.localhost:8178")
    run(data, "init", "--name", "Loaf", *address, "--place", "Leeds, GB", "--yes")
    run(data, "member", "add", "Rosa Whitworth", "--class", "worker")
    (data / "media").mkdir()
    (data / "media" / "loaf.webp").write_bytes(b"a picture")
    return data


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "loaf"))


def test_a_backup_holds_all_and_a_node_is_made_of_it_again(folder: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "backup.tar.gz", tmp_path / "again"
    told = result(run(folder, "backup", str(file)))
    assert told["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob(".*")] == []
    with tarfile.open(file) as tar:
        names = set(tar.getnames())
    assert {"manifest.json", "data/media/loaf.webp", "data/keys/seal.key"} <= names
    assert "data/recovery.json" not in names

    restored = result(run(again, "restore", str(file)))
    assert (restored["silent"], restored["migrated"]) == (True, False)
    assert (again / "media/loaf.webp").read_bytes() == b"a picture"
    assert names_in(again) == ["Rosa Whitworth"]
    epochs = [
        json.loads((at / "keys/identity.json").read_bytes())["epoch"] for at in (folder, again)
    ]
    assert epochs == [1, 2]  # no key of the backup is used again


def test_a_backup_is_restored_for_trial_and_nothing_of_it_stays(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar.gz"
    before = (folder / "keys/identity.json").read_bytes()
    told = result(run(folder, "backup", str(file), "--rehearse"))
    assert (told["rehearsed"], told["members"]) == (True, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar.gz", "loaf"]
    assert (folder / "keys/identity.json").read_bytes() == before
    assert not (folder / "restored.json").exists()
    assert json.loads((folder / "last-backup.json").read_bytes())["rehearsed_at"]

    with closing(sqlite3.connect(folder / "rochdale.sqlite")) as database, database:
        database.execute("UPDATE member_event SET event = 'leave'")
    refused = run(folder, "backup", str(file), "--rehearse", code=1)
    assert "changed by hand" in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar.gz", "loaf"]


def test_a_backup_is_one_moment_of_a_node_that_is_writing(folder: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "backup.tar.gz", tmp_path / "again"
    with closing(sqlite3.connect(folder / "rochdale.sqlite")) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE member SET name = 'Rosa Fielden'")
        writer.commit()  # it is in the log beside the database
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE member SET name = 'Nobody'")
        run(folder, "backup", str(file))
        writer.rollback()
    run(again, "restore", str(file))
    assert names_in(again) == ["Rosa Fielden"]


def test_a_restored_node_says_nothing_until_it_may(folder: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "backup.tar.gz", tmp_path / "again"
    letters_that_did_not_go(folder)
    told = result(run(folder, "mail", "list"))
    assert (told["waiting"], told["said"]) == (1, "421 busy")
    assert [(one["state"], one["said"]) for one in told["not_sent"]] == [("failed", "550 no")]
    run(folder, "backup", str(file))
    run(again, "restore", str(file))
    assert result(run(again, "mail", "list"))["waiting"] == 0, "it may have gone since the backup"
    refused = run(again, "keys", "rotate", code=1)
    assert "restored from a backup" in refused.stderr
    checks = examined(again)
    assert checks["speaks"]["state"] == "failed"
    assert checks["speaks"]["remedy"] == f"rochdale go-on --data {again}"
    assert result(run(again, "go-on")) == {"ended": True}
    assert result(run(again, "go-on")) == {"ended": False}
    run(again, "keys", "rotate")


def test_what_was_erased_since_the_backup_is_erased_again(folder: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "backup.tar.gz", tmp_path / "again"
    run(folder, "backup", str(file))
    ErasureLog(folder).add({"somebody": FixedClock().now()})
    told = result(run(again, "restore", str(file), "--last-folder", str(folder)))
    assert told["erasures"] == 1
    assert ErasureLog(again).read().keys() == {"somebody"}


def test_a_folder_that_is_in_use_is_left_alone(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    run(folder, "backup", str(file))
    before = (folder / "rochdale.sqlite").read_bytes()
    assert "not empty" in run(folder, "restore", str(file), code=1).stderr
    with alone(load(folder, {})):
        assert "in use by process" in run(folder, "restore", str(file), code=1).stderr
    assert (folder / "rochdale.sqlite").read_bytes() == before


@pytest.mark.parametrize("harm", ["cut", "changed", "more", "climbing", "no backup"])
def test_a_harmed_backup_is_refused_whole(folder: Path, tmp_path: Path, harm: str) -> None:
    file, again = tmp_path / "backup.tar.gz", tmp_path / "again"
    run(folder, "backup", str(file))
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-2000])
    elif harm == "no backup":
        file.write_bytes(b"Dear diary")
    elif harm == "changed":
        content = gzip.decompress(file.read_bytes())
        assert content.count(b"a picture") == 1
        file.write_bytes(gzip.compress(content.replace(b"a picture", b"a forgery"), 1))
    else:
        repack(file, tmp_path, "data/more" if harm == "more" else "../climbed")
    assert str(file) in run(again, "restore", str(file), code=1).stderr
    assert not again.exists()
    assert [path.name for path in tmp_path.glob(".*")] == []
    assert not (tmp_path / "climbed").exists()


def test_doctor_says_what_is_wrong_and_how_to_put_it_right(folder: Path, tmp_path: Path) -> None:
    checks = examined(folder)
    assert checks["listens"]["remedy"] == f"rochdale serve --data {folder}"
    assert checks["backup"]["state"] == "failed"
    assert checks["backup"]["remedy"].startswith("rochdale backup ")
    assert checks["database"]["state"] == checks["disk"]["state"] == "ok"
    run(folder, "backup", str(tmp_path / "backup.tar.gz"))
    assert examined(folder)["backup"]["state"] == "ok"

    path = folder / "rochdale.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA foreign_keys=OFF")
        database.execute("DELETE FROM account")
        database.commit()
    harmed = examined(folder)["database"]
    assert harmed["state"] == "failed"
    assert "damaged" in harmed["said"]


def test_doctor_speaks_the_operators_language(folder: Path) -> None:
    command = ["doctor", "--data", str(folder)]
    told = CliRunner().invoke(main, command, env={"LC_ALL": "ar"}).stdout
    assert "\u2713 قاعدة البيانات: " in told
    assert "backup:" not in told.lower()


def test_an_upgrade_backs_up_and_tries_the_node(folder: Path) -> None:
    done = result(run(folder, "upgrade"))
    assert Path(done["backup"]["file"]).parent == folder / "backups"
    assert done["before"] == done["revision"]
    with alone(load(folder, {})):
        assert "served already" in run(folder, "upgrade", code=1).stderr


def test_an_upgrade_that_is_not_well_is_taken_back(folder: Path, clock: FixedClock) -> None:
    config = load(folder, {})

    async def harm(_config: object) -> None:
        with closing(sqlite3.connect(folder / "rochdale.sqlite")) as database:
            database.execute("UPDATE member SET name = 'Nobody'")
            database.commit()
        raise Conflict("its pages do not answer")

    with pytest.raises(Conflict, match=r"its pages do not answer\. The database is again"):
        asyncio.run(upgrade(config, harm, clock=clock))
    assert names_in(folder) == ["Rosa Whitworth"]
    assert not (folder / "restored.json").exists()


@pytest.mark.parametrize("release", releases.NAMES)
def test_a_coop_of_each_release_is_upgraded_and_really_tried(release: str, tmp_path: Path) -> None:
    config = releases.lay_out(release, tmp_path / "coop")
    done = result(run(config.data, "upgrade"))
    assert (done["before"], done["revision"]) == (done["backup"]["revision"], HEAD)
    assert stands_at(config.data) == HEAD


CRASHES: dict[str, Exception] = {
    "a defect": RuntimeError("no such thing\nand so on"),
    "a rule of the wire": MalformedDocument("That is no address."),
    "the network": Unreachable("http://here took too long to answer.", code="timed-out"),
}


@pytest.mark.parametrize("crash", CRASHES)
def test_a_new_program_that_crashes_leaves_the_coop_as_it_was(
    crash: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = releases.lay_out("0.1.0", tmp_path / "coop")

    async def crashing(*_given: object) -> None:
        assert stands_at(config.data) == HEAD
        raise CRASHES[crash]

    monkeypatch.setattr("ui.cli.upkeep.listen", crashing)
    monkeypatch.setattr("node.upgrading.log", structlog.get_logger())  # no stream is kept
    refused = run(config.data, "upgrade", code=1)
    told, (backup,) = refused.stderr, (config.data / "backups").iterdir()
    assert stands_at(config.data) == "0001_first"
    assert "The database is again what it was before." in told
    assert "Go back to the program of before (0.1.0)" in told
    assert f"The backup from before is {backup}." in told
    assert refused.stdout == ""
    if crash == "a defect":
        assert "not well: As the program says: RuntimeError: no such thing. The" in told
        assert "Traceback" in told, "in the log, for whoever mends it"


def test_a_migration_that_crashes_leaves_the_coop_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = releases.lay_out("0.1.0", tmp_path / "coop")

    def crashing(_connection: object) -> None:
        raise AssertionError("a migration broke references")

    monkeypatch.setattr("node.migrations._check_references", crashing)
    told = run(config.data, "upgrade", code=1).stderr
    assert stands_at(config.data) == "0001_first"
    [backup] = (config.data / "backups").iterdir()
    assert "is as it was: As the program says: AssertionError: a migration broke" in told
    assert f"The backup from before is {backup}." in told


def test_a_database_that_cannot_be_put_back_is_told_with_its_backup(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ui.cli.upkeep.listen", full)
    monkeypatch.setattr("node.backups.put_back", full)
    told = run(folder, "upgrade", code=1).stderr
    [backup] = (folder / "backups").iterdir()
    assert f"restore {backup} into a fresh folder" in told


def stands_at(data: Path) -> str:
    with closing(sqlite3.connect(data / "rochdale.sqlite")) as database:
        [[revision]] = database.execute("SELECT version_num FROM alembic_version")
    return str(revision)


def repack(file: Path, tmp_path: Path, more: str) -> None:
    """The same archive with one entry more, before the manifest."""
    unpacked = tmp_path / "unpacked"
    with tarfile.open(file) as tar:
        members = tar.getmembers()
        tar.extractall(unpacked, filter="data")
    (tmp_path / "more").write_text("more")
    with tarfile.open(file, "w:gz") as tar:
        tar.add(tmp_path / "more", more)
        for member in members:
            tar.add(unpacked / member.name, member.name)
    shutil.rmtree(unpacked)


def names_in(data: Path) -> list[str]:
    return [row["name"] for row in result(run(data, "member", "list"))]


def examined(data: Path) -> dict[str, Any]:
    done = CliRunner().invoke(main, ["doctor", "--data", str(data), "--json"])
    assert done.exit_code == 1  # nobody serves it
    told = json.loads(done.stdout)
    assert told["well"] is False
    return {check["check"]: check for check in told["checks"]}


def letters_that_did_not_go(data: Path) -> None:
    """One waits, one has failed."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
    row = {"kind": "confirm", "values": "{}", "tries": 1, "give_up_at": now, "created_at": now}
    waits = {"id": "1", "state": "waiting", "next_attempt_at": now, "error": "421 busy"}
    waits["failing_since"] = now
    failed = {"id": "2", "state": "failed", "ended_at": now, "error": "550 no"}
    with closing(sqlite3.connect(data / "rochdale.sqlite")) as database, database:
        for one in (row | waits, row | failed):
            names = ", ".join(f'"{name}"' for name in one)
            places = ", ".join("?" for _name in one)
            into = f"INSERT INTO mail_letter ({names}) VALUES ({places})"
            database.execute(into, list(one.values()))


def run(data: Path, *command: str, code: int = 0) -> Result:
    done = CliRunner().invoke(main, [*command, "--data", str(data), "--json"])
    assert done.exit_code == code, (done.stdout, done.stderr, done.exception)
    return done


def result(done: Result) -> Any:
    return json.loads(done.stdout)


@pytest.mark.postgres
async def test_a_node_on_postgresql_goes_from_one_database_to_another(
    folder: Path, tmp_path: Path, postgres_url: str, postgres_server: str
) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump: install Debian's postgresql-client")
    settings = folder / "rochdale.toml"
    settings.write_text(f'database_url = "{postgres_url}"\n{settings.read_text()}')
    file, again = tmp_path / "backup.tar.gz", tmp_path / "again"
    await administer(postgres_server, "CREATE DATABASE restored")
    empty = make_url(postgres_url).set(database="restored").render_as_string(hide_password=False)

    def there_and_back() -> None:
        run(folder, "member", "add", "Rosa Whitworth", "--class", "worker")
        made = result(run(folder, "backup", str(file)))
        assert (made["counted"], made["rows"] > 0) == (True, True)
        assert "--database" in run(again, "restore", str(file), code=1).stderr
        full = ("restore", str(file), "--database", postgres_url)
        assert "tables" in run(again, *full, code=1).stderr
        run(again, "restore", str(file), "--database", empty)
        assert names_in(again) == ["Rosa Whitworth"]
        assert examined(again)["speaks"]["state"] == "failed"

    await asyncio.to_thread(there_and_back)


def test_sqlite_is_for_one_process(folder: Path) -> None:
    assert "SQLite is for one" in run(folder, "serve", "--workers", "2", code=1).stderr
    with alone(load(folder, {})):
        assert "served already" in run(folder, "worker", code=1).stderr


def loaves(folder: Path, *numbers: int) -> Path:
    table = folder / "loaves.csv"
    lines = [f"{number},Loaf number {number}" for number in numbers]
    table.write_text("\n".join(["id,title", *lines]))
    return table
