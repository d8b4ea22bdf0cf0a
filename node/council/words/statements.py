"""Statements: what is said in a federation, as canonical JSON that its authors signed. Pure.

A statement has one spelling: the bytes of RFC 8785. Its *content digest* names what was said, its
proofs left out; its *object digest* covers every byte and is what the log holds.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from node.council.words import lengths, shapes
from node.council.words.shapes import Shape
from protocol import datetimes, jcs, multibase, proofs, strict_json
from protocol.errors import KeyUnusable, MalformedDocument, ProofInvalid
from protocol.keys import did_method_of, public_from_did, public_from_multikey
from protocol.strict_json import JsonLimits

VERSION = 1
MOST_COOPS = 2_000
MOST_BALLOTS = 100_000
MOST_SEQUENCES = 50
MOST_AMENDMENTS = 100
_REMEMBERED = 4_000  # characters: a ballot has 1,500, so that the memory stays below 8 MB
# A key or a statement's signers take a third of a kilobyte: at most 3 MB each.
_MOST_KNOWN = 10_000
_signed_by: dict[str, frozenset[str]] = {}
_LIMITS = JsonLimits(max_depth=16, max_members=200_000)


class Kind(StrEnum):
    """What a statement says."""

    CHARTER = "charter"
    APPLICATION = "application"
    ADMIT = "admit"
    LEAVE = "leave"
    MANDATE = "mandate"
    PROPOSAL = "proposal"
    REVISION = "revision"
    AMENDMENT = "amendment"
    RETRACTION = "retraction"
    NOTICE = "notice"
    WITHDRAWAL = "withdrawal"
    ROW = "row"
    SNAPSHOT = "snapshot"
    BALLOT = "ballot"
    PROMISE = "promise"
    SEEN = "seen"
    CLOSE = "close"
    REVEAL = "reveal"
    CERTIFICATE = "certificate"
    ATTESTATION = "attestation"
    EVIDENCE = "evidence"
    HANDOVER = "handover"
    HOST_MANDATE = "host-mandate"
    RULES = "rules"
    EXCLUSION = "exclusion"
    REPLACEMENT = "replacement"
    VOUCH = "vouch"
    PROTEST = "protest"
    REKEYING = "rekeying"
    RATIFICATION = "ratification"
    RESERVATION = "reservation"
    MARK = "mark"
    PROXY = "proxy"


STRUCTURE = (
    Kind.CHARTER,
    Kind.APPLICATION,
    Kind.ADMIT,
    Kind.LEAVE,
    Kind.MANDATE,
    Kind.PROXY,
    Kind.RULES,
    Kind.EXCLUSION,
    Kind.REPLACEMENT,
    Kind.VOUCH,
    Kind.PROTEST,
    Kind.REKEYING,
    Kind.HANDOVER,
    Kind.HOST_MANDATE,
)
"""Kinds that say who belongs, who speaks for whom, who keeps the log and what the rules are; the
others are about one proposal."""
_delegate = shapes.fields(
    {"id": shapes.name, "key": shapes.key, "custody": shapes.one_of("device", "node")}
)
_delegates = shapes.list_of(_delegate, 20)
_member = shapes.fields(
    {
        "coop": shapes.coop,
        "name": shapes.title,
        "key": shapes.key,
        "witness": shapes.key,
        "members": shapes.whole(0),
    }
)
_said = {
    "title": shapes.title,
    "text": shapes.text,
    "language": shapes.language,
    "policies": shapes.map_of(shapes.policy_key, shapes.anything, 50),
}
_text = {
    "id": shapes.name,
    "class": shapes.name,
    **_said,
    "options": shapes.list_of(shapes.name, 200),
    "public": shapes.flag,
    "opensAt": shapes.moment,
    "closesAt": shapes.moment,
    "finalizeBy": shapes.moment,
}
_about = {"proposal": shapes.name, "proposalDigest": shapes.digest}
_ballots = shapes.sorted_of(shapes.digest, MOST_BALLOTS)
_weights = shapes.map_of(shapes.coop, shapes.whole(0), MOST_COOPS)
_EPOCHS = shapes.whole(1, 10_000)

_FIELDS: Mapping[Kind, Mapping[str, Shape]] = {
    Kind.CHARTER: {
        "name": shapes.title,
        "members": shapes.list_of(_member, MOST_COOPS, 1),
        "host": shapes.fields({"coop": shapes.coop, "logKey": shapes.key}),
        "classes": shapes.anything,
        "scheme": shapes.anything,
        "competences": shapes.sorted_of(shapes.policy_key, 100),
        "witnessQuorum": shapes.title,
        "dummiesAccepted": shapes.flag,
        "delegateTermDays": shapes.optional(shapes.whole(1, 3660)),
        "facilitators": shapes.sorted_of(shapes.coop, 20),
    },
    Kind.APPLICATION: {
        "invitation": shapes.optional(shapes.name),
        "federation": shapes.optional(shapes.digest),
        "name": shapes.title,
        "key": shapes.key,
        "witness": shapes.key,
        "members": shapes.whole(0),
    },
    Kind.ADMIT: {"application": shapes.digest},
    Kind.LEAVE: {},
    Kind.MANDATE: {
        "epoch": shapes.whole(1, 10_000),
        "delegates": _delegates,
        "alternates": _delegates,
    },
    Kind.PROPOSAL: _text,
    Kind.REVISION: {**_text, "parent": shapes.digest},
    Kind.AMENDMENT: {"proposal": shapes.name, **_said, "parent": shapes.digest},
    Kind.RETRACTION: {"proposal": shapes.name, "amendment": shapes.digest},
    Kind.NOTICE: {**_about, "amendments": shapes.sorted_of(shapes.digest, MOST_AMENDMENTS)},
    Kind.WITHDRAWAL: {"proposal": shapes.name},
    Kind.ROW: {
        **_about,
        "coopKey": shapes.key,
        "epoch": shapes.whole(0, 10_000),
        "delegates": _delegates,
        "alternates": _delegates,
        "members": shapes.whole(0),
        "commit": shapes.hex32,
    },
    Kind.SNAPSHOT: {
        **_about,
        "rows": shapes.list_of(shapes.digest, MOST_COOPS),
        "missing": shapes.sorted_of(shapes.coop, MOST_COOPS),
        "weights": _weights,
        "total": shapes.whole(0),
        "power": shapes.optional(shapes.map_of(shapes.coop, shapes.fraction, MOST_COOPS)),
        "textHead": shapes.head,
        "noticeHead": shapes.head,
    },
    Kind.BALLOT: {
        **_about,
        "electorateDigest": shapes.digest,
        "delegate": shapes.key,
        "epoch": shapes.whole(0, 10_000),
        "sequence": shapes.whole(1, MOST_SEQUENCES),
        "prev": shapes.optional(shapes.digest),
        "weight": shapes.whole(0),
        "choice": shapes.small,
    },
    Kind.PROMISE: {"proposal": shapes.name, "ballot": shapes.digest, "by": shapes.moment},
    Kind.SEEN: {"proposal": shapes.name, "ballot": shapes.digest, "at": shapes.moment},
    Kind.CLOSE: {
        **_about,
        "electorateDigest": shapes.digest,
        "size": shapes.whole(1),
        "root": shapes.hex32,
        "heads": shapes.list_of(shapes.head, 50),
        "timely": _ballots,
        "late": _ballots,
        "void": _ballots,
    },
    Kind.REVEAL: {
        "proposal": shapes.name,
        "nonce": shapes.hex32,
        "closingHead": shapes.optional(shapes.head),
    },
    Kind.CERTIFICATE: {
        **_about,
        "electorateDigest": shapes.digest,
        "close": shapes.digest,
        "closingHead": shapes.head,
        "engine": shapes.title,
        "revealed": shapes.sorted_of(shapes.coop, MOST_COOPS),
        "withheld": shapes.sorted_of(shapes.coop, MOST_COOPS),
        "seed": shapes.hex32,
        "result": shapes.anything,
        "resultDigest": shapes.digest,
    },
    Kind.ATTESTATION: {
        "proposal": shapes.name,
        "certificate": shapes.digest,
        "resultDigest": shapes.digest,
        "verdict": shapes.one_of("agree", "dissent"),
    },
    Kind.EVIDENCE: {
        "code": shapes.one_of("E1", "E2a", "E2b", "E3", "E4", "E5", "E6", "E7"),
        "culprit": shapes.coop,
        "proposal": shapes.optional(shapes.name),
        "context": shapes.list_of(shapes.note, MOST_COOPS),
        "parts": shapes.list_of(shapes.anything, MOST_COOPS),
    },
    Kind.HANDOVER: {"epoch": _EPOCHS, "to": shapes.coop, "logKey": shapes.key},
    Kind.HOST_MANDATE: {
        "epoch": _EPOCHS,
        "logKey": shapes.key,
        "startSize": shapes.whole(1),
        "startRoot": shapes.hex32,
    },
    Kind.RULES: {
        "proposal": shapes.name,
        "certificate": shapes.digest,
        "changes": shapes.changes,
    },
    Kind.EXCLUSION: {
        "proposal": shapes.name,
        "certificate": shapes.digest,
        "member": shapes.coop,
    },
    Kind.REPLACEMENT: {
        "old": shapes.key,
        "key": shapes.key,
        "witness": shapes.key,
        "reason": shapes.title,
    },
    Kind.VOUCH: {"replacement": shapes.digest, "reason": shapes.title},
    Kind.PROTEST: {"replacement": shapes.digest},
    Kind.REKEYING: {"replacement": shapes.digest, "head": shapes.head},
    Kind.RATIFICATION: {
        "proposal": shapes.name,
        "certificate": shapes.digest,
        "verdict": shapes.one_of("accept", "reject"),
        "decision": shapes.title,
    },
    Kind.RESERVATION: {
        "proposal": shapes.name,
        "certificate": shapes.digest,
        "key": shapes.policy_key,
        "reason": shapes.paragraph,
    },
    Kind.MARK: {"proposal": shapes.name, "ballot": shapes.digest, "reason": shapes.paragraph},
    Kind.PROXY: {
        "sequence": shapes.whole(1, 10_000),
        "class": shapes.name,
        "only": shapes.optional(shapes.name),
        "holder": shapes.optional(shapes.coop),
        "until": shapes.moment,
    },
}
_SOMETIMES = {
    "charter": shapes.changes,
    "reviewBy": shapes.moment,
    "until": shapes.moment,
    "confirms": shapes.digest,
    "excludes": shapes.coop,
    "names": shapes.some(shapes.map_of(shapes.name, shapes.label, 200)),
}
_ALSO: Mapping[Kind, Mapping[str, Shape]] = {Kind.PROPOSAL: _SOMETIMES, Kind.REVISION: _SOMETIMES}
"""Fields that may be missing, and are never null."""
_PROOF = shapes.fields(
    {
        "type": shapes.one_of("DataIntegrityProof"),
        "cryptosuite": shapes.one_of("eddsa-jcs-2022"),
        "created": shapes.moment,
        "verificationMethod": shapes.title,
        "proofPurpose": shapes.one_of("assertionMethod"),
        "proofValue": shapes.title,
    }
)
_BY_MANY = (Kind.CHARTER, Kind.HOST_MANDATE)
_PROOFS = shapes.list_of(_PROOF, MOST_COOPS, 1)
_FEW_PROOFS = shapes.list_of(_PROOF, 3, 1)
_COMMON: Mapping[str, Shape] = {
    "v": shapes.whole(VERSION, VERSION),
    "kind": shapes.name,
    "federation": shapes.digest,
    "coop": shapes.coop,
    "published": shapes.moment,
    "proof": _FEW_PROOFS,
}


class Statement(Struct, frozen=True):
    """One statement, read and of the right shape; whether its proofs hold is for `signers`."""

    document: Mapping[str, Any]
    text: str
    content: str
    """The content digest."""
    object: str
    """The object digest."""

    def __getitem__(self, field: str) -> Any:
        return self.document[field]

    @property
    def kind(self) -> Kind:
        return Kind(self.document["kind"])

    @property
    def coop(self) -> str:
        return str(self.document["coop"])

    @property
    def federation(self) -> str | None:
        """The charter's content digest; a charter's own is its name."""
        if self.kind is Kind.CHARTER:
            return self.content
        found = self.document["federation"]
        return None if found is None else str(found)

    @property
    def proposal(self) -> str | None:
        """Which proposal it is about, if it is about one."""
        found = self.document.get("proposal", self.document.get("id"))
        return None if found is None else str(found)

    def moment(self, field: str) -> datetime:
        return datetimes.parse(self.document[field])


def read(text: str) -> Statement:
    """Read a statement. Raises MalformedDocument, also for one in another spelling.

    What was read lately is not read again: a log is looked at for each message about it.
    """
    return _read_lately(text) if len(text) <= _REMEMBERED else _read(text)


@lru_cache(maxsize=2_000)
def _read_lately(text: str) -> Statement:
    return _read(text)


def _read(text: str) -> Statement:
    document = strict_json.loads(text.encode(), _LIMITS)
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in set(Kind):
        raise MalformedDocument("There is no such kind of statement.", code="unknown-kind")
    shape, also = _shape(Kind(kind)), _ALSO.get(Kind(kind), {})
    given = {name: is_right for name, is_right in also.items() if name in document}
    most = lengths.most_of(Kind(kind))
    if most is not None and lengths.told_bytes(text) > most:
        raise MalformedDocument(f"A {kind} has at most {most} bytes.", code="too-large")
    wrong = sorted(
        {name for name, is_right in (shape | given).items() if not is_right(document.get(name))}
        | (set(document) ^ set(shape | given))
    )
    if wrong:
        raise MalformedDocument(f"Its {wrong[0]} is not as it must be.", code="bad-statement")
    statement = _statement(document)
    if statement.text != text:
        raise MalformedDocument("It is not in canonical form (RFC 8785).", code="not-canonical")
    return statement


def new(
    kind: Kind, coop: str, federation: str | None, published: datetime, **fields: Any
) -> dict[str, Any]:
    """A statement to be signed."""
    document = {
        "v": VERSION,
        "kind": kind.value,
        "federation": federation,
        "coop": coop,
        "published": datetimes.format(published),
    }
    if kind is Kind.CHARTER:
        del document["federation"]
    return document | fields


def signed(
    document: Mapping[str, Any], *private: Ed25519PrivateKey, created: datetime
) -> Statement:
    """The statement with a proof of each key, after those that it bears already."""
    plain = {name: value for name, value in document.items() if name != "proof"}
    hashed = sha256(jcs.canonical(plain)).digest()
    made = [
        proofs.proof_over(hashed, key, did_method_of(key.public_key()), created) for key in private
    ]
    return _statement(plain | {"proof": [*document.get("proof", []), *made]})


def with_proofs(statement: Statement, others: list[Statement]) -> Statement:
    """One statement with the proofs of several copies of it, in the order of their keys."""
    found = {
        proof["verificationMethod"]: proof
        for each in (statement, *others)
        if each.content == statement.content
        for proof in each["proof"]
    }
    ordered = [found[method] for method in sorted(found)]
    return _statement(dict(statement.document) | {"proof": ordered})


def signers(statement: Statement) -> frozenset[str]:
    """The keys that signed it. Raises ProofInvalid if one of its proofs does not hold.

    What was found of a statement is known from then on, by its object digest.
    """
    known = _signed_by.get(statement.object)
    if known is None:
        known = _signers(statement)
        if len(_signed_by) >= _MOST_KNOWN:
            del _signed_by[next(iter(_signed_by))]
        _signed_by[statement.object] = known
    return known


def _signers(statement: Statement) -> frozenset[str]:
    hashed = multibase.decode(statement.content)[len(shapes.MULTIHASH) :]
    keys = []
    for proof in statement["proof"]:
        method = proof["verificationMethod"]
        # Dated by whoever makes it; what counts is when witnesses saw it.
        proofs.verify_hashed(hashed, proof, _key_of(method), proofs.NO_CLOCK)
        keys.append(method.partition("#")[2])
    if len(set(keys)) != len(keys):
        raise ProofInvalid("One key signed it twice.", code="proof-repeated")
    return frozenset(keys)


def digest_of(data: bytes) -> str:
    """A digest as the council writes it: multihash SHA-256, base58btc."""
    return multibase.encode(shapes.MULTIHASH + sha256(data).digest())


@lru_cache(maxsize=_MOST_KNOWN)
def public_key(multikey: str) -> Ed25519PublicKey:
    """Raises KeyUnusable unless it is Ed25519."""
    key = public_from_multikey(multikey)
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable("The key is not Ed25519.")
    return key


def _statement(document: dict[str, Any]) -> Statement:
    whole = jcs.canonical(document)
    content = digest_of(jcs.canonical(proofs.strip(document)))
    return Statement(document, whole.decode(), content, digest_of(whole))


@lru_cache
def _shape(kind: Kind) -> dict[str, Shape]:
    shape = {**_COMMON, **_FIELDS[kind]}
    if kind in _BY_MANY:
        shape["proof"] = _PROOFS
    if kind is Kind.CHARTER:
        del shape["federation"]
    return shape


@lru_cache(maxsize=_MOST_KNOWN)
def _key_of(method: str) -> Ed25519PublicKey:
    did, _hash, fragment = method.partition("#")
    key = public_from_did(did)
    if did_method_of(key) != method:
        raise ProofInvalid(f"The proof names {fragment}, not its key.", code="proof-malformed")
    return key
