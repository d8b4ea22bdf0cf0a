"""Money as a whole number of the smallest unit: no floats, no lost cents.

A currency is an ISO 4217 code, or `HOUR` (time credit, hundredths of an hour), or `CREDIT` (a
node's own listening credit, thousandths, because a first play costs 0.002).
"""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation, Overflow
from functools import lru_cache

from msgspec import Struct

from node.errors import InvalidInput
from node.i18n import _

# ISO 4217 minor units other than two.
_NO_CENTS = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_THOUSANDTHS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "CREDIT"])
HOUR = "HOUR"
"""Time credit, as a currency."""
_OWN_UNITS = frozenset({HOUR, "CREDIT"})
# Codes of ISO 4217 that are no money: for tests, for nothing, metals, funds, units of account.
_NO_MONEY = frozenset(
    "XXX XTS XAU XAG XPT XPD XBA XBB XBC XBD XDR XSU XUA XRE XFU XFO XEU".split()  # noqa: SIM905
)

# 64-bit columns hold it with room for sums; no coop books more in one line.
LARGEST_AMOUNT = 10**15
LARGEST_QUANTITY = Decimal(1_000_000)
_MOST_DIGITS = 30


def is_sayable(value: Decimal) -> bool:
    """Whether a number can be written out: "1e-999999999" takes ten bytes to send, and a gigabyte
    of digits to write."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and -_MOST_DIGITS <= exponent <= _MOST_DIGITS


class Figures(Struct, frozen=True):
    """A sum as `Money.text` writes it, told with the signs of the reader's language: 1.250,00."""

    written: str

    def __str__(self) -> str:
        from babel.numbers import format_decimal

        from node.days import locale

        _whole, point, parts = self.written.partition(".")
        pattern = "#,##0" + point + "0" * len(parts)
        return format_decimal(Decimal(self.written), pattern, locale=locale())


class Money(Struct, frozen=True):
    """`amount` units of 10**-`scale` of a currency: Money(1250, "GBP", 2) is £12.50."""

    amount: int
    currency: str
    scale: int

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Read "12.50" in a currency; raises InvalidInput for the field `amount` or `currency`."""
        if not is_currency(currency):
            raise InvalidInput({"currency": [_("Use a currency code such as GBP, EUR or HOUR.")]})
        scale = scale_of(currency)
        if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", text.strip(), re.ASCII):
            raise InvalidInput({"amount": [_("Write the amount in digits, such as 12.50.")]})
        return cls.of(Decimal(text.strip()), currency, scale)

    @classmethod
    def of(cls, value: Decimal, currency: str, scale: int | None = None) -> "Money":
        """An exact decimal as money; surplus decimals are refused, not rounded."""
        scale = scale_of(currency) if scale is None else scale
        if not is_sayable(value):
            raise InvalidInput({"amount": [_("This amount is too large.")]})
        try:
            units = value.scaleb(scale)
        except (InvalidOperation, Overflow):
            raise InvalidInput({"amount": [_("This amount is too large.")]}) from None
        if not units.is_finite() or abs(units) > LARGEST_AMOUNT:
            raise InvalidInput({"amount": [_("This amount is too large.")]})
        if units != units.to_integral_value():
            raise InvalidInput(
                {
                    "amount": [
                        _(
                            "%(currency)s has at most %(scale)s decimals.",
                            currency=currency,
                            scale=scale,
                        )
                    ]
                }
            )
        return cls(int(units), currency, scale)

    @property
    def decimal(self) -> Decimal:
        """The value in whole units of the currency, exact."""
        return Decimal(self.amount).scaleb(-self.scale)

    @property
    def text(self) -> str:
        """Plain digits with all decimals of the scale: "12.50", "-0.05", "800"."""
        return f"{self.decimal:.{self.scale}f}"

    @property
    def told(self) -> Figures:
        """The value in a sentence for people; its currency is said beside it."""
        return Figures(self.text)

    def __add__(self, other: "Money") -> "Money":
        self._must_match(other)
        return Money(self.amount + other.amount, self.currency, self.scale)

    def __sub__(self, other: "Money") -> "Money":
        self._must_match(other)
        return Money(self.amount - other.amount, self.currency, self.scale)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency, self.scale)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Divide by whole-number weights without losing a unit: largest remainder, then order.

        Raises ValueError unless the weights are non-negative with a positive sum.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights are non-negative and not all zero")
        whole = abs(self.amount)
        shares = [whole * weight // total for weight in weights]
        by_remainder = sorted(
            range(len(weights)), key=lambda index: -(whole * weights[index] % total)
        )
        for index in by_remainder[: whole - sum(shares)]:
            shares[index] += 1
        sign = -1 if self.amount < 0 else 1
        return [Money(sign * share, self.currency, self.scale) for share in shares]

    def _must_match(self, other: "Money") -> None:
        if (self.currency, self.scale) != (other.currency, other.scale):
            raise ValueError(f"cannot add {other.currency} to {self.currency}")


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Every code that may stand on a price: the currencies CLDR names, and our two own units."""
    from babel import Locale

    return frozenset(Locale("en").currencies) - _NO_MONEY | _OWN_UNITS


def is_currency(code: str) -> bool:
    """Whether the code is one this node can count in."""
    return code in currencies()


def scale_of(currency: str) -> int:
    """Decimals of a currency after ISO 4217 (CLDR's own count drops cents still used in books)."""
    if currency in _NO_CENTS:
        return 0
    return 3 if currency in _THOUSANDTHS else 2
