"""The last look from outside: begun, noted as it goes on, and kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import delete, insert, select, update

from federation.storage import Reader, UnitOfWork
from federation.storage.base import table_of
from node import limits
from node.alerts.models import OutsideLook
from node.errors import Conflict
from node.i18n import LazyString, Text, _

_ONE = 1
_table = table_of(OutsideLook)


class Found(Struct, frozen=True):
    """One thing that was looked at. state: ok, failed or unknown. message: of its sentence."""

    check: str
    state: str
    message: str
    values: Mapping[str, str]
    remedy: str

    @property
    def said(self) -> Text:
        return LazyString(self.message, values=self.values)


class Look(Struct, frozen=True):
    """found: as far as it has come. ended_at: None while it goes on."""

    began_at: datetime
    ended_at: datetime | None
    found: Sequence[Found]
    is_lost: bool
    """It did not end within its time: the program was stopped."""

    @property
    def is_under_way(self) -> bool:
        return self.ended_at is None and not self.is_lost


async def last_look(reader: Reader) -> Look | None:
    """The last one that was begun."""
    rows = await reader.rows(select(_table))
    if not rows:
        return None
    [row] = rows
    is_lost = row.ended_at is None and reader.now - row.began_at > limits.OUTSIDE_LOOK
    found = [Found(**one) for one in row.found["findings"]]
    return Look(row.began_at, row.ended_at, found, is_lost)


async def begin_look(uow: UnitOfWork) -> None:
    """Raises Conflict while one is under way."""
    last = await last_look(uow)
    if last is not None and last.is_under_way:
        raise Conflict(_("This is being looked at already. Wait a moment."), "look-under-way")
    await uow.execute(delete(_table))
    row = {"id": _ONE, "began_at": uow.now, "ended_at": None, "found": {"findings": []}}
    await uow.execute(insert(_table), [row])


async def note_found(uow: UnitOfWork, found: Sequence[Found]) -> None:
    """Write down how far the look has come."""
    await uow.execute(update(_table).values(found={"findings": [asdict(one) for one in found]}))


async def end_look(uow: UnitOfWork) -> None:
    """All was looked at, or nothing more can be."""
    await uow.execute(update(_table).values(ended_at=uow.now))
