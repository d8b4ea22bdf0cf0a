"""Which webhooks there are, and what was sent to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, Select, select

from federation.storage import Reader
from node.errors import NotFound
from node.i18n import _
from node.webhooks.kinds import Kind
from node.webhooks.models import attempt_table, delivery_table, message_table, webhook_table
from node.webhooks.rules import Off, State
from protocol.iri import authority_of

_w, _m, _d, _a = webhook_table.c, message_table.c, delivery_table.c, attempt_table.c


class WebhookView(Struct, frozen=True):
    """A program that is told. failing_since: nothing arrived there since then."""

    id: str
    url: str
    description: str
    kinds: tuple[Kind, ...]
    created_at: datetime
    failing_since: datetime | None
    off_at: datetime | None
    off_reason: Off | None

    @property
    def host(self) -> str:
        """What of its address anybody may see."""
        return authority_of(self.url)


class AttemptView(Struct, frozen=True):
    """One try. status: what was answered, None for nothing."""

    number: int
    at: datetime
    status: int | None
    error: str | None
    next_attempt_at: datetime | None


class DeliveryView(Struct, frozen=True):
    """One message for one webhook, with every try. next_attempt_at: None if none is to come."""

    id: str
    message_id: str
    kind: Kind
    payload: Any
    state: State
    created_at: datetime
    next_attempt_at: datetime | None
    attempts: tuple[AttemptView, ...]


async def webhooks(reader: Reader) -> list[WebhookView]:
    """All of them, the oldest first."""
    rows = await reader.rows(select(webhook_table).order_by(_w.created_at, _w.id))
    return [_webhook(row) for row in rows]


async def webhook(reader: Reader, webhook_id: str) -> WebhookView:
    """One of them. Raises NotFound."""
    rows = await reader.rows(select(webhook_table).where(_w.id == webhook_id))
    if not rows:
        raise NotFound(_("There is no such webhook (any more)."))
    return _webhook(rows[0])


async def log(
    reader: Reader,
    webhook_id: str,
    *,
    state: State | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[DeliveryView]:
    """What was sent to a webhook, the newest first. before: the last id already seen."""
    chosen = _deliveries().where(_d.webhook_id == webhook_id)
    if state is not None:
        chosen = chosen.where(_d.state == state.value)
    if before is not None:
        chosen = chosen.where(_d.id < before)
    return await _views(reader, await reader.rows(chosen.order_by(_d.id.desc()).limit(limit)))


async def delivery(reader: Reader, delivery_id: str) -> DeliveryView:
    """One line of the log. Raises NotFound."""
    views = await _views(reader, await reader.rows(_deliveries().where(_d.id == delivery_id)))
    if not views:
        raise NotFound(_("This is not in the log (any more)."))
    return views[0]


def _deliveries() -> Select[Any]:
    columns = (_d.id, _d.message_id, _d.state, _d.next_attempt_at)
    said = select(*columns, _m.kind, _m.body, _m.created_at)
    return said.join(message_table, _m.id == _d.message_id)


async def _views(reader: Reader, rows: Sequence[Row[Any]]) -> list[DeliveryView]:
    tried = select(attempt_table).where(_a.delivery_id.in_([row.id for row in rows]))
    attempts: dict[str, list[AttemptView]] = {row.id: [] for row in rows}
    for row in await reader.rows(tried.order_by(_a.delivery_id, _a.number)):
        line = AttemptView(row.number, row.at, row.status, row.error, row.next_attempt_at)
        attempts[row.delivery_id].append(line)
    return [_delivery(row, attempts[row.id]) for row in rows]


def _delivery(row: Row[Any], attempts: Sequence[AttemptView]) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        message_id=row.message_id,
        kind=Kind(row.kind),
        payload=msgspec.json.decode(row.body),
        state=State(row.state),
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        attempts=tuple(attempts),
    )


def _webhook(row: Row[Any]) -> WebhookView:
    return WebhookView(
        id=row.id,
        url=row.url,
        description=row.description,
        kinds=tuple(map(Kind, row.kinds)),
        created_at=row.created_at,
        failing_since=row.failing_since,
        off_at=row.off_at,
        off_reason=Off(row.off_reason) if row.off_reason else None,
    )
