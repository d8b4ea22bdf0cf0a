"""Hand-offs: a `Document` of kind `handoff` about a person, which is fetched and never sent.

That it can be fetched, that it is taken back, and that it was deleted are `Document`s too, which
say nothing about the person.
"""

from datetime import datetime
from typing import Any

from protocol import datetimes
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import new_document, one_id

HANDOFF = "handoff"
SHARED = "contactShared"
WITHDRAWN = "contactWithdrawn"
DELETED = "contactDeleted"


def handoff_document(uri: str, actor: str, context: str, told: dict[str, Any]) -> dict[str, Any]:
    """Whom something is about, for the one coop that may know. context: what it is about."""
    return new_document(
        "Document", uri, kind=HANDOFF, attributedTo=actor, context=context, personalData=told
    )


def parse_handoff(document: dict[str, Any], context: str, sender: str) -> dict[str, Any]:
    """What a fetched hand-off tells, by name. Raises MalformedDocument."""
    told = document.get("personalData")
    is_theirs = (
        document.get("kind") == HANDOFF
        and one_id(document.get("context")) == context
        and one_id(document.get("attributedTo")) == sender
    )
    if not is_theirs or not isinstance(told, dict):
        raise MalformedDocument("This is not the hand-off of that matter.", code="no-handoff")
    return told


def sharing_document(
    kind: str,
    uri: str,
    actor: str,
    context: str,
    published: datetime,
    *,
    handoff: str | None = None,
) -> dict[str, Any]:
    """What a coop says of somebody's contact. handoff: where it can be fetched, if it is shared."""
    return new_document(
        "Document",
        uri,
        kind=kind,
        attributedTo=actor,
        context=context,
        handoff=handoff,
        published=datetimes.format(published),
    )
