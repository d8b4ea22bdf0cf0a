"""Overwriting bytes where they stand, so that no free page of the database file keeps them."""

from typing import Any

from sqlalchemy import ColumnExpressionArgument, LargeBinary, func, update
from sqlalchemy.orm import InstrumentedAttribute

from federation.storage.unit_of_work import UnitOfWork


async def blank(
    uow: UnitOfWork, column: InstrumentedAttribute[bytes], *which: ColumnExpressionArgument[bool]
) -> None:
    """Make a column of bytes empty in the rows that fit.

    SQLite overwrites a value of the same length in place, its overflow pages too; a value that is
    only cut or deleted leaves those as they were. PostgreSQL keeps old rows until its vacuum.
    """
    table: Any = column.class_
    if uow.dialect == "sqlite":
        zeros = func.zeroblob(func.length(column), type_=LargeBinary)
        await uow.execute(update(table).where(*which).values({column: zeros}))
    await uow.execute(update(table).where(*which).values({column: b""}))
