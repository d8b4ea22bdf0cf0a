from hashlib import sha512

import pytest

from protocol.errors import MalformedDocument, ProtocolError, SignatureInvalid
from protocol.http_signatures import (
    BodyDigest,
    SignedMessage,
    check_digest,
)

BODY = b'{"hello": "world"}'
# Both published: draft-cavage-12, Appendix C, and RFC 9530, Appendix D.
DIGEST = "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="
CONTENT_DIGEST = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
SHA512 = "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew=="
WRONG = "A" * 43 + "="


def message(*headers: tuple[str, str], body: bytes | None = BODY) -> SignedMessage:
    return SignedMessage("POST", "/inbox", "loaf.example", "https", headers, body)


def test_both_digest_headers_are_written_as_published():
    digest = BodyDigest.of(BODY)
    assert (digest.digest, digest.content_digest) == (DIGEST, CONTENT_DIGEST)


@pytest.mark.parametrize(
    "headers",
    [
        [("digest", DIGEST)],
        [("digest", DIGEST.replace("SHA", "sha"))],
        [("digest", f"MD5=xyz, {DIGEST} ,SHA-512={SHA512}")],
        [("content-digest", CONTENT_DIGEST)],
        [("content-digest", f"{CONTENT_DIGEST}, sha-512=:{SHA512}:")],
        [("digest", DIGEST), ("content-digest", CONTENT_DIGEST)],
        [],
    ],
)
def test_right_digests_are_taken(headers):
    check_digest(message(*headers))


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([("digest", f"SHA-256={WRONG}")], "digest-mismatch"),
        ([("digest", f"{DIGEST},SHA-512={WRONG}")], "digest-mismatch"),
        ([("digest", DIGEST), ("content-digest", f"sha-256=:{WRONG}:")], "digest-mismatch"),
        ([("digest", "SHA-256=")], "digest-mismatch"),
        ([("digest", "SHA-256")], "digest-mismatch"),
        ([("content-digest", DIGEST)], "digest-mismatch"),
        ([("digest", CONTENT_DIGEST)], "digest-mismatch"),
        ([("digest", "MD5=Sd/dVLAcvNLSq16eXua5uQ==")], "digest-unsupported"),
        ([("digest", "SHA=07CavjDP4u3/TungoUHJO/Wzr4c=")], "digest-unsupported"),
        ([("digest", "")], "digest-unsupported"),
    ],
)
def test_wrong_and_weak_digests_are_refused(headers, code):
    with pytest.raises(SignatureInvalid) as caught:
        check_digest(message(*headers))
    assert (caught.value.code, caught.value.status_hint) == (code, 401)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([("digest", DIGEST), ("digest", f"SHA-256={WRONG}")], "duplicate-header"),
        ([("digest", f"SHA-256={WRONG}"), ("digest", DIGEST)], "duplicate-header"),
        ([("digest", f"{DIGEST},{DIGEST}")], "duplicate-digest"),
    ],
)
def test_two_digests_for_one_body_are_refused(headers, code):
    with pytest.raises(MalformedDocument) as caught:
        check_digest(message(*headers))
    assert (caught.value.code, caught.value.status_hint) == (code, 400)


def test_one_byte_more_is_another_body():
    with pytest.raises(ProtocolError):
        check_digest(message(("digest", DIGEST), body=BODY + b" "))


def test_without_a_body_the_digest_is_that_of_nothing():
    check_digest(message(("digest", BodyDigest.of(b"").digest), body=None))
    with pytest.raises(SignatureInvalid):
        check_digest(message(("digest", DIGEST), body=None))


def test_the_published_sha_512_is_that_of_the_body():
    check_digest(message(("digest", f"SHA-512={SHA512}")))
    assert len(sha512(BODY).digest()) == 64


def test_lines_of_one_header_are_joined_in_order():
    repeated = message(("accept", " a "), ("host", "x"), ("accept", "b"))
    assert repeated.header("accept") == "a, b"
    assert repeated.header("date") is None
