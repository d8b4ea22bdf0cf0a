"""A passkey in software: signs what a browser would let it sign, and what none would."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256, CoseKey
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """Counts each signature; a copy of it counts on its own."""

    address: str
    host: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    credential_id: bytes = b"a credential of Rosa"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, challenge: bytes, public: CoseKey | None = None) -> str:
        """What the browser says of a new passkey. public: the key that it says it is."""
        public = public or ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(bytes(16), self.credential_id, public)
        signed = AuthenticatorData.create(self.rp, self.flags | ATTESTED, self.count, data)
        made = AttestationObject.create("none", signed, {})
        return self.said("webauthn.create", challenge, attestationObject=bytes(made))

    def show(self, challenge: bytes) -> str:
        """What the browser says when it is shown."""
        self.count += 1
        signed = bytes(AuthenticatorData.create(self.rp, self.flags, self.count))
        digest = sha256(self._client("webauthn.get", challenge)).digest()
        signature = self.key.sign(signed + digest, ec.ECDSA(hashes.SHA256()))
        return self.said("webauthn.get", challenge, authenticatorData=signed, signature=signature)

    @property
    def rp(self) -> bytes:
        return sha256(self.host.encode()).digest()

    def _client(self, kind: str, challenge: bytes) -> bytes:
        said = {"type": kind, "challenge": websafe_encode(challenge), "origin": self.address}
        return json.dumps(said).encode()

    def said(self, kind: str, challenge: bytes, **parts: bytes) -> str:
        """What the browser says, of whatever parts."""
        response: dict[str, Any] = {name: websafe_encode(part) for name, part in parts.items()}
        response["clientDataJSON"] = websafe_encode(self._client(kind, challenge))
        raw = websafe_encode(self.credential_id)
        return json.dumps({"id": raw, "rawId": raw, "type": "public-key", "response": response})
