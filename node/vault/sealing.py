"""AES-256-GCM under a subject's key, bound to the subject. Pure but for the nonce's randomness."""

from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from federation.ambient import Entropy

KEY_BYTES = 32
_NONCE_BYTES = 12


def sealed(key: bytes, subject: str, content: dict[str, Any], entropy: Entropy) -> bytes:
    """Nonce and ciphertext of the content as JSON."""
    nonce = entropy.token(_NONCE_BYTES)
    plain = msgspec.json.encode(content, order="sorted")
    return nonce + AESGCM(key).encrypt(nonce, plain, subject.encode())


def opened(key: bytes, subject: str, box: bytes) -> dict[str, Any] | None:
    """The content; None when it was sealed for another subject or with another key."""
    try:
        plain = AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], subject.encode())
    except InvalidTag:
        return None
    content: dict[str, Any] = msgspec.json.decode(plain)
    return content
