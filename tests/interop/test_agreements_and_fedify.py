"""An agreement with Fedify as the other party: plain FEP-0837, in JSON-LD of its own writing."""

from decimal import Decimal
from typing import Any

import pytest

from node import accounts, agreements
from node.accounts import AccountView, Role
from node.agreements import AgreementView, Said, State
from node.listings import ListingDraft, ListingView
from protocol.jsonld import CONTEXT
from tests.interop.beside import Beside, OpenBeside
from tests.interop.test_listings_and_fedify import _in_touch, _proposal, _said
from tests.support.fedify import FedifyPeer, StartPeer

pytestmark = pytest.mark.long

CLEAN = ListingDraft(title="Home clean", price_amount=Decimal("18.50"), currency="GBP", unit="hour")


async def test_fedify_orders_and_we_accept_deliver_and_are_confirmed_to(
    fedify: StartPeer, coop_beside: OpenBeside
) -> None:
    peer = await fedify(trades=True)
    coop = await _in_touch(coop_beside, peer)
    listing = await coop.publish(CLEAN)
    await peer.clear()

    await peer.send(_offer(peer, coop, listing), coop.uri)
    asked = await _only(coop)
    assert (asked.state, asked.peer) == (State.REQUESTED, peer.actor)
    for step in ("accept", "deliver"):
        await coop.write(agreements.do, asked.id, step, agreements.OPERATOR)
    [accept] = await peer.expect("Accept")
    [delivery] = await peer.expect("Create")
    assert accept["result"]["id"] == asked.uri
    assert delivery["object"]["type"] == "Document"

    await peer.send(_confirmation(peer, asked.uri), coop.uri)
    assert (await _only(coop)).state is State.CONFIRMED
    assert await peer.errors() == {"errors": [], "unverified": []}
    assert set(coop.answers) == {202}


async def test_we_order_of_fedify_which_accepts_and_delivers(
    fedify: StartPeer, coop_beside: OpenBeside
) -> None:
    peer = await fedify(trades=True)
    coop = await _in_touch(coop_beside, peer)
    await peer.send(_said("Create", _proposal(peer)), coop.uri)
    [hit] = await coop.found("sourdough")
    maya = await _member(coop)
    wanted = agreements.Wanted((agreements.WantedLine(hit.uri, Decimal(2)),))
    made = await coop.write(agreements.ask, wanted, account=maya)
    [offer] = await peer.expect("Offer")
    assert offer["object"]["type"].endswith("Agreement")

    uri = f"{peer.origin}/agreements/3"
    result = _agreement(peer.actor, hit.uri, "one", "2", "6.40") | {"id": uri}
    accept = {"@context": CONTEXT, "type": "Accept", "to": coop.uri, "object": offer["id"]}
    await peer.send(accept | {"result": result}, coop.uri)
    assert (await _seen(coop, made.agreement, maya)).state is State.ACCEPTED
    await peer.send(_confirmation(peer, uri), coop.uri)
    assert (await _seen(coop, made.agreement, maya)).state is State.DELIVERED

    by = agreements.of_account(maya)
    await coop.write(agreements.do, made.agreement.id, "confirm", by, Said())
    [confirmation] = await peer.expect("Create")
    assert confirmation["object"]["type"] == "Document"
    assert (await _seen(coop, made.agreement, maya)).state is State.CONFIRMED
    assert await peer.errors() == {"errors": [], "unverified": []}
    assert set(coop.answers) == {202}


def _offer(peer: FedifyPeer, coop: Beside, listing: ListingView) -> dict[str, Any]:
    agreement = _agreement(peer.actor, listing.uri, "hour", "2", "37.00")
    return {"@context": CONTEXT, "type": "Offer", "to": coop.uri, "object": agreement}


def _agreement(actor: str, listing: str, unit: str, quantity: str, total: str) -> dict[str, Any]:
    return {
        "type": "Agreement",
        "attributedTo": actor,
        "stipulates": _commitment(f"{listing}#primary", unit, quantity),
        "stipulatesReciprocal": _commitment(f"{listing}#reciprocal", "one", total),
    }


def _commitment(satisfies: str, unit: str, amount: str) -> dict[str, Any]:
    measure = {"hasUnit": unit, "hasNumericalValue": amount}
    return {"type": "Commitment", "satisfies": satisfies, "resourceQuantity": measure}


def _confirmation(peer: FedifyPeer, agreement: str) -> dict[str, Any]:
    document = {
        "id": f"{peer.origin}/documents/1",
        "type": "Document",
        "name": "Confirmed",
        "attributedTo": peer.actor,
        "context": agreement,
    }
    return {"@context": CONTEXT, "type": "Create", "object": document}


async def _member(coop: Beside) -> AccountView:
    view: AccountView = await coop.write(
        accounts.create_account, handle="maya", name="Maya", roles={Role.MEMBER}
    )
    return view


async def _only(coop: Beside) -> AgreementView:
    async with coop.node.reading() as reader:
        [view] = await agreements.agreements(reader, agreements.OPERATOR)
    return view


async def _seen(coop: Beside, view: AgreementView, by: AccountView) -> AgreementView:
    async with coop.node.reading() as reader:
        found = await agreements.agreement(reader, view.id, agreements.of_account(by))
    return found.agreement
