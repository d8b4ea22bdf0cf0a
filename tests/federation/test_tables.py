"""The two tables through which the layers above hear and answer."""

from collections.abc import Sequence
from typing import Any

import pytest

from federation.documents import (
    ANYONE,
    BadCursor,
    CataloguePage,
    DocumentTable,
    Requester,
)
from federation.handlers import SENDER, CatalogueBatch, HandlerTable, Outcome, Received
from federation.storage import Reader, UnitOfWork
from protocol.vocabulary.activities import Activity, parse_activity

FARM = "https://farm.example/coop"


async def hear(_: UnitOfWork, __: Sequence[Received]) -> Sequence[Outcome]:
    return ()


async def hear_else(_: UnitOfWork, __: Sequence[Received]) -> Sequence[Outcome]:
    return ()


async def show(_: Reader, __: Requester, **parts: str) -> dict[str, Any]:
    return parts


def activity(content: Any) -> Activity:
    document = {"id": f"{FARM}/1", "type": "Update", "actor": FARM, "object": content}
    return parse_activity(document)


@pytest.mark.parametrize(
    ("content", "known_type", "heard"),
    [
        ({"id": f"{FARM}/2", "type": "Proposal"}, None, hear),
        ({"id": f"{FARM}/2", "type": "Note"}, None, None),
        ({"id": f"{FARM}/2", "type": "Note"}, "Proposal", hear),
        (f"{FARM}/2", "Proposal", hear),
        (FARM, "Proposal", hear_else),
    ],
)
def test_the_most_exact_registration_hears(content: Any, known_type: str, heard: Any) -> None:
    table = HandlerTable()
    table.on("Update", "Proposal")(hear)
    table.on("Update", SENDER)(hear_else)
    assert table.handler_for(activity(content), known_type) is heard


@pytest.mark.parametrize(
    ("content", "known_type", "heard"),
    [
        ({"id": f"{FARM}/2", "type": "Document", "kind": "receipt"}, None, hear),
        ({"id": f"{FARM}/2", "type": "Document", "kind": "minutes"}, None, hear_else),
        ({"id": f"{FARM}/2", "type": "Document", "kind": ["receipt"]}, None, hear_else),
        ({"id": f"{FARM}/2", "type": "Document"}, None, hear_else),
        (f"{FARM}/2", "Document:receipt", hear),
        (f"{FARM}/2", "Document:minutes", hear_else),
        ({"id": f"{FARM}/2", "type": "Document", "kind": "receipt"}, "Document:minutes", hear_else),
        (f"{FARM}/2", "Note:receipt", None),
    ],
)
def test_things_of_one_type_are_told_apart_by_their_kind(content, known_type, heard) -> None:
    table = HandlerTable()
    table.on("Update", "Document", kind="receipt")(hear)
    table.on("Update", "Document")(hear_else)
    assert table.handler_for(activity(content), known_type) is heard


def test_what_nobody_names_goes_to_the_general_handler() -> None:
    table = HandlerTable()
    table.on("Update", "Proposal")(hear)
    table.on("Update")(hear_else)
    assert table.handler_for(activity({"id": f"{FARM}/2", "type": "Note"}), None) is hear_else


def test_a_pair_has_one_handler() -> None:
    table, other = HandlerTable(), HandlerTable()
    table.on("Create", "Note")(hear)
    other.on("Create", "Note")(hear_else)
    with pytest.raises(ValueError, match="registered twice"):
        table.include(other)


def test_a_function_registered_for_two_types_hears_the_end_of_a_catalogue_once() -> None:
    async def read(_: UnitOfWork, __: CatalogueBatch) -> None: ...

    table, other = HandlerTable(), HandlerTable()
    other.on_catalogue("Proposal")(read)
    other.on_catalogue("Note")(read)
    table.include(other)
    assert table.catalogue_handlers() == (read,)
    assert table.catalogue_handler("Note") is read


async def test_a_document_is_found_by_its_path(reader: Reader) -> None:
    table, other = DocumentTable(), DocumentTable()
    other.at("/listings/{number}")(show)
    table.include(other)
    assert await table.answer(reader, ANYONE, "/listings/7") == {"number": "7"}
    assert await table.answer(reader, ANYONE, "/listings/7/more") is None
    assert await table.answer(reader, ANYONE, "/Listings/7") is None


def test_a_path_has_one_document() -> None:
    table = DocumentTable()
    table.at("/listings/{id}")(show)
    with pytest.raises(ValueError, match="registered twice"):
        table.at("/listings/{id}")(show)


async def test_a_catalogue_of_two_parts_is_read_to_its_end_and_on(reader: Reader) -> None:
    parts = {"breads": ["rye", "spelt", "oats"], "cheeses": ["brie"]}
    table = DocumentTable()
    for name in parts:
        table.catalogue(_part(name, parts))

    async def read(cursor: str | None) -> tuple[list[Any], str | None]:
        items = []
        while True:
            page = await table.catalogue_page(reader, ANYONE, cursor, 2)
            items += page.items
            if page.next is None:
                return items, cursor
            cursor = page.next

    items, cursor = await read(None)
    assert items == ["rye", "spelt", "oats", "brie"]
    parts["cheeses"].append("feta")
    parts["breads"].append("bran")
    assert (await read(cursor))[0] == ["bran", "feta"]


@pytest.mark.parametrize("cursor", ["!", "bm9uZQ==", "eyJvdGhlciI6IjEifQ==", "WzFd", "é"])
async def test_a_made_up_cursor_is_refused(cursor: str, reader: Reader) -> None:
    with pytest.raises(BadCursor):
        await DocumentTable().catalogue_page(reader, ANYONE, cursor, 2)


def _part(name: str, parts: dict[str, list[Any]]) -> Any:
    async def part(_: Reader, __: Requester, after: str | None, limit: int) -> CataloguePage:
        start = int(after or 0)
        items = parts[name][start : start + limit]
        return CataloguePage(items, str(start + len(items)) if items else None)

    part.__name__ = name
    return part


@pytest.fixture
def reader() -> Any:
    """These tables only pass it on."""
    return object()
