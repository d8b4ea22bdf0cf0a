"""What an agreement takes of listings of ours: their time, their pieces.

What is held gives way at the deadline for the answer unless it is agreed by then. Each line holds
by a name of its own, so that a change of one moves that one.
"""

from collections import defaultdict
from datetime import datetime

from msgspec import Struct

from federation.storage import Reader, UnitOfWork
from node import listings
from node.agreements import numbers
from node.agreements import offered as offers
from node.agreements.terms import Line, Terms
from node.errors import InvalidInput
from node.i18n import _
from node.listings import Kind, Pieces


class _Taken(Struct, frozen=True):
    """What a line takes. ref: by which name it holds; variant: the kind or size, if it says one."""

    ref: str
    listing_id: str
    line: Line
    variant: str | None

    @property
    def is_goods(self) -> bool:
        return self.line.kind == Kind.GOODS

    @property
    def pieces(self) -> Pieces:
        """Raises InvalidInput."""
        if self.line.quantity != self.line.quantity.to_integral_value():
            raise InvalidInput({"quantity": [_("Pieces are whole: choose a whole number.")]})
        return Pieces(int(self.line.quantity), self.variant)


async def take(uow: UnitOfWork, agreement_id: str, terms: Terms, until: datetime | None) -> None:
    """Take what the terms need. Raises Conflict when somebody was quicker."""
    for one in await _taken(uow, agreement_id, terms):
        await _take(uow, one, terms, until)


async def check(reader: Reader, agreement_id: str, terms: Terms) -> None:
    """Whether an agreement could have all that terms need in place of what it took; takes nothing.
    Raises as `take`."""
    pieces = defaultdict[str, dict[str, Pieces]](dict)
    times = defaultdict[str, list[str]](list)
    for one in await _taken(reader, agreement_id, terms):
        if one.is_goods:
            pieces[one.listing_id][one.ref] = one.pieces
        else:
            times[one.listing_id].append(one.ref)
    for listing_id, wanted in pieces.items():
        await listings.check_stock(reader, listing_id, wanted)
    if terms.start is None or terms.end is None:
        return
    for listing_id, refs in times.items():
        await listings.check_free(reader, listing_id, refs, start=terms.start, end=terms.end)


async def keep(uow: UnitOfWork, agreement_id: str, terms: Terms) -> None:
    """Make firm what is held; taken anew if it gave way meanwhile. Raises Conflict."""
    await take_again(uow, agreement_id, terms, terms, until=None)
    for one in await _taken(uow, agreement_id, terms):
        if not one.is_goods and terms.start is not None:
            await listings.keep(uow, one.ref)


async def take_again(
    uow: UnitOfWork, agreement_id: str, before: Terms, after: Terms, until: datetime | None
) -> None:
    """Take what new terms need in place of what the old ones took. Raises Conflict."""
    taken = await _taken(uow, agreement_id, after)
    pairs = zip(await _taken(uow, agreement_id, before), taken, strict=True)
    for old, new in pairs:  # first: another line may need what one has less of
        if new.is_goods and old.pieces != new.pieces:
            await listings.return_stock(uow, new.ref)
    for one in taken:
        held = None if one.is_goods else await listings.holding(uow, one.ref)
        if held is not None and held.stands(uow.now) and after.start and after.end:
            await listings.move(uow, one.ref, after.start, after.end, until)
        else:
            await _take(uow, one, after, until)


async def give_back(uow: UnitOfWork, agreement_id: str, terms: Terms) -> None:
    """Give back all that was taken: others can have it at once."""
    for one in await _taken(uow, agreement_id, terms):
        if one.is_goods:
            await listings.return_stock(uow, one.ref)
        else:
            await listings.release(uow, one.ref)


async def _take(uow: UnitOfWork, one: _Taken, terms: Terms, until: datetime | None) -> None:
    if one.is_goods:
        many, variant = one.pieces
        await listings.take_stock(uow, one.listing_id, many, one.ref, variant)
    elif terms.start is not None and terms.end is not None:
        await listings.hold(
            uow, one.listing_id, ref=one.ref, start=terms.start, end=terms.end, until=until
        )


async def _taken(reader: Reader, agreement_id: str, terms: Terms) -> list[_Taken]:
    """What can be taken of listings of ours."""
    found = []
    for position, line in enumerate(_ours(reader, terms)):
        view = await listings.listing(reader, line.listing.rpartition("/")[2])
        if view is not None:
            named = numbers.named_by(line, offers.as_offered(view, reader.identities.coop.uri))
            ref = f"{agreement_id}:{position}"
            found.append(_Taken(ref, view.id, line, named.variant if named else None))
    return found


def _ours(reader: Reader, terms: Terms) -> list[Line]:
    """What can be taken of ours; the lines of one stay that cost differently take it once, and what
    is added takes nothing."""
    base = f"{reader.identities.base}/"
    found: dict[object, Line] = {}
    for at, line in enumerate(terms.lines):
        is_ours = line.listing.startswith(base) and not line.extra
        if is_ours and line.kind not in (Kind.REQUEST, Kind.OPENING):
            one = at if line.kind == Kind.GOODS else (line.listing, line.title, line.unit)
            found.setdefault(one, line)
    return list(found.values())
