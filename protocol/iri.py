"""The one grammar for ids and addresses of other nodes, stricter than any URL library.

URL libraries disagree about backslashes, tabs, full-width dots and user names before the host,
and every disagreement is a way to be one host for the check and another for the connection.
Here such a text is refused, so that only texts remain that all of them read alike.
"""

import re
from collections.abc import Container
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple, NoReturn
from urllib.parse import quote

import idna
from msgspec import Struct

from protocol.errors import MalformedDocument, quoted

MAX_LENGTH = 2048

# RFC 3987 without what it leaves to good will: controls, delimiters, bidi marks, surrogates,
# and a percent sign that starts no escape.
_CHAR = (
    r"(?:%[0-9A-Fa-f]{2}|[^\x00-\x20\x7f-\xa0\"<>\\^`{|}%/?#"
    r"\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufff0-\uffff])"
)
_IRI = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\x00-\x20/?#@:\[\]\\%]+)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    rf"(?P<path>(?:/{_CHAR}*)*)"
    rf"(?P<query>\?(?:{_CHAR}|[/?])*)?"
    rf"(?P<fragment>#(?:{_CHAR}|[/?#])*)?",
    re.IGNORECASE,
)
_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ASCII = bytes(range(0x80)).decode("ascii")
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Origin(NamedTuple):
    """Scheme, host (lower case, A-labels, an IPv6 literal without brackets) and port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """`host` or `host:port` when the port is not the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


class Iri(Struct, frozen=True):
    """An https IRI that passed the grammar; `text` is as received, never rewritten."""

    text: str
    origin: Origin
    path: str
    query: str
    """With its question mark, or empty."""

    @property
    def target(self) -> str:
        """What stands in a request line: path and query, with all but ASCII escaped."""
        return quote((self.path or "/") + self.query, safe=_ASCII)

    def without_fragment(self) -> str:
        """The document that the IRI points into."""
        return self.text.partition("#")[0]


def parse_iri(text: str, *, insecure_hosts: Container[str] = ()) -> Iri:
    """Check `text` against the grammar. Raises MalformedDocument.

    Only https, and http where the authority ("localhost:8001") is in `insecure_hosts`.
    """
    iri = read_iri(text)
    origin = iri.origin
    if origin.scheme != "https" and origin.authority not in insecure_hosts:
        _refuse(text, "must begin with https://", "not-https")
    return iri


@lru_cache(maxsize=2048)
def read_iri(text: str) -> Iri:
    """As `parse_iri`, for http too: to compare and to take apart, not to trust."""
    if len(text) > MAX_LENGTH:
        _refuse(text, f"is longer than {MAX_LENGTH:,} characters", "iri-too-long")
    match = _IRI.fullmatch(text)
    if match is None:
        _refuse(text, "is not a plain https:// address", "bad-iri")
    scheme = match["scheme"].lower()
    port = int(match["port"] or _DEFAULT_PORTS[scheme])
    if port > 65535:
        _refuse(text, "has an impossible port", "bad-iri")
    host = _host(match["host"])
    if host is None:
        _refuse(text, "has a host name that cannot exist", "bad-host")
    return Iri(text, Origin(scheme, host, port), match["path"], match["query"] or "")


def origin_of(text: str) -> Origin:
    """The origin of an http or https IRI. Raises MalformedDocument."""
    return read_iri(text).origin


def same_origin(first: str, second: str) -> bool:
    """Whether scheme, host and port agree exactly; a subdomain is another origin."""
    return origin_of(first) == origin_of(second)


def authority_of(text: str) -> str:
    """`host[:port]`, the name under which peers are known, limited and blocked."""
    return origin_of(text).authority


@lru_cache(maxsize=2048)
def _host(host: str) -> str | None:
    """The host as it is compared; None if there can be none of that name."""
    try:
        if host.startswith("["):
            return IPv6Address(host[1:-1]).compressed
        name = _a_labels(host)
        # inet_aton reads 127.1, 2130706433 and 0x7f.1 as addresses; only dotted quads may be one.
        if _NUMERIC_LABEL.fullmatch(name.rpartition(".")[2]):
            return str(IPv4Address(name))
    except (AddressValueError, idna.IDNAError, UnicodeError):
        return None
    return name if len(name) <= 253 and _HOST_NAME.fullmatch(name) else None


def _a_labels(host: str) -> str:
    if host.isascii() and "xn--" not in host.lower():
        return host.lower()
    # idna takes the ideographic full stop for a dot; browsers do, other resolvers do not.
    if any(dot in host for dot in "\u3002\uff0e\uff61"):
        raise idna.IDNAError
    return idna.encode(host.lower()).decode("ascii")


def _refuse(text: str, why: str, code: str) -> NoReturn:
    raise MalformedDocument(f"The id {quoted(text, 200)} {why}.", code=code)
