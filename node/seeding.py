"""What a node has from its first start on: a profile after its settings, and books."""

import asyncio

from federation.ourselves import CoopProfile
from federation.storage import Database
from node import ledger, peers
from node.config import Config


async def write_first_profile(database: Database, config: Config) -> None:
    """The settings seed the profile once: a node that has one starts without the table of towns,
    which is read when somebody names a place or pastes a link: 16 MB, of which 10 stay."""
    async with database.reading() as reader:
        if await peers.has_profile(reader):
            return
    profile = await asyncio.to_thread(_profile, config)
    await database.write(lambda uow: peers.first_profile(uow, profile))


async def open_books(database: Database) -> None:
    """An empty chart of accounts, once."""
    async with database.reading() as reader:
        if await ledger.has_books(reader):
            return
    await database.write(ledger.open_books)


def _profile(config: Config) -> CoopProfile:
    place, lat, lon = peers.where(config.place)
    if config.lat is not None and config.lon is not None:
        lat, lon = config.lat, config.lon
    return CoopProfile(
        name=config.name,
        summary=config.summary,
        place=place,
        lat=None if lat is None else round(lat, 2),
        lon=None if lon is None else round(lon, 2),
        languages=config.languages,
    )
