"""SQLite without its thread: for all that does not race.

What works in a thread in a running node works where it is asked for here (see
`federation.storage.at_once`): that takes half of the time. Who wants the threads, because two
writers are to meet, asks for the fixture `sqlite_in_threads`.
"""

import pytest
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.storage import database

_engines = database._sqlite_engines


def pytest_configure() -> None:
    """From now on connections have no thread."""
    database._sqlite_engines = _at_once


@pytest.fixture
def sqlite_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases that are opened from now on work in threads, as in a running node."""
    monkeypatch.setattr(database, "_sqlite_engines", _engines)


def _at_once(address: URL, **_given: bool) -> tuple[AsyncEngine, AsyncEngine]:
    return _engines(address, at_once=True)
