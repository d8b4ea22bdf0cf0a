"""What a message means: the table through which the layers above hear from peers.

A slice registers one function per (activity type, object type) and hears a list of messages at
once, oldest first. It decides on rows loaded for the whole list, then writes the applied ones as
lists of rows. It is given no client: what it needs from the network it asks for with `NeedsFetch`.

    handlers = HandlerTable()

    @handlers.on("Create", "Proposal")
    async def proposals_arrived(uow, received): ...
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, Literal, TypeVar

from msgspec import Struct, field

from federation.relations import Standing
from federation.storage.unit_of_work import Reader, UnitOfWork
from protocol.vocabulary.activities import Activity

SENDER = "Sender"
"""Object type to register for messages about the sender itself: its Update, Move or Delete."""

UNKNOWN_OBJECT = "unknown-object"
"""Reason for `Ignored` when a message is about something that we do not hold."""


class Verified(Struct, frozen=True):
    """Who sent a message, proven: made by `inbox.authenticate` alone.

    by: "proof" when the document's own proof named the actor, so that it may have been forwarded;
    "absence" for the deletion of an actor whose key is gone: its own address must confirm it.
    raw: the exact bytes that were signed; keep these as evidence, never a re-serialised copy.
    """

    actor: str
    key_id: str
    by: Literal["http", "proof", "absence"]
    raw: bytes
    received_at: datetime


class Received(Struct, frozen=True):
    """One authenticated and authorised message.

    activity.object is an embedded document only if the sender may speak for it; otherwise it is
    None and `object_id` names it. fetched: documents asked for by `NeedsFetch`, by their uri; a
    document that is gone for good is a Tombstone there.
    """

    activity: Activity
    verified: Verified
    standing: Standing
    fetched: Mapping[str, dict[str, Any]] = field(default_factory=dict)


class Applied(Struct, frozen=True):
    """It took effect."""


class Ignored(Struct, frozen=True):
    """It is fine and has no effect here: unknown, late, already so. The sender hears 202."""

    reason: str


class RefusedBy(Struct, frozen=True):
    """A rule refuses it; the sender hears the status, the code and the sentence.

    The handler must not have written anything for a message that it refuses. members: what the
    problem document says beside them, for programs, as (name, text).
    """

    status: int
    code: str
    detail: str
    members: tuple[tuple[str, str], ...] = ()


class NeedsFetch(Struct, frozen=True):
    """Documents must be read first; the message comes again with them in `fetched`."""

    uris: tuple[str, ...]


_KIND_MARK = ":"

Outcome = Applied | Ignored | RefusedBy | NeedsFetch
Handler = Callable[[UnitOfWork, Sequence[Received]], Awaitable[Sequence[Outcome]]]
TypesOf = Callable[[Reader, Sequence[str]], Awaitable[Mapping[str, str]]]


class CatalogueItem(Struct, frozen=True):
    """One entry of a peer's catalogue, proven to be the peer's; document is normalised.

    tombstone: it is not shown to us (any more). deleted_at: since when it is gone for good; without
    it we may be shown it again.
    """

    uri: str
    document: dict[str, Any]
    tombstone: bool
    deleted_at: datetime | None = None


class CatalogueBatch(Struct, frozen=True):
    """Some entries of one peer's catalogue, in the order of their last change.

    complete: the peer's whole catalogue has now been handed over since `started_at` (items is
    empty then): what we hold of this peer and was not confirmed since, it no longer has.
    """

    peer: str
    items: tuple[CatalogueItem, ...]
    complete: bool
    started_at: datetime


class Returned(Struct, frozen=True):
    """An activity of our own that we had forgotten, given back by a coop that had it from us.

    Proven by a key of ours. said_at: when we signed it. to: the coop that gave it back.
    """

    activity: Activity
    raw: bytes
    said_at: datetime
    to: str


ReturnHandler = Callable[[UnitOfWork, Returned], Awaitable[bool]]


async def own_way(_uow: UnitOfWork, _returned: Returned) -> bool:
    """Register this where a slice finds out by a way of its own what both sides have said: after
    a restore such messages, ours and theirs, are passed over."""
    return True


CatalogueHandler = Callable[[UnitOfWork, CatalogueBatch], Awaitable[None]]
TwiceHandler = Callable[[UnitOfWork, str], Awaitable[None]]
_Heard = TypeVar("_Heard")
_Handler = TypeVar("_Handler", bound=Handler)
_ReturnHandler = TypeVar("_ReturnHandler", bound=ReturnHandler)
_CatalogueHandler = TypeVar("_CatalogueHandler", bound=CatalogueHandler)
_TwiceHandler = TypeVar("_TwiceHandler", bound=TwiceHandler)
_TypesOf = TypeVar("_TypesOf", bound=TypesOf)


class HandlerTable:
    """Which function hears which message. The most exact registration wins."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str | None], Handler] = {}
        self._returns: dict[tuple[str, str | None], ReturnHandler] = {}
        self._early: set[ReturnHandler] = set()
        self._catalogue: dict[str, CatalogueHandler] = {}
        self._twice: list[TwiceHandler] = []
        self._types: list[TypesOf] = []

    def on(
        self, activity_type: str, object_type: str | None = None, *, kind: str | None = None
    ) -> Callable[[_Handler], _Handler]:
        """Register for an activity type, for one type of object or (None) for all others.

        kind: for objects of the type whose own property `kind` says so, such as a Document that
        is a "receipt"; ActivityStreams has fewer types than we have things to say.
        """
        exact = typed(object_type, kind) if object_type else None

        def register(handler: _Handler) -> _Handler:
            _add_once(self._handlers, (activity_type, exact), handler)
            return handler

        return register

    def on_return(
        self,
        activity_type: str,
        object_type: str | None = None,
        *,
        kind: str | None = None,
        early: bool = False,
    ) -> Callable[[_ReturnHandler], _ReturnHandler]:
        """Register for what we said ourselves and forgot, as `on` does for what others say.

        The function gives it its effect here again, tells nobody, and answers whether it could.
        early: before all else, since something that comes back would make us say it once more.
        """
        exact = typed(object_type, kind) if object_type else None

        def register(handler: _ReturnHandler) -> _ReturnHandler:
            _add_once(self._returns, (activity_type, exact), handler)
            if early:
                self._early.add(handler)
            return handler

        return register

    def on_catalogue(self, object_type: str) -> Callable[[_CatalogueHandler], _CatalogueHandler]:
        """Register for objects of one type in peers' catalogues."""

        def register(handler: _CatalogueHandler) -> _CatalogueHandler:
            _add_once(self._catalogue, object_type, handler)
            return handler

        return register

    def on_twice(self, handler: _TwiceHandler) -> _TwiceHandler:
        """Register for actors that told two stories under one id; told of each such id once."""
        self._twice.append(handler)
        return handler

    async def tell_twice(self, uow: UnitOfWork, actors: Set[str]) -> None:
        """Call what is registered for that."""
        for actor in sorted(actors):
            for handler in self._twice:
                await handler(uow, actor)

    def types_of(self, function: _TypesOf) -> _TypesOf:
        """Register a query that says of which type the objects known to a slice are.

        Needed because Delete, Undo, Accept and Reject often name their object by id alone. The
        type may carry a kind (`typed`), so that two slices can tell their Offers apart.
        """
        self._types.append(function)
        return function

    def include(self, other: "HandlerTable") -> None:
        """Take over all registrations of another table; a pair registered twice is an error."""
        for key, handler in other._handlers.items():
            _add_once(self._handlers, key, handler)
        for key, return_handler in other._returns.items():
            _add_once(self._returns, key, return_handler)
        self._early |= other._early
        for object_type, catalogue_handler in other._catalogue.items():
            _add_once(self._catalogue, object_type, catalogue_handler)
        self._twice.extend(other._twice)
        self._types.extend(other._types)

    def handler_for(self, activity: Activity, known_type: str | None) -> Handler | None:
        """known_type: what we ourselves know of the object; it counts before what they say."""
        return _most_exact(self._handlers, activity, known_type)

    def return_handler_for(
        self, activity: Activity, known_type: str | None
    ) -> ReturnHandler | None:
        """The same for an activity of our own that was given back."""
        return _most_exact(self._returns, activity, known_type)

    def comes_early(self, activity: Activity) -> bool:
        """Whether an activity of ours, with its object inside, takes effect before all else."""
        return self.return_handler_for(activity, None) in self._early

    async def known_types(self, reader: Reader, uris: Sequence[str]) -> dict[str, str]:
        """The types of those objects that some slice knows."""
        known: dict[str, str] = {}
        for function in self._types:
            known.update(await function(reader, uris))
        return known

    def catalogue_handler(self, object_type: str) -> CatalogueHandler | None:
        """The function that hears of this type of object from catalogues."""
        return self._catalogue.get(object_type)

    def catalogue_handlers(self) -> tuple[CatalogueHandler, ...]:
        """Each function once, for what concerns a catalogue as a whole."""
        return tuple(dict.fromkeys(self._catalogue.values()))


def typed(object_type: str, kind: str | None) -> str:
    """A type with a kind, as `HandlerTable.on` registers it and `types_of` may answer it."""
    return f"{object_type}{_KIND_MARK}{kind}" if kind else object_type


def _most_exact(
    table: Mapping[tuple[str, str | None], _Heard], activity: Activity, known_type: str | None
) -> _Heard | None:
    about_sender = SENDER if activity.object_id == activity.actor else None
    known = (known_type, (known_type or "").partition(_KIND_MARK)[0])
    for object_type in (about_sender, *known, *_types_said(activity)):
        if object_type and (handler := table.get((activity.type, object_type))):
            return handler
    return table.get((activity.type, None))


def _types_said(activity: Activity) -> tuple[str | None, str | None]:
    """What the object says of itself, most exact first."""
    kind = activity.object.get("kind") if activity.object else None
    if activity.object_type is None or not isinstance(kind, str):
        return None, activity.object_type
    return typed(activity.object_type, kind), activity.object_type


def _add_once(table: dict[Any, Any], key: object, handler: object) -> None:
    if key in table:
        raise ValueError(f"{key} is registered twice: by {table[key]} and by {handler}.")
    table[key] = handler
