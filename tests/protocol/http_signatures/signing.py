"""A peer that signs as a test asks, right or wrong, without the rules of our own signer."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol import http_signatures, keys
from protocol.http_signatures import BodyDigest, SignedMessage, checks
from protocol.keys import PrivateKey, PublicKey

NOW = datetime(2027, 1, 5, 10, tzinfo=UTC)
DATE = "Tue, 05 Jan 2027 10:00:00 GMT"
SECOND = int(NOW.timestamp())
AUTHORITY = "loaf.example"
BODY = b'{"type":"Follow"}'
KEY_ID = "https://grocer.example/coop#main-key"
RSA = keys.generate_rsa()
ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def check(message: SignedMessage, key: PublicKey | None = None, now: datetime = NOW) -> None:
    """What a receiver does, from headers to verdict."""
    claims = http_signatures.claims_of(message)
    http_signatures.verify(message, claims, key or RSA.public_key(), now)


@dataclass
class Peer:
    """A request in the making; tests change a field, then sign."""

    method: str = "POST"
    target: str = "/inbox"
    body: bytes | None = BODY
    key: PrivateKey = field(default_factory=lambda: RSA)
    headers: dict[str, str] = field(
        default_factory=lambda: {
            "host": AUTHORITY,
            "date": DATE,
            "content-type": "application/activity+json",
            "digest": BodyDigest.of(BODY).digest,
            "content-digest": BodyDigest.of(BODY).content_digest,
        }
    )

    def without_body(self) -> "Peer":
        self.method, self.body = "GET", None
        for name in ("content-type", "digest", "content-digest"):
            del self.headers[name]
        return self

    def cavage(
        self,
        covered: str = "(request-target) host date digest",
        *,
        algorithm: str | None = "rsa-sha256",
        extra: str = "",
        pseudo: dict[str, str] | None = None,
        signed_target: str | None = None,
    ) -> SignedMessage:
        """The request with a cavage signature over `covered`."""
        values = {
            "(request-target)": f"{self.method.lower()} {signed_target or self.target}",
            **self.headers,
            **(pseudo or {}),
        }
        lines = [f"{name}: {values[name]}" for name in covered.split()]
        named = "" if algorithm is None else f'algorithm="{algorithm}",'
        value = (
            f'keyId="{KEY_ID}",{named}headers="{covered}",{extra}'
            f'signature="{self._signature(lines)}"'
        )
        return self.message(("signature", value))

    def rfc9421(
        self,
        covered: str = '"@method" "@target-uri" "@authority" "content-digest"',
        parameters: str = f';created={SECOND};keyid="{KEY_ID}"',
        *,
        label: str = "sig1",
        extra: tuple[tuple[str, str], ...] = (),
    ) -> SignedMessage:
        """The request with an RFC 9421 signature over `covered`."""
        values = {
            "@method": self.method,
            "@target-uri": f"https://{AUTHORITY}{self.target}",
            "@authority": AUTHORITY,
            "@scheme": "https",
            "@request-target": self.target,
            "@path": self.target.partition("?")[0],
            "@query": "?" + self.target.partition("?")[2],
            **self.headers,
        }
        inner = f"({covered}){parameters}"
        names = [name.strip('"') for name in covered.split()]
        lines = [f'"{name}": {values[name]}' for name in names]
        lines.append(f'"@signature-params": {inner}')
        return self.message(
            *extra,
            ("signature-input", f"{label}={inner}"),
            ("signature", f"{label}=:{self._signature(lines)}:"),
        )

    def message(self, *more: tuple[str, str]) -> SignedMessage:
        headers = (*self.headers.items(), *more)
        return SignedMessage(self.method, self.target, AUTHORITY, "https", headers, self.body)

    def _signature(self, lines: list[str]) -> str:
        signed = "\n".join(lines).encode()
        return b64encode(checks.signature_of(self.key, signed)).decode()
