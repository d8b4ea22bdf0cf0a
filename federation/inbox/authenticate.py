"""Who sent this: the HTTP signature, the document's own proof, or both.

A message must bring at least one, and everything that it brings must hold: a bad proof under a
good signature is refused, as a bad signature over a good proof. Where both hold and name different
actors the message was forwarded, and the proof's actor is its author.

The bytes are verified first and read second. Source: FEP-8b32, FEP-fe34, RFC 9421.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from federation.handlers import Verified
from federation.inbox.authorise import embedded
from federation.remote.documents import normalised
from federation.remote.keys import Keys, RemoteKeyMaterial
from protocol import http_signatures, proofs, strict_json
from protocol.errors import KeyUnusable, ProofInvalid, SignatureInvalid, SignatureMissing
from protocol.http_signatures import Claims, SignedMessage

OF_ANOTHER_KEY = frozenset({"signature-mismatch", "algorithm-mismatch"})
"""Why a signature may not hold, if its owner has changed the key; no other key mends the rest."""

Admit = Callable[[str], Awaitable[None]]
"""Asked about every key id before the key is looked for; raises Refused."""


_PROOF = b'"proof"'


class Authentic(Struct, frozen=True):
    """A message whose author is proven.

    document: the whole, normalised. proven: owner by id of embedded documents that carry a valid
    proof of somebody else. dated: when it was signed, if nothing fresher than a document proof
    speaks for it. signer: the actor behind the HTTP signature. said: digest of what the document's
    own proof is over.
    """

    verified: Verified
    document: dict[str, Any]
    proven: Mapping[str, str]
    dated: datetime | None
    signer: str | None
    said: bytes | None = None


def claims_in(message: SignedMessage) -> Claims | None:
    """The HTTP signature's claims; None when there is none. Raises ProtocolError."""
    try:
        return http_signatures.claims_of(message)
    except SignatureMissing:
        return None


async def signer_of(
    message: SignedMessage, claims: Claims, keys: Keys, now: datetime, admit: Admit
) -> str:
    """The actor whose key made the HTTP signature. Raises ProtocolError, FederationError."""
    await admit(claims.key_id)
    key = await keys.key(claims.key_id)
    try:
        http_signatures.verify(message, claims, key.public_key, now)
    except SignatureInvalid as error:
        if error.code not in OF_ANOTHER_KEY:
            raise
        # Its owner may have changed the key since: look once (the cache limits how often).
        renewed = await keys.renewed(claims.key_id, key)
        if renewed is None:
            raise
        http_signatures.verify(message, claims, renewed.public_key, now)
        return renewed.owner
    return key.owner


async def authenticate(
    message: SignedMessage, claims: Claims | None, keys: Keys, now: datetime, admit: Admit
) -> Authentic:
    """Prove who wrote the message; network only for a key that is not known yet.

    Raises ProtocolError (400, 401, 421), Refused (403) and, for keys that cannot be read,
    FederationError.
    """
    raw = message.body or b""
    signer = None
    if claims is None and _PROOF not in raw:  # nobody has it parsed who does not sign
        raise _unsigned()
    if claims is not None:
        signer = await signer_of(message, claims, keys, now, admit)
    document = strict_json.loads(raw)
    proof = await _proof_of(document, keys, now, admit, vouched_by=signer)
    prover = proof.owner if proof else None
    if signer is None and prover is None:
        raise _unsigned()
    reading = await normalised(document)
    verified = _verified(signer, prover, claims, document, raw, now)
    return Authentic(
        verified=verified,
        document=reading,
        proven=await _proven(document, reading, verified.actor, keys, now, admit, signer),
        dated=None if signer == verified.actor else proofs.created_at(document),
        signer=signer,
        said=proof.digest if proof else None,
    )


def _unsigned() -> SignatureMissing:
    return SignatureMissing(
        "The request has neither an HTTP signature nor a document proof; "
        "sign it with draft-cavage, RFC 9421 or FEP-8b32."
    )


async def prover_of(
    document: dict[str, Any],
    keys: Keys,
    now: datetime,
    admit: Admit,
    *,
    vouched_by: str | None = None,
) -> str | None:
    """The owner of the key behind the document's own valid proof; None when it has no proof.

    vouched_by: the actor that hands it over in person, with its key of today. What waited while
    this actor changed its keys bears a proof by the key of before, which holds then, if we know
    that key and it was made before the key was retired. Raises ProofInvalid for a proof that does
    not hold.
    """
    proof = await _proof_of(document, keys, now, admit, vouched_by=vouched_by)
    return proof.owner if proof else None


class _Proof(NamedTuple):
    """A valid one: whose key made it, and the digest of what it is over."""

    owner: str
    digest: bytes


async def _proof_of(
    document: dict[str, Any], keys: Keys, now: datetime, admit: Admit, *, vouched_by: str | None
) -> _Proof | None:
    method = proofs.verification_method_of(document)
    if method is None:
        return None
    await admit(method)
    try:
        key = await keys.key(method)
    except KeyUnusable:
        former = await keys.former(method)
        if former is None or former[0].owner != vouched_by:
            raise
        return _proven_before(document, *former, now)
    try:
        return _proven_by(document, key, now)
    except ProofInvalid:
        renewed = await keys.renewed(method, key)
        if renewed is None:
            raise
        return _proven_by(document, renewed, now)


def _proven_by(document: dict[str, Any], key: RemoteKeyMaterial, now: datetime) -> _Proof:
    """Raises ProofInvalid, KeyUnusable."""
    return _Proof(key.owner, proofs.verify_proof(document, _for_proofs(key), now))


def _proven_before(
    document: dict[str, Any], key: RemoteKeyMaterial, retired_at: datetime, now: datetime
) -> _Proof:
    """The same by a key that is retired."""
    proof = _proven_by(document, key, now)
    if proofs.created_at(document) > retired_at:
        raise ProofInvalid("It was signed after the key was retired.", code="key-retired")
    return proof


async def _proven(
    document: dict[str, Any],
    reading: dict[str, Any],
    actor: str,
    keys: Keys,
    now: datetime,
    admit: Admit,
    signer: str | None,
) -> dict[str, str]:
    proven: dict[str, str] = {}
    believed = embedded(reading)
    for content in embedded(document):
        if not _has_readable_proof(content, keys):
            continue
        owner = await prover_of(content, keys, now, admit, vouched_by=signer)
        # Somebody else's word counts only if the whole reading is what they signed.
        if owner is not None and owner != actor and await normalised(content) in believed:
            proven[str(content.get("id"))] = owner
    return proven


def _has_readable_proof(content: dict[str, Any], keys: Keys) -> bool:
    # Somebody else's document may carry a kind of proof that we do not read: then it is hearsay.
    # So is our own: Fedify's Accept holds our whole Follow, and we know what we said.
    try:
        method = proofs.verification_method_of(content)
        return method is not None and not keys.is_ours(method)
    except ProofInvalid as error:
        if error.code == "proof-unsupported":
            return False
        raise


def _verified(
    signer: str | None,
    prover: str | None,
    claims: Claims | None,
    document: dict[str, Any],
    raw: bytes,
    now: datetime,
) -> Verified:
    by: Literal["http", "proof"] = "http" if prover in {None, signer} else "proof"
    actor = signer if by == "http" else prover
    key_id = claims.key_id if by == "http" and claims else proofs.verification_method_of(document)
    if actor is None or key_id is None:
        raise SignatureMissing("Nobody signed this message.")
    return Verified(actor=actor, key_id=key_id, by=by, raw=raw, received_at=now)


def _for_proofs(key: RemoteKeyMaterial) -> Ed25519PublicKey:
    if key.purpose != "proof" or not isinstance(key.public_key, Ed25519PublicKey):
        raise KeyUnusable(
            "A document proof must be made with an Ed25519 key that its owner lists under "
            "assertionMethod (FEP-521a)."
        )
    return key.public_key
