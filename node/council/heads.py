"""Heads: checkpoints that a quorum of coops has cosigned, and the time that they give. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from node.council import statements
from node.council.record import Inadmissible, Member, Proposal, Record
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
    record: Record,
    text: str,
    members: Mapping[str, Member] | None = None,
    *,
    strict: bool = False,
    proposal: Proposal | None = None,
) -> Head:
    """A head of this log, by these members (those of now if none are given).

    strict: every signature under it must hold and be a member's. proposal: what it is asked for,
    whose vote keeps to the quorum of its notice. Raises Inadmissible.
    """
    found = signed_head(record, text, members, strict=strict, proposal=proposal)
    if record.root_at(found.size) != found.root:
        raise Inadmissible("other-root", "The checkpoint is of another history.")
    return found


def signed_head(
    record: Record,
    text: str,
    members: Mapping[str, Member] | None = None,
    *,
    strict: bool = False,
    proposal: Proposal | None = None,
) -> Head:
    """The same of any history of this host's: whether the log gives its root is not asked.

    Raises Inadmissible.
    """
    counted = record.members if members is None else members
    try:
        checkpoint, note = record.opened(text)
    except ProtocolError as error:
        raise Inadmissible(error.code, str(error)) from None
    named = frozenset((each.cosigner, each.witness) for each in counted.values())
    found = _cosignatures(text, named)
    if strict and [each.name for each in note.signatures] != [
        record.origin,
        *(each.name for each in found),
    ]:
        raise Inadmissible("head-signatures", "A signature under the checkpoint does not hold.")
    if len(found) < record.needed(len(counted), proposal):
        raise Inadmissible("no-quorum", "Too few coops have cosigned the checkpoint.")
    time = checkpoints.median_time(found) or 0
    return Head(
        checkpoint.size,
        checkpoint.root,
        datetime.fromtimestamp(min(time, _LAST_SECOND), UTC),
        tuple(each.name for each in found),
    )


def is_head(record: Record, text: str) -> bool:
    """Whether a quorum of the members of now has cosigned it, of whatever history it is."""
    try:
        signed_head(record, text)
    except Inadmissible:
        return False
    return True


@lru_cache(maxsize=32)
def _cosignatures(
    text: str, witnesses: frozenset[tuple[str, str]]
) -> Sequence[checkpoints.Cosignature]:
    """Each head is looked at for many messages; its signatures hold or they do not."""
    keys = {name: statements.public_key(key) for name, key in witnesses}
    return tuple(checkpoints.cosignatures(notes.parse(text), keys))


def body_of(text: str) -> str:
    """A note with the log's own signature alone: how we keep it. Raises MalformedDocument."""
    note = notes.parse(text)
    return str(notes.Note(note.text, note.signatures[:1]))
