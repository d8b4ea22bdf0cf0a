"""The store: one database, one unit of work at a time, readers beside it.

`base` (column types), `address` (which database), `database` (opening, the write lane, retries),
`failures` (what an error of the driver means), `unit_of_work` (what a command is given), `company`
(several processes of one node).
"""

from federation.storage.base import Base, JsonColumn, RowNumber, UtcDateTime, metadata
from federation.storage.database import Database, Dialect
from federation.storage.failures import is_storage_failure
from federation.storage.topics import Topic
from federation.storage.unit_of_work import Reader, UnitOfWork

__all__ = [
    "Base",
    "Database",
    "Dialect",
    "JsonColumn",
    "Reader",
    "RowNumber",
    "Topic",
    "UnitOfWork",
    "UtcDateTime",
    "is_storage_failure",
    "metadata",
]
