"""What an agreement takes of listings of ours: their time, their pieces.

What is held gives way at the deadline for the answer unless it is agreed by then. Each line holds
by a name of its own, so that a change of one moves that one.
"""

from collections import defaultdict
from datetime import datetime

from federation.storage import Reader, UnitOfWork
from node import listings
from node.agreements.terms import Line, Terms
from node.errors import InvalidInput
from node.i18n import _
from node.listings import Kind


async def take(uow: UnitOfWork, agreement_id: str, terms: Terms, until: datetime | None) -> None:
    """Take what the terms need. Raises Conflict when somebody was quicker."""
    for ref, listing_id, line in await _lines(uow, agreement_id, terms):
        if line.kind == Kind.GOODS:
            await listings.take_stock(uow, listing_id, _pieces(line), ref)
        elif terms.start is not None and terms.end is not None:
            await listings.hold(
                uow, listing_id, ref=ref, start=terms.start, end=terms.end, until=until
            )


async def check(reader: Reader, agreement_id: str, terms: Terms) -> None:
    """Whether an agreement could have all that terms need in place of what it took; takes nothing.
    Raises as `take`."""
    pieces = defaultdict[str, dict[str, int]](dict)
    times = defaultdict[str, list[str]](list)
    for ref, listing_id, line in await _lines(reader, agreement_id, terms):
        if line.kind == Kind.GOODS:
            pieces[listing_id][ref] = _pieces(line)
        else:
            times[listing_id].append(ref)
    for listing_id, wanted in pieces.items():
        await listings.check_stock(reader, listing_id, wanted)
    if terms.start is None or terms.end is None:
        return
    for listing_id, refs in times.items():
        await listings.check_free(reader, listing_id, refs, start=terms.start, end=terms.end)


async def keep(uow: UnitOfWork, agreement_id: str, terms: Terms) -> None:
    """Make firm what is held; taken anew if it gave way meanwhile. Raises Conflict."""
    await take_again(uow, agreement_id, terms, terms, until=None)
    for ref, _listing_id, line in await _lines(uow, agreement_id, terms):
        if line.kind != Kind.GOODS and terms.start is not None:
            await listings.keep(uow, ref)


async def take_again(
    uow: UnitOfWork, agreement_id: str, before: Terms, after: Terms, until: datetime | None
) -> None:
    """Take what new terms need in place of what the old ones took. Raises Conflict."""
    lines = await _lines(uow, agreement_id, before)
    pairs = list(zip(lines, _ours(uow, after), strict=True))
    for (ref, _listing_id, old), new in pairs:  # first: another line may need what one has less of
        if new.kind == Kind.GOODS and _pieces(old) != _pieces(new):
            await listings.return_stock(uow, ref)
    for (ref, listing_id, _old), new in pairs:
        if new.kind == Kind.GOODS:
            await listings.take_stock(uow, listing_id, _pieces(new), ref)
        elif after.start is not None and after.end is not None:
            held = await listings.holding(uow, ref)
            if held is not None and held.stands(uow.now):
                await listings.move(uow, ref, after.start, after.end)
            else:
                await listings.hold(
                    uow, listing_id, ref=ref, start=after.start, end=after.end, until=until
                )


async def give_back(uow: UnitOfWork, agreement_id: str, terms: Terms) -> None:
    """Give back all that was taken: others can have it at once."""
    for ref, _listing_id, line in await _lines(uow, agreement_id, terms):
        if line.kind == Kind.GOODS:
            await listings.return_stock(uow, ref)
        else:
            await listings.release(uow, ref)


async def _lines(reader: Reader, agreement_id: str, terms: Terms) -> list[tuple[str, str, Line]]:
    """Name, our id of the listing, and line, of what can be taken of ours."""
    found = []
    for position, line in enumerate(_ours(reader, terms)):
        view = await listings.listing(reader, line.listing.rpartition("/")[2])
        if view is not None:
            found.append((f"{agreement_id}:{position}", view.id, line))
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


def _pieces(line: Line) -> int:
    if line.quantity != line.quantity.to_integral_value():
        raise InvalidInput({"quantity": [_("Pieces are whole: choose a whole number.")]})
    return int(line.quantity)
