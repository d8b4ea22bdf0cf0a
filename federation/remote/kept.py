"""What is kept of an actor's document: what somebody here reads, and no more than has its room.

A document has a megabyte at most, and whoever sends it is a stranger. Pure.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from federation.settings import ACTOR_BYTES, KEYS_PER_ACTOR
from protocol.vocabulary.base import ids, text

_LINK = 2_100
_LIST = 4_096
_ROOM: Mapping[str, int] = {
    "id": _LINK,
    "type": 100,
    "inbox": _LINK,
    "name": 1_000,
    "nameMap": 4_000,
    "preferredUsername": 400,
    "movedTo": _LINK,
    "endpoints": _LINK,
    "generator": _LIST,
    "publicKey": _LIST,
    "assertionMethod": _LIST,
    "alsoKnownAs": _LIST,
    "catalogue": _LINK,
    "correspondence": _LINK,
    "url": _LINK,
    "outbox": _LINK,
    "followers": _LINK,
    "following": _LINK,
    "implements": _LIST,
    "policyHead": _LIST,
    "location": _LINK,
    "languages": 400,
    "manuallyApprovesFollowers": 10,
    "indexable": 10,
    "suspended": 10,
    "opening": 100,
    "governance": 100,
    "assetLock": 10,
    "icon": _LINK,
    "summary": 4_000,
    "content": ACTOR_BYTES,
    "attachment": ACTOR_BYTES,
    "summaryMap": ACTOR_BYTES,
    "contentMap": ACTOR_BYTES,
}
"""Bytes for each member that is read; the first ones go before when all of it is too much."""
_VOUCHING = "vouchesFor"
_ROOM_OF_VOUCHING = 8_000
"""Beside all that: 50 addresses of 160 bytes, which take no room from the story."""
_TEXTS = ("name", "preferredUsername", "summary")
_MAPS = ("nameMap", "summaryMap", "contentMap")
_WORDS = frozenset({*_TEXTS, "content"})
_KEYS = ("publicKey", "assertionMethod")


def kept(document: dict[str, Any]) -> dict[str, Any]:
    """A normalised actor as it is stored. Words are cut, lists end early, and what is too long
    otherwise is left out; of keys only the ids stay, for each key has a row of its own.

    document: one that `parse_actor` could read.
    """
    listed = {name: list(ids(document.get(name))[:KEYS_PER_ACTOR]) for name in _KEYS}
    said = document | {name: text(document, name) for name in _TEXTS} | listed
    found: dict[str, Any] = {}
    left = ACTOR_BYTES
    for name, room in _ROOM.items():
        short = _short(name, said.get(name), min(room, left))
        if short is not None:
            found[name] = short
            left -= _size(short)
    if vouched := _short(_VOUCHING, said.get(_VOUCHING), _ROOM_OF_VOUCHING):
        found[_VOUCHING] = vouched
    return found


def _short(name: str, value: Any, room: int) -> Any:
    if isinstance(value, str) and name in _WORDS:
        return value.encode()[:room].decode(errors="ignore") or None
    if isinstance(value, list):
        return _first(value, room) or None
    if name in _MAPS and isinstance(value, dict):
        return dict(_first(list(value.items()), room)) or None
    return value if value is not None and _size(value) <= room else None


def _first(values: list[Any], room: int) -> list[Any]:
    """As many as have room; what is too long by itself is passed over."""
    found: list[Any] = []
    for value in values:
        size = _size(value)
        if size > room:
            continue
        found.append(value)
        room -= size
    return found


def _size(value: Any) -> int:
    return len(msgspec.json.encode(value))
