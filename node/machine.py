"""State machines as tables of data.

One table answers every question: what a command may do, which buttons a page shows, what the API
lists, what the docs draw and what the tests walk. A fault in a table stops the program at import.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct, field

from node.errors import Conflict
from node.i18n import Text, _

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


class Machine(Struct, Generic[State, Event], frozen=True):
    """A named table {(state, event): next state}; states without a row are ends.

    `words` says states and events in people's words; what is left out shows its own value.
    """

    name: str
    initial: State
    table: Mapping[tuple[State, Event], State]
    words: Mapping[State | Event, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stranded = set(type(self.initial)) - self._reachable()
        if stranded:
            names = ", ".join(sorted(stranded))
            raise ValueError(f"{self.name}: no way leads from {self.initial} to {names}")

    def next_state(self, state: State, event: Event) -> State:
        """Where the event leads; raises Conflict naming what is possible instead."""
        if (state, event) in self.table:
            return self.table[state, event]
        possible = self.events_from(state)
        if not possible:
            raise Conflict(
                _(
                    "“%(event)s” is not possible: this is %(state)s, and that is final.",
                    event=self.word(event),
                    state=self.word(state),
                ),
                f"{self.name}-state",
            )
        raise Conflict(
            _(
                "“%(event)s” is not possible while this is %(state)s. Possible now: %(possible)s.",
                event=self.word(event),
                state=self.word(state),
                possible=", ".join(str(self.word(one)) for one in possible),
            ),
            f"{self.name}-state",
        )

    def events_from(self, state: State) -> tuple[Event, ...]:
        """What may happen now, in the order of the table."""
        return tuple(event for (before, event) in self.table if before == state)

    def word(self, value: State | Event) -> Text:
        """A state or event as people say it."""
        return self.words.get(value, str(value))

    def _reachable(self) -> set[State]:
        found, frontier = {self.initial}, {self.initial}
        while frontier:
            frontier = {
                after
                for (before, _event), after in self.table.items()
                if before in frontier and after not in found
            }
            found |= frontier
        return found
