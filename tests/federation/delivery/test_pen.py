"""Signing beside the loop: all that wait are signed, and one that cannot be fails alone."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from federation.delivery.pen import Pen
from federation.delivery.queue import Job
from protocol import http_signatures
from protocol.errors import ProtocolError
from protocol.http_signatures import BodyDigest, Profile
from protocol.media_types import LD_JSON_AS2
from tests.federation.nodes import Node

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
BODY = b"{}"
Signed = dict[str, str] | BaseException


def job(loaf: Node, inbox: str) -> Job:
    return Job(
        seq=1,
        authority="farm.example",
        inbox=inbox,
        object_uri="http://loaf.example/listings/1",
        sender=loaf.federation.database.identities.coop,
        body=BODY,
        digest=BodyDigest.of(BODY),
        attempts=0,
        last_status=None,
        give_up_at=None,
        shown=None,
        takes_ed25519=False,
    )


def by_hand(loaf: Node, inbox: str) -> dict[str, str]:
    coop = loaf.federation.database.identities.coop
    return http_signatures.sign(
        "POST",
        inbox,
        BODY,
        key_id=coop.rsa_key_id,
        private_key=coop.rsa_key,
        now=NOW,
        profile=Profile.CAVAGE,
        content_type=LD_JSON_AS2,
    )


async def signed(pen: Pen, loaf: Node, *inboxes: str) -> list[Signed]:
    asked = [pen.sign(job(loaf, inbox), Profile.CAVAGE, NOW) for inbox in inboxes]
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_each_of_many_gets_its_own_signature(loaf: Node) -> None:
    inboxes = [f"http://farm{number}.example/inbox" for number in range(40)]
    assert await signed(Pen(), loaf, *inboxes) == [by_hand(loaf, inbox) for inbox in inboxes]


async def test_what_cannot_be_signed_fails_alone(loaf: Node) -> None:
    good, bad = "http://farm.example/inbox", "no address"
    first, refused, last = await signed(Pen(), loaf, good, bad, good)
    assert isinstance(refused, ProtocolError)
    assert first == last == by_hand(loaf, good)


async def test_who_is_stopped_meanwhile_holds_up_nobody(loaf: Node) -> None:
    pen, good = Pen(), "http://farm.example/inbox"
    stopped = asyncio.create_task(pen.sign(job(loaf, good), Profile.CAVAGE, NOW))
    other = asyncio.create_task(pen.sign(job(loaf, good), Profile.CAVAGE, NOW))
    await asyncio.sleep(0)
    stopped.cancel()
    assert await other == by_hand(loaf, good)
    assert await signed(pen, loaf, good) == [by_hand(loaf, good)]


async def test_without_a_thread_to_be_had_it_fails_and_is_signed_the_next_time(
    loaf: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_thread(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    pen, good = Pen(), "http://farm.example/inbox"
    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "to_thread", no_thread)
        assert [str(each) for each in await signed(pen, loaf, good, good)] == [
            "can't start new thread"
        ] * 2
    assert await signed(pen, loaf, good) == [by_hand(loaf, good)]
