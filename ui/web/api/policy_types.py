"""Rules as the API sends and takes them; values as their kind writes them in JSON."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct


class Decision(Struct, frozen=True):
    """One decision about a key. federation: null for our own choice."""

    value: msgspec.Raw
    version: str
    policy: str | None
    federation: str | None
    decided_by: str
    since: datetime
    until: datetime | None
    binding: bool


class Policy(Struct, frozen=True):
    """What holds under a key. origin: default, ours or federation.

    open: federations differ, and somebody here has to choose. obeyed: the node acts on it.
    """

    name: str
    description: str
    unit: str | None
    value: msgspec.Raw
    default: msgspec.Raw
    mode: str
    owner: str
    origin: str
    version: str
    policy: str | None
    federation: str | None
    since: datetime | None
    open: bool
    obeyed: bool
    history: list[Decision]


class PolicyList(Struct, frozen=True):
    items: list[Policy]
    next: str | None = None


class Passed(Struct, frozen=True):
    """One version of a policy that a federation of ours passed."""

    id: str
    version: str
    federation: str
    certificate: str
    text: str
    keys: list[str]
    effective_from: datetime
    ends_at: datetime | None
    review_by: datetime | None
    emergency: bool
    answer: str
    answer_by: datetime | None
    reservations: dict[str, str]


class PassedList(Struct, frozen=True):
    items: list[Passed]
    next: str | None = None


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """value: as the key's kind writes it, such as 90, "2.5", ["place", "price"]."""

    value: Any


class Draft(Struct, frozen=True, forbid_unknown_fields=True):
    """keys: values by the name of their key."""

    keys: Annotated[dict[str, Any], Meta(max_length=50)]


class Touched(Struct, frozen=True):
    what: str
    affected: int
    total: int
    text: str


class TouchedList(Struct, frozen=True):
    items: list[Touched]
    next: str | None = None
