"""When a listing can be had: an ordered collection of intents with a beginning and an end.

It lies below the address that the listing's `freeTimes` names, at /{first}/{last}: two dates, both
included, in the listing's own time zone.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from protocol import datetimes
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import (
    measure,
    moment,
    new_document,
    nodes,
    one_id,
    one_node,
    part,
    quantity,
    required_text,
    text,
)

MOST = 20_000


class FreeTimeOnWire(Struct, frozen=True):
    """A slot, night or day that can be had; left: by how many at once."""

    start: datetime
    end: datetime
    left: int


class FreeTimesOnWire(Struct, frozen=True):
    """What of a listing is free. zone: IANA name of where its clock hangs, if told."""

    uri: str
    listing: str
    zone: str | None
    times: tuple[FreeTimeOnWire, ...]


def free_times_uri(base: str, first: date, last: date) -> str:
    """Where the free times from one day to another are; base: the listing's `freeTimes`."""
    return f"{base}/{first.isoformat()}/{last.isoformat()}"


def free_times_document(
    uri: str, listing: str, coop: str, zone: str, action: str, times: Sequence[FreeTimeOnWire]
) -> dict[str, Any]:
    """The collection; `orderedItems` is there even if nothing is free."""
    document = new_document(
        "OrderedCollection",
        uri,
        attributedTo=coop,
        context=listing,
        timeZone=zone,
    )
    document["totalItems"] = len(times)
    document["orderedItems"] = [
        part(
            "Intent",
            action=action,
            hasBeginning=datetimes.format(one.start),
            hasEnd=datetimes.format(one.end),
            availableQuantity=measure(Decimal(one.left)),
        )
        for one in times
    ]
    return document


def parse_free_times(document: dict[str, Any]) -> FreeTimesOnWire:
    """Read a normalised collection. Raises MalformedDocument for what is none, or has no end."""
    if document.get("type") not in ("OrderedCollection", "Collection"):
        raise MalformedDocument("Free times must be a collection.", code="unsupported-type")
    listing = one_id(document.get("context"))
    if listing is None:
        raise MalformedDocument("The free times name no listing.", code="missing-property")
    items = nodes(document.get("orderedItems", document.get("items")))
    if len(items) > MOST:
        raise MalformedDocument(f"More than {MOST} free times at once.", code="too-many-members")
    return FreeTimesOnWire(
        uri=required_text(document, "id"),
        listing=listing,
        zone=text(document, "timeZone"),
        times=tuple(_free_time(item) for item in items if item.get("type") == "Intent"),
    )


def _free_time(item: dict[str, Any]) -> FreeTimeOnWire:
    start, end = moment(item, "hasBeginning"), moment(item, "hasEnd")
    if start is None or end is None or start >= end:
        raise MalformedDocument("A free time needs hasBeginning and hasEnd.", code="bad-property")
    left, _unit = quantity(one_node(item.get("availableQuantity")))
    return FreeTimeOnWire(start, end, 1 if left is None else max(int(left), 0))
