"""When a neighbour's listing can be had: asked of its node, and remembered for a few minutes."""

from collections import OrderedDict
from datetime import date, datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from federation.ambient import Clock, is_over
from federation.errors import Unreachable
from federation.inbox.limits import Buckets
from federation.remote.documents import Documents
from federation.remote.single_flight import SingleFlight
from node import limits
from node.errors import NotFound
from node.i18n import _
from node.listings.availability.clocks import is_zone, midnight
from node.listings.availability.queries import check_days
from node.listings.availability.rules import FreeTime
from node.listings.availability.wire import read_times
from node.listings.views import MirrorView
from protocol.errors import MalformedDocument
from protocol.iri import authority_of
from protocol.vocabulary.free_times import free_times_uri, parse_free_times

_AROUND = timedelta(days=4)
"""Further from the days that were asked for lies nothing that can be had on them: the widest zones,
a night, a weekend. A peer may write any moment, also where clocks show no day."""


class NeighbourTimes(Struct, frozen=True):
    """What a peer says is free. asked_at: when it said so; zone: where its clock hangs."""

    times: tuple[FreeTime, ...]
    zone: str
    asked_at: datetime


class Asker(NamedTuple):
    """Who makes us ask: an account here, or the network that a visitor comes from."""

    name: str
    has_account: bool


OURSELVES = Asker("", has_account=True)


class Neighbours:
    """Asks for one node, and keeps the answers in memory; the peer checks a booking anyway."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._known: OrderedDict[str, NeighbourTimes] = OrderedDict()
        self._under_way: SingleFlight[NeighbourTimes] = SingleFlight()
        self._askers = _buckets(limits.FREE_TIMES_OF_ONE_ASKER)
        self._coops = _buckets(limits.FREE_TIMES_ASKED_A_MINUTE)

    async def free_times(
        self, mirror: MirrorView, first: date, last: date, asker: Asker = OURSELVES
    ) -> NeighbourTimes:
        """What of a peer's listing can be had from one day to another, both included.

        Any visitor makes us ask: of one coop we do so once for all who wait, and so often a minute
        for one asker, for all who have an account here, and for all others.
        Raises NotFound if the peer tells no times, InvalidInput for too many days, ProtocolError
        and FederationError when the peer cannot be asked or understood.
        """
        check_days(first, last)
        if mirror.free_times is None:
            raise NotFound(_("This coop does not tell when it can be had. Ask them."), "no-times")
        uri = free_times_uri(mirror.free_times, first, last)
        known = self._known.get(uri)
        now, kept_for = self._clock.now(), limits.FREE_TIMES_KEPT
        if known is not None and not is_over(known.asked_at, now, kept_for):
            return known
        told = await self._under_way.run(uri, lambda: self._ask(uri, mirror, first, last, asker))
        self._known[uri] = told
        self._known.move_to_end(uri)
        if len(self._known) > limits.FREE_TIMES_REMEMBERED:
            self._known.popitem(last=False)
        return told

    async def _ask(
        self, uri: str, mirror: MirrorView, first: date, last: date, asker: Asker
    ) -> NeighbourTimes:
        self._count(authority_of(uri), asker)
        wire = parse_free_times(await self._documents.fetch_normalised(uri))
        if wire.listing != mirror.uri:
            raise MalformedDocument(
                "These are the free times of another listing.", code="wrong-listing"
            )
        zone = wire.zone if wire.zone and is_zone(wire.zone) else "UTC"
        begins, ends = midnight(first) - _AROUND, midnight(last) + _AROUND
        times = (one for one in read_times(wire) if begins <= one.start and one.end <= ends)
        return NeighbourTimes(tuple(times), zone, self._clock.now())

    def _count(self, coop: str, asker: Asker) -> None:
        """Raises Unreachable when it was asked much lately."""
        now, share = self._clock.now(), "ours" if asker.has_account else "others"
        if self._askers.take(asker.name, now) or self._coops.take(f"{share} {coop}", now):
            raise Unreachable(f"{coop} was asked much for its free times", code="asked-much")


def _buckets(per_minute: int) -> Buckets:
    return Buckets(size=per_minute, per_minute=per_minute, names=limits.FREE_TIMES_REMEMBERED)
