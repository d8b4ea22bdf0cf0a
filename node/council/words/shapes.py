"""What may stand in a field of a statement: one function for each shape, true or not. Pure."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from protocol import datetimes, jcs, multibase
from protocol.errors import ProtocolError
from protocol.iri import authority_of
from protocol.keys import public_from_multikey
from protocol.transparency import checkpoints, notes

Shape = Callable[[Any], bool]

LONGEST_TEXT = 40_000
LONGEST_LABEL = 100
LONGEST_CHECKPOINT = 1_000
LONGEST_CHOICE = 16 * 1024
MULTIHASH = b"\x12\x20"  # sha2-256, 32 bytes
_LONGEST_DIGEST = 60
# A ballot names eight addresses, keys and digests, most of them as the one before does.
_REMEMBERED = 8_000
_NAME = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_POLICY_KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*\.?", re.ASCII)
_FRACTION = re.compile(r"(0|[1-9][0-9]{0,8})/([1-9][0-9]{0,8})", re.ASCII)
# Written out, since what Unicode calls a sign of this kind differs from Python to Python.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u200c\u200d\u2800\u3164\uffa0 "
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


def text(value: Any, most: int = LONGEST_TEXT) -> bool:
    """Words for people, in one spelling of their characters (NFC)."""
    is_text = isinstance(value, str) and 1 <= len(value) <= most
    return is_text and unicodedata.is_normalized("NFC", value)


def title(value: Any) -> bool:
    return text(value, 200)


def label(value: Any) -> bool:
    """A name for people on one line, without signs that nobody sees or that turn its order."""
    if not text(value, LONGEST_LABEL) or _HIDDEN.search(value):
        return False
    return bool(value.strip(_BLANK)) and value == " ".join(value.split())


def paragraph(value: Any) -> bool:
    return text(value, 2_000)


def name(value: Any) -> bool:
    """An id: small letters, digits and hyphens."""
    return isinstance(value, str) and bool(_NAME.fullmatch(value))


def language(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9-]{2,35}", value, re.ASCII))


def policy_key(value: Any) -> bool:
    """The name of a policy, or a prefix of names that ends with a full stop."""
    return isinstance(value, str) and len(value) <= 80 and bool(_POLICY_KEY.fullmatch(value))


def coop(value: Any) -> bool:
    """The address of a coop's actor."""
    return isinstance(value, str) and len(value) <= 500 and _is_coop(value)


@lru_cache(maxsize=_REMEMBERED)
def _is_coop(value: str) -> bool:
    try:
        return bool(authority_of(value))
    except ProtocolError:
        return False


def moment(value: Any) -> bool:
    """A moment in UTC, as `datetimes.format` writes it."""
    try:
        return isinstance(value, str) and datetimes.format(datetimes.parse(value)) == value
    except ProtocolError:
        return False


def digest(value: Any) -> bool:
    """A digest of the council; base58 has one spelling for each, so that none has two."""
    return isinstance(value, str) and len(value) <= _LONGEST_DIGEST and _is_digest(value)


@lru_cache(maxsize=_REMEMBERED)
def _is_digest(value: str) -> bool:
    try:
        data = multibase.decode(value)
    except ProtocolError:
        return False
    return len(data) == 34 and data[:2] == MULTIHASH


def key(value: Any) -> bool:
    """An Ed25519 key as multikey."""
    return isinstance(value, str) and len(value) <= _LONGEST_DIGEST and _is_key(value)


@lru_cache(maxsize=_REMEMBERED)
def _is_key(value: str) -> bool:
    try:
        return value.startswith("z6Mk") and bool(public_from_multikey(value))
    except ProtocolError:
        return False


def hex32(value: Any) -> bool:
    return isinstance(value, str) and bool(_HEX.fullmatch(value))


def note(value: Any) -> bool:
    """A signed note; who reads it parses it."""
    return isinstance(value, str) and 0 < len(value) <= notes.LONGEST


def head(value: Any) -> bool:
    """A checkpoint as its log signed it, and cosignatures without names; who reads it checks
    them."""
    if not isinstance(value, dict) or set(value) != {"checkpoint", "cosignatures"}:
        return False
    checkpoint, said = value["checkpoint"], value["cosignatures"]
    return note(checkpoint) and len(checkpoint) <= LONGEST_CHECKPOINT and _are_cosignatures(said)


def _are_cosignatures(value: Any) -> bool:
    try:
        data = notes.decode(value) if isinstance(value, str) else b""
    except ProtocolError:
        return False
    most = notes.MOST_SIGNATURES * checkpoints.COSIGNATURE_BYTES
    return 0 < len(data) <= most and len(data) % checkpoints.COSIGNATURE_BYTES == 0


def fraction(value: Any) -> bool:
    """ "p/q" in lowest terms, between 0 and 1."""
    match = _FRACTION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return False
    exact = Fraction(int(match[1]), int(match[2]))
    return exact <= 1 and (exact.numerator, exact.denominator) == (int(match[1]), int(match[2]))


def whole(least: int, most: int = 2**53 - 1) -> Shape:
    return lambda value: type(value) is int and least <= value <= most


def flag(value: Any) -> bool:
    return type(value) is bool


def anything(_value: Any) -> bool:
    """JSON that another module checks."""
    return True


def small(value: Any) -> bool:
    """JSON of at most some kilobytes that another module checks."""
    try:
        return len(jcs.canonical(value)) <= LONGEST_CHOICE
    except ProtocolError:
        return False


def changes(value: Any) -> bool:
    """Fields of a charter that are to be others; another module checks what they say."""
    return isinstance(value, dict) and bool(value) and small(value)


def one_of(*values: str) -> Shape:
    return lambda value: isinstance(value, str) and value in values


def optional(shape: Shape) -> Shape:
    """None or the shape: the field itself is always there."""
    return lambda value: value is None or shape(value)


def list_of(shape: Shape, most: int, least: int = 0) -> Shape:
    def check(value: Any) -> bool:
        return isinstance(value, list) and least <= len(value) <= most and all(map(shape, value))

    return check


def sorted_of(shape: Shape, most: int) -> Shape:
    """A list in its one order, each value once."""
    plain = list_of(shape, most)
    return lambda value: plain(value) and value == sorted(set(value))


def some(shape: Shape) -> Shape:
    """The shape, and not empty: what is empty is left out instead."""
    return lambda value: bool(value) and shape(value)


def map_of(names: Shape, shape: Shape, most: int) -> Shape:
    def check(value: Any) -> bool:
        is_map = isinstance(value, dict) and len(value) <= most
        return is_map and all(map(names, value)) and all(map(shape, value.values()))

    return check


def fields(shapes: Mapping[str, Shape], also: Collection[str] = ()) -> Shape:
    """An object with exactly these fields; those in `also` may be missing."""

    def check(value: Any) -> bool:
        if not isinstance(value, dict) or set(value) - set(shapes):
            return False
        return all(
            shape(value[each]) if each in value else each in also for each, shape in shapes.items()
        )

    return check
