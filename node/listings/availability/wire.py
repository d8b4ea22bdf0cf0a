"""Free times as they travel between coops."""

from datetime import date
from typing import Any

from sqlalchemy import Row

from federation.storage.unit_of_work import Reader
from node.errors import InvalidInput
from node.listings.availability.queries import free_times
from node.listings.availability.rules import FreeTime
from node.listings.availability.stored import availability_of
from node.listings.views import uri_of
from protocol.vocabulary.free_times import (
    FreeTimeOnWire,
    FreeTimesOnWire,
    free_times_document,
    free_times_uri,
)
from protocol.vocabulary.listings import action_of


async def free_document(
    reader: Reader, publication: Row[Any], first: str, last: str
) -> dict[str, Any] | None:
    """What of a published listing is free; None for days that cannot be, or if it says nothing."""
    said = await availability_of(reader, publication.listing_id)
    if said is None:
        return None
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
        times = await free_times(reader, publication.listing_id, *days)
    except (ValueError, InvalidInput):
        return None
    listing = uri_of(reader.identities.base, publication.id)
    return free_times_document(
        free_times_uri(f"{listing}/free", *days),
        listing,
        reader.identities.coop.uri,
        said.zone,
        action_of(publication.document["kind"]),
        [FreeTimeOnWire(one.start, one.end, one.left) for one in times],
    )


def read_times(wire: FreeTimesOnWire) -> list[FreeTime]:
    """A peer's free times, as our own look."""
    return sorted(FreeTime(one.start, one.end, one.left) for one in wire.times if one.left)
