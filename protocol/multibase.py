"""Base58btc, multibase and multicodec: how FEP-521a and FEP-8b32 write keys and signatures."""

from protocol.errors import MalformedDocument, quoted

ED25519_PUBLIC = b"\xed\x01"
ED25519_PRIVATE = b"\x80\x26"
RSA_PUBLIC = b"\x85\x24"
"""Multicodec prefixes as varints; RSA_PUBLIC is 0x1205."""

# Decoding takes time in the square of the length; the longest we need, a 4096-bit RSA key, has 725.
_MAX_LENGTH = 800

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}


def base58_encode(data: bytes) -> str:
    """Bitcoin's base58; every leading zero byte becomes a "1"."""
    zeros = len(data) - len(data.lstrip(b"\0"))
    number = int.from_bytes(data)
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_ALPHABET[digit])
    return "1" * zeros + "".join(reversed(digits))


def base58_decode(text: str) -> bytes:
    """Undo `base58_encode`. Raises MalformedDocument."""
    if len(text) > _MAX_LENGTH:
        raise MalformedDocument("A base58 value is too long.", code="bad-multibase")
    number = 0
    try:
        for character in text:
            number = number * 58 + _VALUES[character]
    except KeyError:
        raise MalformedDocument(f"{quoted(text)} is not base58.", code="bad-multibase") from None
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def encode(data: bytes) -> str:
    """Multibase with base58btc, the only base that the proofs use: "z…"."""
    return "z" + base58_encode(data)


def decode(text: str) -> bytes:
    """Undo `encode`. Raises MalformedDocument, also for every other base."""
    if not text.startswith("z"):
        raise MalformedDocument(
            f"{quoted(text)} is not multibase in base58btc; it must begin with z.",
            code="bad-multibase",
        )
    return base58_decode(text[1:])
