"""What queries and commands are given: a snapshot to read, or a transaction to write in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, TypeVarTuple, cast, overload

from sqlalchemy import Executable, Result, Row, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import TypedReturnsRows

from federation.ambient import Entropy, new_id
from federation.errors import Silent
from federation.storage import patience
from federation.storage.prepared import Prepared
from federation.storage.topics import Topic

if TYPE_CHECKING:
    from federation.identities import Identities

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Parameters = dict[str, Any] | Sequence[dict[str, Any]] | None


class Reader:
    """One consistent picture of the database. Queries take one; a UnitOfWork is one too."""

    def __init__(
        self,
        session: AsyncSession,
        *,
        dialect: Literal["sqlite", "postgresql"],
        identities: Identities,
        now: datetime,
        is_silent: bool = False,
    ) -> None:
        self.session = session
        self.dialect = dialect
        self.identities = identities
        self.is_silent = is_silent
        """Nothing may be signed here."""
        self.now = now
        """When this reading or writing began; the same for all that happens in it."""

    @overload
    async def execute(
        self, statement: TypedReturnsRows[*Ts], parameters: Parameters = None
    ) -> Result[*Ts]: ...
    @overload
    async def execute(
        self, statement: Executable, parameters: Parameters = None
    ) -> Result[*tuple[Any, ...]]: ...
    async def execute(self, statement: Executable, parameters: Parameters = None) -> Any:
        """Run a statement; a list of parameters runs it once per row in one call."""
        return await self.session.execute(statement, parameters)

    async def scalar(
        self, statement: TypedReturnsRows[T], parameters: Parameters = None
    ) -> T | None:
        """The first column of the first row, or None."""
        return await self.session.scalar(statement, parameters)

    async def scalars(
        self, statement: TypedReturnsRows[T], parameters: Parameters = None
    ) -> list[T]:
        """The first column of every row."""
        return list(await self.session.scalars(statement, parameters))

    def within(self, seconds: float) -> AbstractAsyncContextManager[None]:
        """Whatever is asked of the database inside may take so long. Raises TookTooLong."""
        return patience.within(self.session, seconds)

    async def ping(self) -> None:
        """Ask the database for nothing: an error says that it is away."""
        await self.session.execute(text("SELECT 1"))

    async def rows(
        self, statement: TypedReturnsRows[*Ts] | Prepared[*Ts], parameters: Parameters = None
    ) -> Sequence[Row[*Ts]]:
        """Every row."""
        if isinstance(statement, Prepared):
            found: Any = await statement.rows(self.session, parameters or {})
            return cast(Sequence[Row[*Ts]], found)
        return (await self.session.execute(statement, parameters)).all()


class UnitOfWork(Reader):
    """One transaction. Commands take it first and never commit: who opened it does, or nobody.

    It may be run again from the start (PostgreSQL): nothing but the database and `after_commit`
    may be touched inside.
    """

    def __init__(
        self,
        session: AsyncSession,
        *,
        dialect: Literal["sqlite", "postgresql"],
        identities: Identities,
        now: datetime,
        entropy: Entropy,
        is_silent: bool = False,
    ) -> None:
        super().__init__(
            session, dialect=dialect, identities=identities, now=now, is_silent=is_silent
        )
        self.entropy = entropy
        self.callbacks: list[Callable[[], None]] = []
        self.told: set[Topic] = set()
        """What is heard once this is committed."""

    async def run(self, statement: Prepared[()], parameters: Parameters) -> None:
        """Do what answers nothing, for each of a list of parameters."""
        await statement.rows(self.session, parameters or {})

    def new_id(self) -> str:
        """A fresh public id."""
        return new_id(self.now, self.entropy)

    def expect_voice(self) -> None:
        """Nothing is signed for others while the node is silent. Raises Silent."""
        if self.is_silent:
            raise Silent

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` once when everything is safely stored; never after a rollback."""
        self.callbacks.append(callback)

    def wake_deliveries(self) -> None:
        """After the commit, let this process bring at once what is due to peers."""
        self.told.add(Topic.DELIVERIES)

    def wake_workers(self) -> None:
        """After the commit, let the workers of all processes look for work at once."""
        self.told.add(Topic.WORK)

    def tell(self, topic: Topic) -> None:
        """After the commit, let those hear of it for whom it is."""
        self.told.add(topic)

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """A part that can fail alone: what it wrote and announced is taken back, the rest stays."""
        kept = len(self.callbacks)
        try:
            async with self.session.begin_nested():
                await self.session.connection()  # SQLAlchemy would begin it with its own first use
                yield
        except BaseException:
            del self.callbacks[kept:]
            raise
