"""Statements that every message needs: compiled once, then one trip to SQLite's thread each.

SQLAlchemy looks each use up, and makes a context, a cursor, a result and a greenlet for it: 100 µs,
200 where the statement is built anew, while the trip takes 20 and SQLite 5. PostgreSQL is asked
by SQLAlchemy.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVarTuple, cast

import msgspec
from sqlalchemy import BindParameter, Insert, Row, Table, TextClause, Update, insert
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import TextualSelect, TypedReturnsRows

from federation.storage.at_once import AtOnceConnection
from federation.storage.trips import trip

Ts = TypeVarTuple("Ts")
_Change = Callable[[Any], Any] | None
_LIST = re.compile(r"__\[POSTCOMPILE_\w+\]")
# One text for lists of any length: what SQLite has prepared of it is used again.
_AS_JSON = "SELECT value FROM json_each(?)"


class Prepared(Generic[*Ts]):
    """A statement to be used with `Reader.rows` and its like. What it is given has names."""

    def __init__(
        self,
        statement: TypedReturnsRows[*Ts] | TextualSelect | Insert | Update | TextClause,
        columns: Sequence[str] | None = None,
    ) -> None:
        """columns: of an INSERT, those that every row has."""
        self.statement = statement
        self._columns = columns
        self._answer = list(getattr(statement, "selected_columns", ()))
        self._on_sqlite: _Compiled | None = None

    @classmethod
    def inserting(cls, table: Table, *, without: Iterable[str] = ()) -> "Prepared[()]":
        """Of rows of a table that have all of its columns but these."""
        columns = [column.name for column in table.columns if column.name not in set(without)]
        return Prepared(insert(table), columns)

    async def rows(
        self, session: AsyncSession, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Sequence[Row[*Ts]]:
        """Do it, for each of a list of parameters; what it answers. Raises DBAPIError."""
        connection = session.sync_session.connection()  # open since the beginning: no waiting
        if connection.dialect.name != "sqlite" or _is_watched(connection):
            done: Any = await session.execute(self.statement, parameters)
            return cast(Sequence[Row[*Ts]], done.all() if self._answer else ())
        if session.new or session.dirty or session.deleted:
            await session.flush()  # what was changed before is seen, as SQLAlchemy has it
        if self._on_sqlite is None:
            made = self.statement.compile(dialect=connection.dialect, column_keys=self._columns)
            self._on_sqlite = _compiled(made, self._answer, connection.dialect)
        return cast(Sequence[Row[*Ts]], await self._on_sqlite.done(connection, parameters))


class _Compiled(NamedTuple):
    sql: str
    given: tuple[tuple[str, Any, _Change], ...]
    """For each question mark a name, a value unless one is given, and how SQLite stores it."""
    answer: SimpleResultMetaData
    changes: Any
    """The same for what comes back; None where all comes as it is."""

    async def done(
        self, connection: Connection, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Any:
        step: Any
        if isinstance(parameters, Mapping):
            step, stored = sqlite3.Cursor.execute, self._stored(parameters)
        else:
            step, stored = sqlite3.Cursor.executemany, list(map(self._stored, parameters))
        found = await self._tripped(connection, step, stored)
        keys = self.answer._key_to_index
        return [Row(self.answer, self.changes, keys, each) for each in found]

    async def _tripped(self, connection: Connection, step: Any, stored: Any) -> Any:
        driver: Any = connection.connection.driver_connection
        try:
            if isinstance(driver, AtOnceConnection):
                return trip(driver, step, self.sql, stored)[-1]
            return (await driver._execute(partial(trip, driver._conn, step, self.sql, stored)))[-1]
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                self.sql, (), error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
            ) from error

    def _stored(self, parameters: Mapping[str, Any]) -> list[Any]:
        return [
            value if change is None else change(value)
            for name, default, change in self.given
            for value in (parameters.get(name, default),)
        ]


def _compiled(made: Any, answer: Sequence[Any], dialect: Dialect) -> _Compiled:
    binds = [(name, made.binds[name]) for name in made.positiontup]
    changes = tuple(_kind(column, dialect).result_processor(dialect, None) for column in answer)
    return _Compiled(
        _LIST.sub(_AS_JSON, made.string),
        tuple((name, bind.value, _change_of(bind, dialect)) for name, bind in binds),
        SimpleResultMetaData([column.key for column in answer]),
        changes if any(changes) else None,
    )


def _change_of(bind: BindParameter[Any], dialect: Dialect) -> _Change:
    return _as_json if bind.expanding else _kind(bind, dialect).bind_processor(dialect)


def _kind(of: Any, dialect: Dialect) -> Any:
    return of.type.dialect_impl(dialect)


def _as_json(values: Sequence[Any]) -> str:
    return msgspec.json.encode(values).decode()


def _is_watched(connection: Connection) -> bool:
    """Whether somebody listens to each statement, whom SQLAlchemy tells."""
    return bool(connection.dispatch.before_cursor_execute)
