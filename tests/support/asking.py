"""One command in a unit of work of its own, or one query on a picture of its own.

await write(database, members.add_member, name="Rosa")
await coop.read(members.members)
"""

from collections.abc import Awaitable, Callable
from typing import Any

from federation.storage import Database

Work = Callable[..., Awaitable[Any]]
"""A command or a query: takes a unit of work or a reader, and more."""


async def write(database: Database, command: Work, /, *given: Any, **named: Any) -> Any:
    return await database.write(lambda uow: command(uow, *given, **named))


async def read(database: Database, query: Work, /, *given: Any, **named: Any) -> Any:
    async with database.reading() as reader:
        return await query(reader, *given, **named)


class Asking:
    """Whoever has a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def write(self, command: Work, /, *given: Any, **named: Any) -> Any:
        return await write(self.database, command, *given, **named)

    async def read(self, query: Work, /, *given: Any, **named: Any) -> Any:
        return await read(self.database, query, *given, **named)
