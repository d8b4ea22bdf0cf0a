"""The two sides of an agreement, and whose a step is. Pure.

There are two ways to look at them: one asked and the other answers; one provides and the other is
the customer. Whoever asked for a listing that is offered is the customer; whoever answers a request
is the provider. What the clock brings about is nobody's.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from node.errors import NotAllowed
from node.i18n import Text, _


class Who(StrEnum):
    """Whose an event is."""

    ASKER = "asker"
    ANSWERER = "answerer"
    PROVIDER = "provider"
    CUSTOMER = "customer"
    EITHER = "either"
    CLOCK = "clock"


class Role(StrEnum):
    """What a side is to the agreement."""

    PROVIDER = "provider"
    CUSTOMER = "customer"

    @property
    def other(self) -> "Role":
        """The side across the table."""
        return Role.CUSTOMER if self is Role.PROVIDER else Role.PROVIDER


class Side(Struct, frozen=True):
    """One side of an agreement."""

    role: Role
    asked: bool

    def may(self, who: Who) -> bool:
        """Whether an event of theirs is this side's."""
        match who:
            case Who.EITHER:
                return True
            case Who.ASKER | Who.ANSWERER:
                return self.asked is (who is Who.ASKER)
            case Who.PROVIDER | Who.CUSTOMER:
                return self.role == who.value
            case _:
                return False


def is_of(who: Who, sides: Iterable[Side]) -> bool:
    """Whether a step of theirs is one of these sides'."""
    return any(side.may(who) for side in sides)


def check_side(who: Who, sides: Iterable[Side] | None, word: Text) -> None:
    """Raises NotAllowed unless a step is these sides'. sides: None for the clock."""
    if who is Who.CLOCK:
        if sides is None:
            return
        raise NotAllowed(_("“%(event)s” happens by itself.", event=word), "not-yours")
    if sides is None or not is_of(who, sides):
        raise NotAllowed(_("“%(event)s” is for the other side to do.", event=word), "not-yours")
