"""Which addresses this node may dial: the last check, where the socket would be made.

A check of names or of resolver answers is not enough: IP literals never reach a resolver, and a
name can resolve to something else a moment later. Here every address that is about to be dialled
is looked at, once, whatever led to it.

There are two guards. The public one dials the public Internet only. The one of a development node
(and of tests) dials exactly the peers it is given, and nothing else. Nothing joins the two, so no
setting lets a public node reach a private address.
"""

import socket
from collections import deque
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct

from federation.errors import AddressBlocked
from federation.names import SystemResolver
from protocol.iri import Iri, origin_of

# IANA IPv4 Special-Purpose Address Registry, multicast and class E. `ipaddress.is_global` of
# Python 3.11 lets 14 of 16 hard cases through, hence our own table.
RESERVED_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocols
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Global unicast is 2000::/3. What lies outside is refused whole: loopback, IPv4-mapped, NAT64
# (64:ff9b::/96), unique local, link-local, site-local, multicast.
GLOBAL_IPV6 = IPv6Network("2000::/3")
RESERVED_IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocols: Teredo, ORCHID, benchmarks, AMT
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Whether an IP literal is one that a peer on the Internet can have."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in block for block in RESERVED_IPV4)
    return _is_public_ipv6(ip)


def _is_public_ipv6(ip: IPv6Address) -> bool:
    if ip.scope_id is not None or ip not in GLOBAL_IPV6:
        return False
    return not any(ip in block for block in RESERVED_IPV6)


class Dial(Struct, frozen=True):
    """An address that was about to be dialled."""

    address: str
    port: int
    allowed: bool


class Guard:
    """Decides for one node; give it to the client.

    peers: for a development node, where each of its peers is: authority → (address, port), such
    as "two.localhost:8102" → ("127.0.0.1", 8102). None for the public Internet.
    """

    def __init__(self, peers: Mapping[str, tuple[str, int]] | None = None) -> None:
        self._peers = peers
        self.insecure_hosts = frozenset(peers or ())
        """The authorities that may speak plain http: a development node's peers, else none."""
        self._reachable = frozenset((peers or {}).values())
        self.dials: deque[Dial] = deque(maxlen=256)
        """The last dials, refused ones too: for the log, and for tests."""

    def check(self, iri: Iri) -> None:
        """Refuse an authority before it is resolved. Raises AddressBlocked."""
        if self._peers is not None and iri.origin.authority not in self._peers:
            raise AddressBlocked(
                f"{iri.origin.authority} is not among the peers of this development node. "
                "Name it as a dev peer first.",
                code="not-a-dev-peer",
            )

    def socket(self, info: AddrInfoType) -> socket.socket:
        """aiohttp's `socket_factory`: make the socket, or raise AddressBlocked and dial nothing."""
        family, kind, protocol, _, (address, port, *_) = info
        host, number = str(address), int(port)
        allowed = self._allows(host, number)
        self.dials.append(Dial(host, number, allowed))
        if not allowed:
            # The same words for every address: aiohttp raises this error as it is when all the
            # addresses of a name are refused, and hides it in another when they differ.
            raise AddressBlocked("No peer can be at that address.")
        return socket.socket(family, kind, protocol)

    def resolver(self) -> AbstractResolver:
        """How names become addresses; in development from the table alone, without DNS."""
        return SystemResolver() if self._peers is None else _TableResolver(self._peers)

    def _allows(self, address: str, port: int) -> bool:
        if self._peers is None:
            return is_public(address)
        return (address, port) in self._reachable


class _TableResolver(AbstractResolver):
    """Resolves a development node's peers. glibc does not resolve `x.localhost`; browsers do."""

    def __init__(self, peers: Mapping[str, tuple[str, int]]) -> None:
        # An authority without a port is reached at the default port of either scheme.
        self._places = {
            origin_of(f"{scheme}://{authority}")[1:]: place
            for authority, place in peers.items()
            for scheme in ("http", "https")
        }

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - the table has one address
    ) -> list[ResolveResult]:
        place = self._places.get((host, port))
        if place is None:
            raise AddressBlocked(f"{host} port {port} is not among this node's peers.")
        address, number = place
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=number,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass
