"""Copies of what coops in touch say: which are kept, for how long, and who reads them."""

import hashlib
from typing import Any

import pytest

from federation.correspondence import correspondence_page, forget_old_copies
from federation.correspondence.keeping import keep_copies
from federation.documents import BadCursor
from federation.handlers import Verified
from federation.inbox.kept import Arrival
from federation.relations import Standing
from federation.settings import FederationSettings
from federation.storage import Database
from protocol import strict_json
from protocol.addressing import PUBLIC
from protocol.vocabulary.activities import parse_activity

US, FARM, EVE = (f"https://{name}.example/coop" for name in ("loaf", "farm", "eve"))
STANDING = {FARM: Standing.PEER, EVE: Standing.STRANGER}
SETTINGS = FederationSettings()


def said(verb: str, number: int, kind: str = "Proposal", by: str = FARM, **members: Any) -> Arrival:
    thing = {"id": f"{by}/things/{number}", "type": kind, "attributedTo": by}
    document = {
        "id": f"{by}/activities/{verb}-{number}-{len(members)}",
        "type": verb,
        "actor": by,
        "to": [PUBLIC],
        "object": thing,
        "proof": {},
    } | members
    raw = strict_json.dumps(document)
    verified = Verified(by, f"{by}#key", "http", raw, members.get("at"))
    return Arrival(parse_activity(document), verified, {}, hashlib.sha256(raw).digest())


async def hear(database: Database, *arrivals: Arrival) -> None:
    await database.write(lambda uow: keep_copies(uow, arrivals, STANDING))


async def read(database: Database, peer: str = FARM, *, most: int = 10_000) -> list[list[str]]:
    """The ids of the activities of a correspondence, page by page."""
    pages: list[list[str]] = []
    cursor = ""
    while True:
        async with database.reading() as reader:
            page = await correspondence_page(reader, US, peer, None, cursor, most)
        pages.append([item["id"].rpartition("/")[2] for item in page["orderedItems"]])
        if "next" not in page:
            return pages
        cursor = page["next"].partition("cursor=")[2]


async def test_only_what_coops_in_touch_prove_is_kept_and_nothing_private(database):
    unproven, private = said("Create", 3), said("Create", 4, "Note", to=[US])
    unproven = Arrival(unproven.activity, _raw(unproven, b"{}"), {}, b"")
    flag = said("Flag", 5)
    await hear(database, said("Create", 1), said("Create", 2, by=EVE), unproven, private, flag)
    assert await read(database) == [["Create-1-0"]]
    assert await read(database, EVE) == [[]]


async def test_what_is_deleted_is_forgotten_and_of_a_listing_the_newest_stays(database, clock):
    await hear(database, said("Create", 1), said("Create", 2), said("Accept", 9, "Offer"))
    await hear(database, said("Delete", 1, "Tombstone"), said("Update", 2))
    assert await read(database) == [
        ["Create-2-0", "Accept-9-0", "Delete-1-0", "Update-2-0"],
    ]
    await database.write(lambda uow: forget_old_copies(uow, SETTINGS))
    assert await read(database) == [["Accept-9-0", "Delete-1-0", "Update-2-0"]]
    clock.advance(SETTINGS.copies_kept * 1.01)
    await database.write(lambda uow: forget_old_copies(uow, SETTINGS))
    assert await read(database) == [[]]


async def test_a_page_ends_before_it_is_too_long_and_the_next_goes_on(database):
    await hear(database, *(said("Create", number) for number in range(5)))
    pages = await read(database, most=600)
    assert [one for page in pages for one in page] == [f"Create-{n}-0" for n in range(5)]
    assert all(0 < len(page) < 4 for page in pages)
    assert len(await read(database, most=1)) == 5
    with pytest.raises(BadCursor):
        async with database.reading() as reader:
            await correspondence_page(reader, US, FARM, None, "nonsense", 1)


def _raw(arrival: Arrival, raw: bytes) -> Verified:
    known = arrival.verified
    return Verified(known.actor, known.key_id, known.by, raw, known.received_at)
