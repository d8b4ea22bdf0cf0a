import asyncio
import gzip
import ssl
from collections.abc import AsyncGenerator

import pytest
from aiohttp import web

from federation.errors import (
    AddressBlocked,
    FederationError,
    Gone,
    Refused,
    TooLarge,
    Unreachable,
)
from federation.guard import Guard
from federation.http_client import GuardedClient
from federation.identities import Identities
from federation.settings import FederationSettings
from protocol import http_signatures
from protocol.errors import MalformedDocument
from protocol.http_signatures import Profile
from tests.federation.peer import Peer
from tests.support.authority import LocalCA
from tests.support.clock import FixedClock

ANY = "*/*"


async def test_a_fetched_thing_says_where_it_was_found(client: GuardedClient, grocer: Peer) -> None:
    grocer.redirect("/old", "/new?x=1")
    grocer.serve("/new?x=1", {"a": 1}, "application/json")
    fetched = await client.get(f"{grocer.base}/old", accept=ANY)
    assert fetched.final_url == f"{grocer.base}/new?x=1"
    assert fetched.content_type == "application/json"
    assert fetched.headers["CONTENT-TYPE"] == fetched.headers["content-type"]
    assert fetched.body == b'{"a": 1}'


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Gone), (410, Gone), (401, Refused), (429, Unreachable), (503, Unreachable)],
)
async def test_a_status_that_is_no_success_has_a_name(
    client: GuardedClient, grocer: Peer, status: int, error: type[FederationError]
) -> None:
    url = grocer.serve("/x", b"", status=status)
    fetched = await client.get(url, accept=ANY)
    with pytest.raises(error):
        fetched.expect_ok()


@pytest.fixture
async def public_client(
    clock: FixedClock, settings: FederationSettings
) -> AsyncGenerator[GuardedClient]:
    """The client of a node on the Internet."""
    made = GuardedClient(Guard(), clock=clock, settings=settings)
    yield made
    await made.close()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "10.0.0.1"]
)
async def test_a_public_node_dials_no_private_literal(
    public_client: GuardedClient, canary: Peer, host: str
) -> None:
    for attempt in (
        public_client.get(f"https://{host}:{canary.port}/", accept=ANY),
        public_client.post(f"https://{host}:{canary.port}/inbox", b"{}", {}),
    ):
        with pytest.raises(AddressBlocked, match="no peer can have"):
            await attempt
    assert {dial.allowed for dial in public_client.guard.dials} == {False}


async def test_a_public_node_dials_no_name_that_points_inside(
    public_client: GuardedClient, canary: Peer
) -> None:
    with pytest.raises(AddressBlocked):
        await public_client.get(f"https://localhost:{canary.port}/", accept=ANY)


@pytest.mark.parametrize(
    "url",
    [
        "http://grocer.example/",
        "file:///etc/passwd",
        "https://user@grocer.example/",
        "https://a\\@b/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://１２７.0.0.1/",
        "https://ⓛocalhost/",
        "ftp://grocer.example/",
    ],
)
async def test_an_address_that_could_be_read_two_ways_is_not_dialled(
    public_client: GuardedClient, url: str
) -> None:
    with pytest.raises((MalformedDocument, AddressBlocked)):
        await public_client.get(url, accept=ANY)
    assert not any(dial.allowed for dial in public_client.guard.dials)


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:{port}/", "http://[::1]:{port}/", "//127.0.0.1:{port}/", "file:///x"],
)
async def test_a_redirect_to_where_no_peer_can_be_is_not_followed(
    client: GuardedClient, evil: Peer, canary: Peer, location: str
) -> None:
    url = evil.redirect("/", location.format(port=canary.port))
    with pytest.raises((AddressBlocked, Unreachable)):
        await client.get(url, accept=ANY)


async def test_redirects_end_after_three_and_never_turn_in_a_circle(
    client: GuardedClient, grocer: Peer
) -> None:
    for number in range(5):
        grocer.redirect(f"/{number}", f"/{number + 1}")
    with pytest.raises(Unreachable, match="more than 3 redirects"):
        await client.get(f"{grocer.base}/0", accept=ANY)
    assert grocer.paths == ["/0", "/1", "/2", "/3"]
    grocer.redirect("/a", "/b")
    grocer.redirect("/b", "/a")
    with pytest.raises(Unreachable, match="circle"):
        await client.get(f"{grocer.base}/a", accept=ANY)


async def test_a_post_is_never_redirected(client: GuardedClient, grocer: Peer, evil: Peer) -> None:
    url = grocer.redirect("/inbox", f"{evil.base}/inbox", status=307)
    answer = await client.post(url, b"{}", {"Content-Type": "application/json"})
    assert answer.status == 307
    assert evil.requests == []
    assert grocer.requests[0].body == b"{}"


async def test_a_signature_is_for_the_host_asked_and_is_not_carried_to_another(
    client: GuardedClient, grocer: Peer, evil: Peer, identities: Identities, clock: FixedClock
) -> None:
    url = grocer.redirect("/a/%7Euser?q=%C3%A9", f"{evil.base}/b")
    evil.serve("/b", {})
    await client.get(url, accept=ANY, sign_as=identities.node)
    (signed,) = grocer.requests
    claims = http_signatures.claims_of(signed)
    assert claims.key_id == "https://loaf.example/node#main-key"
    public_key = identities.node.rsa_key.public_key()
    http_signatures.verify(signed, claims, public_key, clock.now())
    assert evil.requests[0].header("signature") is None


@pytest.mark.parametrize("profile", list(Profile))
async def test_every_form_of_signature_verifies_at_the_peer(
    client: GuardedClient, grocer: Peer, identities: Identities, clock: FixedClock, profile: Profile
) -> None:
    url = grocer.serve("/coop?page=1", {})
    await client.get(url, accept=ANY, sign_as=identities.node, profile=profile)
    (signed,) = grocer.requests
    node = identities.node
    key = node.ed25519_key if profile is Profile.RFC9421_ED25519 else node.rsa_key
    claims = http_signatures.claims_of(signed)
    http_signatures.verify(signed, claims, key.public_key(), clock.now())


async def test_a_body_without_end_is_cut_off_at_the_limit(
    client: GuardedClient, evil: Peer
) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 100_000_000:
            await response.write(bytes(100_000))
            sent += 100_000
        return response

    with pytest.raises(TooLarge, match="1,048,576"):
        await client.get(evil.answer("/", endless), accept=ANY)
    assert sent < 10_000_000
    answer = await client.post(f"{evil.base}/", b"{}", {})
    assert len(answer.excerpt) == 4096


async def test_a_compressed_answer_that_nobody_asked_for_is_not_unpacked(
    client: GuardedClient, evil: Peer
) -> None:
    async def bomb(request: web.Request) -> web.Response:
        packed = gzip.compress(bytes(10_000_000))
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    with pytest.raises(Unreachable, match="compressed"):
        await client.get(evil.answer("/", bomb), accept=ANY)


async def test_one_deadline_holds_for_the_whole_exchange(
    guard: Guard, evil: Peer, clock: FixedClock
) -> None:
    finished = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not finished.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.01)
        return response

    patient = GuardedClient(guard, clock=clock, settings=FederationSettings(total_seconds=0.2))
    with pytest.raises(Unreachable, match="too long") as refusal:
        await patient.get(evil.answer("/", drip), accept=ANY)
    assert refusal.value.retry
    finished.set()
    await patient.close()


async def test_a_host_that_is_down_or_talks_nonsense_is_unreachable(
    clock: FixedClock, settings: FederationSettings
) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"SMTP ready\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    places = {"odd.example": ("127.0.0.1", port), "down.example": ("127.0.0.1", 1)}
    client = GuardedClient(Guard(places), clock=clock, settings=settings)
    for host in places:
        with pytest.raises(Unreachable, match=host) as refusal:
            await client.get(f"http://{host}/", accept=ANY)
        assert refusal.value.retry
    await client.close()
    server.close()
    await server.wait_closed()


@pytest.fixture
async def secure_port(local_ca: LocalCA, grocer: Peer) -> AsyncGenerator[int]:
    """A server with a certificate for localhost; /down leads to grocer, unencrypted."""

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def down(_: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": f"{grocer.base}/"})

    application = web.Application()
    application.router.add_get("/", hello)
    application.router.add_get("/down", down)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(local_ca.certificate, local_ca.key)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.fixture
async def secure_client(
    secure_port: int, grocer: Peer, local_ca: LocalCA, clock: FixedClock
) -> AsyncGenerator[GuardedClient]:
    """Reaches that server under two names and grocer, and trusts the tests' authority."""
    place = ("127.0.0.1", secure_port)
    guard = Guard(
        {
            f"localhost:{secure_port}": place,
            f"other.example:{secure_port}": place,
            grocer.authority: ("127.0.0.1", grocer.port),
        }
    )
    settings = FederationSettings()
    made = GuardedClient(guard, clock=clock, settings=settings, ca_file=local_ca.ca)
    yield made
    await made.close()


async def test_a_certificate_counts_only_for_its_own_name(
    secure_client: GuardedClient, secure_port: int
) -> None:
    fetched = await secure_client.get(f"https://localhost:{secure_port}/", accept=ANY)
    assert fetched.body == b"hello"
    with pytest.raises(Unreachable, match="certificate"):
        await secure_client.get(f"https://other.example:{secure_port}/", accept=ANY)


async def test_a_certificate_of_an_authority_that_we_do_not_know_is_refused(
    secure_client: GuardedClient,
    secure_port: int,
    clock: FixedClock,
    settings: FederationSettings,
) -> None:
    stranger = GuardedClient(secure_client.guard, clock=clock, settings=settings)
    with pytest.raises(Unreachable, match="certificate"):
        await stranger.get(f"https://localhost:{secure_port}/", accept=ANY)
    await stranger.close()


async def test_a_secure_address_does_not_lead_to_an_open_one(
    secure_client: GuardedClient, secure_port: int, grocer: Peer
) -> None:
    with pytest.raises(Unreachable, match="open connection"):
        await secure_client.get(f"https://localhost:{secure_port}/down", accept=ANY)
    assert grocer.requests == []
