"""A power cut leaves a write-ahead log that ends anywhere: what is left is whole commits.

This stands in for a real cut: it says nothing about disks that lie about what they have written.
"""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, text

from tests.support.loaf import OpenDatabase

COMMITS = 60
LINES = Table("cut_line", MetaData(), Column("number", Integer), Column("copy", Integer))


@pytest.fixture
async def written(open_database: OpenDatabase, tmp_path: Path) -> tuple[Path, list[int]]:
    """A database after some commits of two rows each, and how long its log was after each."""
    path = tmp_path / "node.sqlite"
    database = await open_database(f"sqlite:///{path}")
    await database.write(lambda uow: uow.execute(text("CREATE TABLE cut_line (number, copy)")))
    await database.empty_log()
    ends = []
    for number in range(COMMITS):
        rows = [{"number": number, "copy": copy} for copy in (1, 2)]
        await database.write(lambda uow, rows=rows: uow.execute(insert(LINES), rows))
        ends.append(path.with_name(f"{path.name}-wal").stat().st_size)
    kept = tmp_path / "kept"
    kept.mkdir()
    for end in ("", "-wal"):
        shutil.copy(path.with_name(path.name + end), kept / f"cut.sqlite{end}")
    return kept, ends


def cut(kept: Path, folder: Path, length: int) -> list[tuple[int, int]]:
    """The rows that are there when the log was cut at that length."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)
    with (folder / "cut.sqlite-wal").open("r+b") as log:
        log.truncate(length)
    with closing(sqlite3.connect(folder / "cut.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return database.execute("SELECT number, copy FROM cut_line ORDER BY 1, 2").fetchall()


def check(written: tuple[Path, list[int]], folder: Path, cuts: int) -> None:
    kept, ends = written
    chance = random.Random(cuts)
    for _each in range(cuts):
        length = chance.randrange(ends[-1] + 1)
        rows = cut(kept, folder, length)
        whole = len([end for end in ends if end <= length])
        assert rows == [(number, copy) for number in range(whole) for copy in (1, 2)], length


async def test_a_log_cut_anywhere_holds_whole_commits_in_order(written, tmp_path) -> None:
    check(written, tmp_path / "cut", 150)


@pytest.mark.soak
async def test_a_log_cut_at_a_thousand_places_holds_whole_commits(written, tmp_path) -> None:
    check(written, tmp_path / "cut", 1000)
