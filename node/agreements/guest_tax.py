"""A tax of a fixed sum for each person and night, such as a town's for tourists. Pure."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from node.i18n import Text, _
from node.money import Money


class TaxedGuests(Struct, frozen=True):
    """each: for one person and night. persons: how many pay it; 0 where all are too young."""

    name: str
    each: Money
    persons: int

    def sum_of(self, nights: int) -> Money:
        """What so many nights come to."""
        return replace(self.each, amount=self.each.amount * self.persons * nights)

    def fault(self, guests: int | None, most: int) -> Text | None:
        """What is wrong with how many pay it. most: of guests, where none are named."""
        if self.persons < 0:
            ends = {"low": 0, "high": guests or most}
            return _("This is a number from %(low)s to %(high)s.", **ends)
        if self.persons > (guests or most):
            return _("At most as many as come.")
        return None

    def among(self, before: int | None, guests: int | None) -> "TaxedGuests":
        """The same where another number comes than before: all of them, if all paid it, or at
        most as many as come."""
        if guests is None or guests == before:
            return self
        return replace(
            self, persons=guests if self.persons == before else min(self.persons, guests)
        )

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        each = {"amount": self.each.text, "currency": self.each.currency}
        return {"name": self.name, "each": each, "persons": self.persons}
