"""A slice made for tests: goods that coops tell each other about.

What a good is called decides what happens to it: "too dear" is refused, "a bug" makes the handler
fail, "see ADDRESS" has to be looked up first. Everything else is taken over.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from federation.documents import (
    Answer,
    CataloguePage,
    DocumentTable,
    Protected,
    Requester,
    Withdrawn,
)
from federation.handlers import (
    UNKNOWN_OBJECT,
    Applied,
    CatalogueBatch,
    HandlerTable,
    Ignored,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
)
from federation.remote.actors import record_actor
from federation.storage import Database, Reader, UnitOfWork, UtcDateTime
from protocol.addressing import PUBLIC
from protocol.contexts import CONTEXT
from protocol.vocabulary.activities import tombstone

tables = MetaData()
GOODS = Table(
    "test_good",
    tables,
    Column("uri", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("updated", Text),
    Column("gone", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("change", Integer, nullable=False),
    Column("confirmed_at", UtcDateTime, nullable=False),
)


class Shop:
    """One node's goods. calls: how many messages each call of a handler brought."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.readings: list[CatalogueBatch] = []
        self.heard: list[Received] = []
        self.mended = False
        self.handlers = _handlers(self)
        self.documents = _documents()

    async def open(self, database: Database) -> None:
        async def create(uow: UnitOfWork) -> None:
            connection = await uow.session.connection()
            await connection.run_sync(tables.create_all)

        await database.write(create)


async def names(database: Database, *, gone: bool = False) -> list[str]:
    """What the goods here are called."""
    async with database.reading() as reader:
        query = select(GOODS.c.name).where(GOODS.c.gone.is_(gone)).order_by(GOODS.c.name)
        return await reader.scalars(query)


async def stock(
    uow: UnitOfWork, number: str, name: str, *, private: bool = False, gone: bool = False
) -> str:
    """A good of our own."""
    uri = f"{uow.identities.base}/listings/{number}"
    await _keep(uow, uri, uow.identities.coop.uri, name, private=private, gone=gone)
    return uri


def good(uri: str, owner: str, name: str = "Bread", **fields: Any) -> dict[str, Any]:
    """A good on the wire."""
    document = {"@context": CONTEXT, "id": uri, "type": "Proposal", "attributedTo": owner}
    return document | {"name": name, "to": [PUBLIC], **fields}


async def _keep(
    uow: UnitOfWork,
    uri: str,
    owner: str,
    name: str,
    *,
    updated: str | None = None,
    private: bool = False,
    gone: bool = False,
) -> None:
    change = (await uow.scalar(select(func.coalesce(func.max(GOODS.c.change), 0))) or 0) + 1
    row = {"name": name, "updated": updated, "private": private, "gone": gone, "change": change}
    row["confirmed_at"] = uow.now
    changed = await uow.execute(
        update(GOODS).where(GOODS.c.uri == uri).values(**row).returning(GOODS.c.uri)
    )
    if changed.first() is None:
        await uow.execute(insert(GOODS).values(uri=uri, owner=owner, **row))


def _handlers(shop: Shop) -> HandlerTable:
    table = HandlerTable()

    @table.on("Create", "Proposal")
    @table.on("Update", "Proposal")
    async def told(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
        shop.calls.append(len(received))
        shop.heard.extend(received)
        return [await _take_over(shop, uow, each) for each in received]

    @table.on("Delete", "Proposal")
    async def withdrawn(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
        return [await _withdraw(uow, each) for each in received]

    @table.on("Delete", "Sender")
    async def coop_is_gone(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
        for each in received:
            await uow.execute(delete(GOODS).where(GOODS.c.owner == each.verified.actor))
        return [Applied()] * len(received)

    @table.on("Update", "Sender")
    async def coop_changed(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
        for each in received:
            assert each.activity.object is not None
            await record_actor(uow, each.activity.object)
        return [Applied()] * len(received)

    @table.types_of
    async def known(reader: Reader, uris: Sequence[str]) -> dict[str, str]:
        found = await reader.scalars(select(GOODS.c.uri).where(GOODS.c.uri.in_(uris)))
        return dict.fromkeys(found, "Proposal")

    @table.on_catalogue("Proposal")
    async def read(uow: UnitOfWork, batch: CatalogueBatch) -> None:
        shop.readings.append(batch)
        for item in batch.items:
            name = str(item.document.get("name", ""))
            await _keep(uow, item.uri, batch.peer, name, gone=item.tombstone)
        if batch.complete:
            vanished = (GOODS.c.owner == batch.peer, GOODS.c.confirmed_at < batch.started_at)
            await uow.execute(update(GOODS).where(*vanished).values(gone=True))

    return table


async def _take_over(shop: Shop, uow: UnitOfWork, received: Received) -> Outcome:
    activity = received.activity
    uri = activity.object_id
    assert uri is not None
    content = activity.object or received.fetched.get(uri)
    if content is None:
        return NeedsFetch((uri,))
    name = str(content["name"])
    if name == "too dear":
        return RefusedBy(422, "too-dear", "It costs more than we may pay.")
    if name == "a bug" and not shop.mended:
        await _keep(uow, uri, activity.actor, "half written")
        raise ValueError("the handler has a bug")
    if name.startswith("see ") and (address := name[4:]) not in received.fetched:
        return NeedsFetch((address,))
    row = (await uow.rows(select(GOODS.c.owner, GOODS.c.updated).where(GOODS.c.uri == uri))) or []
    for owner, updated in row:
        if owner != content["attributedTo"]:
            return RefusedBy(403, "not-owner", "It belongs to somebody else.")
        if updated and updated >= content.get("updated", ""):
            return Ignored("older")
    await _keep(uow, uri, content["attributedTo"], name, updated=content.get("updated"))
    return Applied()


async def _withdraw(uow: UnitOfWork, received: Received) -> Outcome:
    activity = received.activity
    mine = (GOODS.c.uri == activity.object_id, GOODS.c.owner == activity.actor)
    known = await uow.scalar(select(GOODS.c.owner).where(GOODS.c.uri == activity.object_id))
    if known is None:
        return Ignored(UNKNOWN_OBJECT)
    if known != activity.actor:
        return RefusedBy(403, "not-owner", "It belongs to somebody else.")
    await uow.execute(update(GOODS).where(*mine).values(gone=True))
    return Applied()


def _documents() -> DocumentTable:
    table = DocumentTable()

    @table.at("/listings/{number}")
    async def one(reader: Reader, requester: Requester, number: str) -> Answer:
        uri = f"{reader.identities.base}/listings/{number}"
        for row in await reader.rows(select(GOODS).where(GOODS.c.uri == uri)):
            if row.private and not requester.is_peer:
                return Protected()
            if row.gone:
                return Withdrawn(tombstone(uri, "Proposal", row.confirmed_at))
            return good(uri, row.owner, row.name)
        return None

    @table.catalogue
    async def goods(
        reader: Reader, requester: Requester, after: str | None, limit: int
    ) -> CataloguePage:
        query = (
            select(GOODS)
            .where(GOODS.c.owner == reader.identities.coop.uri, GOODS.c.change > int(after or 0))
            .order_by(GOODS.c.change)
            .limit(limit)
        )
        if not requester.is_peer:
            query = query.where(GOODS.c.private.is_(False))
        rows = await reader.rows(query)
        items = [
            tombstone(row.uri, "Proposal", row.confirmed_at)
            if row.gone
            else good(row.uri, row.owner, row.name)
            for row in rows
        ]
        return CataloguePage(items, str(rows[-1].change) if rows else None, None)

    return table
