"""Asking the handlers, each once with all the messages that are theirs.

Here too what holds for every kind of object: an actor is deleted only when its own node confirms
it, a deleted object is not born again, and a deletion that comes before its object is remembered.
"""

from collections.abc import Sequence

from sqlalchemy import Row, bindparam, delete, insert, select, tuple_

from federation.errors import FederationError, StorageUnavailable
from federation.handlers import (
    UNKNOWN_OBJECT,
    Applied,
    Handler,
    HandlerTable,
    Ignored,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
)
from federation.models import OutboxEntry, Tombstone
from federation.relations import related
from federation.storage.base import table_of
from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import Reader, UnitOfWork
from protocol.errors import ProtocolError
from protocol.vocabulary.activities import Activity
from protocol.vocabulary.base import one_id

_Grave = tuple[str, str]
"""The uri of something deleted, and who said so."""

_OUR_TYPES = Prepared(
    select(OutboxEntry.activity_id, OutboxEntry.activity_type).where(
        OutboxEntry.activity_id.in_(bindparam("uris", expanding=True))
    )
)
_TOMBSTONES = Prepared(
    select(Tombstone.uri, Tombstone.owner).where(
        Tombstone.uri.in_(bindparam("uris", expanding=True)), Tombstone.final
    )
)
_TOUCHES_LIFE = frozenset({"Create", "Update", "Delete"})


CONTENT_ERRORS = (FederationError, ProtocolError)
"""What a handler raises of these is about what the message says, not about our code."""


def refusal(error: FederationError | ProtocolError) -> RefusedBy:
    """What the sender hears when a handler could not read its message."""
    if isinstance(error, StorageUnavailable):
        raise error
    return RefusedBy(422, error.code, str(error))


async def decide(
    uow: UnitOfWork, handlers: HandlerTable, received: Sequence[Received]
) -> list[Outcome]:
    """One outcome per message, in their order; what is applied has been written."""
    outcomes: dict[int, Outcome] = {}
    for positions in _waves(received):
        wave = [received[position] for position in positions]
        outcomes.update(zip(positions, await _decide_wave(uow, handlers, wave), strict=True))
    return [outcomes[position] for position in range(len(received))]


def _waves(received: Sequence[Received]) -> list[list[int]]:
    """Split where a sender comes back to something: a Delete must find what its Create made."""
    waves: list[list[int]] = []
    number: dict[str, int] = {}
    touched: dict[str, set[str | None]] = {}
    for position, each in enumerate(received):
        sender, activity = each.verified.actor, each.activity
        about = {activity.id, activity.object_id} - {None}
        if touched.setdefault(sender, set()) & about:
            number[sender] = number.get(sender, 0) + 1
            touched[sender] = set()
        touched[sender] |= about
        wave = number.get(sender, 0)
        waves.extend([] for _ in range(wave + 1 - len(waves)))
        waves[wave].append(position)
    return waves


async def _decide_wave(
    uow: UnitOfWork, handlers: HandlerTable, received: Sequence[Received]
) -> list[Outcome]:
    buried = await _buried(uow, received)
    known = await _known_types(uow, handlers, received)
    outcomes: list[Outcome | None] = [_at_once(each, buried) for each in received]
    asked: list[tuple[int, Handler]] = []
    for position, each in enumerate(received):
        if outcomes[position] is not None:
            continue
        # What a message says of its object counts for this message alone, and after our records.
        is_now = known.get(each.activity.object_id or "") or former_type(each.activity)
        handler = handlers.handler_for(each.activity, is_now)
        if handler is None:
            outcomes[position] = Ignored("unknown-type")
        else:
            asked.append((position, handler))
    for handler, positions in _rounds(asked, received):
        answers = await handler(uow, [received[position] for position in positions])
        for position, outcome in zip(positions, answers, strict=True):
            outcomes[position] = outcome
    decided = [outcome for outcome in outcomes if outcome is not None]
    await _bury(uow, received, decided, buried)
    return decided


def _at_once(received: Received, buried: set[_Grave]) -> Outcome | None:
    activity = received.activity
    if activity.type == "Delete" and activity.object_id == activity.actor:
        return _confirmed(received)
    if activity.type in {"Create", "Update"} and _grave(activity) in buried:
        return Ignored("deleted-before")
    return None


def _confirmed(received: Received) -> Outcome | None:
    # One forged or mistaken Delete would empty a directory: the actor's own address must say 410.
    actor = received.activity.actor
    if actor not in received.fetched:
        return NeedsFetch((actor,))
    gone = received.fetched[actor].get("type") == "Tombstone"
    return None if gone else Ignored("still-there")


def _rounds(
    asked: Sequence[tuple[int, Handler]], received: Sequence[Received]
) -> list[tuple[Handler, list[int]]]:
    """Group by handler, but never move a message before an earlier one of the same sender."""
    groups: dict[tuple[int, Handler], list[int]] = {}
    last: dict[str, tuple[int, Handler]] = {}
    for position, handler in asked:
        actor = received[position].verified.actor
        number, before = last.get(actor, (0, handler))
        place = (number if before is handler else number + 1, handler)
        last[actor] = place
        groups.setdefault(place, []).append(position)
    ordered = sorted(groups.items(), key=lambda group: group[0][0])
    return [(handler, positions) for (_, handler), positions in ordered]


async def _known_types(
    reader: Reader, handlers: HandlerTable, received: Sequence[Received]
) -> dict[str, str]:
    """What the objects are that came as an id alone, from our records and the slices'."""
    unclear = [each.activity for each in received if _is_unclear(each.activity)]
    uris = list(dict.fromkeys(activity.object_id for activity in unclear if activity.object_id))
    if not uris:
        return {}
    ours = {row.activity_id: row.activity_type for row in await _rows(reader, _OUR_TYPES, uris)}
    return ours | await handlers.known_types(reader, uris)


def _is_unclear(activity: Activity) -> bool:
    return activity.object is None or activity.type in ("Delete", "Undo")


def former_type(activity: Activity) -> str | None:
    """What a message about something deleted says that it was."""
    return one_id(activity.object.get("formerType")) if activity.object else None


def _grave(activity: Activity) -> _Grave:
    return activity.object_id or "", activity.actor


async def _buried(reader: Reader, received: Sequence[Received]) -> set[_Grave]:
    """What was deleted for good. One origin holds many actors: a word about a neighbour's object
    is no word of its owner's, and counts for nothing."""
    uris = {
        each.activity.object_id
        for each in received
        if each.activity.object_id and each.activity.type in _TOUCHES_LIFE
    }
    if not uris:
        return set()
    return {(row.uri, row.owner) for row in await _rows(reader, _TOMBSTONES, list(uris))}


async def _rows(
    reader: Reader, query: Prepared[str, str], uris: Sequence[str]
) -> Sequence[Row[str, str]]:
    return await reader.rows(query, {"uris": uris})


async def _bury(
    uow: UnitOfWork,
    received: Sequence[Received],
    outcomes: Sequence[Outcome],
    buried: set[_Grave],
) -> None:
    deleted = {
        _grave(each.activity): (each.activity, outcome)
        for each, outcome in zip(received, outcomes, strict=True)
        if _is_burial(each.activity, outcome) and _grave(each.activity) not in buried
    }
    # What we never knew we remember only of those we deal with, not of whoever happens to knock.
    owners = {owner for _, owner in deleted}
    dealt_with = await related(uow, owners) if owners else set()
    graves = [
        {
            "uri": uri,
            "owner": owner,
            "former_type": former_type(activity),
            "deleted_at": uow.now,
            "final": True,
        }
        for (uri, owner), (activity, outcome) in deleted.items()
        if isinstance(outcome, Applied) or owner in dealt_with
    ]
    if not graves:
        return
    # One that was read in the catalogue before is made final.
    read = delete(table_of(Tombstone)).where(
        tuple_(Tombstone.uri, Tombstone.owner).in_(list(deleted)), ~Tombstone.final
    )
    await uow.execute(read)
    await uow.execute(insert(table_of(Tombstone)), graves)


def _is_burial(activity: Activity, outcome: Outcome) -> bool:
    if activity.type != "Delete" or isinstance(outcome, RefusedBy | NeedsFetch):
        return False
    # Ignored for any other reason than that nobody knows the object: it lives on.
    unknown_yet = outcome in {Ignored("unknown-type"), Ignored(UNKNOWN_OBJECT)}
    return isinstance(outcome, Applied) or unknown_yet
