"""Listings between a Rochdale node and Fedify, which writes every document anew as JSON-LD."""

import json
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from node import listings
from node.listings import ListingDraft, Visibility
from node.peers import PeerState
from protocol.jsonld import CONTEXT
from tests.interop.beside import Beside, OpenBeside
from tests.support.authority import LocalCA
from tests.support.fedify import FedifyPeer, Knock, StartPeer

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CAVAGE: Knock = "draft-cavage-http-signatures-12"
RFC9421: Knock = "rfc9421"
CLEAN = ListingDraft(
    title="Two-hour home clean",
    summary="Rooms, windows, stairs",
    body="Bring *nothing*.",
    tags=("home",),
    language="en",
    place="Leeds",
    price_amount=Decimal("17.50"),
    currency="GBP",
    unit="hour",
)


async def test_a_listing_reaches_a_peer_as_it_is_made_changed_and_taken_down(
    fedify: StartPeer, coop_beside: OpenBeside
) -> None:
    peer = await fedify(trades=True)
    coop = await _in_touch(coop_beside, peer)

    made = await coop.publish(CLEAN)
    draft = ListingDraft(title="Three-hour home clean", language="en")
    await coop.write(listings.edit, made.id, draft, by=None, expected_version=made.version)
    await coop.write(listings.change_state, made.id, "retire", by=None)

    [create] = await peer.expect("Create")
    assert (create["object"]["id"], create["object"]["type"]) == (made.uri, "Proposal")
    [update] = await peer.expect("Update")
    assert update["object"]["id"] == made.uri
    [delete] = await peer.expect("Delete")
    assert delete["object"]["id"] == made.uri
    raw = [json.loads(request["body"]) for request in await peer.raw()]
    assert [one["object"]["name"] for one in raw if one["type"] in ("Create", "Update")] == [
        "Two-hour home clean",
        "Three-hour home clean",
    ]
    assert await peer.errors() == {"errors": [], "unverified": []}


async def test_a_listing_can_be_read_by_the_peers_own_vocabulary(
    fedify: StartPeer, coop_beside: OpenBeside
) -> None:
    peer = await fedify(trades=True)
    coop = await coop_beside(peer)
    made = await coop.publish(CLEAN)

    assert await peer.proposal(made.uri) == {
        "name": "Two-hour home clean",
        "purpose": "offer",
        "unitBased": True,
        "author": coop.uri,
        "action": "deliverService",
        "unit": "hour",
        "price": "17.50",
        "currency": "https://www.wikidata.org/wiki/Q25224",
    }


async def test_both_insist_on_signatures_over_https(
    fedify: StartPeer, coop_beside: OpenBeside, local_ca: LocalCA
) -> None:
    peer = await fedify(trades=True, secure=True, https=True, ca=local_ca)
    stranger = await fedify(name="stranger", https=True, ca=local_ca)
    coop = await _in_touch(coop_beside, peer, stranger, ca=local_ca)

    ours = await coop.publish(replace(CLEAN, visibility=Visibility.FEDERATION))
    await peer.send(_said("Create", _proposal(peer)), coop.uri)

    assert ours.uri.startswith("https://localhost:")
    assert (await peer.fetch_signed(ours.uri))["name"] == "Two-hour home clean"
    with pytest.raises(AssertionError, match="404"):
        await stranger.fetch_signed(ours.uri)
    assert [hit.title for hit in await coop.found("sourdough")] == ["Sourdough, 800 g"]
    assert await peer.errors() == {"errors": [], "unverified": []}


async def test_a_server_for_posts_follows_and_reads_a_note_of_each_public_listing(
    fedify: StartPeer, coop_beside: OpenBeside
) -> None:
    reader = await fedify(kind="Person")
    coop = await coop_beside(reader)
    await reader.follow(coop.uri)
    await coop.accept(reader)
    await reader.expect("Accept")

    made = await coop.publish(CLEAN)
    await coop.publish(replace(CLEAN, title="For coops only", visibility=Visibility.FEDERATION))
    await coop.write(listings.change_state, made.id, "retire", by=None)

    assert await coop.state_of(reader) is PeerState.FOLLOWER
    [create] = await reader.expect("Create")
    note = create["object"]
    assert (note["type"], note["attributedTo"]) == ("Note", coop.uri)
    assert "Two-hour home clean" in note["content"]
    assert "17.50 GBP / hour · Leeds" in note["content"]
    [delete] = await reader.expect("Delete")
    assert delete["object"]["id"] == note["id"]
    assert await reader.received() == [*await reader.expect("Accept"), create, delete]
    assert await reader.errors() == {"errors": [], "unverified": []}


async def test_a_message_that_was_changed_under_its_proof_is_refused(
    fedify: StartPeer, coop_beside: OpenBeside
) -> None:
    peer = await fedify(trades=True)
    witness = await fedify(name="witness")
    coop = await _in_touch(coop_beside, peer, witness)
    await peer.send(_said("Create", _proposal(peer)), witness.actor)
    [request] = [one for one in await witness.raw() if "Sourdough" in one["body"]]

    changed = request["body"].replace("Sourdough, 800 g", "Sourdough, 80 g")
    answer = await peer.send_raw(coop.inbox, changed)
    assert answer.status == 401
    assert "proof" in json.loads(answer.body)["detail"]
    assert await coop.found("sourdough") == []

    assert (await peer.send_raw(coop.inbox, request["body"])).status == 202
    assert [hit.title for hit in await coop.found("sourdough")] == ["Sourdough, 800 g"]


@pytest.mark.parametrize("knock", [CAVAGE, RFC9421])
async def test_a_listing_of_the_peers_is_found_here_changed_and_gone(
    fedify: StartPeer, coop_beside: OpenBeside, knock: Knock
) -> None:
    peer = await fedify(knock=knock, trades=True)
    coop = await _in_touch(coop_beside, peer)
    proposal = _proposal(peer)

    await peer.send(_said("Create", proposal), coop.uri)
    [hit] = await coop.found("sourdough")
    assert (hit.uri, hit.title, hit.coop_uri) == (proposal["id"], "Sourdough, 800 g", peer.actor)
    assert hit.place_name == "Leeds"
    assert hit.price is not None
    assert (hit.price.amount, hit.price.currency) == (Decimal("3.20"), "GBP")

    changed = proposal | {"name": "Rye, 1 kg", "updated": "2026-02-02T10:00:00Z"}
    await peer.send(_said("Update", changed), coop.uri)
    assert await coop.found("sourdough") == []
    [hit] = await coop.found("rye")
    assert hit.title == "Rye, 1 kg"

    await peer.send(_said("Delete", proposal["id"]), coop.uri)
    assert await coop.found("rye") == []
    assert set(coop.answers) == {202}


async def _in_touch(
    coop_beside: OpenBeside, peer: FedifyPeer, *others: FedifyPeer, ca: LocalCA | None = None
) -> Beside:
    coop = await coop_beside(peer, *others, ca=ca)
    await coop.ask(peer)
    await peer.follow(coop.uri)
    await coop.settle()
    await peer.expect("Accept")
    await peer.clear()
    return coop


def _proposal(peer: FedifyPeer) -> dict[str, Any]:
    uri = f"{peer.origin}/proposals/7"
    return {
        "id": uri,
        "type": "Proposal",
        "purpose": "offer",
        "attributedTo": peer.actor,
        "name": "Sourdough, 800 g",
        "content": "<p>Baked at night.</p>",
        "published": "2026-02-01T10:00:00Z",
        "updated": "2026-02-01T10:00:00Z",
        "to": PUBLIC,
        "unitBased": True,
        "location": {"type": "Place", "name": "Leeds", "latitude": 53.8, "longitude": -1.55},
        "publishes": {
            "id": f"{uri}#primary",
            "type": "Intent",
            "action": "transfer",
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
        },
        "reciprocal": {
            "id": f"{uri}#reciprocal",
            "type": "Intent",
            "action": "transfer",
            "resourceConformsTo": "https://www.wikidata.org/wiki/Q25224",
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "3.20"},
        },
    }


def _said(kind: str, content: Any) -> dict[str, Any]:
    return {"@context": CONTEXT, "type": kind, "to": PUBLIC, "object": content}
