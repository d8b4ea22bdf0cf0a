"""The checks and the cryptography that both schemes share."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from protocol import datetimes
from protocol.errors import (
    MalformedDocument,
    SignatureExpired,
    SignatureInvalid,
    WrongAuthority,
    quoted,
)
from protocol.http_signatures.claims import Claims
from protocol.http_signatures.message import DIGEST_HEADERS, SignedMessage
from protocol.iri import origin_of
from protocol.keys import PrivateKey, PublicKey

MAX_CLOCK_SKEW = timedelta(hours=1, minutes=5)
"""How far `Date` and the age of a signature may be from our clock."""
MAX_CLOCK_LEAD = timedelta(minutes=5)
"""How far in the future a signature may say that it was created."""

_PADDING, _SHA256 = PKCS1v15(), SHA256()
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def checked_key_id(key_id: str) -> str:
    """A key id must be an http(s) address: "acct:…" or "#main-key" lead nowhere."""
    origin_of(key_id)
    return key_id


def decoded_signature(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except (Base64Error, ValueError):
        raise SignatureInvalid("The signature is not base64.", code="malformed-signature") from None


def check_covers(claims: Claims, required: Iterable[str]) -> None:
    for name in required:
        if name not in claims.covered:
            raise not_covered(name)


def not_covered(name: str) -> SignatureInvalid:
    return SignatureInvalid(f"The signature must cover {name}.", code="not-covered")


def check_body_covered(claims: Claims, message: SignedMessage) -> None:
    if message.body is not None and not set(DIGEST_HEADERS).intersection(claims.covered):
        raise SignatureInvalid(
            "The signature must cover Digest or Content-Digest, or the body could be another.",
            code="not-covered",
        )


def check_host(message: SignedMessage) -> None:
    """Raise WrongAuthority unless the Host header names our configured address."""
    host = (message.single_header("host") or "").lower()
    if host.removesuffix(_DEFAULT_PORTS[message.scheme]) != message.authority:
        raise WrongAuthority(
            f"The request is for {quoted(host)}, but this is {message.authority}.",
            code="wrong-host",
        )


def check_times(claims: Claims, message: SignedMessage, now: datetime) -> None:
    """Refuse what is too old, ahead of our clock or expired; the sentence names both clocks."""
    if "date" in claims.covered:
        date = datetimes.parse_http_date(message.single_header("date") or "")
        if abs(date - now) > MAX_CLOCK_SKEW:
            raise _out_of_window(f"is dated {datetimes.format(date)}", now)
    our_second = now.timestamp()
    if claims.created is not None:
        age = our_second - claims.created
        if not -MAX_CLOCK_LEAD.total_seconds() <= age <= MAX_CLOCK_SKEW.total_seconds():
            raise _out_of_window(f"says it was created at second {claims.created}", now)
    if claims.expires is not None and claims.expires < our_second:
        raise _out_of_window(f"expired at second {claims.expires}", now)


def check_algorithm(
    claims: Claims, public_key: PublicKey, names: Mapping[type[PublicKey], frozenset[str | None]]
) -> None:
    """The key decides how to verify; a name that does not fit the key is refused."""
    for kind, fitting in names.items():
        if isinstance(public_key, kind) and claims.algorithm in fitting:
            return
    raise SignatureInvalid(
        f"The algorithm {quoted(claims.algorithm or 'none')} does not fit the key.",
        code="algorithm-mismatch",
    )


def signed_bytes(lines: list[str]) -> bytes:
    """The lines joined as both schemes sign them."""
    text = "\n".join(lines)
    if text.count("\n") != len(lines) - 1:
        raise MalformedDocument("A header holds a line break.", code="malformed-header")
    try:
        # HTTP servers hand bytes above ASCII through as surrogates; give the same bytes back.
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise MalformedDocument(
            "A header holds half of a surrogate pair.", code="malformed-header"
        ) from None


def is_signature(public_key: PublicKey, signature: bytes, data: bytes) -> bool:
    try:
        if isinstance(public_key, RSAPublicKey):
            public_key.verify(signature, data, _PADDING, _SHA256)
        else:
            public_key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def signature_of(private_key: PrivateKey, data: bytes) -> bytes:
    if isinstance(private_key, RSAPrivateKey):
        return private_key.sign(data, _PADDING, _SHA256)
    return private_key.sign(data)


def mismatch() -> SignatureInvalid:
    return SignatureInvalid(
        "The signature does not fit the request: the key is another, or something signed was"
        " changed on the way (method, path, query, host or a header).",
        code="signature-mismatch",
    )


def _out_of_window(what: str, now: datetime) -> SignatureExpired:
    return SignatureExpired(
        f"The signature {what}; our clock says {datetimes.format(now)}"
        f" ({int(now.timestamp())}). Check both clocks and sign again.",
        code="outside-time-window",
    )
