"""What a node answers to those who ask: to everybody, to peers, and to nobody."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from federation import relations
from federation.outbox import publish
from federation.settings import FederationSettings
from protocol.addressing import PUBLIC
from protocol.vocabulary import activities
from tests.federation import shop
from tests.federation.nodes import Foreigner, Founder, Node, Reply, Wire
from tests.support.signing import cavage, encode

JRD = "application/jrd+json"


@pytest.fixture
async def host(loaf: Node, farm: Foreigner) -> Node:
    """The node under test, in touch with a farm."""
    await loaf.follow(farm)
    return loaf


async def signed_get(wire: Wire, node: Node, foreigner: Foreigner, path: str) -> Reply:
    headers = cavage(
        foreigner.signer,
        node.authority,
        b"",
        wire.clock.now(),
        method="get",
        path=path,
        covered="(request-target) host date",
    )
    return await wire.get(
        node, path, **{name.title(): headers[name] for name in ("date", "signature")}
    )


async def speak(node: Node, to: list[str], audience: tuple[str, ...], name: str) -> str:
    async def tell(uow: Any) -> str:
        uri = f"{node.base}/listings/{name}"
        content = shop.good(uri, node.coop, name) | {"to": list(audience)}
        document = activities.create("", node.coop, content, audience)
        return await publish(uow, document, to_actors=to, object_uri=uri)

    said: str = await node.write(tell)
    return urlsplit(said).path


async def test_the_coop_describes_itself_with_both_kinds_of_keys(host: Node, wire: Wire) -> None:
    answer = await wire.get(host, "/coop")
    coop = answer.json
    assert (coop["id"], coop["type"]) == (host.coop, "Organization")
    assert coop["publicKey"]["owner"] == coop["assertionMethod"][0]["controller"] == host.coop
    assert answer.headers["Vary"] == "Accept, Signature"


async def test_a_browser_is_sent_from_the_coop_to_its_page(host: Node, wire: Wire) -> None:
    answer = await wire.get(host, "/coop", Accept="text/html,*/*;q=0.8")
    assert answer.status == 303


async def test_the_node_is_readable_even_with_a_bad_signature(host: Node, wire: Wire) -> None:
    answer = await wire.get(host, "/node", Signature="nonsense")
    assert answer.json["type"] == "Application"


@pytest.mark.parametrize("path", ["/inbox", "/coop/inbox"])
async def test_an_inbox_cannot_be_read(path: str, host: Node, wire: Wire) -> None:
    answer = await wire.get(host, path)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_the_inbox_of_the_coop_takes_messages_too(
    host: Node, farm: Foreigner, wire: Wire
) -> None:
    body = encode(farm.say())
    headers = cavage(farm.signer, host.authority, body, wire.clock.now(), path="/coop/inbox")
    assert (await wire.post(host, body, headers, "/coop/inbox")).status == 202


@pytest.mark.parametrize(
    "resource",
    [
        "acct:coop@loaf.example",
        "coop@loaf.example",
        "@coop@loaf.example",
        "http://loaf.example/coop",
        "http://loaf.example/coop/",
        "http://loaf.example",
        "http://loaf.example/",
    ],
)
async def test_webfinger_finds_the_coop(resource: str, host: Node, wire: Wire) -> None:
    answer = await wire.get(host, f"/.well-known/webfinger?resource={resource}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, JRD)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    links = [link["href"] for link in answer.json["links"] if link["rel"] == "self"]
    assert links == [host.coop, host.coop]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?resource=", 400),
        ("?resource=a%20b", 400),
        ("?resource=acct:mary@loaf.example", 404),
        ("?resource=acct:coop@mill.example", 404),
        ("?resource=http://mill.example/coop", 404),
    ],
)
async def test_webfinger_finds_nobody_else(query: str, status: int, host: Node, wire: Wire) -> None:
    assert (await wire.get(host, f"/.well-known/webfinger{query}")).status == status


async def test_nodeinfo_is_linked_and_served(host: Node, wire: Wire) -> None:
    links = (await wire.get(host, "/.well-known/nodeinfo")).json["links"]
    pages = [urlsplit(link["href"]).path for link in links if "schema" in link["rel"]]
    for path in pages:
        assert (await wire.get(host, path)).json["software"]["name"] == "rochdale"
    assert (await wire.get(host, "/nodeinfo/1.0")).status == 404


async def test_a_public_object_is_read_by_anybody(host: Node, wire: Wire) -> None:
    await host.write(shop.stock, "1", "Rye")
    answer = await wire.get(host, "/listings/1")
    assert (answer.status, answer.json["name"]) == (200, "Rye")
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_an_object_for_peers_needs_a_signature_of_one(
    host: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    await host.write(shop.stock, "1", "Rye", private=True)
    assert (await wire.get(host, "/listings/1")).status == 401
    assert (await signed_get(wire, host, eve, "/listings/1")).status == 404
    answer = await signed_get(wire, host, farm, "/listings/1")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "private, no-store")


async def test_a_signature_that_does_not_hold_opens_nothing(
    host: Node, farm: Foreigner, wire: Wire
) -> None:
    await host.write(shop.stock, "1", "Rye", private=True)
    farm.signer = type(farm.signer)(farm.coop, *_other_keys())
    assert (await signed_get(wire, host, farm, "/listings/1")).status == 401


async def test_a_suspended_peer_reads_what_everybody_reads(
    host: Node, farm: Foreigner, wire: Wire
) -> None:
    await host.write(shop.stock, "1", "Rye", private=True)
    await host.write(relations.change, farm.coop, suspended_at=wire.clock.now())
    assert (await signed_get(wire, host, farm, "/listings/1")).status == 404


async def test_a_withdrawn_object_leaves_a_tombstone(host: Node, wire: Wire) -> None:
    await host.write(shop.stock, "1", "Rye", gone=True)
    answer = await wire.get(host, "/listings/1")
    assert (answer.status, answer.json["type"]) == (410, "Tombstone")
    assert answer.json["formerType"] == "Proposal"


async def test_an_unknown_object_is_not_found(host: Node, wire: Wire) -> None:
    assert (await wire.get(host, "/listings/9")).status == 404


async def test_an_activity_is_read_by_its_audience(
    host: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    public = await speak(host, [farm.coop], (PUBLIC,), "public")
    private = await speak(host, [farm.coop], (farm.coop,), "private")
    assert (await wire.get(host, public)).status == 200
    assert (await wire.get(host, private)).status == 404
    assert (await signed_get(wire, host, eve, private)).status == 404
    answer = await signed_get(wire, host, farm, private)
    assert answer.json["object"]["name"] == "private"
    assert (await wire.get(host, "/activities/none")).status == 404


async def test_the_outbox_shows_to_each_what_was_meant_for_them_newest_first(
    found: Founder, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    [host] = await found(settings=FederationSettings(page_size=2))
    await host.follow(farm)
    for name in ("a", "b", "c"):
        await speak(host, [farm.coop], (PUBLIC,), name)
    await speak(host, [farm.coop], (farm.coop,), "d")

    async def read(foreigner: Foreigner) -> list[str]:
        names: list[str] = []
        front = (await signed_get(wire, host, foreigner, "/coop/outbox")).json
        next_page = front["first"]
        while next_page:
            path = next_page.removeprefix(host.base)
            page = (await signed_get(wire, host, foreigner, path)).json
            assert page["id"] == next_page
            names += [item["object"]["name"] for item in page["orderedItems"]]
            next_page = page.get("next")
        assert front["totalItems"] == len(names)
        return names

    assert await read(eve) == ["c", "b", "a"]
    assert await read(farm) == ["d", "c", "b", "a"]


@pytest.mark.parametrize("path", ["/coop/outbox?cursor=none", "/coop/catalogue?since=none"])
async def test_a_position_that_we_never_gave_out_is_a_bad_request(
    path: str, host: Node, wire: Wire
) -> None:
    answer = await wire.get(host, path)
    assert (answer.status, answer.code) == (400, "bad-cursor")


async def test_whom_a_coop_follows_is_not_told(host: Node, wire: Wire) -> None:
    for name in ("followers", "following"):
        assert set((await wire.get(host, f"/coop/{name}")).json) == {"@context", "id", "type"}


async def test_a_proxy_that_changes_the_host_is_told_so(
    host: Node, farm: Foreigner, wire: Wire
) -> None:
    body = encode(farm.say())
    headers = cavage(farm.signer, "inner.example", body, wire.clock.now())
    forwarded = headers | {"x-forwarded-host": "loaf.example"}
    answer = await wire.post(host, body, forwarded)
    assert answer.status == 421
    assert "Host" in answer.json["detail"]


async def test_an_endless_body_is_cut_off(host: Node, wire: Wire) -> None:
    async def endless() -> Any:
        for _ in range(400):
            yield b"x" * 1024

    headers = {"host": host.authority, "content-type": "application/activity+json"}
    address = f"http://127.0.0.1:{host.listener_port}/inbox"
    async with wire.session.post(address, data=endless(), headers=headers) as response:
        assert response.status == 413


def _other_keys() -> tuple[Any, Any]:
    from protocol import keys

    return keys.generate_rsa(), keys.generate_ed25519()
