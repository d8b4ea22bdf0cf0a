"""What is in force?"""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar, overload

from sqlalchemy import ColumnElement, Row, bindparam, or_, select

from federation.storage import Reader
from federation.storage.prepared import Prepared
from node import limits
from node.errors import Conflict
from node.i18n import _
from node.policies.merging import Decision, InForce, in_force_at
from node.policies.models import policy_table, value_table
from node.policies.registry import REGISTRY, PolicyKey, key_named

T = TypeVar("T")

_v = value_table.c
_p = policy_table.c
_DECIDED = Prepared(
    select(value_table, _p.federation, _p.policy_id)
    .join_from(value_table, policy_table, _v.policy == _p.id, isouter=True)
    .where(_v.key.in_(bindparam("names", expanding=True)))
    .order_by(_v.id)
)


@dataclass(frozen=True)
class Rulebook:
    """Everything that was decided about some keys: read once, asked often."""

    now: datetime
    decisions: dict[str, list[Decision[Any]]]

    @cached_property
    def turns(self) -> list[datetime]:
        """Every moment at which something begins or ends to hold."""
        said = [one for decisions in self.decisions.values() for one in decisions]
        ends = [one.until for one in said if one.until is not None]
        return sorted({*(one.since for one in said), *ends})

    def era(self, at: datetime | None) -> int:
        """A number that is the same for moments at which others are judged by the same rules."""
        return bisect_right(self.turns, min(at or self.now, self.now))

    def in_force(self, key: PolicyKey[T], at: datetime | None = None) -> InForce[T]:
        """What holds for us at a moment, today unless told."""
        return in_force_at(key, self.decisions.get(key.name, ()), at or self.now)

    def settled(self, key: PolicyKey[T]) -> InForce[T]:
        """What holds for us today. Raises Conflict while federations of ours differ about it: what
        goes out by it waits until somebody here has chosen."""
        entry = self.in_force(key)
        if not entry.is_open:
            return entry
        raise Conflict(
            _(
                "Two federations of ours have decided differently about %(key)s: %(values)s. "
                "Choose on the page of rules which holds here; until then nothing goes out.",
                key=key.name,
                values=said_differently(key, entry.decisions),
            ),
            "policy-open",
        )

    def for_others(self, key: PolicyKey[T], at: datetime | None) -> InForce[T]:
        """What another coop's message of that moment is judged by: never by a rule that came
        later, and never by one that is yet to come, whatever date the message bears.

        Our own choice counts only for keys that say so.
        """
        moment = min(at or self.now, self.now)
        known = self.decisions.get(key.name, ())
        return in_force_at(key, known, moment, ours=key.binds_others)


def judged_at(published: datetime | None, *, now: datetime) -> datetime:
    """By the rules of which moment something is judged that we have not heard of before.

    Its author may write any date on it; an honest one is no older than a delivery can be.
    """
    return max(published or now, now - limits.ON_ITS_WAY_LONGEST)


async def rulebook(reader: Reader, keys: Collection[PolicyKey[Any]] | None = None) -> Rulebook:
    """The rulebook of some keys, or of all, in one query."""
    # What an earlier program knew is kept, and has no effect.
    names = list(REGISTRY) if keys is None else [key.name for key in keys]
    book = Rulebook(reader.now, {})
    for row in await reader.rows(_DECIDED, {"names": names}):
        book.decisions.setdefault(row.key, []).append(decision_of(row))
    return book


def decision_of(row: Row[Any]) -> Decision[Any]:
    """A row of the table of values, with its policy's own columns."""
    return Decision(
        key_named(row.key).kind.read(row.value["value"]),
        row.version,
        row.decided_by,
        row.since,
        row.until,
        row.federation,
        row.policy_id or "",
        row.binding,
    )


@overload
async def value(reader: Reader, key: PolicyKey[T]) -> T: ...
@overload
async def value(reader: Reader, key: str) -> Any: ...
async def value(reader: Reader, key: PolicyKey[T] | str) -> T | Any:
    """The value of a key today; an unknown name raises NotFound."""
    named = key_named(key) if isinstance(key, str) else key
    return (await in_force(reader, named)).value


async def in_force(reader: Reader, key: PolicyKey[T]) -> InForce[T]:
    """The value of a key today, with its version for what is computed from it."""
    return (await rulebook(reader, [key])).in_force(key)


async def all_values(reader: Reader) -> dict[str, Any]:
    """Every key's value today, by name."""
    return {entry.key.name: entry.value for entry in await all_in_force(reader)}


async def all_in_force(reader: Reader) -> list[InForce[Any]]:
    """Every key's value today with where it comes from, in the order of the registry."""
    book = await rulebook(reader)
    return [book.in_force(key) for key in REGISTRY.values()]


async def settled(reader: Reader, key: PolicyKey[T]) -> InForce[T]:
    """As `in_force`, for what goes out by it. Raises Conflict as `Rulebook.settled`."""
    return (await rulebook(reader, [key])).settled(key)


def goes_on(at: datetime) -> ColumnElement[bool]:
    """Of policies that federations passed: those that are not over; some hold only later."""
    return or_(_p.ends_at.is_(None), _p.ends_at > at)


def said_differently(key: PolicyKey[Any], decisions: Sequence[Decision[Any]]) -> str:
    """The values that federations decided on, each once."""
    said = (key.text(one.value) for one in decisions if one.federation)
    return " / ".join(sorted(set(said)))
