"""A name or a certificate is not what it should be: nothing goes out without proof, it is tried
again later, and people read why."""

import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme
from aiohttp import web
from msgspec import structs
from sqlalchemy import select

from federation import relations
from federation.ambient import SystemClock
from federation.errors import FederationError, Unreachable
from federation.guard import Guard
from federation.http_client import GuardedClient
from federation.models import Delivery, DeliveryState, RelationState
from federation.settings import FederationSettings
from node import accounts, alerts, notices
from node.accounts import AccountView, Role
from node.doctor import Rounds, inside, outside, rounds
from node.notices import Alert
from tests.federation.nodes import Node
from tests.federation.peer import Peer
from tests.support.clock import FixedClock
from tests.support.town import Coop, TownFounder

EXPIRED = datetime(2024, 1, 1, tzinfo=UTC)
ANY = "*/*"


def served(authority: trustme.CA, name: str, **made: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name, **made).configure_cert(context)
    return context


@dataclass
class Grocer:
    """A peer that is reached by https; its certificate can change while it runs."""

    peer: Peer
    authority: trustme.CA
    ca: Path
    taken: list[bytes] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.taken.append(await request.read())
        return web.Response(status=202)

    async def show(self, context: ssl.SSLContext) -> None:
        """Start anew, with another certificate, at the same place."""
        await self.peer.stop()
        self.peer.tls = context
        await self.peer.start(self.peer.port)


@pytest.fixture
async def grocer(tmp_path: Path) -> AsyncGenerator[Grocer]:
    authority, ca = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    peer = await Peer("", tls=served(authority, "localhost")).start()
    peer.authority = f"localhost:{peer.port}"
    made = Grocer(peer, authority, ca)
    peer.answer("/inbox", made.take)
    yield made
    await peer.stop()


@asynccontextmanager
async def trusting(
    client: GuardedClient, way: Guard, clock: FixedClock, authority: Path
) -> AsyncGenerator[None]:
    """The node that has the client goes this way, and trusts the authority, until it closes it."""
    made = GuardedClient(way, clock=clock, settings=FederationSettings(), ca_file=authority)
    kept = (client._asking, client._bringing)
    client._asking, client._bringing, client.guard = made._asking, made._bringing, way
    yield
    for session in kept:
        await session.close()


@pytest.fixture
async def follower(loaf: Node, grocer: Grocer, clock: FixedClock) -> AsyncGenerator[str]:
    """The grocer gets what Loaf publishes; Loaf trusts its authority."""
    client = loaf.federation.client
    way = Guard({grocer.peer.authority: ("127.0.0.1", grocer.peer.port)})
    async with trusting(client, way, clock, grocer.ca):
        uri = grocer.peer.publish("/coop")
        await loaf.federation.actors.actor(uri, refresh=True)
        await loaf.write(relations.change, uri, follower_state=RelationState.ACCEPTED)
        yield uri


BAD = {
    "expired": lambda grocer: served(grocer.authority, "localhost", not_after=EXPIRED),
    "made for another name": lambda grocer: served(grocer.authority, "other.example"),
    "signed by somebody we do not know": lambda _grocer: served(trustme.CA(), "localhost"),
}


@pytest.mark.parametrize("why", BAD)
async def test_a_peer_whose_certificate_does_not_hold_gets_nothing_until_it_does(
    loaf: Node, grocer: Grocer, follower: str, clock: FixedClock, why: str
) -> None:
    make: Callable[[Grocer], ssl.SSLContext] = BAD[why]
    await grocer.show(make(grocer))
    await loaf.announce("Create", "1", "Bread")
    await loaf.federation.deliver_due()
    [waiting] = await loaf.read(_deliveries)
    assert waiting.state == DeliveryState.PENDING
    assert f"its certificate is {why}" in waiting.last_error
    assert grocer.taken == []

    await grocer.show(served(grocer.authority, "localhost"))
    clock.advance(waiting.next_attempt_at - clock.now() + timedelta(seconds=1))
    await loaf.federation.deliver_due()
    [delivered] = await loaf.read(_deliveries)
    assert delivered.state == DeliveryState.DELIVERED
    assert len(grocer.taken) == 1


async def test_while_names_cannot_be_looked_up_everything_waits(
    loaf: Node, grocer: Grocer, follower: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector: Any = loaf.federation.client._bringing.connector
    await grocer.show(served(grocer.authority, "localhost"))  # no connection is left over
    connector.clear_dns_cache()

    async def down(*_given: Any, **_named: Any) -> list[Any]:
        raise OSError(-3, "Temporary failure in name resolution")

    with monkeypatch.context() as patched:
        patched.setattr(connector._resolver, "resolve", down)
        await loaf.announce("Create", "1", "Bread")
        await loaf.federation.deliver_due()
    [waiting] = await loaf.read(_deliveries)
    assert waiting.state == DeliveryState.PENDING
    assert "the name service is down" in waiting.last_error
    clock.advance(waiting.next_attempt_at - clock.now() + timedelta(seconds=1))
    await loaf.federation.deliver_due()
    assert len(grocer.taken) == 1


async def test_without_any_authority_nobody_is_believed(
    grocer: Grocer, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine whose bundle of authorities is gone."""
    way = Guard({grocer.peer.authority: ("127.0.0.1", grocer.peer.port)})
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    monkeypatch.setattr("federation.http_client._tls", lambda _file: bare)
    client = GuardedClient(way, clock=clock, settings=FederationSettings())
    with pytest.raises(Unreachable, match="somebody we do not know") as refusal:
        await client.get(f"{grocer.peer.base}/coop", accept=ANY)
    assert refusal.value.retry
    assert grocer.peer.requests == []
    await client.close()


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_bundle_that_cannot_be_read_is_named_and_not_done_without(
    tmp_path: Path, clock: FixedClock, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with pytest.raises(FederationError, match="ca_file"):
        GuardedClient(Guard({}), clock=clock, settings=FederationSettings(), ca_file=file)


async def test_doctor_says_that_our_own_certificate_is_expired(
    coop: Coop, grocer: Grocer, clock: FixedClock
) -> None:
    authority = coop.node.config.authority
    expired = served(grocer.authority, "lanehead.localhost", not_after=EXPIRED)
    peer = await Peer("", tls=expired).start()
    way = Guard({authority: ("127.0.0.1", peer.port)})

    coop.node.config = structs.replace(
        coop.node.config, address=f"https://{authority}", development=False
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(peer.stop)
        client = GuardedClient(way, clock=clock, settings=FederationSettings(), ca_file=grocer.ca)
        stack.push_async_callback(client.close)
        finding = await outside._answers(coop.node, client)
    assert finding.state == "failed"
    assert "its certificate is expired" in str(finding.said)
    assert finding.remedy.startswith("caddy reverse-proxy")


@dataclass
class Watched:
    """A coop that looks at one alert alone, and the server whose certificate that is about."""

    coop: Coop
    peer: Peer
    admin: AccountView

    async def hears(self, context: ssl.SSLContext | None) -> list[str]:
        """What an admin is told anew, once the server shows this; None: it is away."""
        await self.peer.stop()
        if context is not None:
            self.peer.tls = context
            await self.peer.start(self.peer.port)
        await self.coop.write(notices.mark_read, self.admin)
        await Rounds(self.coop.node).make()
        known = await self.coop.read(notices.notices, self.admin)
        return [str(one.text) for one in known if not one.read]


@pytest.fixture(params=[Alert.CERTIFICATE, Alert.PEER_CERTIFICATE])
async def watched(
    request: pytest.FixtureRequest,
    found_town: TownFounder,
    grocer: Grocer,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Watched]:
    """Its clock is the computer's, by which certificates are judged."""
    now = FixedClock(SystemClock().now().replace(microsecond=0))
    coop = (await found_town(1, now=now)).coops[0]
    place = f"https://{grocer.peer.authority}"
    node, client = coop.node, coop.node.federation.client
    way = Guard({grocer.peer.authority: ("127.0.0.1", grocer.peer.port)})
    node.config = structs.replace(node.config, address=place, development=False)

    async def known(_reader: object) -> list[Any]:
        return [SimpleNamespace(works_with_us=True, uri=place, name="Portici")]

    monkeypatch.setattr(rounds.peers, "peers", known)
    monkeypatch.setattr(alerts, "TABLE", (alerts.WATCHES[request.param],))
    named = {"handle": "femi", "name": "Femi", "roles": {Role.MEMBER, Role.ADMIN}}
    async with trusting(client, way, now, grocer.ca):
        yield Watched(coop, grocer.peer, await coop.write(accounts.create_account, **named))


async def test_whoever_looks_after_a_node_hears_how_it_is_with_certificates(
    watched: Watched, grocer: Grocer
) -> None:
    now = watched.coop.node.clock.now()
    ending = served(grocer.authority, "localhost", not_after=now + timedelta(days=5))
    fresh = served(grocer.authority, "localhost", not_after=now + timedelta(days=80))
    expired = served(grocer.authority, "localhost", not_after=EXPIRED)

    [told] = await watched.hears(expired)
    assert "is expired" in told, "also by a node that never knew another one"
    for unread in (None, served(trustme.CA(), "localhost"), expired):
        assert await watched.hears(unread) == []
        assert len(await watched.coop.read(alerts.standing)) == 1, "what was told stands"
    [told] = await watched.hears(fresh)
    assert told.endswith("is renewed.")
    assert await watched.coop.read(alerts.standing) == []

    [told] = await watched.hears(ending)
    assert "ends on" in told
    assert await watched.hears(None) == []
    [told] = await watched.hears(expired)
    assert "is expired" in told, "which is another thing than that it will"
    [standing] = await watched.coop.read(alerts.standing)
    assert "is expired" in str(standing.said)
    [told] = await watched.hears(fresh)
    assert told.endswith("is renewed.")


def test_doctor_says_that_no_authority_is_known(tmp_path: Path) -> None:
    assert inside._authorities(False).state == "failed"
    assert inside._authorities(True).state == "ok"
    assert not inside.has_authorities(None, str(tmp_path))
    assert not inside.has_authorities(None, None)
    (tmp_path / "one.pem").touch()
    assert inside.has_authorities(None, str(tmp_path))


async def _deliveries(reader: Any) -> Any:
    return await reader.scalars(select(Delivery))
