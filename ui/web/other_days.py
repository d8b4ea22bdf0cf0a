"""Whether other days can be had, looked at before they are proposed."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from federation.errors import FederationError
from node import listings
from node.agreements import Terms
from node.days import full_day
from node.errors import InvalidInput, NodeError
from node.i18n import _
from node.listings import MirrorView
from node.runtime import Node
from protocol.errors import ProtocolError


async def check(node: Node, before: Terms, terms: Terms) -> None:
    """Raises InvalidInput (`start`) for other times that the free ones which a neighbour tells rule
    out; what our own listings rule out, the preview refuses."""
    if terms.start is None or terms.end is None:
        return
    async with node.reading() as reader:
        mirror = await listings.mirror(reader, terms.lines[0].listing)
    if mirror is not None and mirror.kind == "stay" and mirror.free_times is not None:
        await _check_nights(node, mirror, before, terms)


async def _check_nights(node: Node, mirror: MirrorView, before: Terms, after: Terms) -> None:
    """Each night of the new ones is free there, or of those that are had already."""
    if after.start is None or after.end is None:
        return
    first, last = after.start.date(), after.end.date() - timedelta(days=1)
    try:
        told = await node.neighbours.free_times(mirror, first, max(first, last))
    except (FederationError, ProtocolError, NodeError):
        return  # they say so when they answer
    place = ZoneInfo(told.zone)
    free = {one.start.astimezone(place).date() for one in told.times}
    had = set(_nights(before, place))
    if taken := [day for day in _nights(after, place) if day not in free | had]:
        raise InvalidInput({"start": [_("It is not free on %(day)s.", day=full_day(taken[0]))]})


def _nights(terms: Terms, place: ZoneInfo) -> Iterator[date]:
    if terms.start is None or terms.end is None:
        return
    first, last = terms.start.astimezone(place).date(), terms.end.astimezone(place).date()
    for number in range((last - first).days):
        yield first + timedelta(days=number)
