"""HTTP signatures, made and verified: draft-cavage-12 and RFC 9421.

A receiver calls `claims_of` to learn the key's id, finds the key, then calls `verify`. A signature
proves only which key signed; whose key that is, and whether its owner may do what the body says,
is decided by the caller.
"""

from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from protocol import datetimes
from protocol.errors import KeyUnusable, SignatureMissing, WrongAuthority, quoted
from protocol.http_signatures import cavage, rfc9421
from protocol.http_signatures.claims import Claims, Scheme
from protocol.http_signatures.message import (
    BodyDigest,
    SignedMessage,
    check_digest,
)
from protocol.iri import read_iri
from protocol.keys import PrivateKey, PublicKey

__all__ = [
    "BodyDigest",
    "Claims",
    "Profile",
    "Scheme",
    "SignedMessage",
    "check_digest",
    "claims_of",
    "key_id_of",
    "sign",
    "verify",
]


class Profile(StrEnum):
    """How we sign towards a peer: cavage unless it has shown more."""

    CAVAGE = "cavage"
    RFC9421 = "rfc9421"
    RFC9421_ED25519 = "rfc9421-ed25519"


def claims_of(message: SignedMessage) -> Claims:
    """Parse the request's signature; whoever has a `Signature-Input` is read as RFC 9421 only.

    Raises SignatureMissing, SignatureInvalid or MalformedDocument.
    """
    names = {name for name, _ in message.headers}
    if "signature-input" in names:
        return rfc9421.parse(message)
    if "signature" in names:
        return cavage.parse(message)
    raise SignatureMissing("The request is not signed; sign it with draft-cavage or RFC 9421.")


def key_id_of(message: SignedMessage) -> str:
    """The id of the key that the request says it is signed with; raises as `claims_of`."""
    return claims_of(message).key_id


def verify(message: SignedMessage, claims: Claims, public_key: PublicKey, now: datetime) -> None:
    """Check the body's digest, what is covered, the times and the signature.

    Raises SignatureInvalid, SignatureExpired, WrongAuthority or MalformedDocument; returns
    only if all holds.
    """
    if not message.target.startswith("/"):
        raise WrongAuthority(
            f"The request line names {quoted(message.target)}; it must hold path and query only.",
            code="absolute-target",
        )
    scheme = rfc9421 if claims.scheme is Scheme.RFC9421 else cavage
    scheme.verify(message, claims, public_key, now)


def sign(
    method: str,
    url: str,
    body: bytes | None,
    *,
    key_id: str,
    private_key: PrivateKey,
    now: datetime,
    profile: Profile,
    content_type: str | None = None,
    digest: BodyDigest | None = None,
) -> dict[str, str]:
    """All headers to send with the request, the signature among them.

    Covered is what Fedify and Mastodon cover. `digest` spares hashing the same body for every
    peer. The client must send the path of `Iri.target` unchanged.
    """
    _check_kind(private_key, profile)
    iri = read_iri(url)
    headers = {"Host": iri.origin.authority, "Date": datetimes.format_http_date(now)}
    if content_type is not None:
        headers["Content-Type"] = content_type
    if body is not None:
        digest = digest or BodyDigest.of(body)
        if profile is Profile.CAVAGE:
            headers["Digest"] = digest.digest
        else:
            headers["Content-Digest"] = digest.content_digest
    message = SignedMessage(
        method=method,
        target=iri.target,
        authority=iri.origin.authority,
        scheme=iri.origin.scheme,
        headers=tuple((name.lower(), value) for name, value in headers.items()),
        body=body,
    )
    if profile is Profile.CAVAGE:
        return headers | cavage.sign(message, key_id, private_key)
    return headers | rfc9421.sign(message, key_id, private_key, now)


def _check_kind(private_key: PrivateKey, profile: Profile) -> None:
    if isinstance(private_key, RSAPrivateKey) == (profile is Profile.RFC9421_ED25519):
        raise KeyUnusable(f"The profile {profile} needs a key of the other kind.")
