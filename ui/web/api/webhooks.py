"""Webhooks by API: whom to tell of what, what was sent there, and sending it again."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from node import webhooks
from node.webhooks import DeliveryView, Draft, State, WebhookView
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.types import Limit, ShortText

table = EndpointTable()

Url = Annotated[str, Meta(max_length=2048)]
KindName = Annotated[str, Meta(max_length=40, description="listing.published")]


class WebhookItem(Struct, frozen=True):
    """off_reason: by_hand, failing or gone; null while it is on. failing_since: nothing arrived
    there since then."""

    id: str
    url: str
    description: str
    events: list[str]
    on: bool
    off_reason: str | None
    failing_since: datetime | None
    created_at: datetime


class WebhookList(Struct, frozen=True):
    items: list[WebhookItem]
    next: str | None = None


class WebhookNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """events: all of them if none is named."""

    url: Url
    events: list[KindName] = []
    description: ShortText = ""


class WebhookMade(Struct, frozen=True):
    """secret: by which the program knows that a message is ours; it is not shown again."""

    webhook: WebhookItem
    secret: str


class WebhookChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays."""

    url: Url | None = None
    events: list[KindName] | None = None
    description: ShortText | None = None
    on: bool | None = None


class WebhookAttempt(Struct, frozen=True):
    """status: what the program answered; null if nothing."""

    number: int
    at: datetime
    status: int | None
    error: str | None
    next_attempt_at: datetime | None


class WebhookDelivery(Struct, frozen=True):
    """message: the `webhook-id`, the same each time it is sent."""

    id: str
    message: str
    event: str
    payload: Any
    state: Literal["pending", "delivered", "failed"]
    created_at: datetime
    next_attempt_at: datetime | None
    attempts: list[WebhookAttempt]


class WebhookLog(Struct, frozen=True):
    items: list[WebhookDelivery]
    next: str | None = None


class WebhookLogSearch(Struct, frozen=True, kw_only=True):
    state: Literal["pending", "delivered", "failed"] | None = None
    limit: Limit = 50
    cursor: ShortText | None = None


class WebhookReplay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """deliveries: null for all that were given up."""

    deliveries: Annotated[list[ShortText], Meta(max_length=100)] | None = None


class WebhookReplayed(Struct, frozen=True):
    count: int


@table.add("GET", "/webhooks", "The programs that are told", scope="admin", answer=WebhookList)
async def all_of_them(call: Call) -> WebhookList:
    async with call.node.reading() as reader:
        return WebhookList([_item(one) for one in await webhooks.webhooks(reader)])


@table.add(
    "POST",
    "/webhooks",
    "Tell a program of what happens here; the answer holds its secret, once",
    scope="admin",
    body=WebhookNew,
    answer=WebhookMade,
    status=201,
    example={"url": "https://shop.example/hooks", "events": ["listing.published"]},
)
async def create(call: Call) -> WebhookMade:
    given: WebhookNew = call.body
    draft = Draft(given.url, given.events, given.description)
    guard = call.node.federation.client.guard
    view, secret = await call.node.write(
        lambda uow: webhooks.create(uow, draft, guard, by=call.account.id)
    )
    return WebhookMade(_item(view), secret)


@table.add("GET", "/webhooks/{id}", "One of them", scope="admin", answer=WebhookItem)
async def one(call: Call) -> WebhookItem:
    async with call.node.reading() as reader:
        return _item(await webhooks.webhook(reader, call.path["id"]))


@table.add(
    "PATCH",
    "/webhooks/{id}",
    "Tell it of other things, elsewhere, or nothing for now",
    scope="admin",
    body=WebhookChange,
    answer=WebhookItem,
    example={"events": ["listing.published", "listing.retired"], "on": True},
)
async def change(call: Call) -> WebhookItem:
    given: WebhookChange = call.body
    guard = call.node.federation.client.guard
    view = await call.node.write(
        lambda uow: webhooks.change(
            uow,
            call.path["id"],
            guard,
            url=given.url,
            kinds=given.events,
            description=given.description,
            on=given.on,
            by=call.account.id,
        )
    )
    return _item(view)


@table.add("DELETE", "/webhooks/{id}", "Tell it nothing more, ever", scope="admin", status=204)
async def remove(call: Call) -> None:
    await call.node.write(lambda uow: webhooks.remove(uow, call.path["id"], by=call.account.id))


@table.add(
    "GET",
    "/webhooks/{id}/log",
    "What was sent there, and what came of each attempt; the newest first",
    scope="admin",
    query=WebhookLogSearch,
    answer=WebhookLog,
)
async def log(call: Call) -> WebhookLog:
    asked: WebhookLogSearch = call.query
    async with call.node.reading() as reader:
        view = await webhooks.webhook(reader, call.path["id"])
        lines = await webhooks.log(
            reader,
            view.id,
            state=State(asked.state) if asked.state else None,
            before=asked.cursor,
            limit=asked.limit + 1,
        )
    shown = lines[: asked.limit]
    more = shown[-1].id if len(lines) > asked.limit else None
    return WebhookLog([_delivery(line) for line in shown], more)


@table.add(
    "POST",
    "/webhooks/{id}/test",
    "Send a message that says nothing, and see what comes of it",
    scope="admin",
    answer=WebhookDelivery,
)
async def test(call: Call) -> WebhookDelivery:
    base = call.node.federation.identities.base
    return _delivery(await call.node.webhooks.send_test(call.path["id"], base))


@table.add(
    "POST",
    "/webhooks/{id}/replay",
    "Send messages again",
    scope="admin",
    body=WebhookReplay,
    answer=WebhookReplayed,
    status=202,
    example={"deliveries": None},
)
async def replay(call: Call) -> WebhookReplayed:
    given: WebhookReplay = call.body
    count = await call.node.write(
        lambda uow: webhooks.replay(uow, call.path["id"], given.deliveries, by=call.account.id)
    )
    return WebhookReplayed(count)


def _item(view: WebhookView) -> WebhookItem:
    return WebhookItem(
        id=view.id,
        url=view.url,
        description=view.description,
        events=[kind.value for kind in view.kinds],
        on=view.off_at is None,
        off_reason=view.off_reason.value if view.off_reason else None,
        failing_since=view.failing_since,
        created_at=view.created_at,
    )


def _delivery(line: DeliveryView) -> WebhookDelivery:
    return WebhookDelivery(
        id=line.id,
        message=line.message_id,
        event=line.kind.value,
        payload=line.payload,
        state=line.state.value,
        created_at=line.created_at,
        next_attempt_at=line.next_attempt_at,
        attempts=[
            WebhookAttempt(
                number=tried.number,
                at=tried.at,
                status=tried.status,
                error=tried.error,
                next_attempt_at=tried.next_attempt_at,
            )
            for tried in line.attempts
        ],
    )
