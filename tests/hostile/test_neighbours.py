"""A stranger on a peer's own host: one origin holds many actors, and none speaks for another.

Everything here is signed with the stranger's own, valid key (SIG-26, IDN-14).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from federation import relations
from federation.inbox.deferred import kept_messages
from federation.models import InboxEntry, RemoteKey, Tombstone
from tests.federation import shop
from tests.federation.nodes import Foreigner, Founder, Node, Wire, count
from tests.federation.peer import multikey, public_key
from tests.support.signing import Signer, cavage, encode, prove


@dataclass
class Neighbour:
    """Mallory lives on the farm's host."""

    farm: Foreigner
    signer: Signer

    @property
    def uri(self) -> str:
        return self.signer.actor

    def document(self, **members: Any) -> dict[str, Any]:
        listed = [public_key(self.uri, self.signer.rsa), *members.pop("more_keys", [])]
        proof_keys = [multikey(self.uri, self.signer.ed25519)]
        keys = {"publicKey": listed, "assertionMethod": proof_keys}
        return self.farm.peer.actor("/mallory", **keys, **members)

    def say(self, verb: str, obj: Any, number: str = "1", **changed: Any) -> dict[str, Any]:
        uri = f"{self.farm.base}/m/{verb}-{number}"
        said = {"@context": shop.CONTEXT, "id": uri, "type": verb, "actor": self.uri, "object": obj}
        return said | changed


@pytest.fixture
def mallory(farm: Foreigner, eve: Foreigner) -> Neighbour:
    neighbour = Neighbour(farm, Signer(f"{farm.base}/mallory", eve.signer.rsa, eve.signer.ed25519))
    farm.peer.serve("/mallory", neighbour.document())
    return neighbour


@pytest.fixture
async def either(found: Founder, database_url: str, farm: Foreigner) -> Node:
    """The node under test, once on SQLite and once on PostgreSQL; the farm is its peer."""
    [node] = await found(url=database_url)
    await node.follow(farm)
    return node


@pytest.fixture
def says(wire: Wire, either: Node, mallory: Neighbour) -> Callable[..., Any]:
    async def deliver(verb: str, obj: Any, **changed: Any) -> Any:
        body = encode(mallory.say(verb, obj, **changed))
        headers = cavage(mallory.signer, either.authority, body, wire.clock.now())
        return await wire.post(either, body, headers)

    return deliver


async def test_a_neighbours_deletion_buries_nothing_that_is_not_its_own(
    either: Node, farm: Foreigner, says: Callable[..., Any], wire: Wire
) -> None:
    answer = await says("Delete", f"{farm.base}/goods/1")
    assert answer.status == 202
    assert await count(either, Tombstone) == 0
    assert (await wire.deliver(either, farm, farm.say())).status == 202
    assert await either.goods() == ["Bread"]


async def test_a_deletion_by_a_peer_on_the_same_host_buries_nothing_of_its_neighbours(
    either: Node, farm: Foreigner, mallory: Neighbour, says: Callable[..., Any], wire: Wire
) -> None:
    await either.write(relations.change, mallory.uri, follower_state="accepted")
    assert (await says("Delete", f"{farm.base}/goods/1")).status == 202
    assert (await wire.deliver(either, farm, farm.say())).status == 202
    assert await either.goods() == ["Bread"]

    farewell = farm.say("Delete", object=f"{farm.base}/goods/1")
    assert (await wire.deliver(either, farm, farewell)).status == 202
    await wire.deliver(either, farm, farm.say(id=f"{farm.base}/a/again"))
    assert await either.goods() == []


@pytest.mark.parametrize("seen_first", [True, False])
async def test_a_neighbour_that_lists_a_peers_key_takes_it_from_nobody(
    seen_first: bool,
    either: Node,
    farm: Foreigner,
    mallory: Neighbour,
    says: Callable[..., Any],
    wire: Wire,
) -> None:
    if seen_first:
        assert (await wire.deliver(either, farm, farm.say())).status == 202
    stolen = public_key(mallory.uri, mallory.signer.rsa, farm.signer.rsa_id)
    answer = await says("Update", mallory.document(more_keys=[stolen]))
    assert answer.status == 202
    mallory.farm.peer.serve("/mallory", mallory.document(more_keys=[stolen]))
    await either.federation.actors.actor(mallory.uri, refresh=True)
    assert await count(either, RemoteKey, RemoteKey.owner == mallory.uri) == 2

    body = encode(farm.say(number="2"))
    forged = cavage(mallory.signer, either.authority, body, wire.clock.now())
    signature = forged["signature"].replace(mallory.signer.rsa_id, farm.signer.rsa_id)
    assert (await wire.post(either, body, forged | {"signature": signature})).status == 401
    assert (await wire.deliver(either, farm, farm.say(number="3"))).status == 202


async def test_an_activity_id_that_a_neighbour_used_first_is_still_its_owners(
    either: Node, farm: Foreigner, says: Callable[..., Any], wire: Wire
) -> None:
    said = farm.say()
    note = {"id": f"{farm.base}/m/note", "type": "Note"}
    assert (await says("Create", note, id=said["id"])).status == 202
    assert (await wire.deliver(either, farm, said)).status == 202
    assert await either.goods() == ["Bread"]


async def test_evidence_against_a_neighbour_leaves_room_for_evidence_against_others(
    either: Node, farm: Foreigner, says: Callable[..., Any], wire: Wire
) -> None:
    taken = farm.say()["id"]
    for name in ("first", "second"):
        await says("Create", {"id": f"{farm.base}/m/{name}", "type": "Note"}, id=taken)
        await wire.deliver(either, farm, farm.say(name=name))
    assert sorted(entry.actor for entry in await either.read(kept_messages)) == [
        farm.coop,
        f"{farm.base}/mallory",
    ]


async def test_what_was_sent_to_a_peer_is_not_shown_to_its_neighbour(
    either: Node, farm: Foreigner, mallory: Neighbour, wire: Wire
) -> None:
    """Activities for one coop alone, read by somebody else on its host."""
    follow_id = await either.write(_ask, farm.coop)
    path = follow_id.removeprefix(either.base)
    assert (await _read(either, wire, mallory.signer, path)).status == 404
    assert (await _read(either, wire, farm.signer, path)).status == 200


async def test_an_old_copy_that_somebody_passed_on_does_not_swallow_the_owners_delivery(
    either: Node, farm: Foreigner, wire: Wire
) -> None:
    said = prove(farm.say(), farm.signer, "2026-11-01T10:00:00Z")
    body = encode(said)
    passed_on = {"host": either.authority, "content-type": "application/activity+json"}
    answer = await wire.post(either, body, passed_on)
    assert (answer.status, answer.code) == (202, "stale-proof")
    assert (await wire.deliver(either, farm, said)).status == 202
    assert await either.goods() == ["Bread"]


UNREADABLE = {
    "an inbox elsewhere": {"inbox": "http://evil.example/inbox"},
    "a number as name": {"name": 5},
    "a latitude beyond the pole": {
        "location": {"type": "Place", "name": "x", "latitude": 500, "longitude": 5}
    },
    "a number as former name": {"alsoKnownAs": 5},
    "a type that no actor has": {"type": "Toaster"},
}


@pytest.mark.parametrize("what", UNREADABLE)
async def test_an_actor_that_cannot_be_read_is_refused_and_nothing_is_kept(
    what: str, either: Node, mallory: Neighbour, says: Callable[..., Any]
) -> None:
    """By a handler that lets federation's own errors out, as an unwary slice may."""
    answer = await says("Update", mallory.document() | UNREADABLE[what])
    assert answer.status == 422, answer.body
    assert await count(either, InboxEntry) == 0


async def _ask(uow: Any, actor: str) -> str:
    from federation.outbox import publish
    from protocol.vocabulary import activities

    said = activities.follow("", uow.identities.coop.uri, actor)
    return await publish(uow, said, to_actors=[actor], object_uri=actor)


async def _read(node: Node, wire: Wire, signer: Signer, path: str) -> Any:
    headers = cavage(
        signer,
        node.authority,
        b"",
        wire.clock.now(),
        path=path,
        method="get",
        covered="(request-target) host date",
    )
    return await wire.get(node, path, **headers)
