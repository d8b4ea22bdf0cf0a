"""draft-cavage-http-signatures-12, as the fediverse uses it: one `Signature` header."""

import re
from base64 import b64encode
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from protocol.errors import MalformedDocument, SignatureInvalid, quoted
from protocol.http_signatures import checks
from protocol.http_signatures.claims import Claims, Scheme
from protocol.http_signatures.message import SignedMessage, check_digest
from protocol.keys import PrivateKey, PublicKey

_PARAMETER = re.compile(r'[ \t]*([A-Za-z]+)=(?:"([^"\\]*)"|([0-9]+))[ \t]*(?:,|$)')
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)

# What fediverse software calls "hs2019" is RSA with SHA-256, not the RSASSA-PSS of the draft.
_ALGORITHMS: dict[type[PublicKey], frozenset[str | None]] = {
    RSAPublicKey: frozenset({None, "hs2019", "rsa-sha256"}),
    Ed25519PublicKey: frozenset({None, "hs2019", "ed25519"}),
}


def parse(message: SignedMessage) -> Claims:
    """Read the `Signature` header. Raises SignatureInvalid or MalformedDocument."""
    parameters = _parameters(message.single_header("signature") or "")
    for name in ("keyId", "signature", "headers"):
        # Without `headers` old drafts sign the date alone.
        if not parameters.get(name, "").strip():
            raise SignatureInvalid(
                f"The Signature header has no {name}.", code="malformed-signature"
            )
    return Claims(
        scheme=Scheme.CAVAGE,
        key_id=checks.checked_key_id(parameters["keyId"]),
        algorithm=parameters.get("algorithm"),
        covered=tuple(parameters["headers"].lower().split()),
        signature=checks.decoded_signature(parameters["signature"]),
        created=_seconds(parameters, "created"),
        expires=_seconds(parameters, "expires"),
    )


def verify(message: SignedMessage, claims: Claims, public_key: PublicKey, now: datetime) -> None:
    _check_coverage(message, claims)
    checks.check_host(message)
    checks.check_times(claims, message, now)
    checks.check_algorithm(claims, public_key, _ALGORITHMS)
    check_digest(message)
    path = message.target.partition("?")[0]
    # Fedify 2.3.6 leaves the query out of what it signs; GoToSocial and Mastodon allow for it too.
    for target in dict.fromkeys((message.target, path)):
        if checks.is_signature(
            public_key, claims.signature, signing_string(message, claims, target)
        ):
            return
    raise checks.mismatch()


def sign(message: SignedMessage, key_id: str, private_key: PrivateKey) -> dict[str, str]:
    """The header that signs the request line and every header of `message`."""
    covered = ("(request-target)", *(name for name, _ in message.headers))
    claims = Claims(Scheme.CAVAGE, key_id, "rsa-sha256", covered, b"", None, None)
    signed = signing_string(message, claims, message.target)
    signature = b64encode(checks.signature_of(private_key, signed)).decode("ascii")
    value = (
        f'keyId="{key_id}",algorithm="{claims.algorithm}",'
        f'headers="{" ".join(covered)}",signature="{signature}"'
    )
    return {"Signature": value}


def signing_string(message: SignedMessage, claims: Claims, target: str) -> bytes:
    """What is signed (§2.3): a line for each covered name."""
    return checks.signed_bytes(
        [f"{name}: {_value(message, claims, target, name)}" for name in claims.covered]
    )


def _value(message: SignedMessage, claims: Claims, target: str, name: str) -> str | int:
    match name:
        case "(request-target)":
            return f"{message.method.lower()} {target}"
        case "(created)":
            value: str | int | None = claims.created
        case "(expires)":
            value = claims.expires
        case _:
            value = message.header(name)
    if value is None:
        raise SignatureInvalid(
            f"The signature covers {quoted(name)}, which the request does not have.",
            code="covered-part-missing",
        )
    return value


def _check_coverage(message: SignedMessage, claims: Claims) -> None:
    # (request-target) is asked for always: without it a captured POST could come back as
    # another method or on another path.
    checks.check_covers(claims, ("(request-target)", "host"))
    if "date" not in claims.covered and "(created)" not in claims.covered:
        raise checks.not_covered("date or (created)")
    checks.check_body_covered(claims, message)
    if claims.algorithm == "rsa-sha256" and {"(created)", "(expires)"} & set(claims.covered):
        raise SignatureInvalid(
            "(created) and (expires) must not be signed under the name rsa-sha256 (§2.3).",
            code="algorithm-mismatch",
        )


def _parameters(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None:
            raise MalformedDocument(
                f"The Signature header cannot be read at character {position + 1}.",
                code="malformed-signature",
            )
        name, quoted_value, number = match.groups()
        if name in found:
            raise MalformedDocument(
                f"The Signature header gives {quoted(name)} twice.", code="duplicate-parameter"
            )
        found[name] = number if quoted_value is None else quoted_value
        position = match.end()
    return found


def _seconds(parameters: dict[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not _SECONDS.fullmatch(text):
        raise MalformedDocument(
            f"{name} in the Signature header must be whole seconds since 1970.",
            code="malformed-signature",
        )
    return int(text)
