"""What you can ask about when a listing can be had."""

from datetime import date, timedelta

from federation.storage.unit_of_work import Reader
from node import limits
from node.errors import InvalidInput
from node.i18n import _
from node.listings.availability import rules
from node.listings.availability.clocks import Span, local_day, midnight
from node.listings.availability.holds import taken_in
from node.listings.availability.models import Way
from node.listings.availability.rules import Availability, FreeTime
from node.listings.availability.stored import availability_of

NEXT_DAYS = 14


async def free_times(
    reader: Reader, listing_id: str, first_day: date, last_day: date
) -> list[FreeTime]:
    """What of a listing of ours can be had from one day to another, both included, in order.

    Empty for one that says nothing about its times. Raises InvalidInput for too many days.
    """
    check_days(first_day, last_day)
    said = await availability_of(reader, listing_id)
    if said is None or said.way is Way.STOCK:
        return []
    return await _free(reader, listing_id, said, first_day, last_day)


async def next_free_times(
    reader: Reader, listing_id: str, said: Availability, most: int
) -> list[FreeTime]:
    """The first free times from now on, within the next two weeks that can be asked for."""
    if said.way is Way.STOCK:
        return []
    first = local_day(said.place, reader.now + timedelta(minutes=said.lead))
    found = await _free(reader, listing_id, said, first, first + timedelta(days=NEXT_DAYS))
    return rules.shortest(found)[:most]


def check_days(first_day: date, last_day: date) -> None:
    """Raises InvalidInput for days in the wrong order, or for more than are told at once."""
    most = limits.FREE_DAYS_AT_ONCE
    if not 0 <= (last_day - first_day).days < most:
        raise InvalidInput(
            {"to": [_("Ask for 1 to %(most)s days, from the earlier to the later.", most=most)]}
        )
    if not date.min.year + 1 < first_day.year < date.max.year - 1:
        raise InvalidInput({"from": [_("This day is too far away.")]})


async def _free(
    reader: Reader, listing_id: str, said: Availability, first: date, last: date
) -> list[FreeTime]:
    around = Span(midnight(first - timedelta(days=2)), midnight(last + timedelta(days=4)))
    taken = await taken_in(reader, listing_id, said, around)
    return rules.free_times(said, first, last, taken, reader.now)
