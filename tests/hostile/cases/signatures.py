"""Who says to have sent it: signatures that are missing, weak, ambiguous or old."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

from tests.hostile.rows import Rows
from tests.hostile.siege import Request, Siege
from tests.support.signing import Signer, encode, rfc9421

rows = Rows()
COVERED = "(request-target) host date digest"


def nine(siege: Siege, by: Signer | None = None, said: Any = None, **kind: Any) -> Request:
    """A message signed by RFC 9421."""
    body = encode(siege.activity() if said is None else said)
    signer = by or siege.farm.signer
    return Request(
        body, tuple(rfc9421(signer, siege.host, body, siege.clock.now(), **kind).items())
    )


@rows.attack("SIG-01")
async def unsigned(siege: Siege) -> None:
    asked = len(siege.farm.peer.requests)
    await siege.refused(siege.bare(siege.activity()), "signature-missing")
    assert len(siege.farm.peer.requests) == asked


@rows.attack("SIG-01", "an empty signature")
async def signed_by_nothing(siege: Siege) -> None:
    empty = siege.signed().with_headers(("signature", ""))
    await siege.refused(empty, "malformed-signature")
    await siege.refused(
        nine(siege).with_headers(("signature-input", ""), ("signature", "")), "malformed-signature"
    )


@rows.attack("SIG-01", "a signature in another header")
async def signed_elsewhere(siege: Siege) -> None:
    good = siege.signed()
    moved = tuple(
        ("authorization", f"Signature {value}") if name == "signature" else (name, value)
        for name, value in good.headers
    )
    await siege.refused(Request(good.body, moved), "signature-missing")
    await siege.refused(
        Request(good.body, moved, target="/inbox?access_token=x"), "signature-missing"
    )


@rows.attack("SIG-01", "an empty proof")
async def a_proof_of_nothing(siege: Siege) -> None:
    for proof in ({}, [], "", None):
        said = siege.activity(proof=proof)
        async with siege.nothing_happens():
            answer = await siege.send(siege.bare(said))
        assert (answer.status, answer.code) in (
            (401, "signature-missing"),
            (401, "proof-unsupported"),
            (401, "proof-malformed"),
        )


@rows.attack("SIG-02")
async def a_swapped_body(siege: Siege) -> None:
    signed = siege.signed(covered="(request-target) host date")
    swapped = Request(encode(siege.activity()), signed.headers)
    await siege.refused(swapped, "not-covered")


@rows.attack("SIG-02", "by RFC 9421")
async def a_body_that_9421_does_not_cover(siege: Siege) -> None:
    loose = nine(siege, covered=("@method", "@target-uri"))
    await siege.refused(Request(encode(siege.activity()), loose.headers), "not-covered")
    without = tuple(each for each in loose.headers if each[0] != "content-digest")
    await siege.refused(Request(loose.body, without), "not-covered")


@rows.attack("SIG-02", "a digest that is covered and not there")
async def a_digest_that_is_not_there(siege: Siege) -> None:
    good = siege.signed()
    without = tuple(each for each in good.headers if each[0] != "digest")
    await siege.refused(Request(good.body, without), "covered-part-missing")


@rows.attack("SIG-02", "another digest beside it")
async def a_content_digest_beside_the_digest(siege: Siege) -> None:
    """Covered is Digest; the one that is added fits another body."""
    other = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    await siege.refused(
        siege.signed().and_also(("content-digest", f"sha-256=:{other}:")), "digest-mismatch"
    )


@rows.attack("SIG-04")
async def for_any_host(siege: Siege) -> None:
    await siege.refused(siege.signed(covered="(request-target) date digest"), "not-covered")


@rows.attack("SIG-04", "and for any target")
async def for_any_target(siege: Siege) -> None:
    await siege.refused(siege.signed(covered="host date digest"), "not-covered")
    await siege.refused(nine(siege, covered=("@method", "content-digest")), "not-covered")


@rows.attack("SIG-06")
async def nothing_is_covered(siege: Siege) -> None:
    await siege.refused(
        siege.signed().altered(f'headers="{COVERED}"', 'headers=""'), "malformed-signature"
    )


@rows.attack("SIG-06", "blanks")
async def blanks_are_covered(siege: Siege) -> None:
    for named in ('headers=" "', 'Headers=""', ""):
        request = siege.signed().altered(f'headers="{COVERED}",', f"{named}," if named else "")
        await siege.refused(request, "malformed-signature")
    await siege.refused(nine(siege, covered=()), "not-covered")


@rows.attack("SIG-07")
async def one_byte_differs(siege: Siege) -> None:
    good = siege.signed()
    await siege.refused(
        Request(good.body.replace(b"Bread", b"Broad"), good.headers), "digest-mismatch"
    )


@rows.attack("SIG-07", "a byte more")
async def one_byte_more(siege: Siege) -> None:
    for good in (siege.signed(), nine(siege)):
        for body in (good.body + b" ", good.body + b"\n", b""):
            await siege.refused(Request(body, good.headers), "digest-mismatch")


@rows.attack("SIG-08")
async def a_weak_digest(siege: Siege) -> None:
    body = encode(siege.activity())
    for name in ("md5", "sha1"):
        digest = base64.b64encode(hashlib.new(name, body).digest()).decode()
        label = {"md5": "MD5", "sha1": "SHA"}[name]
        await siege.refused(resigned(siege, body, f"{label}={digest}"), "digest-unsupported")


@rows.attack("SIG-08", "the sum of nothing")
async def a_digest_that_says_nothing(siege: Siege) -> None:
    body = encode(siege.activity())
    for told in ("id-sha-256=x", "UNIXsum=1", "SHA-256", "sha-512/256=x"):
        code = "digest-mismatch" if told == "SHA-256" else "digest-unsupported"
        await siege.refused(resigned(siege, body, told), code)


def resigned(siege: Siege, body: bytes, digest: str) -> Request:
    """Signed over whatever the digest header says."""
    from tests.support import signing

    date = siege.clock.now()
    made = signing.cavage(siege.farm.signer, siege.host, body, date, told_digest=digest)
    return Request(body, tuple(made.items()))


@rows.attack("SIG-10")
async def two_digests(siege: Siege) -> None:
    for position in (0, None):
        good = siege.signed()
        wrong = ("digest", "SHA-256=AAAA")
        headers = (wrong, *good.headers) if position == 0 else (*good.headers, wrong)
        await siege.refused(Request(good.body, headers), "duplicate-header")


@rows.attack("SIG-10", "in one line")
async def two_digests_in_one_line(siege: Siege) -> None:
    body = encode(siege.activity())
    right = base64.b64encode(hashlib.sha256(body).digest()).decode()
    both = f"SHA-256={right},sha-256={right}"
    await siege.refused(resigned(siege, body, both), "duplicate-digest")


@rows.attack("SIG-10", "two of another header that counts")
async def two_dates(siege: Siege) -> None:
    good = siege.signed()
    again = good.and_also(("date", good.header("date")))
    await siege.refused(again, "duplicate-header")


@rows.attack("SIG-11")
async def a_digest_in_small_letters(siege: Siege) -> None:
    body = encode(siege.activity())
    right = base64.b64encode(hashlib.sha256(body).digest()).decode()
    await siege.taken(resigned(siege, body, f"sha-256={right}"))


@rows.attack("SIG-11", "and wrong")
async def small_letters_are_no_way_around(siege: Siege) -> None:
    body = encode(siege.activity())
    other = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    for told in (f"sha-256={other}", f"md5=x,sha-256={other}", f"SHA-512={other}"):
        await siege.refused(resigned(siege, body, told), "digest-mismatch", 401)


@rows.attack("SIG-13")
async def yesterdays_message(siege: Siege) -> None:
    await siege.refused(
        siege.signed(date=siege.clock.now() - timedelta(hours=13)), "outside-time-window"
    )


@rows.attack("SIG-13", "a day that no calendar has")
async def a_date_that_is_none(siege: Siege) -> None:
    for told in (
        "yesterday",
        "Thu, 32 Jan 2027 10:00:00 GMT",
        "Tue, 05 Jan 99999 10:00:00 GMT",
        "Tue, 05 Jan 2027 25:00:00 GMT",
        "Tue, 05 Jan 2027 10:00:00 +9999999999",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "",
    ):
        await siege.refused(siege.signed(told_date=told), "bad-http-date", 400)


@rows.attack("SIG-13", "by RFC 9421")
async def an_old_9421_signature(siege: Siege) -> None:
    body, now = encode(siege.activity()), siege.clock.now()
    for when in (now - timedelta(hours=2), now + timedelta(minutes=6)):
        made = rfc9421(siege.farm.signer, siege.host, body, when)
        await siege.refused(Request(body, tuple(made.items())), "outside-time-window")


@rows.attack("SIG-14")
async def tomorrows_message(siege: Siege) -> None:
    await siege.refused(
        siege.signed(date=siege.clock.now() + timedelta(hours=2)), "outside-time-window"
    )


@rows.attack("SIG-15")
async def an_expired_signature(siege: Siege) -> None:
    now = int(siege.clock.now().timestamp())
    await siege.refused(with_times(siege, now, now - 1), "outside-time-window")


@rows.attack("SIG-15", "in a parameter that is not signed")
async def an_expiry_that_is_not_signed(siege: Siege) -> None:
    """Whoever adds it makes the message die earlier, and no later."""
    now = int(siege.clock.now().timestamp())
    ended = siege.signed(algorithm="hs2019").altered("keyId=", f"expires={now - 1},keyId=")
    await siege.refused(ended, "outside-time-window")


@rows.attack("SIG-16")
async def a_moment_that_is_no_number(siege: Siege) -> None:
    for told in ('"soon"', "1e99", '"-1"', "-1", '"１７"', "9" * 400, '"1.5"', '" 1"'):
        request = siege.signed(algorithm="hs2019").altered("keyId=", f"created={told},keyId=")
        await siege.refused(request, "malformed-signature")


@rows.attack("SIG-16", "by RFC 9421")
async def a_moment_of_9421_that_is_no_number(siege: Siege) -> None:
    for told in ('"soon"', "1e99", "-1", "1.5", "?1", "9" * 15, "9" * 16, ":AA==:", "@1"):
        good = nine(siege)
        created = f"created={int(siege.clock.now().timestamp())}"
        told_input = good.header("signature-input").replace(created, f"created={told}")
        request = good.with_headers(("signature-input", told_input))
        code = "outside-time-window" if told in ("-1", "9" * 15) else "malformed-signature"
        await siege.refused(request, code)


def with_times(siege: Siege, created: int, expires: int) -> Request:
    """A signature that covers when it was made and when it ends."""
    from tests.support import signing

    body = encode(siege.activity())
    made = signing.cavage(
        siege.farm.signer,
        siege.host,
        body,
        siege.clock.now(),
        algorithm="hs2019",
        covered=f"{COVERED} (created) (expires)",
        times=(created, expires),
    )
    return Request(body, tuple(made.items()))


@rows.attack("SIG-18")
async def the_same_again(siege: Siege) -> None:
    good = siege.signed()
    await siege.taken(good)
    async with siege.nothing_happens():
        again = await siege.send(good)
    assert (again.status, again.code) == (200, "duplicate-delivery")


@rows.attack("SIG-18", "signed anew")
async def the_same_signed_anew(siege: Siege) -> None:
    """Under another signature, another scheme, at another inbox: it is the same activity."""
    said = siege.activity()
    await siege.taken(siege.signed(said))
    siege.clock.advance(timedelta(seconds=5))
    other_inbox = siege.signed(said, path="/coop/inbox")
    for again in (
        siege.signed(said),
        nine(siege, said=said),
        Request(other_inbox.body, other_inbox.headers, target="/coop/inbox"),
    ):
        async with siege.nothing_happens():
            answer = await siege.send(again)
        assert (answer.status, answer.code) == (200, "duplicate-delivery")


@rows.attack("SIG-18", "at another door")
async def the_same_at_another_inbox(siege: Siege) -> None:
    good = siege.signed()
    for target in ("/coop/inbox", "/inbox/", "//inbox", "/node/inbox"):
        async with siege.nothing_happens():
            answer = await siege.send(Request(good.body, good.headers, target=target))
        assert answer.status in (401, 404, 405, 415), target


@rows.attack("SIG-20")
async def handed_on_to_another_node(siege: Siege) -> None:
    portici = siege.town.coops[1]
    for_portici = siege.signed(to=portici.node.config.authority)
    await siege.refused(for_portici, "wrong-authority", 421)
    relayed = for_portici.with_headers(("host", siege.host))
    await siege.refused(relayed, "signature-mismatch")
