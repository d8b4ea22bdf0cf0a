"""When a listing can be had, by API: hours as text, lengths in minutes, moments in UTC."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from msgspec import Meta, Struct

from node import limits, listings
from node.errors import InvalidInput, NotFound
from node.i18n import _
from node.listings import (
    Availability,
    Closed,
    ListingView,
    OtherDay,
    Shift,
    Way,
    Weekly,
    time_words,
)
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.listings import own_listing, shown
from ui.web.pace import asker_of
from ui.web.when import WEEKDAYS

table = EndpointTable()
T = TypeVar("T")

Clock = Annotated[str, Meta(max_length=5, description="15:00")]
HoursText = Annotated[str, Meta(max_length=300, description="09:00-12:00, 14:00-18:00")]
Minutes = Annotated[int, Meta(ge=0, le=200_000)]
Number = Annotated[int, Meta(ge=0, le=1_000_000)]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ShiftTimes(Struct, frozen=True, forbid_unknown_fields=True):
    """Hours on a date and every so many weeks after it."""

    first: date
    weeks: Annotated[int, Meta(ge=1, le=limits.SHIFT_WEEKS_MOST)]
    hours: HoursText


class ClosedDays(Struct, frozen=True, forbid_unknown_fields=True):
    first: date
    last: date


class Times(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """way: slots (service, lend), nights (stay), days (lend), stock (goods). slot, before, after,
    lead: minutes. lengths: minutes to choose from, in place of whole slots. least, most: slots,
    nights or days in a row. capacity: how many at the same time. weekly, other_days: hours, and
    none for closed. shifts: hours that do not hold every week. closed: first and last days. stock:
    null for as many as anybody wants. by_variant: how many of each of the listing's `variants`, by
    name, in place of that: the stock is their sum. seen: tells this from what is said later; sent
    back, a change is refused (409) where something else was said or a piece was ordered
    meanwhile."""

    way: Literal["slots", "nights", "days", "stock"]
    zone: Annotated[str, Meta(max_length=64)] = "UTC"
    weekly: dict[DayName, HoursText] = {}
    other_days: dict[date, HoursText] = {}
    closed: Annotated[list[ClosedDays], Meta(max_length=400)] = []
    shifts: Annotated[list[ShiftTimes], Meta(max_length=limits.SHIFTS_MOST)] = []
    slot: Minutes = 60
    lengths: Annotated[list[Minutes], Meta(max_length=limits.LENGTHS_MOST)] = []
    before: Minutes = 0
    after: Minutes = 0
    lead: Minutes = 0
    ahead_days: Number = 90
    capacity: Number = 1
    least: Number = 1
    most: Number = 1
    check_in: Clock = "15:00"
    check_out: Clock = "11:00"
    stock: Number | None = None
    by_variant: Annotated[dict[str, Number], Meta(max_length=30)] = {}
    seen: Annotated[str, Meta(max_length=64)] = ""


class FreeTime(Struct, frozen=True):
    start: datetime
    end: datetime
    left: int


class FreeTimes(Struct, frozen=True):
    """zone: where the listing's clock hangs. asked_at: when another coop said so."""

    items: list[FreeTime]
    zone: str
    asked_at: datetime | None = None
    next: str | None = None


class Days(Struct, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """Both included, as a calendar where the listing is shows them."""

    first: date
    last: date


@table.add("GET", "/listings/{id}/availability", "When a listing of ours can be had", answer=Times)
async def read(call: Call) -> Times:
    async with call.node.reading() as reader:
        listing = await listings.listing(reader, call.path["id"])
        if listing is None or not listings.visible(listing, call.visitor.viewer):
            raise NotFound(_("There is no such listing of ours."))
        said = await listings.availability_of(reader, listing.id)
    if said is None:
        raise NotFound(_("It is not said when this can be had."), "no-times")
    return _times(said)


@table.add(
    "PUT",
    "/listings/{id}/availability",
    "Say when a listing can be had, in place of what was said before",
    scope="listings:write",
    body=Times,
    answer=Times,
    example={"way": "slots", "zone": "Europe/London", "weekly": {"mon": "09:00-12:00"}},
)
async def say(call: Call) -> Times:
    listing = await own_listing(call)
    said = _availability(call.body)
    kept = await call.node.write(
        lambda uow: listings.set_availability(
            uow, listing.id, said, by=call.account.id, seen=call.body.seen or None
        )
    )
    return _times(kept or said)


@table.add(
    "DELETE",
    "/listings/{id}/availability",
    "Say nothing any more of when a listing can be had",
    scope="listings:write",
    status=204,
)
async def say_nothing(call: Call) -> None:
    listing = await own_listing(call)
    await call.node.write(
        lambda uow: listings.set_availability(uow, listing.id, None, by=call.account.id)
    )


@table.add(
    "GET",
    "/listings/{id}/free",
    "What of a listing, ours or a mirror, is free from one day to another",
    query=Days,
    answer=FreeTimes,
)
async def free(call: Call) -> FreeTimes:
    asked: Days = call.query
    async with call.node.reading() as reader:
        found = await shown(call, reader)
        if isinstance(found, ListingView):
            said = await listings.availability_of(reader, found.id)
            times = await listings.free_times(reader, found.id, asked.first, asked.last)
            return FreeTimes(_free(times), said.zone if said else "UTC")
    told = await call.node.neighbours.free_times(
        found, asked.first, asked.last, asker_of(call.request)
    )
    return FreeTimes(_free(told.times), told.zone, told.asked_at)


def _free(times: Any) -> list[FreeTime]:
    return [FreeTime(one.start, one.end, one.left) for one in times]


def _availability(given: Times) -> Availability:
    """What was sent; raises InvalidInput at the field that cannot be read."""
    numbers = list(WEEKDAYS)
    weekly = [
        Weekly(numbers.index(day), hours)
        for day, text in given.weekly.items()
        for hours in _understood("weekly", time_words.read_hours, text)
    ]
    other = [
        OtherDay(day, _understood("other_days", time_words.read_hours, text))
        for day, text in given.other_days.items()
    ]
    shifts = [
        Shift(one.first, one.weeks, _understood("shifts", time_words.read_hours, one.hours))
        for one in given.shifts
    ]
    same = {name: getattr(given, name) for name in _SAME}
    return Availability(
        way=Way(given.way),
        weekly=tuple(weekly),
        other_days=tuple(other),
        shifts=tuple(shifts),
        lengths=tuple(sorted(given.lengths)),
        closed=tuple(sorted(Closed(one.first, one.last) for one in given.closed)),
        by_variant=tuple(given.by_variant.items()),
        check_in=_understood("check_in", time_words.read_clock, given.check_in),
        check_out=_understood("check_out", time_words.read_clock, given.check_out),
        **same,
    )


def _times(said: Availability) -> Times:
    weekly: dict[Any, str] = {
        day: time_words.write_hours(
            sorted(one.hours for one in said.weekly if one.weekday == number)
        )
        for number, day in enumerate(WEEKDAYS)
    }
    return Times(
        way=said.way.value,
        weekly={day: text for day, text in weekly.items() if text},
        other_days={one.day: time_words.write_hours(one.hours) for one in said.other_days},
        shifts=[
            ShiftTimes(one.first, one.weeks, time_words.write_hours(one.hours))
            for one in said.shifts
        ],
        lengths=list(said.lengths),
        closed=[ClosedDays(one.first, one.last) for one in said.closed],
        by_variant=dict(said.by_variant),
        check_in=time_words.clock(said.check_in),
        check_out=time_words.clock(said.check_out),
        seen=listings.mark_of(said),
        **{name: getattr(said, name) for name in _SAME},
    )


def _understood(field: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except time_words.Unclear as error:
        raise InvalidInput({field: [error.told]}) from None


_SAME = (
    "zone",
    "slot",
    "before",
    "after",
    "lead",
    "ahead_days",
    "capacity",
    "least",
    "most",
    "stock",
)
