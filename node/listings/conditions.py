"""What a listing says beside its price: taxes on top and in it, one for each person and night, a
deposit, what cancelling costs, for which project.

They go into the terms of whoever asks for it, on any coop's node. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from node.errors import InvalidInput
from node.i18n import Text, _
from node.money import HOUR, Money, is_currency

MOST_TAXES = 5
MOST_PROJECTS = 6
LONGEST_NAME = 60
MOST_HOURS = 24 * 365
OLDEST = 99
"""From which age on a tax may be due."""
_TAX = re.compile(r"(.*\S)\s+([0-9]{1,3}(?:[.,][0-9]{1,4})?)\s*[%٪]?", re.DOTALL)
_BETWEEN = re.compile(r"[;؛\n]")


class Unreadable(Exception):
    """Conditions that cannot be understood; says which part of them."""


class Tax(Struct, frozen=True):
    """A tax on top of the price, or in it. percent: up to 100; 0 in it: none is charged."""

    name: str
    percent: Decimal

    @property
    def text(self) -> str:
        """As people write it: VAT 20 %."""
        return f"{self.name} {plain(self.percent)} %"


class GuestTax(Struct, frozen=True):
    """A fixed sum for each person and night of a stay, in the currency of the price. from_age: who
    is younger does not pay it."""

    name: str
    amount: Decimal
    from_age: int | None = None


class ReferralFee(Struct, frozen=True):
    """What a coop gets that passes somebody on to the listing: a part of the first job, or a fixed
    sum in the currency of the price. It enters no terms: a referral has its own."""

    percent: Decimal | None = None
    amount: Decimal | None = None


class Cancelling(Struct, frozen=True):
    """What a customer owes who cancels: in time, or later than `hours` before the beginning."""

    hours: int
    early_percent: int = 0
    late_percent: int = 0


class Conditions(Struct, frozen=True):
    """taxes: on top of the price. included: those in it. deposit: in the currency of the price.
    project: has a share of the coop's fee, unless whoever asks chooses one of the others."""

    taxes: tuple[Tax, ...] = ()
    deposit: Decimal | None = None
    cancelling: Cancelling | None = None
    project: str | None = None
    included: tuple[Tax, ...] = ()
    other_projects: tuple[str, ...] = ()
    guest_tax: GuestTax | None = None
    referral_fee: ReferralFee | None = None

    @property
    def projects(self) -> tuple[str, ...]:
        """All between which whoever asks chooses; the first is meant if they do not."""
        return (self.project, *self.other_projects) if self.project else ()

    def at(self, own: "Conditions | None") -> "Conditions":
        """The same at a price that asks for its own taxes, or its own deposit (0: for none)."""
        if own is None:
            return self
        rates = own if own.taxes or own.included else self
        deposit = self.deposit if own.deposit is None else own.deposit or None
        return replace(self, taxes=rates.taxes, included=rates.included, deposit=deposit)


NO_CONDITIONS = Conditions()


def read_taxes(text: str, field: str = "taxes") -> tuple[Tax, ...]:
    """ "VAT 20 %; City tax 3.5 %" as taxes. Raises InvalidInput for the field."""
    found = []
    for part in filter(None, map(str.strip, _BETWEEN.split(text))):
        match = _TAX.fullmatch(part)
        if match is None:
            raise InvalidInput({field: [_("Write each tax as VAT 20 %, with ; between them.")]})
        found.append(Tax(" ".join(match[1].split()), Decimal(match[2].replace(",", "."))))
    return tuple(found)


def written_taxes(taxes: tuple[Tax, ...]) -> str:
    """`read_taxes` the other way round."""
    return "; ".join(tax.text for tax in taxes)


def read_projects(text: str) -> tuple[str, ...]:
    """Names with ; or a new line between them."""
    return tuple(filter(None, map(str.strip, _BETWEEN.split(text))))


def faults(conditions: Conditions, currency: str | None) -> dict[str, Text]:
    """What keeps them from being taken, by field. currency: of the price."""
    found: dict[str, Text] = {}
    if len(conditions.taxes) > MOST_TAXES or not all(map(_is_sound, conditions.taxes)):
        found["taxes"] = _(
            "At most %(most)s taxes, each with a name, above 0 and at most 100 percent.",
            most=MOST_TAXES,
        )
    if len(conditions.included) > MOST_TAXES or not all(map(_is_in_it, conditions.included)):
        found["taxes_included"] = _(
            "At most %(most)s taxes, each with a name, from 0 to 100 percent.", most=MOST_TAXES
        )
    if conditions.deposit is not None:
        if currency is None or not is_currency(currency) or currency == HOUR:
            found["deposit"] = _("A deposit is in the currency of the price: give a price too.")
        elif fault := _amount_fault(conditions.deposit, currency, _("A deposit is above 0.")):
            found["deposit"] = fault
    if conditions.referral_fee is not None:
        found |= dict(_referral_faults(conditions.referral_fee, currency))
    if conditions.guest_tax is not None:
        found |= dict(_guest_tax_faults(conditions.guest_tax, currency))
    cancelling = conditions.cancelling
    if cancelling is not None and not (
        0 <= cancelling.hours <= MOST_HOURS
        and all(0 <= one <= 100 for one in (cancelling.early_percent, cancelling.late_percent))
    ):
        found["cancel_hours"] = _("Percentages go from 0 to 100, hours from 0 up.")
    if len(conditions.other_projects) >= MOST_PROJECTS:
        found["project"] = _("At most %(most)s projects.", most=MOST_PROJECTS)
    projects = (conditions.project or "", *conditions.other_projects)
    if any(len(one) > LONGEST_NAME for one in projects):
        found["project"] = _(
            "This is too long: at most %(longest)s characters.", longest=LONGEST_NAME
        )
    return found


def own_faults(conditions: Conditions, currency: str | None) -> dict[str, Text]:
    """`faults`, and what is a slip among ours but is taken from a peer."""
    found = faults(conditions, currency)
    if currency is not None and not is_currency(currency):
        for name in ("deposit", "guest_tax_amount", "referral_amount"):
            found.pop(name, None)  # There is a price; what is wrong is said at its currency.
    cancelling = conditions.cancelling
    if cancelling is not None and cancelling.early_percent > cancelling.late_percent:
        found["cancel_early_percent"] = _(
            "Cancelling in time costs more than cancelling late: did you swap the two?"
        )
    return found


def document(conditions: Conditions, currency: str | None) -> dict[str, Any] | None:
    """As JSON, for peers and for the row; None when there are none. Numbers are texts."""
    cancelling, deposit = conditions.cancelling, conditions.deposit
    said = {
        "taxes": _written(conditions.taxes),
        "taxesIncluded": _written(conditions.included),
        "deposit": None
        if deposit is None or currency is None
        else {"amount": f"{deposit:f}", "currency": currency},
        "cancellation": cancelling
        and {
            "hours": cancelling.hours,
            "earlyPercent": cancelling.early_percent,
            "latePercent": cancelling.late_percent,
        },
        "project": conditions.project,
        "otherProjects": list(conditions.other_projects),
        "guestTax": conditions.guest_tax
        and currency
        and _guest_tax(conditions.guest_tax, currency),
        "referralFee": conditions.referral_fee and _referral_fee(conditions.referral_fee, currency),
    }
    return {name: value for name, value in said.items() if value not in (None, [])} or None


def read(stored: object, currency: str | None) -> Conditions:
    """`document` the other way round, also of a peer's.

    Raises Unreadable for what cannot be understood: whoever asks would sign something else.
    """
    conditions = as_said(stored, currency)
    if bad := faults(conditions, currency):
        raise Unreadable(next(iter(bad)))
    return conditions


def as_said(stored: object, currency: str | None) -> Conditions:
    """`read`, whatever is wrong with it. Raises Unreadable."""
    if stored is None:
        return NO_CONDITIONS
    if not isinstance(stored, Mapping):
        raise Unreadable("conditions")
    return Conditions(
        taxes=tuple(_tax(one) for one in _listed(stored.get("taxes", []))),
        deposit=_deposit(stored.get("deposit"), currency),
        cancelling=_cancelling(stored.get("cancellation")),
        project=_name(stored["project"]) if "project" in stored else None,
        included=tuple(_tax(one) for one in _listed(stored.get("taxesIncluded", []))),
        other_projects=tuple(_name(one) for one in _listed(stored.get("otherProjects", []))),
        guest_tax=_read_guest_tax(stored.get("guestTax"), currency),
        referral_fee=_read_referral_fee(stored.get("referralFee"), currency),
    )


def _written(taxes: tuple[Tax, ...]) -> list[dict[str, str]]:
    return [{"name": one.name, "percent": plain(one.percent)} for one in taxes]


def plain(number: Decimal) -> str:
    """Digits without an exponent, and without zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_sound(tax: Tax) -> bool:
    """Whether it can stand on top."""
    return _is_in_it(tax) and tax.percent > 0


def _is_in_it(tax: Tax) -> bool:
    """Whether it can be written as people write it, and read again."""
    is_named = 0 < len(tax.name) <= LONGEST_NAME and not _BETWEEN.search(tax.name)
    is_rate = tax.percent.is_finite() and 0 <= tax.percent <= 100
    return is_named and is_rate and tax.percent == round(tax.percent, 4)


def _guest_tax_faults(tax: GuestTax, currency: str | None) -> Iterator[tuple[str, Text]]:
    """By field."""
    if not _is_in_it(Tax(tax.name, Decimal(0))):
        yield "guest_tax_name", _("Say what this tax is called, in at most 60 characters.")
    if tax.from_age is not None and not 1 <= tax.from_age <= OLDEST:
        yield "guest_tax_age", _("This is a number from %(low)s to %(high)s.", low=1, high=OLDEST)
    if currency is None or not is_currency(currency) or currency == HOUR:
        complaint = _("This tax is in the currency of the price: give a price too.")
        yield "guest_tax_amount", complaint
    elif fault := _amount_fault(tax.amount, currency, _("A tax is above 0.")):
        yield "guest_tax_amount", fault


def _referral_faults(fee: ReferralFee, currency: str | None) -> Iterator[tuple[str, Text]]:
    """By field."""
    if (fee.percent is None) == (fee.amount is None):
        yield "referral_amount", _("Name a part or a fixed sum, not both.")
    elif fee.percent is not None:
        percent = fee.percent
        if not (percent.is_finite() and 0 < percent <= 100 and percent == round(percent, 2)):
            yield "referral_percent", _("A part is above 0 % and at most 100 %.")
    elif currency is None or not is_currency(currency):
        complaint = _("This sum is in the currency of the price: give a price too.")
        yield "referral_amount", complaint
    elif fault := _amount_fault(fee.amount or Decimal(0), currency, _("A fee is above 0.")):
        yield "referral_amount", fault


def _referral_fee(fee: ReferralFee, currency: str | None) -> dict[str, str] | None:
    if fee.percent is not None:
        return {"percent": plain(fee.percent)}
    if fee.amount is None or currency is None:
        return None
    return {"amount": f"{fee.amount:f}", "currency": currency}


def _read_referral_fee(stored: object, currency: str | None) -> ReferralFee | None:
    if stored is None:
        return None
    if not isinstance(stored, Mapping):
        raise Unreadable("referralFee")
    if "percent" in stored:
        return ReferralFee(percent=_number(stored["percent"]))
    if stored.get("currency") != currency:
        raise Unreadable("referralFee")
    return ReferralFee(amount=_number(stored.get("amount")))


def _guest_tax(tax: GuestTax, currency: str) -> dict[str, Any]:
    said = {"name": tax.name, "amount": f"{tax.amount:f}", "currency": currency}
    return said if tax.from_age is None else said | {"fromAge": tax.from_age}


def _read_guest_tax(stored: object, currency: str | None) -> GuestTax | None:
    if stored is None:
        return None
    if not isinstance(stored, Mapping) or stored.get("currency") != currency:
        raise Unreadable("guestTax")
    age = _whole(stored["fromAge"]) if "fromAge" in stored else None
    return GuestTax(_name(stored.get("name")), _number(stored.get("amount")), age)


def _amount_fault(amount: Decimal, currency: str, too_low: Text) -> Text | None:
    if not amount.is_finite() or amount <= 0:
        return too_low
    try:
        Money.of(amount, currency)
    except InvalidInput as error:
        return error.fields["amount"][0]
    return None


def _listed(stored: object) -> list[Any]:
    """A list of one may have been normalised to its item."""
    return stored if isinstance(stored, list) else [stored]


def _tax(stored: Any) -> Tax:
    if not isinstance(stored, Mapping):
        raise Unreadable("taxes")
    return Tax(_name(stored.get("name")), _number(stored.get("percent")))


def _deposit(stored: object, currency: str | None) -> Decimal | None:
    if stored is None:
        return None
    if not isinstance(stored, Mapping) or stored.get("currency") != currency:
        raise Unreadable("deposit")
    return _number(stored.get("amount"))


def _cancelling(stored: object) -> Cancelling | None:
    if stored is None:
        return None
    if not isinstance(stored, Mapping):
        raise Unreadable("cancellation")
    return Cancelling(*(_whole(stored.get(n)) for n in ("hours", "earlyPercent", "latePercent")))


def _name(stored: object) -> str:
    if not isinstance(stored, str) or not stored.strip():
        raise Unreadable("name")
    return " ".join(stored.split())


def _number(stored: object) -> Decimal:
    if not isinstance(stored, str) or not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", stored):
        raise Unreadable("number")
    return Decimal(stored)


def _whole(stored: object) -> int:
    if type(stored) is not int:
        raise Unreadable("hours or percent")
    return stored
