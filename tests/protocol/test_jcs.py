import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from protocol import jcs, strict_json
from protocol.errors import MalformedDocument
from tests.protocol.vectors import FOLDER
from tests.support.examples import examples

SAMPLES = ["arrays", "french", "structures", "unicode", "values", "weird"]
NUMBERS = (FOLDER / "rfc8785/numbers.csv").read_text().split()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_published_samples_come_out_byte_for_byte(name):
    source = (FOLDER / f"rfc8785/input/{name}.json").read_bytes()
    expected = (FOLDER / f"rfc8785/output/{name}.json").read_bytes()
    value = strict_json.loads(b'{"value":' + source + b"}")["value"]
    assert jcs.canonical(value) == expected


@pytest.mark.parametrize("line", NUMBERS)
def test_the_published_numbers_come_out_as_printed(line):
    bits, expected = line.split(",")
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert jcs.canonical(number) == expected.encode()


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        2**53,
        -(2**53),
        {"a": "\ud800"},
        {"\ud800": 1},
        {1: 2},
        {"a": b"x"},
    ],
)
def test_what_json_cannot_carry_is_refused(value):
    with pytest.raises(MalformedDocument) as caught:
        jcs.canonical(value)
    assert caught.value.code == "not-canonical"


def test_the_contexts_passed_over_are_plain_and_hold_texts_alone(monkeypatch):
    known = jcs._KNOWN
    monkeypatch.setattr(jcs, "_KNOWN", ())
    for context in known:
        assert jcs._is_plain(context)
        assert jcs.canonical(context) == rfc8785.dumps(context)
        assert {type(leaf) for leaf in _leaves(context)} == {str}


def _leaves(value):
    if not isinstance(value, dict | list):
        return [value]
    members = value.values() if isinstance(value, dict) else value
    return [leaf for member in members for leaf in _leaves(member)]


def test_every_character_is_written_alike_on_the_short_and_the_general_way():
    characters = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    assert jcs.canonical({"a": characters}) == rfc8785.dumps({"a": characters})


numbers = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(1e-5, 1e17)
    | st.integers(-(2**53) + 1, 2**53 - 1)
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=15,
)


@examples(400)
@given(values)
def test_the_short_way_gives_the_bytes_of_the_general_way(value):
    assert jcs.canonical(value) == rfc8785.dumps(value)
