"""What a policy key is: its type, who decides on it, and how several decisions become one value.

The keys themselves stand in `keys`. Pure.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

from msgspec import Struct

from node.errors import NotFound
from node.i18n import Text, _
from node.policies.kinds import Choice, Exact, Kind, WholeNumber, Words

T = TypeVar("T")

REGISTRY: dict[str, "PolicyKey[Any]"] = {}


class Mode(StrEnum):
    """How far a federation's decision binds a coop that belongs to it."""

    FLOOR = "floor"  # at least this; a coop may ask for more
    CEILING = "ceiling"  # at most this; a coop may allow less
    DEFAULT = "default"  # unless the coop decides otherwise for itself
    RATIFY = "ratify"  # once the coop itself has said yes
    ADVICE = "advice"  # shown, and nothing more


class Owner(StrEnum):
    """Who may decide on a key."""

    COOP = "coop"  # each coop for itself alone
    FEDERATION = "federation"  # federations too


MODE_WORDS: dict[Mode, Text] = {
    Mode.FLOOR: _("A coop may ask for more, never for less."),
    Mode.CEILING: _("A coop may allow less, never more."),
    Mode.DEFAULT: _("Each coop may decide otherwise for itself."),
    Mode.RATIFY: _("Binds a coop only once it has said yes itself."),
    Mode.ADVICE: _("Advice: shown, and nothing more."),
}


class PolicyKey(Struct, Generic[T], frozen=True):
    """One thing that can be decided: `unit` follows the value on screens ("days").

    unlimited: the value of a ceiling that stands for no limit. binds_others: our own choice also
    judges what other coops send us. reservable: a coop may except itself from a federation's
    decision, with a reason. obeyed: some code here acts on it; otherwise it is only recorded.
    """

    name: str
    kind: Kind[T]
    default: T
    unit: Text
    description: Text
    mode: Mode = Mode.DEFAULT
    owner: Owner = Owner.FEDERATION
    unlimited: T | None = None
    binds_others: bool = False
    reservable: bool = False
    obeyed: bool = True

    def __post_init__(self) -> None:
        if self.name in REGISTRY:
            raise ValueError(f"the policy {self.name} is registered twice")
        self.kind.read(self.kind.write(self.default))
        if self.is_bound and not isinstance(self.kind, WholeNumber | Exact | Words | Choice):
            raise ValueError(f"nobody can say which value of {self.name} is the stricter one")
        REGISTRY[self.name] = self

    @property
    def is_bound(self) -> bool:
        """Whether a coop may only be stricter than its federations."""
        return self.mode in (Mode.FLOOR, Mode.CEILING)

    def strictest(self, values: Sequence[T]) -> T:
        """Of a floor or a ceiling: the one value that satisfies all of these."""
        if isinstance(self.kind, Words):
            lists = cast(Sequence[tuple[str, ...]], values)
            return cast(T, tuple(dict.fromkeys(word for words in lists for word in words)))
        pick = max if self.mode is Mode.FLOOR else min
        return pick(values, key=self._rank)

    def is_looser(self, value: T, than: T) -> bool:
        """Whether a value allows what the other one forbids."""
        both = self.strictest([than, value])
        if isinstance(self.kind, Words):
            return set(cast(tuple[str, ...], both)) != set(cast(tuple[str, ...], value))
        return both != value

    def _rank(self, value: T) -> Decimal | int:
        if isinstance(self.kind, Choice):
            return self.kind.options.index(str(value))
        if self.unlimited is not None and value == self.unlimited:
            return Decimal("Infinity")
        return cast("Decimal | int", value)

    def text(self, value: T) -> str:
        """A value as refusals and exports write it."""
        written = self.kind.write(value)
        if isinstance(written, list):
            return ", ".join(map(str, written))
        return str(written)


def key_named(name: str) -> PolicyKey[Any]:
    """The key of a name. Raises NotFound."""
    if name not in REGISTRY:
        raise NotFound(_("There is no policy called “%(name)s”.", name=name), "policy-unknown")
    return REGISTRY[name]
