import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import strict_json
from protocol.errors import MalformedDocument
from protocol.strict_json import JsonLimits
from tests.support.examples import examples


def refusal(data: bytes, limits: JsonLimits = strict_json.DEFAULT_LIMITS) -> str:
    with pytest.raises(MalformedDocument) as caught:
        strict_json.loads(data, limits)
    assert caught.value.status_hint == 400
    return caught.value.code


def test_an_ordinary_activity_is_read_as_it_stands():
    data = '{"type":"Note","content":"Brød \\u00e6 😀","n":[1,-2.5,null,true,{}]}'.encode()
    assert strict_json.loads(data) == {
        "type": "Note",
        "content": "Brød æ 😀",
        "n": [1, -2.5, None, True, {}],
    }


@pytest.mark.parametrize("data", [b"[]", b'"x"', b"5", b"null", b"true"])
def test_only_an_object_is_a_document(data):
    assert refusal(data) == "not-an-object"


@pytest.mark.parametrize(
    "data", [b"", b" ", b"{", b'{"a":}', b"{'a':1}", b'{"a":1}x', b'{"a":"\n"}']
)
def test_what_is_not_json_is_refused(data):
    assert refusal(data) == "not-json"


@pytest.mark.parametrize("data", [b'{"w":NaN}', b'{"w":Infinity}', b'{"w":-Infinity}'])
def test_what_only_python_takes_for_a_number_is_refused(data):
    assert refusal(data) == "not-json"


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", str(2**53), str(-(2**53)), str(2**63), "9" * 5000]
)
def test_a_number_out_of_range_is_refused(number):
    assert refusal(f'{{"fee":{number}}}'.encode()) == "number-out-of-range"


def test_the_largest_integers_are_taken():
    largest = 2**53 - 1
    assert strict_json.loads(f'{{"a":{largest},"b":-{largest}}}'.encode()) == {
        "a": largest,
        "b": -largest,
    }


def test_a_repeated_key_is_refused_and_named():
    with pytest.raises(MalformedDocument, match="'actor'") as caught:
        strict_json.loads(b'{"x":{"actor":"alice","to":1,"actor":"eve"}}')
    assert caught.value.code == "duplicate-key"


def test_a_key_repeated_in_another_spelling_is_the_same_key():
    assert refusal(rb'{"actor":"alice","\u0061ctor":"eve"}') == "duplicate-key"


@pytest.mark.parametrize(
    "data", ['{"a":"é"}'.encode("latin-1"), '{"a":1}'.encode("utf-16"), b'{"a":"\xed\xa0\x80"}']
)
def test_only_utf8_is_read(data):
    assert refusal(data) == "not-utf-8"


def test_a_byte_order_mark_is_refused():
    assert refusal(b'\xef\xbb\xbf{"a":1}') == "byte-order-mark"


@pytest.mark.parametrize(
    "data",
    [
        rb'{"a":["\ud800"]}',
        rb'{"a":"\udc00\ud800"}',
        rb'{"\ud800":1}',
        rb'{"a":["\ud83d","\ude00"]}',
    ],
)
def test_half_of_a_surrogate_pair_is_refused(data):
    assert refusal(data) == "lone-surrogate"


def test_a_whole_escaped_pair_is_one_character():
    assert strict_json.loads(rb'{"a":"\ud83d\ude00"}') == {"a": "😀"}


@pytest.mark.parametrize("data", [rb'{"a":{"b":["x\u0000"]}}', rb'{"\u0000":1}'])
def test_the_character_nul_is_refused(data):
    assert refusal(data) == "nul-character"


def test_a_backslash_before_u0000_is_text():
    assert strict_json.loads(rb'{"a":"\\u0000"}') == {"a": "\\u0000"}


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_depth_ends_at_the_limit(opening, closing):
    def nested(depth):
        inner = depth - 1
        return f'{{"a":{opening * inner}1{closing * inner}}}'.encode()

    assert strict_json.loads(nested(32))
    assert refusal(nested(33)) == "too-deep"
    assert refusal(nested(100_000)) == "too-deep"


def test_unclosed_brackets_by_the_thousand_are_refused():
    assert refusal(b'{"a":' + b"[" * 100_000) in {"too-deep", "not-json"}


def test_members_are_counted_over_the_whole_document():
    limits = JsonLimits(max_members=6)
    assert strict_json.loads(b'{"a":[1,2],"b":{"c":3,"d":4}}', limits)
    assert refusal(b'{"a":[1,2],"b":{"c":3,"d":4,"e":5}}', limits) == "too-many-members"


def test_brackets_and_commas_in_text_do_not_count():
    text = "[,{" * 2000
    assert strict_json.loads(json.dumps({"content": text}).encode()) == {"content": text}


def test_the_dump_is_compact_utf8_in_the_order_given():
    assert strict_json.dumps({"b": "é", "a": [1, None]}) == '{"b":"é","a":[1,null]}'.encode()


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@examples(150)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        values,
        max_size=5,
    ),
    st.booleans(),
)
def test_whatever_json_can_say_comes_back_unchanged(document, escaped):
    data = json.dumps(document, ensure_ascii=escaped).encode()
    assert strict_json.loads(data) == document


@examples(300)
@given(
    st.binary(max_size=40)
    | st.text(st.sampled_from(r'{}[]:,"\ud80e+-.019 nulltrefas'), max_size=40).map(str.encode)
)
def test_hostile_bytes_give_a_document_or_a_plain_refusal(data):
    try:
        document = strict_json.loads(data)
    except MalformedDocument:
        return
    assert isinstance(document, dict)
