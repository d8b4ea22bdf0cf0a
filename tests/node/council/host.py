"""The node that hosts a chamber's federation: its own database, the other coops only keys."""

import json
from pathlib import Path

from sqlalchemy import insert

from federation import identities, key_files
from federation.key_files import KeyState
from federation.ourselves import CoopProfile, coop_actor
from federation.remote.actors import record_actor
from federation.storage import Database, UnitOfWork
from node import peers
from node.council.rows import keyring, log, store
from node.council.rows.keyring import Use
from node.council.rows.models import federation_table
from node.council.steps import following
from protocol.transparency.merkle import EMPTY_ROOT
from tests.node.council.chamber import Chamber, key, uri
from tests.support import tables
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy

ID = "01mbjm0000000000000000000a"
_SPOKEN_TO = 51


async def open_host(folder: Path, chamber: Chamber) -> Database:
    """With the whole log of the chamber, as after hearing it entry by entry."""
    base = uri(chamber.host).removesuffix("/coop")
    key_files.store(folder, key_files.new_generation(1), KeyState(address=base))
    url = f"sqlite:///{folder / 'node.sqlite'}"
    await tables.lay(url)
    database = await Database.open(
        url,
        clock=FixedClock(chamber.now),
        entropy=SeededEntropy(1),
        identities=identities.load(folder, base, chamber.now),
    )
    await database.write(lambda uow: _take_in(uow, chamber))
    return database


async def _take_in(uow: UnitOfWork, chamber: Chamber) -> None:
    """The federation as its host has it: the keys, and the whole log."""
    await uow.execute(
        insert(federation_table).values(
            id=ID,
            digest=chamber.record.federation,
            name="Toad Lane",
            host=uri(chamber.host),
            state=following.ACTIVE,
            rules={},
            invitation=ID,
            joined=True,
            draft=None,
            size=0,
            frontier=[],
            announced=0,
            cosigned_size=0,
            cosigned_root=EMPTY_ROOT,
            head_size=0,
            stopped_because=None,
            epoch=0,
            mandate=None,
            signed_epoch=0,
            signed_start=0,
            asked=None,
            well_at=uow.now,
            answered=None,
            created_at=uow.now,
        )
    )
    for use in (Use.COOP, Use.WITNESS, Use.LOG):
        await keyring.keep(uow, ID, use, key(chamber.host, use.value))
    ours = json.dumps(coop_actor(uow.identities, CoopProfile("A coop")))
    for name in chamber.coops[1:_SPOKEN_TO]:
        await record_actor(uow, json.loads(ours.replace(f"{chamber.host}.", f"{name}.")))
    await peers.first_profile(uow, CoopProfile("A coop"))
    known = await log.write(uow, await store.locked(uow, ID), chamber.entries, {})
    said = [statement for _entry, statement in chamber.entries]
    await following.after_all(uow, known, chamber.record, said)
