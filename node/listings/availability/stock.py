"""Pieces: taken and given back with the order that they are for, never below zero.

Both update the listing's one row, so the reasons given in `holds` hold here too; what is taken is
subtracted by the database itself, under a check that forbids less than nothing.
"""

from collections.abc import Mapping

from sqlalchemy import func, insert, or_, select, update

from federation.storage.unit_of_work import Reader, UnitOfWork
from node import limits
from node.errors import Conflict, InvalidInput
from node.i18n import _
from node.listings.availability.models import availability_table, stock_move_table
from node.listings.availability.stored import availability_of

_a = availability_table.c
_m = stock_move_table.c


async def take_stock(uow: UnitOfWork, listing_id: str, quantity: int, ref: str) -> int | None:
    """Take pieces for `ref`; returns how many are left, None for any number.

    The same again changes nothing. Raises Conflict: "sold-out", or "ref-in-use" when the ref has
    taken another quantity.
    """
    _check(quantity)
    enough = or_(_a.stock.is_(None), _a.stock >= quantity)
    taken = update(availability_table).where(_a.listing_id == listing_id)
    await uow.execute(taken.values(turn=_a.turn + 1))
    rows = await uow.rows(select(stock_move_table).where(_m.ref == ref))
    if rows and rows[0].returned_at is None:
        if (rows[0].listing_id, rows[0].quantity) != (listing_id, quantity):
            raise Conflict(_("Another quantity was taken for this already."), "ref-in-use")
        return await _left(uow, listing_id)
    left = await uow.rows(taken.where(enough).values(stock=_a.stock - quantity).returning(_a.stock))
    if not left and await availability_of(uow, listing_id) is not None:
        raise _sold_out(await _left(uow, listing_id))
    row = {"listing_id": listing_id, "quantity": quantity, "taken_at": uow.now, "returned_at": None}
    if rows:
        await uow.execute(update(stock_move_table).where(_m.ref == ref).values(row))
    else:
        await uow.execute(insert(stock_move_table), [row | {"ref": ref}])
    return left[0].stock if left else None


async def check_stock(reader: Reader, listing_id: str, pieces: Mapping[str, int]) -> None:
    """Whether all these refs together could have so many each in place of what they took; takes
    nothing. Raises as `take_stock`."""
    for quantity in pieces.values():
        _check(quantity)
    own = select(func.sum(_m.quantity)).where(_m.ref.in_(pieces), _m.returned_at.is_(None))
    left = await _left(reader, listing_id)
    if left is not None and (most := left + (await reader.scalar(own) or 0)) < sum(pieces.values()):
        raise _sold_out(most)


async def return_stock(uow: UnitOfWork, ref: str) -> None:
    """Give back what was taken for `ref`, once; nothing happens if nothing was."""
    given_back = update(stock_move_table).where(_m.ref == ref, _m.returned_at.is_(None))
    rows = await uow.rows(
        given_back.values(returned_at=uow.now).returning(_m.listing_id, _m.quantity)
    )
    for listing_id, quantity in rows:
        back = update(availability_table).where(_a.listing_id == listing_id)
        await uow.execute(back.values(stock=_a.stock + quantity, turn=_a.turn + 1))


def _check(quantity: int) -> None:
    if not 1 <= quantity <= limits.STOCK_MOST:
        raise InvalidInput({"quantity": [_("Take at least one.")]})


async def _left(reader: Reader, listing_id: str) -> int | None:
    return await reader.scalar(select(_a.stock).where(_a.listing_id == listing_id))


def _sold_out(left: int | None) -> Conflict:
    if not left:
        return Conflict(_("This is sold out."), "sold-out")
    return Conflict(_("There are only %(left)s left.", left=left), "sold-out")
