"""Made-up documents, texts and tables: the parts from which the fuzzers of this folder build.

A document is mostly one that FEDERATION.md shows, with something else in one to three places.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from protocol import jsonld
from protocol.contexts import CONTEXT
from protocol.errors import ProtocolError

ROOT = Path(__file__).parent.parent.parent
_EXAMPLE = re.compile(r"<!-- example: ([a-z0-9-]+) -->\n```json\n(.*?)```\n", re.DOTALL)
EXAMPLES: dict[str, dict[str, Any]] = {
    name: json.loads(text)
    for name, text in _EXAMPLE.findall((ROOT / "FEDERATION.md").read_text(encoding="utf-8"))
    if text.startswith("{")
}
"""What the documents show of every message: whole, well formed, and of every kind."""
SAID = {name: shown for name, shown in EXAMPLES.items() if "actor" in shown}

TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "1e999",
        "NaN",
        "true",
        "null",
        "https://x.example/",
        "http://[",
        "did:key:z6Mk",
        "2027-02-30T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "P1D",
        "PT0S",
        "-P1D",
        "as:Public",
        "Public",
        "@id",
        "_:b0",
        "#x",
        "\u202e",
        "x" * 3_000,
        "=1+1",
        "٣",
        "é" * 300,
        "1" * 30,
        "1.0000000000001",
        "GBP",
        "XXX",
        "en",
        "x-y-z",
        "Proposal",
        "Person",
        "Tombstone",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "name", "object", "actor", "@value", "@list", "x", "kind"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a document, the document itself not among them."""
    if path:
        yield path
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    """The same with something else in one place."""
    if not path:
        return junk
    first, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[first] = replaced(value[first], tuple(rest), junk)
    return copy


def damaged(document: dict[str, Any], data: st.DataObject) -> Any:
    """With one to three places taken by something else."""
    for _time in range(data.draw(st.integers(1, 3))):
        found = list(places(document))
        if not found:
            break
        document = replaced(document, data.draw(st.sampled_from(found)), data.draw(JUNK))
    return document


def whole(document: Any) -> Any:
    """With the context that the documents leave out."""
    if isinstance(document, dict):
        return {
            key: CONTEXT if key == "@context" and isinstance(value, str) else whole(value)
            for key, value in document.items()
        }
    return [whole(each) for each in document] if isinstance(document, list) else document


CELLS = TEXTS | st.sampled_from(
    ['"', '""', ",", ";", "\t", "\r", "\n", "\r\n", "'=1", "title", "price"]
)
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=5).map(",".join), max_size=6).map("\n".join)


def _normalised(document: Any) -> dict[str, Any]:
    """As readers get it, where it can be had so."""
    if not isinstance(document, dict):
        return {"object": document}
    try:
        return jsonld.normalise(document)
    except ProtocolError:
        return document


def _parts(document: Any) -> list[dict[str, Any]]:
    """The document and what is inside it that is a document, too."""
    found = [document] if isinstance(document, dict) else []
    inner = document.values() if isinstance(document, dict) else document
    if isinstance(document, dict | list):
        for each in inner:
            found += _parts(each)
    return found


@st.composite
def damaged_objects(draw: st.DrawFn, names: tuple[str, ...]) -> dict[str, Any]:
    """One of these examples, or one of its parts, damaged."""
    data: Any = draw(st.data())
    document = damaged(whole(EXAMPLES[draw(st.sampled_from(names))]), data)
    parts = _parts(_normalised(document))
    return draw(st.sampled_from(parts)) if parts else {}


OBJECTS = damaged_objects(tuple(sorted(EXAMPLES)))
"""What a reader of peers' documents may be given."""


@st.composite
def damaged_document(draw: st.DrawFn, document: Any) -> Any:
    """The document that is given, damaged."""
    data: Any = draw(st.data())
    return damaged(document, data)
