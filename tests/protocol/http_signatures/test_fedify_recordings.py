"""Our verifier on what another implementation really sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from protocol import http_signatures, keys
from protocol.errors import ProtocolError, SignatureExpired, WrongAuthority
from protocol.http_signatures import Scheme
from tests.protocol.vectors import Recorded, recorded

CAVAGE, RFC9421 = recorded("cavage"), recorded("rfc9421")


def name_of(request: Recorded) -> str:
    scheme = http_signatures.claims_of(request.message).scheme
    return f"{scheme} {request.message.method} {request.message.target}"


@pytest.fixture(params=[*CAVAGE, *RFC9421], ids=name_of)
def request_(request) -> Recorded:
    return request.param


def verify(request: Recorded, **changes) -> None:
    message = replace(request.message, **changes)
    claims = http_signatures.claims_of(message)
    key = keys.public_from_pem(request.pems[claims.key_id])
    http_signatures.verify(message, claims, key, request.received_at)


def test_it_verifies_at_the_time_of_its_arrival(request_):
    verify(request_)


def test_it_does_not_verify_three_hours_later(request_):
    with pytest.raises(SignatureExpired):
        verify(replace(request_, received_at=request_.received_at + timedelta(hours=3)))


def test_it_does_not_verify_on_another_path(request_):
    with pytest.raises(ProtocolError):
        verify(request_, target="/other")


def test_it_does_not_verify_at_another_node(request_):
    with pytest.raises((WrongAuthority, ProtocolError)):
        verify(request_, authority="localhost:9999")


def test_it_does_not_verify_with_another_body(request_):
    if request_.message.body is None:
        return
    with pytest.raises(ProtocolError, match="not that of the body"):
        verify(request_, body=request_.message.body.replace(b"Follow", b"Unfoll") + b" ")


def test_both_schemes_were_recorded_with_and_without_body_and_query():
    for requests, scheme in ((CAVAGE, Scheme.CAVAGE), (RFC9421, Scheme.RFC9421)):
        assert {http_signatures.claims_of(r.message).scheme for r in requests} == {scheme}
        assert {(r.message.body is None, "?" in r.message.target) for r in requests} == {
            (True, True), (True, False), (False, True), (False, False),
        }  # fmt: skip
