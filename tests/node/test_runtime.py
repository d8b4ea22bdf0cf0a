"""Making a node in a folder, opening it, and what time alone brings about."""

import asyncio
import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select

from federation.errors import IdentityUnusable
from federation.models import RemoteActor
from federation.recovery import read_recovery, restore
from node import accounts, limits, listings, peers, vault
from node.accounts import Role
from node.config import ConfigError
from node.errors import InvalidInput
from node.events import events
from node.listings import ListingDraft
from node.making import create_node
from node.peers import CoopJoined
from node.runtime import open_node
from tests.federation.factories import remote_actor
from tests.support.clock import START, FixedClock

ANSWERS = {
    "name": "Sunrise Bakers",
    "address": "http://sunrise.localhost:8100",
    "place": "Leeds, GB",
    "currency": "GBP",
}


async def test_a_new_node_is_whole_and_its_owner_can_come_in(tmp_path):
    data = tmp_path / "new" / "sunrise"
    made = await create_node(data, **ANSWERS, dev_peers=["two.localhost:8102"])
    assert made.config.dev_peers == {"two.localhost:8102": ("127.0.0.1", 8102)}
    assert {path.name for path in data.iterdir()} >= {
        "keys",
        "recovery.json",
        "rochdale.sqlite",
        "rochdale.toml",
    }
    async with open_node(made.config) as node:
        async with node.reading() as reader:
            profile = await node.profile(reader)
            offered = await accounts.look_at_link(reader, made.owner_link.code)
        signed_in = await node.write(
            lambda uow: accounts.redeem_link(uow, made.owner_link.code, device="Firefox on Mac")
        )
    assert (profile.name, profile.place, profile.lat) == ("Sunrise Bakers", "Leeds, GB", 53.8)
    assert offered.account.handle == "admin"
    assert signed_in.account.roles >= {Role.ADMIN}


async def test_secrets_are_for_their_owner_alone(tmp_path):
    made = await create_node(tmp_path, **ANSWERS)
    private = [made.recovery_file, tmp_path / "rochdale.toml", *(tmp_path / "keys").iterdir()]
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []


async def test_the_recovery_file_brings_back_the_same_coop(tmp_path):
    made = await create_node(tmp_path, **ANSWERS)
    async with open_node(made.config) as node:
        uri = node.federation.identities.coop.uri
        digest = node.federation.identities.coop.digest
    shutil.rmtree(tmp_path / "keys")
    restore(tmp_path / "keys", read_recovery(made.recovery_file))
    async with open_node(made.config) as node:
        coop = node.federation.identities.coop
        assert (coop.uri, coop.digest) == (uri, digest)


async def test_making_a_node_twice_changes_nothing(tmp_path):
    first = await create_node(tmp_path, **ANSWERS)
    before = {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    again = await create_node(tmp_path, **{**ANSWERS, "name": "Somebody Else"})
    assert (again.owner_link, again.config.name) == (None, "Sunrise Bakers")
    assert again.config == first.config
    assert {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before


async def test_a_node_that_was_cut_short_is_made_whole_the_next_time(tmp_path):
    made = await create_node(tmp_path, **ANSWERS)
    keys = {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    (tmp_path / "rochdale.toml").unlink()
    again = await create_node(tmp_path, **ANSWERS)
    assert again.owner_link is not None
    assert again.config == made.config
    assert {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == keys


@pytest.mark.parametrize(
    ("change", "refused", "said"),
    [
        ({"admin": "no spaces please"}, InvalidInput, "handle"),
        ({"address": "http://sunrise.coop"}, ConfigError, "https://"),
        ({"currency": "POUND"}, ConfigError, "currency"),
        ({"dev_peers": ["192.168.0.1:80"]}, ConfigError, "two.localhost:8102"),
    ],
)
async def test_a_wrong_answer_leaves_no_trace(tmp_path, change, refused, said):
    data = tmp_path / "sunrise"
    with pytest.raises(refused, match=said):
        await create_node(data, **{**ANSWERS, **change})
    assert not data.exists()


async def test_a_place_where_nothing_can_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(ConfigError, match="Nothing can be written here"):
        await create_node(tmp_path / "file" / "sunrise", **ANSWERS)


async def test_keys_of_another_address_are_not_used(tmp_path):
    made = await create_node(tmp_path, **ANSWERS)
    moved = {**ANSWERS, "address": "http://sunset.localhost:8100"}
    (tmp_path / "rochdale.toml").unlink()
    with pytest.raises(IdentityUnusable, match=made.config.address):
        await create_node(tmp_path, **moved)


async def test_time_alone_ends_listings_and_forgets_sessions(tmp_path):
    made = await create_node(tmp_path, **ANSWERS)
    clock = FixedClock(START)
    async with open_node(made.config, clock=clock) as node:
        async with node.reading() as reader:
            admin = await accounts.first_admin(reader)

        async def begin(uow) -> str:
            draft = ListingDraft(kind="service", title="Bread on Sundays")
            made = await listings.create(uow, draft, by=admin.id, publish=True)
            await accounts.sign_in(uow, admin.id, "phone")
            return made.id

        listing_id = await node.write(begin)
        clock.advance(timedelta(days=200))
        await node.run_due()
        async with node.reading() as reader:
            assert (await listings.listing(reader, listing_id)).state == "expired"
            assert await accounts.sessions(reader, admin.id) == []


async def test_a_site_cannot_leave_a_crowd_between_two_rounds(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "STRANGERS_OF_A_SITE", 2)
    made = await create_node(tmp_path, **ANSWERS)
    async with open_node(made.config) as node:
        for first in (0, 5):

            async def come(uow, first=first) -> None:
                for number in range(first, first + 5):
                    remote_actor(uow, f"https://{number}.evil.example/coop")

            await node.write(come)
            await node.run_due()
            async with node.reading() as reader:
                assert len(await reader.scalars(select(RemoteActor.uri))) == 2


async def test_two_programs_open_one_node_beside_each_other(tmp_path):
    made = await create_node(tmp_path, **ANSWERS)
    async with open_node(made.config) as serving, open_node(made.config) as command:
        await command.write(
            lambda uow: accounts.create_account(
                uow, handle="femi", name="Femi", roles=[Role.MEMBER]
            )
        )
        async with serving.reading() as reader:
            assert await accounts.by_handle(reader, "femi")


async def test_nodes_that_were_started_get_in_touch_by_themselves(town, monkeypatch):
    lanehead, portici, _pioneer = town.coops
    joined, both = set(), asyncio.Event()

    async def react(_uow, event: CoopJoined) -> None:
        joined.add(event.uri)
        if joined == {lanehead.uri, portici.uri}:
            both.set()

    monkeypatch.setitem(events._reactions, CoopJoined, [react])
    await portici.write(peers.accept, lanehead.address)
    await lanehead.write(peers.ask_later, portici.address)
    for coop in town.coops:
        await coop.node.start()
    async with asyncio.timeout(20):
        await both.wait()
    for coop in town.coops:
        await coop.node.stop()


async def test_what_was_erased_stays_erased_when_an_older_backup_is_restored(tmp_path):
    made = await create_node(tmp_path, **ANSWERS)
    database = tmp_path / "rochdale.sqlite"
    async with open_node(made.config) as node:
        box = await node.write(lambda uow: vault.seal(uow, "ruby", {"phone": "+44 1632 960018"}))
        await node.database.empty_log()
        backup = database.read_bytes()
        await node.write(lambda uow: vault.destroy(uow, "ruby"))
        await node.run_due()
    for left in tmp_path.glob("rochdale.sqlite-*"):
        left.unlink()
    database.write_bytes(backup)
    async with open_node(made.config) as node, node.reading() as reader:
        assert await vault.unseal(reader, "ruby", box) is None
        assert await vault.is_destroyed(reader, "ruby")
