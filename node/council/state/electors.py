"""Who belonged in the time of a vote, and by which keys: what its heads hold by. Pure.

Coops come and go, and take other keys. However often they do, each set of coops stands here once,
with all keys that any of them had: so what is asked of a head stays as cheap as it was.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from node.council.state.record import Member


def cosigner_of(coop: str) -> str:
    """The name of a coop's cosignatures: a URL without a scheme, as C2SP wants it."""
    return coop.partition("://")[2]


class Electors(Struct, frozen=True):
    """sets: of coops, in each of which a quorum is enough. keys: of witnesses, by their names."""

    sets: tuple[frozenset[str], ...] = ()
    keys: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.sets)

    def joined_by(self, members: Mapping[str, "Member"]) -> "Electors":
        """These, and who belongs now."""
        now = frozenset(members)
        sets = self.sets if now in self.sets else (*self.sets, now)
        return Electors(sets, self.keys | {(e.cosigner, e.witness) for e in members.values()})


NOBODY = Electors()


def of(members: Mapping[str, "Member"]) -> Electors:
    """Members of one time."""
    return NOBODY.joined_by(members)
