from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA512
from msgspec import structs

from protocol import http_signatures, keys
from protocol.errors import (
    MalformedDocument,
    ProtocolError,
    SignatureExpired,
    SignatureInvalid,
    WrongAuthority,
)
from protocol.http_signatures import Scheme, rfc9421
from tests.protocol.http_signatures.signing import (
    AUTHORITY,
    ED25519,
    KEY_ID,
    NOW,
    SECOND,
    Peer,
    check,
)
from tests.protocol.vectors import load, message_of

PUBLISHED = load("rfc9421/appendix_b.json")
REQUEST = message_of(PUBLISHED["request"], "example.com", "https")
CASES = {case["section"]: case for case in PUBLISHED["cases"]}


def refusal(message, kind=SignatureInvalid, **how) -> str:
    with pytest.raises(kind) as caught:
        check(message, **how)
    return caught.value.code


def published(section: str):
    """A published case with its key id turned into an address, as our parser asks for one."""
    case = CASES[section]
    headers = (
        ("signature-input", f"{case['label']}={case['parameters']}"),
        ("signature", f"{case['label']}=:{case['signature']}:"),
    )
    addressed = tuple(
        (name, value.replace('keyid="test', 'keyid="https://example.com/test'))
        for name, value in headers
    )
    message = replace(REQUEST, headers=(*REQUEST.headers, *addressed))
    claims = http_signatures.claims_of(message)
    assert claims.parameters == case["parameters"].replace('"test', '"https://example.com/test')
    return case, message, structs.replace(claims, parameters=case["parameters"])


@pytest.mark.parametrize("section", CASES)
def test_the_published_signature_bases_come_out_byte_for_byte(section):
    case, message, claims = published(section)
    assert rfc9421.signature_base(message, claims).decode() == case["base"]


@pytest.mark.parametrize("section", ["B.2.1", "B.2.3"])
def test_the_published_rsa_pss_signatures_fit_our_bases(section):
    case, message, claims = published(section)
    key = keys.public_from_pem(PUBLISHED["keys"][case["key"]])
    padding = PSS(mgf=MGF1(SHA512()), salt_length=64)
    key.verify(claims.signature, rfc9421.signature_base(message, claims), padding, SHA512())


def test_the_published_ed25519_signature_is_made_and_verified():
    case, message, claims = published("B.2.6")
    base = rfc9421.signature_base(message, claims)
    private = keys.private_from_pem(PUBLISHED["keys"]["test-key-ed25519 private"].encode())
    assert b64encode(private.sign(base)).decode() == case["signature"]
    keys.public_from_pem(PUBLISHED["keys"][case["key"]]).verify(claims.signature, base)


@pytest.mark.parametrize("alg", ["", ';alg="rsa-v1_5-sha256"'])
def test_rsa_is_taken_with_and_without_its_name(alg):
    check(Peer().rfc9421(parameters=f';created={SECOND};keyid="{KEY_ID}"{alg}'))


@pytest.mark.parametrize("alg", ["", ';alg="ed25519"'])
def test_ed25519_is_taken_with_and_without_its_name(alg):
    message = Peer(key=ED25519).rfc9421(parameters=f'{alg};created={SECOND};keyid="{KEY_ID}"')
    check(message, ED25519.public_key())


@pytest.mark.parametrize(
    "alg", ['"ed25519"', '"hmac-sha256"', '"rsa-pss-sha512"', '"none"', '""', "1", "?1"]
)
def test_an_algorithm_that_does_not_fit_the_key_is_refused(alg):
    message = Peer().rfc9421(parameters=f';created={SECOND};keyid="{KEY_ID}";alg={alg}')
    assert refusal(message) == "algorithm-mismatch"


def test_the_parameters_are_signed_in_the_order_and_spelling_received():
    parameters = f';keyid="{KEY_ID}";tag="x";created={SECOND};nonce="a\\"b";extra;w=1.5;b=:AAA=:'
    check(Peer().rfc9421(parameters=parameters))


@pytest.mark.parametrize(
    "covered",
    [
        '"@method" "@target-uri"',  # the body could be another
        '"@method" "content-digest"',
        '"@target-uri" "content-digest"',
        "",
    ],
)
def test_what_must_be_covered_must_be_covered(covered):
    assert refusal(Peer().rfc9421(covered)) == "not-covered"


def test_a_digest_may_stand_for_the_content_digest():
    peer = Peer()
    del peer.headers["content-digest"]
    check(peer.rfc9421('"@method" "@target-uri" "digest"'))


def test_every_derived_component_of_a_request_is_known():
    peer = Peer(target="/inbox?x=%2F")
    check(
        peer.rfc9421(
            '"@method" "@target-uri" "@authority" "@scheme" "@request-target" "@path" "@query"'
            ' "host" "date" "content-type" "content-digest"'
        )
    )


def test_a_get_needs_no_digest():
    check(Peer().without_body().rfc9421('"@method" "@target-uri"'))


def test_another_body_is_refused():
    message = Peer().rfc9421()
    assert refusal(replace(message, body=b"{}")) == "digest-mismatch"


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"target": "/coop/inbox"},
        {"target": "/inbox?x"},
        {"authority": "other.example"},
        {"scheme": "http"},
    ],
)
def test_another_method_path_host_or_scheme_is_refused(change):
    assert refusal(replace(Peer().rfc9421(), **change)) == "signature-mismatch"


def test_a_signed_host_must_be_ours():
    peer = Peer()
    peer.headers["host"] = "other.example"
    message = peer.rfc9421('"@method" "@target-uri" "host" "content-digest"')
    assert refusal(message, WrongAuthority) == "wrong-host"


def test_an_absolute_request_line_is_refused():
    message = replace(Peer().rfc9421(), target=f"https://{AUTHORITY}/inbox")
    assert refusal(message, WrongAuthority) == "absolute-target"


def test_created_is_asked_for():
    assert refusal(Peer().rfc9421(parameters=f';keyid="{KEY_ID}"')) == "not-covered"


@pytest.mark.parametrize("minutes", [-5, 0, 65])
def test_created_within_the_window_is_taken(minutes):
    check(Peer().rfc9421(), now=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [-6, 66, 13 * 60])
def test_created_outside_the_window_is_refused(minutes):
    now = NOW + timedelta(minutes=minutes)
    assert refusal(Peer().rfc9421(), SignatureExpired, now=now) == "outside-time-window"


def test_a_signed_date_is_held_to_its_window_too():
    peer = Peer()
    peer.headers["date"] = "Mon, 04 Jan 2027 21:00:00 GMT"
    message = peer.rfc9421('"@method" "@target-uri" "date" "content-digest"')
    assert refusal(message, SignatureExpired) == "outside-time-window"


@pytest.mark.parametrize(("expires", "taken"), [(SECOND, True), (SECOND - 1, False)])
def test_what_has_expired_is_refused(expires, taken):
    message = Peer().rfc9421(parameters=f';created={SECOND};expires={expires};keyid="{KEY_ID}"')
    if taken:
        check(message)
    else:
        assert refusal(message, SignatureExpired) == "outside-time-window"


@pytest.mark.parametrize("created", ['"soon"', "1e99", "1.5", "?1", "-1", "@1", "9" * 16])
def test_created_that_is_no_whole_second_is_refused(created):
    with pytest.raises(ProtocolError) as caught:
        check(Peer().rfc9421(parameters=f';created={created};keyid="{KEY_ID}"'))
    assert caught.value.status_hint in {400, 401}


def test_with_both_schemes_present_only_rfc9421_is_looked_at():
    good = Peer().cavage()
    cavage_header = ("signature", dict(good.headers)["signature"])
    both = Peer().rfc9421(extra=(cavage_header,))
    with pytest.raises(MalformedDocument):
        check(both)
    input_only = ("signature-input", f'sig1=();created={SECOND};keyid="{KEY_ID}"')
    with pytest.raises(ProtocolError):
        check(replace(good, headers=(*good.headers, input_only)))


def test_the_scheme_and_key_are_known_before_verification():
    claims = http_signatures.claims_of(Peer().rfc9421())
    assert (claims.scheme, claims.key_id) == (Scheme.RFC9421, KEY_ID)


@pytest.mark.parametrize(
    "foreign",
    [
        'a=("@method");alg="hmac-sha256";keyid="https://gateway.example/key"',
        'a=("@query-param";name="x");keyid="https://gateway.example/key"',
        'a=("@method");keyid="gateway"',
        'a=("@method")',
        "a=1",
    ],
)
def test_of_several_signatures_the_first_of_a_usable_kind_is_taken(foreign):
    extra = (("signature-input", foreign), ("signature", "a=:AAAA:"))
    check(Peer().rfc9421(extra=extra))


def test_if_no_signature_is_usable_the_first_refusal_is_reported():
    message = Peer().message(
        ("signature-input", 'a=("@status");keyid="https://x.example/k", b=1'),
        ("signature", "a=:AAAA:, b=:AAAA:"),
    )
    assert refusal(message) == "component-unsupported"


@pytest.mark.parametrize(
    "component",
    ['"@status"', '"@query-param";name="Pet"', '"content-digest";bs', '"date";req', "1", ":AA==:"],
)
def test_a_component_that_we_do_not_derive_is_refused(component):
    message = Peer().message(
        ("signature-input", f'a=({component});created={SECOND};keyid="{KEY_ID}"'),
        ("signature", "a=:AAAA:"),
    )
    assert refusal(message) == "component-unsupported"


@pytest.mark.parametrize(
    "signature_input",
    [
        f'a=("date" "date");keyid="{KEY_ID}"',
        f'a=("date");keyid="{KEY_ID}";keyid="https://alice.example/k"',
        f'a=("date");keyid="{KEY_ID}", a=("host");keyid="{KEY_ID}"',
    ],
)
def test_what_is_named_twice_is_refused(signature_input):
    message = Peer().message(("signature-input", signature_input), ("signature", "a=:AAAA:"))
    assert refusal(message, MalformedDocument) == "duplicate-parameter"


@pytest.mark.parametrize(
    ("signature_input", "signature"),
    [
        ("", ""),
        ("a", "a"),
        (f'a=("date");keyid="{KEY_ID}"', ""),
        (f'a=("date");keyid="{KEY_ID}"', "b=:AAAA:"),
        (f'a=("date");keyid="{KEY_ID}"', 'a="AAAA"'),
        (f'a=("date");keyid="{KEY_ID}"', "a=(:AAAA:)"),
        (f'a=("date";keyid="{KEY_ID}"', "a=:AAAA:"),
        (f'a=("dätë");keyid="{KEY_ID}"', "a=:AAAA:"),
        ('a=("date");keyid=token', "a=:AAAA:"),
    ],
)
def test_headers_that_cannot_be_read_are_refused(signature_input, signature):
    message = Peer().message(("signature-input", signature_input), ("signature", signature))
    with pytest.raises(ProtocolError) as caught:
        check(message)
    assert caught.value.code == "malformed-signature"


def test_a_signature_cut_short_is_refused():
    message = Peer().rfc9421()
    name, value = message.headers[-1]
    short = b64encode(b64decode(value.split(":")[1])[:-1]).decode()
    cut = replace(message, headers=(*message.headers[:-1], (name, f"sig1=:{short}:")))
    assert refusal(cut) == "signature-mismatch"
