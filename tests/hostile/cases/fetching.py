"""What a stranger makes the node fetch: addresses inside, redirects, floods of bytes, lies."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from federation.errors import FederationError
from federation.guard import Guard
from federation.http_client import GuardedClient
from federation.settings import FederationSettings
from protocol.errors import ProtocolError
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege

rows = Rows()
BLOCKED = ("address-blocked", "bad-host", "bad-iri", "not-https", "not-an-actor", "not-a-dev-peer")
ANY = "*/*"


@asynccontextmanager
async def on_the_internet(
    siege: Siege, names: dict[str, Sequence[str]] | None = None, **limits: Any
) -> AsyncGenerator[GuardedClient]:
    """The way out of a node with a public address, and the name service it asks."""
    guard = Guard()
    if names is not None:
        guard.resolver = lambda: Names(names)  # type: ignore[method-assign]
    settings = FederationSettings(**limits)
    client = GuardedClient(guard, clock=siege.clock, settings=settings)
    try:
        yield client
    finally:
        await client.close()
    assert [dial for dial in guard.dials if dial.allowed] == []
    assert siege.canary.requests == []


class Names(AbstractResolver):
    """A name service that says what it is told to."""

    def __init__(self, names: dict[str, Sequence[str]]) -> None:
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in self._names[host]
        ]

    async def close(self) -> None:
        pass


async def nowhere(siege: Siege, hosts: Sequence[str]) -> None:
    """None of these is dialled: by a node on the Internet, and by this one, which names them in
    an actor that it is to look at."""
    resolve = siege.coop.node.federation.actors.resolve
    port = siege.canary.port
    async with on_the_internet(siege) as client, siege.nothing_happens():
        for host in hosts:
            for work in (
                client.get(f"https://{host}/", accept=ANY),
                client.get(f"https://{host}:{port}/", accept=ANY),
                client.post(f"https://{host}:{port}/inbox", b"{}", {}),
                resolve(f"http://{host}:{port}/coop"),
            ):
                with pytest.raises((FederationError, ProtocolError)) as refusal:
                    await work
                assert refusal.value.code in BLOCKED, (host, refusal.value)


@rows.attack("FET-01")
async def addresses_inside(siege: Siege) -> None:
    await nowhere(
        siege,
        (
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "[::1]",
            "[fd00::1]",
        ),
    )


@rows.attack("FET-01", "in other notations")
async def addresses_inside_in_other_notations(siege: Siege) -> None:
    await nowhere(
        siege,
        (
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "017700000001",
            "127.1",
            "127.0.0.1.",
            "１２７.0.0.1",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[0:0:0:0:0:ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[fe80::1%25lo]",
            "[::1%lo]",
            "ⓛocalhost",
        ),
    )


@rows.attack("FET-01", "named in a message")
async def addresses_inside_named_in_a_message(siege: Siege) -> None:
    """As key, as actor, as object, as icon, as the one who moved: it is looked for nowhere."""
    inside = f"http://127.0.0.1:{siege.canary.port}"
    key = siege.signed().altered(siege.farm.signer.rsa_id, f"{inside}/coop#main-key")
    async with siege.nothing_happens():
        assert (await siege.send(key)).status in (400, 401, 503)
    for said in (
        siege.activity(obj=siege.listing(icon=f"{inside}/i", url=f"{inside}/", image=inside)),
        siege.activity("Announce", f"{inside}/x"),
        siege.activity("Move", siege.farm.coop, target=f"{inside}/coop"),
        siege.activity("Offer", {"type": "Note", "kind": "referral", "handoff": f"{inside}/h"}),
        siege.activity(obj=siege.listing(freeTimes=f"{inside}/free", attachment=f"{inside}/a")),
    ):
        async with siege.watched():
            answer = await siege.send(siege.signed(said))
            await siege.coop.node.federation.settle()
            await siege.coop.node.attend()
        assert answer.status < 500, answer.body


@rows.attack("FET-02")
async def metadata(siege: Siege) -> None:
    await nowhere(
        siege, ("169.254.169.254", "[fd00:ec2::254]", "[fe80::a9fe:a9fe]", "100.100.100.200")
    )


@rows.attack("FET-02", "by name")
async def metadata_by_name(siege: Siege) -> None:
    names = {
        "metadata.google.internal": ["169.254.169.254"],
        "instance-data.ec2.internal": ["fd00:ec2::254"],
        "metadata.example": ["::ffff:169.254.169.254"],
    }
    async with on_the_internet(siege, names) as client:
        for name in names:
            await siege.dropped(client.get(f"https://{name}/", accept=ANY), "address-blocked")


@rows.attack("FET-03")
async def nowhere_in_particular(siege: Siege) -> None:
    await nowhere(siege, ("0.0.0.0", "[::]", "0"))


@rows.attack("FET-03", "in other notations")
async def nowhere_in_other_notations(siege: Siege) -> None:
    await nowhere(
        siege, ("0x0", "00.0.0.0", "[::0.0.0.0]", "0.1.2.3", "[0:0:0:0:0:0:0:0]", "[::ffff:0:0]")
    )


@rows.attack("FET-05")
async def special_addresses(siege: Siege) -> None:
    await nowhere(
        siege,
        (
            "100.64.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "192.88.99.1",
            "[fec0::1]",
            "[ff02::1]",
            "[ff0e::1]",
            "[2001:db8::1]",
            "[100::1]",
        ),
    )


@rows.attack("FET-05", "tunnels to inside")
async def tunnels_to_inside(siege: Siege) -> None:
    await nowhere(
        siege,
        (
            "[2002:a00:1::]",
            "[2002:c0a8:101::1]",
            "[2001:0:4136:e378::]",
            "[2001:10::1]",
            "[2001:20::1]",
            "[2001:2::1]",
            "[64:ff9b::a00:1]",
            "[5f00::1]",
            "[3fff::1]",
            "[2620:4f:8000::1]",
            "[4000::1]",
            "[1000::1]",
            "[::ffff:0:10.0.0.1]",
        ),
    )


@rows.attack("FET-07")
async def names_that_point_inside(siege: Siege) -> None:
    names = {
        "private.example": ["10.0.0.5"],
        "local.example": ["127.0.0.1"],
        "six.example": ["::1"],
        "both.example": ["10.0.0.5", "fd00::1"],
    }
    async with on_the_internet(siege, names) as client:
        for name in names:
            url = f"https://{name}:{siege.canary.port}/"
            await siege.dropped(client.get(url, accept=ANY), "address-blocked")
            await siege.dropped(client.post(url, b"", {}), "address-blocked")


@rows.attack("FET-07", "the first address is good")
async def one_address_of_two_points_inside(siege: Siege) -> None:
    """Each address is looked at when it would be dialled. The good one is away (its network is not
    reached from a test), and then the other is not tried either."""
    names = {"mixed.example": ["127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"]}
    async with on_the_internet(siege, names, connect_seconds=0.3) as client:
        url = f"https://mixed.example:{siege.canary.port}/"
        await siege.dropped(client.get(url, accept=ANY), "address-blocked", "no-answer")


@rows.attack("FET-07", "the name changes its mind")
async def a_name_that_changes_its_mind(siege: Siege) -> None:
    """Whatever the service said before, the address that is dialled is the one that is checked."""
    asked = iter((["192.0.2.1"], ["127.0.0.1"], ["::1"], ["10.0.0.1"]))
    names: dict[str, Sequence[str]] = {}
    async with on_the_internet(siege, names) as client:
        for said in asked:
            names["rebinding.example"] = said
            url = f"https://rebinding.example:{siege.canary.port}/"
            await siege.dropped(client.get(url, accept=ANY), "address-blocked")


@rows.attack("FET-09")
async def redirects_inside(siege: Siege) -> None:
    for location in (
        f"http://127.0.0.1:{siege.canary.port}/",
        f"http://[::1]:{siege.canary.port}/",
        "file:///etc/passwd",
    ):
        door = siege.eve.peer.redirect("/door", location)
        await siege.dropped(
            siege.coop.node.federation.actors.actor(door), "bad-redirect", "not-a-dev-peer"
        )


@rows.attack("FET-09", "spelt otherwise")
async def redirects_spelt_otherwise(siege: Siege) -> None:
    port = siege.canary.port
    for location in (
        f"//127.0.0.1:{port}/",
        f"\\\\127.0.0.1:{port}/",
        f"/\\127.0.0.1:{port}/",
        f"http:127.0.0.1:{port}/",
        f"http://{siege.eve.peer.authority}@127.0.0.1:{port}/",
        f"http://127.0.0.1:{port}\t/",
        f"http://localhost:{port}/",
        f"HTTP://127.0.0.1:{port}/",
        f"gopher://127.0.0.1:{port}/",
        "http://",
        "",
        " ",
        "http://[",
        "?" * 5_000,
    ):
        for status in (301, 308):
            door = siege.eve.peer.redirect("/door", location, status)
            with pytest.raises((FederationError, ProtocolError)):
                await siege.coop.node.federation.actors.actor(door, refresh=True)


@rows.attack("FET-10")
async def an_inbox_inside(siege: Siege) -> None:
    """An actor that wants its messages sent to somebody else is no actor to us."""
    for inbox in (
        "http://10.0.0.5/",
        f"http://127.0.0.1:{siege.canary.port}/inbox",
        f"{siege.farm.base}/inbox",
        "file:///etc/passwd",
        "",
        5,
        None,
        [],
    ):
        path = f"/actor-{siege.number()}"
        document = siege.eve.peer.actor(path, inbox=inbox, endpoints={"sharedInbox": inbox})
        url = siege.eve.peer.serve(path, document)
        await siege.dropped(
            siege.coop.node.federation.actors.actor(url),
            "bad-inbox",
            "not-an-actor",
            "bad-property",
            "missing-property",
            "bad-iri",
            "bad-id",
        )


@rows.attack("FET-10", "only the shared one")
async def a_shared_inbox_inside(siege: Siege) -> None:
    """It is not used: messages go to the actor's own inbox."""
    path = f"/actor-{siege.number()}"
    for shared in (f"http://127.0.0.1:{siege.canary.port}/inbox", "http://10.0.0.5/", []):
        document = siege.eve.peer.actor(path, endpoints={"sharedInbox": shared})
        uri = siege.eve.peer.serve(path, document)
        async with siege.watched():
            await siege.coop.node.federation.actors.actor(uri, refresh=True)
        async with siege.coop.node.reading() as reader:
            from federation.remote.actors import stored_actor

            known = await stored_actor(reader, uri)
        assert known is not None
        assert known.shared_inbox is None


@rows.attack("FET-10", "changed by an update")
async def an_inbox_that_is_changed(siege: Siege) -> None:
    changed = siege.farm.peer.actor(inbox=f"http://127.0.0.1:{siege.canary.port}/inbox")
    said = siege.activity("Update", changed)
    async with siege.nothing_happens():
        answer = await siege.send(siege.signed(said))
    assert (answer.status, answer.code) == (422, "bad-inbox")


@rows.attack("FET-12")
async def redirects_without_end(siege: Siege) -> None:
    peer = siege.eve.peer
    for number in range(50):
        peer.redirect(f"/hop-{number}", f"/hop-{number + 1}")
    peer.redirect("/round", "/and-round")
    peer.redirect("/and-round", "/round")
    peer.redirect("/self", "/self")
    for path in ("/hop-0", "/round", "/self"):
        asked = len(peer.requests)
        await siege.dropped(
            siege.coop.node.federation.actors.actor(f"{peer.base}{path}"),
            "too-many-redirects",
            "redirect-loop",
            "bad-redirect",
        )
        assert len(peer.requests) - asked <= 4
    asked = len(siege.eve.peer.requests)
    peer.redirect("/post", f"{peer.base}/hop-0", 307)
    client = siege.coop.node.federation.client
    async with siege.nothing_happens():
        answer = await client.post(f"{peer.base}/post", b"{}", {})
    assert (answer.status, len(peer.requests) - asked) == (307, 1)


@rows.attack("FET-12", "from one host to the other")
async def redirects_between_hosts(siege: Siege) -> None:
    siege.eve.peer.redirect("/ping", f"{siege.farm.base}/pong")
    siege.farm.peer.redirect("/pong", f"{siege.eve.base}/ping")
    await siege.dropped(
        siege.coop.node.federation.actors.actor(f"{siege.eve.base}/ping"),
        "too-many-redirects",
        "redirect-loop",
        "bad-redirect",
    )


@rows.attack("FET-14")
async def an_answer_that_drips(siege: Siege) -> None:
    """Head and body together have one deadline, which is short here."""
    over = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not over.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    url = siege.eve.peer.answer("/drip", drip)
    async with _impatient(siege) as client:
        await siege.dropped(client.get(url, accept=ANY), "timed-out")
    over.set()


@rows.attack("FET-14", "a head that drips")
async def a_head_that_drips(siege: Siege) -> None:
    for said in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: "):

        async def hold(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes = said
        ) -> None:
            writer.write(said)
            await reader.read()
            writer.close()

        async with _server(siege, hold) as (client, url):
            await siege.dropped(client.get(url, accept=ANY), "timed-out")


@asynccontextmanager
async def _impatient(siege: Siege) -> AsyncGenerator[GuardedClient]:
    guard = siege.coop.node.federation.client.guard
    settings = FederationSettings(total_seconds=0.15)
    client = GuardedClient(guard, clock=siege.clock, settings=settings)
    yield client
    await client.close()


@asynccontextmanager
async def _server(
    siege: Siege, talk: Any, context: ssl.SSLContext | None = None
) -> AsyncGenerator[tuple[GuardedClient, str]]:
    """A server that talks as it likes, and an impatient client that may reach it."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    scheme = "https" if context else "http"
    guard = Guard({f"odd.localhost:{port}": ("127.0.0.1", port)})
    settings = FederationSettings(total_seconds=0.4)
    client = GuardedClient(guard, clock=siege.clock, settings=settings)
    yield client, f"{scheme}://odd.localhost:{port}/"
    await client.close()
    server.close()
    await server.wait_closed()


@rows.attack("FET-15")
async def an_answer_without_end(siege: Siege) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/activity+json"})
        await response.prepare(request)
        for _time in range(100):
            await response.write(b" " * 100_000)
        return response

    async def bomb(_: web.Request) -> web.Response:
        packed = gzip.compress(b" " * 50_000_000, 1)
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    fetch = siege.coop.node.federation.remote_documents.fetch_document
    await siege.dropped(fetch(siege.eve.peer.answer("/endless", endless)), "too-large")
    await siege.dropped(fetch(siege.eve.peer.answer("/bomb", bomb)), "encoded")


@rows.attack("FET-15", "a head without end")
async def a_head_without_end(siege: Siege) -> None:
    for line in (b"X-Long: " + b"a" * 200_000, b"X: y\r\n" * 50_000):

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes = line
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n" + line + b"\r\n\r\n")
            writer.close()

        async with _server(siege, talk) as (client, url):
            await siege.dropped(client.get(url, accept=ANY), "bad-answer", "timed-out", "too-large")


@rows.attack("FET-15", "compressed by another name")
async def compressed_by_another_name(siege: Siege) -> None:
    for kind in ("deflate", "br", "zstd", "GZIP", "gzip, gzip", "x-gzip", "identity, gzip"):

        async def packed(_: web.Request, kind: str = kind) -> web.Response:
            return web.Response(body=b"x" * 100, headers={"Content-Encoding": kind})

        url = siege.eve.peer.answer("/packed", packed)
        await siege.dropped(
            siege.coop.node.federation.remote_documents.fetch_document(url), "encoded", "bad-answer"
        )


@rows.attack("FET-17")
async def bad_certificates(siege: Siege) -> None:
    import trustme

    authority, other = trustme.CA(), trustme.CA()
    ended = siege.clock.now().replace(year=2001)
    for made in (
        other.issue_cert("odd.localhost"),
        authority.issue_cert("else.localhost"),
        authority.issue_cert("odd.localhost", not_after=ended),
    ):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        made.configure_cert(context)

        async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        with authority.cert_pem.tempfile() as trusted:
            async with _server(siege, hello, context) as (client, url):
                knowing = GuardedClient(
                    client.guard,
                    clock=siege.clock,
                    settings=FederationSettings(total_seconds=2),
                    ca_file=Path(trusted),
                )
                await siege.dropped(knowing.get(url, accept=ANY), "tls")
                await knowing.close()


@rows.attack("FET-17", "a handshake that hangs")
async def a_handshake_that_hangs(siege: Siege) -> None:
    """And a server that speaks openly where a certificate is asked for: no way around it."""

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def openly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    for talk in (silence, openly):
        async with _server(siege, talk) as (client, url):
            secure = url.replace("http://", "https://")
            await siege.dropped(
                client.get(secure, accept=ANY), "timed-out", "tls", "bad-answer", "no-answer"
            )


@rows.attack("FET-19")
async def pages_without_end(siege: Siege) -> None:
    """A catalogue that goes on for ever, or in a circle, is left."""
    from federation.sync import request_sync

    peer, asked = siege.farm.peer, len(siege.farm.peer.requests)
    limit = siege.coop.node.federation.settings.sync_pages

    async def page(request: web.Request) -> web.Response:
        number = int(request.query.get("since", "0"))
        following = f"{peer.base}/coop/catalogue?since={number + 1 if number < 3 else 1}"
        document = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{peer.base}{request.path_qs}",
            "type": "OrderedCollectionPage" if request.query else "OrderedCollection",
            "orderedItems": [],
            "next": following,
            "first": following,
        }
        return web.json_response(document, content_type="application/activity+json")

    for path in ("", *(f"?since={number}" for number in range(5))):
        peer.answer(f"/coop/catalogue{path}", page)
    siege.farm.publish(catalogue=f"{peer.base}/coop/catalogue")
    siege.clock.advance(timedelta(days=2))
    await siege.coop.node.federation.actors.actor(siege.farm.coop, refresh=True)
    await siege.coop.write(request_sync, siege.farm.coop, complete=True)
    async with siege.watched():
        for _round in range(5):
            await siege.coop.node.federation.settle()
    assert len(peer.requests) - asked < min(limit, 40)
    siege.farm.publish()


@rows.attack("FET-19", "one message, many fetches")
async def one_message_many_fetches(siege: Siege) -> None:
    """A message that names hundreds of documents makes the node look at no more than a few."""
    many = [f"{siege.eve.base}/x/{number}" for number in range(300)]
    asked = len(siege.eve.peer.requests)
    for said in (
        siege.activity(obj=many),
        siege.activity(to=many, cc=many),
        siege.activity(obj=siege.listing(tag=many, attachment=many, searchableBy=many)),
        siege.activity("Announce", many),
        siege.activity("Flag", many),
    ):
        async with siege.watched():
            answer = await siege.send(siege.signed(said))
            await siege.coop.node.federation.settle()
        assert answer.status < 500
    assert len(siege.eve.peer.requests) - asked <= 10


@rows.attack("FET-21")
async def keys_that_need_a_key(siege: Siege) -> None:
    """Our node's own actor is read by anybody, signed badly, or not at all."""
    bad = {"Signature": 'keyId="x",headers="date",signature="AAAA"'}
    for headers in ({}, bad):
        for path in ("/node", "/coop"):
            answer = await siege.nobody.get(path, Accept="application/activity+json", **headers)
            assert answer.status == 200
            assert "publicKeyPem" in answer.text


@rows.attack("FET-21", "each asks the other first")
async def each_asks_the_other_first(siege: Siege) -> None:
    """A peer that lets nobody in unsigned and asks for our key meanwhile gets it meanwhile."""

    async def wary(request: web.Request) -> web.Response:
        answer = await siege.nobody.get("/node", Accept="application/activity+json")
        assert answer.status == 200
        document = siege.eve.peer.actor("/wary")
        return web.json_response(document, content_type="application/activity+json")

    url = siege.eve.peer.answer("/wary", wary)
    async with siege.watched():
        found = await siege.coop.node.federation.remote_documents.fetch_document(url)
    assert found["id"] == url


@rows.attack("WEB-01")
async def another_subject(siege: Siege) -> None:
    eve = siege.eve.peer
    resolve = siege.coop.node.federation.actors.resolve
    handle = f"acct:a@{eve.authority}"
    eve.webfinger(handle, f"{siege.farm.base}/coop", subject=f"acct:b@{siege.farm.peer.authority}")
    await siege.dropped(resolve(f"@a@{eve.authority}"), "handle-not-confirmed", "gone", "not-found")


@rows.attack("WEB-01", "confirmed by another name")
async def confirmed_by_another_name(siege: Siege) -> None:
    """The farm knows the actor, under a name of its own; eve's name for it is not the farm's."""
    eve, farm = siege.eve.peer, siege.farm.peer
    resolve = siege.coop.node.federation.actors.resolve
    eve.webfinger(f"acct:a@{eve.authority}", siege.farm.coop)
    for subject in (f"acct:coop@{farm.authority}", f"acct:a@evil.{eve.authority}", "", "acct:a"):
        farm.webfinger(siege.farm.coop, siege.farm.coop, subject=subject or " ")
        await siege.dropped(resolve(f"@a@{eve.authority}"), "handle-not-confirmed")


@rows.attack("WEB-02")
async def redirects_of_webfinger(siege: Siege) -> None:
    eve = siege.eve.peer
    resolve = siege.coop.node.federation.actors.resolve
    path = f"/.well-known/webfinger?resource=acct:coop@{eve.authority}"
    for number in range(6):
        eve.redirect(f"/wf-{number}", f"/wf-{number + 1}")
    for location in (
        f"http://127.0.0.1:{siege.canary.port}/",
        "http://10.0.0.1/",
        f"{eve.base}/wf-0",
    ):
        eve.redirect(path, location)
        await siege.dropped(
            resolve(f"@coop@{eve.authority}"),
            "bad-redirect",
            "not-a-dev-peer",
            "too-many-redirects",
            "redirect-loop",
        )
    eve.replies.clear()


@rows.attack("WEB-02", "a self link inside")
async def a_self_link_inside(siege: Siege) -> None:
    eve = siege.eve.peer
    resolve = siege.coop.node.federation.actors.resolve
    for href in (
        f"http://127.0.0.1:{siege.canary.port}/coop",
        f"http://[::1]:{siege.canary.port}/coop",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//127.0.0.1/coop",
        "",
    ):
        eve.webfinger(f"acct:coop@{eve.authority}", href)
        async with siege.nothing_happens():
            with pytest.raises((FederationError, ProtocolError)):
                await resolve(f"@coop@{eve.authority}")
    eve.replies.clear()


@rows.attack("WEB-04")
async def a_dictionary_of_names(siege: Siege) -> None:
    """Members have no handles: whatever is asked for, only the coop and its node answer."""
    said = set()
    for name in ("rosa", "femi", "ada", "admin", "root", "nobody", "rosa%00", "%ff", "*", "'"):
        async with siege.nothing_happens():
            answer = await siege.nobody.get(
                f"/.well-known/webfinger?resource=acct:{name}@{siege.host}"
            )
        assert answer.status in (400, 404)
        said.add((answer.status, answer.text) if answer.status == 404 else None)
    assert len(said - {None}) == 1


@rows.attack("WEB-04", "other ways to ask for a name")
async def other_ways_to_ask_for_a_name(siege: Siege) -> None:
    for path in (
        "/@rosa",
        "/users/rosa",
        "/members/rosa",
        "/~rosa",
        "/u/rosa",
        "/api/v1/members",
        "/api/v1/members/rosa",
        "/author/rosa",
        "/.well-known/host-meta",
        "/.well-known/webfinger",
        "/.well-known/webfinger?resource=rosa",
        "/.well-known/webfinger?resource=https://x/rosa",
        "/nodeinfo/2.1?user=rosa",
    ):
        async with siege.nothing_happens():
            answer = await siege.nobody.get(path, Accept="application/json")
        assert answer.status < 500
        assert "Rosa" not in answer.text
