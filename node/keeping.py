"""Keeping the coop's keys, and being the coop again: rotation, recovery file, recovery.

All of it works beside a running node, which takes up what changed within a minute.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from federation import identities as keyring
from federation import recovery
from federation.ambient import Clock, SystemClock
from federation.recovery import Recovery
from federation.storage import UnitOfWork
from node import group, peers, quarantine
from node.config import FILE_NAME, Config
from node.errors import Conflict
from node.i18n import _
from node.making import Made, create_node
from node.runtime import open_node
from protocol.keys import generate_ed25519


async def rotate_keys(config: Config, clock: Clock | None = None) -> None:
    """Make new keys and tell the coops we are in touch with, signed by the old ones; new keys for
    federations that are actors here, too."""
    clock = clock or SystemClock()
    await asyncio.to_thread(quarantine.expect_over, config.data)
    await asyncio.to_thread(keyring.rotate, config.keys, config.address, clock.now())
    async with open_node(config, clock=clock) as node:
        await node.write(_announce_both)
        await group.renew_keys(node.federation)


async def keep_recovery(
    config: Config, file: Path, passphrase: str | None = None, clock: Clock | None = None
) -> None:
    """Write a recovery file with a new recovery key, and tell the coops we are in touch with.

    The recovery key of an earlier file counts no more where this news has arrived.
    """
    await asyncio.to_thread(quarantine.expect_over, config.data)
    async with open_node(config, clock=clock) as node:
        async with node.reading() as reader:
            profile = await peers.our_profile(reader)
            known = [peer.uri for peer in await peers.peers(reader) if peer.works_with_us]
        key = generate_ed25519()
        await asyncio.to_thread(
            recovery.write_recovery,
            file,
            node.federation.identities,
            key,
            passphrase,
            name=profile.name,
            peers=known,
        )
        await asyncio.to_thread(keyring.register_recovery, config.keys, key.public_key())
        await node.chores.settle_keys()
        await node.write(_announce_coop)


async def recover_node(
    data: Path,
    kept: Recovery,
    *,
    more_peers: Sequence[str] = (),
    language: str = "en",
    place: str = "",
    currency: str = "EUR",
    admin: str = "admin",
    person: str = "",
    dev_peers: Sequence[str] = (),
    ca_file: Path | None = None,
    port: int | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> Made:
    """Make a node that is the coop of a recovery file again, at its own address.

    When it runs it first listens to the coops that it worked with, see `quarantine`: what it told
    them and they told it comes back. Then it is in touch with them again. more_peers: others beside
    those in the file. Raises Conflict where there is a node already, and what `create_node` raises.
    """
    if await asyncio.to_thread((data / FILE_NAME).exists):
        raise Conflict(_("There is a node in %(data)s already. Name an empty folder.", data=data))
    made = await create_node(
        data,
        name=kept.name,
        address=kept.address,
        language=language,
        place=place,
        currency=currency,
        admin=admin,
        person=person,
        dev_peers=dev_peers,
        ca_file=ca_file,
        port=port,
        environ=environ,
        recovery=kept,
    )
    async with open_node(made.config, clock=clock) as node:
        await node.write(lambda uow: peers.look_for(uow, (*kept.peers, *more_peers)))
        now, kept_for = node.clock.now(), node.federation.settings.copies_kept
    if kept.peers:
        await asyncio.to_thread(
            quarantine.begin, data, restored_at=now, made_at=now - kept_for, peers=kept.peers
        )
    return made


async def _announce_both(uow: UnitOfWork) -> None:
    profile = await peers.our_profile(uow)
    await peers.announce(uow, profile)
    await peers.announce_node(uow, profile)


async def _announce_coop(uow: UnitOfWork) -> None:
    await peers.announce(uow, await peers.our_profile(uow))
