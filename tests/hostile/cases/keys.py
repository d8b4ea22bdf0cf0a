"""Whose key it is: borrowed, claimed, weak, revoked, mixed, meant for another host, or too many."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from federation import key_files
from protocol import keys
from protocol.errors import KeyUnusable
from tests.federation.peer import public_key
from tests.hostile.cases.signatures import nine
from tests.hostile.rows import Rows
from tests.hostile.siege import REFRESHED, TAKEN, Request, Siege
from tests.support.signing import Signer

rows = Rows()


@rows.attack("SIG-22")
async def eve_speaks_as_the_farm(siege: Siege) -> None:
    await siege.refused(siege.signed(by=siege.eve.signer), "actor-mismatch")


@rows.attack("SIG-22", "by RFC 9421 and by proof")
async def eve_speaks_in_other_ways(siege: Siege) -> None:
    await siege.refused(nine(siege, siege.eve.signer), "actor-mismatch")
    await siege.refused(nine(siege, siege.eve.signer, key="ed25519"), "actor-mismatch")
    await siege.refused(
        siege.bare(siege.proven(siege.activity(), siege.eve.signer)), "actor-mismatch"
    )
    both = siege.proven(siege.activity(), siege.eve.signer)
    await siege.refused(siege.signed(both), "actor-mismatch")


@rows.attack("SIG-22", "with the farm inside the actor")
async def eve_wraps_the_farm(siege: Siege) -> None:
    said = siege.activity(actor={"id": siege.farm.coop, "publicKey": siege.eve.signer.rsa_id})
    await siege.refused(siege.signed(said, siege.eve.signer), "actor-mismatch")


@rows.attack("SIG-23")
async def a_key_that_names_its_owner(siege: Siege) -> None:
    await siege.refused(_claiming(siege, "/keys/1", siege.eve.signer), "foreign-owner")


@rows.attack("SIG-23", "on the owner's own host")
async def a_key_beside_its_owner(siege: Siege) -> None:
    """Somebody with a page on the farm's host puts a key there: the farm does not list it."""
    key_id = f"{siege.farm.base}/pages/key-{siege.number()}"
    siege.farm.peer.serve(
        key_id.removeprefix(siege.farm.base),
        public_key(siege.farm.coop, siege.eve.signer.rsa, key_id)
        | {"@context": "https://w3id.org/security/v1"},
    )
    request = siege.signed(by=siege.eve.signer).altered(siege.eve.signer.rsa_id, key_id)
    async with siege.nothing_happens(but=REFRESHED):  # the farm was asked whether it lists the key
        answer = await siege.send(request)
    siege.answered(answer, "key-not-listed")


@rows.attack("SIG-23", "an actor that lists somebody else's key")
async def an_actor_that_lists_a_key_of_another(siege: Siege) -> None:
    """The key would be eve's, and its id the farm's."""
    key_id = f"{siege.farm.base}/coop#eve-{siege.number()}"
    siege.eve.publish()
    document = siege.eve.peer.actor(
        publicKey=public_key(siege.eve.coop, siege.eve.signer.rsa, key_id)
    )
    siege.eve.peer.serve("/coop", document)
    request = siege.signed(by=siege.eve.signer).altered(siege.eve.signer.rsa_id, key_id)
    async with siege.nothing_happens(but=REFRESHED):  # the farm was asked whether it lists the key
        answer = await siege.send(request)
    siege.answered(answer, "key-not-listed")


def _claiming(siege: Siege, path: str, signer: Signer) -> Request:
    """Signed by eve with a key in a document of its own, which says that it is the farm's."""
    key_id = f"{siege.eve.base}{path}"
    document = public_key(siege.farm.coop, signer.rsa, key_id)
    siege.eve.peer.serve(path, document | {"@context": "https://w3id.org/security/v1"})
    return siege.signed(by=signer).altered(signer.rsa_id, key_id)


@rows.attack("SIG-26")
async def a_neighbour_speaks_as_the_farm(siege: Siege) -> None:
    await _meet(siege, siege.mallory)
    await siege.refused(siege.signed(by=siege.mallory), "actor-mismatch")


@rows.attack("SIG-26", "by proof, and over a fair object")
async def a_neighbour_proves_as_the_farm(siege: Siege) -> None:
    await _meet(siege, siege.mallory)
    await siege.refused(siege.bare(siege.proven(siege.activity(), siege.mallory)), "actor-mismatch")
    theirs = siege.activity(by=siege.mallory, obj=siege.listing())
    await siege.refused(siege.signed(theirs, siege.mallory), "not-owner")


async def _meet(siege: Siege, signer: Signer) -> None:
    """The node knows the key already, so that nothing is learnt from the attack itself."""
    await siege.coop.node.federation.actors.actor(signer.actor)


@rows.attack("SIG-27")
async def a_key_without_an_address(siege: Siege) -> None:
    key_id = siege.farm.signer.rsa_id
    for told, code in (
        ("acct:coop@farm.localhost", "bad-iri"),
        ("#main-key", "bad-iri"),
        ("", "malformed-signature"),
    ):
        await siege.refused(siege.signed().altered(key_id, told), code)


@rows.attack("SIG-27", "an address of another kind")
async def a_key_at_an_odd_address(siege: Siege) -> None:
    key_id = siege.farm.signer.rsa_id
    for told in (
        "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "file:///etc/passwd",
        "data:text/plain,x",
        "//farm.localhost/coop#main-key",
        "/coop#main-key",
        "http://",
        "http://farm.localhost:99999/coop",
        "http://[::1/coop",
        f"http://farm.localhost/{'a' * 3000}",
    ):
        async with siege.nothing_happens():
            answer = await siege.send(siege.signed().altered(key_id, told))
        assert answer.status in (400, 401), (told, answer.body)


@rows.attack("SIG-28")
async def our_own_key(siege: Siege) -> None:
    ours = Signer(siege.coop.uri, siege.eve.signer.rsa, siege.eve.signer.ed25519)
    await siege.refused(siege.signed(by=ours), "our-key")


@rows.attack("SIG-28", "a path of ours")
async def a_key_of_ours_that_is_none(siege: Siege) -> None:
    for path in ("/node#main-key", "/key", "", "/coop?x=1#main-key", "/listings/1"):
        request = siege.signed().altered(siege.farm.signer.rsa_id, siege.coop.address + path)
        await siege.refused(request, "our-key")
    upper = siege.coop.address.replace("lanehead", "LaneHead") + "/coop#main-key"
    await siege.refused(siege.signed().altered(siege.farm.signer.rsa_id, upper), "our-key")


@rows.attack("SIG-29")
async def a_short_key(siege: Siege) -> None:
    for bits in (1024, 1536):
        short = rsa.generate_private_key(65537, bits).public_key()
        await siege.refused(_with_pem(siege, _pem(short)), "key-size")
    await siege.refused(_with_pem(siege, RSA_512), "key-size")


@rows.attack("SIG-29", "a key of a weak kind")
async def a_weak_ed25519_key(siege: Siege) -> None:
    """A point of small order, with which one signature fits every message; no key; a curve."""
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    subject = curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for pem in (subject, "", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "é"):
        await siege.refused(_with_pem(siege, pem), "key-unusable")


@rows.attack("SIG-30")
async def a_giant_key(siege: Siege) -> None:
    modulus = (1 << 32767) + 1
    for n, e, code in (
        (modulus, 65537, "key-unusable"),
        ((1 << 16383) + 1, 65537, "key-unusable"),
        ((1 << 2047) + 1, (1 << 2046) + 1, "key-exponent"),
        ((1 << 2047) + 1, 3, "key-exponent"),
    ):
        pem = _pem(rsa.RSAPublicNumbers(e, n).public_key())
        await siege.refused(_with_pem(siege, pem), code)
        assert min(_cost_of(pem) for _time in range(5)) < 0.005


def _cost_of(pem: str) -> float:
    """Processor time until it is refused."""
    begun = time.thread_time()
    with pytest.raises(KeyUnusable):
        keys.public_from_pem(pem)
    return time.thread_time() - begun


@rows.attack("SIG-30", "thousands of keys")
async def an_actor_with_thousands_of_keys(siege: Siege) -> None:
    """Only so many are read; the loop is not held, whatever is listed."""
    uri = f"{siege.eve.base}/many-{siege.number()}"
    pem = keys.public_to_pem(siege.eve.signer.rsa.public_key())
    listed = [
        {"id": f"{uri}#key-{number}", "owner": uri, "publicKeyPem": pem} for number in range(900)
    ]
    path = uri.removeprefix(siege.eve.base)
    siege.eve.peer.serve(path, siege.eve.peer.actor(path, publicKey=listed))
    named = siege.signed(by=siege.eve.signer).altered(siege.eve.signer.rsa_id, f"{uri}#key-899")
    await siege.refused(named, "key-not-listed")
    for member, many in (
        ("publicKey", [f"{uri}#{number}" for number in range(17_000)]),
        ("assertionMethod", [f"{uri}#{number}" for number in range(17_000)]),
        ("alsoKnownAs", [f"{uri}#{number}" for number in range(17_000)]),
    ):
        siege.clock.advance(timedelta(minutes=6))
        siege.eve.peer.serve(path, siege.eve.peer.actor(path, **{member: many}))
        await siege.refused(named, "key-not-listed")


RSA_512 = """-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKtUmHOZ1ssr5nT3TwYLHXeFZcL9OtTO
yLWNoOPOZg5kVhMtZrTBoHBGBMfLD3HnQY1HRR0PSg6cz3LYZnb3LkMCAwEAAQ==
-----END PUBLIC KEY-----
"""


def _pem(key: rsa.RSAPublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def _with_pem(siege: Siege, pem: str) -> Request:
    """Signed by an actor whose document lists this key."""
    path = f"/weak-{siege.number()}"
    uri = f"{siege.eve.base}{path}"
    key = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": pem}
    siege.eve.peer.serve(path, siege.eve.peer.actor(path, publicKey=key))
    weak = Signer(uri, siege.eve.signer.rsa, siege.eve.signer.ed25519)
    return siege.signed(siege.activity(by=weak), weak)


@rows.attack("SIG-32")
async def an_algorithm_that_is_none(siege: Siege) -> None:
    for name in ("hmac-sha256", "none", "rsa-sha1"):
        await siege.refused(siege.signed(algorithm=name), "algorithm-mismatch")


@rows.attack("SIG-32", "by RFC 9421")
async def an_algorithm_of_9421_that_is_none(siege: Siege) -> None:
    good = nine(siege)
    for name in ("hmac-sha256", "none", "rsa-pss-sha512", "ecdsa-p256-sha256", "ed25519", ""):
        told = good.header("signature-input").replace("rsa-v1_5-sha256", name)
        await siege.refused(good.with_headers(("signature-input", told)), "algorithm-mismatch")


@rows.attack("SIG-32", "the kind of another key")
async def the_algorithm_of_another_key(siege: Siege) -> None:
    for name in ("ed25519", "RSA-SHA256", "rsa-sha512", "ecdsa-sha256", "RSA"):
        await siege.refused(siege.signed(algorithm=name), "algorithm-mismatch")
    request = siege.signed().altered(siege.farm.signer.rsa_id, siege.farm.signer.ed25519_id)
    await siege.refused(request, "algorithm-mismatch")


@rows.attack("SIG-33")
async def both_names_of_rsa(siege: Siege) -> None:
    for name in ("hs2019", "rsa-sha256"):
        await siege.taken(siege.signed(algorithm=name))


@rows.attack("SIG-35")
async def two_signatures(siege: Siege) -> None:
    by_eve = siege.signed(by=siege.eve.signer)
    bogus = siege.signed().altered('signature="', 'signature="AAAA').header("signature")
    await siege.refused(by_eve.and_also(("signature", bogus)), "duplicate-header")
    first = Request(by_eve.body, (("signature", bogus), *by_eve.headers))
    await siege.refused(first, "duplicate-header")


@rows.attack("SIG-35", "in one header")
async def two_signatures_in_one_header(siege: Siege) -> None:
    by_eve = siege.signed(by=siege.eve.signer).header("signature")
    for_farm = siege.signed()
    both = for_farm.with_headers(("signature", f"{by_eve},{for_farm.header('signature')}"))
    await siege.refused(both, "duplicate-parameter")
    twice = siege.signed().altered("keyId=", f'keyId="{siege.eve.signer.rsa_id}",keyId=')
    await siege.refused(twice, "duplicate-parameter")
    cased = siege.signed().altered("keyId=", f'KEYID="{siege.eve.signer.rsa_id}",keyId=')
    async with siege.nothing_happens(but=TAKEN):
        assert (await siege.send(cased)).status in (202, 400, 401)


@rows.attack("SIG-35", "two labels of RFC 9421")
async def two_labels(siege: Siege) -> None:
    """Eve's own, and one that names the farm: whichever is read, the actor must be its owner."""
    said = siege.activity()
    mine = nine(siege, siege.eve.signer, said)
    theirs = nine(siege, siege.farm.signer, said)
    wrong = theirs.header("signature").replace("sig1=:", "sig2=:AAAA")
    named = theirs.header("signature-input").replace("sig1=", "sig2=")
    for inputs, signatures in (
        ([mine.header("signature-input"), named], [mine.header("signature"), wrong]),
        ([named, mine.header("signature-input")], [wrong, mine.header("signature")]),
    ):
        both = mine.with_headers(
            ("signature-input", ", ".join(inputs)), ("signature", ", ".join(signatures))
        )
        async with siege.nothing_happens():
            answer = await siege.send(both)
        assert (answer.status, answer.code) in (
            (401, "actor-mismatch"),
            (401, "signature-mismatch"),
        )


@rows.attack("SIG-37")
async def two_schemes(siege: Siege) -> None:
    said = siege.activity()
    mine, theirs = siege.signed(said, siege.eve.signer), nine(siege, said=said)
    beside = ("content-digest", theirs.header("content-digest"))
    both = mine.and_also(("signature-input", theirs.header("signature-input")), beside)
    await siege.refused(both, "malformed-signature", 400)
    own = nine(siege, siege.eve.signer, said)
    farms = siege.signed(said)
    reverse = own.and_also(("digest", farms.header("digest")))
    await siege.refused(reverse, "actor-mismatch")


@rows.attack("SIG-37", "a signature and a proof of two")
async def a_signature_and_a_proof_of_two(siege: Siege) -> None:
    """A good signature of eve's does not lend itself to a bad proof, nor the other way round."""
    proven = siege.proven(siege.activity())
    forged = proven | {"published": "2027-01-05T00:00:00Z"}
    await siege.refused(siege.signed(forged, siege.eve.signer), "proof-mismatch")
    stained = siege.signed(proven, siege.eve.signer).altered('signature="', 'signature="AAAA')
    await siege.refused(stained, "signature-mismatch")


@rows.attack("SIG-39")
async def another_hosts_request_line(siege: Siege) -> None:
    for target in ("http://other.example/inbox", "https://lanehead.localhost/inbox"):
        good = siege.signed()
        await siege.refused(Request(good.body, good.headers, target=target), "absolute-target")


@rows.attack("SIG-39", "our own host in the request line")
async def our_own_host_in_the_request_line(siege: Siege) -> None:
    good = siege.signed()
    absolute = Request(good.body, good.headers, target=f"http://{siege.host}/inbox")
    await siege.refused(absolute, "absolute-target")


@rows.attack("SIG-40")
async def the_wrong_host(siege: Siege) -> None:
    await siege.refused(siege.signed(to="other.example"), "wrong-authority")


@rows.attack("SIG-40", "nearly our host")
async def nearly_our_host(siege: Siege) -> None:
    port = siege.host.rpartition(":")[2]
    for host in (
        f"evil.{siege.host}",
        f"{siege.host}.evil.example",
        "lanehead.localhost",
        f"lanehead.localhost.:{port}",
        f"lanehead.localhost:0{port}",
        f"portici.localhost:{port}",
        f"user@{siege.host}",
        "127.0.0.1",
    ):
        await siege.refused(siege.signed(to=host), "wrong-authority")


@rows.attack("SIG-42")
async def a_proxy_that_is_none(siege: Siege) -> None:
    relayed = siege.signed(to="portici.localhost").with_headers(("host", siege.host))
    await siege.refused(
        relayed.and_also(
            ("x-forwarded-host", "portici.localhost"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-for", "127.0.0.1"),
            ("forwarded", "host=portici.localhost;proto=https"),
        ),
        "signature-mismatch",
    )


@rows.attack("SIG-42", "another way to name host, path and method")
async def other_names_for_what_is_signed(siege: Siege) -> None:
    relayed = siege.signed(to="portici.localhost").with_headers(("host", siege.host))
    for header in (
        ("x-original-url", "/coop/inbox"),
        ("x-rewrite-url", "/coop/inbox"),
        ("x-http-method-override", "PUT"),
        ("x-host", "portici.localhost"),
        ("x-forwarded-server", "portici.localhost"),
        (":authority", "portici.localhost"),
    ):
        async with siege.nothing_happens():
            answer = await siege.send(relayed.and_also(header))
        assert answer.status in (400, 401), header


@rows.attack("SIG-43")
async def a_key_that_was_changed(siege: Siege) -> None:
    old, siege.farm.signer = siege.farm.signer, await _other_keys(siege, "farm anew")
    try:
        siege.farm.publish()
        siege.clock.advance(timedelta(minutes=6))
        asked = len(siege.farm.peer.requests)
        await siege.taken(siege.signed())
        await siege.taken(siege.signed())
        assert siege.farm.peer.paths[asked:] == ["/coop"]
    finally:
        await _change_back(siege, old)


@rows.attack("SIG-44")
async def a_thousand_bad_signatures(siege: Siege) -> None:
    """In one minute; and five minutes later it is looked once more, and no oftener."""
    siege.clock.advance(timedelta(minutes=6))
    asked = len(siege.farm.peer.requests)
    bad = siege.signed().altered('signature="', 'signature="AAAA')
    async with siege.nothing_happens(but=REFRESHED):
        for _time in range(1_000):
            assert (await siege.send(bad)).status in siege.row_statuses
    assert siege.farm.peer.paths[asked:] == ["/coop"]
    siege.clock.advance(timedelta(minutes=5, seconds=1))
    late = siege.signed().altered('signature="', 'signature="AAAA')
    for _time in range(3):
        assert (await siege.send(late)).status in siege.row_statuses
    assert siege.farm.peer.paths[asked:] == ["/coop", "/coop"]


@rows.attack("SIG-44", "a thousand made-up keys")
async def a_thousand_made_up_keys(siege: Siege) -> None:
    """Of one coop; they cost it one look, and nobody else can be made to look for ever."""
    siege.clock.advance(timedelta(minutes=6))
    asked = len(siege.farm.peer.requests)
    good = siege.signed()
    async with siege.nothing_happens(but=REFRESHED):
        for number in range(1_000):
            bad = good.altered("#main-key", f"#key-{number}")
            assert (await siege.send(bad)).status in (401, 429)
    assert len(siege.farm.peer.requests) - asked <= 1


@rows.attack("SIG-44", "a thousand keys on paths of their own")
async def a_thousand_keys_on_paths(siege: Siege) -> None:
    siege.clock.advance(timedelta(minutes=6))
    asked = len(siege.eve.peer.requests)
    good = siege.signed(by=siege.eve.signer)
    limit = siege.coop.node.federation.settings.stranger_per_minute
    async with siege.nothing_happens():
        for number in range(1_000):
            bad = good.altered("/coop#main-key", f"/nothing/{number}")
            assert (await siege.send(bad)).status in (401, 403, 429)
    # Each look is one request in either form of signature.
    assert len(siege.eve.peer.requests) - asked <= 2 * limit


@rows.attack("SIG-45")
async def a_retired_key(siege: Siege) -> None:
    old, siege.farm.signer = siege.farm.signer, await _other_keys(siege, "farm anew")
    try:
        siege.farm.publish()
        siege.clock.advance(timedelta(minutes=6))
        await siege.taken(siege.signed())
        await siege.refused(siege.signed(by=old), "signature-mismatch")
        await siege.refused(nine(siege, old), "signature-mismatch")
        await siege.refused(siege.bare(siege.proven(siege.activity(), old)), "proof-mismatch")
        # What was signed with it before can still be checked, by whoever asks for that.
        found = await siege.coop.node.federation.keys.former(old.ed25519_id)
        assert found is not None
        assert found[0].public_key.public_bytes_raw() == old.ed25519.public_key().public_bytes_raw()
    finally:
        await _change_back(siege, old)


async def _other_keys(siege: Siege, name: str) -> Signer:
    made = key_files.new_generation(1)
    return Signer(siege.farm.coop, made.rsa["coop"], made.ed25519["coop"])


async def _change_back(siege: Siege, old: Signer) -> None:
    siege.farm.signer = old
    siege.farm.publish()
    siege.clock.advance(timedelta(minutes=6))
    await siege.coop.node.federation.actors.actor(siege.farm.coop, refresh=True)


@rows.attack("SIG-47")
async def the_farewell_of_who_is_gone(siege: Siege) -> None:
    """Of somebody we never knew: taken and forgotten. Of a coop that only does not answer: no."""
    gone = Signer(f"{siege.eve.base}/gone", siege.eve.signer.rsa, siege.eve.signer.ed25519)
    siege.eve.peer.serve("/gone", b"", status=410)
    farewell = siege.activity("Delete", gone.actor, gone)
    async with siege.nothing_happens():
        assert (await siege.send(siege.signed(farewell, gone))).status == 202
    await siege.refused(siege.signed(siege.activity(by=gone), gone), "key-gone")
    for number, status in enumerate((404, 500, 503)):
        away = replace(gone, actor=f"{siege.eve.base}/away-{number}")
        siege.eve.peer.serve(f"/away-{number}", b"", status=status)
        said = siege.signed(siege.activity("Delete", away.actor, away), away)
        async with siege.nothing_happens():
            answer = await siege.send(said)
        # 404 says no more than that nothing is there; what passes is to be sent again.
        assert answer.status == (503 if status >= 500 else 401), (status, answer.body)


@rows.attack("SIG-47", "for somebody else")
async def a_farewell_for_somebody_else(siege: Siege) -> None:
    """A key that is gone says nothing of an actor that it never belonged to: neither that it is
    gone, nor that it has used an id."""
    siege.eve.peer.serve("/gone-key", b"", status=410)
    said = siege.activity("Delete", siege.farm.coop)
    for signed in (
        siege.signed(said, siege.eve.signer).altered(
            siege.eve.signer.rsa_id, f"{siege.eve.base}/gone-key"
        ),
        siege.signed(said).altered("/coop#main-key", "/no-such-key"),
    ):
        await siege.refused(signed, "key-gone")
    await siege.taken(siege.signed(siege.activity(id=said["id"])))


@rows.attack("SIG-47", "a proof by a key that is gone")
async def a_farewell_by_a_proof_of_nobody(siege: Siege) -> None:
    siege.eve.peer.serve("/gone-proof", b"", status=410)
    nobody = Signer(f"{siege.eve.base}/gone-proof", siege.eve.signer.rsa, siege.eve.signer.ed25519)
    said = siege.proven(siege.activity("Delete", siege.farm.coop), nobody)
    await siege.refused(siege.bare(said), "key-gone")
    await siege.refused(siege.signed(said, siege.eve.signer), "key-gone")
