"""Beyond our door: servers that answer nonsense, ways out that are not ours, finders that lie."""

import asyncio
import gzip
import json
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import web

from federation.errors import FederationError
from federation.settings import FederationSettings
from protocol.errors import ProtocolError
from tests.federation.peer import public_key
from tests.hostile.cases.answers import _server
from tests.hostile.cases.fetching import ANY, on_the_internet
from tests.hostile.rows import Rows
from tests.hostile.siege import REFRESHED, Siege

rows = Rows()


@rows.attack("FET-09", "to names that are nobody's on the Internet")
async def redirects_to_special_names(siege: Siege) -> None:
    """From a public server, to where only machines of one's own are: each hop is looked at."""
    names = {
        "hidden.onion": ["127.0.0.1"],
        "printer.local": ["169.254.1.1"],
        "router.internal": ["192.168.0.1"],
        "home.arpa": ["10.0.0.1"],
        "localhost": ["127.0.0.1", "::1"],
        "x.localhost": ["127.0.0.1"],
        "mapped.example": ["::ffff:169.254.169.254"],
    }
    addresses = ["[::ffff:127.0.0.1]", "[fe80::1]", "169.254.169.254", "0.0.0.0", "[::]"]
    async with on_the_internet(siege, names) as client:
        for host in (*names, *addresses):
            for scheme in ("https", "http"):
                hop = client._next
                start = client.iri("https://public.example/")
                with pytest.raises((FederationError, ProtocolError)):
                    await client.get(
                        hop(start, f"{scheme}://{host}:{siege.canary.port}/").text, accept=ANY
                    )


@rows.attack("FET-01", "through a proxy of the surroundings")
async def through_a_proxy(siege: Siege) -> None:
    """Whatever stands in the surroundings of the process, nothing goes out by way of it."""
    proxy = f"http://127.0.0.1:{siege.canary.port}"
    url = siege.eve.peer.serve("/plain", siege.eve.peer.actor("/plain"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
            patch.setenv(name, proxy)
        async with siege.watched():
            found = await siege.coop.node.federation.remote_documents.fetch_document(url)
        assert found["id"] == url
        async with on_the_internet(siege) as client:
            await siege.dropped(client.get("https://10.0.0.1/", accept=ANY), "address-blocked")


ODD: dict[str, bytes] = {
    "nothing": b"",
    "no status": b"\r\n\r\n",
    "an old version": b"HTTP/0.9 200 OK\r\n\r\n{}",
    "a status of words": b"HTTP/1.1 OK\r\n\r\n",
    "a status beyond": b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "a length too long": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
    "a length beyond": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n{}",
    "both": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "broken chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    "a chunk without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n{}",
    "folded": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "a null": b"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 2\r\n\r\n{}",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a switch": b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n",
    "go on, for ever": b"HTTP/1.1 100 Continue\r\n\r\n" * 3_000,
    "hints, for ever": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3_000,
}


@rows.attack("FET-15", "answers that are no HTTP")
async def answers_that_are_no_http(siege: Siege) -> None:
    """To a fetch and to a delivery: it ends in its time, in words, and in no more memory."""
    for said in ODD.values():

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes = said
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said)
            writer.close()

        async with _server(siege, talk) as (client, url):
            for work in (client.get(url, accept=ANY), client.post(url, b"{}", {})):
                async with siege.nothing_happens():
                    with suppress(FederationError, ProtocolError):
                        answer = await work
                        assert len(getattr(answer, "body", b"")) <= FederationSettings().fetch_bytes


@rows.attack("FET-15", "packed where nobody looks")
async def packed_where_nobody_looks(siege: Siege) -> None:
    """Bombs in what the finder, a key, a refusal and a catalogue answer."""
    peer = siege.eve.peer
    packed = gzip.compress(b" " * 10_000_000, 9)

    async def bomb(_: web.Request) -> web.Response:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/activity+json"}
        return web.Response(body=packed, headers=headers)

    async def refusal(_: web.Request) -> web.Response:
        return web.Response(status=403, body=packed, headers={"Content-Encoding": "gzip"})

    federation = siege.coop.node.federation
    peer.answer(f"/.well-known/webfinger?resource=acct:a@{peer.authority}", bomb)
    for path, reply in (("/bomb", bomb), ("/refusal", refusal)):
        peer.answer(path, reply)
        key = siege.signed(by=siege.eve.signer).altered("/coop#main-key", f"{path}#main-key")
        async with siege.nothing_happens():
            assert (await siege.send(key)).status in (401, 403, 503)
        for work in (
            federation.actors.actor(f"{peer.base}{path}"),
            federation.actors.resolve(f"@a@{peer.authority}"),
        ):
            async with siege.nothing_happens():
                with pytest.raises((FederationError, ProtocolError)):
                    await work
    peer.replies.clear()
    siege.eve.publish()


@rows.attack("FET-19", "keys that lead from one to the next")
async def keys_that_lead_on(siege: Siege) -> None:
    """A key whose document names an owner, whose document names a key, and so on."""
    peer = siege.eve.peer
    for number in range(30):
        key_id = f"{peer.base}/key-{number + 1}"
        listed = public_key(f"{peer.base}/owner-{number + 1}", siege.eve.signer.rsa, key_id)
        peer.serve(f"/owner-{number}", peer.actor(f"/owner-{number}", publicKey=key_id))
        peer.serve(f"/key-{number + 1}", listed | {"@context": "https://w3id.org/security/v1"})
    asked = len(peer.requests)
    request = siege.signed(by=siege.eve.signer).altered("/coop#main-key", "/key-1")
    async with siege.nothing_happens(but=REFRESHED):
        assert (await siege.send(request)).status in (401, 403)
    assert len(peer.requests) - asked <= 10


FOUND = {"rel": "self", "type": "application/activity+json"}


@rows.attack("WEB-01", "a finder that answers nonsense")
async def a_finder_that_answers_nonsense(siege: Siege) -> None:
    """Lists of thousands, of another type, twice the same key, HTML, half of a character."""
    peer, resolve = siege.eve.peer, siege.coop.node.federation.actors.resolve
    handle = f"acct:x@{peer.authority}"
    path = f"/.well-known/webfinger?resource={handle}"
    good = {"subject": handle, "links": [FOUND | {"href": siege.eve.coop}]}
    farm = FOUND | {"href": siege.farm.coop}
    answers: list[tuple[Any, str]] = [
        (good | {"links": [farm] * 5_000}, "application/jrd+json"),
        (good | {"links": {"rel": "self", "href": siege.farm.coop}}, "application/jrd+json"),
        (good | {"links": [5, None, [], {"rel": 5}, {"rel": ["self"]}]}, "application/jrd+json"),
        (good | {"links": [5, None, farm]}, "application/jrd+json"),
        (good | {"links": [farm | {"href": [siege.farm.coop]}]}, "application/jrd+json"),
        (good | {"links": [farm | {"type": "text/html"}]}, "application/jrd+json"),
        (good | {"subject": [handle]}, "application/jrd+json"),
        (good | {"subject": f"acct:coop@{siege.farm.peer.authority}"}, "application/jrd+json"),
        (good, "text/html"),
        ([good], "application/jrd+json"),
        (b'{"subject": "a", "subject": "b"}', "application/jrd+json"),
        (b"<XRD/>", "application/xrd+xml"),
        (b'{"subject": "\\ud800"}', "application/jrd+json"),
        (b"[" * 100_000, "application/jrd+json"),
        (json.dumps(good).encode("utf-16"), "application/jrd+json"),
    ]
    for answer, kind in answers:
        peer.serve(path, answer, kind)
        async with siege.nothing_happens(but=REFRESHED):
            try:
                found = await resolve(f"@x@{peer.authority}")
            except (FederationError, ProtocolError):
                continue
        assert found == siege.eve.coop, answer
    peer.replies.clear()
    siege.eve.publish()
