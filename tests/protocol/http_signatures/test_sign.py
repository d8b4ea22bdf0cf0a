import pytest

from protocol import http_signatures
from protocol.errors import KeyUnusable
from protocol.http_signatures import BodyDigest, Profile, SignedMessage
from tests.protocol.http_signatures.signing import BODY, ED25519, KEY_ID, NOW, RSA, check

KEYS = {Profile.CAVAGE: RSA, Profile.RFC9421: RSA, Profile.RFC9421_ED25519: ED25519}
TYPE = "application/activity+json"


def sent(profile, method="POST", url="https://loaf.example/inbox?x=1#part", body=BODY, digest=None):
    """The headers we would send, and the request as its receiver sees it."""
    headers = http_signatures.sign(
        method,
        url,
        body,
        key_id=KEY_ID,
        private_key=KEYS[profile],
        now=NOW,
        profile=profile,
        content_type=TYPE if body is not None else None,
        digest=digest,
    )
    received = tuple((name.lower(), value) for name, value in headers.items())
    message = SignedMessage(method, "/inbox?x=1", "loaf.example", "https", received, body)
    return headers, message


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(("method", "body"), [("POST", BODY), ("POST", b""), ("GET", None)])
def test_what_we_sign_verifies(profile, method, body):
    _, message = sent(profile, method, body=body)
    check(message, KEYS[profile].public_key())


def test_cavage_covers_what_the_fediverse_covers():
    headers, message = sent(Profile.CAVAGE)
    assert list(headers) == ["Host", "Date", "Content-Type", "Digest", "Signature"]
    claims = http_signatures.claims_of(message)
    assert claims.algorithm == "rsa-sha256"
    assert claims.covered == ("(request-target)", "host", "date", "content-type", "digest")


@pytest.mark.parametrize(
    ("profile", "algorithm"),
    [(Profile.RFC9421, "rsa-v1_5-sha256"), (Profile.RFC9421_ED25519, "ed25519")],
)
def test_rfc9421_covers_what_fedify_covers(profile, algorithm):
    headers, message = sent(profile)
    assert "Digest" not in headers
    claims = http_signatures.claims_of(message)
    assert (claims.algorithm, claims.created) == (algorithm, int(NOW.timestamp()))
    assert claims.covered == (
        "@method", "@target-uri", "@authority", "host", "date", "content-digest",
    )  # fmt: skip


def test_a_digest_reckoned_before_is_used():
    digest = BodyDigest("reckoned-before")
    assert sent(Profile.CAVAGE, digest=digest)[0]["Digest"] == "SHA-256=reckoned-before"


def test_the_port_of_a_development_node_is_signed():
    headers, _ = sent(Profile.CAVAGE, url="http://localhost:8001/inbox")
    assert headers["Host"] == "localhost:8001"


@pytest.mark.parametrize(
    ("profile", "key"),
    [(Profile.CAVAGE, ED25519), (Profile.RFC9421, ED25519), (Profile.RFC9421_ED25519, RSA)],
)
def test_a_key_of_the_other_kind_is_refused(profile, key):
    with pytest.raises(KeyUnusable):
        http_signatures.sign(
            "GET", "https://loaf.example/", None,
            key_id=KEY_ID, private_key=key, now=NOW, profile=profile,
        )  # fmt: skip
