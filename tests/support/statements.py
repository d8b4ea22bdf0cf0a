"""What a database is asked meanwhile: to see that many cost no more than one."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

_MOMENT = "before_cursor_execute"


@contextmanager
def sql_meanwhile() -> Generator[list[str]]:
    """The SQL of each statement that goes to a database of this process, in its order."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(Engine, _MOMENT, note)
    try:
        yield asked
    finally:
        event.remove(Engine, _MOMENT, note)
