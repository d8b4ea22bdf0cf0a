"""How much room something takes, as people say it."""

from babel.numbers import format_decimal
from msgspec import Struct

from node.days import locale
from node.i18n import _


class Size(Struct, frozen=True):
    """Bytes in MB, from 1,000 of them on in GB: written in the reader's own figures when shown."""

    bytes: int

    def __str__(self) -> str:
        megabytes = round(self.bytes / 1_000_000)
        if megabytes >= 1_000:
            return str(_("%(number)s GB", number=figures(round(self.bytes / 1_000_000_000, 1))))
        if megabytes < 10:
            return str(_("%(number)s MB", number=figures(round(self.bytes / 1_000_000, 1))))
        return str(_("%(number)s MB", number=figures(megabytes)))


def figures(number: float) -> str:
    """A number as the reader's language writes it."""
    return format_decimal(number, locale=locale())
