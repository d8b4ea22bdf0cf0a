"""move-database: to another database and back, and what stops it, as an operator types it."""

import asyncio
import errno
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from node.backups import Sum, moving
from node.errors import Conflict
from tests.ui.test_cli_upkeep import loaves, made, names_in, result, run

__all__ = ["made"]


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "loaf"))


@pytest.mark.postgres
async def test_a_database_moves_to_postgresql_and_back_with_every_row(
    folder: Path, tmp_path: Path, postgres_url: str
) -> None:
    back = f"sqlite:///{tmp_path / 'back.sqlite'}"

    def there_and_back() -> None:
        run(folder, "listings", "import", str(loaves(tmp_path, 1, 2)))
        there = moved(folder, postgres_url)
        assert (there["listing"]["rows"], there["member"]["rows"]) == (2, 1)
        refused = run(folder, "move-database", postgres_url, code=1).stderr
        assert "uses that database already" in refused
        # Row numbers go on after those that were copied.
        run(folder, "member", "add", "Noor Haddad", "--class", "user")
        run(folder, "listings", "import", str(loaves(tmp_path, 3, 4)))
        again = moved(folder, back)
        assert (again["search_entry"]["rows"], again["member"]["rows"]) == (4, 2)
        assert again["account"] == there["account"]
        assert (tmp_path / "back.sqlite").stat().st_mode & 0o777 == 0o600
        refused = run(folder, "move-database", postgres_url, code=1).stderr
        assert "There are tables in that database already" in refused
        assert names_in(folder) == ["Rosa Whitworth", "Noor Haddad"]

    await asyncio.to_thread(there_and_back)


def test_a_row_that_arrives_changed_stops_the_move(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal names the table; the settings stay, and no half database does."""
    settings, there = (folder / "rochdale.toml").read_text(), tmp_path / "there.sqlite"
    copy = moving._copy

    async def changing(source: Any, target: Any, table: Any, told: Any) -> Sum:
        held = await copy(source, target, table, told)
        if table.name == "member":
            await target.execute(update(table).values(name="Somebody else"))
        return held

    monkeypatch.setattr(moving, "_copy", changing)
    refused = run(folder, "move-database", f"sqlite:///{there}", code=1).stderr
    assert "member does not hold what it should (rows: 1 instead of 1)" in refused
    as_before(folder, settings, there)


def test_a_move_that_breaks_off_midway_leaves_everything_as_it_was(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a disk that is full; afterwards the same move goes through."""
    settings, there = (folder / "rochdale.toml").read_text(), tmp_path / "there.sqlite"
    copy, begun = moving._copy, []

    async def breaking(source: Any, target: Any, table: Any, told: Any) -> Sum:
        begun.append(table.name)
        if table.name == "member":
            raise OSError(errno.ENOSPC, "No space left on device")
        return await copy(source, target, table, told)

    with monkeypatch.context() as patch:
        patch.setattr(moving, "_copy", breaking)
        refused = run(folder, "move-database", f"sqlite:///{there}", code=1).stderr
    assert len(begun) > 1
    assert "could not be moved, and the node keeps the one that it has" in refused
    as_before(folder, settings, there)
    assert moved(folder, f"sqlite:///{there}")["member"]["rows"] == 1


@pytest.mark.postgres
async def test_on_postgresql_a_move_that_fails_leaves_an_empty_database(
    folder: Path, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (folder / "rochdale.toml").read_text()

    async def differing(_target: Any, sums: dict[str, Sum]) -> None:
        raise Conflict(f"{len(sums)} tables differ", "move-failed")

    def moved_badly() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(moving, "_compare", differing)
            run(folder, "move-database", postgres_url, code=1)
        as_before(folder, settings, tmp_path / "there.sqlite")
        assert moved(folder, postgres_url)["member"]["rows"] == 1  # else: tables there already

    await asyncio.to_thread(moved_badly)


def as_before(folder: Path, settings: str, there: Path) -> None:
    """A node whose database did not move."""
    assert (folder / "rochdale.toml").read_text() == settings
    assert list(there.parent.glob(f"{there.name}*")) == []
    assert names_in(folder) == ["Rosa Whitworth"]


def test_what_a_table_holds_is_summed_in_whatever_order() -> None:
    rows = [("1", None, 2), ("2", b"x", 3)]
    assert Sum().and_rows(rows) == Sum().and_rows(rows[1:]).and_rows(rows[:1])
    assert Sum().and_rows(rows) != Sum().and_rows([("1", None, 2), ("2", b"y", 3)])


def moved(data: Path, url: str) -> Any:
    return result(run(data, "move-database", url))["tables"]
