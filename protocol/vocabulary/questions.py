"""A vote as a Question that any server can show; what counts are the coops' signed ballots.

It names nobody: `votersCount` is how many coops have voted, and how many votes an option has stands
there only when a result is certified; until then it is 0, since servers expect a number.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from protocol import datetimes
from protocol.vocabulary.base import new_document, part


class OptionOnWire(Struct, frozen=True):
    """One thing to choose. votes: 0 until they are certified."""

    name: str
    votes: int = 0


class QuestionOnWire(Struct, frozen=True):
    """A vote. several: more than one option may be ticked. outcome: of a certified result."""

    uri: str
    group: str
    name: str
    content_html: str
    language: str
    options: tuple[OptionOnWire, ...]
    several: bool
    voters: int
    published: datetime
    updated: datetime | None
    ends_at: datetime
    closed_at: datetime | None
    outcome: str | None
    proposal_digest: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


def question(wire: QuestionOnWire) -> dict[str, Any]:
    """The Question, in the words of the proposal alone."""
    options = [_option(each) for each in wire.options]
    document = new_document(
        "Question",
        wire.uri,
        attributedTo=wire.group,
        to=wire.to,
        cc=wire.cc,
        url=wire.uri,
        name=wire.name,
        content=wire.content_html,
        contentMap={wire.language.lower(): wire.content_html},
        published=datetimes.format(wire.published),
        updated=datetimes.format(wire.updated) if wire.updated else None,
        endTime=datetimes.format(wire.ends_at),
        closed=datetimes.format(wire.closed_at) if wire.closed_at else None,
        oneOf=None if wire.several else options,
        anyOf=options if wire.several else None,
        outcome=wire.outcome,
        proposalDigest=wire.proposal_digest,
    )
    document["votersCount"] = wire.voters
    return document


def _option(option: OptionOnWire) -> dict[str, Any]:
    replies = {"type": "Collection", "totalItems": option.votes}
    return part("Note", name=option.name, replies=replies)
