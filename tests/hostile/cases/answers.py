"""How other servers answer: redirects, drips, floods, chains, and names that lie."""

import asyncio
import gzip
import ssl
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import trustme
from aiohttp import web

from federation.errors import FederationError
from federation.guard import Guard
from federation.http_client import GuardedClient
from federation.settings import FederationSettings
from node import limits
from protocol.errors import ProtocolError
from tests.federation.nodes import Reply
from tests.hostile.cases.fetching import ANY
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege, answer_on

rows = Rows()


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
    assert FederationSettings().total_seconds == 10
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
    try:
        yield client, f"{scheme}://odd.localhost:{port}/"
    finally:
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
    """Signed by itself, by somebody else, for another name, over since 2001, or on TLS 1.0 and 1.1;
    the same server with a good one, on TLS 1.2, is heard."""
    authority, other = trustme.CA(), trustme.CA()
    ended = siege.clock.now().replace(year=2001)
    good = authority.issue_cert("odd.localhost")
    itself = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    other.cert_pem.write_to_path(siege.folder / "itself.pem")
    other.private_key_pem.write_to_path(siege.folder / "itself.pem", append=True)
    itself.load_cert_chain(siege.folder / "itself.pem")
    refused = {
        "tls-self-signed": itself,
        "tls-stranger": serving(other.issue_cert("odd.localhost")),
        "tls-name": serving(authority.issue_cert("else.localhost")),
        "tls-expired": serving(authority.issue_cert("odd.localhost", not_after=ended)),
    }
    for code, context in refused.items():
        async with trusting(siege, authority, context) as (client, url):
            await siege.dropped(client.get(url, accept=ANY), code)
    for old, name in ((ssl.TLSVersion.TLSv1, "TLSv1"), (ssl.TLSVersion.TLSv1_1, "TLSv1.1")):
        async with trusting(siege, authority, serving(good, old)) as (client, url):
            assert await spoken(url) == name
            await siege.dropped(client.get(url, accept=ANY), "tls", "no-answer")
    async with trusting(siege, authority, serving(good, ssl.TLSVersion.TLSv1_2)) as (client, url):
        assert (await client.get(url, accept=ANY)).status == 200


def serving(made: trustme.LeafCert, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """version: that one alone, as an old server speaks it, whatever this system allows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.configure_cert(context)
    if version is None:
        return context
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


async def spoken(url: str) -> str:
    """What the server speaks with a client that takes anything."""
    anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        anything.minimum_version = ssl.TLSVersion.TLSv1
    anything.set_ciphers("DEFAULT:@SECLEVEL=0")
    port = int(url.rpartition(":")[2].rstrip("/"))
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=anything)
    version = writer.get_extra_info("ssl_object").version()
    writer.close()
    return str(version)


@asynccontextmanager
async def trusting(
    siege: Siege, authority: trustme.CA, context: ssl.SSLContext
) -> AsyncGenerator[tuple[GuardedClient, str]]:
    """A server with this certificate, and a client that believes the authority."""

    async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    settings = FederationSettings(total_seconds=2)
    with authority.cert_pem.tempfile() as trusted:
        async with _server(siege, hello, context) as (client, url):
            knowing = GuardedClient(
                client.guard, clock=siege.clock, settings=settings, ca_file=Path(trusted)
            )
            try:
                yield knowing, url
            finally:
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
                client.get(secure, accept=ANY),
                "timed-out",
                "tls-self-signed",
                "tls-stranger",
                "tls",
                "bad-answer",
                "no-answer",
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
    """Ten thousand names, those of members among them: members have no handles, so whatever is
    asked for, only the coop and its node answer. A minute's worth is looked up, the rest hears 429;
    one answer and one work for a name that somebody has and one that nobody has."""
    members_of_ours = ["rosa", "femi", "ada", "admin", "root", "Rosa", "rosa%00", "%ff", "*", "'"]
    names = [*members_of_ours, *(f"word{number}" for number in range(9_990))]
    asked = [f"/.well-known/webfinger?resource=acct:{name}@{siege.host}" for name in names]
    async with siege.nothing_happens():
        answers = await in_a_row(siege, asked)
    assert {each.status for each in answers} <= {400, *siege.row_statuses}
    told = {each.body for each in answers if each.status == 404}
    assert len(told) == 1
    looked_up = [each for each in answers if each.status != 429]
    assert len(looked_up) <= limits.NAMES_PER_MINUTE + 3  # of those that are no name, none counts
    assert all(int(each.headers["Retry-After"]) > 0 for each in answers if each.status == 429)


@rows.attack("WEB-04", "how long it takes")
async def how_long_a_name_takes(siege: Siege) -> None:
    """Half a minute's worth of each kind, by turns: the middle of each is the same."""
    spent: dict[str, list[float]] = {"rosa": [], "nobody": []}
    for _turn in range(limits.NAMES_PER_MINUTE // 2):
        for name, times in spent.items():
            siege.watch.steps.busy.clear()
            answer = await siege.nobody.get(
                f"/.well-known/webfinger?resource=acct:{name}@{siege.host}"
            )
            assert answer.status == 404
            times.append(sum(siege.watch.steps.busy))
    member, nobody = (median(times) for times in spent.values())
    assert abs(member - nobody) < max(member, nobody) / 3


async def in_a_row(siege: Siege, targets: list[str]) -> list[Reply]:
    """One connection, and a few questions ahead of the answers."""
    port, found = int(siege.coop.address.rpartition(":")[2]), []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for first in range(0, len(targets), 20):
        some = targets[first : first + 20]
        writer.write(
            b"".join(f"GET {one} HTTP/1.1\r\nHost: {siege.host}\r\n\r\n".encode() for one in some)
        )
        found += [await answer_on(reader) for _one in some]
    writer.close()
    return found


@rows.attack("WEB-04", "more than a minute's worth of it")
async def a_dictionary_without_end(siege: Siege) -> None:
    """Beyond that it hears 429 and how long to wait; whoever looks for the coop still finds it."""
    asked = "/.well-known/webfinger?resource=acct:{}@" + siege.host
    limit = limits.NAMES_PER_MINUTE
    async with siege.nothing_happens():
        answers = [await siege.nobody.get(asked.format(f"n{n}")) for n in range(limit + 5)]
        assert [each.status for each in answers] == [404] * limit + [429] * 5
        assert all(int(each.headers["Retry-After"]) > 0 for each in answers[limit:])
        assert (await siege.nobody.get(asked.format("coop"))).status == 200


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
