"""The permanent memory of activities: what was seen once never takes effect again.

An id counts together with the actor that used it: one origin holds many actors, and whoever uses a
neighbour's id first must not take the word from it.

The key is 64 bits of their hash, which keeps the index small and fast for ever (at a million rows
half the cost of an index over ids). A stranger can make two with one hash, so actor and id are
stored and compared; the second one takes the next free number.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import bindparam, select

from federation.models import SeenActivity
from federation.storage.base import table_of
from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import Reader, UnitOfWork

_SEEN = table_of(SeenActivity)
_BY_KEY = Prepared(
    select(_SEEN.c.key, _SEEN.c.actor, _SEEN.c.activity_id, _SEEN.c.body_digest).where(
        _SEEN.c.key.in_(bindparam("keys", expanding=True))
    )
)
_REMEMBER = Prepared.inserting(_SEEN)


class Name(NamedTuple):
    """What an activity is known by."""

    actor: str
    activity_id: str


Digests = tuple[bytes, ...]
"""SHA-256 of what is said under a name: the first is remembered, each is known again."""


class Verdict(Enum):
    """Whether an activity was seen before."""

    NEW = auto()
    SAME = auto()
    """Seen, and it said the same."""
    OTHER = auto()
    """Seen, and it said something else: somebody tells two stories under one id."""


class Memory(Struct, frozen=True):
    """What we remember of one activity; copy_of: position of the same one in the same list."""

    name: Name
    digest: bytes
    key: int
    verdict: Verdict
    copy_of: int | None = None


async def recall(reader: Reader, messages: Sequence[tuple[Name, Digests]]) -> list[Memory]:
    """Look up names with what is said under them; one query unless hashes collide."""
    places = await _places(reader, list(dict.fromkeys(name for name, _ in messages)))
    first: dict[Name, int] = {}
    memories: list[Memory] = []
    for position, (name, digests) in enumerate(messages):
        key, stored = places[name]
        earlier = first.setdefault(name, position)
        known = memories[earlier].digest if earlier != position and stored is None else stored
        verdict = _verdict(known, digests)
        copy_of = earlier if verdict is Verdict.SAME and stored is None else None
        memories.append(Memory(name, digests[0], key, verdict, copy_of))
    return memories


async def remember(uow: UnitOfWork, memories: Sequence[Memory]) -> None:
    """Store new activities for ever."""
    if memories:
        await uow.run(_REMEMBER, [_row(each, uow.now) for each in memories])


def _verdict(known: bytes | None, digests: Digests) -> Verdict:
    if known is None:
        return Verdict.NEW
    return Verdict.SAME if known in digests else Verdict.OTHER


async def _places(reader: Reader, names: list[Name]) -> dict[Name, tuple[int, bytes | None]]:
    """For each its number, and the digest stored there if it was seen."""
    places: dict[Name, tuple[int, bytes | None]] = {}
    taken: set[int] = set()
    wanted = {name: key_of(name) for name in names}
    while wanted:
        found = {
            row.key: (Name(row.actor, row.activity_id), row.body_digest)
            for row in await reader.rows(_BY_KEY, {"keys": list(wanted.values())})
        }
        colliding: dict[Name, int] = {}
        for name, key in wanted.items():
            stored, digest = found.get(key, (None, None))
            if stored == name:
                places[name] = (key, digest)
            elif stored is None and key not in taken:
                taken.add(key)
                places[name] = (key, None)
            else:
                colliding[name] = _next(key)
        wanted = colliding
    return places


def key_of(name: Name) -> int:
    """The first 8 bytes of SHA-256 over both, as the signed number that both databases hold."""
    # No address holds a space, so that no two names read the same.
    both = " ".join(name).encode()
    return int.from_bytes(hashlib.sha256(both).digest()[:8], signed=True)


def _next(key: int) -> int:
    return key + 1 if key < 2**63 - 1 else -(2**63)


def _row(memory: Memory, now: datetime) -> dict[str, object]:
    return {
        "key": memory.key,
        "actor": memory.name.actor,
        "activity_id": memory.name.activity_id,
        "body_digest": memory.digest,
        "received_at": now,
    }
