"""Events: how a lower slice lets a higher one react, without knowing it.

A slice announces a frozen dataclass inside its unit of work; whoever registered for that class runs
at once in the same unit of work, in the order of registration. What they write commits, or rolls
back, together with what they react to.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from federation.storage import UnitOfWork

EventClass = TypeVar("EventClass")
Reaction = Callable[[UnitOfWork, EventClass], Awaitable[None]]


class EventTable:
    """Which reactions follow which event; filled at start, never changed afterwards."""

    def __init__(self) -> None:
        self._reactions: defaultdict[type, list[Reaction[Any]]] = defaultdict(list)

    def on(
        self, event_class: type[EventClass]
    ) -> Callable[[Reaction[EventClass]], Reaction[EventClass]]:
        """Decorate a coroutine (uow, event) that reacts to the class."""

        def register(reaction: Reaction[EventClass]) -> Reaction[EventClass]:
            self._reactions[event_class].append(reaction)
            return reaction

        return register

    async def announce(self, uow: UnitOfWork, event: object) -> None:
        """Run every reaction to the event's class; an error in one undoes the unit of work."""
        for reaction in self._reactions[type(event)]:
            await reaction(uow, event)


# The node's one table: a slice announces through it, `node.runtime` imports all who listen.
events = EventTable()
