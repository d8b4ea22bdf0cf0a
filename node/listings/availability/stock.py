"""Pieces: taken and given back with the order that they are for, never below zero.

Both update the listing's one row, so the reasons given in `holds` hold here too; what is taken is
subtracted by the database itself, under a check that forbids less than nothing. Where the pieces of
each kind or size are counted apart, they are read after that row was updated, and written with it.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import insert, or_, select, update

from federation.storage.unit_of_work import Reader, UnitOfWork
from node import limits
from node.errors import Conflict, InvalidInput
from node.i18n import _
from node.listings.availability.models import availability_table, stock_move_table
from node.listings.availability.rules import Availability
from node.listings.availability.stored import availability_of, in_turn

_a = availability_table.c
_m = stock_move_table.c


class Pieces(NamedTuple):
    """So many, and of which kind or size if any was chosen."""

    quantity: int
    variant: str | None = None


async def take_stock(
    uow: UnitOfWork, listing_id: str, quantity: int, ref: str, variant: str | None = None
) -> int | None:
    """Take pieces for `ref`; returns how many are left in all, None for any number.

    The same again changes nothing. Raises Conflict: "sold-out", or "ref-in-use" when the ref has
    taken another quantity; InvalidInput (`variant`) where kinds are counted apart and none is said.
    """
    _check(quantity)
    said = await in_turn(uow, listing_id)
    rows = await uow.rows(select(stock_move_table).where(_m.ref == ref))
    if rows and rows[0].returned_at is None:
        if (rows[0].listing_id, rows[0].quantity) != (listing_id, quantity):
            raise Conflict(_("Another quantity was taken for this already."), "ref-in-use")
        return await _left(uow, listing_id)
    wanted = Pieces(quantity, variant or (rows[0].variant if rows else None))
    left = await _take(uow, listing_id, said, wanted) if said else None
    row = {
        "listing_id": listing_id,
        "quantity": wanted.quantity,
        "variant": wanted.variant,
        "taken_at": uow.now,
        "returned_at": None,
    }
    if rows:
        await uow.execute(update(stock_move_table).where(_m.ref == ref).values(row))
    else:
        await uow.execute(insert(stock_move_table), [row | {"ref": ref}])
    return left


async def check_stock(reader: Reader, listing_id: str, pieces: Mapping[str, Pieces]) -> None:
    """Whether all these refs together could have so many each in place of what they took; takes
    nothing. What took as many already keeps them. Raises as `take_stock`."""
    for one in pieces.values():
        _check(one.quantity)
    said = await availability_of(reader, listing_id)
    if said is None or said.stock is None:
        return
    rows = await reader.rows(select(stock_move_table).where(_m.ref.in_(pieces)))
    moves = {row.ref: row for row in rows}
    own, wanted = Counter[str | None](), Counter[str | None]()
    for ref, one in pieces.items():
        move = moves.get(ref)
        variant = one.variant or (move.variant if move else None)
        if move is not None and move.returned_at is None:
            if Pieces(move.quantity, move.variant) == Pieces(one.quantity, variant):
                continue
            own[move.variant] += move.quantity
        wanted[variant] += one.quantity
    if not said.by_variant:
        _check_left(said.stock + own.total(), wanted.total())
        return
    for variant, many in wanted.items():
        _check_left(_left_of(said, variant) + own[variant], many)


async def return_stock(uow: UnitOfWork, ref: str) -> None:
    """Give back what was taken for `ref`, once; nothing happens if nothing was."""
    given_back = update(stock_move_table).where(_m.ref == ref, _m.returned_at.is_(None))
    rows = await uow.rows(
        given_back.values(returned_at=uow.now).returning(_m.listing_id, _m.quantity, _m.variant)
    )
    for listing_id, quantity, variant in rows:
        said = await in_turn(uow, listing_id)
        if said is not None and said.by_variant:
            await _count(uow, listing_id, said, variant, quantity)
        else:
            back = update(availability_table).where(_a.listing_id == listing_id)
            await uow.execute(back.values(stock=_a.stock + quantity))


async def _take(uow: UnitOfWork, listing_id: str, said: Availability, wanted: Pieces) -> int | None:
    if said.by_variant:
        _check_left(_left_of(said, wanted.variant), wanted.quantity)
        return await _count(uow, listing_id, said, wanted.variant, -wanted.quantity)
    enough = or_(_a.stock.is_(None), _a.stock >= wanted.quantity)
    taken = update(availability_table).where(_a.listing_id == listing_id, enough)
    left = await uow.rows(taken.values(stock=_a.stock - wanted.quantity).returning(_a.stock))
    if not left:
        raise _sold_out(await _left(uow, listing_id))
    stock: int | None = left[0].stock
    return stock


async def _count(
    uow: UnitOfWork, listing_id: str, said: Availability, variant: str | None, more: int
) -> int:
    """So many more of a kind; one that there is no longer is not counted. Peers are told anew, also
    where there are as many in all as they were told."""
    each = [(name, left + more * (name == variant)) for name, left in said.by_variant]
    stock = sum(left for _name, left in each)
    counted = update(availability_table).where(_a.listing_id == listing_id)
    await uow.execute(counted.values(by_variant=each, stock=stock, told_stock=None))
    return stock


def _left_of(said: Availability, variant: str | None) -> int:
    if variant is None:
        raise InvalidInput({"variant": [_("Choose one of these.")]})
    return dict(said.by_variant).get(variant, 0)


def _check(quantity: int) -> None:
    if not 1 <= quantity <= limits.STOCK_MOST:
        raise InvalidInput({"quantity": [_("Take at least one.")]})


def _check_left(left: int, wanted: int) -> None:
    if left < wanted:
        raise _sold_out(left)


async def _left(reader: Reader, listing_id: str) -> int | None:
    return await reader.scalar(select(_a.stock).where(_a.listing_id == listing_id))


def _sold_out(left: int | None) -> Conflict:
    if not left:
        return Conflict(_("This is sold out."), "sold-out")
    return Conflict(_("There are only %(left)s left.", left=left), "sold-out")
