"""A request as its signature sees it, and the digests that tie the body to the signed headers."""

from base64 import b64encode
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256, sha512

from msgspec import Struct

from protocol.errors import MalformedDocument, SignatureInvalid, quoted

DIGEST_HEADERS = ("digest", "content-digest")

_HASHES = {"sha-256": sha256, "sha-512": sha512}


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A request with everything that a signature can cover."""

    method: str
    target: str
    """Path and query exactly as in the request line: percent-encoding changes the signature."""
    authority: str
    """`host[:port]` of our configured address, never of a header that a stranger can write."""
    scheme: str
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in order; a header sent twice stands here twice."""
    body: bytes | None
    """The raw bytes; None for a request that cannot have any."""
    _lines: dict[str, list[str]] = field(
        init=False, repr=False, compare=False, default_factory=lambda: defaultdict(list)
    )
    """By name: a signature asks for its headers again and again."""

    def __post_init__(self) -> None:
        for name, value in self.headers:
            self._lines[name].append(value.strip())

    def header(self, name: str) -> str | None:
        """All lines of a header joined as RFC 9110 §5.3 allows; None when there is none."""
        lines = self._lines.get(name)
        return ", ".join(lines) if lines else None

    def single_header(self, name: str) -> str | None:
        """A header that may stand only once. Raises MalformedDocument when it is repeated:
        the code that checks one line and the code that uses the other need not agree."""
        lines = self._lines.get(name, ())
        if len(lines) > 1:
            raise MalformedDocument(
                f"The header {quoted(name)} stands in the request more than once.",
                code="duplicate-header",
            )
        return lines[0] if lines else None


class BodyDigest(Struct, frozen=True):
    """The SHA-256 of a body in base64, reckoned once however many peers the body goes to."""

    sha256: str

    @classmethod
    def of(cls, body: bytes) -> "BodyDigest":
        return cls(_base64(sha256(body).digest()))

    @property
    def digest(self) -> str:
        """The value of `Digest` (RFC 3230)."""
        return f"SHA-256={self.sha256}"

    @property
    def content_digest(self) -> str:
        """The value of `Content-Digest` (RFC 9530)."""
        return f"sha-256=:{self.sha256}:"


def check_digest(message: SignedMessage) -> None:
    """Compare every digest header that the request has with the body.

    SHA-256 and SHA-512 count, at least one of them must be there, others are passed over.
    Raises SignatureInvalid, or MalformedDocument for a header that stands twice.
    """
    for name in DIGEST_HEADERS:
        value = message.single_header(name)
        if value is not None:
            _compare(name, value, message.body or b"")


def _compare(name: str, value: str, body: bytes) -> None:
    compared: set[str] = set()
    for entry in value.split(","):
        algorithm, _, encoded = entry.strip().partition("=")
        algorithm = algorithm.lower()
        if algorithm not in _HASHES:
            continue
        if algorithm in compared:
            raise MalformedDocument(
                f"The header {name} gives {algorithm} twice.", code="duplicate-digest"
            )
        compared.add(algorithm)
        expected = _base64(_HASHES[algorithm](body).digest())
        if encoded != (expected if name == "digest" else f":{expected}:"):
            raise SignatureInvalid(
                f"The {algorithm} in the header {name} is not that of the body received.",
                code="digest-mismatch",
            )
    if not compared:
        raise SignatureInvalid(
            f"The header {name} must give SHA-256 or SHA-512.", code="digest-unsupported"
        )


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
