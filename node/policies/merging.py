"""From several decisions about one key to the one value in force. Pure.

A decision holds from its day to its end, never before; so the same list answers what was in force
at any moment. Federations that a coop belongs to and the coop itself may all have decided:

- floor, ceiling: the strictest value of all; our own counts only where it is stricter
- default: our own choice, else the federations'
- ratify: the federations', once we have said yes
- advice: our own choice; what federations advise is shown beside it

Where federations differ and neither value is the stricter one, somebody here has to choose: until
then the key has its default, and what goes out by it waits (`Rulebook.settled`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import Struct

from node.policies.breaches import Breach, Limit
from node.policies.kinds import Words
from node.policies.registry import Mode, PolicyKey

T = TypeVar("T")

DEFAULT_VERSION = "default"


class Origin(StrEnum):
    """Where a value in force comes from."""

    DEFAULT = "default"
    OURS = "ours"
    FEDERATION = "federation"


class Decision(Struct, Generic[T], frozen=True):
    """One value of one key. federation, policy: None and "" for our own choice."""

    value: T
    version: str
    decided_by: str
    since: datetime
    until: datetime | None
    federation: str | None = None
    policy: str = ""
    binding: bool = True

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class InForce(Struct, Generic[T], frozen=True):
    """A value with where it comes from; `since` and `decided_by` are None for a default.

    decisions: all that hold, also those that a stricter one or our own choice stands before.
    is_open: federations differ, and somebody here has to choose.
    """

    key: PolicyKey[T]
    value: T
    version: str
    since: datetime | None
    decided_by: str | None
    origin: Origin = Origin.DEFAULT
    policy: str = ""
    federation: str | None = None
    decisions: tuple[Decision[T], ...] = ()
    is_open: bool = False

    @property
    def limit(self) -> Limit:
        """As a refusal names it."""
        return Limit(
            self.key.name,
            self.version,
            self.key.text(self.value),
            self.policy,
            self.federation,
            self.since if self.federation else None,
        )

    def breach(self, code: str, why: Any, got: str) -> Breach:
        """That something breaks it."""
        return Breach(code, why, self.limit, got)


def in_force_at(
    key: PolicyKey[T], decisions: Iterable[Decision[T]], at: datetime, *, ours: bool = True
) -> InForce[T]:
    """What holds at a moment. ours: whether our own choice counts."""
    holding = tuple(
        sorted((one for one in decisions if one.holds(at)), key=lambda one: (one.since, one.policy))
    )
    own = [one for one in holding if one.federation is None and ours]
    shared = [one for one in holding if one.federation is not None and one.binding]
    if key.is_bound:
        chosen: Sequence[Decision[T]] = _strictest(key, [*shared, *own])
    else:
        chosen = _first_said(key.mode, own, shared)
    if not chosen:
        return _default(key, holding)
    if not key.is_bound and _differ(chosen):
        return _default(key, holding, is_open=True)
    return _from(key, chosen, holding)


def _strictest(key: PolicyKey[T], decisions: Sequence[Decision[T]]) -> Sequence[Decision[T]]:
    """The decisions that make the strictest value, federations' first."""
    if not decisions or isinstance(key.kind, Words):
        return decisions
    value = key.strictest([one.value for one in decisions])
    return [one for one in decisions if one.value == value]


def _first_said(
    mode: Mode, own: Sequence[Decision[T]], shared: Sequence[Decision[T]]
) -> Sequence[Decision[T]]:
    if mode is Mode.ADVICE:
        return own
    if mode is Mode.RATIFY and shared and not _differ(shared):
        return shared
    return own or shared


def _differ(decisions: Sequence[Decision[T]]) -> bool:
    return any(one.value != decisions[0].value for one in decisions)


def _from(
    key: PolicyKey[T], chosen: Sequence[Decision[T]], holding: tuple[Decision[T], ...]
) -> InForce[T]:
    first = chosen[0]
    versions = dict.fromkeys(one.version for one in chosen)
    is_list = isinstance(key.kind, Words)
    return InForce(
        key,
        key.strictest([one.value for one in chosen]) if is_list and key.is_bound else first.value,
        "+".join(versions) if is_list else first.version,
        first.since,
        first.decided_by,
        Origin.FEDERATION if first.federation else Origin.OURS,
        first.policy,
        first.federation,
        holding,
    )


def _default(
    key: PolicyKey[T], holding: tuple[Decision[T], ...], *, is_open: bool = False
) -> InForce[T]:
    return InForce(
        key, key.default, DEFAULT_VERSION, None, None, decisions=holding, is_open=is_open
    )
