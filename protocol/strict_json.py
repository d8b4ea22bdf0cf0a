"""JSON from strangers: RFC 8259 with I-JSON's strictness (RFC 7493) and hard limits.

Python's `json` takes NaN, `1e400`, UTF-16, lone surrogates and repeated keys (the last one wins),
so two readers of one signed document could see two documents. Here all of that is refused.
"""

import json
import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from protocol.errors import MalformedDocument, quoted

JsonValue = dict[str, Any] | list[Any] | str | int | float | bool | None


class JsonLimits(NamedTuple):
    """How large a document may be; members are counted over the whole document."""

    max_depth: int = 32
    max_members: int = 2000
    max_integer: int = 2**53 - 1


DEFAULT_LIMITS = JsonLimits()
_FAR_TOO_MANY = 20
"""Times the most members: with so many commas a text is not parsed."""


def loads(data: bytes, limits: JsonLimits = DEFAULT_LIMITS) -> dict[str, Any]:
    """Parse one JSON object. Raises MalformedDocument for everything that is not exactly that."""
    text = _decoded(data)
    commas = text.count(",")
    if commas > _FAR_TOO_MANY * limits.max_members:
        raise _too_many(limits)
    document = _parsed(text, limits)
    if not isinstance(document, dict):
        raise MalformedDocument("The body must be one JSON object.", code="not-an-object")
    # Counts at C's speed bound depth and members from above (brackets inside strings only make the
    # bound larger), so that an ordinary activity is never walked.
    openings = text.count("{") + text.count("[")
    if openings > limits.max_depth or openings + commas > limits.max_members:
        _check_size(document, limits)
    if "\\u" in text:
        _check_strings(document)
    return document


def dumps(value: JsonValue) -> bytes:
    """Compact UTF-8 JSON, keys in the order given."""
    return _encode(value).encode()


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedDocument(
            f"The body is not UTF-8 (byte {error.start}); send JSON in UTF-8.", code="not-utf-8"
        ) from None
    if text.startswith("\ufeff"):
        raise MalformedDocument(
            "The body starts with a byte order mark; send it without.", code="byte-order-mark"
        )
    return text


def _parsed(text: str, limits: JsonLimits) -> JsonValue:
    try:
        return _reader(limits.max_integer)(text)
    except json.JSONDecodeError as error:
        raise MalformedDocument(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            code="not-json",
        ) from None
    except RecursionError:
        raise _too_deep(limits) from None


@lru_cache(maxsize=8)
def _reader(max_integer: int) -> Callable[[str], JsonValue]:
    # A number with more digits than the limit is refused unread: int() of 5,000 digits raises.
    max_digits = len(str(max_integer)) + 1

    def integer(digits: str) -> int:
        if len(digits) > max_digits or not -max_integer <= (number := int(digits)) <= max_integer:
            raise MalformedDocument(
                f"The number {quoted(digits, 20)} is too large; send it as a string.",
                code="number-out-of-range",
            )
        return number

    return json.JSONDecoder(
        object_pairs_hook=_object,
        parse_int=integer,
        parse_float=_finite,
        parse_constant=_no_constant,
    ).decode


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedDocument(
            f"The key {quoted(_repeated(pairs))} stands twice in one object.", code="duplicate-key"
        )
    return members


def _repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for key, _value in pairs:
        if key in seen:
            return key
        seen.add(key)
    raise AssertionError("no key stands twice")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise MalformedDocument(
            f"The number {quoted(digits, 20)} is too large.", code="number-out-of-range"
        )
    return number


def _no_constant(name: str) -> float:
    raise MalformedDocument(f"{name} is not a JSON value.", code="not-json")


def _check_size(document: dict[str, Any], limits: JsonLimits) -> None:
    level: list[Any] = [document]
    depth = members = 0
    while level:
        depth += 1
        members += sum(map(len, level))
        if depth > limits.max_depth:
            raise _too_deep(limits)
        if members > limits.max_members:
            raise _too_many(limits)
        level = [
            child
            for holder in level
            for child in (holder.values() if type(holder) is dict else holder)
            if type(child) is dict or type(child) is list
        ]


def _check_strings(document: dict[str, Any]) -> None:
    # Only escapes can bring a NUL or half a surrogate pair past the UTF-8 decoder.
    text = "".join(_strings(document))
    if "\0" in text:
        raise MalformedDocument("A string contains the character NUL.", code="nul-character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedDocument(
            "A string contains half of a surrogate pair.", code="lone-surrogate"
        ) from None


def _strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from _strings(member)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _too_many(limits: JsonLimits) -> MalformedDocument:
    return MalformedDocument(
        f"The document has more than {limits.max_members:,} members; send less at once.",
        code="too-many-members",
    )


def _too_deep(limits: JsonLimits) -> MalformedDocument:
    return MalformedDocument(
        f"The document is nested more than {limits.max_depth} levels deep.", code="too-deep"
    )


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
