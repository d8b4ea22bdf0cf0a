"""What a coop says, written and signed by any other program."""

from datetime import timedelta
from typing import Any

import aiohttp

from protocol import datetimes
from protocol.contexts import CONTEXT
from protocol.vocabulary.papers import Paper, digest_of, paper_document
from tests.stories.market import hand_of
from tests.support.signing import cavage, encode, prove


async def say(sender, receiver, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """POST what a coop signed by hand to another one's inbox; status and problem document."""
    now = datetimes.format(receiver.node.clock.now())
    return await post(
        sender, receiver, prove({"@context": CONTEXT} | document, hand_of(sender), now)
    )


async def post(sender, receiver, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """POST it as it is, signed as a request alone; status and problem document."""
    body, host = encode(document), receiver.node.config.authority
    headers = cavage(hand_of(sender), host, body, receiver.node.clock.now())
    address = f"http://127.0.0.1:{receiver.address.rpartition(':')[2]}/inbox"
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, data=body, headers=headers) as answer,
    ):
        is_json = answer.content_type.endswith("json")
        return answer.status, await answer.json(content_type=None) if is_json else {}


def paper(author, number: object, kind: str, facts: Any, answers: Any = None) -> dict[str, Any]:
    """What coops owe each other, as its author would write it down; unsigned."""
    made = Paper(
        uri=f"{author.address}/by-hand/{number}",
        kind=kind,
        author=author.uri,
        published=author.node.clock.now(),
        name=kind,
        answers=answers["id"] if answers else None,
        answers_digest=digest_of(answers) if answers else None,
        facts=facts,
    )
    return paper_document(made)


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
