"""Whether the proven sender may say this: pure rules, decided on ids and owners alone.

A signature proves who speaks. It does not make them the owner of what they speak about: an
activity must bear an id of the sender's own origin, a change must come from the object's owner,
and a document of somebody else inside the message is hearsay and is cut back to its id.
Source: FEP-fe34; the cases IDN-01..32 of the tests.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from federation.errors import Refused
from protocol.errors import quoted
from protocol.iri import Origin, origin_of, same_origin
from protocol.vocabulary.activities import Activity
from protocol.vocabulary.base import one_id

_CHANGES = frozenset({"Update", "Delete"})
_EMBEDS = ("object", "result")


def authorise(
    activity: Activity, actor: str, *, our_origin: Origin, proven: Mapping[str, str]
) -> Activity:
    """The activity as it may be believed. Raises Refused.

    actor: who was proven to have sent it. proven: owner by id of embedded documents whose own
    proof was verified.
    """
    _check_sender(activity, actor)
    _check_id(activity, our_origin)
    if activity.type in _CHANGES or activity.type == "Create":
        _check_not_ours(activity, our_origin)
    if activity.type in _CHANGES:
        _check_change(activity)
    if activity.type == "Undo":
        _check_undo(activity)
    return _without_hearsay(activity, proven)


def embedded(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The documents inside an activity that handlers may read as statements of their owner."""
    return [value for key in _EMBEDS if isinstance(value := document.get(key), dict)]


def _check_sender(activity: Activity, actor: str) -> None:
    if activity.actor == actor:
        return
    # On the same host it is another person's key, not a forgery from outside: authentic, but
    # not entitled. One origin holds many actors, so sharing it is never enough.
    status = 403 if same_origin(activity.actor, actor) else 401
    raise Refused(
        status,
        "actor-mismatch",
        f"The activity's actor is {quoted(activity.actor, 200)}, but it was signed by "
        f"{quoted(actor, 200)}; sign with the actor's own key.",
    )


def _check_id(activity: Activity, our_origin: Origin) -> None:
    origin = origin_of(activity.id)
    if origin == our_origin:
        raise _ours(activity.id)
    if origin != origin_of(activity.actor):
        raise Refused(
            403,
            "id-origin-mismatch",
            f"The activity's id {quoted(activity.id, 200)} is not on its actor's origin "
            f"{origin_of(activity.actor)}; use an id there.",
        )


def _check_not_ours(activity: Activity, our_origin: Origin) -> None:
    if activity.object_id and origin_of(activity.object_id) == our_origin:
        raise _ours(activity.object_id)


def _check_change(activity: Activity) -> None:
    if activity.object_id is None:
        raise Refused(400, "object-without-id", f"{activity.type} must name its object by an id.")
    if not same_origin(activity.object_id, activity.actor):
        raise _not_owner(activity)
    content = activity.object
    if content is None:
        return
    is_other_actor = "inbox" in content and activity.object_id != activity.actor
    if is_other_actor or _owner(content) not in {None, activity.actor}:
        raise _not_owner(activity)


def _check_undo(activity: Activity) -> None:
    content = activity.object
    if content is not None and one_id(content.get("actor")) not in {None, activity.actor}:
        raise _not_owner(activity)
    if activity.object_id and not same_origin(activity.object_id, activity.actor):
        raise _not_owner(activity)


def _without_hearsay(activity: Activity, proven: Mapping[str, str]) -> Activity:
    believed = activity
    for key in _EMBEDS:
        content = activity.document.get(key)
        if isinstance(content, dict) and not _may_be_told(content, activity, proven):
            document = believed.document | {key: one_id(content.get("id"))}
            believed = replace(believed, document=document)
            if key == "object":
                believed = replace(believed, object=None)
    return believed


def _may_be_told(content: dict[str, Any], activity: Activity, proven: Mapping[str, str]) -> bool:
    uri, owner = one_id(content.get("id")), _owner(content)
    if uri is None or same_origin(uri, activity.actor):
        if owner in {None, activity.actor} or (uri is not None and proven.get(uri) == owner):
            return True
        if activity.type == "Create":
            raise _not_owner(activity)
        return False
    proven_owner = proven.get(uri)
    return (
        proven_owner is not None
        and same_origin(uri, proven_owner)
        and owner in {None, proven_owner}
    )


def _owner(content: Mapping[str, Any]) -> str | None:
    """Whom a document belongs to: its attributedTo, or for an activity its actor."""
    return one_id(content.get("attributedTo")) or one_id(content.get("actor"))


def _ours(uri: str) -> Refused:
    return Refused(
        403, "our-id", f"{quoted(uri, 200)} is an address of this node; only it can speak there."
    )


def _not_owner(activity: Activity) -> Refused:
    return Refused(
        403,
        "not-owner",
        f"{quoted(activity.actor, 200)} does not own the object of this {activity.type}; "
        "only its owner can change or attribute it.",
    )
