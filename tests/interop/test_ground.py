"""The foreign peers themselves: whatever fails here is the ground, not Rochdale."""

import pytest

from tests.support.authority import LocalCA
from tests.support.fedify import StartPeer


async def test_two_peers_follow_each_other_and_a_note_arrives(fedify: StartPeer) -> None:
    alice = await fedify(name="alice")
    bob = await fedify(name="bob", host="bob.localhost", knock="draft-cavage-http-signatures-12")

    await alice.follow(bob.actor)
    await alice.expect("Accept")
    assert await bob.followers() == [alice.actor]

    note = await bob.note("fresh bread on Friday")
    [create] = await alice.expect("Create")
    assert create["object"]["id"] == note
    assert create["object"]["content"] == "fresh bread on Friday"
    assert await alice.errors() == {"errors": [], "unverified": []}


async def test_peers_meet_over_https_where_every_read_is_signed(
    fedify: StartPeer, local_ca: LocalCA
) -> None:
    alice = await fedify(name="alice", ca=local_ca, https=True, secure=True)
    bob = await fedify(name="bob", ca=local_ca, https=True, secure=True)

    await alice.follow(bob.actor)
    await alice.expect("Accept")
    assert (await bob.lookup(alice.actor))["name"] == "Peer alice"
    assert (await bob.fetch_signed(alice.node))["type"] == "Application"


async def test_exact_bytes_arrive_as_they_were_sent(fedify: StartPeer) -> None:
    alice = await fedify(name="alice")
    bob = await fedify(name="bob")
    body = (
        '{"@context":"https://www.w3.org/ns/activitystreams",  "type":"Like",'
        f'"id":"{alice.origin}/1","actor":"{alice.actor}","object":"{bob.actor}"}}'
    )

    answer = await alice.send_raw(bob.inbox, body)

    assert answer.status == 202
    [request] = await bob.raw()
    assert request["body"] == body
    [like] = await bob.expect("Like")
    assert like["id"] == f"{alice.origin}/1"


async def test_an_activity_of_another_server_is_not_believed(fedify: StartPeer) -> None:
    alice = await fedify(name="alice")
    bob = await fedify(name="bob")
    mallory = await fedify(name="mallory")
    forged = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "type": "Like",
        "id": f"{alice.origin}/1",
        "actor": alice.actor,
        "object": bob.actor,
    }

    answer = await mallory.send_raw(bob.inbox, forged)

    assert answer.status == 401
    assert await bob.received() == []


async def test_a_peer_that_cannot_be_found_is_named(fedify: StartPeer) -> None:
    alice = await fedify(name="alice")
    nobody = f"{alice.origin}/nobody"
    with pytest.raises(AssertionError, match=f"nothing of ActivityPub was found at {nobody}"):
        await alice.follow(nobody)
