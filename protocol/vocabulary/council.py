"""What a federation's coops tell each other: AS2 objects around signed statements.

A proposal is a `Question`, a ballot a `Note`, everything else a `Document`; `kind` says which. What
counts stands in `facts` as JSON, which is never expanded. The other properties are for readers that
know ActivityStreams and nothing else.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from protocol import datetimes
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import new_document

PROPOSAL = "proposal"
BALLOT = "ballot"
_TYPES = {PROPOSAL: "Question", BALLOT: "Note"}


class CouncilMessage(Struct, frozen=True):
    """One object of the council. about: the address of what it concerns."""

    uri: str
    kind: str
    author: str
    published: datetime
    name: str
    facts: dict[str, Any] = field(default_factory=dict)
    about: str | None = None
    proposal_digest: str | None = None
    electorate_digest: str | None = None
    sequence: int | None = None
    ends_at: datetime | None = None
    options: tuple[str, ...] = ()


def type_of(kind: str) -> str:
    """The AS2 type of an object of this kind."""
    return _TYPES.get(kind, "Document")


def council_document(message: CouncilMessage) -> dict[str, Any]:
    """The object to be sent."""
    return new_document(
        type_of(message.kind),
        message.uri,
        kind=message.kind,
        name=message.name,
        attributedTo=message.author,
        published=datetimes.format(message.published),
        inReplyTo=message.about,
        endTime=datetimes.format(message.ends_at) if message.ends_at else None,
        oneOf=[{"type": "Note", "name": option} for option in message.options],
        proposalDigest=message.proposal_digest,
        electorateDigest=message.electorate_digest,
        sequence=message.sequence,
        facts=message.facts,
    )


def facts_of(document: dict[str, Any]) -> dict[str, Any]:
    """What an object of the council says, as it was sent. Raises MalformedDocument."""
    facts = document.get("facts")
    if not isinstance(facts, dict):
        raise MalformedDocument("The facts must be one JSON object.", code="bad-property")
    return facts
