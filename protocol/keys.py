"""The two kinds of keys: RSA for HTTP signatures, Ed25519 for proofs; how they are written.

Keys stay what `cryptography` makes of them. A public key from outside is taken only if it is
RSA of 2048 to 4096 bits with the exponent 65537, or a sound Ed25519 key.
"""

from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from protocol import multibase
from protocol.errors import KeyUnusable, MalformedDocument

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | Ed25519PublicKey

_EXPONENT = 65537
_DID = "did:key:"
_MIN_BITS, _MAX_BITS = 2048, 4096
# A 4096-bit key has 800 characters of PEM; what is much longer is refused unread.
_MAX_PEM = 2048

# Points of small order, with the sign bit cleared: with such a key one signature fits any
# message, so its owner could deny a ballot. (y = 0, 1, -1, their unreduced forms, two of order 8.)
_PRIME = 2**255 - 19
_SMALL_ORDER = {
    *(y.to_bytes(32, "little") for y in (0, 1, _PRIME - 1, _PRIME, _PRIME + 1)),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
}


def generate_rsa() -> RSAPrivateKey:
    """A new 2048-bit RSA key; takes tens of milliseconds, so keep it off the event loop."""
    return rsa.generate_private_key(_EXPONENT, _MIN_BITS)


def generate_ed25519() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def private_to_pem(key: PrivateKey) -> bytes:
    """PKCS#8, not encrypted: the file's mode protects it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def private_from_pem(data: bytes, *, ours: bool = False) -> PrivateKey:
    """Read a private key. Raises KeyUnusable.

    `ours` skips the check of the RSA primes, 32 ms for 2048 bits: only for a key that this
    node wrote itself.
    """
    try:
        key = load_pem_private_key(data, password=None, unsafe_skip_rsa_key_validation=ours)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable("The private key cannot be read; it must be PKCS#8 in PEM.") from None
    if not isinstance(key, (RSAPrivateKey, Ed25519PrivateKey)):
        raise KeyUnusable("The private key is neither RSA nor Ed25519.")
    return key


def public_to_pem(key: PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def public_from_pem(text: str) -> PublicKey:
    """Read and check a peer's `publicKeyPem`. Raises KeyUnusable."""
    if len(text) > _MAX_PEM:
        raise KeyUnusable("The public key is too long; use RSA of 2048 to 4096 bits.")
    try:
        key = load_pem_public_key(text.strip().encode("ascii"))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable("The public key cannot be read; it must be PEM.") from None
    return _checked(key)


def multikey_of(key: PublicKey) -> str:
    """`publicKeyMultibase` of FEP-521a: "z6Mk…" for Ed25519."""
    if isinstance(key, Ed25519PublicKey):
        return multibase.encode(multibase.ED25519_PUBLIC + key.public_bytes_raw())
    return multibase.encode(
        multibase.RSA_PUBLIC + key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    )


def public_from_multikey(text: str) -> PublicKey:
    """Read and check a peer's `publicKeyMultibase`. Raises KeyUnusable."""
    try:
        data = multibase.decode(text)
    except MalformedDocument as error:
        raise KeyUnusable(f"The public key cannot be read: {error}") from None
    prefix, raw = data[:2], data[2:]
    try:
        if prefix == multibase.ED25519_PUBLIC:
            return _checked(Ed25519PublicKey.from_public_bytes(raw))
        if prefix == multibase.RSA_PUBLIC:
            return _checked(load_der_public_key(raw))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable("The public key's bytes are not a key of the kind it names.") from None
    raise KeyUnusable("The public key is neither Ed25519 nor RSA.")


def did_of(multikey: str) -> str:
    """The name that a key is by itself, `did:key:z6Mk…` (W3C did:key)."""
    return f"{_DID}{multikey}"


def did_method_of(key: Ed25519PublicKey) -> str:
    """What a proof made with that key names as its verificationMethod."""
    multikey = multikey_of(key)
    return f"{did_of(multikey)}#{multikey}"


def public_from_did(did: str) -> Ed25519PublicKey:
    """The key that a `did:key` is. Raises KeyUnusable for any other name or kind of key."""
    if not did.startswith(_DID):
        raise KeyUnusable("The name is no did:key.")
    key = public_from_multikey(did.removeprefix(_DID))
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable("The did:key is not an Ed25519 key.")
    return key


def digest_of(key: PublicKey) -> bytes:
    """SHA-256 of the DER SubjectPublicKeyInfo: what people compare, as a weave or as words."""
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def _checked(key: object) -> PublicKey:
    if isinstance(key, Ed25519PublicKey):
        raw = key.public_bytes_raw()
        if raw[:31] + bytes([raw[31] & 0x7F]) in _SMALL_ORDER:
            raise KeyUnusable("The Ed25519 key is a degenerate one that fits any message.")
        return key
    if not isinstance(key, RSAPublicKey):
        raise KeyUnusable("The public key is neither RSA nor Ed25519.")
    if not _MIN_BITS <= key.key_size <= _MAX_BITS:
        raise KeyUnusable(
            f"The RSA key has {key.key_size} bits; use {_MIN_BITS} to {_MAX_BITS}.",
            code="key-size",
        )
    if key.public_numbers().e != _EXPONENT:
        raise KeyUnusable(f"The RSA key's exponent must be {_EXPONENT}.", code="key-exponent")
    return key
