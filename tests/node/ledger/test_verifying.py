"""Whoever changes the tables behind the program's back is found out, and the first change named."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from node import ledger
from tests.support import books as checker
from tests.support.asking import read

THIRD = 3
ENTRY = (
    *("id", "day", "period", "recipe", "source", "party", "by", "at", "policy_versions"),
    *("content_digest", "previous", "digest"),
)
POSTING = ("account_id", "currency")


@contextmanager
def behind_its_back(path: Path) -> Iterator[sqlite3.Connection]:
    """The file itself, without the program: no references are checked here."""
    with closing(sqlite3.connect(path / "slice.sqlite", isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = OFF")
        yield file


def flipped(value: Any) -> Iterator[Any]:
    """The value with each of its bytes changed by one bit, one after another."""
    data = value if isinstance(value, bytes) else value.encode()
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        yield changed if isinstance(value, bytes) else changed.decode("latin-1")


async def blamed(database) -> int | None:
    verdict = await read(database, ledger.verify)
    return verdict.fault.seq if verdict.fault else None


async def test_books_that_nobody_touched_hold(books):
    verdict = await read(books, ledger.verify)
    [[last], _more] = await read(books, ledger.entries, limit=1)
    assert (verdict.entries, verdict.head, verdict.fault) == (6, last.digest, None)
    assert await checker.faults(books) == []


async def test_books_without_an_entry_hold(database):
    assert (await read(database, ledger.verify)).entries == 0
    assert await checker.faults(database) == []


@pytest.mark.parametrize("column", ENTRY)
async def test_any_byte_of_an_entry_that_changes_is_found(books, tmp_path, column):
    with behind_its_back(tmp_path) as file:
        select = f'SELECT "{column}" FROM ledger_entry WHERE seq = ?'
        [(before,)] = file.execute(select, [THIRD])
        change = f'UPDATE ledger_entry SET "{column}" = ? WHERE seq = ?'
        for value in flipped(before):
            if column == "at" and value.replace("!", " ") == before:
                continue  # another sign between day and hour: the moment is the same
            file.execute(change, [value, THIRD])
            assert await blamed(books) == THIRD, value
        file.execute(change, [before, THIRD])
    assert await blamed(books) is None


@pytest.mark.parametrize("column", POSTING)
async def test_any_byte_of_a_line_that_changes_is_found(books, tmp_path, column):
    with behind_its_back(tmp_path) as file:
        select = f"SELECT {column} FROM ledger_posting WHERE entry_seq = ? AND line = 1"
        [(before,)] = file.execute(select, [THIRD])
        for value in flipped(before):
            file.execute(
                f"UPDATE ledger_posting SET {column} = ? WHERE entry_seq = ? AND line = 1",
                [value, THIRD],
            )
            assert await blamed(books) == THIRD, value


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_posting SET amount = amount + 1 WHERE entry_seq = 3 AND line = 1",
        "UPDATE ledger_posting SET amount = amount * 2 WHERE entry_seq = 3",
        "UPDATE ledger_posting SET amount = 'much' WHERE entry_seq = 3 AND line = 2",
        "UPDATE ledger_posting SET scale = 3 WHERE entry_seq = 3",
        "UPDATE ledger_posting SET line = 9 WHERE entry_seq = 3 AND line = 2",
        "UPDATE ledger_posting SET entry_seq = 4, line = 9 WHERE entry_seq = 3 AND line = 2",
        "DELETE FROM ledger_posting WHERE entry_seq = 3",
        "INSERT INTO ledger_posting SELECT entry_seq, line + 7, account_id, amount, currency, scale"
        " FROM ledger_posting WHERE entry_seq = 3",
        "UPDATE ledger_entry SET reverses = id WHERE seq = 3",
        "UPDATE ledger_entry SET policy_versions = '[1]' WHERE seq = 3",
        "UPDATE ledger_entry SET at = 'yesterday' WHERE seq = 3",
        "UPDATE ledger_entry SET source = CAST(x'ff' AS TEXT) WHERE seq = 3",
        "UPDATE ledger_entry SET seq = 70 WHERE seq = 3",
        "DELETE FROM ledger_entry WHERE seq = 3",
        "UPDATE ledger_entry SET sealed = x'00' WHERE seq = 3",
        "UPDATE ledger_account SET code = 'assets:fees' WHERE code = 'income:platform-fees'",
        "UPDATE ledger_account SET fund = 'reserve' WHERE code = 'income:platform-fees'",
        "UPDATE ledger_account SET party = 'me' WHERE code = 'income:platform-fees'",
    ],
)
async def test_a_change_is_found_by_both_checkers_and_the_first_entry_named(
    books, tmp_path, change
):
    with behind_its_back(tmp_path) as file:
        assert file.execute(change).rowcount > 0
    assert await blamed(books) == THIRD
    is_legible = not any(word in change for word in ("CAST", "yesterday", "much"))
    if is_legible:
        assert await checker.faults(books) != []


async def test_an_entry_rewritten_with_its_digest_shows_in_the_next(books, tmp_path):
    verdict = await read(books, ledger.verify)
    with behind_its_back(tmp_path) as file:
        file.execute("UPDATE ledger_entry SET digest = zeroblob(32) WHERE seq = 2")
        file.execute("UPDATE ledger_entry SET previous = zeroblob(32) WHERE seq = 3")
    assert verdict.fault is None
    assert await blamed(books) == 2


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM ledger_entry WHERE seq = 6",
        "UPDATE ledger_head SET seq = 7",
        "UPDATE ledger_head SET digest = zeroblob(32)",
        "DELETE FROM ledger_head",
    ],
)
async def test_an_end_that_was_cut_off_is_found(books, tmp_path, change):
    with behind_its_back(tmp_path) as file:
        file.execute(change)
    assert await blamed(books) in (6, 7)
    assert await checker.faults(books) != []


async def test_lines_without_an_entry_are_found(books, tmp_path):
    with behind_its_back(tmp_path) as file:
        file.execute(
            "INSERT INTO ledger_posting SELECT 99, line, account_id, amount, currency, scale"
            " FROM ledger_posting WHERE entry_seq = 3"
        )
    assert await blamed(books) == 7
    assert await checker.faults(books) != []
