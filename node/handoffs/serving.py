"""Handing out: to one coop, a few times, for some days, and seen by the person."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, func, insert, select

from federation import outbox
from federation.storage import Reader, UnitOfWork
from node import policies
from node.data_map import Chosen, Row
from node.handoffs.models import access_table
from protocol.vocabulary.handoffs import handoff_document

_a = access_table.c


class Offered(Struct, frozen=True):
    """What one coop may have now. context: the address of the matter; since: when it said yes."""

    uri: str
    matter_id: str
    context: str
    coop: str
    since: datetime
    told: Mapping[str, Any]


class AccessView(Struct, frozen=True):
    """One time that a coop fetched something. fields: their names."""

    coop: str
    fields: tuple[str, ...]
    at: datetime


async def hand_out(uow: UnitOfWork, offered: Offered) -> dict[str, Any] | None:
    """The signed document, after a line about it; None once it is used up or its days are over."""
    if await _is_used_up(uow, offered):
        return None
    await uow.execute(
        insert(access_table).values(
            id=uow.new_id(),
            matter_id=offered.matter_id,
            coop=offered.coop,
            fields=list(offered.told),
            at=uow.now,
        )
    )
    document = handoff_document(
        offered.uri, uow.identities.coop.uri, offered.context, dict(offered.told)
    )
    return outbox.sign_object(uow, document)


async def accesses(reader: Reader, matter_ids: Collection[str]) -> Sequence[AccessView]:
    """Who fetched what of these matters, oldest first."""
    chosen = select(access_table).where(_a.matter_id.in_(matter_ids)).order_by(_a.id)
    rows = await reader.rows(chosen)
    return [AccessView(row.coop, tuple(row.fields), row.at) for row in rows]


def fetched(matters: Select[tuple[str]]) -> Chosen:
    """The same for the data map: what is told to the person whose matters these are."""
    chosen = select(_a.coop, _a.fields, _a.at).where(_a.matter_id.in_(matters)).order_by(_a.id)

    async def shape(_reader: Reader, rows: Sequence[Any]) -> list[Row]:
        return [dict(row._mapping) for row in rows]

    return Chosen(chosen, shape)


async def _is_used_up(reader: Reader, offered: Offered) -> bool:
    used = await reader.scalar(select(func.count()).where(_a.matter_id == offered.matter_id))
    times = await policies.value(reader, policies.REFERRALS_HANDOFF_TIMES)
    days = await policies.value(reader, policies.REFERRALS_HANDOFF_DAYS)
    return (used or 0) >= times or reader.now > offered.since + timedelta(days=days)
