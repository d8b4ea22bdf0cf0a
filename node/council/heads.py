"""Heads: checkpoints that a quorum of coops has cosigned, and the time that they give. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from node.council.charter import quorum
from node.council.record import Inadmissible, Member, Record
from protocol.errors import ProtocolError
from protocol.transparency import checkpoints, notes

_LAST_SECOND = 253_402_300_799  # of the year 9999


@dataclass(frozen=True, slots=True)
class Head:
    """size and root of the log; at: the median of its cosigners' times."""

    size: int
    root: bytes
    at: datetime
    cosigners: tuple[str, ...]


def read_head(
    record: Record, text: str, members: Mapping[str, Member] | None = None, *, strict: bool = False
) -> Head:
    """A head of this log, by these members (those of now if none are given).

    strict: every signature under it must hold and be a member's. Raises Inadmissible.
    """
    counted = record.members if members is None else members
    try:
        checkpoint, note = record.opened(text)
    except ProtocolError as error:
        raise Inadmissible(error.code, str(error)) from None
    found = checkpoints.cosignatures(note, record.witnesses(counted))
    if strict and [each.name for each in note.signatures] != [
        record.origin,
        *(each.name for each in found),
    ]:
        raise Inadmissible("head-signatures", "A signature under the checkpoint does not hold.")
    if len(found) < quorum(len(counted)):
        raise Inadmissible("no-quorum", "Too few coops have cosigned the checkpoint.")
    if record.root_at(checkpoint.size) != checkpoint.root:
        raise Inadmissible("other-root", "The checkpoint is of another history.")
    time = checkpoints.median_time(found) or 0
    return Head(
        checkpoint.size,
        checkpoint.root,
        datetime.fromtimestamp(min(time, _LAST_SECOND), UTC),
        tuple(each.name for each in found),
    )


def body_of(text: str) -> str:
    """A note with the log's own signature alone: how we keep it. Raises MalformedDocument."""
    note = notes.parse(text)
    return str(notes.Note(note.text, note.signatures[:1]))
