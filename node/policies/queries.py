"""What is in force?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, overload

from sqlalchemy import select

from federation.storage import Reader
from node.policies.models import PolicyValue
from node.policies.registry import REGISTRY, PolicyKey, key_named

T = TypeVar("T")

DEFAULT_VERSION = "default"


@dataclass(frozen=True)
class InForce(Generic[T]):
    """A value with where it comes from; `since` and `decided_by` are None for a default."""

    key: PolicyKey[T]
    value: T
    version: str
    since: datetime | None
    decided_by: str | None


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
    row = await reader.scalar(select(PolicyValue).where(PolicyValue.key == key.name))
    return _in_force(key, row)


async def all_values(reader: Reader) -> dict[str, Any]:
    """Every key's value today, by name."""
    return {entry.key.name: entry.value for entry in await all_in_force(reader)}


async def all_in_force(reader: Reader) -> list[InForce[Any]]:
    """Every key's value today with where it comes from, in the order of the registry."""
    decided = {row.key: row for row in await reader.scalars(select(PolicyValue))}
    return [_in_force(key, decided.get(name)) for name, key in REGISTRY.items()]


def _in_force(key: PolicyKey[T], row: PolicyValue | None) -> InForce[T]:
    if row is None:
        return InForce(key, key.default, DEFAULT_VERSION, since=None, decided_by=None)
    return InForce(key, key.kind.read(row.value["value"]), row.version, row.since, row.decided_by)
