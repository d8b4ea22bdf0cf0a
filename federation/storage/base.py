"""Tables and column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from itertools import chain
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

_ON_POSTGRESQL = "where-on-postgresql"

# Names by rule, so that a migration can name what it drops on either database.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment; stored as UTC, refused without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Text, not JSONB: documents keep their members in the order received, and are never searched into.
JsonColumn = JSON(none_as_null=True)

# A rising row number that orders a queue. It never leaves the database: public ids are ULIDs.
RowNumber = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Parent of every table of the program."""

    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: Text(),
        bytes: LargeBinary(),
        datetime: UtcDateTime(),
        dict[str, Any]: JsonColumn,
        list[str]: JsonColumn,
    }


def partial_index(name: str, *columns: str, where: str, on_postgresql: str = "") -> Index:
    """An index of only those rows that meet a condition, on either database.

    An option by PostgreSQL's name would have SQLAlchemy load its dialect, which is 2 MB, on every
    node: see `add_conditions`. on_postgresql: the condition as it is written there, if otherwise.
    """
    there = {_ON_POSTGRESQL: on_postgresql or where}
    return Index(name, *columns, sqlite_where=text(where), info=there)


def add_conditions() -> None:
    """Let the partial indexes be so on PostgreSQL, too: before they are made, or written into a
    migration."""
    for index in chain.from_iterable(table.indexes for table in metadata.tables.values()):
        if condition := index.info.get(_ON_POSTGRESQL):
            index.dialect_options["postgresql"]["where"] = text(condition)


@event.listens_for(metadata, "before_create")
def _before_create(_target: MetaData, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "postgresql":
        add_conditions()


def table_of(model: type[Base]) -> Table:
    """A model's table, for statements on lists of rows: the ORM costs ten times as much there."""
    return cast(Table, model.__table__)


__all__ = [
    "Base",
    "JsonColumn",
    "RowNumber",
    "UtcDateTime",
    "add_conditions",
    "metadata",
    "partial_index",
    "table_of",
]
