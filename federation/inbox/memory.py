"""The permanent memory of activities: what was seen once never takes effect again.

The key is 64 bits of the id's hash, which keeps the index small and fast for ever (at a million
rows half the cost of an index over ids). A stranger can make two ids with one hash, so the id is
stored and compared; the second one takes the next free number.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import bindparam, insert, select

from federation.models import SeenActivity
from federation.storage.base import table_of
from federation.storage.unit_of_work import Reader, UnitOfWork

_SEEN = table_of(SeenActivity).c
_BY_KEY = select(_SEEN.key, _SEEN.activity_id, _SEEN.body_digest).where(
    _SEEN.key.in_(bindparam("keys", expanding=True))
)


class Verdict(Enum):
    """Whether an activity was seen before."""

    NEW = auto()
    SAME = auto()
    """Seen, with these bytes."""
    OTHER = auto()
    """Seen, with other bytes: somebody tells two stories under one id."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What we remember of one activity; copy_of: position of the same one in the same list."""

    activity_id: str
    digest: bytes
    key: int
    verdict: Verdict
    copy_of: int | None = None


async def recall(reader: Reader, messages: Sequence[tuple[str, bytes]]) -> list[Memory]:
    """Look up (activity id, SHA-256 of the body) pairs; one query unless hashes collide."""
    places = await _places(reader, list(dict.fromkeys(uri for uri, _ in messages)))
    first: dict[str, int] = {}
    memories: list[Memory] = []
    for position, (uri, digest) in enumerate(messages):
        key, stored = places[uri]
        earlier = first.setdefault(uri, position)
        known = memories[earlier].digest if earlier != position and stored is None else stored
        verdict = _verdict(known, digest)
        copy_of = earlier if verdict is Verdict.SAME and stored is None else None
        memories.append(Memory(uri, digest, key, verdict, copy_of))
    return memories


async def remember(uow: UnitOfWork, memories: Sequence[Memory]) -> None:
    """Store new activities for ever."""
    if not memories:
        return
    await uow.execute(insert(table_of(SeenActivity)), [_row(each, uow.now) for each in memories])


def _verdict(known: bytes | None, digest: bytes) -> Verdict:
    if known is None:
        return Verdict.NEW
    return Verdict.SAME if known == digest else Verdict.OTHER


async def _places(reader: Reader, uris: list[str]) -> dict[str, tuple[int, bytes | None]]:
    """For each id its number, and the digest stored there if it was seen."""
    places: dict[str, tuple[int, bytes | None]] = {}
    taken: set[int] = set()
    wanted = {uri: key_of(uri) for uri in uris}
    while wanted:
        found = {
            row.key: (row.activity_id, row.body_digest)
            for row in await reader.rows(_BY_KEY, {"keys": list(wanted.values())})
        }
        colliding: dict[str, int] = {}
        for uri, key in wanted.items():
            stored_id, digest = found.get(key, (None, None))
            if stored_id == uri:
                places[uri] = (key, digest)
            elif stored_id is None and key not in taken:
                taken.add(key)
                places[uri] = (key, None)
            else:
                colliding[uri] = _next(key)
        wanted = colliding
    return places


def key_of(activity_id: str) -> int:
    """The first 8 bytes of SHA-256 over the id, as the signed number that both databases hold."""
    return int.from_bytes(hashlib.sha256(activity_id.encode()).digest()[:8], signed=True)


def _next(key: int) -> int:
    return key + 1 if key < 2**63 - 1 else -(2**63)


def _row(memory: Memory, now: datetime) -> dict[str, object]:
    return {
        "key": memory.key,
        "activity_id": memory.activity_id,
        "body_digest": memory.digest,
        "received_at": now,
    }
