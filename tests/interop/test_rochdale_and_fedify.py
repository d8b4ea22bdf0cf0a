"""A Rochdale node and Fedify, which speaks JSON-LD and checks every signature, in touch."""

import pytest

from node.peers import PeerState
from tests.interop.beside import OpenBeside
from tests.support.fedify import Knock, StartPeer

CAVAGE: Knock = "draft-cavage-http-signatures-12"
RFC9421: Knock = "rfc9421"


@pytest.mark.parametrize("knock", [CAVAGE, RFC9421])
async def test_a_peer_asks_and_is_accepted_when_a_person_here_says_yes(
    fedify: StartPeer, coop_beside: OpenBeside, knock: Knock
) -> None:
    peer = await fedify(knock=knock, trades=True)
    coop = await coop_beside(peer)

    follow = await peer.follow(coop.uri)
    await coop.settle()
    assert await coop.state_of(peer) is PeerState.ASKED_BY_THEM
    assert await peer.received() == []

    await coop.accept(peer)

    [accept] = await peer.expect("Accept")
    assert accept["actor"] == coop.uri
    assert accept["object"] == follow
    [followed] = await peer.expect("Follow")
    assert followed["object"] == peer.actor
    assert await peer.followers() == [coop.uri]
    assert await peer.errors() == {"errors": [], "unverified": []}
    assert set(coop.answers) == {202}
    answered_in = {"signature-input" in request["headers"] for request in await peer.raw()}
    assert answered_in == {knock == RFC9421}, "we speak the dialect that the peer has shown"


async def test_a_coop_asks_a_peer_that_accepts_by_itself(
    fedify: StartPeer, coop_beside: OpenBeside
) -> None:
    peer = await fedify(trades=True)
    coop = await coop_beside(peer)

    await coop.ask(peer)

    assert await peer.followers() == [coop.uri]
    assert await coop.state_of(peer) is PeerState.IN_TOUCH
