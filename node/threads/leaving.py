"""Somebody leaves: their conversations go with them, and what they said in those that others of
this coop share."""

from collections.abc import Awaitable, Callable

from sqlalchemy import ColumnElement, delete, select

from federation.storage import Reader, UnitOfWork
from node.threads.commands import erase, erase_quietly, withdraw
from node.threads.models import (
    PartyKind,
    Role,
    State,
    block_table,
    message_table,
    reading_table,
    side_table,
    thread_table,
)
from node.threads.queries import may_erase, sides_of
from node.threads.rules import Party, Seat

_t, _s, _m, _b = thread_table.c, side_table.c, message_table.c, block_table.c


async def leave(uow: UnitOfWork, account_id: str) -> list[str]:
    """Delete the conversations of somebody who leaves, and take back what they said in one that
    others of this coop share. Returns the addresses of conversations that peers were told about.
    """
    told = await _told(uow, account_id)
    await _end(uow, account_id, erase)
    return told


async def leave_again(uow: UnitOfWork, account_id: str) -> None:
    """The same after a restore, when peers were told long ago: nobody is told anew."""
    await _end(uow, account_id, erase_quietly)


async def _end(
    uow: UnitOfWork, account_id: str, end: Callable[[UnitOfWork, Seat], Awaitable[None]]
) -> None:
    seats = select(_s.thread_id, _s.role).join(thread_table, _t.id == _s.thread_id)
    for row in await uow.rows(seats.where(*_is_seat(account_id), _t.state != State.ERASED)):
        place = Seat(row.thread_id, Role(row.role), account_id)
        sides = await sides_of(uow, place.thread_id)
        if may_erase(sides[place.role], sides[place.other]):
            await end(uow, place)
        else:
            await _take_back(uow, place)
    await uow.execute(delete(reading_table).where(reading_table.c.account_id == account_id))
    key = Party(PartyKind.ACCOUNT, account_id).key
    await uow.execute(delete(block_table).where((_b.holder == key) | (_b.barred == key)))


async def _take_back(uow: UnitOfWork, place: Seat) -> None:
    """What one side said; the other one is of this coop too, so that no peer has to be told."""
    own = select(_m.id).where(_m.thread_id == place.thread_id, _m.role == place.role)
    for message_id in await uow.scalars(own.where(_m.withdrawn_at.is_(None))):
        await withdraw(uow, place, message_id)


async def _told(reader: Reader, account_id: str) -> list[str]:
    """Conversations of which another node has something that was not taken back yet."""
    said = (
        select(_t.uri)
        .join(side_table, _s.thread_id == _t.id)
        .join(message_table, (_m.thread_id == _t.id) & (_m.role == _s.role))
        .where(*_is_seat(account_id), _t.state != State.ERASED)
        .where(_m.activity_id.is_not(None), _m.withdrawn_at.is_(None))
    )
    return await reader.scalars(said.distinct().order_by(_t.uri))


def _is_seat(account_id: str) -> tuple[ColumnElement[bool], ...]:
    return _s.kind == PartyKind.ACCOUNT, _s.ref == account_id
