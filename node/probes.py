"""Probes: how the slices say what a draft of a policy would touch, before anybody votes on it.

A slice registers a function for the keys that it obeys. It counts, in one query and over this
node's own rows alone, how many of them the draft's values would change anything for.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from federation.storage import Reader
from node.i18n import Text

Draft = Mapping[str, Any]
"""Typed values by the name of their key."""


class Touched(Struct, frozen=True):
    """So many of so many. what: "listings"; words: a sentence with the two numbers."""

    what: str
    affected: int
    total: int
    words: Text


Probe = Callable[[Reader, Draft], Awaitable[Touched]]


class ProbeTable:
    """Which functions answer for which keys; filled at start, never changed afterwards."""

    def __init__(self) -> None:
        self._probes: list[tuple[frozenset[str], Probe]] = []

    def on(self, *keys: str) -> Callable[[Probe], Probe]:
        """Decorate a coroutine (reader, draft) that counts what these keys would touch."""

        def register(probe: Probe) -> Probe:
            self._probes.append((frozenset(keys), probe))
            return probe

        return register

    async def run(self, reader: Reader, draft: Draft) -> Sequence[Touched]:
        """Ask every probe that one of the draft's keys concerns."""
        concerned = [probe for keys, probe in self._probes if keys & draft.keys()]
        return [await probe(reader, draft) for probe in concerned]


# The node's one table: slices register with it, `policies.dry_run` asks it.
probes = ProbeTable()
