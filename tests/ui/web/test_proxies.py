"""Where a visitor comes from: a proxy of ours is believed, and nobody else."""

import json
from ipaddress import ip_network

import pytest
from msgspec import structs
from multidict import CIMultiDict, CIMultiDictProxy

from node.accounts import tries
from node.accounts.allowances import AT_ADDRESS
from tests.support.town import Coop
from tests.ui.web.visitor import FROM_OURS, Visitor, stranger
from ui.web.proxies import behind_proxies

PROXY, SECOND_PROXY = "127.0.0.1", "10.0.0.7"
TRUSTED = [ip_network("127.0.0.1"), ip_network("::1"), ip_network("10.0.0.0/24")]
FEW = 3
ROSA, LIAR = "198.51.100.7", "203.0.113.9"


def seen(nearest: str, *headers: tuple[str, str]) -> str:
    return behind_proxies(nearest, CIMultiDictProxy(CIMultiDict(headers)), TRUSTED)


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([], PROXY),
        ([("X-Forwarded-For", ROSA)], ROSA),
        ([("X-Forwarded-For", f"{ROSA}:4711")], ROSA),
        ([("X-Forwarded-For", "2001:db8::1")], "2001:db8::1"),
        ([("X-Forwarded-For", "::ffff:198.51.100.7")], ROSA),
        ([("Forwarded", f"for={ROSA};proto=https")], ROSA),
        ([("Forwarded", 'proto=https; For="[2001:db8::1]:4711"')], "2001:db8::1"),
        ([("X-Forwarded-For", f"{ROSA}, {SECOND_PROXY}")], ROSA),
        ([("X-Forwarded-For", ROSA), ("X-Forwarded-For", SECOND_PROXY)], ROSA),
        # What a visitor wrote stands before what our proxy added.
        ([("X-Forwarded-For", f"{LIAR}, {ROSA}")], ROSA),
        ([("X-Forwarded-For", f"{PROXY}, {ROSA}, {SECOND_PROXY}")], ROSA),
        ([("Forwarded", f"for={LIAR}, for={ROSA}")], ROSA),
        # Unreadable: the last one that is certain.
        ([("X-Forwarded-For", f"{LIAR}, unknown")], PROXY),
        ([("X-Forwarded-For", f"{LIAR}, , {SECOND_PROXY}")], SECOND_PROXY),
        ([("Forwarded", f"for={LIAR}, for=_hidden")], PROXY),
        ([("Forwarded", "proto=https")], PROXY),
        ([("X-Forwarded-For", f"{LIAR}, " + ", ".join([SECOND_PROXY] * 30))], SECOND_PROXY),
        # A proxy writes one of the two and hands on the other as it came.
        ([("X-Forwarded-For", ROSA), ("Forwarded", f"for={LIAR}")], PROXY),
        ([("X-Real-IP", LIAR)], PROXY),
    ],
)
def test_a_trusted_proxy_is_believed_as_far_as_it_can_know(headers, address) -> None:
    assert seen(PROXY, *headers) == address


@pytest.mark.parametrize("header", [("X-Forwarded-For", LIAR), ("Forwarded", f"for={LIAR}")])
@pytest.mark.parametrize("nearest", [ROSA, "2001:db8::1", "", "10.0.1.7"])
def test_nobody_else_is_believed(nearest: str, header: tuple[str, str]) -> None:
    assert seen(nearest, header) == nearest


async def may_try(visitor: Visitor, handle: str, forwarded_for: str) -> bool:
    """Whether a password was looked at; otherwise there were too many tries."""
    form = {"handle": handle, "password": "wrong wrong wrong"}
    headers = FROM_OURS | {"X-Forwarded-For": forwarded_for}
    answer = await visitor.post("/sign-in", form, headers=headers)
    return "do not go together" in answer.text


def believe(coop: Coop, *networks: str) -> None:
    trusted = tuple(map(ip_network, networks))
    coop.node.config = structs.replace(coop.node.config, trusted_proxies=trusted)


async def use_up(visitor: Visitor, forwarded_for: str) -> None:
    for number in range(FEW):
        assert await may_try(visitor, f"nobody{number}", forwarded_for)


async def test_behind_a_trusted_proxy_each_visitor_has_tries_of_their_own(
    coop: Coop, few_tries: None
) -> None:
    believe(coop, "127.0.0.1")
    async with stranger(coop) as visitor:
        await use_up(visitor, LIAR)
        assert not await may_try(visitor, "rosa", LIAR)
        assert await may_try(visitor, "rosa", ROSA)
        # Writing somebody else's address in front gains nothing.
        assert not await may_try(visitor, "rosa", f"192.0.2.1, {LIAR}")


async def test_without_a_trusted_proxy_no_header_brings_more_tries(
    coop: Coop, few_tries: None
) -> None:
    async with stranger(coop) as visitor:
        await use_up(visitor, LIAR)
        assert not await may_try(visitor, "rosa", ROSA)


@pytest.mark.parametrize("header", [{"X-Forwarded-For": ROSA}, {"Forwarded": f"for={ROSA}"}])
async def test_a_web_server_that_nobody_named_reads_so_at_the_nodes_health(
    coop: Coop, header: dict[str, str]
) -> None:
    async with stranger(coop) as visitor:
        unnamed = json.loads((await visitor.get("/healthz", **header)).text)
        assert unnamed == {"status": "ok", "visitors": "as-one"}
        assert json.loads((await visitor.get("/healthz")).text) == {"status": "ok"}
        believe(coop, "127.0.0.1")
        assert json.loads((await visitor.get("/healthz", **header)).text) == {"status": "ok"}


@pytest.fixture
def few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many for an address: each costs the hashing of a password."""
    monkeypatch.setattr(tries, "AT_ADDRESS", AT_ADDRESS._replace(burst=FEW))
