"""A coop changes its keys, and stays who it is to the others."""

import asyncio
import json
from datetime import timedelta

from sqlalchemy import select

from federation import identities as keyring
from federation.models import Delivery, RemoteActor
from federation.recovery import read_recovery
from node import keeping, peers
from node.notices.models import Notice
from node.runtime import SCHEDULE_SECONDS
from protocol.keys import did_of, multikey_of
from protocol.vocabulary.actors import parse_actor
from protocol.vocabulary.base import ids
from tests.stories.market import hand_of, offer, seen_by, street


async def rotate(coop, clock) -> None:
    """New keys, as `rochdale keys rotate` makes them; the old ones vouch for them."""
    config = coop.node.config
    made = await asyncio.to_thread(keyring.rotate, config.keys, config.address, clock.now())
    coop.node.database.identities = made

    async def tell(uow) -> None:
        profile = await peers.our_profile(uow)
        await peers.announce(uow, profile)
        await peers.announce_node(uow, profile)

    await coop.write(tell)


async def keys_seen(coop, other, actor="coop") -> list[str]:
    """The ids of the keys that a coop knows another's actor by."""
    uri = f"{other.address}/{actor}"
    actor = select(RemoteActor.document).where(RemoteActor.uri == uri)
    document = await coop.read(lambda reader: reader.scalar(actor))
    return list(ids(document["assertionMethod"]))


async def test_new_keys_are_vouched_for_by_the_old_and_then_believed(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    await rotate(lanehead, town.clock)
    await offer(lanehead, "Signed with the old key")
    assert await seen_by(town, portici) == [["Signed with the old key"]]
    assert len(await keys_seen(portici, lanehead)) == 2

    town.clock.advance(keyring.OVERLAP + timedelta(minutes=1))
    await lanehead.node.run_due()
    assert lanehead.node.federation.identities.coop.ed25519_key_id.endswith("-2")
    await offer(lanehead, "Signed with the new key")
    assert await seen_by(town, portici) == [["Signed with the new key", "Signed with the old key"]]


async def test_a_running_node_takes_up_new_keys_that_a_command_made_beside_it(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    await keeping.rotate_keys(lanehead.node.config, town.clock)
    assert await served_keys(lanehead) == ["#ed25519-key"]
    town.clock.advance(SCHEDULE_SECONDS)
    await lanehead.node.run_due()
    assert await served_keys(lanehead) == ["#ed25519-key", "#ed25519-key-2"]

    await town.settle()
    assert len(await keys_seen(portici, lanehead)) == 2
    assert len(await keys_seen(portici, lanehead, "node")) == 2
    assert await kinds_of_notices(portici, lanehead) == ["peer-accepted"]
    town.clock.advance(keyring.OVERLAP)
    await lanehead.node.run_due()
    await offer(lanehead, "Signed with the new key")
    assert await seen_by(town, portici) == [["Signed with the new key"]]


async def test_a_new_recovery_key_is_shown_by_the_running_node_and_told(town, tmp_path):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    await keeping.keep_recovery(lanehead.node.config, tmp_path / "r.json", clock=town.clock)
    await lanehead.node.run_due()
    await town.settle()
    kept = read_recovery(tmp_path / "r.json")
    assert kept.peers == (portici.uri,)
    actor = select(RemoteActor.document).where(RemoteActor.uri == lanehead.uri)
    document = await portici.read(lambda reader: reader.scalar(actor))
    name = did_of(multikey_of(kept.recovery_key.public_key()))
    assert parse_actor(document).also_known_as == (name,)
    async with street() as passer:
        assert name in (await passer.get(lanehead, "/coop"))[1]


async def served_keys(coop) -> list[str]:
    """The names of the proof keys in the actor that a node serves."""
    async with street() as passer:
        _status, body = await passer.get(coop, "/coop")
    return [key["id"].removeprefix(coop.uri) for key in json.loads(body)["assertionMethod"]]


async def test_a_coop_that_missed_the_news_of_new_keys_finds_them_itself(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    await portici.go_away()
    await rotate(lanehead, town.clock)
    await town.settle()
    town.clock.advance(keyring.OVERLAP + timedelta(minutes=1))
    await lanehead.node.run_due()
    await portici.come_back()

    await offer(lanehead, "Signed with the new key")
    town.clock.advance(timedelta(minutes=16))
    assert await seen_by(town, portici) == [["Signed with the new key"]]


async def test_what_an_old_key_signed_is_still_believed(town):
    """A message that waited while the keys were changed, and listings of before for new friends."""
    lanehead, portici, pioneer = town.coops
    await town.introduce(lanehead, portici)
    await offer(lanehead, "Of old")
    await town.settle()
    await portici.go_away()
    await offer(lanehead, "Waiting, signed with the old key")
    await rotate(lanehead, town.clock)
    await town.settle()
    town.clock.advance(keyring.OVERLAP + timedelta(minutes=1))
    await lanehead.node.run_due()
    await portici.come_back()
    await town.introduce(pioneer, lanehead)
    assert await seen_by(town, pioneer) == [["Of old", "Waiting, signed with the old key"]]
    town.clock.advance(timedelta(minutes=16))
    assert await seen_by(town, portici) == [["Of old", "Waiting, signed with the old key"]]
    no = select(Delivery.last_error).where(Delivery.state == "refused")
    assert await lanehead.read(lambda reader: reader.scalars(no)) == []


async def test_the_old_key_opens_nothing_once_the_change_is_complete(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    old = hand_of(lanehead)
    await rotate(lanehead, town.clock)
    await town.settle()
    town.clock.advance(keyring.OVERLAP + timedelta(minutes=1))
    await lanehead.node.run_due()
    await lanehead.write(peers.change_profile, name="Lanehead", summary="", place=None, by="admin")
    await town.settle()
    town.clock.advance(timedelta(minutes=10))

    async with street() as passer:
        refused, _body = await passer.get(portici, "/coop/catalogue", signer=old)
    assert refused == 401


async def kinds_of_notices(coop, about) -> list[str]:
    kinds = select(Notice.kind).where(Notice.subject == about.uri)
    return await coop.read(lambda reader: reader.scalars(kinds))
