"""The store: one database, one unit of work at a time, readers beside it.

`base` (column types), `database` (opening, the write lane, retries), `unit_of_work` (what a
command is given).
"""

from federation.storage.base import Base, JsonColumn, RowNumber, UtcDateTime, metadata
from federation.storage.database import Database, Dialect, is_storage_failure
from federation.storage.unit_of_work import Reader, UnitOfWork

__all__ = [
    "Base",
    "Database",
    "Dialect",
    "JsonColumn",
    "Reader",
    "RowNumber",
    "UnitOfWork",
    "UtcDateTime",
    "is_storage_failure",
    "metadata",
]
