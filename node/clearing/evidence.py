"""Papers as proof: whose signature is under them, and what their digests are.

A paper counts when its own proof was made by a key of its author that we hold, whoever brought it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct
from sqlalchemy import select

from federation.handlers import Received
from federation.models import RemoteActor, RemoteKey
from federation.storage import Reader
from protocol import datetimes, keys, proofs, strict_json
from protocol.errors import MalformedDocument, ProofInvalid
from protocol.terms import is_plain
from protocol.vocabulary.papers import Paper, digest_of, parse_paper


class Refusal(Exception):
    """A peer's message that is refused: status, code and sentence of the answer.

    Never 404 or 410: to whoever delivers, those say that our inbox is gone for good.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class Unknown(Exception):
    """Coops whose keys must be fetched before their papers can be read."""

    def __init__(self, coops: tuple[str, ...]) -> None:
        super().__init__(", ".join(coops))
        self.coops = coops


def wrong_party() -> Refusal:
    return Refusal(403, "wrong-party", "This is for another coop to say.")


def other_digest() -> Refusal:
    return Refusal(
        409, "digest-differs", "The answersDigest is not that of the document that it answers."
    )


class Signed(Struct, frozen=True):
    """A paper with the document that was signed and its digest."""

    paper: Paper
    document: dict[str, Any]
    digest: str

    @property
    def text(self) -> str:
        """The document as it stands inside another."""
        return strict_json.dumps(self.document).decode()


async def heard(reader: Reader, received: Received, part: str = "object") -> Signed:
    """The paper that a message brings, signed by its sender. Raises Refusal, ProtocolError."""
    document = strict_json.loads(received.verified.raw).get(part)
    if not isinstance(document, dict) or "id" not in document:
        raise Refusal(422, "object-missing", f"Send the whole signed Document as the {part}.")
    [signed] = await verified(reader, [document])
    if signed.paper.author != received.activity.actor:
        raise wrong_party()
    return signed


async def verified(reader: Reader, documents: Sequence[dict[str, Any]]) -> list[Signed]:
    """Papers whose signatures hold, in the same order.

    Raises MalformedDocument, ProofInvalid for a signature that is missing or does not hold,
    Unknown for authors whose keys we do not have.
    """
    read = [_read(document) for document in documents]
    methods = {proofs.verification_method_of(signed.document) for signed in read} - {None}
    held = await _held(reader, [method for method in methods if method])
    unknown = {
        signed.paper.author
        for signed in read
        if (method := proofs.verification_method_of(signed.document)) and method not in held
    } - {reader.identities.coop.uri}
    if unknown:
        raise Unknown(tuple(sorted(unknown)))
    for signed in read:
        _check(reader, signed, held)
    return read


async def strangers(reader: Reader, coops: Collection[str]) -> tuple[str, ...]:
    """Those of whom we do not know an address and keys."""
    known = await reader.scalars(select(RemoteActor.uri).where(RemoteActor.uri.in_(coops)))
    return tuple(sorted(set(coops) - set(known) - {reader.identities.coop.uri}))


def read_own(document: dict[str, Any]) -> Signed:
    """A paper that we stored after its signature was checked, or made ourselves."""
    return _read(document)


def from_text(text: str) -> dict[str, Any]:
    """A signed document that stood inside another as a text. Raises MalformedDocument."""
    return strict_json.loads(text.encode())


def _read(document: dict[str, Any]) -> Signed:
    if not is_plain(document.get("@context")):
        raise MalformedDocument(
            "Use the context that FEDERATION.md gives: names must mean what they say.",
            code="unsupported-context",
        )
    return Signed(parse_paper(document), document, digest_of(document))


class _Key(Struct, frozen=True):
    owner: str
    public: Ed25519PublicKey
    retired_at: datetime | None


async def _held(reader: Reader, methods: Sequence[str]) -> dict[str, _Key]:
    rows = await reader.scalars(
        select(RemoteKey).where(
            RemoteKey.key_id.in_(methods), RemoteKey.purpose == "proof", RemoteKey.kind == "ed25519"
        )
    )
    held = {}
    for row in sorted(rows, key=lambda row: row.retired_at is None):
        public = keys.public_from_pem(row.public_pem)
        if isinstance(public, Ed25519PublicKey):
            held[row.key_id] = _Key(row.owner, public, row.retired_at)
    return held | _ours(reader)


def _ours(reader: Reader) -> dict[str, _Key]:
    coop = reader.identities.coop
    ever: list[tuple[str, str, str, datetime | None]] = [
        (key.id, key.owner, key.public, None) for key in coop.ed25519_listed
    ]
    ever += [(key.id, key.owner, key.public, key.retired_at) for key in reader.identities.retired]
    mine = {}
    for key_id, owner, text, retired_at in ever:
        if owner != coop.uri or not text.startswith("z"):
            continue
        public = keys.public_from_multikey(text)
        if isinstance(public, Ed25519PublicKey):
            mine[key_id] = _Key(owner, public, retired_at)
    return mine


def _check(reader: Reader, signed: Signed, held: dict[str, _Key]) -> None:
    method = proofs.verification_method_of(signed.document)
    key = held.get(method or "")
    if key is None or key.owner != signed.paper.author:
        raise ProofInvalid(
            f"{signed.paper.uri} is not signed by a key of the coop that it says it is from.",
            code="proof-of-another",
        )
    proofs.verify_proof(signed.document, key.public, reader.now)
    if key.retired_at is not None:
        proof = signed.document["proof"]
        [one] = proof if isinstance(proof, list) else [proof]
        if datetimes.parse(one["created"]) > key.retired_at:
            raise ProofInvalid("It was signed after the key was retired.", code="key-retired")
