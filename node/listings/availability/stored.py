"""What listings say about their times, as it is kept."""

import hashlib
from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Row, select, update

from federation.storage.unit_of_work import Reader, UnitOfWork
from node.listings.availability.models import Way, availability_table
from node.listings.availability.rules import Availability

_a = availability_table.c


class Told(Struct, frozen=True):
    """What peers are told with a listing: whether it has free times to ask for; pieces left, and
    of each kind or size."""

    has_times: bool = False
    stock: int | None = None
    by_variant: tuple[tuple[str, int], ...] = ()


NOTHING = Told()
_NOTHING_SAID = "nothing"


def told_of(said: Availability | None) -> Told:
    """What peers are told of an availability."""
    if said is None:
        return NOTHING
    if said.way is not Way.STOCK:
        return Told(has_times=True)
    return Told(stock=said.stock, by_variant=said.by_variant)


async def availability_of(reader: Reader, listing_id: str) -> Availability | None:
    """What a listing of ours says about its times; None if nothing."""
    rows = await reader.rows(select(availability_table).where(_a.listing_id == listing_id))
    return _read_row(rows[0]) if rows else None


async def availabilities(reader: Reader, listing_ids: Collection[str]) -> dict[str, Availability]:
    """What each of these listings says; those that say nothing are left out."""
    rows = await reader.rows(select(availability_table).where(_a.listing_id.in_(listing_ids)))
    return {row.listing_id: _read_row(row) for row in rows}


async def in_turn(uow: UnitOfWork, listing_id: str) -> Availability | None:
    """Wait for, and take, the turn of this listing (see `holds`); what it says about its times."""
    taking = update(availability_table).where(_a.listing_id == listing_id)
    await uow.execute(taking.values(turn=_a.turn + 1))
    return await availability_of(uow, listing_id)


async def told_with(reader: Reader, listing_ids: Collection[str]) -> dict[str, Told]:
    """What peers are told with each of these listings; those that say nothing are left out."""
    said = await availabilities(reader, listing_ids)
    return {listing_id: told_of(one) for listing_id, one in said.items()}


def _read_row(row: Row[Any]) -> Availability:
    each = tuple((name, left) for name, left in row.by_variant or ())
    return replace(msgspec.convert(row.rules, Availability), stock=row.stock, by_variant=each)


def mark_of(said: Availability | None) -> str:
    """Tells what is said from anything else that was or could be: pieces that are left, too."""
    if said is None:
        return _NOTHING_SAID
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]


def stored_rules(said: Availability) -> dict[str, Any]:
    """The `rules` of a row: `_read_row` the other way round."""
    rules: dict[str, Any] = msgspec.to_builtins(replace(said, stock=None))
    del rules["by_variant"]
    return rules
