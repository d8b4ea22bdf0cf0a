"""When a listing can be had, and what can be asked of it. Pure.

`Availability` is what an owner says (`checking`: what is wrong with it). `free_times` says what is
left of it, `refusal` why a span cannot be had, and `room` how much of it is free.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate, groupby
from math import gcd
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from node.days import Said
from node.i18n import Text, _, ngettext
from node.listings.availability import clocks
from node.listings.availability.clocks import Span
from node.listings.availability.models import Way


class Hours(NamedTuple):
    """Minutes of a day: from, and up to; what goes on after midnight ends past 24 × 60."""

    start: int
    end: int


class Weekly(Struct, frozen=True):
    """Hours that hold every week. weekday: 0 is Monday."""

    weekday: int
    hours: Hours


class Shift(Struct, frozen=True):
    """Hours that hold on a date and every so many weeks after it, besides the week's."""

    first: date
    weeks: int
    hours: tuple[Hours, ...]

    def is_on(self, day: date) -> bool:
        """Whether they hold on a day."""
        return day >= self.first and (day - self.first).days % (7 * self.weeks) == 0

    def meets(self, other: "Shift") -> bool:
        """Whether there is a day on which both hold."""
        return (self.first - other.first).days % (7 * gcd(self.weeks, other.weeks)) == 0


class OtherDay(Struct, frozen=True):
    """A date on which the week does not hold: other hours, or none (closed)."""

    day: date
    hours: tuple[Hours, ...] = ()


class Closed(Struct, frozen=True, order=True):
    """Days on which nothing can be had, both ends included; of nights those that begin then."""

    first: date
    last: date


class Availability(Struct, frozen=True):
    """What an owner says; only what belongs to its way counts, the rest keeps its default.

    zone: IANA name. slot: minutes from one beginning to the next, and how long one is; lengths: how
    long it can be instead, for one to choose. least, most: slots, nights or days that one can have
    at once. before, after: minutes that a slot takes of who serves, besides itself. lead: minutes
    from asking to beginning. ahead_days: how far off one may ask. capacity: how many can be had at
    the same time. check_in, check_out: minutes of the day. stock: None means as many as anybody
    wants. by_variant: how many of each kind or size, where they are counted apart; the stock is
    their sum.
    """

    way: Way
    zone: str = "UTC"
    weekly: tuple[Weekly, ...] = ()
    other_days: tuple[OtherDay, ...] = ()
    closed: tuple[Closed, ...] = ()
    slot: int = 60
    before: int = 0
    after: int = 0
    lead: int = 0
    ahead_days: int = 90
    capacity: int = 1
    least: int = 1
    most: int = 1
    check_in: int = 15 * 60
    check_out: int = 11 * 60
    stock: int | None = None
    by_variant: tuple[tuple[str, int], ...] = ()
    shifts: tuple[Shift, ...] = ()
    lengths: tuple[int, ...] = ()

    @property
    def place(self) -> ZoneInfo:
        """Where its clock hangs."""
        return ZoneInfo(self.zone)


class Refusal(NamedTuple):
    """Why the rules do not offer a span. code: "too-short" where only more at once is had, else
    "not-offered"."""

    why: Text
    code: str = "not-offered"


class Taken(NamedTuple):
    """So many places that are taken for a while."""

    start: datetime
    end: datetime
    quantity: int = 1


class FreeTime(NamedTuple):
    """A slot, night or day that can be had. left: how many."""

    start: datetime
    end: datetime
    left: int


def free_times(
    said: Availability, first: date, last: date, taken: Sequence[Taken], now: datetime
) -> list[FreeTime]:
    """What can be had from the first day to the last, both included, in order.

    taken: as `occupied` made them.
    """
    usage = _Usage(taken)
    earliest, latest = _window(said, now)
    found = []
    for span in sorted(set(_offered(said, first, last))):
        if not earliest <= span.start <= latest:
            continue
        left = said.capacity - usage.peak(_footprint(said, span))
        if left > 0:
            found.append(FreeTime(span.start, span.end, left))
    return found


def shortest(times: Iterable[FreeTime]) -> list[FreeTime]:
    """Of those that begin together the one that ends first. times: in order."""
    return [next(each) for _start, each in groupby(times, key=lambda one: one.start)]


def refusal(said: Availability, span: Span, now: datetime) -> Refusal | None:
    """Why the rules do not offer this span, however free it is; None if they do."""
    earliest, latest = _window(said, now)
    if span.start < earliest:
        return Refusal(_("This is too soon: choose a later time."))
    if span.start > latest:
        return Refusal(_("This is too far ahead: at most %(days)s days.", days=said.ahead_days))
    if said.way is Way.SLOTS:
        return _slots_refusal(said, span)
    if said.way is Way.STOCK:
        return Refusal(_("This is had by the piece, not by the hour."))
    return _days_refusal(said, span)


def room(said: Availability, span: Span, taken: Sequence[Taken]) -> int:
    """How many can still have the whole span. taken: as `occupied` made them."""
    return said.capacity - _Usage(taken).peak(_footprint(said, span))


def widest(said: Availability, span: Span) -> Span:
    """The span in which something taken can be in the way of this one."""
    reach = timedelta(minutes=2 * (said.before + said.after))
    return Span(span.start - reach, span.end + reach)


def occupied(
    said: Availability, holds: Iterable[Taken], calendars: Iterable[Sequence[Span]]
) -> list[Taken]:
    """What is taken: holds with the time around them; and one place for each calendar's owner."""
    taken = [Taken(*_footprint(said, Span(one.start, one.end)), one.quantity) for one in holds]
    for spans in calendars:
        taken += [Taken(span.start, span.end) for span in merged(spans)]
    return taken


def stay(said: Availability, arrival: date, departure: date) -> Span:
    """The span of the nights or days from one date up to another."""
    come, go = (said.check_in, said.check_out) if said.way is Way.NIGHTS else (0, 0)
    zone = said.place
    return Span(clocks.moment(zone, arrival, come), clocks.moment(zone, departure, go))


def closed_fault(days: Closed) -> Text | None:
    """What keeps days from being closed."""
    if days.last < days.first:
        return _("The end comes before the beginning.")
    return None if is_near(days) else _("This day is too far away.")


def is_near(days: Closed) -> bool:
    """Whether clocks can tell of the days around."""
    return date.min.year + 1 < days.first.year and days.last.year < date.max.year - 1


def closed_spans(said: Availability) -> list[Span]:
    """What its closed days take of the calendar."""
    alone = [Closed(one.day, one.day) for one in said.other_days if not one.hours]
    return [
        stay(said, one.first, one.last + timedelta(days=1))
        for one in filter(is_near, (*said.closed, *alone))
    ]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same moments in as few spans as can be, in order."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


class _Usage:
    """How many places are taken: a staircase over the moments at which it changes."""

    def __init__(self, taken: Sequence[Taken]) -> None:
        steps: dict[datetime, int] = {}
        for one in taken:
            steps[one.start] = steps.get(one.start, 0) + one.quantity
            steps[one.end] = steps.get(one.end, 0) - one.quantity
        self._moments = sorted(steps)
        self._levels = list(accumulate((steps[at] for at in self._moments), initial=0))

    def peak(self, span: Span) -> int:
        """The most that is taken at any moment of the span."""
        first = bisect_right(self._moments, span.start)
        return max(self._levels[first : bisect_left(self._moments, span.end) + 1], default=0)


def _offered(said: Availability, first: date, last: date) -> Iterator[Span]:
    """What the rules offer on these days, whoever has it."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if said.way is Way.SLOTS:
            for run in _runs(said, day):
                yield from _cut(run, said)
        elif said.way is not Way.STOCK and not _is_closed(said, day):
            span = stay(said, day, day + timedelta(days=1))
            if span.start < span.end:  # Samoa had no 30 December 2011
                yield span


def _runs(said: Availability, day: date) -> Iterator[Span]:
    """The spans in which somebody serves, begun on this day; slots are counted from their start."""
    zone = said.place
    for hours in _hours_of(said, day):
        yield from clocks.hours(zone, day, *hours)


def _hours_of(said: Availability, day: date) -> tuple[Hours, ...]:
    if _is_within(said.closed, day):
        return ()
    for other in said.other_days:
        if other.day == day:
            return other.hours
    of_shifts = (hours for one in said.shifts if one.is_on(day) for hours in one.hours)
    return (*(one.hours for one in said.weekly if one.weekday == day.weekday()), *of_shifts)


def _is_closed(said: Availability, day: date) -> bool:
    return _is_within(said.closed, day) or any(other.day == day for other in said.other_days)


def _is_within(closed: Iterable[Closed], day: date) -> bool:
    return any(one.first <= day <= one.last for one in closed)


def _cut(run: Span, said: Availability) -> Iterator[Span]:
    lengths = [timedelta(minutes=one) for one in said.lengths or (said.slot,)]
    start, step = run.start, timedelta(minutes=said.slot)
    while start + min(lengths) <= run.end:
        yield from (Span(start, start + one) for one in lengths if start + one <= run.end)
        start += step


def _window(said: Availability, now: datetime) -> Span:
    return Span(now + timedelta(minutes=said.lead), now + timedelta(days=said.ahead_days))


def _footprint(said: Availability, span: Span) -> Span:
    """What a span takes of who serves, with the time before and after."""
    if said.way is not Way.SLOTS:
        return span
    before, after = timedelta(minutes=said.before), timedelta(minutes=said.after)
    return Span(span.start - before, span.end + after)


def _slots_refusal(said: Availability, span: Span) -> Refusal | None:
    if too_long_or_short := _length_refusal(said, span.end - span.start):
        return too_long_or_short
    step = timedelta(minutes=said.slot)
    day = clocks.local_day(said.place, span.start)
    for begun in (day, day - timedelta(days=1)):  # hours that began yesterday may go on
        for run in _runs(said, begun):
            on_the_grid = (span.start - run.start) % step == timedelta()
            if on_the_grid and run.start <= span.start and span.end <= run.end:
                return None
    return Refusal(_("Nobody serves at this time: choose one of the free times."))


def _length_refusal(said: Availability, length: timedelta) -> Refusal | None:
    if said.lengths:
        minutes = [timedelta(minutes=one) for one in said.lengths]
        if length in minutes:
            return None
        told = str(_(", ")).join(map(str, said.lengths))
        words = _("It takes one of these, in minutes: %(lengths)s.", lengths=told)
        return Refusal(words, "too-short") if length < min(minutes) else Refusal(words)
    count, rest = divmod(length, timedelta(minutes=said.slot))
    if rest or not said.least <= count <= said.most:
        return _how_long(said, count)
    return None


def _days_refusal(said: Availability, span: Span) -> Refusal | None:
    zone = said.place
    first, last = clocks.local_day(zone, span.start), clocks.local_day(zone, span.end)
    if stay(said, first, last) != span:
        return Refusal(_("Begin and end at the times that are offered."))
    count = (last - first).days
    if not said.least <= count <= said.most:
        return _how_long(said, count)
    days = (first + timedelta(days=number) for number in range(count))
    closed = next((day for day in days if _is_closed(said, day)), None)
    if closed is None:
        return None
    return Refusal(_("It is closed on %(day)s.", day=Said(closed.isoformat())))


def _how_long(said: Availability, count: int) -> Refusal:
    if count < said.least and said.way is Way.NIGHTS:
        words = ngettext("At least %(num)d night.", "At least %(num)d nights.", said.least)
    elif count < said.least and said.way is Way.DAYS:
        words = ngettext("At least %(num)d day.", "At least %(num)d days.", said.least)
    elif said.way is Way.NIGHTS:
        words = _("From %(least)s to %(most)s nights.", least=said.least, most=said.most)
    elif said.way is Way.DAYS:
        words = _("From %(least)s to %(most)s days.", least=said.least, most=said.most)
    else:
        least, most = said.least * said.slot, said.most * said.slot
        words = _("From %(least)s to %(most)s minutes, in whole slots.", least=least, most=most)
    return Refusal(words, "too-short") if count < said.least else Refusal(words)
