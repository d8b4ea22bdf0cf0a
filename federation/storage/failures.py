"""What an error of the database driver means: lost a race, out of reach, or a fault of ours."""

from typing import overload

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from federation.errors import StorageUnavailable

_NOTHING_LEFT = ("disk I/O error", "out of memory", "Error creating function")
"""SQLite's words when a quota or a limit is met, or the disk fails; the last as it connects."""
LOCKED = "The database is busy with another change; try again soon."
_FULL = "The disk is full: nothing more can be stored until space is made."
_DISK_FULL = "53100"  # disk_full, of PostgreSQL
_LOST_A_RACE = {"40001", "40P01"}  # serialization_failure, deadlock_detected
# Classes of SQLSTATE: cardinality, data, integrity, syntax, check option, program limit. By its
# class alone a value that does not fit looks like any other error of asyncpg.
_OF_CONTENT = {"21", "22", "23", "42", "44", "54"}


def lost_a_race(error: BaseException) -> bool:
    """PostgreSQL could not order this transaction among the others: run it again."""
    return _sqlstate(error) in _LOST_A_RACE


def is_storage_failure(error: Exception) -> bool:
    """Busy, full, away, or a lost race: the database's state, not the content of what was tried."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError)
    if state := _sqlstate(error):
        return state[:2] not in _OF_CONTENT
    return not isinstance(error, IntegrityError | DataError | ProgrammingError)


@overload
def unavailable(error: OSError) -> StorageUnavailable: ...
@overload
def unavailable(error: DBAPIError) -> StorageUnavailable | None: ...
def unavailable(error: DBAPIError | OSError) -> StorageUnavailable | None:
    """What a failing database means for people, or None when the fault is in the statement."""
    if isinstance(error, OSError):
        return StorageUnavailable(f"The database cannot be reached: {error}.", code="storage-away")
    cause, state = str(error.orig), _sqlstate(error) or ""
    if "database is locked" in cause:
        return StorageUnavailable(LOCKED)
    if "database or disk is full" in cause or state == _DISK_FULL:
        return StorageUnavailable(_FULL, code="storage-full")
    if any(words in cause for words in _NOTHING_LEFT):
        return StorageUnavailable(
            "The disk or the memory of this computer does not give what the database needs.",
            code="storage-failing",
        )
    if "unable to open database file" in cause:
        return StorageUnavailable(
            "The database file cannot be opened: this user must be able to write to it and to "
            "its folder.",
            code="storage-away",
        )
    if error.connection_invalidated or state[:2] in {"08", "53", "57"}:
        return StorageUnavailable("The database went away; try again soon.", code="storage-away")
    return None


def _sqlstate(error: BaseException) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)
