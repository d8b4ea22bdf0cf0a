"""A node in numbers, for the page of whoever looks after it and for a program that watches it."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct
from sqlalchemy import func, select

from federation.models import Delivery
from federation.outbox import UNDELIVERED
from node import peers
from node.doctor.inside import Folder, read_folder
from node.runtime import Node


class Figures(Struct, frozen=True):
    """oldest: since when the first message waits. size: of the database's files, None where a
    server of its own keeps it."""

    waiting: int
    oldest: datetime | None
    peers: Mapping[str, int]
    folder: Folder
    size: int | None
    now: datetime

    @property
    def waited(self) -> timedelta:
        """How long the first message has waited."""
        return self.now - self.oldest if self.oldest else timedelta(0)


async def figures(node: Node) -> Figures:
    """As they are now."""
    query = select(func.count(), func.min(Delivery.created_at)).where(
        Delivery.state.in_(UNDELIVERED)
    )
    async with node.reading() as reader:
        [(waiting, oldest)] = await reader.rows(query)
        states = Counter(str(peer.state) for peer in await peers.everyone(reader))
    folder, size = await asyncio.to_thread(lambda: (read_folder(node.config), _size(node)))
    return Figures(waiting, oldest, states, folder, size, node.clock.now())


def _size(node: Node) -> int | None:
    file = node.database.url.database
    if node.database.dialect != "sqlite" or file is None:
        return None
    parts = (Path(f"{file}{end}") for end in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
