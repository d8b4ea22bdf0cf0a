"""What a coop owes another for a referral, and how much that may be. Pure; whole numbers only.

A fee is agreed when the referral is offered, and never more than the policies in force allow:
sender and receiver check it each for itself. Nor is it ever more than the job was worth. A
percentage is of the value of the first agreement, counted in hundredths of a percent and rounded
half up to the currency's smallest unit.
"""

from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from node.i18n import Text, _
from node.money import Money
from node.policies import Breach, Limit
from node.text import fold, words

WHOLE = 10_000
"""100 % in hundredths of a percent."""


class FeeKind(StrEnum):
    """What was agreed."""

    NONE = "none"
    FLAT = "flat"
    PERCENT = "percent"
    RECIPROCAL = "reciprocal"  # no money: the other coop passes the next one on to us
    FUND = "communityFund"  # a percentage, for the sender's community fund


FEE_WORDS: dict[FeeKind, Text] = {
    FeeKind.NONE: _("No fee"),
    FeeKind.FLAT: _("A fixed sum"),
    FeeKind.PERCENT: _("A part of the first job"),
    FeeKind.RECIPROCAL: _("The next one the other way round"),
    FeeKind.FUND: _("A part of the first job, for our community fund"),
}
# Cyrillic and Greek letters that nobody tells from Latin ones by their looks.
_LOOK_LATIN = str.maketrans(
    "\u0430\u0441\u0435\u043e\u0440\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d"
    "\u03b1\u03bf\u03c1\u03bd\u03c5\u03b9\u03ba",
    "aceopyxijshdqwaopvuik",
)
_SHARES = frozenset({FeeKind.PERCENT, FeeKind.FUND})


class FeeTerms(Struct, frozen=True):
    """amount: of a flat fee. share: hundredths of a percent. at_most: a cap on a share."""

    kind: FeeKind = FeeKind.NONE
    amount: Money | None = None
    share: int = 0
    at_most: Money | None = None

    @property
    def is_free(self) -> bool:
        """Whether no money is ever owed."""
        return self.kind in (FeeKind.NONE, FeeKind.RECIPROCAL)

    @property
    def percent(self) -> Decimal:
        """The share as people say it."""
        return Decimal(self.share) / 100


class Ceilings(Struct, frozen=True):
    """What the policies in force allow. flat: whole units of whatever currency the fee is in.

    answer_days: how long another coop may be given to answer us, if federations decided on that.
    listing: the category of the listing that the need names, which counts beside the need's own.
    """

    percent: Decimal
    flat: Decimal
    care: frozenset[str]
    limits: tuple[Limit, ...]
    """The three policies these come from: percent, flat, care."""
    answer_days: int | None = None
    answer: Limit | None = None
    listing: str = ""

    @property
    def versions(self) -> dict[str, str]:
        """The versions, by key, to be kept beside what was computed."""
        return {limit.key: limit.version for limit in self.limits}


class FeeFault(Struct, frozen=True):
    """Why a fee may not be. limit: the policy it breaks; value: what was asked for."""

    code: str
    text: Text
    field: str = "fee"
    limit: Limit | None = None
    value: str = ""

    @property
    def breach(self) -> Breach | None:
        """The policy that it breaks, if it is that."""
        return None if self.limit is None else Breach(self.code, self.text, self.limit, self.value)


def fault_in(
    terms: FeeTerms, category: str, budget: Money | None, ceilings: Ceilings
) -> FeeFault | None:
    """What is wrong with a fee under the policies in force; None if nothing is."""
    if terms.is_free:
        return None
    if fault := _not_positive(terms) or _over_price(terms, budget):
        return fault
    percent, flat, care = ceilings.limits
    if ceilings.care and not _spelt(category):
        text = _("A fee needs a category: passing on somebody who needs care is always free.")
        return FeeFault("fee-without-category", text, "fee", care, _said(terms))
    if any(is_care(one, ceilings.care) for one in (category, ceilings.listing)):
        text = _("Passing on somebody who needs care is always free of charge.")
        return FeeFault("fee-for-care", text, "fee", care, _said(terms))
    if terms.kind in _SHARES and terms.percent > ceilings.percent:
        text = _("The fee is above the limit that the coops have set.")
        return FeeFault("fee-above-ceiling", text, "fee_percent", percent, f"{terms.percent:f}")
    if terms.kind is FeeKind.FLAT and terms.amount and terms.amount.decimal > ceilings.flat:
        text = _("The fee is above the limit that the coops have set.")
        return FeeFault("fee-above-ceiling", text, "fee_amount", flat, _said(terms))
    return None


def is_care(category: str, care: Collection[str]) -> bool:
    """Whether a category names one of these needs: all words of one are among its own, however
    they are spelt ("Elder care", "emergency housing")."""
    said = _spelt(category)
    return any(wanted <= said for one in care if (wanted := _spelt(one)))


def _spelt(category: str) -> set[str]:
    """The words of a category; letters that look like Latin ones count as these."""
    return set(words(fold(category).translate(_LOOK_LATIN)))


def fee_for(terms: FeeTerms, value: Money | None, *, done: bool) -> Money | None:
    """What is owed when a job of this value is over, at most that value; None for nothing.

    done: something of it was done. A share needs the value; a fixed sum stays as it was
    agreed where nobody states one.
    """
    if terms.is_free or not done:
        return None
    if terms.kind is FeeKind.FLAT:
        return _at_most(terms.amount, value)
    if value is None or value.amount <= 0:
        return None
    units = (value.amount * terms.share + WHOLE // 2) // WHOLE
    if terms.at_most is not None and terms.at_most.currency == value.currency:
        units = min(units, terms.at_most.amount)
    return Money(units, value.currency, value.scale) if units else None


def _at_most(amount: Money | None, value: Money | None) -> Money | None:
    if amount is None or value is None or amount.currency != value.currency:
        return amount
    return min(amount, value, key=lambda money: money.amount)


def _not_positive(terms: FeeTerms) -> FeeFault | None:
    if terms.kind is FeeKind.FLAT and (terms.amount is None or terms.amount.amount <= 0):
        return FeeFault("bad-fee", _("A fixed fee is more than nothing."), "fee_amount")
    if terms.kind in _SHARES and not 0 < terms.share <= WHOLE:
        return FeeFault("bad-fee", _("A part is above 0 % and at most 100 %."), "fee_percent")
    if terms.at_most is not None and terms.at_most.amount <= 0:
        return FeeFault("bad-fee", _("The most a fee can be is more than nothing."), "fee_at_most")
    return None


def _over_price(terms: FeeTerms, budget: Money | None) -> FeeFault | None:
    if terms.kind is not FeeKind.FLAT or terms.amount is None or budget is None:
        return None
    if terms.amount.currency != budget.currency:
        text = _("The fee is in the currency of what the person can spend.")
        return FeeFault("fee-currency", text, "fee_amount")
    if terms.amount.amount > budget.amount:
        text = _("The fee is more than the person can spend.")
        return FeeFault("fee-over-price", text, "fee_amount")
    return None


def _said(terms: FeeTerms) -> str:
    if terms.kind in _SHARES:
        return f"{terms.percent:f}"
    return "" if terms.amount is None else f"{terms.amount.text} {terms.amount.currency}"
