"""Which rule of a federation stands before which: for each key the one that begins later.

Every node hears decisions in an order of its own, and all must obey the same rules. So nothing
depends on that order: each value ends, at the latest, on the day from which the same federation
decided anew on its key. Two that begin at the same moment both stand, and are merged as always.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from federation.storage import UnitOfWork
from node.policies.models import policy_table, value_table

_p = policy_table.c
_v = value_table.c


async def end_replaced(uow: UnitOfWork, federation: str) -> None:
    """End what later decisions of a federation replace; a policy ends with the last of its keys."""
    stored = select(_v.id, _v.key, _v.policy, _v.until, _p.effective_from, _p.ends_at).join_from(
        value_table, policy_table, _v.policy == _p.id
    )
    rows = await uow.rows(stored.where(_p.federation == federation))
    ends = _next_days(rows)
    values: defaultdict[datetime, list[str]] = defaultdict(list)
    policies: dict[str, datetime | None] = {}
    for row in rows:
        end = ends[row.id]
        if end is not None and _goes_on(row.until, end):
            values[end].append(row.id)
        known = policies.get(row.policy, end)
        policies[row.policy] = None if end is None or known is None else max(known, end)
    for end, ids in values.items():
        await uow.execute(update(value_table).where(_v.id.in_(ids)).values(until=end))
    over = {row.policy: policies[row.policy] for row in rows if _is_over(row, policies)}
    for policy, day in over.items():
        await uow.execute(update(policy_table).where(_p.id == policy).values(ends_at=day))


def _next_days(rows: Sequence[Any]) -> dict[str, datetime | None]:
    """For each value the next day from which something else was decided on its key."""
    days: defaultdict[str, set[datetime]] = defaultdict(set)
    for row in rows:
        days[row.key].add(row.effective_from)
    return {
        row.id: min((day for day in days[row.key] if day > row.effective_from), default=None)
        for row in rows
    }


def _is_over(row: Any, policies: dict[str, datetime | None]) -> bool:
    end = policies[row.policy]
    return end is not None and _goes_on(row.ends_at, end)


def _goes_on(until: datetime | None, end: datetime) -> bool:
    return until is None or until > end
