"""From which address a visitor comes, when a web server of ours stands in between.

Whoever connects is believed about others only if the operator named it as a trusted proxy. Then
the list that the proxies wrote is read from its end: the first address that is no proxy of ours is
the visitor's; what stands before it, anybody may have written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web
from multidict import CIMultiDictProxy

from node.config import Network
from ui.web.context import node_of

Address = IPv4Address | IPv6Address

_MOST_HOPS = 20


def visitor_address(request: web.Request) -> str:
    """The address that sign-in attempts are counted by; "" for a socket without one."""
    trusted = node_of(request).config.trusted_proxies
    return behind_proxies(request.remote or "", request.headers, trusted)


def are_visitors_one(request: web.Request) -> bool:
    """Whether a web server says for whom it asks, and is not believed: nobody named it."""
    nearest, trusted = _address(request.remote or ""), node_of(request).config.trusted_proxies
    is_named = nearest is None or _is_in(nearest, trusted)
    return not is_named and next(_hops(request.headers), "") != ""


def behind_proxies(nearest: str, headers: CIMultiDictProxy[str], trusted: Sequence[Network]) -> str:
    """nearest: who holds the connection. With both headers none counts: a proxy writes one and may
    hand on the other as the visitor sent it."""
    found = nearest
    address = _address(nearest)
    for hop in _hops(headers):
        if address is None or not _is_in(address, trusted):
            break
        address = _address(hop)
        if address is None:
            break
        found = str(address)
    return found


def _hops(headers: CIMultiDictProxy[str]) -> Iterator[str]:
    """What the proxies wrote, the nearest first."""
    plain, standard = headers.getall("X-Forwarded-For", []), headers.getall("Forwarded", [])
    if plain and standard:
        return
    written = [item.strip() for line in plain or standard for item in line.split(",")]
    for item in written[: -_MOST_HOPS - 1 : -1]:
        yield item if plain else _for(item)


def _for(element: str) -> str:
    """The `for` of one element of a Forwarded header (RFC 7239): for="[2001:db8::1]:4711"."""
    pairs = (pair.partition("=") for pair in element.split(";"))
    said: Mapping[str, str] = {name.strip().lower(): value.strip() for name, _is, value in pairs}
    return said.get("for", "").strip('"')


def _address(text: str) -> Address | None:
    """An address with or without port and brackets; None for anything else, as `unknown`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
