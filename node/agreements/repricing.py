"""Terms at other times, or for more guests, counted anew: as many nights as there are, each at what
it costs. What somebody sets by hand in the same revision stays as they set it, and a price that was
agreed stays the price of one.
"""

import itertools
from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from federation.storage import Reader
from node.agreements import counting, drafting, numbers, several
from node.agreements import offered as offers
from node.agreements.drafting import Revision
from node.agreements.offered import Offered
from node.agreements.sides import Role
from node.agreements.terms import Line, Terms
from node.money import Money


async def revised(reader: Reader, terms: Terms, revision: Revision, role: Role | None) -> Terms:
    """The next version of terms. role: who revises; the customer keeps to the numbers that the
    listing takes, as when they asked. Raises InvalidInput."""
    after = await _revised(reader, terms, revision)
    if role is Role.CUSTOMER:
        await numbers.check(reader, terms, after)
    return after


async def _revised(reader: Reader, terms: Terms, revision: Revision) -> Terms:
    after = drafting.revised(terms, revision)
    if revision.pickup is not None:
        known = await _known(reader, terms)
        after = replace(after, pickup=several.pickup_of(known, revision.pickup))
    if (after.start, after.end, after.guests) == (terms.start, terms.end, terms.guests):
        return drafting.with_lines(after, after.lines, revision)
    if after.guests != terms.guests:
        await _check_guests(reader, after)
    by_hand = {at for at, _said in (*revision.quantities, *revision.prices)}
    lines: list[Line] = []
    for places in _things(terms.lines):
        kept = [after.lines[at] for at in places]
        is_free = by_hand.isdisjoint(places) and not kept[0].extra
        lines += await _counted(reader, terms, after, kept) if is_free else kept
    return drafting.with_lines(after, tuple(lines), revision)


async def _check_guests(reader: Reader, terms: Terms) -> None:
    """As many as the listings have room for, whatever became of them since. Raises InvalidInput."""
    lines = [line for line in terms.lines if not line.extra]
    if known := await _known(reader, terms):
        several.check_guests(known, terms.guests, {line.unit for line in lines})


async def _known(reader: Reader, terms: Terms) -> list[Offered]:
    return await offers.known(reader, {line.listing for line in terms.lines if not line.extra})


def _things(lines: tuple[Line, ...]) -> Iterator[list[int]]:
    """The places of the lines of one thing, which differ in what one of it costs."""

    def thing(at: int) -> tuple[object, ...]:
        line = lines[at]
        return line.listing, line.extra, line.title, line.unit

    for _same, places in itertools.groupby(range(len(lines)), thing):
        yield list(places)


async def _counted(reader: Reader, before: Terms, after: Terms, lines: list[Line]) -> list[Line]:
    """The lines of one thing; as they are where the times did not say how much of it."""
    head = lines[0]
    found = numbers.named_by(head, await numbers.find(reader, head.listing))
    if sum(line.quantity for line in lines) != counting.by_times(head, before):
        return lines
    if found and found.by_season and {line.prices for line in lines} <= _amounts(found):
        times = (after.start, after.end, after.time_zone, after.guests)
        return [
            replace(head, quantity=many, prices=offers.line(at, many, None).prices)
            for at, many in counting.counted(found, None, *times)
        ]
    return lines if len(lines) > 1 else [replace(head, quantity=counting.by_times(head, after))]


def _amounts(found: Offered) -> set[tuple[Money, ...]]:
    """What one of it costs on any day."""
    price = found.price
    if price is None or price.amount is None:
        return set()
    amounts = {price.amount, *(one.amount for one in price.seasons)}
    flat = (counting.flat(found, price, one) for one in amounts)
    return {offers.line(one, Decimal(1), None).prices for one in flat}
