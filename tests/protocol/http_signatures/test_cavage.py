from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from protocol import http_signatures
from protocol.errors import (
    MalformedDocument,
    ProtocolError,
    SignatureExpired,
    SignatureInvalid,
    SignatureMissing,
    WrongAuthority,
)
from protocol.http_signatures import Claims, Scheme, cavage
from tests.protocol.http_signatures.signing import ED25519, KEY_ID, NOW, SECOND, Peer, check
from tests.protocol.vectors import load, message_of

PUBLISHED = load("cavage/appendix_c.json")
REQUEST = message_of(PUBLISHED["request"], "example.com", "https")


def refusal(message, kind=SignatureInvalid, **how) -> str:
    with pytest.raises(kind) as caught:
        check(message, **how)
    return caught.value.code


@pytest.mark.parametrize("case", PUBLISHED["cases"], ids=lambda case: case["section"])
def test_the_published_signing_strings_and_signatures_fit(case):
    signature = b64decode(case["signature"])
    covered = tuple(case["headers"].split())
    claims = Claims(Scheme.CAVAGE, "Test", "rsa-sha256", covered, signature, None, None)
    signed = cavage.signing_string(REQUEST, claims, REQUEST.target)
    assert signed.decode() == case["signing_string"]
    # The published key has 1024 bits: good for the arithmetic, refused as a peer's key.
    key = load_pem_public_key(PUBLISHED["public_key"].encode())
    key.verify(signature, signed, PKCS1v15(), SHA256())


def test_the_published_default_of_signing_the_date_alone_is_refused():
    header = PUBLISHED["refused"]["signature_header"]
    message = replace(REQUEST, headers=(*REQUEST.headers, ("signature", header)))
    with pytest.raises(SignatureInvalid, match="headers"):
        http_signatures.claims_of(message)


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "hs2019", None])
def test_rsa_is_taken_under_its_names_and_without_one(algorithm):
    check(Peer().cavage(algorithm=algorithm))


@pytest.mark.parametrize("algorithm", ["ed25519", "hs2019", None])
def test_ed25519_is_taken_under_its_names_and_without_one(algorithm):
    check(Peer(key=ED25519).cavage(algorithm=algorithm), ED25519.public_key())


@pytest.mark.parametrize(
    "algorithm", ["none", "hmac-sha256", "rsa-sha1", "rsa-sha512", "ed25519", "RSA", ""]
)
def test_an_algorithm_that_does_not_fit_the_key_is_refused(algorithm):
    assert refusal(Peer().cavage(algorithm=algorithm)) == "algorithm-mismatch"


def test_an_rsa_name_for_an_ed25519_key_is_refused():
    message = Peer(key=ED25519).cavage(algorithm="rsa-sha256")
    assert refusal(message, key=ED25519.public_key()) == "algorithm-mismatch"


def test_the_key_id_is_read_before_anything_is_verified():
    assert http_signatures.key_id_of(Peer().cavage()) == KEY_ID


def test_a_request_without_signature_is_said_to_be_unsigned():
    with pytest.raises(SignatureMissing) as caught:
        check(Peer().message())
    assert caught.value.status_hint == 401


@pytest.mark.parametrize(
    "covered",
    [
        "(request-target) host date",  # the body could be another
        "(request-target) date digest",  # the host could be another
        "host date digest",  # method and path could be others
        "(request-target) host digest",  # it could be of any time
        "date",
    ],
)
def test_what_must_be_covered_must_be_covered(covered):
    assert refusal(Peer().cavage(covered)) == "not-covered"


@pytest.mark.parametrize("covered", ["", " "])
def test_an_empty_list_of_headers_is_refused(covered):
    assert refusal(Peer().cavage(covered)) == "malformed-signature"


def test_a_content_digest_may_stand_for_the_digest():
    peer = Peer()
    del peer.headers["digest"]
    check(peer.cavage("(request-target) host date content-digest"))


def test_a_covered_header_that_is_not_there_is_refused():
    peer = Peer()
    message = peer.cavage("(request-target) host date digest content-type")
    kept = tuple(header for header in message.headers if header[0] != "content-type")
    assert refusal(replace(message, headers=kept)) == "covered-part-missing"


def test_another_body_is_refused():
    message = Peer().cavage()
    assert refusal(replace(message, body=message.body + b" ")) == "digest-mismatch"


def test_a_body_with_a_digest_header_put_after_signing_is_refused():
    message = Peer().cavage()
    second = ("digest", http_signatures.BodyDigest.of(b"{}").digest)
    for headers in ((*message.headers, second), (second, *message.headers)):
        changed = replace(message, headers=headers, body=b"{}")
        assert refusal(changed, MalformedDocument) == "duplicate-header"


@pytest.mark.parametrize(
    "change",
    [{"method": "DELETE"}, {"target": "/coop/inbox"}, {"target": "/Inbox"}],
)
def test_another_method_or_path_is_refused(change):
    assert refusal(replace(Peer().cavage(), **change)) == "signature-mismatch"


def test_another_query_is_refused():
    message = Peer(target="/coop?page=2").without_body().cavage("(request-target) host date")
    assert refusal(replace(message, target="/coop?page=3")) == "signature-mismatch"


def test_another_key_is_refused():
    assert refusal(Peer(key=ED25519).cavage(algorithm=None)) == "signature-mismatch"


def test_a_request_for_another_host_is_refused_however_well_signed():
    peer = Peer()
    peer.headers["host"] = "other.example"
    message = peer.cavage()
    assert refusal(message, WrongAuthority) == "wrong-host"
    check(replace(message, authority="other.example"))


def test_a_request_relayed_to_us_from_another_node_is_refused():
    assert refusal(replace(Peer().cavage(), authority="us.example"), WrongAuthority) == "wrong-host"


def test_an_absolute_request_line_is_refused():
    message = replace(Peer().cavage(), target="https://other.example/inbox")
    assert refusal(message, WrongAuthority) == "absolute-target"


@pytest.mark.parametrize("host", ["loaf.example:443", "LOAF.example"])
def test_the_host_may_be_written_with_the_default_port_and_in_capitals(host):
    peer = Peer()
    peer.headers["host"] = host
    check(peer.cavage())


def test_a_line_break_in_a_header_cannot_pose_as_another_signed_line():
    message = Peer().cavage("(request-target) host date digest content-type")
    signed = dict(message.headers)
    glued = {**signed, "digest": f"{signed['digest']}\ncontent-type: {signed['content-type']}"}
    value = glued["signature"].replace(" digest content-type", " digest")
    forged = replace(message, headers=tuple((glued | {"signature": value}).items()), body=None)
    claims = http_signatures.claims_of(forged)
    with pytest.raises(MalformedDocument, match="line break"):
        cavage.signing_string(forged, claims, forged.target)


def test_two_host_lines_are_refused():
    message = Peer().cavage()
    doubled = replace(message, headers=(*message.headers, ("host", "loaf.example")))
    assert refusal(doubled, MalformedDocument) == "duplicate-header"


@pytest.mark.parametrize("signed_target", ["/coop?page=2", "/coop"])
def test_a_get_verifies_with_and_without_its_query_signed(signed_target):
    peer = Peer(target="/coop?page=2").without_body()
    check(peer.cavage("(request-target) host date", signed_target=signed_target))


@pytest.mark.parametrize("minutes", [-65, -50, 0, 65])
def test_a_date_within_the_window_is_taken(minutes):
    check(Peer().cavage(), now=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [-120, -66, 66, 180, 13 * 60, 365 * 24 * 60])
def test_a_date_outside_the_window_is_refused_naming_both_clocks(minutes):
    now = NOW + timedelta(minutes=minutes)
    with pytest.raises(SignatureExpired, match=r"2027-01-05T10:00:00Z.*our clock says"):
        check(Peer().cavage(), now=now)


@pytest.mark.parametrize("date", ["", "yesterday", "2027-01-05T10:00:00Z"])
def test_a_date_in_another_form_is_refused(date):
    peer = Peer()
    peer.headers["date"] = date
    assert refusal(peer.cavage(), MalformedDocument) == "bad-http-date"


def created(second: object, *, algorithm: str | None = "hs2019", extra: str = "") -> object:
    return Peer().cavage(
        "(request-target) (created) host digest",
        algorithm=algorithm,
        extra=f"created={second},{extra}",
        pseudo={"(created)": str(second)},
    )


def test_created_may_stand_for_the_date():
    check(created(SECOND))
    check(created(SECOND, algorithm=None))


def test_created_must_not_be_signed_under_the_name_rsa_sha256():
    assert refusal(created(SECOND, algorithm="rsa-sha256")) == "algorithm-mismatch"


@pytest.mark.parametrize("lead", [-66 * 60, 6 * 60])
def test_created_outside_its_window_is_refused(lead):
    assert refusal(created(SECOND + lead), SignatureExpired) == "outside-time-window"


def test_created_a_little_ahead_of_our_clock_is_taken():
    check(created(SECOND + 4 * 60))


def test_what_has_expired_is_refused_covered_or_not():
    check(created(SECOND, extra=f"expires={SECOND},"))
    message = created(SECOND, extra=f"expires={SECOND - 1},")
    assert refusal(message, SignatureExpired) == "outside-time-window"


@pytest.mark.parametrize("second", ["soon", "1e99", "-1", "1.5", '"soon"', '""', "9" * 13])
def test_created_that_is_no_whole_second_is_refused(second):
    with pytest.raises(ProtocolError) as caught:
        check(created(second))
    assert caught.value.code == "malformed-signature"


def test_two_signature_headers_are_refused():
    good, other = Peer().cavage(), ("signature", 'keyId="https://alice.example/#main-key"')
    for headers in ((*good.headers, other), (other, *good.headers)):
        assert refusal(replace(good, headers=headers), MalformedDocument) == "duplicate-header"


def test_a_parameter_given_twice_is_refused():
    message = Peer().cavage(extra='keyId="https://alice.example/#main-key",')
    assert refusal(message, MalformedDocument) == "duplicate-parameter"


@pytest.mark.parametrize("key_id", ["acct:a@v.example", "#main-key", "/coop#main-key", "Test"])
def test_a_key_id_that_is_no_address_is_refused(key_id):
    value = f'keyId="{key_id}",headers="date",signature="AAAA"'
    with pytest.raises(MalformedDocument):
        http_signatures.claims_of(Peer().message(("signature", value)))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        'keyId="x',
        f'keyId="{KEY_ID}",headers="date"',
        f'keyId="{KEY_ID}",signature="AAAA"',
        'headers="date",signature="AAAA"',
        f'keyId="{KEY_ID}",headers="date",signature="not base64"',
        f'keyId="{KEY_ID}",headers="date",signature="ÄÄÄÄ"',
        f"keyId={KEY_ID}",
        f'keyId="{KEY_ID}" headers="date"',
    ],
)
def test_a_signature_header_that_cannot_be_read_is_refused(value):
    with pytest.raises(ProtocolError) as caught:
        http_signatures.claims_of(Peer().message(("signature", value)))
    assert caught.value.code == "malformed-signature"


def test_unknown_parameters_are_passed_over():
    check(Peer().cavage(extra='version="1",'))
