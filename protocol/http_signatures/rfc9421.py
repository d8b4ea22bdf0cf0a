"""RFC 9421, HTTP Message Signatures: `Signature-Input` says what `Signature` signs."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

import http_sf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocol.errors import MalformedDocument, ProtocolError, SignatureInvalid, quoted
from protocol.http_signatures import checks
from protocol.http_signatures.claims import Claims, Scheme
from protocol.http_signatures.message import SignedMessage, check_digest
from protocol.keys import PrivateKey, PublicKey

_LABEL = "sig1"

_ALGORITHMS: dict[type[PublicKey], frozenset[str | None]] = {
    RSAPublicKey: frozenset({None, "rsa-v1_5-sha256"}),
    Ed25519PublicKey: frozenset({None, "ed25519"}),
}
_KNOWN_ALGORITHMS = frozenset().union(*_ALGORITHMS.values())

_DERIVED: dict[str, Callable[[SignedMessage], str]] = {
    "@method": lambda message: message.method,
    "@target-uri": lambda message: f"{message.scheme}://{message.authority}{message.target}",
    "@authority": lambda message: message.authority,
    "@scheme": lambda message: message.scheme,
    "@request-target": lambda message: message.target,
    "@path": lambda message: message.target.partition("?")[0],
    "@query": lambda message: "?" + message.target.partition("?")[2],
}


def parse(message: SignedMessage) -> Claims:
    """Read the first signature that is of a kind we verify.

    Raises SignatureInvalid or MalformedDocument, for the first signature if none is usable.
    """
    inputs = _dictionary(message, "signature-input")
    signatures = _dictionary(message, "signature")
    refusals: list[ProtocolError] = []
    for label, member in inputs.items():
        try:
            return _claims(member, signatures.get(label))
        except ProtocolError as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]
    raise SignatureInvalid("Signature-Input names no signature.", code="malformed-signature")


def verify(message: SignedMessage, claims: Claims, public_key: PublicKey, now: datetime) -> None:
    if claims.created is None:
        raise SignatureInvalid("The signature must say when it was created.", code="not-covered")
    checks.check_covers(claims, ("@method", "@target-uri"))
    checks.check_body_covered(claims, message)
    if "host" in claims.covered:
        checks.check_host(message)
    checks.check_times(claims, message, now)
    checks.check_algorithm(claims, public_key, _ALGORITHMS)
    check_digest(message)
    if not checks.is_signature(public_key, claims.signature, signature_base(message, claims)):
        raise checks.mismatch()


def sign(
    message: SignedMessage, key_id: str, private_key: PrivateKey, now: datetime
) -> dict[str, str]:
    """The two headers that sign the request line, host, date and body of `message`."""
    algorithm = "rsa-v1_5-sha256" if isinstance(private_key, RSAPrivateKey) else "ed25519"
    created = int(now.timestamp())
    names = [name for name, _ in message.headers if name in ("host", "date", "content-digest")]
    covered = ("@method", "@target-uri", "@authority", *names)
    components: Any = [(name, {}) for name in covered]
    parameters = _serialised((components, {"alg": algorithm, "keyid": key_id, "created": created}))
    claims = Claims(Scheme.RFC9421, key_id, algorithm, covered, b"", created, None, parameters)
    signature = checks.signature_of(private_key, signature_base(message, claims))
    return {
        "Signature-Input": f"{_LABEL}={parameters}",
        "Signature": f"{_LABEL}=:{b64encode(signature).decode('ascii')}:",
    }


def signature_base(message: SignedMessage, claims: Claims) -> bytes:
    """What is signed (§2.5): a line for each component, then the parameters."""
    lines = [f'"{name}": {_value(message, name)}' for name in claims.covered]
    return checks.signed_bytes([*lines, f'"@signature-params": {claims.parameters}'])


def _value(message: SignedMessage, name: str) -> str:
    derive = _DERIVED.get(name)
    value = derive(message) if derive else message.header(name)
    if value is None:
        raise SignatureInvalid(
            f"The signature covers {quoted(name)}, which the request does not have.",
            code="covered-part-missing",
        )
    return value


def _claims(member: Any, signature: Any) -> Claims:
    match member:
        case (list() as components, {"keyid": str() as key_id} as parameters):
            pass
        case _:
            raise SignatureInvalid(
                "Signature-Input must give a list of components and a keyid.",
                code="malformed-signature",
            )
    match signature:
        case (bytes() as signature_bytes, _):
            pass
        case _:
            raise SignatureInvalid(
                "The Signature header has no bytes under the label of Signature-Input.",
                code="malformed-signature",
            )
    algorithm = parameters.get("alg")
    if algorithm not in _KNOWN_ALGORITHMS:
        raise SignatureInvalid(
            "The signature's alg must be rsa-v1_5-sha256 or ed25519.", code="algorithm-mismatch"
        )
    return Claims(
        scheme=Scheme.RFC9421,
        key_id=checks.checked_key_id(key_id),
        algorithm=algorithm,
        covered=_covered(components),
        signature=signature_bytes,
        created=_seconds(parameters, "created"),
        expires=_seconds(parameters, "expires"),
        parameters=_serialised(member),
    )


def _covered(components: list[Any]) -> tuple[str, ...]:
    names = []
    for name, parameters in components:
        if not isinstance(name, str) or parameters:
            raise _unsupported(name)
        if name.startswith("@") and name not in _DERIVED:
            raise _unsupported(name)
        names.append(name)
    if len(set(names)) != len(names):
        raise MalformedDocument(
            "Signature-Input names a component twice.", code="duplicate-parameter"
        )
    return tuple(names)


def _unsupported(name: object) -> SignatureInvalid:
    return SignatureInvalid(
        f"The signature covers {quoted(str(name))} in a form that this node does not verify.",
        code="component-unsupported",
    )


def _seconds(parameters: dict[str, Any], name: str) -> int | None:
    value = parameters.get(name)
    if value is None or type(value) is int:
        return value
    raise MalformedDocument(
        f"{name} in Signature-Input must be whole seconds since 1970.", code="malformed-signature"
    )


def _dictionary(message: SignedMessage, name: str) -> dict[str, Any]:
    value = message.header(name) or ""
    try:
        members: Any = http_sf.parse(
            value.encode("ascii"), tltype="dictionary", on_duplicate_key=_refuse_duplicate
        )
    except (http_sf.StructuredFieldError, ValueError) as error:
        raise MalformedDocument(
            f"The header {name} is not a structured field: {quoted(str(error))}.",
            code="malformed-signature",
        ) from None
    return dict(members)


def _serialised(inner_list: Any) -> str:
    return http_sf.ser([inner_list])


def _refuse_duplicate(key: str, _where: str) -> NoReturn:
    raise MalformedDocument(
        f"A signature header gives {quoted(key)} twice.", code="duplicate-parameter"
    )
