"""What somebody fills in who asks for a listing: its fields, and how they become a request.

The page draws the fields that fit the way in which the listing can be had (`Choice.way`).
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    StringField,
    TextAreaField,
    TimeField,
    validators,
)

from node import agreements, limits, listings
from node.agreements import Contact, Wanted, WantedLine
from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings import Availability, FreeTime, ListingView, MirrorView, PriceView, Way
from node.money import Money
from ui.web import answer_fields, extra_fields
from ui.web.forms import PlainForm
from ui.web.numbers import guests_field, number_field
from ui.web.price_words import amount_text
from ui.web.when import ShownDay, ShownTime

ASK_WORDS: dict[str, Text] = {
    "service": _("Book it"),
    "stay": _("Book it"),
    "lend": _("Borrow it"),
    "goods": _("Order it"),
    "request": _("Offer your help"),
    "opening": _("Say that you are interested"),
}
PIECES, SLOTS, NIGHTS, DAYS, OPEN, PLAIN = "pieces", "slots", "nights", "days", "open", "plain"
_BY_DAYS = frozenset({"day", "night", listings.GUEST_NIGHT, "week", "month"})
"""Units that days say the number of."""
_NOT_COUNTED = (None, "", "one", "hour", *_BY_DAYS)
"""Units that the times say the number of, or that there is one of."""


class Choice(Struct, frozen=True):
    """What a listing lets one choose. way: how it can be had; fault: why no times are shown;
    today: where it is."""

    listing: ListingView | MirrorView
    way: str
    zone: str
    said: Availability | None = None
    days: tuple[ShownDay, ...] = ()
    times: tuple[FreeTime, ...] = ()
    fault: Text = ""
    today: date = date.min
    length: int = 0
    """Minutes, where there are several `lengths` and one was chosen."""

    @property
    def path(self) -> str:
        """The listing's page."""
        folder = "listings" if isinstance(self.listing, ListingView) else "mirrors"
        return f"/{folder}/{self.listing.id}"

    @property
    def is_elsewhere(self) -> bool:
        """Whether another coop offers it."""
        return isinstance(self.listing, MirrorView)

    @property
    def word(self) -> Text:
        return ask_word(self.listing.kind)

    @property
    def prices(self) -> tuple[PriceView, ...]:
        """Those between which one chooses; empty where there is no choice."""
        every = self.listing.prices
        by_kind = self.variants and all(len(self._options(one)) == 1 for one in self.variants)
        return every if len(every) > 1 and not by_kind else ()

    @property
    def room_for(self) -> str | None:
        """How many guests a stay is for, if it says so."""
        said: str | None = self.listing.details.get("guests")
        return said

    @property
    def by_guests(self) -> bool:
        """Whether one says how many guests come."""
        each = any(one.unit == listings.GUEST_NIGHT for one in self.listing.prices)
        return bool(self.room_for) or each

    @property
    def variants(self) -> tuple[str, ...]:
        """Kinds and sizes between which one chooses."""
        return listings.variants_in(self.listing.details)

    @property
    def pickups(self) -> tuple[str, ...]:
        """Where and when it can be collected, between which one chooses."""
        places = agreements.pickups_of(self.listing)
        return places if len(places) > 1 or self.is_brought else ()

    @property
    def is_brought(self) -> bool:
        """Whether it can be brought instead."""
        return agreements.is_brought(self.listing)

    @property
    def left(self) -> dict[str, int]:
        """How many there are of each of them, where they are counted apart."""
        own = self.listing.by_variant if isinstance(self.listing, MirrorView) else ()
        return dict(self.said.by_variant if self.said else own)

    @property
    def price_of_each(self) -> dict[str, PriceView]:
        """What each of them costs, where that is all there is to choose."""
        every = self.listing.prices
        if self.prices or len(every) < 2:
            return {}
        return {one: replace(every[self._options(one)[0]], label=None) for one in self.variants}

    def _options(self, variant: str) -> tuple[int, ...]:
        return listings.options_of(self.listing.prices, self.variants, variant)

    def option_of(self, variant: int | None, option: int) -> int:
        """Which of the prices is meant: that of the kind, where it has one alone."""
        if variant is None or not 0 <= variant < len(self.variants):
            return option
        own = self._options(self.variants[variant])
        return own[0] if len(own) == 1 else option

    @property
    def projects(self) -> tuple[str, ...]:
        """Community projects between which one chooses."""
        named = self.listing.conditions.projects
        return named if len(named) > 1 else ()

    @property
    def scales(self) -> tuple[PriceView, ...]:
        """The prices within which one chooses; several are bands of one scale."""
        return tuple(one for one in self.listing.prices if one.is_scale and one.currency)

    def at(self, option: int) -> PriceView | None:
        """One of the prices. Raises InvalidInput (`option`)."""
        if not self.listing.prices and not option:
            return None
        if not 0 <= option < len(self.listing.prices):
            raise InvalidInput({"option": [_("Choose one of the prices.")]})
        return self.listing.prices[option]

    @property
    def by_number(self) -> bool:
        """Whether one says how many, as no time says it."""
        return any(map(self.counts, self.listing.prices or (None,)))

    def counts(self, price: PriceView | None) -> bool:
        """Whether one says how many at a price."""
        if self.way == PIECES:
            return True
        return self.way == OPEN and (price.unit if price else None) not in _NOT_COUNTED

    def way_at(self, price: PriceView | None) -> str:
        """What one says at a price: its own way; where no times are told, from day to day for what
        is had by days, and else a day with its hours."""
        if self.way != OPEN:
            return self.way
        unit = price.unit if price else None
        if self.listing.kind == "stay" or unit == "night":
            return NIGHTS
        is_lent = self.listing.kind == "lend" and unit != "hour"
        return DAYS if is_lent or unit in _BY_DAYS else OPEN

    @property
    def ways(self) -> frozenset[str]:
        """Those of all its prices."""
        return frozenset(map(self.way_at, self.listing.prices or (None,)))

    @property
    def lengths(self) -> tuple[int, ...]:
        """Minutes that it can take, where one chooses how many; empty where there is no choice."""
        if self.way != SLOTS:
            return ()
        found = sorted({minutes_of(one.start, one.end) for one in self.times})
        return tuple(found[: limits.LENGTHS_MOST]) if len(found) > 1 else ()

    @property
    def shown_days(self) -> list[ShownDay]:
        """What is free on each day, of the length that was chosen."""
        if not self.length:
            return list(self.days)
        fitting = [
            replace(day, times=tuple(filter(self._is_as_long, day.times))) for day in self.days
        ]
        return [day for day in fitting if day.times]

    def _is_as_long(self, one: ShownTime) -> bool:
        return minutes_of(one.start, one.end) == self.length

    @property
    def in_a_row(self) -> bool:
        return self.way == SLOTS and self.said is not None and self.said.most > 1

    @property
    def is_need(self) -> bool:
        return self.listing.kind in ("request", "opening")


def minutes_of(start: datetime, end: datetime) -> int:
    """How long something takes."""
    return int((end - start) / timedelta(minutes=1))


def ask_word(kind: str) -> Text:
    """What the button is called by which one asks for a listing."""
    return ASK_WORDS.get(kind, _("Ask for it"))


class AskForm(PlainForm):
    """Everything one can say; a page draws what the listing lets one choose."""

    time = StringField(_("When?"))
    long = HiddenField()
    """How many minutes the times are that are shown."""
    in_a_row = IntegerField(
        _("How many of them in a row?"), [validators.Optional()], render_kw={"min": 1}
    )
    first = DateField(_("From"), [validators.Optional()])
    last = DateField(_("To"), [validators.Optional()])
    day = DateField(_("Which day?"), [validators.Optional()])
    begin = TimeField(_("From"), [validators.Optional()])
    end = TimeField(_("To"), [validators.Optional()])
    quantity = number_field(_("How many?"), size=6)
    option = IntegerField(_("At which price?"), [validators.Optional()])
    guests = guests_field(_("How many guests?"), least=1)
    taxed_guests = guests_field(_("How many of them pay the tax for each night?"), least=0)
    pickup = IntegerField(_("Where is it collected?"), [validators.Optional()])
    project = IntegerField(_("Which community project?"), [validators.Optional()])
    variant = IntegerField(_("Which one?"), [validators.Optional()])
    price = number_field(_("What can you pay?"), size=8)
    message = TextAreaField(
        _("A few words to them"),
        render_kw={"rows": 3, "maxlength": 2000},
    )
    name = StringField(_("Your name"), render_kw={"autocomplete": "name", "maxlength": 200})
    contact = StringField(
        _("How can you be reached?"),
        description=_("A telephone number or an e-mail address"),
        render_kw={"maxlength": 200},
    )
    shared = BooleanField(
        _("They may have my name and how to reach me, as soon as it is agreed."),
    )
    key = HiddenField()
    """Made when the preview is shown: sent twice, the form asks once."""


for _name, _field in extra_fields.wanted().items():
    setattr(AskForm, _name, _field)


def wanted(form: AskForm, choice: Choice) -> Wanted:
    """The request that the form asks for. Raises InvalidInput, by field of the form."""
    variant = _variant(form, choice)
    option = choice.option_of(variant, form.option.data or 0)
    price = choice.at(option)
    span = _span(form, choice, choice.way_at(price))
    line = WantedLine(
        choice.listing.id,
        form.quantity.data if choice.counts(price) else None,
        _chosen(form, price),
        option,
        variant,
        project=form.project.data or 0,
    )
    lines = (line, *_added(form, choice))
    guests = form.guests.data if choice.by_guests else None
    taxed = form.taxed_guests.data if choice.listing.conditions.guest_tax else None
    if choice.by_guests and guests is None:
        raise InvalidInput({"guests": [_("Say how many guests come.")]})
    pickup = form.pickup.data if choice.pickups else None
    if span is None:
        return Wanted(lines, guests=guests, taxed_guests=taxed, pickup=pickup)
    return Wanted(lines, *span, choice.zone, guests, taxed, pickup)


def _variant(form: AskForm, choice: Choice) -> int | None:
    if not choice.variants:
        return None
    chosen: int | None = form.variant.data
    if chosen is None and len(choice.variants) > 1:
        raise InvalidInput({"variant": [_("Choose one of these.")]})
    return chosen or 0


def _added(form: AskForm, choice: Choice) -> list[WantedLine]:
    """What is added, of which one wants some; what is part of every booking comes by itself."""
    numbers = (at for at, one in enumerate(choice.listing.extras, 1) if not one.is_always)
    wanted_ = ((number, form[f"extra{number}"].data) for number in numbers)
    one = WantedLine(choice.listing.id, project=form.project.data or 0)
    return [replace(one, quantity=many, extra=number) for number, many in wanted_ if many]


def contact(form: AskForm, choice: Choice, member: str | None) -> Contact | None:
    """What they say of themselves. member: the name of who is signed in; None: a guest."""
    answers = answer_fields.read(form, choice.listing)
    name = str(form.name.data or "") if member is None else member
    reached, message = str(form.contact.data or ""), str(form.message.data or "")
    if member is not None and not (reached or message or answers or form.shared.data):
        return None
    return Contact(name, reached, message, bool(form.shared.data), answers)


def place_of(complaint: str, choice: Choice, form: AskForm) -> str:
    """The field of the form that a complaint of the coop's is shown at."""
    option = form.option.data or 0
    price = choice.listing.prices[option] if 0 <= option < len(choice.listing.prices) else None
    shown = {SLOTS: "time", NIGHTS: "first", DAYS: "first", OPEN: "day"}.get(
        choice.way_at(price), "message"
    )
    many = "option" if choice.prices and not choice.counts(price) else "quantity"
    places = {"start": shown, "end": shown, "lines": "quantity", "amount": "price"}
    return (places | {"quantity": many}).get(complaint, complaint)


def time_field(choice: Choice, form: AskForm) -> str:
    """Where the form shows that somebody was quicker."""
    return place_of("start", choice, form) if choice.way != PIECES else "quantity"


def _span(form: AskForm, choice: Choice, way: str) -> tuple[datetime, datetime] | None:
    if way == SLOTS:
        return _slot(form, choice)
    if way in (NIGHTS, DAYS):
        return _stay(form, choice, way)
    if way == OPEN:
        return _free_hand(form, choice)
    return None


def _slot(form: AskForm, choice: Choice) -> tuple[datetime, datetime]:
    start, _stroke, end = str(form.time.data or "").partition("/")
    try:
        first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
        offset = first.utcoffset() is not None and last.utcoffset() is not None
    except ValueError:
        offset = False
    if not offset:
        raise InvalidInput({"time": [_("Choose one of the free times.")]})
    many = form.in_a_row.data or 1
    if choice.in_a_row and 1 < many <= 100:
        last += (many - 1) * (last - first)
    return first, last


def _stay(form: AskForm, choice: Choice, way: str) -> tuple[datetime, datetime] | None:
    first, last = form.first.data, form.last.data
    if choice.way == OPEN and not (first or last or form.day.data):
        return None
    if first is None or last is None:
        missing = "first" if first is None else "last"
        raise InvalidInput({missing: [_("Choose a day.")]})
    if first < choice.today:
        raise InvalidInput({"first": [_("This day is over.")]})
    leave = last if way == NIGHTS else last + timedelta(days=1)
    if leave <= first:
        raise InvalidInput({"last": [_("The end comes after the beginning.")]})
    if choice.said is not None:
        return listings.stay(choice.said, first, leave)
    if choice.way == OPEN:
        usual = Availability(Way(way), choice.zone)
        return listings.stay(usual, first, leave)
    return _among(choice, first, leave)


def _among(choice: Choice, first: date, leave: date) -> tuple[datetime, datetime]:
    """A neighbour's nights, by the times that its node gave for them."""
    place = ZoneInfo(choice.zone)
    starts = {one.start.astimezone(place).date(): one.start for one in choice.times}
    ends = {one.end.astimezone(place).date(): one.end for one in choice.times}
    nights = (leave - first).days
    if nights > len(starts) or any(first + timedelta(days=n) not in starts for n in range(nights)):
        raise InvalidInput({"first": [_("Not all of these days are free: choose others.")]})
    return starts[first], ends.get(leave, starts[first] + timedelta(days=nights))


def _free_hand(form: AskForm, choice: Choice) -> tuple[datetime, datetime] | None:
    day = form.day.data
    if day is None and form.time.data:  # of the free times that were told when the page was shown
        return _slot(form, choice)
    if day is None:
        if form.begin.data or form.end.data or form.first.data or form.last.data:
            raise InvalidInput({"day": [_("Choose a day.")]})
        return None
    if form.begin.data is None or form.end.data is None:
        missing = "begin" if form.begin.data is None else "end"
        raise InvalidInput({missing: [_("Say from when to when.")]})
    return _at(day, form.begin.data, choice.zone), _at(day, form.end.data, choice.zone)


def _at(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone))


def _chosen(form: AskForm, price: PriceView | None) -> Money | None:
    """What they give on a scale; what is suggested if they do not say."""
    if price is None or not price.is_scale or price.currency is None:
        return None
    chosen = form.price.data if form.price.data is not None else price.usual
    if chosen is not None and price.ends and not price.ends[0] <= chosen <= price.ends[1]:
        low, high = (amount_text(one, price.currency) for one in price.ends)
        raise InvalidInput({"price": [_("Between %(low)s and %(high)s.", low=low, high=high)]})
    return None if chosen is None else Money.of(chosen, price.currency)
