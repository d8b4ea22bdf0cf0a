"""What attackers send to an inbox: each is refused in words, and leaves no trace.

The codes are those of the attack catalogue (SIG signatures, IDN identity, JSN documents).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from multidict import CIMultiDict

from federation.models import InboxEntry, RemoteActor, SeenActivity
from protocol import keys
from tests.federation.nodes import Foreigner, Node, Wire, count
from tests.support.signing import Signer, cavage, encode, rfc9421

REFUSED = frozenset({400, 401, 403, 413, 415, 421, 422})
Headers = Mapping[str, str]


@dataclass
class Attack:
    """What an attack is made from."""

    loaf: Node
    farm: Foreigner
    eve: Foreigner
    now: datetime

    def signed(self, body: bytes, by: Foreigner | None = None, **changed: Any) -> dict[str, str]:
        return cavage((by or self.farm).signer, self.loaf.authority, body, self.now, **changed)

    def said(self, **changed: Any) -> tuple[bytes, Headers]:
        body = encode(self.farm.say(**changed))
        return body, self.signed(body)

    def raw(self, body: bytes) -> tuple[bytes, Headers]:
        return body, self.signed(body)

    def altered(self, old: str, new: str) -> tuple[bytes, Headers]:
        """A good message with something changed in its signature header."""
        body, headers = self.said()
        assert old in headers["signature"]
        return body, {**headers, "signature": headers["signature"].replace(old, new)}

    def with_id(self, uri: str) -> tuple[bytes, Headers]:
        return self.said(object=self.farm.say()["object"] | {"id": uri})


def signed_by_another(attack: Attack) -> tuple[bytes, Headers]:
    body = encode(attack.farm.say())
    return body, attack.signed(body, attack.eve)


def two_digests(attack: Attack) -> tuple[bytes, Headers]:
    body, headers = attack.said()
    return body, CIMultiDict([*headers.items(), ("digest", "SHA-256=AAAA")])


def two_signatures(attack: Attack) -> tuple[bytes, Headers]:
    body = encode(attack.farm.say())
    by_eve = attack.signed(body, attack.eve)
    by_farm = attack.signed(body)["signature"].replace('signature="', 'signature="AAAA')
    return body, CIMultiDict([*by_eve.items(), ("signature", by_farm)])


def two_schemes(attack: Attack) -> tuple[bytes, Headers]:
    """Eve's valid draft-cavage beside an RFC 9421 input that names the farm."""
    body = encode(attack.farm.say())
    nine = rfc9421(attack.farm.signer, attack.loaf.authority, body, attack.now)
    mine = attack.signed(body, attack.eve)
    return body, mine | {"signature-input": nine["signature-input"]}


def relayed(attack: Attack) -> tuple[bytes, Headers]:
    body = encode(attack.farm.say())
    headers = cavage(attack.farm.signer, "mill.example", body, attack.now)
    return body, headers | {"host": "loaf.example", "x-forwarded-host": "mill.example"}


def key_of_a_neighbour(attack: Attack) -> tuple[bytes, Headers]:
    """Eve's own key, under a key id on her host that claims to be the farm's."""
    key_id = f"{attack.eve.base}/keys/1"
    attack.eve.peer.serve(
        "/keys/1",
        {
            "@context": "https://w3id.org/security/v1",
            "id": key_id,
            "owner": attack.farm.coop,
            "publicKeyPem": public_pem(attack.eve.signer),
        },
    )
    body = encode(attack.farm.say())
    headers = attack.signed(body, attack.eve)
    claimed = headers["signature"].replace(attack.eve.signer.rsa_id, key_id)
    return body, headers | {"signature": claimed}


def public_pem(signer: Signer) -> str:
    return keys.public_to_pem(signer.rsa.public_key())


ATTACKS: dict[str, tuple[str, Callable[[Attack], tuple[bytes, Headers]]]] = {
    # name: (the reason that is given, what is sent)
    "SIG-06 nothing is covered": (
        "malformed-signature",
        lambda a: a.altered('headers="(request-target) host date digest"', 'headers=""'),
    ),
    "SIG-10 two digests": ("duplicate-header", two_digests),
    "SIG-20 relayed from another node": ("signature-mismatch", relayed),
    "SIG-22 signed by another": ("actor-mismatch", signed_by_another),
    "SIG-23 a key that claims an owner": ("foreign-owner", key_of_a_neighbour),
    "SIG-27 a handle as key": (
        "bad-iri",
        lambda a: a.altered(a.farm.signer.rsa_id, "acct:coop@farm.example"),
    ),
    "SIG-27 a relative key": ("bad-iri", lambda a: a.altered(a.farm.signer.rsa_id, "#main-key")),
    "SIG-27 no key": ("malformed-signature", lambda a: a.altered(a.farm.signer.rsa_id, "")),
    "SIG-32 a shared secret": (
        "algorithm-mismatch",
        lambda a: a.altered("rsa-sha256", "hmac-sha256"),
    ),
    "SIG-32 no algorithm at all": ("algorithm-mismatch", lambda a: a.altered("rsa-sha256", "none")),
    "SIG-35 two signatures": ("duplicate-header", two_signatures),
    "SIG-37 two schemes": ("malformed-signature", two_schemes),
    "IDN-07 another's object": ("our-id", lambda a: a.with_id("http://loaf.example/listings/1")),
    "IDN-21 a user in the address": (
        "bad-iri",
        lambda a: a.said(id="http://farm.example@evil.example/a/1"),
    ),
    "IDN-24 a script as address": ("bad-iri", lambda a: a.said(id="javascript:alert(1)")),
    "IDN-24 a file as address": ("bad-iri", lambda a: a.said(id="file:///etc/passwd")),
    "IDN-26 a backslash": ("bad-iri", lambda a: a.said(id="http://farm.example\\@evil.example/a")),
    "IDN-26 a tab": ("bad-iri", lambda a: a.said(id="http://farm\t.example/a")),
    "IDN-26 a NUL": ("bad-iri", lambda a: a.said(id="http://farm.example%00.evil.example/a")),
    "IDN-27 a longer name": (
        "id-origin-mismatch",
        lambda a: a.said(id="http://farm.example.evil.example/a/1"),
    ),
    "IDN-27 a name below": (
        "id-origin-mismatch",
        lambda a: a.said(id="http://shop.farm.example/a/1"),
    ),
    "JSN-01 two types": ("bad-type", lambda a: a.said(type=["Create", "Delete"])),
    "JSN-01 an object as type": ("bad-type", lambda a: a.said(type={})),
    "JSN-02 an actor with a key": (
        "actor-mismatch",
        lambda a: a.said(actor={"id": a.eve.coop, "publicKey": {"id": a.farm.signer.rsa_id}}),
    ),
    "JSN-03 a string": ("not-an-object", lambda a: a.raw(b'"bread"')),
    "JSN-03 nothing": ("not-json", lambda a: a.raw(b"")),
    "JSN-05 deep": ("too-deep", lambda a: a.raw(b'{"a":' * 20_000 + b"1" + b"}" * 20_000)),
    "JSN-06 a huge number": ("number-out-of-range", lambda a: a.said(fee=10**400)),
    "JSN-06 a number beyond SQLite": ("number-out-of-range", lambda a: a.said(fee=2**63)),
    "JSN-10 not a number": ("not-json", lambda a: a.raw(b'{"weight": NaN}')),
    "JSN-10 endless": ("number-out-of-range", lambda a: a.raw(b'{"weight": 1e400}')),
    "JSN-12 latin-1": (
        "not-utf-8",
        lambda a: a.raw(json.dumps({"a": "\xe9"}, ensure_ascii=False).encode("latin1")),
    ),
    "JSN-12 a mark at the front": (
        "byte-order-mark",
        lambda a: a.raw(b"\xef\xbb\xbf" + encode(a.farm.say())),
    ),
    "JSN-16 other words for the same": (
        "bad-context",
        lambda a: a.said(**{"@context": {"actor": "http://evil.example/nobody", "object": None}}),
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_refused_in_words_and_leaves_no_trace(
    name: str, loaf: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    code, build = ATTACKS[name]
    body, headers = build(Attack(loaf, farm, eve, wire.clock.now()))
    answer = await wire.post(loaf, body, headers)
    assert (answer.status in REFUSED, answer.code) == (True, code)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json["detail"].endswith(".")
    assert b"Traceback" not in answer.body
    assert (await loaf.goods(), await count(loaf, SeenActivity)) == ([], 0)
    assert await count(loaf, InboxEntry) == 0


async def test_a_thousand_made_up_keys_of_one_coop_cost_it_one_request(
    loaf: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    attack = Attack(loaf, farm, eve, wire.clock.now())
    for number in range(100):
        body, headers = attack.altered("#main-key", f"#key-{number}")
        answer = await wire.post(loaf, body, headers)
        assert answer.status in (401, 429)
    assert len(farm.peer.requests) == 1


async def test_a_secret_name_in_a_message_changes_nothing_here(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    extra = {"__proto__": {"admin": True}, "is_admin": True, "_id": 1, "constructor": "x"}
    answer = await wire.deliver(loaf, farm, farm.say(**extra))
    assert answer.status == 202
    assert await loaf.goods() == ["Bread"]
    assert await count(loaf, RemoteActor) == 1
