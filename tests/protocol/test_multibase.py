import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import multibase
from protocol.errors import MalformedDocument
from tests.support.examples import examples


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # draft-msporny-base58-03, §5.
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
        (b"", ""),
    ],
)
def test_base58_as_published(data, text):
    assert multibase.base58_encode(data) == text
    assert multibase.base58_decode(text) == data


@pytest.mark.parametrize(
    "text", ["", "mSGVsbG8", "f00", "z0", "zO", "zI", "zl", "z é", "z" + "1" * 900]
)
def test_other_bases_and_letters_are_refused(text):
    with pytest.raises(MalformedDocument) as caught:
        multibase.decode(text)
    assert caught.value.code == "bad-multibase"


@examples(100)
@given(st.binary(max_size=80))
def test_every_byte_string_comes_back(data):
    assert multibase.decode(multibase.encode(data)) == data
