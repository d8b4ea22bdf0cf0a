"""Putting a decision into force."""

from typing import TypeVar

from sqlalchemy import delete, select

from federation.storage import UnitOfWork
from node import audit
from node.policies.models import PolicyValue
from node.policies.registry import PolicyKey

T = TypeVar("T")


async def adopt(
    uow: UnitOfWork, key: PolicyKey[T], value: T, *, version: str, decided_by: str
) -> None:
    """Put a value into force from now on. Raises InvalidInput when the key does not allow it."""
    stored = key.kind.write(value)
    key.kind.read(stored)
    row = await uow.scalar(select(PolicyValue).where(PolicyValue.key == key.name))
    row = row or PolicyValue(key=key.name)
    row.value = {"value": stored}
    row.version, row.decided_by, row.since = version, decided_by, uow.now
    uow.session.add(row)
    await uow.session.flush()
    await audit.record(uow, audit.NODE, "policies.adopt", key.name, {"version": version})


async def lapse(uow: UnitOfWork, key: PolicyKey[T]) -> None:
    """Return a key to its default, when a decision has run out or was repealed."""
    await uow.execute(delete(PolicyValue).where(PolicyValue.key == key.name))
    await audit.record(uow, audit.NODE, "policies.lapse", key.name)
