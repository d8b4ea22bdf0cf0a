"""What a conversation can be about: told by the slices above, which know their own things.

@threads.topics.known
async def topics_of(reader, uris, asker): ...
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from federation.handlers import RefusedBy
from federation.storage import Reader
from node.threads.rules import Party


class Topic(Struct, frozen=True):
    """Something one can write about, and to whom. title: public words only."""

    uri: str
    title: str
    provider: Party


Topics = Callable[[Reader, Collection[str], bool], Awaitable[Mapping[str, Topic]]]
_Topics = TypeVar("_Topics", bound=Topics)
Refusal = Callable[[Reader, Mapping[str, Any]], Awaitable[RefusedBy | None]]
_Refusal = TypeVar("_Refusal", bound=Refusal)


class TopicTable:
    """Who knows which addresses; filled at start, never changed afterwards."""

    def __init__(self) -> None:
        self._known: list[Topics] = []
        self._refusals: list[Refusal] = []

    def known(self, function: _Topics) -> _Topics:
        """Register a query: which of these addresses of ours an actor elsewhere may write about.

        Its last argument: whether that actor is a peer, or anybody.
        """
        self._known.append(function)
        return function

    def refused(self, function: _Refusal) -> _Refusal:
        """Register what is no message, whomever it is addressed to, with what its sender hears."""
        self._refusals.append(function)
        return function

    async def refusal(self, reader: Reader, note: Mapping[str, Any]) -> RefusedBy | None:
        """Why a Note is no message to anybody here, if some slice says so."""
        for function in self._refusals:
            if refusal := await function(reader, note):
                return refusal
        return None

    async def find(self, reader: Reader, uri: str, *, is_peer: bool) -> Topic | None:
        """What stands at the address, as far as somebody elsewhere may know of it."""
        for function in self._known:
            if topic := (await function(reader, [uri], is_peer)).get(uri):
                return topic
        return None


topics = TopicTable()
