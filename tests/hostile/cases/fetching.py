"""What a stranger makes the node fetch: addresses inside, and documents of another kind."""

import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
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
    assert siege.canary.hits == 0


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
