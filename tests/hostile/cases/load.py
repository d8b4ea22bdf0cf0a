"""Too much of everything: floods, dear questions, peers that hang, names without end."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sized
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.hostile.rows import Rows
from tests.hostile.siege import REFRESHED, Siege
from tests.stories.market import offer
from tests.support.signing import Signer
from ui.cli.listening import listen

rows = Rows()
GROWTH_KIB = 64 * 1024


@asynccontextmanager
async def little_memory() -> AsyncGenerator[None]:
    """At no moment of it does the process hold 64 MiB more than before."""
    before = _held_kib()
    yield
    assert _highest_kib() - before < GROWTH_KIB


def _held_kib() -> int:
    """What is held now, from which the highest counts anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _highest_kib()


def _highest_kib() -> int:
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


@rows.attack("DOS-01")
async def a_flood_from_one_stranger(siege: Siege) -> None:
    """Beyond a minute's worth it hears 429 and how long to wait; the peer beside it is heard."""
    limit = siege.coop.node.federation.settings.stranger_per_minute
    await siege.coop.node.federation.actors.actor(siege.eve.coop)
    note = {"type": "Note", "id": f"{siege.eve.base}/notes/1"}
    async with little_memory():
        answers = [
            await siege.send(
                siege.signed(siege.activity("Like", note, siege.eve.signer), siege.eve.signer)
            )
            for _time in range(limit + 30)
        ]
    late = [each for each in answers if each.status == 429]
    assert len(late) >= 25
    assert {each.status for each in answers} == {202, 429}
    assert all(int(each.headers["Retry-After"]) > 0 for each in late)
    await siege.taken(siege.signed())


@rows.attack("DOS-01", "in a third coop's name")
async def a_flood_in_a_third_coops_name(siege: Siege) -> None:
    """Whoever writes the farm's key id into bad requests uses up nothing of the farm's."""
    bad = siege.signed().altered('signature="', 'signature="AAAA')
    limit = siege.coop.node.federation.settings.stranger_per_minute
    async with siege.nothing_happens(but=REFRESHED):
        for _time in range(limit + 30):
            assert (await siege.send(bad)).status in (401, 429)
    await siege.taken(siege.signed())
    await siege.taken(siege.signed())


@rows.attack("DOS-01", "all at once")
async def a_flood_all_at_once(siege: Siege) -> None:
    requests = [siege.signed(siege.activity("Like", f"{siege.farm.base}/x")) for _n in range(20)]
    async with siege.watched(), little_memory():
        answers = await asyncio.gather(*(siege.send(each) for each in requests))
    assert {each.status for each in answers} <= {202, 429, 503}


@rows.attack("DOS-02")
async def followers_by_the_thousand(siege: Siege) -> None:
    """Actors of one host share what a host may say in a minute; nothing is queued without end."""
    limit = siege.coop.node.federation.settings.stranger_per_minute
    siege.clock.advance(timedelta(minutes=5))
    statuses = []
    async with siege.watched(), little_memory():
        for _spent in range(limit - 8):
            await siege.coop.node.federation.inbox.gate.count(siege.eve.coop)
        for number in range(12):
            path = f"/follower-{number}"
            follower = Signer(
                f"{siege.eve.base}{path}", siege.eve.signer.rsa, siege.eve.signer.ed25519
            )
            from tests.federation.peer import public_key

            key = public_key(follower.actor, follower.rsa)
            siege.eve.peer.serve(path, siege.eve.peer.actor(path, publicKey=key))
            said = siege.activity("Follow", siege.coop.uri, follower)
            statuses.append((await siege.send(siege.signed(said, follower))).status)
    assert set(statuses) == {202, 429}
    assert statuses.count(202) <= 8
    await siege.coop.node.federation.settle()
    siege.eve.peer.replies.clear()


@rows.attack("DOS-02", "under names of one domain")
async def followers_under_names_of_one_domain(siege: Siege) -> None:
    """Names under a domain of one's own are free: they share one bucket."""
    gate = siege.coop.node.federation.inbox.gate
    from federation.inbox.gate import TooManyRequests

    limit = siege.coop.node.federation.settings.stranger_per_minute
    refused = 0
    for number in range(limit + 20):
        try:
            await gate.count(f"https://n{number}.wild.example/coop")
        except TooManyRequests:
            refused += 1
    assert refused == 20


@rows.attack("DOS-03")
async def heads_that_drip(siege: Siege) -> None:
    """Such a connection hears 408 and is closed; meanwhile everybody else is served."""
    runner = await listen(siege.coop.node, "127.0.0.1", 0, head_seconds=0.3)
    host, port = runner.addresses[0][:2]
    async with little_memory():
        slow = [await asyncio.open_connection(host, port) for _number in range(100)]
        for _reader, writer in slow:
            writer.write(b"POST /inbox HTTP/1.1\r\nX-Slow: ")
        assert (await siege.nobody.get("/healthz")).status == 200
        ends = [asyncio.wait_for(reader.read(), 20) for reader, _writer in slow]
        answers = await asyncio.gather(*ends)
        for _reader, writer in slow:
            writer.close()
    assert {each.split(b" ")[1] for each in answers} == {b"408"}
    await runner.cleanup()


@rows.attack("DOS-03", "a body that drips")
async def a_body_that_drips(siege: Siege) -> None:
    from dataclasses import replace

    settings = siege.coop.node.federation.settings
    siege.coop.node.federation.settings = replace(settings, total_seconds=0.1)
    try:
        port = int(siege.coop.address.rpartition(":")[2])
        good = siege.signed().with_headers(("content-length", "100000"))
        async with siege.nothing_happens():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(good.wire[:-5])
            answer = await reader.read()
            writer.close()
        assert b" 408 " in answer.partition(b"\r\n")[0]
    finally:
        siege.coop.node.federation.settings = settings


@rows.attack("DOS-05")
async def dear_questions(siege: Siege) -> None:
    await offer(siege.coop, "Bread")
    asked = (
        {"q": "b"},
        {"q": "x" * 10_000},
        {"q": "%" * 100},
        {"q": "_" * 100},
        {"q": " OR ".join(["bread"] * 500)},
        {"q": " ".join(f"word{number}" for number in range(700))},
        {"q": '"' * 999},
        {"q": "(((((" * 100},
        {"q": "bread*" * 200},
        {"q": "NEAR(" * 50},
        {"q": "-bread ^ : {} AND NOT"},
        {"q": "(a+)+$" * 20},
        {"q": "é" * 5_000},
        {"q": "\u0301" * 5_000},
        {"q": "麵" * 3_000},
        {"cursor": "9" * 3_000},
        {"cursor": "eyJhIjogMX0="},
        {"limit": "100000"},
        {"limit": "-1"},
        {"near": "91,181", "within_km": "1e308"},
        {"near": "nan,inf"},
        {"near": "53.6,-2.1", "within_km": "-5"},
        {"category": "x" * 5_000},
        {"kind": "x" * 5_000},
        {"lang": "x" * 5_000},
        {"coop": "http://" + "a" * 5_000},
    )
    for query in asked:
        for path in ("/search", "/api/v1/listings"):
            async with siege.nothing_happens():
                answer = await siege.nobody.ask("GET", path, params=query)
            assert answer.status in (200, 400, 422, 429), (path, query, answer.status)


@rows.attack("DOS-05", "many of each parameter")
async def many_of_each_parameter(siege: Siege) -> None:
    for query in (
        "&".join(["q=bread"] * 500),
        "&".join(f"p{n}=x" for n in range(500)),
        "q=%",
        "q=%zz",
    ):
        for path in ("/search", "/api/v1/listings", "/coop/catalogue", "/coop/outbox", "/"):
            async with siege.nothing_happens():
                answer = await siege.nobody.get(f"{path}?{query}")
            assert answer.status in (200, 303, 400, 414, 422), (path, query[:50], answer.status)


@rows.attack("DOS-05", "pages of what peers read")
async def odd_positions_in_catalogues(siege: Siege) -> None:
    for position in ("9" * 30, "-1", "x", "", "0x1", "1e9", "٣", "1,2", "a" * 3_000, "%00"):
        for path in (f"/coop/catalogue?since={position}", f"/coop/outbox?cursor={position}"):
            async with siege.nothing_happens():
                answer = await siege.nobody.get(path, Accept="application/activity+json")
            assert answer.status in (200, 400), path


@rows.attack("DOS-07")
async def peers_that_hang(siege: Siege) -> None:
    """A third of the peers hang: the messages to the others go out meanwhile."""
    held, over = asyncio.Event(), asyncio.Event()
    portici = siege.town.coops[1]

    async def hang(_: Any) -> Any:
        from aiohttp import web

        held.set()
        await over.wait()
        return web.Response(status=503)

    for path in ("/inbox", "/coop/inbox"):
        siege.farm.peer.answer(path, hang)
    for _before in range(2):
        listing = await offer(siege.coop, f"Fresh {siege.number()}")
    working = asyncio.create_task(siege.coop.node.federation.settle())
    await held.wait()
    from node import listings

    uri = f"{siege.coop.address}/listings/{listing.id}"
    for _time in range(400):
        if await portici.read(listings.mirror, uri) is not None:
            break
        await asyncio.sleep(0.01)
    else:
        raise AssertionError("the healthy peer waits for the one that hangs")
    assert not over.is_set()
    over.set()
    await working
    for path in ("/inbox", "/coop/inbox"):
        siege.farm.peer.serve(path, b"", status=202)
    await siege.accepted_again(siege.farm)


@rows.attack("DOS-07", "answers that are nonsense")
async def answers_that_are_nonsense(siege: Siege) -> None:
    """To a delivery: pages of bytes, odd statuses, Retry-After of a thousand years."""
    from aiohttp import web

    for status, headers, body in (
        (200, {}, b"x" * 1_000_000),
        (429, {"Retry-After": "9" * 30}, b""),
        (503, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, b""),
        (503, {"Retry-After": "-5"}, b""),
        (400, {"Content-Type": "application/problem+json"}, b'{"detail": {"a": 1}}'),
        (422, {"Content-Type": "application/problem+json"}, b"[" * 4_000),
        (302, {"Location": f"http://127.0.0.1:{siege.canary.port}/"}, b""),
        (299, {}, b"\xff"),
    ):

        async def odd(
            _: Any,
            status: int = status,
            headers: dict[str, str] = headers,
            body: bytes = body,
        ) -> web.Response:
            return web.Response(status=status, headers=headers, body=body)

        for path in ("/inbox", "/coop/inbox"):
            siege.farm.peer.answer(path, odd)
        await offer(siege.coop, f"Fresh {siege.number()}")
        async with siege.watched():
            await siege.coop.node.federation.settle()
        assert (await siege.femi.get("/peers")).status == 200
    for path in ("/inbox", "/coop/inbox"):
        siege.farm.peer.serve(path, b"", status=202)
    await siege.accepted_again(siege.farm)


@rows.attack("DOS-09")
async def names_without_end(siege: Siege) -> None:
    """Every memory that a stranger can fill has a size."""
    federation = siege.coop.node.federation
    settings, gate, keys = federation.settings, federation.inbox.gate, federation.keys
    now = siege.clock.now()
    async with little_memory():
        for number in range(settings.key_cache + 2_000):
            for memory in (keys._failed, keys._fetched, keys._known):
                memory.put(f"https://h{number}.example/k", None, now)  # type: ignore[arg-type]
        for number in range(settings.stranger_sites + 2_000):
            for buckets in (gate._strangers, gate._looks):
                buckets.take(f"h{number}.example", now)
    sizes: list[tuple[Sized, int]] = [
        (keys._failed._entries, settings.key_cache),
        (keys._fetched._entries, settings.key_cache),
        (keys._known._entries, settings.key_cache),
        (gate._strangers._buckets, settings.stranger_sites),
        (gate._looks._buckets, settings.stranger_sites),
    ]
    assert [len(memory) <= most for memory, most in sizes] == [True] * len(sizes)
    for memory in (keys._failed, keys._fetched, keys._known):
        memory._entries.clear()


@rows.attack("DOS-09", "what is written down")
async def what_is_written_down_without_end(siege: Siege) -> None:
    """Refused messages leave no row, however many come and in whatever name."""
    async with siege.nothing_happens(), little_memory():
        for number in range(60):
            named = f"http://h{number}.localhost:1/coop"
            bad = siege.signed().altered(siege.farm.signer.actor, named)
            assert (await siege.send(bad)).status in (400, 401, 429, 503)
