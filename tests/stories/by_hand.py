"""What a coop says of people that it passes on, written and signed by any other program."""

import json
from datetime import timedelta
from typing import Any

import aiohttp

from protocol import datetimes
from protocol.contexts import CONTEXT
from tests.stories.market import hand_of
from tests.support.signing import cavage, encode, prove


async def say(sender, receiver, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """POST what a coop signed by hand to another one's inbox; status and problem document."""
    signer, now = hand_of(sender), receiver.node.clock.now()
    body = encode(prove({"@context": CONTEXT} | document, signer, datetimes.format(now)))
    host, port = receiver.node.config.authority, receiver.address.rpartition(":")[2]
    headers = cavage(signer, host, body, now)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/inbox", data=body, headers=headers) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text) if text else {}


_number = iter(range(1, 1_000_000))


def activity(sender, type_: str, obj: Any, to, **more: Any) -> dict[str, Any]:
    fresh = f"{sender.address}/activities/hand-{next(_number)}"
    return {"id": fresh, "type": type_, "actor": sender.uri, "to": [to.uri], "object": obj, **more}


def offer(sender, receiver, **changed: Any) -> dict[str, Any]:
    """An Offer of a need as any program could write it."""
    number, now = next(_number), sender.node.clock.now()
    uri = f"{sender.address}/referrals/hand-{number}"
    need = {
        "@context": CONTEXT,
        "id": uri,
        "type": "Note",
        "kind": "referral",
        "attributedTo": sender.uri,
        "to": [receiver.uri],
        "content": "<p>Somebody needs a boiler mended</p>",
        "category": "repairs",
        "handoff": f"{uri}/contact",
        "budget": "200.00",
        "currency": "GBP",
        "consentUntil": datetimes.format(now + timedelta(days=30)),
        "published": datetimes.format(now),
        "feeKind": "none",
    } | changed
    until = datetimes.format(now + timedelta(days=3))
    return activity(sender, "Offer", need, receiver, target=receiver.uri, endTime=until)
