"""Prices as people write them in tables: "£14", "12,50 €", "14-22", "by donation"."""

import re
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from node import money

# Digits with at most cents; "1.200" may be a thousand or little more than one: that stays words.
_AMOUNT = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+\.\d{2}|\d{1,3}(?:\.\d{3})+,\d{2}"
    r"|\d{1,3}(?:[ ’'\u00a0]\d{3})+(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,2})?)(?![\d.,])",
    re.ASCII,
)
_CODE = re.compile(r"\b[A-Za-z]{3,6}\b", re.ASCII)
_SIGNS = {"£": "GBP", "€": "EUR", "$": "USD", "zł": "PLN", "kč": "CZK", "₹": "INR"}
_BETWEEN = re.compile(r"[\s–—-]+|\b(?:to|bis|a|à|do|til|and)\b", re.IGNORECASE)


class Price(Struct, frozen=True):
    """amount None: only words, or nothing."""

    amount: Decimal | None = None
    maximum: Decimal | None = None
    currency: str | None = None
    text: str | None = None


def read_price(said: str, upper: str, currency: str) -> Price:
    """A price out of a cell, and perhaps another with the upper end.

    currency: a code from a column of its own, or empty. What is more than amounts and a currency is
    kept as words: "2 for £5" is no price from 2 to 5.
    """
    amounts = [_decimal(match.group()) for match in _AMOUNT.finditer(f"{said} | {upper}")]
    rest = _AMOUNT.sub(" ", f"{said} {upper}")
    named = currency.upper() or None
    for sign, code in _SIGNS.items():
        if sign in rest.lower():
            rest, named = re.sub(re.escape(sign), " ", rest, flags=re.IGNORECASE), named or code
    for match in _CODE.finditer(rest):
        if money.is_currency(match.group().upper()):
            rest, named = rest.replace(match.group(), " "), named or match.group().upper()
    if _BETWEEN.sub("", rest) or len(amounts) not in (1, 2):
        return Price(text=" ".join(filter(None, (said, upper))) or None)
    return Price(amounts[0], amounts[1] if len(amounts) == 2 else None, named)


def exact(text: str) -> Decimal | None:
    """An amount as our own export writes it. Raises ValueError."""
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not money.is_sayable(amount):
        raise ValueError(text)
    return amount


def _decimal(text: str) -> Decimal:
    *whole, last = re.split(r"[.,]", text)
    if whole and len(last) <= 2:
        return Decimal("".join(whole).translate(_GAPS) + "." + last)
    return Decimal(text.translate(_GAPS))


_GAPS = {ord(gap): None for gap in " ’'\u00a0"}
