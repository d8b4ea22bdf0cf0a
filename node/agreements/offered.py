"""What can be agreed on: a listing of ours or of a peer's, with what terms are made of."""

from collections.abc import Collection
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from federation.storage import Reader
from node import listings, members
from node.agreements.collecting import is_brought, pickups_of
from node.agreements.guest_tax import TaxedGuests
from node.agreements.sides import Role
from node.agreements.terms import (
    LONGEST_TITLE,
    Cancellation,
    Line,
    Rate,
    plain,
)
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import _
from node.listings import (
    FEDERATION,
    Conditions,
    Kind,
    ListingView,
    MirrorView,
    PriceView,
    State,
    Viewer,
    options_of,
)
from node.money import HOUR, Money


class Offered(Struct, frozen=True):
    """A listing as somebody may ask for it, at one of its prices.

    listing_id: of ours; None for a peer's. price: the first, unless another was chosen, or that of
    what is added to it.
    """

    listing_id: str | None
    uri: str
    coop: str
    kind: str
    title: str
    prices: tuple[PriceView, ...]
    conditions: Conditions
    account: str | None
    option: int = 0
    """Which of its prices, from 0."""
    team: str | None = None
    """The team of our coop that offers it."""
    variants: tuple[str, ...] = ()
    variant: str | None = None
    """The kind or size that was chosen."""
    room_for: int | None = None
    """How many guests a stay is for; None: it does not say."""
    project: str | None = None
    """The community project that was chosen."""
    questions: tuple[str, ...] = ()
    """What whoever asks for it is asked."""
    pickups: tuple[str, ...] = ()
    """Where and when it is collected; one of them is chosen."""
    is_brought: bool = False
    """Whether it can be brought instead."""
    extras: tuple[PriceView, ...] = ()
    extra: int = 0
    """Which of what can be added, from 1; 0: the thing itself."""
    is_with_us: bool = False
    """Whether another coop asks for it that is in a federation with ours."""

    @property
    def price(self) -> PriceView | None:
        if self.extra:
            return self.extras[self.extra - 1]
        return self.prices[self.option] if self.prices else None

    @property
    def name(self) -> str:
        """What is asked for: its title, for what the chosen price is, and of which kind or size."""
        return self._whole if self.is_named_whole else self.variant or self._label or self.title

    @property
    def is_named_whole(self) -> bool:
        """Whether its name has room for all of it."""
        return len(self._whole) <= LONGEST_TITLE

    @property
    def _whole(self) -> str:
        more = ", ".join(dict.fromkeys(filter(None, (self._label, self.variant))))
        return f"{self.title} ({more})" if more else self.title

    @property
    def _label(self) -> str | None:
        is_one_of = self.extra or len(self.prices) > 1
        return self.price.label if self.price and is_one_of else None

    @property
    def options(self) -> tuple["Offered", ...]:
        """The same at each of its prices."""
        return tuple(replace(self, option=at) for at in range(max(1, len(self.prices))))

    @property
    def for_peers(self) -> tuple["Offered", ...]:
        """The same at each of the prices that people of another coop have; where it is in a
        federation with ours, those for its members are among them."""
        theirs = (None, FEDERATION) if self.is_with_us else (None,)
        return tuple(one for one in self.options if one.price is None or one.price.whom in theirs)

    def at(self, option: int) -> "Offered":
        """The same at another of its prices. Raises InvalidInput."""
        if not 0 <= option < max(1, len(self.prices)):
            raise InvalidInput({"option": [_("Choose one of the prices.")]})
        return replace(self, option=option)

    def of_kind(self, variant: int | None) -> "Offered":
        """The same of one of its kinds or sizes, from 0, at its own price where there is one.
        Raises InvalidInput."""
        if variant is None:
            return self
        if not 0 <= variant < len(self.variants):
            raise InvalidInput({"variant": [_("Choose one of these.")]})
        own = options_of(self.prices, self.variants, self.variants[variant])
        if len(own) > 1 and self.option not in own:
            raise InvalidInput({"option": [_("Choose one of the prices.")]})
        option = own[0] if own and self.option not in own else self.option
        return self.chosen(option, variant)

    def chosen(self, option: int, variant: int | None) -> "Offered":
        """The same at one of its prices, and of one of its kinds or sizes, both from 0."""
        return replace(
            self, option=option, variant=None if variant is None else self.variants[variant]
        )

    @property
    def choices(self) -> tuple[tuple[int, int | None], ...]:
        """Each price with the kinds and sizes that are had at it; None: none is said."""
        kinds = [
            (at, option)
            for at, name in enumerate(self.variants)
            for option in options_of(self.prices, self.variants, name) or (0,)
        ]
        every = range(max(1, len(self.prices)))
        return tuple(
            (option, at) for option in every for at in (*(k for k, o in kinds if o == option), None)
        )

    def supporting(self, project: int) -> "Offered":
        """The same for another of its community projects, from 0. Raises InvalidInput."""
        if not 0 <= project < max(1, len(self.conditions.projects)):
            raise InvalidInput({"project": [_("Choose one of these.")]})
        return replace(self, project=self.conditions.projects[project]) if project else self

    def with_extra(self, extra: int) -> "Offered":
        """What is added to it, from 1; 0: itself. Raises InvalidInput."""
        if not 0 <= extra <= len(self.extras):
            raise InvalidInput({"extra": [_("This cannot be added any more: look at it again.")]})
        return replace(self, extra=extra)

    @property
    def by_season(self) -> bool:
        """Whether what one of it costs depends on the day."""
        return self.price is not None and bool(self.price.seasons)

    @property
    def asker(self) -> Role:
        """What whoever asks for it will be: who answers a request provides."""
        return Role.PROVIDER if self.kind == Kind.REQUEST else Role.CUSTOMER

    @property
    def unit(self) -> str:
        return (self.price and self.price.unit) or "one"

    @property
    def lowest(self) -> Money | None:
        """The lower end of its price, or its price."""
        return self._money(self.price.amount, self.price) if self.price else None

    @property
    def highest(self) -> Money | None:
        """The upper end of its price, or its price."""
        if self.price is None:
            return None
        return self._money(self.price.maximum or self.price.amount, self.price)

    @property
    def hours(self) -> tuple[Money, ...]:
        """What is asked in hours on top of the money; empty if nothing is."""
        asked = self.price.hours if self.price else None
        return (Money.of(asked, HOUR),) if asked else ()

    def takes(self, quantity: Decimal) -> bool:
        """Whether so much of it can be had at the chosen price."""
        return self.price is None or self.price.takes(quantity)

    @property
    def asked(self) -> Conditions:
        """Its conditions, at the chosen price."""
        return self.conditions.at(self.price.asks if self.price else None)

    @property
    def rates(self) -> tuple[Rate, ...]:
        """The taxes on top of its price, then those in it."""
        included = (Rate(tax.name, tax.percent, included=True) for tax in self.asked.included)
        return (*self.on_top, *included)

    @property
    def on_top(self) -> tuple[Rate, ...]:
        return tuple(Rate(tax.name, tax.percent) for tax in self.asked.taxes)

    @property
    def cancellation(self) -> Cancellation | None:
        """What cancelling costs, if it says so."""
        said = self.conditions.cancelling
        if said is None:
            return None
        return Cancellation(said.hours, said.early_percent, said.late_percent)

    @property
    def deposit(self) -> Money | None:
        """In the currency of the first price, whichever is chosen, unless that has its own."""
        if self.price is None:
            return None
        is_own = self.price.asks is not None and self.price.asks.deposit is not None
        return self._money(self.asked.deposit, self.price if is_own else self.prices[0])

    def taxed(self, persons: int) -> TaxedGuests | None:
        """Its tax for each person and night, where so many pay it."""
        tax = self.conditions.guest_tax
        each = self._money(tax.amount, self.prices[0]) if tax and self.prices else None
        return TaxedGuests(tax.name, each, persons) if tax and each else None

    @staticmethod
    def _money(amount: Decimal | None, price: PriceView) -> Money | None:
        if price.currency is None or amount is None:
            return None
        return Money.of(amount, price.currency)


async def find(reader: Reader, name: str, viewer: Viewer) -> Offered:
    """A listing that this viewer may ask for: by our id of it, or by its address.

    Raises NotFound, and Conflict for one that is not open now.
    """
    own = await listings.listing(reader, name.rpartition("/")[2])
    if own is not None and (name in (own.id, own.uri) or "/" not in name):
        if not listings.visible(own, viewer):
            raise await _gone(reader, name, viewer)
        if own.state is not State.PUBLISHED or await members.is_suspended(reader, own.by):
            raise _not_open()
        return as_offered(own, reader.identities.coop.uri)
    theirs = await listings.mirror(reader, name)
    if theirs is None or not listings.mirror_visible(theirs, viewer):
        raise await _gone(reader, name, viewer)
    if not theirs.is_open:
        raise _not_open()
    return as_offered(theirs, reader.identities.coop.uri)


async def known(reader: Reader, uris: Collection[str]) -> list[Offered]:
    """Listings by their addresses, open or not; without those of which we have none."""
    found = await listings.at_addresses(reader, uris)
    return [as_offered(one, reader.identities.coop.uri) for one in found]


def as_offered(view: ListingView | MirrorView, ours: str) -> Offered:
    """A listing of ours or of a peer's, open or not. ours: our coop's uri."""
    own = view if isinstance(view, ListingView) else None
    return Offered(
        listing_id=own.id if own else None,
        uri=view.uri,
        coop=ours if isinstance(view, ListingView) else view.coop_uri,
        kind=view.kind,
        title=view.title,
        prices=view.prices,
        conditions=view.conditions,
        account=own.by if own else None,
        team=own.team if own else None,
        variants=listings.variants_in(view.details),
        room_for=_room_for(view),
        project=view.conditions.project,
        questions=tuple(view.details.get("questions", ())),
        pickups=pickups_of(view),
        is_brought=is_brought(view),
        extras=view.extras,
    )


def is_withheld(view: ListingView | MirrorView) -> bool:
    """Whether those who moderate took it down here."""
    return view.state is State.WITHHELD if isinstance(view, ListingView) else view.hidden


def _room_for(view: ListingView | MirrorView) -> int | None:
    said = view.details.get("guests")
    return int(said) if said else None


def line(offered: Offered, quantity: Decimal, price: Money | None) -> Line:
    """A line of terms. price: money for one unit, within the listing's own; None: the listing's.

    Raises InvalidInput (`price`, `quantity`).
    """
    check_quantity(offered, quantity)
    chosen = price or offered.lowest
    if price is not None:
        check_price(offered, price)
    return Line(
        listing=offered.uri,
        kind=offered.kind,
        title=offered.name,
        quantity=quantity,
        unit=offered.unit,
        prices=(chosen, *offered.hours) if chosen else (),
        extra=offered.extra,
        project=offered.project,
        taxes=offered.rates,
    )


def check_quantity(offered: Offered, quantity: Decimal) -> None:
    """Raises InvalidInput (`quantity`) for more or less than can be had at the chosen price."""
    price = offered.price
    if quantity <= 0:
        raise InvalidInput({"quantity": [_("More than 0.")]})
    if price is None or price.takes(quantity):
        return
    bounds = (price.least or price.step, price.step, price.most)
    least, step, most = (plain(one or Decimal(0)) for one in bounds)
    if price.most is not None and quantity > price.most:
        complaint = _("At this price one takes at most %(most)s.", most=most)
    elif price.least is not None and quantity < price.least:
        complaint = _("At this price one takes at least %(least)s.", least=least)
    elif price.step == 1 and not price.least:
        complaint = _("Whole numbers: 1, 2, 3 …")
    else:
        complaint = _(
            "One takes it in steps of %(step)s, from %(least)s on.", step=step, least=least
        )
    raise InvalidInput({"quantity": [complaint]})


def is_within(offered: Offered, price: Money) -> bool:
    """Whether it is the price of the listing, or on its scale; where none is named, any is."""
    lowest, highest = offered.lowest, offered.highest
    if lowest is None or highest is None:
        return True
    return price.currency == lowest.currency and lowest.amount <= price.amount <= highest.amount


def check_price(offered: Offered, price: Money) -> None:
    """A first offer keeps to the price of the listing, or to its scale. Raises InvalidInput."""
    lowest, highest = offered.lowest, offered.highest
    if lowest is None or highest is None or is_within(offered, price):
        return
    complaint = _(
        "The price is from %(lowest)s to %(highest)s %(currency)s; another one can "
        "be agreed when you are answered.",
        lowest=lowest.text,
        highest=highest.text,
        currency=lowest.currency,
    )
    raise InvalidInput({"price": [complaint]})


async def _gone(reader: Reader, name: str, viewer: Viewer) -> NotFound | Conflict:
    """A peer may ask for what was taken down while its word was on its way."""
    if viewer.kind == "peer" and await listings.was_taken_down(reader, name.rpartition("/")[2]):
        return _not_open()
    return _nothing()


def _nothing() -> NotFound:
    return NotFound(_("There is no such listing, or it is not for you."))


def _not_open() -> Conflict:
    return Conflict(_("This listing is not open at the moment."), "listing-not-open")
