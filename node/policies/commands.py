"""Our own choice: what this coop decides for itself."""

from typing import Any, TypeVar

from sqlalchemy import func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node import audit
from node.errors import InvalidInput
from node.events import events
from node.i18n import _
from node.policies.events import ChoiceChanged
from node.policies.merging import InForce
from node.policies.models import value_table
from node.policies.queries import in_force
from node.policies.registry import PolicyKey, key_named

T = TypeVar("T")

_v = value_table.c


async def choose(uow: UnitOfWork, name: str, stored: object, *, by: str) -> InForce[Any]:
    """Decide on a key for our own coop, from now on. stored: as the key's kind writes it.

    Raises NotFound, and InvalidInput for a value that the key, or a federation, does not allow.
    """
    key = key_named(name)
    made = await uow.scalar(
        select(func.count()).where(_v.key == name, _v.policy.is_(None)).select_from(value_table)
    )
    version = f"own-{(made or 0) + 1}"
    await adopt(uow, key, key.kind.read(stored), version=version, decided_by=by, by=by)
    return await in_force(uow, key)


async def adopt(
    uow: UnitOfWork,
    key: PolicyKey[T],
    value: T,
    *,
    version: str,
    decided_by: str,
    by: str = audit.NODE,
) -> None:
    """Put our own choice into force from now on. Raises InvalidInput as `choose`.

    decided_by: the decision itself; by: who put it in.
    """
    stored = key.kind.write(value)
    key.kind.read(stored)
    await check_allowed(uow, key, value)
    await _end(uow, key)
    await uow.execute(
        insert(value_table).values(
            id=uow.new_id(),
            key=key.name,
            value={"value": stored},
            policy=None,
            version=version,
            decided_by=decided_by,
            since=uow.now,
            until=None,
            binding=True,
        )
    )
    await audit.record(uow, by, "policies.adopt", key.name, {"version": version})
    await events.announce(uow, ChoiceChanged(key.name))


async def lapse(uow: UnitOfWork, key: PolicyKey[T], *, by: str) -> None:
    """Take our own choice back: what federations decided holds, or the default."""
    await _end(uow, key)
    await audit.record(uow, by, "policies.lapse", key.name)
    await events.announce(uow, ChoiceChanged(key.name))


async def check_allowed(reader: Reader, key: PolicyKey[T], value: T) -> None:
    """Raises InvalidInput when a federation of ours does not let us be so generous."""
    if not key.is_bound:
        return
    decisions = (await in_force(reader, key)).decisions
    for one in decisions:
        if one.federation is None or not key.is_looser(value, one.value):
            continue
        raise InvalidInput(
            {
                "value": [
                    _(
                        "Our federation decided on %(limit)s (%(policy)s, version %(version)s): we "
                        "may be stricter than that, not looser.",
                        limit=key.text(one.value),
                        policy=one.policy,
                        version=one.version,
                    )
                ]
            }
        )


async def _end(uow: UnitOfWork, key: PolicyKey[T]) -> None:
    standing = update(value_table).where(
        _v.key == key.name, _v.policy.is_(None), _v.until.is_(None)
    )
    await uow.execute(standing.values(until=uow.now))
