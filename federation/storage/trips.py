"""One trip to SQLite's thread for each statement.

SQLAlchemy's own cursor goes four times: for a cursor, the statement, its rows, the end of the
cursor. Each trip costs more than most of our statements, and in a busy process waits for its turn.
"""

import sqlite3
from collections import deque
from functools import partial
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    SQLiteExecutionContext_aiosqlite,
)
from sqlalchemy.util import await_


class OneTripCursor(AsyncAdapt_aiosqlite_cursor):
    """Has a statement done, all of its rows read and the driver's cursor closed, in the thread."""

    __slots__ = ("description", "lastrowid", "rowcount")

    def __init__(self, connection: AsyncAdapt_aiosqlite_connection) -> None:
        self._adapt_connection = connection
        self._connection = connection._connection
        self._rows = deque()
        self.description: Any = None
        self.lastrowid: Any = None
        self.rowcount = -1  # type: ignore[misc]  # there it is asked of the driver's cursor

    def execute(self, operation: Any, parameters: Any = None) -> None:
        """Raises what the driver raises; then the statement did nothing."""
        self._do(sqlite3.Cursor.execute, operation, parameters or ())

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        """One statement for many rows is one trip too."""
        self._do(sqlite3.Cursor.executemany, operation, seq_of_parameters)

    def close(self) -> None:
        """The driver's is closed already; this forgets the rows."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Asked for once the rows are read; nothing is open."""

    def _do(self, step: Any, operation: Any, parameters: Any) -> None:
        there = partial(trip, self._connection._conn, step, operation, parameters)
        try:
            done = await_(self._connection._execute(there))
        except Exception as error:  # noqa: BLE001  # whatever it is, there it is named
            self._adapt_connection._handle_exception(error)
        self.description, self.lastrowid, self.rowcount, self._rows = done  # type: ignore[misc]


class OneTripContext(SQLiteExecutionContext_aiosqlite):
    """What SQLAlchemy asks for a cursor, a statement at a time."""

    def create_default_cursor(self) -> Any:
        connection: Any = self._dbapi_connection.dbapi_connection
        return OneTripCursor(connection)


def trip(connection: sqlite3.Connection, step: Any, operation: Any, parameters: Any) -> Any:
    """What is done in the thread. step: of a cursor; answers what it describes, and all rows."""
    cursor = connection.cursor(sqlite3.Cursor)
    try:
        step(cursor, operation, parameters)
        rows = deque(cursor.fetchall() if cursor.description else ())
        return cursor.description, cursor.lastrowid, cursor.rowcount, rows
    finally:
        cursor.close()
