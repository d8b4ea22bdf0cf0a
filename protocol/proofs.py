"""Object integrity proofs (FEP-8b32) with `eddsa-jcs-2022`: a document vouches for itself.

What is signed is SHA-256(JCS(proof options)) followed by SHA-256(JCS(document)). The options are
hashed as they were received, every one of them, so that none can be added or changed.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol import datetimes, jcs, multibase
from protocol.errors import MalformedDocument, ProofInvalid, ProtocolError, quoted

MAX_CLOCK_LEAD = timedelta(minutes=5)
"""How far ahead of ours the clock of whoever made a proof may be. There is no bound to the past:
a proof is evidence for years."""

NO_CLOCK = datetime(9999, 1, 1, tzinfo=UTC)
"""As `now`, where it does not matter when a proof was made."""

_REQUIRED = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "proofPurpose": "assertionMethod",
}


def add_proof(
    document: dict[str, Any],
    private_key: Ed25519PrivateKey,
    verification_method: str,
    created: datetime,
) -> dict[str, Any]:
    """A new document that ends with a proof over all the rest of it."""
    plain = strip(document)
    context = {"@context": plain["@context"]} if "@context" in plain else {}
    options = context | _options(verification_method, created)
    return plain | {"proof": _proof(digest_of(plain), options, private_key)}


def proof_over(
    hashed: bytes, private_key: Ed25519PrivateKey, verification_method: str, created: datetime
) -> dict[str, Any]:
    """One proof of many over a document without @context, which is hashed once."""
    return _proof(hashed, _options(verification_method, created), private_key)


def verification_method_of(document: dict[str, Any]) -> str | None:
    """The id of the key that the proof names, None when there is no proof.

    Raises ProofInvalid when there is one but it is not of the form we verify.
    """
    proof = _proof_of(document)
    return None if proof is None else _text(proof, "verificationMethod")


def verify_proof(document: dict[str, Any], public_key: Ed25519PublicKey, now: datetime) -> bytes:
    """Raise ProofInvalid unless the document carries a good, current proof by this key.

    That the key belongs to the document's owner is for the caller to establish. Returns what
    `digest_of` does.
    """
    proof = _proof_of(document)
    if proof is None:
        raise ProofInvalid("The document carries no proof.", code="proof-missing")
    if proof.get("@context", document.get("@context")) != document.get("@context"):
        raise ProofInvalid(
            "The proof's @context must be the document's.", code="proof-context-mismatch"
        )
    try:
        hashed = digest_of(document)
    except MalformedDocument as error:
        raise ProofInvalid(f"The proof cannot be checked: {error}") from None
    verify_hashed(hashed, proof, public_key, now)
    return hashed


def verify_hashed(
    hashed: bytes, proof: dict[str, Any], public_key: Ed25519PublicKey, now: datetime
) -> None:
    """The same for one proof of many over a document without @context, which is hashed once.

    hashed: SHA-256 of the document's canonical bytes, its proofs left out.
    """
    _check_form(proof)
    _check_times(proof, now)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        signature = multibase.decode(_text(proof, "proofValue"))
        public_key.verify(signature, _signed_bytes(hashed, options))
    except InvalidSignature:
        raise ProofInvalid(
            "The proof does not fit the document: one of them was changed, or the key is another.",
            code="proof-mismatch",
        ) from None
    except MalformedDocument as error:
        raise ProofInvalid(f"The proof cannot be checked: {error}") from None


def created_at(document: dict[str, Any]) -> datetime:
    """When its proof says that it was made. Raises ProofInvalid where there is none."""
    proof = _proof_of(document)
    if proof is None:
        raise ProofInvalid("There is no proof.", code="proof-missing")
    return _moment(proof, "created")


def digest_of(document: dict[str, Any]) -> bytes:
    """SHA-256 of what a proof is over: the same however the document is written, and whatever
    stands beside it that no proof covers. Raises MalformedDocument."""
    return sha256(jcs.canonical(strip(document))).digest()


def strip(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its proof and without a linked data signature."""
    return {name: value for name, value in document.items() if name not in ("proof", "signature")}


def _options(verification_method: str, created: datetime) -> dict[str, Any]:
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": datetimes.format(created),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    }


def _proof(hashed: bytes, options: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    signature = key.sign(_signed_bytes(hashed, options))
    return options | {"proofValue": multibase.encode(signature)}


def _signed_bytes(hashed: bytes, options: dict[str, Any]) -> bytes:
    return sha256(jcs.canonical(options)).digest() + hashed


def _proof_of(document: dict[str, Any]) -> dict[str, Any] | None:
    if "proof" not in document:
        return None
    proof = document["proof"]
    if isinstance(proof, list) and len(proof) == 1:
        proof = proof[0]
    if not isinstance(proof, dict):
        raise ProofInvalid("The proof must be one object.", code="proof-malformed")
    _check_form(proof)
    return proof


def _check_form(proof: dict[str, Any]) -> None:
    for name, value in _REQUIRED.items():
        if proof.get(name) != value:
            raise ProofInvalid(f"The proof's {name} must be {value}.", code="proof-unsupported")


def _check_times(proof: dict[str, Any], now: datetime) -> None:
    if _moment(proof, "created") > now + MAX_CLOCK_LEAD:
        raise ProofInvalid(
            f"The proof is dated {quoted(proof['created'])}, ahead of our clock,"
            f" {datetimes.format(now)}.",
            code="proof-in-future",
        )
    if "expires" in proof and _moment(proof, "expires") <= now:
        raise ProofInvalid(
            f"The proof expired at {quoted(proof['expires'])}; our clock says"
            f" {datetimes.format(now)}.",
            code="proof-expired",
        )


def _moment(proof: dict[str, Any], name: str) -> datetime:
    try:
        return datetimes.parse(_text(proof, name))
    except ProtocolError as error:
        raise ProofInvalid(f"The proof's {name}: {error}", code="proof-malformed") from None


def _text(proof: dict[str, Any], name: str) -> str:
    value = proof.get(name)
    if not isinstance(value, str) or not value:
        raise ProofInvalid(f"The proof's {name} must be a text.", code="proof-malformed")
    return value
