"""What a detail of a listing is. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from node.i18n import Text
from node.listings.models import Kind

Details = Mapping[str, Any]
"""Values by key, as JSON. Numbers are texts, days as 2027-01-31; what is not said is not there."""


class Shape(StrEnum):
    """What a detail holds."""

    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    DAY = "day"
    YES = "yes"
    """Only true is ever said."""
    LIST = "list"
    LOG = "log"
    """What was found on which day: `{"on", "said"}`, the newest first."""
    PAY = "pay"
    """`{"from", "to", "currency", "per"}`; `to` only for a range."""


class Option(Struct, frozen=True):
    """What can be chosen. term: what it is in schema.org, if that has a name for it.

    kinds: those for which it is asked; None: all of its field.
    """

    key: str
    word: Text
    term: str = ""
    kinds: frozenset[Kind] | None = None


class Detail(Struct, frozen=True):
    """A field of some kinds of listings.

    key: in rows, files, the API and between coops; the name of its field in the form.
    most: characters of a text, items of a list, or the largest number.
    first: asked for before those that are folded away. picked: search narrows down by it.
    ends: the listing runs out at the end of that day. telling: counts when needs and offers are
    matched. term: the property of schema.org, where there is one. same: a number or name that is
    the same in every language. whole: a number without a part.
    """

    key: str
    kinds: frozenset[Kind]
    shape: Shape
    label: Text
    hint: Text = ""
    options: tuple[Option, ...] = ()
    most: int = 200
    first: bool = False
    picked: bool = False
    ends: bool = False
    telling: bool = False
    term: str = ""
    same: bool = False
    whole: bool = False

    def asked(self, kind: str) -> tuple[Option, ...]:
        """What can be chosen for a kind."""
        return tuple(one for one in self.options if one.kinds is None or kind in one.kinds)

    @property
    def is_told(self) -> bool:
        """Whether it is said in words that a translation says again; a log is never: a look that
        one language lacks would go unseen."""
        return self.shape in (Shape.TEXT, Shape.LIST) and not self.same

    @property
    def words(self) -> Mapping[str, Text]:
        """What can be chosen, in words."""
        return {one.key: one.word for one in self.options}
