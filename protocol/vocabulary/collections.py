"""Collections and their pages (ActivityPub §5): outbox, followers, catalogue.

Pages are walked by cursor, never by number: an item added meanwhile must not be read twice.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from protocol.contexts import CONTEXT
from protocol.vocabulary.base import as_list, new_document, one_id, one_node, required_text

Item = str | dict[str, Any]


class CollectionOnWire(Struct, frozen=True):
    """A collection's front: where its pages start, or the items themselves if it is short."""

    id: str
    total: int | None
    first: str | None
    first_page: "PageOnWire | None"
    """A page that was embedded as `first`."""
    items: tuple[Item, ...]


class PageOnWire(Struct, frozen=True):
    """One page; `next` is None on the last."""

    id: str | None
    part_of: str | None
    items: tuple[Item, ...]
    next: str | None
    prev: str | None


def collection(id_: str, total: int | None, first: str | None) -> dict[str, Any]:
    """An ordered collection, newest first; `total` None hides the number."""
    return new_document("OrderedCollection", id_, totalItems=total, first=first)


def page(
    id_: str,
    part_of: str,
    items: Sequence[Item],
    next_: str | None = None,
    prev: str | None = None,
    *,
    ld_context: Any = CONTEXT,
) -> dict[str, Any]:
    """One page of an ordered collection; `orderedItems` is there even if it is empty."""
    document = new_document(
        "OrderedCollectionPage", id_, ld_context=ld_context, partOf=part_of, next=next_, prev=prev
    )
    document["orderedItems"] = list(items)
    return document


def parse_collection(document: dict[str, Any]) -> CollectionOnWire:
    """Read a normalised Collection or OrderedCollection."""
    first = document.get("first")
    embedded = one_node(first)
    total = document.get("totalItems")
    return CollectionOnWire(
        id=required_text(document, "id"),
        total=total if isinstance(total, int) and total >= 0 else None,
        first=one_id(first),
        first_page=None if embedded is None else parse_page(embedded),
        items=_items(document),
    )


def parse_page(document: dict[str, Any]) -> PageOnWire:
    """Read a normalised page. Walkers cap pages and items, and stop at a `next` seen before."""
    return PageOnWire(
        id=one_id(document.get("id")),
        part_of=one_id(document.get("partOf")),
        items=_items(document),
        next=one_id(document.get("next")),
        prev=one_id(document.get("prev")),
    )


def _items(document: dict[str, Any]) -> tuple[Item, ...]:
    items = as_list(document.get("orderedItems", document.get("items")))
    return tuple(item for item in items if isinstance(item, (str, dict)))
