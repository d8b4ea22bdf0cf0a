"""What two parties agree on, exactly: the terms, their sums, their JSON and its digest. Pure.

The terms are what both coops sign. Their digest is the SHA-256 of the canonical JSON (RFC 8785),
as multibase; every message about an agreement carries the digest of the terms that it answers. No
person stands in them: members and guests are known to their own coop alone.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from node.agreements.guest_tax import TaxedGuests
from node.agreements.sides import Role
from node.agreements.times import nights_of
from node.errors import InvalidInput
from node.i18n import Text, _
from node.money import HOUR, LARGEST_AMOUNT, LARGEST_QUANTITY, Money
from protocol import datetimes, jcs, multibase

MOST_LINES = 50
MOST_MIX = 3
"""Currencies in one unit price, such as money and hours."""
MOST_GUESTS = 99
"""Where a stay does not say how many it is for."""
LONGEST_TITLE = 200
LONGEST_UNIT = 80
LONGEST_PICKUP = 200


class Rate(Struct, frozen=True):
    """A tax on the price of a line; included: in it, where 0 percent says that none is charged."""

    name: str
    percent: Decimal
    included: bool = False


class Line(Struct, frozen=True):
    """So much of one listing. prices: of one unit, one sum per currency (12 GBP and 0.25 HOUR)."""

    listing: str
    kind: str
    title: str
    quantity: Decimal
    unit: str
    prices: tuple[Money, ...]
    extra: int = 0
    """Which of what can be added to the listing, from 1; 0: the thing itself."""
    project: str | None = None
    """The community project that has a share of the fee, by the name the listing gives it."""
    taxes: tuple[Rate, ...] = ()
    """Of those on top follow the taxes of the terms: see `tax_lines`."""

    @property
    def taxes_in_it(self) -> tuple[Rate, ...]:
        """Those of its taxes that its prices have in them."""
        return tuple(one for one in self.taxes if one.included)

    @property
    def amounts(self) -> tuple[Money, ...]:
        """The prices of the whole quantity, rounded to the smallest unit (half to even)."""
        return tuple(_times(price, self.quantity) for price in self.prices)


class Addition(Struct, frozen=True):
    """A tax, or a fee that the customer pays, beside the prices."""

    name: str
    money: Money


class Cancellation(Struct, frozen=True):
    """What a customer owes who cancels: in time, or later than `hours` before the beginning."""

    hours: int
    early_percent: int
    late_percent: int


class Terms(Struct, frozen=True):
    """One version of what is agreed. agreement: the asking side's address of it."""

    agreement: str
    sequence: int
    provider: str
    customer: str
    lines: tuple[Line, ...]
    start: datetime | None = None
    end: datetime | None = None
    time_zone: str | None = None
    guests: int | None = None
    pickup: str | None = None
    """Where, and when, it is collected: a line of the listing's own."""
    taxes: tuple[Addition, ...] = ()
    fees: tuple[Addition, ...] = ()
    deposit: Money | None = None
    cancellation: Cancellation | None = None
    guest_tax: TaxedGuests | None = None
    """One of `taxes` is what it comes to."""
    policies: tuple[tuple[str, str], ...] = ()
    """Name and version of every policy that a number here was computed by."""

    @property
    def price(self) -> tuple[Money, ...]:
        """What the lines cost, per currency."""
        return summed(amount for line in self.lines for amount in line.amounts)

    @property
    def tax(self) -> tuple[Money, ...]:
        return summed(one.money for one in self.taxes)

    @property
    def due_taxes(self) -> tuple[Addition, ...]:
        """The taxes that follow from its lines, and from who sleeps there."""
        taxes = tax_lines(self.lines)
        if self.guest_tax is None or self.start is None or self.end is None:
            return taxes
        sum_ = self.guest_tax.sum_of(nights_of(self.start, self.end, self.time_zone))
        return (*taxes, Addition(self.guest_tax.name, sum_)) if sum_.amount else taxes

    @property
    def is_taxed(self) -> bool:
        """Whether its taxes follow; otherwise somebody wrote them by hand."""
        return self.guest_tax is not None or any(map(_on_top, self.lines))

    @property
    def included(self) -> tuple[Addition, ...]:
        """The taxes in the prices, which the total has in it already."""
        return _summed_taxes(self.lines, _in_it)

    @property
    def total(self) -> tuple[Money, ...]:
        """What the customer pays, per currency; a deposit comes on top and goes back."""
        added = [one.money for one in (*self.taxes, *self.fees)]
        return summed([*self.price, *added])

    @property
    def project(self) -> str | None:
        """The community project that has the share of the fee."""
        return project_of(self.lines)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON; numbers are texts, so that all programs read the same."""
        said = {
            "agreement": self.agreement,
            "sequence": self.sequence,
            "provider": self.provider,
            "customer": self.customer,
            "lines": [_written_line(line) for line in self.lines],
            "start": self.start and datetimes.format(self.start),
            "end": self.end and datetimes.format(self.end),
            "timeZone": self.time_zone,
            "guests": self.guests,
            "guestTax": self.guest_tax and self.guest_tax.document,
            "pickup": self.pickup,
            "taxes": [_written_addition(one) for one in self.taxes],
            "fees": [_written_addition(one) for one in self.fees],
            "deposit": self.deposit and written_money(self.deposit),
            "cancellation": self.cancellation
            and {
                "hours": self.cancellation.hours,
                "earlyPercent": self.cancellation.early_percent,
                "latePercent": self.cancellation.late_percent,
            },
            "policies": dict(self.policies),
            "total": [written_money(money) for money in self.total],
        }
        return {name: value for name, value in said.items() if value not in (None, [], {})}

    @property
    def digest(self) -> str:
        return digest_of(self.document)

    def coop_of(self, role: Role) -> str:
        """Whose coop stands on a side."""
        return self.provider if role is Role.PROVIDER else self.customer


def digest_of(document: Mapping[str, Any]) -> str:
    """The digest that messages about the terms carry."""
    return multibase.encode(sha256(jcs.canonical(dict(document))).digest())


def cancel_fee(terms: Terms, at: datetime, *, missed: bool = False) -> tuple[Money, ...]:
    """What the customer owes for cancelling at a moment, or for not coming; per currency."""
    if terms.cancellation is None:
        return ()
    in_time_for = timedelta(hours=terms.cancellation.hours)
    late = missed or (terms.start is not None and terms.start - at < in_time_for)
    percent = terms.cancellation.late_percent if late else terms.cancellation.early_percent
    share = Decimal(percent) / 100
    return tuple(fee for price in terms.price if (fee := _times(price, share)).amount)


def tax_lines(lines: Iterable[Line]) -> tuple[Addition, ...]:
    """The taxes on top that the rates of the lines come to: one for each name and rate, and
    currency.

    A sum is rounded once (half to even). Hours are not taxed.
    """
    taxes = _summed_taxes(lines, _on_top)
    return tuple(tax for tax in taxes if tax.money.amount)


def _summed_taxes(
    lines: Iterable[Line], shares: Callable[[Line], Iterable[tuple[Rate, Fraction]]]
) -> tuple[Addition, ...]:
    """shares: the rates of a line, each with its share of the price."""
    bases: dict[tuple[str, Decimal, str], tuple[Money, Fraction]] = {}
    for line in lines:
        for (rate, share), amount in itertools.product(shares(line), line.amounts):
            if amount.currency == HOUR:
                continue
            key = (rate.name, rate.percent, amount.currency)
            money, known = bases.get(key, (replace(amount, amount=0), Fraction(0)))
            bases[key] = money, known + amount.amount * share
    return tuple(
        Addition(f"{name} {plain(percent)} %", replace(money, amount=round(exact)))
        for (name, percent, _currency), (money, exact) in bases.items()
    )


def _on_top(line: Line) -> Iterable[tuple[Rate, Fraction]]:
    return [(one, Fraction(one.percent) / 100) for one in line.taxes if not one.included]


def _in_it(line: Line) -> Iterable[tuple[Rate, Fraction]]:
    """Several taxes in one price are all of the same net price."""
    whole = 100 + sum(Fraction(one.percent) for one in line.taxes_in_it)
    return [(one, Fraction(one.percent) / whole) for one in line.taxes_in_it]


def summed(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """One sum per currency, in the order of their codes; sums of nothing are left out."""
    sums: dict[str, Money] = {}
    for money in amounts:
        known = sums.get(money.currency)
        sums[money.currency] = money if known is None else known + money
    return tuple(sums[code] for code in sorted(sums) if sums[code].amount)


def check(terms: Terms) -> None:
    """Raises InvalidInput for terms that nobody can agree to, by field."""
    faults: dict[str, list[Text]] = {}
    if not 1 <= len(terms.lines) <= MOST_LINES:
        faults["lines"] = [_("Name 1 to %(most)s things.", most=MOST_LINES)]
    for line in terms.lines:
        if fault := _line_fault(line):
            faults.setdefault("lines", []).append(fault)
    if (terms.start is None) != (terms.end is None):
        faults["end"] = [_("Give both a beginning and an end, or neither.")]
    elif terms.start and terms.end and terms.end <= terms.start:
        faults["end"] = [_("The end comes after the beginning.")]
    if terms.guests is not None and not 1 <= terms.guests <= MOST_GUESTS:
        ends = {"low": 1, "high": MOST_GUESTS}
        faults["guests"] = [_("This is a number from %(low)s to %(high)s.", **ends)]
    if len(terms.pickup or "") > LONGEST_PICKUP:
        too_long = _("This is too long: at most %(longest)s characters.", longest=LONGEST_PICKUP)
        faults["pickup"] = [too_long]
    for name in ("taxes", "fees"):
        if any(one.money.amount < 0 or not one.name for one in getattr(terms, name)):
            faults[name] = [_("Each has a name and an amount of 0 or more.")]
    if over := _fees_above_price(terms):
        faults.setdefault("fees", []).append(over)
    if terms.guest_tax is not None and (fault := _guest_tax_fault(terms, terms.guest_tax)):
        faults["taxed_guests"] = [fault]
    elif terms.is_taxed and terms.taxes != terms.due_taxes:
        faults["taxes"] = [_("The taxes are not those of the lines.")]
    if terms.deposit is not None and terms.deposit.amount < 0:
        faults["deposit"] = [_("A deposit is 0 or more.")]
    if terms.cancellation is not None and not _is_sound(terms.cancellation):
        faults["cancellation"] = [_("Percentages go from 0 to 100, hours from 0 up.")]
    if any(money.amount > LARGEST_AMOUNT for money in terms.total):
        faults["lines"] = [_("This amount is too large.")]
    if faults:
        raise InvalidInput(faults)


def _guest_tax_fault(terms: Terms, tax: TaxedGuests) -> Text | None:
    if terms.start is None or terms.end is None:
        return _("Say from when to when.")
    if not tax.name or tax.each.amount <= 0:
        return _("Each has a name and an amount of 0 or more.")
    return tax.fault(terms.guests, MOST_GUESTS)


def project_of(lines: Iterable[Line]) -> str | None:
    """The community project that has the share of the fee: where lines name several, the first."""
    return next((line.project for line in lines if line.project), None)


def check_projects(lines: Iterable[Line]) -> None:
    """All of one listing is for one community project, what is added too. Raises InvalidInput."""
    chosen: dict[str, str | None] = {}
    if any(chosen.setdefault(line.listing, line.project) != line.project for line in lines):
        complaint = _("Name one community project for all that you take of one listing.")
        raise InvalidInput({"lines": [complaint]})


def _fees_above_price(terms: Terms) -> Text | None:
    price = {money.currency: money.amount for money in terms.price}
    for money in summed(one.money for one in terms.fees):
        if money.amount > price.get(money.currency, 0):
            return _(
                "The fees come to %(fees)s %(currency)s, which is more than the price. Together "
                "they are at most the price.",
                fees=money.told,
                currency=money.currency,
            )
    return None


def _line_fault(line: Line) -> Text | None:
    if not 0 < line.quantity <= LARGEST_QUANTITY:
        return _("A quantity is above 0.")
    if not line.title or len(line.title) > LONGEST_TITLE or len(line.unit) > LONGEST_UNIT:
        return _("Each thing has a title and a unit, and not too long ones.")
    codes = {price.currency for price in line.prices}
    if len(codes) != len(line.prices) or len(codes) > MOST_MIX:
        return _("Name each currency once, at most %(most)s of them.", most=MOST_MIX)
    if any(not 0 < rate.percent <= 100 for rate in line.taxes if rate.percent or not rate.included):
        return _("A tax is above 0, and at most 100 percent.")
    if any(price.amount < 0 for price in line.prices):
        return _("A price is 0 or more.")
    return None


def _is_sound(cancellation: Cancellation) -> bool:
    percents = (cancellation.early_percent, cancellation.late_percent)
    return cancellation.hours >= 0 and all(0 <= one <= 100 for one in percents)


def _times(price: Money, quantity: Decimal) -> Money:
    exact = Decimal(price.amount) * quantity
    return replace(price, amount=int(exact.to_integral_value(ROUND_HALF_EVEN)))


def written_money(money: Money) -> dict[str, str]:
    """Money as JSON."""
    return {"amount": money.text, "currency": money.currency}


def plain(quantity: Decimal) -> str:
    """A quantity in the one spelling that is signed: no exponent, no zeros at the end."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _written_line(line: Line) -> dict[str, Any]:
    said = {
        "listing": line.listing,
        "kind": line.kind,
        "title": line.title,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "prices": [written_money(price) for price in line.prices],
        "extra": line.extra or None,
        "project": line.project,
        "taxes": [_written_rate(one) for one in line.taxes],
    }
    return {name: value for name, value in said.items() if value not in (None, [])}


def _written_rate(one: Rate) -> dict[str, Any]:
    said = {"name": one.name, "percent": plain(one.percent)}
    return said | ({"included": True} if one.included else {})


def _written_addition(one: Addition) -> dict[str, str]:
    return {"name": one.name, **written_money(one.money)}
