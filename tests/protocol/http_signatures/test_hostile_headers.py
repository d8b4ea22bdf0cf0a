"""Whatever stands in the headers, the answer is a verdict, never a crash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.http_signatures import SignedMessage
from tests.protocol.http_signatures.signing import KEY_ID, SECOND, Peer, check
from tests.support.examples import examples

PIECES = st.sampled_from(
    [
        'keyId="', 'headers="', 'signature="', 'algorithm="', "created=", "expires=", '"', ",", "=",
        "(request-target) host date digest", "(created)", "hs2019", KEY_ID, "AAAA", str(SECOND),
        "sig1", "=(", ")", '"@method"', '"@target-uri"', '"content-digest"', ";created=", ";keyid=",
        ";alg=", f'"{KEY_ID}"', '"ed25519"', ":", ":AAAA:", ";", " ", "1", "9" * 17, "1.5", "?1",
        "@1", '%"x"', "\\", "\t", "\n", "é", "\udc80", "\ud800", "SHA-256=", "sha-256=:",
    ]
)  # fmt: skip
VALUES = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=30)
NAMES = st.sampled_from(
    ["signature", "signature-input", "digest", "content-digest", "date", "host", "accept"]
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)


@examples(600)
@given(HEADERS, st.none() | st.binary(max_size=8))
def test_made_up_headers_are_refused_in_words(headers, body):
    message = SignedMessage("POST", "/inbox", "loaf.example", "https", tuple(headers), body)
    with pytest.raises(ProtocolError) as caught:
        check(message)
    assert "\n" not in str(caught.value)


@examples(300)
@given(st.booleans(), st.data())
def test_a_good_signature_with_a_damaged_header_is_refused_or_still_good(rfc9421, data):
    message = Peer().rfc9421() if rfc9421 else Peer().cavage()
    headers = list(message.headers)
    place = data.draw(st.integers(0, len(headers) - 1))
    name, value = headers[place]
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, min(len(value), start + 10)))
    headers[place] = (name, value[:start] + data.draw(VALUES) + value[end:])
    damaged = SignedMessage(
        message.method,
        message.target,
        message.authority,
        message.scheme,
        tuple(headers),
        message.body,
    )
    covered = {"host", "date", "digest"} if not rfc9421 else {"content-digest"}
    try:
        check(damaged)
    except ProtocolError:
        return
    # What still verifies was changed only where nothing is signed.
    changed = {name} if headers[place][1].strip() != value else set()
    assert not changed & covered
