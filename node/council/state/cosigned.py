"""Lines under a checkpoint as we keep them: of each witness and key the first in time. Pure.

They are added for as long as they come. Those of coops that have left, or have another key by now,
stay: a vote is judged by those who belonged since its roll was made.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from node.council.state.electors import cosigner_of
from node.council.state.record import Proposal, Record
from node.council.words import statements
from protocol.errors import SignatureInvalid
from protocol.transparency import checkpoints, notes
from protocol.transparency.notes import COSIGNATURE, Note, Signature

Lines = Mapping[str, str]
"""By name and key id of the witness."""
_BETWEEN = "+"
_MOST_FORMER = 2
"""So many former keys of one coop count under a checkpoint, those replaced last, and all by which a
vote counts: which ones is the same at every node, whatever it was shown first."""


def good(record: Record, body: Note, lines: Sequence[Signature]) -> dict[str, str]:
    """Those lines that hold, of members and of who was one."""
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for each in record.members.values():
        keys[each.cosigner].add(each.witness)
    for coop, former in record.former_keys.items():
        keys[cosigner_of(coop)].update(former)
    found: dict[str, str] = {}
    for line in lines:
        if any(_holds(body, line, key) for key in keys.get(line.name, ())):
            _add(found, _place(line), line.line.rstrip("\n"))
    return found


def is_crowded(record: Record, lines: Iterable[str]) -> bool:
    """Whether so many of these are by former keys of one coop that not all of them count."""
    there = set(lines)
    return any(len(there & set(former)) > _MOST_FORMER for former in _replaced(record))


def of_votes(votes: Iterable[Proposal]) -> frozenset[str]:
    """The witnesses and keys by which heads of these votes hold."""
    return frozenset(
        _named(cosigner, witness)
        for vote in votes
        if not vote.is_judged
        for cosigner, witness in vote.electors.keys
    )


def merged(
    record: Record, before: Lines, more: Lines, needed: Collection[str] = ()
) -> dict[str, str]:
    """Both; of two by one key the earlier: no coop can say later that it stored something later.

    needed: what `of_votes` says of those that are going on.

    There is always room for every member of now; of others' lines only for as many as fit.
    """
    found, current = dict(before), _current(record)
    for place, line in more.items():
        is_full = len(found) + len(current) >= notes.MOST_SIGNATURES
        if place in found or place in current or not is_full:
            _add(found, place, line)
    _thin_out(record, found, current | set(needed))
    return found


def count(record: Record, lines: Lines) -> int:
    """How many members of now are among them."""
    return len(_current(record) & lines.keys())


def of(lines: Lines, cosigner: str) -> list[str]:
    """The lines of one witness, by any key."""
    return [line for place, line in lines.items() if place.partition(_BETWEEN)[0] == cosigner]


def time_of(line: str) -> int:
    """When it was made, as it says."""
    return checkpoints.stamp(notes.parse_line(line))


def _add(found: dict[str, str], place: str, line: str) -> None:
    if place not in found or time_of(line) < time_of(found[place]):
        found[place] = line


def _current(record: Record) -> set[str]:
    return {_named(each.cosigner, each.witness) for each in record.members.values()}


def _thin_out(record: Record, found: dict[str, str], needed: Collection[str]) -> None:
    for former in _replaced(record):
        theirs = [each for each in former if each in found and each not in needed]
        for place in theirs[:-_MOST_FORMER]:
            del found[place]


def _replaced(record: Record) -> Iterator[list[str]]:
    """The former keys of each coop that had more than count, in the order of their ends."""
    for coop, former in record.former_keys.items():
        if len(former) > _MOST_FORMER:
            yield [_named(cosigner_of(coop), each) for each in former]


def _place(line: Signature) -> str:
    return f"{line.name}{_BETWEEN}{line.key_id.hex()}"


@lru_cache(maxsize=4_000)
def _named(cosigner: str, witness: str) -> str:
    key = statements.public_key(witness)
    return f"{cosigner}{_BETWEEN}{notes.key_id(cosigner, COSIGNATURE, key).hex()}"


def _holds(body: Note, line: Signature, key: str) -> bool:
    if _place(line) != _named(line.name, key):
        return False
    try:
        checkpoints.check_cosignature(body, line, line.name, statements.public_key(key))
    except SignatureInvalid:
        return False
    return True
