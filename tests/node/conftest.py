"""A database with every table of the node, for tests of one slice without a server."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread, current_thread
from typing import Any

import pytest

import node.tables  # noqa: F401 - registers the tables
from federation.storage import Database
from node.places import gazetteer
from tests.support.loaf import OpenDatabase


@pytest.fixture
async def database(tmp_path: Path, open_database: OpenDatabase) -> Database:
    """A SQLite file with all tables: enough for what does not depend on the database."""
    return await open_database(f"sqlite:///{tmp_path / 'slice.sqlite'}")


@pytest.fixture
async def either_database(database_url: str, open_database: OpenDatabase) -> Database:
    """The same on SQLite and then on PostgreSQL, for races and for SQL that differs."""
    return await open_database(database_url)


@pytest.fixture
def reading_towns(monkeypatch: pytest.MonkeyPatch) -> list[Thread]:
    """The table of towns, as if nobody had asked for it yet: the threads that read and order it."""
    threads: list[Thread] = []
    numbers, in_order = gazetteer._numbers, gazetteer._in_order

    def noted(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def make_and_note(given: Any) -> Any:
            threads.append(current_thread())
            return make(given)

        return make_and_note

    monkeypatch.setattr(gazetteer, "_numbers", noted(numbers))
    monkeypatch.setattr(gazetteer, "_in_order", noted(in_order))
    gazetteer._towns.cache_clear()
    gazetteer._northward.cache_clear()
    return threads
