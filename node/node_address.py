"""A node's own address, and the peers a development node may talk to.

An address on localhost makes a development node. It may reach exactly the peers named to it,
checked here by name and later, at the socket, by address and port; every other private address
stays shut.
"""

import re
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, ip_address
from typing import NamedTuple

from node.errors import InvalidInput
from node.i18n import Text, _
from protocol.errors import MalformedDocument
from protocol.iri import Origin, origin_of, parse_iri

# authority "two.localhost:8102" -> where it is reached: ("127.0.0.1", 8102)
DevPeers = dict[str, tuple[str, int]]

_LOOPBACK = "127.0.0.1"
_DEV_PEER = re.compile(r"(?P<host>[a-z0-9.-]+):(?P<port>[1-9][0-9]{0,4})", re.ASCII)


class NodeAddress(NamedTuple):
    """`base` without trailing slash, its `host[:port]`, and whether it is on localhost."""

    base: str
    authority: str
    development: bool

    @property
    def local_port(self) -> int | None:
        """The port that a localhost address names: where the node then listens."""
        _host, _colon, port = self.authority.rpartition(":")
        return int(port) if self.development and port.isdecimal() else None


def parse_address(text: str) -> NodeAddress:
    """Read "sunrise.coop", "https://sunrise.coop/" or "http://localhost:8101".

    Raises InvalidInput for the field `address`.
    """
    text = text.strip()
    origin = _bare_origin(text if "://" in text else f"https://{text}")
    if is_localhost(origin.host):
        return NodeAddress(str(origin), origin.authority, development=True)
    if origin.scheme != "https":
        raise _refused(_("A public address begins with https://."))
    if "." not in origin.host or _is_ip_literal(origin.host):
        raise _refused(
            _("Use a name that others can reach, such as sunrise.coop, or localhost to try it out.")
        )
    return NodeAddress(str(origin), origin.authority, development=False)


def parse_dev_peers(names: Sequence[str]) -> DevPeers:
    """Read "localhost:8102", "two.localhost:8102" or "127.0.0.2:8000".

    Raises InvalidInput for the field `dev_peers`.
    """
    return dict(_dev_peer(name) for name in names)


def is_localhost(host: str) -> bool:
    """Whether a name means this computer by definition (RFC 6761 §6.3)."""
    return host == "localhost" or host.endswith(".localhost")


def is_this_machine(host: str) -> bool:
    """Whether what is said to this host never leaves the machine."""
    if is_localhost(host):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _bare_origin(text: str) -> Origin:
    try:
        origin = origin_of(text)
        iri = parse_iri(text, insecure_hosts=(origin.authority,))
    except MalformedDocument:
        raise _refused(_("This is not a web address.")) from None
    if iri.path.strip("/") or iri.query or "#" in text:
        raise _refused(_("Give the address without anything after the name, such as /page."))
    return origin


def _refused(problem: Text) -> InvalidInput:
    return InvalidInput({"address": [problem]})


def _dev_peer(name: str) -> tuple[str, tuple[str, int]]:
    match = _DEV_PEER.fullmatch(name.strip().lower())
    if match is None or int(match["port"]) > 65535:
        raise InvalidInput({"dev_peers": [_dev_peer_advice(name)]})
    host, port = match["host"], int(match["port"])
    if is_localhost(host):
        return f"{host}:{port}", (_LOOPBACK, port)
    if _is_loopback_literal(host):
        return f"{host}:{port}", (host, port)
    raise InvalidInput({"dev_peers": [_dev_peer_advice(name)]})


def _dev_peer_advice(name: str) -> Text:
    return _(
        "“%(name)s” is not a name on this computer with a port: localhost:8102, "
        "two.localhost:8102 or 127.0.0.2:8102.",
        name=name,
    )


def _is_ip_literal(host: str) -> bool:
    return ":" in host or _ipv4(host) is not None


def _is_loopback_literal(host: str) -> bool:
    address = _ipv4(host)
    return address is not None and address.is_loopback


def _ipv4(host: str) -> IPv4Address | None:
    try:
        return IPv4Address(host)
    except AddressValueError:
        return None
