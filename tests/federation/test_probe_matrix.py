"""What a receiver must do: the probe matrix of the protocol paper, from outside the code.

Every request is built by `tests.support.signing`, which shares no line with the program. P means a
valid draft-cavage RSA signature.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from protocol.datetimes import format as written
from tests.federation.forms import FORMS, form
from tests.federation.nodes import Foreigner, Node, Wire
from tests.support.signing import Signer, cavage, encode, prove, rfc9421

Build = Callable[["Probe"], tuple[bytes, dict[str, str]]]
Row = tuple[int, bool, Build]
"""The status, whether the good is taken over, and the request."""


@dataclass
class Probe:
    """What a row is built from."""

    loaf: Node
    farm: Foreigner
    eve: Foreigner
    wire: Wire

    @property
    def now(self) -> Any:
        return self.wire.clock.now()

    @property
    def host(self) -> str:
        return self.loaf.authority

    def p(self, activity: Any, **signing: Any) -> tuple[bytes, dict[str, str]]:
        body = activity if isinstance(activity, bytes) else encode(activity)
        date = signing.pop("date", self.now)
        host = signing.pop("to_host", self.host)
        return body, cavage(self.farm.signer, host, body, date, **signing)

    def proven(self, created: str | None = None, **options: Any) -> dict[str, Any]:
        created = created or written(self.now)
        return prove(self.farm.say(), self.farm.signer, created, **options)

    def proven_under(self, context: str) -> dict[str, Any]:
        """With a context more, as actors have it that list their keys."""
        said = self.farm.say()
        contexts = [*said["@context"], f"https://www.w3.org/ns/{context}"]
        said = said | {"@context": contexts}
        return prove(said, self.farm.signer, written(self.now))


def bare(activity: Any) -> tuple[bytes, dict[str, str]]:
    return encode(activity), {"host": "loaf.example", "content-type": "application/activity+json"}


def forged(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"object": document["object"] | {"name": "Cake"}}


def nine(probe: Probe, **kind: Any) -> tuple[bytes, dict[str, str]]:
    body = encode(probe.farm.say())
    return body, rfc9421(probe.farm.signer, probe.host, body, probe.now, **kind)


def altered_option(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"proof": document["proof"] | {"created": "2027-01-05T09:59:59Z"}}


def of_a_third(probe: Probe, signer: Signer) -> dict[str, Any]:
    """Eve's good, with a proof by whoever signs."""
    good = {"@context": probe.farm.say()["@context"]} | probe.eve.say()["object"]
    return prove(good, signer, written(probe.now))


def said_in_form(name: str) -> Row:
    """Each is taken in; the slice that stands here takes goods over, and nothing else."""
    is_good = name in ("listing", "stock")
    return 202, is_good, lambda p: p.p(form(name, p.farm.base))


def as_seen_by(activity: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {key: value for key, value in (activity | changed).items() if value is not None}


ROWS: dict[str, Row] = {
    "cavage": (202, True, lambda p: p.p(p.farm.say())),
    "cavage-hs2019": (202, True, lambda p: p.p(p.farm.say(), algorithm="hs2019")),
    "9421-rsa": (202, True, nine),
    "9421-rsa-without-alg": (202, True, lambda p: nine(p, alg=False)),
    "9421-ed25519": (202, True, lambda p: nine(p, key="ed25519")),
    "proof-only": (202, True, lambda p: bare(p.proven())),
    "proof-only-with-did-context": (202, True, lambda p: bare(p.proven_under("did/v1"))),
    "proof-only-with-cid-context": (202, True, lambda p: bare(p.proven_under("cid/v1"))),
    "proof-only-tampered": (401, False, lambda p: bare(forged(p.proven()))),
    "proof-option-changed": (401, False, lambda p: bare(altered_option(p.proven()))),
    "proof-expired": (401, False, lambda p: bare(p.proven(expires="2027-01-05T09:00:00Z"))),
    "proof-of-2020": (202, False, lambda p: bare(p.proven("2020-01-01T00:00:00Z"))),
    "P-and-proof-of-2020": (202, True, lambda p: p.p(p.proven("2020-01-01T00:00:00Z"))),
    "P-and-tampered-proof": (401, False, lambda p: p.p(forged(p.proven()))),
    "cavage-without-digest": (
        401,
        False,
        lambda p: p.p(p.farm.say(), covered="(request-target) host date"),
    ),
    "cavage-without-host": (
        401,
        False,
        lambda p: p.p(p.farm.say(), covered="(request-target) date digest"),
    ),
    "9421-without-digest": (401, False, lambda p: nine(p, covered=("@method", "@target-uri"))),
    "three-hours-old": (401, False, lambda p: p.p(p.farm.say(), date=p.now - timedelta(hours=3))),
    "fifty-minutes-old": (
        202,
        True,
        lambda p: p.p(p.farm.say(), date=p.now - timedelta(minutes=50)),
    ),
    "two-hours-ahead": (401, False, lambda p: p.p(p.farm.say(), date=p.now + timedelta(hours=2))),
    "other-actor": (401, False, lambda p: p.p(p.farm.say(actor="http://evil.example/coop"))),
    "neighbour-as-actor": (403, False, lambda p: p.p(p.farm.say(actor=f"{p.farm.base}/bob"))),
    "text-plain": (415, False, lambda p: p.p(p.farm.say(), **{"content-type": "text/plain"})),
    "compressed": (415, False, lambda p: p.p(p.farm.say(), **{"content-encoding": "gzip"})),
    "no-context": (202, True, lambda p: p.p(as_seen_by(p.farm.say(), **{"@context": None}))),
    "unreachable-context": (
        202,
        True,
        lambda p: p.p(
            p.farm.say(**{"@context": [*p.farm.say()["@context"], "https://no.example/ns"]})
        ),
    ),
    "actor-as-array": (202, True, lambda p: p.p(p.farm.say(actor=[p.farm.coop]))),
    "two-actors": (400, False, lambda p: p.p(p.farm.say(actor=[p.farm.coop, p.eve.coop]))),
    "two-types": (400, False, lambda p: p.p(p.farm.say(type=["Create", "Delete"]))),
    "clashing-context": (
        202,
        True,
        lambda p: p.p(
            p.farm.say(
                object=p.farm.say()["object"]
                | {
                    "@context": [
                        "https://www.w3.org/ns/activitystreams",
                        "https://w3id.org/security/data-integrity/v1",
                        *p.farm.say()["@context"][2:],
                    ]
                }
            )
        ),
    ),
    "graph": (400, False, lambda p: p.p({"@context": [], "@graph": [p.farm.say()]})),
    "array": (400, False, lambda p: p.p([p.farm.say()])),
    "not-json": (400, False, lambda p: p.p(b"bread")),
    "duplicate-key": (400, False, lambda p: p.p(b'{"actor":"a","actor":"b"}')),
    "utf-16": (400, False, lambda p: p.p(json.dumps(p.farm.say()).encode("utf-16"))),
    "no-id": (400, False, lambda p: p.p(as_seen_by(p.farm.say(), id=None))),
    "id-elsewhere": (403, False, lambda p: p.p(p.farm.say(id="http://evil.example/a/1"))),
    "our-id": (403, False, lambda p: p.p(p.farm.say(id="http://loaf.example/activities/1"))),
    "custom-type": (202, False, lambda p: p.p(p.farm.say("Bake"))),
    "object-of-a-third": (
        202,
        False,
        lambda p: p.p(
            p.farm.say(
                object=p.eve.say()["object"] | {"id": "http://mill.example/listings/1"},
            )
        ),
    ),
    "object-of-a-third-with-its-proof": (
        202,
        True,
        lambda p: p.p(p.farm.say(object=of_a_third(p, p.eve.signer))),
    ),
    "object-of-a-third-with-another-proof": (
        202,
        False,
        lambda p: p.p(p.farm.say(object=of_a_third(p, p.farm.signer))),
    ),
    "object-of-a-third-with-a-forged-proof": (
        401,
        False,
        lambda p: p.p(p.farm.say(object=of_a_third(p, p.eve.signer) | {"name": "Cake"})),
    ),
    "our-object": (
        403,
        False,
        lambda p: p.p(
            p.farm.say(object=p.farm.say()["object"] | {"id": "http://loaf.example/listings/1"})
        ),
    ),
    "too-large": (413, False, lambda p: p.p(p.farm.say(summary="x" * 1_500_000))),
    "unsigned": (401, False, lambda p: bare(p.farm.say())),
    "digest-of-another-body": (
        401,
        False,
        lambda p: (encode(p.farm.say(name="Cake")), p.p(p.farm.say())[1]),
    ),
    "md5-digest": (
        401,
        False,
        lambda p: p.p(p.farm.say(), digest="MD5=Q2hlY2sgSW50ZWdyaXR5IQ=="),
    ),
    "lower-case-digest": (
        202,
        True,
        lambda p: p.p(p.farm.say(), covered="(request-target) host date digest"),
    ),
    "for-another-host": (421, False, lambda p: p.p(p.farm.say(), to_host="mill.example")),
    "key-of-ours": (
        403,
        False,
        lambda p: (
            encode(p.farm.say()),
            cavage(
                type(p.farm.signer)("http://loaf.example/coop", *_keys(p)),
                p.host,
                encode(p.farm.say()),
                p.now,
            ),
        ),
    ),
    "key-of-another": (401, False, lambda p: (encode(p.farm.say()), eves_signature(p))),
    "same-id-twice": (200, True, lambda p: p.p(p.farm.say())),
    "same-id-twice-by-proof": (200, True, lambda p: bare(p.proven())),
    "same-id-other-bytes": (409, True, lambda p: p.p(p.farm.say(name="Cake"))),
    "same-id-other-act": (409, True, lambda p: p.p(p.farm.say() | {"type": "Delete"})),
    **{f"form-{name}": said_in_form(name) for name in FORMS},
}
BEFORE: dict[str, Build] = {
    **{name: lambda p: p.p(p.farm.say()) for name in ROWS if name.startswith("same-id")},
    "same-id-twice-by-proof": lambda p: p.p(p.proven()),
}
"""What came before: of these rows the good message, under the id that they use again."""


def _keys(probe: Probe) -> tuple[Any, Any]:
    return probe.farm.signer.rsa, probe.farm.signer.ed25519


def eves_signature(probe: Probe) -> dict[str, str]:
    return cavage(probe.eve.signer, probe.host, encode(probe.farm.say()), probe.now)


@pytest.mark.parametrize("row", ROWS)
async def test_a_receiver_answers_as_the_matrix_says(
    row: str, loaf: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    status, is_taken_over, build = ROWS[row]
    probe = Probe(loaf, farm, eve, wire)
    if row in BEFORE:
        assert (await wire.post(loaf, *BEFORE[row](probe))).status == 202
    body, headers = build(probe)

    answer = await wire.post(loaf, body, headers)

    goods = await loaf.goods()
    assert (answer.status, bool(goods)) == (status, is_taken_over), answer.body
    if row in BEFORE and status != 202:
        assert goods == ["Bread"]
    if status >= 400:
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json["status"] == status
        assert answer.json["detail"].endswith(".")
