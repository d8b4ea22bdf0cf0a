"""On the wire: what two programs that read one request read differently."""

import asyncio
import base64
import hashlib
from dataclasses import replace
from typing import Any

from tests.hostile.cases.signatures import nine, resigned
from tests.hostile.rows import Rows
from tests.hostile.siege import REFRESHED, TAKEN, Request, Siege, answer_on, raw
from tests.support.signing import encode

rows = Rows()


async def below_500(siege: Siege, *pieces: bytes) -> int:
    """Whatever it is, it is no fault of ours, and nothing comes of it."""
    port = int(siege.coop.address.rpartition(":")[2])
    async with siege.nothing_happens():
        answer = await raw(port, pieces)
    assert answer.status < 500, answer.body
    return answer.status


@rows.attack("SIG-35", "one label twice")
async def one_label_twice(siege: Siege) -> None:
    """Structured fields keep the last of two (RFC 8941 §3.2), other programs the first: whichever
    it is, the farm's name is not to be had by eve."""
    said = siege.activity()
    mine, theirs = nine(siege, siege.eve.signer, said), nine(siege, siege.farm.signer, said)
    stained = theirs.header("signature").replace("sig1=:", "sig1=:AAAA")
    for first, second in ((mine, theirs), (theirs, mine)):
        inputs = [first.header("signature-input"), second.header("signature-input")]
        proofs = {mine: mine.header("signature"), theirs: stained}
        signatures = [proofs[first], proofs[second]]
        in_one = mine.with_headers(
            ("signature-input", ", ".join(inputs)), ("signature", ", ".join(signatures))
        )
        in_two = Request(
            in_one.body,
            (
                *(each for each in mine.headers if not each[0].startswith("signature")),
                *(("signature-input", one) for one in inputs),
                *(("signature", one) for one in signatures),
            ),
        )
        for request in (in_one, in_two):
            async with siege.nothing_happens():
                answer = await siege.send(request)
            assert answer.status in (400, 401), answer.body


@rows.attack("SIG-35", "a label without its other half")
async def half_a_label(siege: Siege) -> None:
    good = nine(siege)
    for inputs, signature in (
        (good.header("signature-input").replace("sig1=", "sig2="), good.header("signature")),
        (good.header("signature-input"), good.header("signature").replace("sig1=", "sig2=")),
        (good.header("signature-input") + ", sig2=()", good.header("signature") + ", sig3=:AA==:"),
        (good.header("signature-input").replace("sig1", "SIG1"), good.header("signature")),
        ("sig1", good.header("signature")),
        ("sig1=()", "sig1"),
        ("sig1=(();", "sig1=:"),
    ):
        request = good.with_headers(("signature-input", inputs), ("signature", signature))
        async with siege.nothing_happens(but={*TAKEN, "host_state", "hosts that speak RFC 9421"}):
            answer = await siege.send(request)
        assert answer.status in (400, 401) or "sig3" in signature, (inputs, answer.body)


@rows.attack("SIG-10", "several algorithms, one of them wrong")
async def several_algorithms(siege: Siege) -> None:
    """Each that is said and known has to fit: else another server in the way reads another body."""
    body = encode(siege.activity())
    right, wrong = (
        base64.b64encode(hashlib.new(name, data).digest()).decode()
        for name, data in (("sha256", body), ("sha512", b"{}"))
    )
    for told in (
        f"SHA-256={right},SHA-512={wrong}",
        f"SHA-512={wrong},SHA-256={right}",
        f"sha-512={wrong}, sha-256={right}",
    ):
        await siege.refused(resigned(siege, body, told), "digest-mismatch", 401)
    short = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    good = nine(siege)
    for told in (f"sha-256=:{short}:", "sha-256=:", "sha-256", "sha-256=?1", "", "sha-256=:AA==:"):
        async with siege.nothing_happens():
            answer = await siege.send(good.with_headers(("content-digest", told)))
        assert answer.status in (400, 401), (told, answer.body)


@rows.attack("SIG-27", "the farm's key spelt otherwise")
async def the_farms_key_spelt_otherwise(siege: Siege) -> None:
    """Eve's signature under addresses that look like the farm's key, and the farm's under addresses
    that look like eve's."""
    farm, eve = siege.farm.base, siege.eve.base
    for told in (
        f"{farm}/coop%23main-key",
        f"{farm}/coop?#main-key",
        f"{farm}/coop#main-key#main-key",
        f"{farm}/./coop#main-key",
        f"{farm}//coop#main-key",
        f"{farm}/x/../coop#main-key",
        f"{farm}/%63oop#main-key",
        f"{farm}/coop#%6dain-key",
        f"{farm}/coop/#main-key",
        f"{eve}/coop#{farm}/coop#main-key",
        f"{eve}/coop?x={farm}/coop#main-key",
        f"{eve}/{farm}/coop#main-key",
        farm.replace("farm", "FARM") + "/coop#main-key",
    ):
        for signer in (siege.eve.signer, siege.farm.signer):
            request = siege.signed(siege.activity(), signer).altered(signer.rsa_id, told)
            is_theirs = signer is siege.farm.signer
            async with siege.nothing_happens(but=TAKEN if is_theirs else REFRESHED):
                answer = await siege.send(request)
            allowed = (400, 401, 403, 429, *([202] if is_theirs else []))
            assert answer.status in allowed, (told, answer.status, answer.body)


@rows.attack("SIG-01", "a signature behind the body")
async def a_signature_behind_the_body(siege: Siege) -> None:
    """What comes in the trailer of chunks (RFC 9110 §6.5) is no header: neither signature, digest,
    host nor type."""
    good = siege.signed()
    for moved in ("signature", "digest", "content-type", "date"):
        kept = tuple(each for each in good.headers if each[0] != moved)
        kept = (*kept, ("transfer-encoding", "chunked"), ("trailer", moved))
        head = Request(b"", kept).wire
        size = f"{len(good.body):x}\r\n".encode()
        trailer = f"0\r\n{moved}: {good.header(moved)}\r\n\r\n".encode()
        status = await below_500(siege, head + size + good.body + b"\r\n" + trailer)
        assert status in (400, 401, 415), moved


@rows.attack("JSN-07", "codings of transfer that are none")
async def codings_of_transfer(siege: Siege) -> None:
    good = siege.signed(b"{}")
    for told in (
        "xchunked",
        "identity",
        "chunked, identity",
        "chunked, chunked",
        "gzip",
        "\x0bchunked",
        "chunked\x00",
        "chun\tked",
        '"chunked"',
        "chunked;q=1",
    ):
        head = Request(b"", (*good.headers, ("transfer-encoding", told))).wire
        assert await below_500(siege, head + b"2\r\n{}\r\n0\r\n\r\n") in (400, 401, 411, 501), told
    smuggled = good.and_also(("content-length", "6"), ("Transfer-Encoding", "chunked"))
    hidden = b"0\r\n\r\nGET /members HTTP/1.1\r\nHost: x\r\n\r\n"
    assert await below_500(siege, Request(hidden, smuggled.headers).wire) == 400


@rows.attack("SIG-39", "other versions of HTTP")
async def other_versions(siege: Siege) -> None:
    """A host that is not said is not ours; what is no HTTP/1 is not read."""
    good = siege.signed()
    old = good.wire.replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)
    without = Request(good.body, tuple(each for each in good.headers if each[0] != "host")).wire
    assert await below_500(siege, old.replace(f"host: {siege.host}\r\n".encode(), b"")) in (
        *(400, 401),
        421,
    )
    assert await below_500(siege, without) in (400, 401, 421)
    for version in (b"HTTP/1.2", b"HTTP/11", b"http/1.1", b"HTCPCP/1.0", b"HTTP/1.1 x", b""):
        line = b"POST /inbox " + version + b"\r\n"
        status = await below_500(siege, good.wire.replace(b"POST /inbox HTTP/1.1\r\n", line, 1))
        assert status in (400, 401, 405, 501, 505), version
    assert await below_500(siege, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") in (400, 404, 405, 501, 505)


@rows.attack("SIG-39", "targets that are none")
async def targets_that_are_none(siege: Siege) -> None:
    good = siege.signed()
    for target in (
        "*",
        f"//{siege.host}/inbox",
        "/inbox#x",
        "/./inbox",
        "/x/../inbox",
        "/%69nbox",
        "/inbox%00",
        "/inbox;x=y",
        "inbox",
        f"{siege.host}:443",
        "/" + "a" * 9_000,
        "/\xe9",
        "/inbox\t",
    ):
        async with siege.nothing_happens():
            answer = await siege.send(replace(good, target=target))
        assert answer.status in (400, 401, 404, 405, 414, 415, 421), (target, answer.status)


@rows.attack("SIG-35", "lines that are folded or broken")
async def lines_that_are_folded(siege: Siege) -> None:
    """Of the head: a value on two lines, signs that no head has, blanks before the colon."""
    good = siege.signed()
    signature = good.header("signature")
    plain = b"signature: " + signature.encode()
    for written in (
        b"signature: " + signature.replace(",", ",\r\n ", 1).encode(),
        b"signature :" + signature.encode(),
        b" signature: " + signature.encode(),
        b"signature: " + signature.encode() + b"\x00",
        b"sig\x00nature: " + signature.encode(),
        b"signature\r\n: " + signature.encode(),
        b"signature: " + signature.encode() + b"\rx: y",
        b"signature: " + signature.encode() + b"\nhost: other.example",
        b"x\r\n\r\nsignature: " + signature.encode(),
    ):
        assert await below_500(siege, good.wire.replace(plain, written)) in (400, 401, 421), written
    two_hosts = good.and_also(("host", "other.example"))
    assert await below_500(siege, two_hosts.wire) == 400
    first = Request(good.body, (("host", "other.example"), *good.headers))
    assert await below_500(siege, first.wire) == 400


@rows.attack("SIG-40", "our host in capitals")
async def our_host_in_capitals(siege: Siege) -> None:
    """The same host by every standard: it is taken as signed, or refused, and nothing between."""
    loud = siege.host.upper()
    request = siege.signed(to=loud)
    async with siege.nothing_happens(but=TAKEN):
        assert (await siege.send(request)).status in (202, 421)
    other = siege.signed().with_headers(("host", loud))
    async with siege.nothing_happens(but=TAKEN):
        assert (await siege.send(other)).status in (202, 401, 421)


@rows.attack("DOS-01", "a hundred in one breath")
async def a_hundred_in_one_breath(siege: Siege) -> None:
    """On one connection, sent before the first is answered: each is read as what it is."""
    port = int(siege.coop.address.rpartition(":")[2])
    kept: Any = [siege.signed().wire.replace(b"Connection: close\r\n", b"") for _n in range(5)]
    bad = siege.signed().altered('signature="', 'signature="AAAA').wire
    many = b"".join([*kept, *[bad.replace(b"Connection: close\r\n", b"")] * 94, bad])
    async with siege.watched():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(many)
        answers = [await answer_on(reader) for _each in range(100)]
        writer.close()
    assert [each.status for each in answers] == [202] * 5 + [401] * 95
