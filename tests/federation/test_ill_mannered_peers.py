"""A peer that is slow, talks nonsense or fails at one message: nobody else waits for it (F10)."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from federation.delivery import worker
from federation.delivery.attempt import Attempt
from federation.delivery.letters import deliveries, retry
from federation.delivery.record import record
from federation.http_client import Answer
from federation.models import DeliveryState, HostState
from federation.outbox import publish
from federation.settings import FederationSettings
from federation.storage import UnitOfWork
from protocol.addressing import PUBLIC
from protocol.vocabulary import activities
from tests.federation import shop
from tests.federation.nodes import Foreigner, Founder, Node, Wire, count, settle
from tests.federation.peer import public_key
from tests.support.clock import FixedClock

pytestmark = pytest.mark.usefixtures("sqlite_in_threads")

MINUTE = timedelta(minutes=1)
POISON = "http://loaf.example/listings/poison"
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def baker(loaf: Node, farm: Foreigner) -> Node:
    """The node under test, followed by a farm on other software."""
    await loaf.follow(farm)
    await loaf.federation.settle()
    return loaf


def at_a_byte_a_second(over: asyncio.Event) -> Answering:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=202)
        await response.prepare(request)
        while not over.is_set():
            await response.write(b".")
            await asyncio.wait([asyncio.create_task(over.wait())], timeout=1)
        return response

    return drip


def hangs(over: asyncio.Event) -> Answering:
    async def silent(_: web.Request) -> web.StreamResponse:
        await over.wait()
        return web.Response(status=202)

    return silent


def fails_at(name: str) -> Answering:
    async def picky(request: web.Request) -> web.StreamResponse:
        told = json.loads(await request.read())
        is_it = told["object"]["name"] == name
        return web.Response(status=500 if is_it else 202)

    return picky


@pytest.mark.parametrize("manner", [at_a_byte_a_second, hangs])
async def test_nobody_waits_for_a_peer_that_is_slow(
    manner: Callable[[asyncio.Event], Answering], farm: Foreigner, found: Founder
) -> None:
    baker, mill = await found(2)
    await baker.follow(farm)
    await baker.follow(mill)
    await mill.follow(baker)
    await settle(baker, mill)
    over = asyncio.Event()
    farm.peer.answer("/inbox", manner(over))
    for number in range(40):
        await baker.announce("Create", str(number), f"Bread {number}")
    working = asyncio.create_task(baker.federation.deliver_due())
    async with asyncio.timeout(10):
        while len(await mill.goods()) < 40:
            await mill.next_answer()
    assert not working.done(), "the slow one is waited for, by itself"
    over.set()
    await working
    await settle(baker, mill)


async def test_keys_that_nobody_hands_out_hold_up_neither_what_is_brought_nor_other_keys(
    farm: Foreigner, eve: Foreigner, found: Founder, wire: Wire
) -> None:
    """Anybody can name keys on hosts that take a question and never answer it."""
    few = FederationSettings(connections=3, key_looks=3, key_looks_per_site=2, total_seconds=60)
    [baker] = await found(settings=few)
    await baker.follow(farm)
    await baker.federation.settle()
    over = asyncio.Event()
    nobodies = [replace(eve.signer, actor=f"{eve.base}/nobody-{number}") for number in range(4)]
    for each in nobodies:
        eve.peer.answer(each.actor.removeprefix(eve.base), hangs(over))
    strangers = [
        asyncio.create_task(wire.deliver(baker, Foreigner(eve.peer, each), eve.say()))
        for each in nobodies
    ]
    mill = Foreigner(farm.peer, replace(farm.signer, actor=f"{farm.base}/mill"))
    listed = public_key(mill.coop, mill.signer.rsa)
    farm.peer.serve("/mill", farm.peer.actor("/mill", publicKey=listed))
    async with asyncio.timeout(10):
        while len(eve.peer.requests) < 2:  # noqa: ASYNC110 - a list
            await asyncio.sleep(0.01)
        await baker.announce("Create", "1", "Rye")
        await baker.federation.deliver_due()
        assert [each.target for each in farm.peer.requests if each.method == "POST"] == ["/inbox"]
        assert (await wire.deliver(baker, mill, mill.say(number="2"))).status == 202
    assert not any(each.done() for each in strangers)
    over.set()
    assert {answer.status for answer in await asyncio.gather(*strangers)} <= {401, 503}


async def test_an_answer_of_nonsense_is_an_answer(baker: Node, farm: Foreigner) -> None:
    async def nonsense(_: web.Request) -> web.StreamResponse:
        body = b"\xff\x00{" + bytes(20_000)
        return web.Response(status=202, body=body, headers={"Date": "soon", "Retry-After": "-1"})

    farm.peer.answer("/inbox", nonsense)
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    [letter], _ = await baker.read(deliveries)
    assert (letter.state, letter.last_error) == ("delivered", None)


async def takes(_: web.Request) -> web.StreamResponse:
    return web.Response(status=202)


async def states(node: Node) -> dict[str, str]:
    letters, _ = await node.read(deliveries)
    return {letter.authority: letter.state for letter in letters}


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999999999",
        "Mon, 01 Jan 2026 00:00:00 -0000",
    ],
)
async def test_a_date_that_no_calendar_has_keeps_nobodys_messages_from_being_written_down(
    baker: Node, farm: Foreigner, eve: Foreigner, date: str
) -> None:
    async def odd(_: web.Request) -> web.StreamResponse:
        return web.Response(status=202, headers={"Date": date})

    await baker.follow(eve)
    await baker.federation.settle()
    farm.peer.answer("/inbox", takes)
    eve.peer.answer("/inbox", odd)
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    assert await states(baker) == {"farm.example": "delivered", "evil.example": "delivered"}


async def test_a_delivery_at_which_our_own_program_fails_holds_up_no_other(
    baker: Node, farm: Foreigner, eve: Foreigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    await baker.follow(eve)
    await baker.federation.settle()
    post = baker.federation.client.post

    async def post_or_fail(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        if url.startswith(eve.base):
            raise ZeroDivisionError("a defect of ours")
        return await post(url, body, headers)

    monkeypatch.setattr(baker.federation.client, "post", post_or_fail)
    farm.peer.answer("/inbox", takes)
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    assert await states(baker) == {"farm.example": "delivered", "evil.example": "pending"}
    [failed], _ = await baker.read(deliveries, DeliveryState.PENDING)
    assert failed.last_error == "our-failure: ZeroDivisionError: a defect of ours"
    assert failed.attempts == 1
    assert await count(baker, HostState, HostState.authority == "evil.example") == 0


async def test_what_came_of_each_is_written_down_though_our_program_fails_at_one_answer(
    baker: Node, farm: Foreigner, eve: Foreigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    await baker.follow(eve)
    await baker.federation.settle()

    async def record_or_fail(
        uow: UnitOfWork, attempts: Sequence[Attempt], settings: FederationSettings
    ) -> tuple[str, ...]:
        if any(each.date == "poison" for each in attempts):
            raise ZeroDivisionError("a defect of ours")
        return await record(uow, attempts, settings)

    async def poison(_: web.Request) -> web.StreamResponse:
        return web.Response(status=202, headers={"Date": "poison"})

    monkeypatch.setattr(worker, "record", record_or_fail)
    farm.peer.answer("/inbox", takes)
    eve.peer.answer("/inbox", poison)
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    assert await states(baker) == {"farm.example": "delivered", "evil.example": "delivered"}


async def test_what_a_peer_fails_at_holds_up_nothing_else(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    """Tried again and again by itself, at last given up where people see it."""
    farm.peer.answer("/inbox", fails_at("poison"))
    await baker.announce("Create", "poison", "poison")
    for minute in range(1, 61):
        await baker.federation.settle()
        clock.advance(MINUTE)
        if minute % 10 == 0:  # the poison was tried several times in between, and nothing else was
            await baker.announce("Create", str(minute), "Rye")
    await baker.federation.settle()
    taken, _ = await baker.read(deliveries, DeliveryState.DELIVERED)
    waited = [each.delivered_at - each.created_at for each in taken if each.delivered_at]
    assert len(waited) >= 6
    assert max(waited) < timedelta(seconds=30)
    [poison], _ = await baker.read(deliveries, DeliveryState.PENDING)
    assert (poison.object_uri, poison.last_status) == (POISON, 500)
    clock.advance(timedelta(days=31))
    await baker.federation.settle()
    [dead], _ = await baker.read(deliveries, DeliveryState.DEAD)
    assert dead.object_uri == POISON


async def test_what_a_peer_fails_at_does_not_keep_it_away(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    """It was down; when it is back, the first knock is not always about what it fails at."""

    async def down(_: web.Request) -> web.StreamResponse:
        return web.Response(status=502)

    farm.peer.answer("/inbox", down)
    await baker.announce("Create", "poison", "poison")
    for number in range(6):
        await baker.announce("Create", str(number), "Rye")
    await baker.federation.settle()
    farm.peer.answer("/inbox", fails_at("poison"))
    for _knock in range(8):
        clock.advance(16 * MINUTE)
        await baker.federation.settle()
    left, _ = await baker.read(deliveries, DeliveryState.PENDING)
    held, _ = await baker.read(deliveries, DeliveryState.HELD)
    assert [letter.object_uri for letter in [*left, *held]] == [POISON]


async def test_what_must_arrive_takes_no_for_an_answer_from_the_coop_alone(
    found: Founder, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from a web server before it, or whoever has its address for a while."""
    loaf, mill = await found(2)
    await loaf.follow(mill)
    await mill.follow(loaf)
    await settle(loaf, mill)
    client = loaf.federation.client
    post = client.post

    def answers(*given: Any) -> None:
        async def answer(*_given: object) -> Answer:
            return Answer(*given)

        monkeypatch.setattr(client, "post", answer)

    async def tell(uow: UnitOfWork, number: str, *, until_delivered: bool) -> None:
        uri = await shop.stock(uow, number, "Rye")
        said = activities.create("", loaf.coop, shop.good(uri, loaf.coop, "Rye"), (PUBLIC,))
        audience = {"to_actors": [mill.coop], "object_uri": uri}
        await publish(uow, said, **audience, until_delivered=until_delivered)

    answers(404, {"content-type": "text/html"}, b"<h1>This domain is for sale</h1>")
    await loaf.write(tell, "1", until_delivered=True)
    await loaf.write(tell, "2", until_delivered=False)
    for _day in range(5):
        await loaf.federation.settle()
        clock.advance(timedelta(days=1))
    letters, _ = await loaf.read(deliveries)
    assert [letter.state for letter in letters] == ["refused", "pending"]
    monkeypatch.setattr(client, "post", post)
    await settle(loaf, mill)
    assert mill.shop.heard[-1].activity.object_id == f"{loaf.base}/listings/1"

    await loaf.write(tell, "3", until_delivered=True)
    said = b'{"code": "not-found", "detail": "There is nothing at this address."}'
    answers(404, {"content-type": "application/problem+json"}, said)
    await loaf.federation.settle()
    [last, *_others], _ = await loaf.read(deliveries)
    assert (last.state, last.last_error) == (
        "refused",
        "HTTP 404: There is nothing at this address.",
    )

    await loaf.write(retry, last.id)
    answers(403, {"content-type": "text/html"}, b"<h1>Checking your browser</h1>")
    for _month in range(2):
        await loaf.federation.settle()
        clock.advance(timedelta(days=31))
    await loaf.federation.settle()
    [last, *_others], _ = await loaf.read(deliveries)
    assert last.state == "pending"  # what was refused once must arrive all the same
