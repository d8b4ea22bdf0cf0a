"""Who did what, by API: what a coop's board, or its own program that keeps watch, reads."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from node import audit
from node.audit import AuditLine
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.types import ShortText
from ui.web.audit_words import sentence
from ui.web.pages.audit import names_of

table = EndpointTable()


class Deed(Struct, frozen=True):
    """what: a code that stays the same. text: the same for people. subject: what it was about.

    actor: an account, a coop, or who stands for nobody's account, such as `operator`; name: what
    they are called, empty for coops and for accounts that are gone.
    """

    id: str
    at: datetime
    actor: str
    name: str
    what: str
    text: str
    subject: str
    detail: dict[str, Any]


class DeedList(Struct, frozen=True):
    items: list[Deed]
    next: str | None = None


class DeedSearch(Struct, frozen=True, kw_only=True):
    """area: what stands before the dot of `what`. until: the first moment no longer wanted."""

    actor: ShortText | None = None
    area: ShortText | None = None
    subject: ShortText | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: ShortText | None = None


@table.add(
    "GET",
    "/audit",
    "Who did what, the newest first",
    scope="admin",
    query=DeedSearch,
    answer=DeedList,
)
async def deeds(call: Call) -> DeedList:
    asked: DeedSearch = call.query
    async with call.node.reading() as reader:
        found = await audit.entries(
            reader,
            subject=asked.subject,
            actor=asked.actor,
            area=asked.area,
            since=asked.since,
            until=asked.until,
            before=asked.cursor,
            limit=asked.limit + 1,
        )
        shown = found[: asked.limit]
        called = await names_of(reader, shown)
    items = [_deed(line, called[line.actor]) for line in shown]
    return DeedList(items, shown[-1].id if len(found) > asked.limit else None)


def _deed(line: AuditLine, name: str) -> Deed:
    return Deed(
        id=line.id,
        at=line.at,
        actor=line.actor,
        name=name,
        what=line.what,
        text=str(sentence(line)),
        subject=line.subject,
        detail=dict(line.detail),
    )
