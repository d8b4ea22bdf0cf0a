"""A node that has been at it for years: so many mirrors of other coops' listings, all searchable.

Rows are written straight into the tables: taking a million listings in would take an hour. Beyond
ten thousand they are mixed from those that there are.

FTS5 keeps each commit as a part of its own and merges four parts of a size whenever there are so
many: what is due is done along with the commits that come next. Listings that came a few at a time
leave nothing large due; commits of ten thousand do, and each message of the next hours would do
six times the work that is its own. So in the end all parts are merged.
"""

import argparse
import asyncio
import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert

from federation.ambient import SystemEntropy, new_id
from federation.inbox.memory import Name, key_of
from federation.models import SeenActivity
from federation.storage import UnitOfWork
from federation.storage.address import async_url
from federation.storage.base import table_of
from node.config import load
from node.listings import index
from node.listings.index import Entry
from node.listings.models import mirror_table
from node.runtime import open_node
from tests.benchmarks import words
from tests.benchmarks.coops import Coop, befriend_all, make_coops
from tests.benchmarks.multiplied import multiply
from tests.benchmarks.processes import NodeProcess, make_nodes

COOPS = 20
CATEGORIES = ("food", "repair", "care", "housing", "music", "energy", "transport", "garden")
KINDS = ("service", "goods", "lend", "stay")
TOWNS = tuple(
    (f"Town {number}", 36 + number * 7 % 24 + number / 100, -9 + number * 11 % 34 + number / 90)
    for number in range(60)
)
AT_ONCE = 2_000
MADE_ONE_BY_ONE = 10_000
_MADE = "filled.json"
_SPREAD = 0.5
"""Degrees around a town."""


def add_filled(parser: argparse.ArgumentParser, *, listings: int, port: int) -> None:
    parser.add_argument("--listings", type=int, default=listings, help="mirrors there are")
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--filled", type=Path, help="make the full node here, or use it again")


def filled_node(
    folder: Path, count: int, port: int, strangers: Sequence[str] = ()
) -> tuple[NodeProcess, list[Coop]]:
    """A node with so many mirrors of 20 coops. Used again if it is there, on the port that it has.
    strangers: further peers, as authorities."""
    made = folder / _MADE
    if made.exists():
        node = NodeProcess(**json.loads(made.read_text()) | {"data": folder / "node0"})
        return node, make_coops(COOPS, node.port + 1)
    folder.mkdir(parents=True, exist_ok=True)
    coops = make_coops(COOPS, port + 1)
    [node] = make_nodes(1, folder, port, [*(coop.authority for coop in coops), *strangers])
    asyncio.run(befriend_all(node.data, coops))
    asyncio.run(_fill(node.data, coops, count))
    kept = {"port": port, "authority": node.authority, "token": node.token}
    made.write_text(json.dumps(kept))
    return node, coops


async def _fill(data: Path, coops: Sequence[Coop], count: int) -> None:
    async with open_node(load(data, {}), at_once=True) as node:
        for first in range(0, min(count, MADE_ONE_BY_ONE), AT_ONCE):
            numbers = range(first, min(count, MADE_ONE_BY_ONE, first + AT_ONCE))
            await node.write(lambda uow, numbers=numbers: _write(uow, coops, numbers))
    if count > MADE_ONE_BY_ONE:
        await asyncio.to_thread(multiply, database_of(data), MADE_ONE_BY_ONE, count)
    await asyncio.to_thread(_merge, database_of(data))


def _merge(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("INSERT INTO search_words (search_words) VALUES ('optimize')")


def database_of(data: Path) -> Path:
    """The file of the node in a folder."""
    return Path(async_url(load(data, {}).database_url).database or "")


async def _write(uow: UnitOfWork, coops: Sequence[Coop], numbers: range) -> None:
    mirrors = list(_mirrors(coops, numbers, uow.now))
    await uow.execute(insert(mirror_table), mirrors)
    await index.write(uow, [index.entry_row(entry(row)) for row in mirrors])
    await uow.execute(insert(table_of(SeenActivity)), [_seen(row) for row in mirrors])


def _mirrors(coops: Sequence[Coop], numbers: range, now: datetime) -> Iterator[dict[str, Any]]:
    entropy = SystemEntropy()
    for number in numbers:
        random = Random(words.SEED + number)
        coop, (town, lat, lon) = random.choice(coops), random.choice(TOWNS)
        uri = f"http://{coop.authority}/old/{number}"
        moment = now - timedelta(minutes=random.randrange(500_000))
        title, body = words.title(random), " ".join(words.some(random, words.BODY_WORDS))
        yield {
            "id": new_id(now, entropy),
            "uri": uri,
            "url": uri,
            "coop_uri": coop.uri,
            "state": "fresh",
            "available": True,
            "public": True,
            "kind": random.choice(KINDS),
            "title": title,
            "summary": "",
            "body_html": f"<p>{body}</p>",
            "category": random.choice(CATEGORIES),
            "tags": [],
            "language": "en",
            "languages": ["en"],
            "provider_name": None,
            "place": town,
            "lat": round(lat + random.uniform(-_SPREAD, _SPREAD), 2),
            "lon": round(lon + random.uniform(-_SPREAD, _SPREAD), 2),
            "radius_km": None,
            "prices": None,
            "document": {"id": uri, "type": "Proposal", "name": title, "content": body},
            "published_at": moment,
            "judged_at": moment,
            "updated_at": moment,
            "expires_at": None,
            "confirmed_at": now,
        }


def listing_of(coops: Sequence[Coop], number: int) -> dict[str, Any]:
    """The mirror of that number, of those that were made one by one."""
    return next(_mirrors(coops, range(number, number + 1), today()))


def entry(row: dict[str, Any]) -> Entry:
    """What of a mirror can be found, its text being plain words already."""
    body = row["document"]["content"]
    return Entry(
        uri=row["uri"],
        ref=row["id"],
        origin="remote",
        state="fresh",
        visibility="public",
        coop_uri=row["coop_uri"],
        coop_name="",
        url=f"/mirrors/{row['id']}",
        kind=row["kind"],
        title=row["title"],
        lead=body[:120],
        body=body,
        category=row["category"],
        tags=(),
        language="en",
        languages=("en",),
        place=row["place"],
        lat=row["lat"],
        lon=row["lon"],
        prices=(),
        updated_at=row["updated_at"],
        expires_at=None,
    )


def _seen(row: dict[str, Any]) -> dict[str, Any]:
    name = Name(row["coop_uri"], f"{row['uri']}/activity")
    return {
        "key": key_of(name),
        "actor": name.actor,
        "activity_id": name.activity_id,
        "body_digest": sha256(row["uri"].encode()).digest(),
        "received_at": row["updated_at"],
    }


def shares(values: Sequence[float], *wanted: float) -> list[float]:
    """The values that these shares do not exceed, in milliseconds of seconds."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return [round(ordered[min(last, math.ceil(share * last))] * 1000, 2) for share in wanted]


def today() -> datetime:
    return datetime.now(UTC)
