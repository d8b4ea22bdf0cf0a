"""Many at once: connections that hang, peers that do not answer, names and letters without end."""

import asyncio
import resource
from collections.abc import AsyncGenerator, Sized
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace
from sqlalchemy import func, insert, select, text

from federation import hosts, relations
from federation.models import HostState, RelationState
from federation.storage.base import table_of
from node import limits, listings
from node.accounts import tries
from node.accounts.allowances import AT_ADDRESS
from node.listings.vocabulary import search_word
from node.mail import LetterKind
from node.mail.models import letter_table
from protocol import datetimes
from tests.federation.nodes import Foreigner
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege, answer_on
from tests.hostile.watching import little_memory
from tests.stories.market import offer
from tests.support.postbox import Postbox, letters_of
from tests.support.unread import SEATS, comes_in, is_cut, narrow_door, non_readers
from tests.ui.web.visitor import FROM_OURS, PASSWORD, stranger
from ui.cli.listening import listen
from ui.web import slow_reading
from ui.web.connections import HEAD_SECONDS

rows = Rows()
CONNECTIONS = 500


@rows.attack("DOS-03")
async def heads_that_drip(siege: Siege) -> None:
    """Five hundred say a letter now and then: each hears 408 and is closed, in less time than a
    head may take here, while everybody else is served. How many one address may hold,
    `ui/web/seats.py` says; all of these count as those of a web server in front."""
    room_for(2 * CONNECTIONS + 200)
    runner = await listen(siege.coop.node, "127.0.0.1", 0, head_seconds=1.0)
    host, port = runner.addresses[0][:2]
    async with siege.watched():
        slow = [await begun(host, port) for _number in range(CONNECTIONS)]
        ends = [asyncio.create_task(answer_on(reader)) for reader, _writer in slow]
        async with asyncio.timeout(60):
            while not all(end.done() for end in ends):
                for end, (_reader, writer) in zip(ends, slow, strict=True):
                    if not end.done():
                        writer.write(b"a")
                assert (await siege.nobody.get("/healthz")).status == 200
                await asyncio.wait(ends, timeout=0.1, return_when=asyncio.ALL_COMPLETED)
        for _reader, writer in slow:
            writer.close()
    assert {end.result().status for end in ends} == set(siege.row_statuses)
    await runner.cleanup()
    assert HEAD_SECONDS == 10


async def begun(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has said something: one that says nothing hears nothing either."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"POST /inbox HTTP/1.1\r\nX-Slow: ")
    await writer.drain()
    return reader, writer


def room_for(sockets: int) -> None:
    """Both ends of each stand in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < sockets:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(sockets, hard), hard))


@rows.attack("DOS-03", "a body that drips")
async def a_body_that_drips(siege: Siege) -> None:
    settings = siege.coop.node.federation.settings
    siege.coop.node.federation.settings = replace(settings, total_seconds=0.1)
    try:
        port = int(siege.coop.address.rpartition(":")[2])
        good = siege.signed().with_headers(("content-length", "100000"))
        async with siege.nothing_happens():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(good.wire[:-5])
            answer = await answer_on(reader)
            writer.close()
        siege.answered(answer, "stalled")
    finally:
        siege.coop.node.federation.settings = settings


@rows.attack("DOS-03", "answers that nobody reads")
async def answers_that_nobody_reads(siege: Siege) -> None:
    """Twice as many as there are seats ask for pages, and read none: they are cut off, and
    everybody else is served before the last of them has gone."""
    node = siege.coop.node
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slow_reading, "SECONDS", 1.0)
        patch.setattr(slow_reading, "LOOK_SECONDS", 0.1)
        patch.setattr(node, "config", replace(node.config, connections=SEATS))
        async with narrow_door(node) as door, non_readers(node, door, many=2 * SEATS) as lines:
            await comes_in(door)
            async with asyncio.timeout(10):
                while not all(map(is_cut, lines)):  # noqa: ASYNC110 - sockets ring no bell
                    await asyncio.sleep(0.05)


@rows.attack("DOS-07")
async def peers_that_hang(siege: Siege) -> None:
    """Three of ten peers take a message and do not answer: the others have theirs while these still
    hang, within the 30 seconds that are promised, and after a few failures nothing more is sent."""
    node, over = siege.coop.node.federation, asyncio.Event()
    enough = node.settings.breaker_failures

    async def hang(_: Any) -> Any:
        await over.wait()
        return web.Response(status=503)

    hanging, healthy = siege.crowd[:3], [*siege.crowd[3:], siege.farm]
    await befriend(siege, RelationState.ACCEPTED)
    siege.farm.peer.requests.clear()
    for each in hanging:
        each.peer.answer("/inbox", hang)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node.client, "_settings", replace(node.settings, total_seconds=60))
        for _each in range(enough):
            await offer(siege.coop, f"Fresh {siege.number()}")
        working = asyncio.create_task(node.settle())
        async with asyncio.timeout(30):
            while not all(sent(each) >= enough for each in healthy):  # noqa: ASYNC110 - a list
                await asyncio.sleep(0.01)
        assert not over.is_set()
        over.set()
        await working
        tried = [sent(each) for each in hanging]
        assert min(tried) >= enough
        await offer(siege.coop, f"Fresh {siege.number()}")
        await node.settle()
    assert [sent(each) for each in hanging] == tried, "who is away is not asked again and again"
    assert min(sent(each) for each in healthy) > enough
    for each in hanging:
        each.peer.serve("/inbox", b"", status=202)
        await siege.accepted_again(each)
    await befriend(siege, RelationState.NONE)


def sent(peer: Foreigner) -> int:
    """How many messages were brought there."""
    return peer.peer.paths.count("/inbox")


async def befriend(siege: Siege, state: RelationState) -> None:
    """Seven more coops are in touch, or no longer."""
    for each in siege.crowd:
        each.publish()
        each.peer.serve("/inbox", b"", status=202)
        each.peer.requests.clear()
        await siege.coop.node.federation.actors.actor(each.coop)
        both = {"follower_state": state, "following_state": state}
        await siege.coop.write(relations.change, each.coop, **both)


@rows.attack("DOS-07", "answers that are nonsense")
async def answers_that_are_nonsense(siege: Siege) -> None:
    """To a delivery: pages of bytes, odd statuses, Retry-After of a thousand years."""
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
    """Every memory that a stranger can fill has a size, and what is in it a time."""
    await filled(siege, siege.coop.node.federation.settings.key_cache + 2_000)


@rows.attack("DOS-09", "a million of each", is_long=True)
async def a_million_names(siege: Siege) -> None:
    await filled(siege, 1_000_000)


async def filled(siege: Siege, names: int) -> None:
    federation = siege.coop.node.federation
    settings, gate, keys = federation.settings, federation.inbox.gate, federation.keys
    memories = (keys._failed, keys._fetched, keys._known, keys._compared)
    now = siege.clock.now()
    with little_memory():
        for number in range(names):
            for memory in memories:
                memory.put(f"https://h{number}.example/k", None, now)  # type: ignore[arg-type]
            for buckets in (gate._strangers, gate._looks):
                buckets.take(f"h{number}.example", now)
    sizes: list[tuple[Sized, int]] = [
        *((memory._entries, settings.key_cache) for memory in memories),
        *((each._buckets, settings.stranger_sites) for each in (gate._strangers, gate._looks)),
    ]
    assert [len(memory) <= most for memory, most in sizes] == [True] * len(sizes)
    last = f"https://h{names - 1}.example/k"
    a_second = timedelta(seconds=1)
    assert all(memory.has_within(last, now, a_second) for memory in memories)
    assert not any(memory.has_within(last, now + a_second, a_second) for memory in memories)
    for memory in memories:
        memory._entries.clear()


@rows.attack("DOS-09", "hosts that were seen once")
async def hosts_that_were_seen_once(siege: Siege) -> None:
    """What is known of a host that says nothing more is forgotten in its time."""
    many, coop = 1_000, siege.coop
    long = coop.node.federation.settings.host_state_age + timedelta(days=1)

    async def meet(uow: Any) -> None:
        hosts = [
            {
                "authority": f"h{number}.example",
                "failures": 9,
                "opened_at": uow.now if number % 2 else None,
                "updated_at": uow.now - long,
            }
            for number in range(many)
        ]
        await uow.execute(insert(table_of(HostState)), hosts)

    async def known() -> int:
        counted = select(func.count()).where(HostState.authority.endswith(".example"))
        return int(await coop.read(lambda reader: reader.scalar(counted)) or 0)

    await coop.write(meet)
    assert await known() == many
    await coop.write(hosts.forget_old, coop.node.federation.settings)
    assert await known() == 0


@rows.attack("DOS-09", "a disk that is full")
async def a_disk_that_is_full(siege: Siege) -> None:
    """Nothing is half taken: 503 and when to come again; what is there is read as ever; and once
    there is room again the same message is taken. Pages of SQLite, which can be counted."""
    database = siege.coop.node.database
    if database.dialect != "sqlite":
        return
    good = siege.signed(siege.activity(obj=siege.listing(content="x" * 100_000)))
    await pages_at_most(database, 1)  # never fewer than there are
    async with siege.nothing_happens():
        answer = await siege.send(good)
        assert (answer.status, answer.code) == (503, "busy")
        assert int(answer.headers["Retry-After"]) > 0
        assert (await siege.nobody.get("/search?q=bread")).status == 200
    await pages_at_most(database, 2**30)
    await siege.taken(good)


async def pages_at_most(database: Any, pages: int) -> None:
    async with database._writer.connect() as connection:
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))


@rows.attack("DOS-09", "what is written down")
async def what_is_written_down_without_end(siege: Siege) -> None:
    """Refused messages leave no row, however many come and in whatever name."""
    async with siege.nothing_happens():
        for number in range(60):
            named = f"http://h{number}.localhost:1/coop"
            bad = siege.signed().altered(siege.farm.signer.actor, named)
            assert (await siege.send(bad)).status in (400, 401, 429, 503)


@rows.attack("UIX-23", "letters without end")
async def letters_without_end(siege: Siege) -> None:
    """One name, asked for from ever other addresses: a few letters a day. From one address, by
    ever other names: a few, and then it hears 429."""
    await flooded(siege, 200)


@rows.attack("UIX-23", "ten thousand letters", is_long=True)
async def ten_thousand_letters(siege: Siege) -> None:
    await flooded(siege, 10_000)


@asynccontextmanager
async def mail_of(siege: Siege) -> AsyncGenerator[Postbox]:
    """The coop's mail server, for one row after the other."""
    sender = siege.coop.node.mail
    sender._is_over = False
    async with letters_of(siege.coop) as box:
        yield box
    sender.way = None


async def flooded(siege: Siege, many: int) -> None:
    siege.clock.advance(timedelta(days=2))
    async with mail_of(siege) as box:
        believe(siege, "127.0.0.1")
        heard = [await asks(siege, "ada", address_of(number)) for number in range(many)]
        assert set(heard) == {303}, "whoever asks is told the same, or it would tell something"
        assert await ways_in(siege) == limits.MAIL_WAYS_IN_A_DAY
        most = limits.MAIL_WAYS_IN_PER_ADDRESS
        heard = [await asks(siege, f"nobody{number}", "198.51.100.9") for number in range(many)]
        assert heard[:most] == [303] * most
        assert set(heard[most:]) == {429}
        await siege.coop.node.mail.settle()
        assert box.letters == [], "nobody here has an address for mail"
    believe(siege)


def believe(siege: Siege, *networks: str) -> None:
    """Whether a header says where somebody comes from."""
    trusted = tuple(map(ip_network, networks))
    siege.coop.node.config = replace(siege.coop.node.config, trusted_proxies=trusted)


def address_of(number: int) -> str:
    return f"203.0.{number // 250}.{number % 250 + 1}"


async def asks(siege: Siege, handle: str, address: str) -> int:
    told = FROM_OURS | {"X-Forwarded-For": address}
    return (await siege.nobody.post("/sign-in/mail", {"handle": handle}, headers=told)).status


async def ways_in(siege: Siege) -> int:
    since = siege.clock.now() - timedelta(days=1)
    counted = select(func.count()).where(
        letter_table.c.kind == LetterKind.WAY_IN.value, letter_table.c.created_at > since
    )
    return int(await siege.coop.read(lambda reader: reader.scalar(counted)) or 0)


@rows.attack("UIX-23")
async def guessing(siege: Siege) -> None:
    """A hundred guesses a minute at one account, each from an address of its own; its owner, who
    has been here, still comes in."""
    believe(siege, "127.0.0.1")
    home = FROM_OURS | {"X-Forwarded-For": "198.51.100.77"}
    right = {"handle": "ada", "password": PASSWORD}
    async with stranger(siege.coop) as owner:
        assert (await owner.post("/sign-in", right, headers=home)).status == 303
    told = [
        await siege.nobody.post(
            "/sign-in",
            {"handle": "ada", "password": f"guess {number}"},
            headers=FROM_OURS | {"X-Forwarded-For": address_of(number)},
        )
        for number in range(100)
    ]
    late = told[limits.ATTEMPTS_PER_ACCOUNT :]
    assert {each.status for each in late} == set(siege.row_statuses)
    assert all("Too many tries" in each.text for each in late)
    async with stranger(siege.coop) as owner:
        assert (await owner.post("/sign-in", right, headers=home)).status == 303
    believe(siege)
    siege.clock.advance(timedelta(hours=2))


@rows.attack("UIX-23", "many accounts from one address")
async def guessing_at_many_accounts(siege: Siege) -> None:
    """The count of the address: one guess at each of a hundred names."""
    siege.clock.advance(timedelta(hours=2))
    with pytest.MonkeyPatch.context() as patch:
        # Each costs the hashing of a password.
        patch.setattr(tries, "AT_ADDRESS", AT_ADDRESS._replace(burst=5))
        told = [
            await siege.nobody.post("/sign-in", {"handle": f"name{n}", "password": "Sunshine 1"})
            for n in range(100)
        ]
    assert [each.status for each in told] == [422] * 5 + [429] * 95
    siege.clock.advance(timedelta(hours=2))


@rows.attack("DOS-09", "words that were said once")
async def words_that_were_said_once(siege: Siege) -> None:
    """A coop in touch changes one offer again and again, offers and takes back, or offers for a
    moment, and says other words each time: none stays that no offer says."""
    coop = siege.coop

    async def known() -> int:
        counted = select(func.count()).where(search_word.c.word.startswith("qq"))
        return int(await coop.read(lambda reader: reader.scalar(counted)) or 0)

    async def say(verb: str, **members: Any) -> str:
        siege.clock.advance(timedelta(seconds=5))
        said = f"qq{siege.number():06}" + "abcdefghijklmnopqrstuvwxyz"
        words = " ".join(said[: 9 + number % 20] + chr(97 + number // 20) for number in range(400))
        told = siege.listing(content=words, **members)
        await siege.taken(siege.signed(siege.activity(verb, told)))
        return str(told["id"])

    first = await say("Create")
    before = await known()
    assert before > 300
    for _time in range(10):
        await say("Update", id=first)
        assert await known() == before
        gone = await say("Create")
        assert await known() > before
        await siege.taken(siege.signed(siege.activity("Delete", gone)))
        assert await known() == before
        await say("Create", endTime=datetimes.format(siege.clock.now() + timedelta(minutes=1)))
        siege.clock.advance(timedelta(minutes=2))
        await coop.write(listings.expire_due)
        assert await known() == before
