"""Heads: checkpoints that a quorum of coops has cosigned, and the time that they give. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct

from node.council.state import electors
from node.council.state.electors import Electors, cosigner_of
from node.council.state.record import Inadmissible, Proposal, Record
from node.council.words import statements
from protocol.errors import ProtocolError, SignatureInvalid
from protocol.transparency import checkpoints, notes
from protocol.transparency.checkpoints import Cosignature
from protocol.transparency.notes import COSIGNATURE, Note, Signature

Shown = str | Mapping[str, str]
"""A head as a note, or as it stands in a statement: its checkpoint, and of the cosignatures what is
signed, without the names. So the head of a vote of 2,000 coops fits into what one of them says."""
_LAST_SECOND = 253_402_300_799  # of the year 9999
Witnesses = frozenset[tuple[str, str]]
"""Keys with the names that they cosign by."""
# Each line is under the heads that many coops show, and holds or does not: 2 MB at most.
_MOST_LINES = 4_000


class Line(Cosignature, frozen=True):
    """A cosignature that holds, as it stands there."""

    signature: Signature


class Head(Struct, frozen=True):
    """size and root of the log; lines: of the first quorum that stored it; at: the middle one of
    their times. More lines can only make that sooner."""

    size: int
    root: bytes
    at: datetime
    lines: tuple[Line, ...]


def read_head(
    record: Record,
    shown: Shown,
    by: Electors | None = None,
    *,
    strict: bool = False,
    proposal: Proposal | None = None,
) -> Head:
    """A head of this log. Raises Inadmissible.

    proposal: the vote that it is asked for, which keeps to the quorum of its notice; from its roll
    on a head holds by the members of then, or by those of any time since. by: by these instead. For
    what is no vote it holds by the members of now. strict: every signature under it must hold and
    be a member's.
    """
    found = signed_head(record, shown, by, strict=strict, proposal=proposal)
    if record.root_at(found.size) != found.root:
        raise Inadmissible("other-root", "The checkpoint is of another history.")
    return found


def signed_head(
    record: Record,
    shown: Shown,
    by: Electors | None = None,
    *,
    strict: bool = False,
    proposal: Proposal | None = None,
) -> Head:
    """The same of any history of this host's: whether the log gives its root is not asked.

    Raises Inadmissible.
    """
    counted = by or (proposal and proposal.electors) or electors.of(record.members)
    try:
        checkpoint, note = record.opened(checkpoint_of(shown))
    except ProtocolError as error:
        raise Inadmissible(error.code, str(error)) from None
    found = _found(shown, counted.keys)
    names = sorted(each.name for each in found)
    if strict and [each.name for each in note.signatures] != [record.origin, *names]:
        raise Inadmissible("head-signatures", "A signature under the checkpoint does not hold.")
    firsts = [_first(found, held, record.needed(len(held), proposal)) for held in counted.sets]
    quorums = [each for each in firsts if each]
    if not quorums:
        raise Inadmissible("no-quorum", "Too few coops have cosigned the checkpoint.")
    soonest = min(quorums, key=_middle)
    at = datetime.fromtimestamp(min(_middle(soonest), _LAST_SECOND), UTC)
    return Head(checkpoint.size, checkpoint.root, at, soonest)


def is_head(record: Record, text: str) -> bool:
    """Whether a quorum of the members of now has cosigned it, of whatever history it is."""
    try:
        signed_head(record, text)
    except Inadmissible:
        return False
    return True


def shortest(text: str, head: Head) -> str:
    """The note of a head with the lines of its first quorum and no others."""
    lines = [each.signature for each in head.lines]
    return str(checkpoints.with_signatures(notes.parse(body_of(text)), lines))


def packed(text: str) -> dict[str, str]:
    """A head that is a note, as it stands in a statement."""
    lines = notes.parse(text).signatures[1:]
    said = b"".join(each.key_id + each.value for each in lines)
    return {"checkpoint": body_of(text), "cosignatures": notes.encode(said)}


def unpacked(shown: Mapping[str, str], by: Electors) -> str:
    """The note of a head in a statement, with the lines of these alone."""
    lines = _signatures(shown["cosignatures"], by.keys)
    return str(checkpoints.with_signatures(notes.parse(shown["checkpoint"]), lines))


def checkpoint_of(shown: Shown) -> str:
    """A note that the log has signed, whoever else has."""
    return shown if isinstance(shown, str) else shown["checkpoint"]


def body_of(text: str) -> str:
    """A note with the log's own signature alone: how we keep it. Raises MalformedDocument."""
    note = notes.parse(text)
    return str(Note(note.text, note.signatures[:1]))


def _first(found: Sequence[Line], coops: Set[str], needed: int) -> tuple[Line, ...]:
    """The first so many of these coops' lines; none if there are not so many."""
    names = set(map(cosigner_of, coops))
    theirs = [each for each in found if each.name in names]
    return tuple(theirs[:needed]) if len(theirs) >= needed else ()


def _middle(lines: Sequence[Line]) -> int:
    return checkpoints.median_time(lines) or 0


def _found(shown: Shown, witnesses: Witnesses) -> tuple[Line, ...]:
    if isinstance(shown, str):
        return _in_note(shown, witnesses)
    return _in_statement(shown["checkpoint"], shown["cosignatures"], witnesses)


# Each head is looked at for many messages; its signatures hold or they do not.
@lru_cache(maxsize=32)
def _in_note(text: str, witnesses: Witnesses) -> tuple[Line, ...]:
    note = notes.parse(text)
    return _lines(note.text, note.signatures, witnesses)


@lru_cache(maxsize=32)
def _in_statement(checkpoint: str, cosignatures: str, witnesses: Witnesses) -> tuple[Line, ...]:
    return _lines(notes.parse(checkpoint).text, _signatures(cosignatures, witnesses), witnesses)


def _signatures(cosignatures: str, witnesses: Witnesses) -> list[Signature]:
    """Whose they are, their keys say; should two have the same number, what holds is of one."""
    names: defaultdict[bytes, list[str]] = defaultdict(list)
    for name, key in witnesses:
        names[_key_id(name, key)].append(name)
    return [
        Signature(name, said[: notes.ID_BYTES], said[notes.ID_BYTES :])
        for said in checkpoints.split(notes.decode(cosignatures))
        for name in names[said[: notes.ID_BYTES]]
    ]


def _lines(body: str, signatures: Iterable[Signature], witnesses: Witnesses) -> tuple[Line, ...]:
    """The lines that hold, the first in time of each witness, in the order of their times."""
    keys = {(name, _key_id(name, key)): key for name, key in witnesses}
    found: dict[str, Line] = {}
    for each in signatures:
        key = keys.get((each.name, each.key_id))
        time = _time_of(body, each, key) if key else None
        if time is not None and (each.name not in found or time < found[each.name].time):
            found[each.name] = Line(each.name, time, each)
    return tuple(sorted(found.values(), key=lambda each: (each.time, each.name)))


@lru_cache(maxsize=_MOST_LINES)
def _time_of(text: str, signature: Signature, key: str) -> int | None:
    note, name = Note(text, ()), signature.name
    try:
        found = checkpoints.check_cosignature(note, signature, name, statements.public_key(key))
    except SignatureInvalid:
        return None
    return found.time


@lru_cache(maxsize=_MOST_LINES)
def _key_id(name: str, key: str) -> bytes:
    return notes.key_id(name, COSIGNATURE, statements.public_key(key))
