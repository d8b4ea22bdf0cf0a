"""Keeping the copies small, coop by coop, so that no unit of work is long."""

from functools import partial

from federation.correspondence.keeping import (
    crowded,
    forget_old_copies,
    forget_replaced,
    heard_of,
    make_room,
)
from federation.settings import FederationSettings
from federation.storage import Database


async def keep_to_room(database: Database, settings: FederationSettings) -> None:
    """Let no coop's copies take more than their room."""
    async with database.reading() as reader:
        actors = await crowded(reader, settings)
    for actor in actors:
        await database.write(partial(make_room, actor=actor, settings=settings))


async def drop_old(database: Database, settings: FederationSettings) -> None:
    """Let go of what is old, or was replaced."""
    await database.write(partial(forget_old_copies, settings=settings))
    async with database.reading() as reader:
        actors = await heard_of(reader)
    for actor in actors:
        await database.write(partial(forget_replaced, actor=actor))
