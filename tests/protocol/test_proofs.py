from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol import datetimes, jcs, keys, multibase, proofs, strict_json
from protocol.errors import ProofInvalid
from tests.protocol.vectors import Recorded, load, recorded

NOW = datetime(2027, 1, 5, 10, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
METHOD = "https://loaf.example/coop#ed25519-key"
DOCUMENT = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": "https://loaf.example/p/7",
    "type": "Proposal",
    "name": "Sourdough, 800 g",
    "location": {"latitude": 53.8, "longitude": -1.0},
}
SIGNED = proofs.add_proof(DOCUMENT, KEY, METHOD, NOW)
VECTOR = load("fep8b32/vector.json")
RECORDED = [
    request
    for name in ("cavage", "rfc9421")
    for request in recorded(name)
    if request.message.body is not None and b'"proof"' in request.message.body
]


def refusal(document, key=KEY, now=NOW) -> str:
    with pytest.raises(ProofInvalid) as caught:
        proofs.verify_proof(document, key.public_key(), now)
    assert caught.value.status_hint == 401
    return caught.value.code


def with_options(**options):
    """The document signed anew with other proof options."""
    options = {**SIGNED["proof"], **options}
    del options["proofValue"]
    hashed = sha256(jcs.canonical(DOCUMENT)).digest()
    signature = KEY.sign(proofs._signed_bytes(hashed, options))
    return DOCUMENT | {"proof": options | {"proofValue": multibase.encode(signature)}}


def test_the_vector_of_fep_8b32_is_made_byte_for_byte():
    secret = multibase.decode(VECTOR["secret_key"]).removeprefix(multibase.ED25519_PRIVATE)
    signed = proofs.add_proof(
        VECTOR["document"],
        Ed25519PrivateKey.from_private_bytes(secret),
        VECTOR["proof"]["verificationMethod"],
        datetimes.parse(VECTOR["created"]),
    )
    assert signed == VECTOR["document"] | {"proof": VECTOR["proof"]}
    assert list(signed)[-1] == "proof"


def test_the_vector_of_fep_8b32_verifies_years_later():
    key = keys.public_from_multikey(VECTOR["public_key"])
    proofs.verify_proof(VECTOR["document"] | {"proof": VECTOR["proof"]}, key, NOW)


@pytest.mark.parametrize("request_", RECORDED, ids=lambda request: request.message.target)
def test_the_proofs_that_fedify_sends_verify(request_: Recorded):
    document = strict_json.loads(request_.message.body or b"")
    method = proofs.verification_method_of(document)
    assert "signature" in document, "Fedify also sends a linked data signature"
    key = keys.public_from_multikey(request_.multikeys[str(method)])
    proofs.verify_proof(document, key, request_.received_at)
    document["actor"] = "http://localhost:9478/users/eve"
    with pytest.raises(ProofInvalid):
        proofs.verify_proof(document, key, request_.received_at)


def test_four_recorded_proofs_were_tried():
    assert len(RECORDED) == 4


def test_our_own_proof_verifies_and_names_its_key():
    proofs.verify_proof(SIGNED, KEY.public_key(), NOW)
    assert proofs.verification_method_of(SIGNED) == METHOD
    assert SIGNED["proof"]["@context"] == DOCUMENT["@context"]


def test_signing_leaves_the_document_given_alone():
    assert "proof" not in DOCUMENT
    assert proofs.strip(SIGNED) == DOCUMENT


def test_signing_again_replaces_the_proof():
    again = proofs.add_proof(SIGNED, KEY, METHOD, NOW + timedelta(days=1))
    proofs.verify_proof(again, KEY.public_key(), NOW + timedelta(days=1))
    assert again["proof"]["created"] == "2027-01-06T10:00:00Z"


def test_a_document_without_context_can_be_signed():
    signed = proofs.add_proof({"id": "https://loaf.example/p/7"}, KEY, METHOD, NOW)
    assert "@context" not in signed["proof"]
    proofs.verify_proof(signed, KEY.public_key(), NOW)


def test_a_linked_data_signature_beside_the_proof_is_passed_over():
    proofs.verify_proof(SIGNED | {"signature": {"type": "RsaSignature2017"}}, KEY.public_key(), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Sourdough, 400 g"},
        {"extra": True},
        {"location": {"latitude": 53.8, "longitude": -1.5}},
    ],
)
def test_a_tampered_document_is_refused(change):
    assert refusal(SIGNED | change) == "proof-mismatch"


@pytest.mark.parametrize(
    "option",
    [
        {"created": "2027-01-05T09:59:59Z"},
        {"verificationMethod": "https://eve.example/coop#key"},
        {"expires": "2030-01-01T00:00:00Z"},
        {"domain": "https://grocer.example"},
        {"nonce": "x"},
    ],
)
def test_an_option_changed_or_added_is_refused(option):
    assert refusal(SIGNED | {"proof": SIGNED["proof"] | option}) == "proof-mismatch"


def test_options_we_do_not_know_are_signed_too():
    proofs.verify_proof(with_options(nonce="x", domain="y"), KEY.public_key(), NOW)


def test_the_proof_of_another_key_is_refused():
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert refusal(SIGNED, key=other) == "proof-mismatch"


def test_a_proof_for_another_context_is_refused():
    moved = SIGNED | {"@context": [*DOCUMENT["@context"], {"name": "https://evil.example/#name"}]}
    assert refusal(moved) == "proof-context-mismatch"


def test_an_expired_proof_is_refused():
    signed = with_options(expires="2027-01-05T11:00:00Z")
    proofs.verify_proof(signed, KEY.public_key(), NOW)
    assert refusal(signed, now=NOW + timedelta(hours=1)) == "proof-expired"


def test_a_proof_from_the_future_is_refused():
    lead = proofs.MAX_CLOCK_LEAD
    proofs.verify_proof(SIGNED, KEY.public_key(), NOW - lead)
    assert refusal(SIGNED, now=NOW - lead - timedelta(seconds=1)) == "proof-in-future"


@pytest.mark.parametrize(
    "option",
    [
        {"type": "Ed25519Signature2020"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"proofPurpose": "authentication"},
        {"proofPurpose": ["assertionMethod"]},
    ],
)
def test_another_suite_or_purpose_is_refused_even_well_signed(option):
    signed = with_options(**option)
    assert refusal(signed) == "proof-unsupported"
    with pytest.raises(ProofInvalid):
        proofs.verification_method_of(signed)


@pytest.mark.parametrize(
    "proof",
    [
        None,
        "z…",
        [],
        [SIGNED["proof"], SIGNED["proof"]],
        SIGNED["proof"] | {"verificationMethod": {"id": METHOD}},
        SIGNED["proof"] | {"verificationMethod": ""},
    ],
)
def test_a_proof_of_another_form_is_refused_and_never_taken_for_none(proof):
    with pytest.raises(ProofInvalid) as caught:
        proofs.verification_method_of(SIGNED | {"proof": proof})
    assert caught.value.code == "proof-malformed"


@pytest.mark.parametrize(
    "option",
    [
        {"created": "yesterday"},
        {"created": 5},
        {"created": None},
        {"expires": "never"},
        {"proofValue": ""},
        {"proofValue": "mAAAA"},
        {"proofValue": "z"},
        {"proofValue": "z" + "1" * 5000},
        {"extra": 2**60},
        {"extra": "\ud800"},
    ],
)
def test_hostile_options_are_refused_as_a_bad_proof(option):
    refusal(SIGNED | {"proof": SIGNED["proof"] | option})


def test_a_list_of_one_proof_is_that_proof():
    proofs.verify_proof(SIGNED | {"proof": [SIGNED["proof"]]}, KEY.public_key(), NOW)


def test_no_proof_is_none_but_does_not_verify():
    assert proofs.verification_method_of(DOCUMENT) is None
    assert refusal(DOCUMENT) == "proof-missing"
