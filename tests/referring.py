"""What FEDERATION.md shows of referrals: both sides, as one node says them to one peer.

The peer is the node's own mirror image: what the node says is turned around and said to it.
"""

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from federation import relations
from federation.documents import Requester
from federation.handlers import Received, Verified
from federation.models import OutboxEntry, RelationState
from federation.relations import Standing
from federation.storage import UnitOfWork
from node import referrals
from node.referrals import Draft, Side
from node.referrals.handoff import hand_out
from node.runtime import Node
from protocol import jsonld, strict_json
from protocol.vocabulary import referrals as vocabulary
from protocol.vocabulary.activities import parse_activity

_NEED = Draft(
    "Gas boiler, no hot water since Sunday. Mornings are good.",
    category="repairs",
    place="Near Milnrow",
    urgency="urgent",
    currency="GBP",
    budget=Decimal(200),
    fee_kind="percent",
    fee_percent=Decimal(5),
    fee_at_most=Decimal(25),
)
_PERSON = {"name": "Olumide Olatunji", "phone": "01632 960088"}

Said = Callable[
    [Node, Callable[[UnitOfWork], Awaitable[Any]], dict[str, str]], Awaitable[dict[str, Any]]
]


async def refer(node: Node, peer: str, said: Said) -> dict[str, Any]:
    """The examples by name."""
    ours, theirs = node.database.identities.base, peer.removesuffix("/coop")

    def turned(document: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(document).replace(ours, "https://_").replace(theirs, ours)
        turned_around: dict[str, Any] = json.loads(text.replace("https://_", theirs))
        return turned_around

    async def pass_on(uow: UnitOfWork) -> None:
        asked = RelationState.ACCEPTED
        await relations.change(uow, peer, follower_state=asked, following_state=asked)
        view = await referrals.start(uow, _NEED, person=_PERSON, by="desk")
        await referrals.ask_consent(
            uow, view.id, recipients=[peer], fields=list(_PERSON), by="desk"
        )
        consent = await referrals.consent_of(uow, view.case_id)
        assert consent is not None
        code = await referrals.code_of(uow, consent)
        await referrals.give(uow, str(code), language="en")
        await referrals.send(uow, view.id, by="desk")

    found = await said(node, pass_on, {"Offer Note": "offer-referral"})
    offer = found["offer-referral"]

    async def accepted(uow: UnitOfWork) -> dict[str, Any]:
        [view] = await referrals.referrals(uow, side=Side.SENT)
        yes = vocabulary.answer(
            "Accept", peer, offer["id"], view.uri, vocabulary.digest_of(offer["object"])
        )
        await _hear(uow, peer, yes | {"id": f"{theirs}/activities/8"}, "Accept", "Offer")
        handed = await hand_out(uow, Requester(peer, Standing.PEER), view.id)
        assert isinstance(handed, dict)
        return handed

    found["handoff"] = await node.write(accepted)
    await node.write(lambda uow: _hear(uow, peer, turned(offer), "Offer", "Note"))

    async def step(command: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> Any:
        async def write(uow: UnitOfWork) -> None:
            [view] = await referrals.referrals(uow, side=Side.RECEIVED)
            await command(uow, view.id, *given, **named, by="desk")

        return write

    found |= await said(node, await step(referrals.hold), {"TentativeAccept": "hold-referral"})
    found |= await said(node, await step(referrals.accept), {"Accept": "accept-referral"})
    document = "Create Document"
    told = await step(referrals.progress, "contact")
    found |= await said(node, told, {document: "referral-status"})
    await node.write(await step(referrals.progress, "start"))
    done = await step(referrals.complete, "done", value=Decimal(180))
    found |= await said(node, done, {document: "referral-completion"})

    async def take_back(uow: UnitOfWork) -> None:
        [view] = await referrals.referrals(uow, side=Side.SENT)
        await referrals.withdraw_for(uow, view, by="desk")

    found |= await said(node, take_back, {"Undo": "undo-referral"})
    undo = found["undo-referral"]

    async def taken_back(uow: UnitOfWork) -> None:
        await _hear(uow, peer, turned(undo), "Undo", "Offer")

    return found | await said(node, taken_back, {document: "deletion-receipt"})


async def _hear(
    uow: UnitOfWork, peer: str, message: dict[str, Any], type_: str, about: str
) -> None:
    raw = strict_json.dumps(message)
    activity = parse_activity(jsonld.normalise(strict_json.loads(raw)))
    verified = Verified(peer, f"{peer}#main-key", "http", raw, uow.now)
    handler = referrals.handlers.handler_for(activity, f"{about}:{vocabulary.REFERRAL}")
    assert handler is not None, type_
    outcomes = await handler(uow, [Received(activity, verified, Standing.PEER)])
    assert len(outcomes) == 1
    assert (await uow.scalar(select(OutboxEntry.id).limit(1))) is not None
