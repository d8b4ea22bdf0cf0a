"""Types of policy values: what is allowed, and how a value is written as JSON. No floats anywhere.

Each kind has `read(stored)`, which returns the typed value or raises InvalidInput (field `value`),
and `write(value)`, which returns what JSON can hold exactly.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from msgspec import Struct

from node.errors import InvalidInput
from node.i18n import Text, _

T = TypeVar("T")

MOST_WORDS = 100
LONGEST_WORD = 100
_DIGITS = 6


class Kind(Protocol[T]):
    """How values of one type are checked and stored."""

    def read(self, stored: object) -> T: ...
    def write(self, value: T) -> object: ...


class WholeNumber(Struct, frozen=True):
    """An integer from lowest to highest."""

    lowest: int
    highest: int

    def read(self, stored: object) -> int:
        if type(stored) is not int or not self.lowest <= stored <= self.highest:
            raise _refused(
                _(
                    "Use a whole number from %(lowest)s to %(highest)s.",
                    lowest=self.lowest,
                    highest=self.highest,
                )
            )
        return stored

    def write(self, value: int) -> object:
        return value


class YesNo(Struct, frozen=True):
    """True or false."""

    def read(self, stored: object) -> bool:
        if type(stored) is not bool:
            raise _refused(_("Use yes or no."))
        return stored

    def write(self, value: bool) -> object:
        return value


class Exact(Struct, frozen=True):
    """A decimal number, stored as its digits."""

    lowest: Decimal
    highest: Decimal

    def read(self, stored: object) -> Decimal:
        shaped = isinstance(stored, str) and re.fullmatch(
            r"-?[0-9]{1,15}(\.[0-9]{1,9})?", stored, re.ASCII
        )
        if not shaped or not self.lowest <= Decimal(str(stored)) <= self.highest:
            raise _refused(
                _(
                    "Use a number from %(lowest)s to %(highest)s.",
                    lowest=self.lowest,
                    highest=self.highest,
                )
            )
        return Decimal(str(stored))

    def write(self, value: Decimal) -> object:
        return f"{value:f}"


class Share(Struct, frozen=True):
    """A part of a whole, from 0 to 1, stored as "2/3"."""

    def read(self, stored: object) -> Fraction:
        match = isinstance(stored, str) and re.fullmatch(
            r"([0-9]{1,9})/([1-9][0-9]{0,8})", stored, re.ASCII
        )
        if not match or Fraction(int(match[1]), int(match[2])) > 1:
            raise _refused(_("Use a fraction from 0/1 to 1/1, such as 2/3."))
        return Fraction(int(match[1]), int(match[2]))

    def write(self, value: Fraction) -> object:
        return f"{value.numerator}/{value.denominator}"


class Words(Struct, frozen=True):
    """A list of words, each once, in order; only from `allowed` if it is given."""

    allowed: tuple[str, ...] = ()

    def read(self, stored: object) -> tuple[str, ...]:
        if not isinstance(stored, list | tuple) or len(stored) > MOST_WORDS:
            raise _refused(_("Use a list of at most %(most)s words.", most=MOST_WORDS))
        for word in stored:
            if not isinstance(word, str) or not 1 <= len(word) <= LONGEST_WORD:
                raise _refused(_("Each word has 1 to %(n)s letters.", n=LONGEST_WORD))
            if self.allowed and word not in self.allowed:
                raise _refused(_("Choose from: %(words)s.", words=", ".join(self.allowed)))
        return tuple(dict.fromkeys(stored))

    def write(self, value: tuple[str, ...]) -> object:
        return list(value)


class Limits(Words, frozen=True):
    """For some of a few names, or several together, a number: "investor=10", "investor+user=25"."""

    names: tuple[str, ...] = ()
    highest: int = 100_000

    def read(self, stored: object) -> tuple[str, ...]:
        return tuple(self._limit(word) for word in super().read(stored))

    def _limit(self, word: str) -> str:
        names, equals, number = word.replace(" ", "").partition("=")
        is_number = number.isascii() and number.isdecimal() and len(number) <= _DIGITS
        if not (equals and is_number and int(number) <= self.highest):
            raise _refused(_("Write a name and its number, like %(name)s=10.", name=self.names[0]))
        if not set(names.split("+")) <= set(self.names):
            raise _refused(_("Choose from: %(words)s.", words=", ".join(self.names)))
        return f"{names}={int(number)}"


class Choice(Struct, frozen=True):
    """One of a few words."""

    options: tuple[str, ...]

    def read(self, stored: object) -> str:
        if not isinstance(stored, str) or stored not in self.options:
            raise _refused(_("Choose from: %(words)s.", words=", ".join(self.options)))
        return stored

    def write(self, value: str) -> object:
        return value


def _refused(complaint: Text) -> InvalidInput:
    return InvalidInput({"value": [complaint]})
