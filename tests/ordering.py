"""What FEDERATION.md shows of agreements: Portici orders, Lanehead answers."""

from datetime import UTC, datetime
from typing import Any

from federation.handlers import Applied, Received, Verified
from federation.inbox.decide import decide
from federation.relations import Standing
from federation.storage import UnitOfWork
from node import agreements, listings
from node.agreements import Cancellation, Revision
from node.runtime import Node
from protocol import strict_json
from protocol.jsonld import normalise
from protocol.vocabulary import activities
from protocol.vocabulary.activities import parse_activity
from tests.papers import PEER
from tests.referring import Said

RECIPROCAL = "stipulatesReciprocal"

_DEARER = Revision(
    start=datetime(2027, 1, 11, 9, tzinfo=UTC),
    end=datetime(2027, 1, 11, 11, tzinfo=UTC),
    time_zone="Europe/London",
    cancellation=Cancellation(hours=24, early_percent=0, late_percent=50),
)


async def _plain_offer(node: Node) -> dict[str, Any]:
    async with node.reading() as reader:
        [listing] = await listings.mine(reader, None)
    sums = {"primary": ("stipulates", "hour", "2"), "reciprocal": (RECIPROCAL, "one", "37.00")}
    agreement: dict[str, Any] = {"type": "Agreement", "attributedTo": PEER}
    for intent, (name, unit, amount) in sums.items():
        agreement[name] = {
            "type": "Commitment",
            "satisfies": f"{listing.uri}#{intent}",
            "resourceQuantity": {"hasUnit": unit, "hasNumericalValue": amount},
        }
    coop = f"{node.config.address}/coop"
    offer_id = f"{PEER.removesuffix('/coop')}/activities/9"
    return activities.activity("Offer", offer_id, PEER, agreement, (coop,))


def _accept(offer: dict[str, Any]) -> dict[str, Any]:
    """How Portici accepts: by the Offer's id, with the finalised Agreement as its own."""
    home, said = PEER.removesuffix("/coop"), offer["object"]
    kept = {name: said[name] for name in ("stipulates", RECIPROCAL, "terms", "termsDigest")}
    result = {"id": f"{home}/agreements/3", "type": "Agreement", "attributedTo": PEER} | kept
    return activities.accept(
        f"{home}/activities/10", PEER, offer["id"], (offer["actor"],), result=result
    )


async def _hear(uow: UnitOfWork, activity: dict[str, Any]) -> None:
    """Take a message in as if it had come from Portici."""
    verified = Verified(PEER, f"{PEER}#main-key", "http", strict_json.dumps(activity), uow.now)
    received = Received(parse_activity(normalise(activity)), verified, Standing.PEER)
    [outcome] = await decide(uow, agreements.handlers, [received])
    assert outcome == Applied(), outcome


async def _do(uow: UnitOfWork, step: str, revision: Revision | None = None) -> None:
    [view] = await agreements.agreements(uow, agreements.OPERATOR)
    words = agreements.Said(reason="amount") if step == "dispute" else agreements.Said()
    await agreements.do(uow, view.id, step, agreements.OPERATOR, words, revision=revision)


async def order(node: Node, said: Said) -> dict[str, Any]:
    """Portici orders as plain FEP-0837 has it; Lanehead accepts, delivers, and objects."""
    found = {"plain-offer": await _plain_offer(node)}
    await node.write(lambda uow: _hear(uow, found["plain-offer"]))
    offer = {"Offer Agreement": "offer-agreement"}
    found |= await said(node, lambda uow: _do(uow, "counter", _DEARER), offer)
    found["accept-agreement"] = _accept(found["offer-agreement"])
    await node.write(lambda uow: _hear(uow, found["accept-agreement"]))
    found |= await said(node, lambda uow: _do(uow, "deliver"), {"Create Document": "delivered"})
    found |= await said(node, lambda uow: _do(uow, "dispute"), {"Flag": "dispute"})
    return found
