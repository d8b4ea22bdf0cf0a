import socket

import pytest

from federation.errors import AddressBlocked
from federation.guard import Guard, is_public
from protocol.iri import read_iri


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",  # a mapped address says nothing about who answers
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",  # Teredo
        "2001:2::1",
        "2001:db8::1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2620:4f:8000::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2a00:1450::1%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "",
    ],
)
def test_no_peer_can_have_this_address(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "100.128.0.1",
        "172.32.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:4860:4860::8888",
        "2003::1",
    ],
)
def test_a_peer_can_have_this_address(address: str) -> None:
    assert is_public(address)


def info(address: str, port: int):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))


def test_every_dial_is_noted_and_a_refused_one_makes_no_socket() -> None:
    guard = Guard()
    with pytest.raises(AddressBlocked):
        guard.socket(info("127.0.0.1", 443))
    guard.socket(info("8.8.8.8", 443)).close()
    assert [(dial.address, dial.port, dial.allowed) for dial in guard.dials] == [
        ("127.0.0.1", 443, False),
        ("8.8.8.8", 443, True),
    ]


def test_a_development_node_reaches_its_peers_by_exact_address_and_port() -> None:
    guard = Guard({"two.localhost:8102": ("127.0.0.1", 8102)})
    guard.socket(info("127.0.0.1", 8102)).close()
    for address, port in [
        ("127.0.0.1", 8103),
        ("127.0.0.2", 8102),
        ("::1", 8102),
        ("8.8.8.8", 443),
    ]:
        with pytest.raises(AddressBlocked):
            guard.socket(info(address, port))


def test_a_development_node_knows_its_peers_by_name_before_anything_is_resolved() -> None:
    guard = Guard({"two.localhost:8102": ("127.0.0.1", 8102)})
    guard.check(read_iri("http://two.localhost:8102/coop"))
    for url in ("http://three.localhost:8102/", "http://127.0.0.1:8102/", "https://loaf.example/"):
        with pytest.raises(AddressBlocked, match="not among the peers"):
            guard.check(read_iri(url))


def test_only_a_development_node_has_open_peers() -> None:
    assert Guard().insecure_hosts == frozenset()
    assert Guard({"localhost:1": ("127.0.0.1", 1)}).insecure_hosts == {"localhost:1"}
