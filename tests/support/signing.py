"""Signing as other software does it: from the specifications alone, without the code under test.

draft-cavage-12, RFC 9421 and FEP-8b32 in a page, so that a mistake of ours in reading one of them
cannot hide on both sides of a test.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

AS2_TYPE = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True)
class Signer:
    """One foreign actor with its keys."""

    actor: str
    rsa: RSAPrivateKey
    ed25519: Ed25519PrivateKey

    @property
    def rsa_id(self) -> str:
        return f"{self.actor}#main-key"

    @property
    def ed25519_id(self) -> str:
        return f"{self.actor}#ed25519-key"


def cavage(
    signer: Signer,
    host: str,
    body: bytes,
    date: datetime,
    *,
    path: str = "/inbox",
    method: str = "post",
    algorithm: str = "rsa-sha256",
    covered: str = "(request-target) host date digest",
    told_date: str | None = None,
    told_digest: str | None = None,
    times: tuple[int, int] | None = None,
    **changed: str,
) -> dict[str, str]:
    """Headers of a draft-cavage request; `changed` overwrites headers after signing.

    told_date, told_digest: what these say instead, signed as it is. times: of creation and expiry.
    """
    headers = {
        "host": host,
        "date": format_datetime(date, usegmt=True) if told_date is None else told_date,
        "digest": told_digest or f"SHA-256={_sha256(body)}",
        "content-type": AS2_TYPE,
    }
    created, expires = times or ("", "")
    signed = headers | {
        "(request-target)": f"{method} {path}",
        "(created)": str(created),
        "(expires)": str(expires),
    }
    lines = [f"{name}: {signed[name]}" for name in covered.split()]
    signature = base64.b64encode(_sign(signer.rsa, "\n".join(lines).encode())).decode()
    headers["signature"] = (
        f'keyId="{signer.rsa_id}",algorithm="{algorithm}",headers="{covered}",'
        f'signature="{signature}"'
    )
    if times is not None:
        headers["signature"] += f",created={created},expires={expires}"
    return headers | changed


def rfc9421(
    signer: Signer,
    host: str,
    body: bytes,
    date: datetime,
    *,
    scheme: str = "http",
    path: str = "/inbox",
    key: str = "rsa",
    alg: bool = True,
    covered: tuple[str, ...] = ("@method", "@target-uri", "content-digest"),
) -> dict[str, str]:
    """Headers of an RFC 9421 request."""
    parts = {
        "@method": "POST",
        "@target-uri": f"{scheme}://{host}{path}",
        "content-digest": f"sha-256=:{_sha256(body)}:",
    }
    key_id = signer.rsa_id if key == "rsa" else signer.ed25519_id
    names = " ".join(f'"{name}"' for name in covered)
    parameters = f'({names});created={int(date.timestamp())};keyid="{key_id}"'
    if alg:
        parameters += ';alg="rsa-v1_5-sha256"' if key == "rsa" else ';alg="ed25519"'
    lines = [f'"{name}": {parts[name]}' for name in covered]
    signed = "\n".join([*lines, f'"@signature-params": {parameters}']).encode()
    private_key = signer.rsa if key == "rsa" else signer.ed25519
    signature = base64.b64encode(_sign(private_key, signed)).decode()
    return {
        "host": host,
        "date": format_datetime(date, usegmt=True),
        "content-digest": parts["content-digest"],
        "content-type": AS2_TYPE,
        "signature-input": f"sig1={parameters}",
        "signature": f"sig1=:{signature}:",
    }


def prove(document: dict[str, Any], signer: Signer, created: str, **options: Any) -> dict[str, Any]:
    """The document with an eddsa-jcs-2022 proof (FEP-8b32)."""
    proof = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": created,
        "verificationMethod": signer.ed25519_id,
        "proofPurpose": "assertionMethod",
        **options,
    }
    hashed = hashlib.sha256(rfc8785.dumps(proof)).digest()
    hashed += hashlib.sha256(rfc8785.dumps(document)).digest()
    return document | {"proof": proof | {"proofValue": "z" + _base58(signer.ed25519.sign(hashed))}}


def encode(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _sign(key: RSAPrivateKey | Ed25519PrivateKey, data: bytes) -> bytes:
    if isinstance(key, RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data)


def _sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text
