"""Lines under a checkpoint as we keep them: of each witness and key the first in time. Pure.

They are added for as long as they come. Those of coops that have left, or have another key by now,
stay: a vote is judged by those who belonged since its roll was made.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from node.council.state.record import Record
from node.council.words import statements
from protocol.errors import SignatureInvalid
from protocol.transparency import checkpoints, notes
from protocol.transparency.notes import COSIGNATURE, Note, Signature

Lines = Mapping[str, str]
"""By name and key id of the witness."""
_BETWEEN = "+"
_MOST_FORMER = 2
"""So many former keys of one coop count under a checkpoint, the first in time: who takes ever new
ones makes none longer."""


def good(record: Record, body: Note, lines: Sequence[Signature]) -> dict[str, str]:
    """Those lines that hold, of members and of who was one."""
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for each in record.members.values():
        keys[each.cosigner].add(each.witness)
    for coop, former in record.former_keys.items():
        keys[coop.partition("://")[2]] |= former
    found: dict[str, str] = {}
    for line in lines:
        if any(_holds(body, line, key) for key in keys.get(line.name, ())):
            _add(found, _place(line), line.line.rstrip("\n"))
    return found


def merged(record: Record, before: Lines, more: Lines) -> dict[str, str]:
    """Both; of two by one key the earlier: no coop can say later that it stored something later.

    There is always room for every member of now; of others' lines only for as many as fit.
    """
    found, current = dict(before), _current(record)
    for place, line in more.items():
        is_full = len(found) + len(current) >= notes.MOST_SIGNATURES
        if place in found or place in current or not is_full:
            _add(found, place, line)
            _thin_out(found, current, place.partition(_BETWEEN)[0])
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


def _thin_out(found: dict[str, str], current: set[str], cosigner: str) -> None:
    theirs = [each for each in found if each.partition(_BETWEEN)[0] == cosigner]
    former = [each for each in theirs if each not in current]
    for place in sorted(former, key=lambda each: time_of(found[each]))[_MOST_FORMER:]:
        del found[place]


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
