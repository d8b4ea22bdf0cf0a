"""Activities: who does what to which object, and the tombstones that deletions leave."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from protocol import datetimes
from protocol.addressing import audience_of
from protocol.contexts import CONTEXT
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import (
    as_list,
    moment,
    new_document,
    one_id,
    one_node,
    part,
    required_text,
)

Recipients = tuple[str, ...]


class Activity(Struct, frozen=True):
    """An activity as received.

    `object` is None when only its id was sent; `object_id` too when there are several (a Flag
    may have), which stand in `document`.
    """

    id: str
    type: str
    actor: str
    object_id: str | None
    object: dict[str, Any] | None
    object_type: str | None
    target: str | None
    to: Recipients
    cc: Recipients
    published: datetime | None
    document: dict[str, Any]
    """The whole normalised document."""


def parse_activity(document: dict[str, Any]) -> Activity:
    """Read a normalised activity. Raises MalformedDocument without id, type or one actor."""
    actor = one_id(document.get("actor"))
    if actor is None:
        raise MalformedDocument("The activity names no actor.", code="missing-property")
    objects = as_list(document.get("object"))
    inner = one_node(document.get("object"))
    inner_type = None if inner is None else inner.get("type")
    audience = audience_of(document)
    return Activity(
        id=required_text(document, "id"),
        type=required_text(document, "type"),
        actor=actor,
        object_id=one_id(objects) if len(objects) == 1 else None,
        object=inner,
        object_type=inner_type,
        target=one_id(document.get("target")),
        to=audience.to,
        cc=audience.cc,
        published=moment(document, "published"),
        document=document,
    )


def activity(
    type_: str,
    id_: str,
    actor: str,
    obj: str | dict[str, Any] | None,
    to: Recipients,
    cc: Recipients = (),
    **fields: Any,
) -> dict[str, Any]:
    """Any activity. It takes the context of the object it wraps.

    One context for both: to strict peers two that protect the same names are an error.
    """
    context = obj.get("@context", CONTEXT) if isinstance(obj, dict) else CONTEXT
    return new_document(
        type_, id_, ld_context=context, actor=actor, to=to, cc=cc, object=obj, **fields
    )


def create(
    id_: str, actor: str, obj: dict[str, Any], to: Recipients, cc: Recipients = ()
) -> dict[str, Any]:
    """Publish a new object."""
    return activity("Create", id_, actor, obj, to, cc, published=obj.get("published"))


def update(
    id_: str, actor: str, obj: dict[str, Any], to: Recipients, cc: Recipients = ()
) -> dict[str, Any]:
    """Replace an object whole; the receiver takes it if `updated` is newer."""
    return activity("Update", id_, actor, obj, to, cc, published=obj.get("updated"))


def delete(
    id_: str,
    actor: str,
    object_id: str,
    former_type: str,
    deleted: datetime,
    to: Recipients,
    cc: Recipients = (),
) -> dict[str, Any]:
    """Withdraw an object for good; its id is never used again."""
    grave = _tombstone_fields(former_type, deleted)
    return activity("Delete", id_, actor, part("Tombstone", object_id, **grave), to, cc)


def tombstone(object_id: str, former_type: str, deleted: datetime) -> dict[str, Any]:
    """What a deleted object's address answers, with status 410."""
    return new_document("Tombstone", object_id, **_tombstone_fields(former_type, deleted))


def hidden(object_id: str, former_type: str) -> dict[str, Any]:
    """In a catalogue: the reader is not shown this any more. It is not deleted, and may come back:
    that is what the missing `deleted` says."""
    return new_document("Tombstone", object_id, formerType=former_type)


def follow(id_: str, actor: str, target_actor: str) -> dict[str, Any]:
    """Ask to receive what `target_actor` publishes; between coops: ask to be peers."""
    return activity("Follow", id_, actor, target_actor, (target_actor,))


def accept(
    id_: str,
    actor: str,
    object_id: str,
    to: Recipients,
    *,
    result: dict[str, Any] | None = None,
    cc: Recipients = (),
) -> dict[str, Any]:
    """Say yes to a Follow or an Offer, by its id; `result` is what came of it."""
    context = CONTEXT if result is None else result.get("@context", CONTEXT)
    return new_document(
        "Accept",
        id_,
        ld_context=context,
        actor=actor,
        to=to,
        cc=cc,
        object=object_id,
        result=result,
    )


def reject(
    id_: str, actor: str, object_id: str, to: Recipients, *, reason: str | None = None
) -> dict[str, Any]:
    """Say no to a Follow or an Offer, by its id; also ends a Follow accepted earlier."""
    return activity("Reject", id_, actor, object_id, to, content=reason)


def undo(
    id_: str, actor: str, obj: str | dict[str, Any], to: Recipients, cc: Recipients = ()
) -> dict[str, Any]:
    """Take back an own activity."""
    return activity("Undo", id_, actor, obj, to, cc)


def move(
    id_: str,
    actor: str,
    old: str,
    new: str,
    to: Recipients,
    *,
    instrument: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Tell others that `old` goes on as `new` (FEP-7628).

    Push mode: `actor` is the old one. Pull mode, when the old domain is lost: the new one, with
    the word of the old one's recovery key (`succession`) as instrument.
    """
    return activity("Move", id_, actor, old, to, target=new, instrument=instrument)


def succession(old: str, new: str, published: datetime) -> dict[str, Any]:
    """The Move of a coop whose address is lost, to be proven by its recovery key.

    It has no id: there is nowhere that it could be fetched from. It goes as the `instrument` of
    the Move that the new address sends.
    """
    return new_document(
        "Move", actor=old, object=old, target=new, published=datetimes.format(published)
    )


def flag(
    id_: str, actor: str, reported: Recipients, to: Recipients, *, reason: str
) -> dict[str, Any]:
    """Tell those who answer for it that something should not be; reported: its actor, its ids.

    Who complained is not named.
    """
    return new_document("Flag", id_, actor=actor, to=to, object=reported, content=reason)


def _tombstone_fields(former_type: str, deleted: datetime) -> dict[str, str]:
    return {"formerType": former_type, "deleted": datetimes.format(deleted)}
