"""When something can be had, as pages show it and as people fill it in."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from babel.dates import format_time
from babel.units import format_unit
from msgspec import Struct
from wtforms import (
    DateField,
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    validators,
)

from federation.storage import Reader
from node import limits, listings
from node.days import days_of_month, locale, month_of_year
from node.i18n import Text, _, ngettext
from node.listings import WAYS, Availability, FreeTime, Kind, ListingView, Way, Weekly, time_words
from ui.web.forms import PlainForm, needed, options

T = TypeVar("T")

SHOWN_AT_FIRST = 12
DAYS_AT_ONCE = timedelta(days=limits.FREE_DAYS_AT_ONCE - 1)
"""From the first to the last of those that are looked at, where whole days are told."""
SLOT_DAYS = timedelta(days=13)
"""The same where there are times of day."""

WEEKDAYS: dict[str, Text] = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}
WAY_WORDS: dict[str, Text] = {
    Way.SLOTS: _("By the hour, at set times"),
    Way.NIGHTS: _("By the night"),
    Way.DAYS: _("By the day"),
    Way.STOCK: _("By the piece"),
}
LEAD_WORDS: dict[str, Text] = {"minutes": _("Minutes"), "hours": _("Hours"), "days": _("Days")}
_MINUTES_IN = {"minutes": 1, "hours": 60, "days": 24 * 60}
_LEAD_RANGE = _("At most %(most)s days before.", most=limits.LEAD_DAYS_MOST)
_NUMBERS = ("slot", "before", "after", "lead", "ahead_days", "capacity", "least", "most", "stock")
_CLOCKS = ("check_in", "check_out")


class ShownTime(Struct, frozen=True):
    """One free time. text: "14:00–15:00" where the listing is; empty for a whole night or day."""

    start: datetime
    end: datetime
    text: str
    left: int


class ShownDay(Struct, frozen=True):
    """What is free on a day, as a calendar where the listing is shows it."""

    day: date
    times: tuple[ShownTime, ...]


def shown(times: Iterable[FreeTime], zone: str, *, whole_days: bool) -> list[ShownDay]:
    """Free times by the day; whole_days: nights or days, which need no hours beside them."""
    place = ZoneInfo(zone)
    by_day = groupby(times, key=lambda one: one.start.astimezone(place).date())
    return [
        ShownDay(
            day,
            tuple(
                ShownTime(
                    one.start.astimezone(place),
                    one.end.astimezone(place),
                    "" if whole_days else f"{_clock(one.start, place)}–{_clock(one.end, place)}",
                    one.left,
                )
                for one in of_day
            ),
        )
        for day, of_day in by_day
    ]


def by_month(days: Iterable[ShownDay]) -> list[tuple[str, str]]:
    """Whole days, a line for each month: its name, and which of its days are free: 5–18, 21."""
    return [
        (month_of_year(date(*month, 1)), str(_(", ")).join(_in_a_row(of_month)))
        for month, of_month in groupby(days, key=lambda one: (one.day.year, one.day.month))
    ]


def _in_a_row(days: Iterable[ShownDay]) -> Iterator[str]:
    """Those of a month that follow each other as one, with how many are left of each."""
    numbered = enumerate(days)
    for (_start, left), each in groupby(
        numbered, key=lambda one: (one[1].day.toordinal() - one[0], one[1].times[0].left)
    ):
        row = [day.day for _at, day in each]
        text = days_of_month(row[0], row[-1])
        if left > 1:
            text += f" ({ngettext('%(num)d left', '%(num)d left', left)})"
        yield text


async def next_times(reader: Reader, listing: ListingView) -> dict[str, Any] | None:
    """What a listing's page shows of its times: None if it says nothing."""
    said = await listings.availability_of(reader, listing.id)
    if said is None or listing.kind not in WAYS:
        return None
    if said.way is Way.SLOTS:
        times = await listings.next_free_times(reader, listing.id, said, SHOWN_AT_FIRST)
        return {"said": said, "days": shown(times, said.zone, whole_days=False), "until": None}
    today = reader.now.astimezone(ZoneInfo(said.zone)).date()
    until = today + DAYS_AT_ONCE
    times = await listings.free_times(reader, listing.id, today, until)
    return {"said": said, "days": shown(times, said.zone, whole_days=True), "until": until}


def worked(minutes: int) -> str:
    """How long something took: hours and minutes, not days."""
    both = zip(("hour", "minute"), divmod(minutes, 60), strict=True)
    said = [
        format_unit(count, f"duration-{unit}", "short", locale=locale())
        for unit, count in both
        if count
    ]
    return "\N{NO-BREAK SPACE}".join(said) or format_unit(
        0, "duration-hour", "short", locale=locale()
    )


def _clock(at: datetime, place: ZoneInfo) -> str:
    return format_time(at.astimezone(place), "HH:mm", locale=locale())


def _largest_unit(minutes: int) -> str:
    """In which the time is a whole number; hours for none at all."""
    if minutes and minutes % _MINUTES_IN["days"] == 0:
        return "days"
    return "minutes" if minutes % _MINUTES_IN["hours"] else "hours"


def _number(label: Text, description: Text | None = None) -> IntegerField:
    return IntegerField(
        label,
        [validators.Optional()],
        description=description or "",
        render_kw={"inputmode": "numeric", "size": 6},
    )


def _hours(label: Text) -> StringField:
    return StringField(label, render_kw={"autocapitalize": "none", "spellcheck": "false"})


class AvailabilityForm(PlainForm):
    """Everything that can be said; a page draws what the kind of listing can say."""

    # Only some kinds have a choice; what is none falls back to the kind's first way.
    way = RadioField(
        _("How can it be had?"), choices=options(WAY_WORDS.items()), validate_choice=False
    )
    zone = StringField(
        _("Time zone"),
        description=_("Like Europe/Rome or Africa/Nairobi"),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    mon, tue, wed, thu, fri, sat, sun = map(_hours, WEEKDAYS.values())
    other_days = TextAreaField(
        _("Days that are different"),
        description=_("One date a line: 2027-12-24 09:00–12:00, or only 2027-12-25 for closed."),
        render_kw={"rows": 4, "spellcheck": "false", "dir": "ltr"},
    )
    shifts = TextAreaField(
        _("Not every week"),
        description=_(
            "A first day, its hours, and after how many weeks they come again, one on each line: "
            "2027-01-04 06:00–14:00 /2"
        ),
        render_kw={"rows": 3, "spellcheck": "false", "dir": "ltr"},
    )
    slot = _number(_("Minutes that one slot takes"))
    lengths = StringField(
        _("Or lengths to choose from, in minutes"),
        description=_("Like 30, 60, 90; each begins at any of the slots"),
        render_kw={"inputmode": "text", "spellcheck": "false", "dir": "ltr"},
    )
    before = _number(_("Minutes needed before"), _("To get there, to set up"))
    after = _number(_("Minutes needed after"), _("To clear up, to get back"))
    lead = _number(_("How long before do you want to know?"))
    lead_unit = SelectField(_("Counted in"), choices=options(LEAD_WORDS.items()), default="hours")
    ahead_days = _number(_("Days ahead that one can ask"))
    capacity = _number(_("How many at the same time?"), _("People in the team, or items to lend"))
    least = _number(_("At least so many in a row"))
    most = _number(_("At most so many in a row"))
    check_in = StringField(_("Guests come from"), render_kw={"inputmode": "numeric", "size": 6})
    check_out = StringField(_("Guests leave by"), render_kw={"inputmode": "numeric", "size": 6})
    stock = _number(_("How many are there?"), _("Empty: as many as people want"))
    seen = HiddenField()
    variants: tuple[str, ...] = ()
    """Kinds and sizes that can be counted apart: each has a field, see `availability_form`."""

    @property
    def of_each(self) -> list[IntegerField]:
        """Their fields, in order."""
        return [self[_of_each(at)] for at in range(len(self.variants))]

    def fill(self, said: Availability) -> None:
        """Put what is said into the fields."""
        self.way.data, self.zone.data = said.way, said.zone
        for number, name in enumerate(WEEKDAYS):
            hours = sorted(one.hours for one in said.weekly if one.weekday == number)
            self[name].data = time_words.write_hours(hours)
        self.other_days.data = time_words.write_other_days(said.other_days)
        self.shifts.data = time_words.write_shifts(said.shifts)
        self.lengths.data = ", ".join(map(str, said.lengths))
        for name in _NUMBERS:
            self[name].data = getattr(said, name)
        for name in _CLOCKS:
            self[name].data = time_words.clock(getattr(said, name))
        left = dict(said.by_variant)
        for name, field in zip(self.variants, self.of_each, strict=True):
            field.data = left.get(name)
        if left:
            self.stock.data = None
        self.lead_unit.data = _largest_unit(said.lead)
        self.lead.data = said.lead // _MINUTES_IN[self.lead_unit.data]

    def read(self, kind: Kind) -> Availability | None:
        """What was filled in; None with complaints at the fields that cannot be read."""
        weekly = [
            Weekly(number, hours)
            for number, name in enumerate(WEEKDAYS)
            for hours in self._understood(name, time_words.read_hours) or ()
        ]
        given: dict[str, Any] = {
            name: self[name].data for name in _NUMBERS if self[name].data is not None
        }
        if "lead" in given:
            given["lead"] *= _MINUTES_IN[self.lead_unit.data]
        for name in _CLOCKS:
            if self[name].data:
                given[name] = self._understood(name, time_words.read_clock)
        other_days = self._understood("other_days", time_words.read_other_days) or ()
        given["shifts"] = self._understood("shifts", time_words.read_shifts) or ()
        given["lengths"] = self._understood("lengths", time_words.read_lengths) or ()
        if self.errors:
            return None
        ways = WAYS[kind]
        way = Way(self.way.data) if self.way.data in ways else ways[0]
        zone = (self.zone.data or "").strip() or "UTC"
        each = [field.data for field in self.of_each]
        if any(left is not None for left in each):
            each_left = (left or 0 for left in each)
            given["by_variant"] = tuple(zip(self.variants, each_left, strict=True))
        return Availability(way, zone, tuple(weekly), other_days, **given)

    def complain_of(self, fields: Any) -> None:
        """The coop's complaints; those about the week stand at its first day."""
        if "lead" in fields:
            fields = {**fields, "lead": [_LEAD_RANGE]}
        self.complain({"mon" if name == "weekly" else name: told for name, told in fields.items()})

    def _understood(self, name: str, read: Callable[[str], T]) -> T | None:
        try:
            return read(self[name].data or "")
        except time_words.Unclear as error:
            self.complain({name: [error.told]})
            return None


def _of_each(at: int) -> str:
    return f"stock_of_{at + 1}"


def availability_form(listing: ListingView) -> type[AvailabilityForm]:
    """The form, with a field for each of the kinds and sizes."""
    names = listings.variants_in(listing.details)
    fields = {_of_each(at): _number(name) for at, name in enumerate(names)}
    return type("AvailabilityForm", (AvailabilityForm,), {**fields, "variants": names})


class ClosedForm(PlainForm):
    """Days on which nothing can be had."""

    first = DateField(_("From"), [validators.InputRequired(_("Choose a day."))])
    last = DateField(_("To"), [validators.InputRequired(_("Choose a day."))])


class CalendarForm(PlainForm):
    """A calendar whose busy times count: its address or a file."""

    name = StringField(
        _("Whose calendar is it?"),
        [needed(_("Name it in one short line, such as Rosa's calendar."))],
    )
    address = StringField(
        _("Its iCal address"),
        description=_("Your calendar program calls it “secret address” or “share by link”."),
        render_kw={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"},
    )
    file = FileField(_("Or a file (.ics)"), render_kw={"accept": ".ics,text/calendar"})
