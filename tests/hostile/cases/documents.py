"""What stands in the body: JSON that two readers read differently, and JSON-LD that reshapes it."""

import asyncio
import gzip
import json
import zlib
from dataclasses import replace
from datetime import timedelta

import aiohttp

from node import listings
from protocol.contexts import CONTEXT
from tests.hostile.rows import Rows
from tests.hostile.siege import LEFT_OUT, MEMORY, TAKEN, Request, Siege, raw
from tests.support.signing import encode

rows = Rows()
AS2 = "https://www.w3.org/ns/activitystreams"


@rows.attack("JSN-01")
async def types_that_are_none(siege: Siege) -> None:
    for told in (["Create", "Delete"], {}, 5, True):
        await siege.refused(siege.signed(siege.activity(type=told)), "bad-type")
    await siege.refused(siege.signed(siege.activity(type=[])), "bad-type")
    for told in (None, LEFT_OUT):
        await siege.refused(siege.signed(siege.activity(type=told)), "missing-property")


@rows.attack("JSN-01", "of the object")
async def types_of_the_object(siege: Siege) -> None:
    for told in (["Proposal", "Note"], ["Proposal", "Person"], {}, 5):
        said = siege.activity(obj=siege.listing(type=told))
        await siege.refused(siege.signed(said), "bad-type")
    for told in ("", [], "Proposal ", "proposal", "@graph"):
        said = siege.activity(obj=siege.listing(type=told))
        async with siege.nothing_happens(but=MEMORY):
            answer = await siege.send(siege.signed(said))
        assert answer.status in (202, 400, 422), told


@rows.attack("JSN-02")
async def two_actors(siege: Siege) -> None:
    for told in ([siege.farm.coop, siege.eve.coop], [siege.farm.coop, siege.farm.coop]):
        await siege.refused(siege.signed(siege.activity(actor=told)), "several-ids")


@rows.attack("JSN-02", "an actor with a key")
async def an_actor_with_a_key(siege: Siege) -> None:
    """It is reduced to its id: what it says of itself inside another's message is hearsay."""
    key = {"id": siege.eve.signer.rsa_id, "owner": siege.farm.coop}
    told = {"id": siege.farm.coop, "type": "Organization", "publicKey": key}
    await siege.taken(siege.signed(siege.activity(actor=told)))


@rows.attack("JSN-02", "an actor that is none")
async def an_actor_that_is_none(siege: Siege) -> None:
    for told in (None, LEFT_OUT, [], {}, 5, "", {"id": 5}, [[]]):
        async with siege.nothing_happens():
            answer = await siege.send(siege.signed(siege.activity(actor=told)))
        assert answer.status == 400, (told, answer.body)


@rows.attack("JSN-03")
async def no_object_at_all(siege: Siege) -> None:
    for body in (b"[]", b'"x"', b"5", b"null", b"true"):
        await siege.refused(siege.signed(body), "not-an-object")
    await siege.refused(siege.signed(b""), "not-json")


@rows.attack("JSN-03", "two in a row")
async def two_objects_in_a_row(siege: Siege) -> None:
    good = encode(siege.activity())
    for body in (
        good + good,
        good + b"\n{}",
        b"\n\n",
        good[:-1],
        b"{}x",
        good + b"\0",
        b"\0" + good,
    ):
        await siege.refused(siege.signed(body), "not-json")


@rows.attack("JSN-05")
async def deep(siege: Siege) -> None:
    for body in (
        b"[" * 100_000,
        b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
        b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    ):
        async with siege.nothing_happens():
            answer = await siege.send(siege.signed(body))
        assert (answer.status, answer.code) in ((400, "too-deep"), (400, "not-json"))


@rows.attack("JSN-05", "just deep enough")
async def just_deep_enough(siege: Siege) -> None:
    """At the border of what is read, and in the parts that are passed over."""
    for depth in (30, 31, 32, 33, 40):
        value: object = "x"
        for _level in range(depth):
            value = {"a": value} if depth % 2 else [value]
        for member in ("extension", "signature", "tag", "attachment"):
            said = siege.activity(**{member: value})
            async with siege.nothing_happens(but=TAKEN):
                answer = await siege.send(siege.signed(said))
            assert answer.status in (202, 400), (depth, member, answer.body)


@rows.attack("JSN-05", "wide")
async def wide(siege: Siege) -> None:
    for value in (list(range(3_000)), {f"k{n}": n for n in range(3_000)}, [{}] * 3_000):
        await siege.refused(siege.signed(siege.activity(extension=value)), "too-many-members")


@rows.attack("JSN-06")
async def huge_numbers(siege: Siege) -> None:
    nines = encode(siege.activity(fee=1)).replace(b'"fee": 1', b'"fee": ' + b"9" * 5_000)
    await siege.refused(siege.signed(nines), "number-out-of-range")
    for number in (2**63, 2**53, -(2**53)):
        await siege.refused(siege.signed(siege.activity(fee=number)), "number-out-of-range")


@rows.attack("JSN-06", "where a number is meant")
async def odd_numbers_where_numbers_are_meant(siege: Siege) -> None:
    """In the amounts, places and sizes of a listing: refused or passed over."""
    measure = {"type": "Measure", "hasUnit": "one"}
    for odd in ("9" * 400, "1e400", "-0", "1e-400", "NaN", "٣", " 1", "0x10", 1e308, -1, True, []):
        for changed in (
            {"price": {"type": "PriceSpecification", "price": odd, "priceCurrency": "GBP"}},
            {
                "primary": {
                    "type": "Intent",
                    "resourceQuantity": measure | {"hasNumericalValue": odd},
                }
            },
            {"location": {"type": "Place", "name": "x", "latitude": odd, "longitude": odd}},
            {"attachment": {"type": "Image", "url": "http://x.example/", "width": odd}},
            {"duration": odd},
        ):
            said = siege.activity(obj=siege.listing(**changed))
            async with siege.watched():
                answer = await siege.send(siege.signed(said))
            assert answer.status in (202, 400, 422), (odd, changed, answer.body)


MOMENTS = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999-00:00")
"""At the ends of the calendar, where other clocks show no day."""


@rows.attack("JSN-06", "moments at either end of the calendar")
async def moments_at_the_ends(siege: Siege) -> None:
    """A listing may bear any: who reads it, finds it or counts its days meets no fault."""
    for at in MOMENTS:
        for name in ("published", "updated", "endTime"):
            document = siege.listing(name="Endless bread", **{name: at})
            async with siege.watched():
                answer = await siege.send(siege.signed(siege.activity(obj=document)))
                await siege.coop.node.federation.settle()
            assert answer.status in (202, 422), (name, at, answer.body)
            kept = await siege.coop.read(listings.mirror, document["id"])
            pages = ["/search?q=endless", "/api/v1/listings?q=endless", "/search.atom?q=endless"]
            for path in [*pages, f"/mirrors/{kept.id}"] if kept else pages:
                async with siege.watched():
                    answer = await siege.rosa.get(path)
                assert answer.status < 500, (name, at, path, answer.text[:200])


@rows.attack("JSN-07")
async def ten_megabytes(siege: Siege) -> None:
    limit = siege.coop.node.federation.settings.inbox_bytes
    await siege.refused(siege.signed(b"x" * (limit + 1)), "too-large")
    large = siege.signed(b"{}").with_headers(("content-length", "10000000"))
    port = int(siege.coop.address.rpartition(":")[2])
    async with siege.nothing_happens():
        answer = await raw(port, [large.wire])
    siege.answered(answer, "too-large")
    endless = siege.signed(b"{}").with_headers(("transfer-encoding", "chunked"))
    head = Request(b"", endless.headers).wire
    async with siege.nothing_happens():
        answer = await raw(port, [head, *([b"8000\r\n" + b"x" * 0x8000 + b"\r\n"] * 12)])
    siege.answered(answer, "too-large")


@rows.attack("JSN-07", "chunks that are none")
async def broken_chunks(siege: Siege) -> None:
    port = int(siege.coop.address.rpartition(":")[2])
    chunked = siege.signed(b"{}").with_headers(("transfer-encoding", "chunked"))
    head = Request(b"", chunked.headers).wire
    for piece in (b"zz\r\n{}\r\n", b"-1\r\n", b"2\r\n{}x\r\n", b"ffffffffffffffffff\r\n", b"\0"):
        async with siege.nothing_happens():
            answer = await raw(port, [head, piece])
        assert answer.status == 400, piece


@rows.attack("JSN-07", "lengths that are none")
async def broken_lengths(siege: Siege) -> None:
    good = siege.signed()
    for told in ("-1", "x", "1,2", "9" * 30, "+5", "0x10", "1 2", ""):
        async with siege.nothing_happens():
            answer = await siege.send(good.with_headers(("content-length", told)))
        assert answer.status in (400, 413), told
    both = good.with_headers(("content-length", str(len(good.body))))
    async with siege.nothing_happens():
        answer = await siege.send(both.and_also(("transfer-encoding", "chunked")))
    assert answer.status == 400
    async with siege.nothing_happens():
        answer = await siege.send(both.and_also(("content-length", "5")))
    assert answer.status == 400


@rows.attack("JSN-07", "a body that never comes")
async def a_body_that_never_comes(siege: Siege) -> None:
    """The peer says how much it will send, sends a little and hangs up."""
    port = int(siege.coop.address.rpartition(":")[2])
    good = siege.signed()
    async with siege.nothing_happens():
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(good.with_headers(("content-length", "100000")).wire[:-10])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await siege.nobody.get("/healthz")).status == 200


@rows.attack("JSN-09")
async def a_compressed_body(siege: Siege) -> None:
    bomb = gzip.compress(bytes(100_000_000), 1)
    members = gzip.compress(b"") * 40_000
    for kind, body in (("gzip", bomb), ("br", b"x"), ("zstd", b"x"), ("gzip", members)):
        await siege.refused(
            siege.signed(body).with_headers(("content-encoding", kind)), "unsupported-encoding"
        )
    assert tuple(map(int, aiohttp.__version__.split(".")[:3])) >= (
        3,
        14,
        4,
    )  # pinned: before, each member cost more than the last


@rows.attack("JSN-09", "named otherwise")
async def compression_by_another_name(siege: Siege) -> None:
    body = zlib.compress(encode(siege.activity()))
    for kind in (
        "deflate",
        "x-gzip",
        "GZIP",
        "gzip, identity",
        "identity, gzip",
        "compress",
        "aes",
    ):
        await siege.refused(
            siege.signed(body).with_headers(("content-encoding", kind)), "unsupported-encoding"
        )
    async with siege.nothing_happens():
        answer = await siege.send(
            siege.signed(body).with_headers(("transfer-encoding", "gzip, chunked"))
        )
    assert answer.status in (400, 415, 501)


@rows.attack("JSN-09", "named twice")
async def compression_named_twice(siege: Siege) -> None:
    """The server unpacks by the last line: the first one alone says nothing."""
    said = encode(siege.activity())
    packed = gzip.compress(said)
    for first, last in (("identity", "gzip"), ("gzip", "identity"), ("identity", "deflate")):
        for body in (said, packed):
            # The digest of what it is unpacked to, in case that is what is read.
            signed = siege.signed(said).and_also(
                ("content-encoding", first), ("content-encoding", last)
            )
            await siege.refused(replace(signed, body=body), "unsupported-encoding")
    form = gzip.compress(b"handle=rosa&password=three+blue+teapots")
    head = (
        ("host", siege.host),
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("content-encoding", "identity"),
        ("content-encoding", "gzip"),
    )
    async with siege.nothing_happens():
        answer = await siege.send(Request(form, head, target="/sign-in"))
    assert answer.status == 415, answer.body


@rows.attack("JSN-10")
async def numbers_that_are_none(siege: Siege) -> None:
    for told, code in (
        (b"NaN", "not-json"),
        (b"Infinity", "not-json"),
        (b"-Infinity", "not-json"),
        (b"1e400", "number-out-of-range"),
        (b"-1e400", "number-out-of-range"),
    ):
        await siege.refused(siege.signed(b'{"weight": %s}' % told), code)


@rows.attack("JSN-10", "numbers of other notations")
async def numbers_of_other_notations(siege: Siege) -> None:
    for told in (b"01", b"+1", b".5", b"1.", b"0x1", b"1_000", b"'1'", b"\xd9\xa3", b"undefined"):
        async with siege.nothing_happens():
            answer = await siege.send(siege.signed(b'{"weight": %s}' % told))
        assert (answer.status, answer.code) == (400, "not-json"), told


@rows.attack("JSN-11")
async def two_actors_in_one_object(siege: Siege) -> None:
    body = encode(siege.activity())
    for extra in (b'"actor": "x", ', b'"\\u0061ctor": "x", '):
        await siege.refused(siege.signed(b"{" + extra + body[1:]), "duplicate-key")


@rows.attack("JSN-11", "deeper inside")
async def two_keys_deeper_inside(siege: Siege) -> None:
    for value in (b'{"a": 1, "a": 1}', b'[{"": 1, "": 2}]', b'{"id": 1, "\\u0069d": 1}'):
        body = encode(siege.activity(extension="HERE")).replace(b'"HERE"', value)
        await siege.refused(siege.signed(body), "duplicate-key")


@rows.attack("JSN-11", "two spellings of one name")
async def two_spellings_of_one_name(siege: Siege) -> None:
    for name in ("as:actor", f"{AS2}#actor", "@id", "@type", "as:object", f"{AS2}#object"):
        said = siege.activity(**{name: siege.eve.coop})
        async with siege.nothing_happens(but=TAKEN):
            answer = await siege.send(siege.signed(said))
        assert answer.status in (202, 400, 401, 403), (name, answer.body)
    said = siege.activity(actor=LEFT_OUT, **{"as:actor": siege.eve.coop})
    async with siege.nothing_happens():
        answer = await siege.send(siege.signed(said))
    assert answer.status in (400, 401)


@rows.attack("JSN-12")
async def other_encodings(siege: Siege) -> None:
    said = siege.activity(summary="\xe9")
    text = json.dumps(said, ensure_ascii=False)
    for body, code in (
        (text.encode("latin-1"), "not-utf-8"),
        (text.encode("utf-16"), "not-utf-8"),
        (text.encode("utf-16-le"), "not-utf-8"),
        (b"\xef\xbb\xbf" + text.encode(), "byte-order-mark"),
    ):
        await siege.refused(siege.signed(body), code)


@rows.attack("JSN-12", "bytes that nearly are UTF-8")
async def nearly_utf_8(siege: Siege) -> None:
    """Overlong forms, surrogates as bytes, beyond the last character; UTF-7 and UTF-32."""
    for odd in (b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\xc3", b"\x80"):
        body = encode(siege.activity(summary="HERE")).replace(b"HERE", odd)
        await siege.refused(siege.signed(body), "not-utf-8")
    plain = json.dumps(siege.activity())
    for name in ("utf-32", "utf-16-be"):
        async with siege.nothing_happens():
            answer = await siege.send(siege.signed(plain.encode(name)))
        assert (answer.status, answer.code) in ((400, "not-utf-8"), (400, "not-json"))
    for charset in ("utf-16", "latin-1", "utf-7", "bogus"):
        kind = ("content-type", f"application/activity+json; charset={charset}")
        async with siege.nothing_happens(but=TAKEN):
            answer = await siege.send(siege.signed(plain.encode("utf-16")).with_headers(kind))
        assert answer.status in (400, 415)


@rows.attack("JSN-12", "characters that no database takes")
async def characters_that_no_database_takes(siege: Siege) -> None:
    for odd, code in (
        (b"\\u0000", "nul-character"),
        (b"\\ud800", "lone-surrogate"),
        (b"\\udc00\\ud800", "lone-surrogate"),
    ):
        for where in ("summary", "id", "type", "actor", "extension"):
            said = siege.activity(**{where: "HERE"})
            body = encode(said).replace(b"HERE", odd)
            await siege.refused(siege.signed(body), code)
        key = encode(siege.activity(HERE=1)).replace(b"HERE", odd)
        await siege.refused(siege.signed(key), code)
    raw_control = encode(siege.activity(summary="HERE")).replace(b"HERE", b"\x00")
    await siege.refused(siege.signed(raw_control), "not-json")


@rows.attack("JSN-14")
async def names_that_read_otherwise(siege: Siege) -> None:
    """What is kept of a name holds no mark that turns it round, and is no longer than a name."""
    names = (
        "Lanehead\u202edaehenaL",
        "Lane\u200bhead\u2066x\u2069",
        "\U000e0041\U000e0042Lanehead",
        "e" + "\u0301" * 60_000,
        "\ufeffLanehead\u0007\u009b",
    )
    for name in names:
        document = siege.listing(name=name, summary=name)
        async with siege.watched():
            answer = await siege.send(siege.signed(siege.activity(obj=document)))
        assert answer.status in (202, 422), answer.body
        kept = await siege.coop.read(listings.mirror, document["id"])
        if kept is not None:
            assert len(kept.title) <= 200
            assert not set(kept.title + kept.summary) & set(
                "\u202e\u200b\u2066\u2069\ufeff\u0007\u009b"
            )
            assert not any("\U000e0000" <= character <= "\U000e007f" for character in kept.title)


@rows.attack("JSN-14", "the name of a coop")
async def the_name_of_a_coop(siege: Siege) -> None:
    profile = siege.farm.peer.replies["/coop"]
    for name in ("Farm\u202enaf", "x" * 100_000, "\u200f\u2067", "", "\n\n", "<i>Farm</i>"):
        siege.farm.publish(name=name, summary=name, preferredUsername=name[:300])
        said = siege.activity("Update", siege.farm.coop)
        async with siege.watched():
            answer = await siege.send(siege.signed(said))
            await siege.town.settle()
        assert answer.status in (202, 422), answer.body
        page = await siege.femi.get("/peers")
        assert page.status == 200
        assert "\u202e" not in page.text
        assert "<i>Farm" not in page.text
        assert len(page.text) < 100_000
    siege.farm.peer.replies["/coop"] = profile
    siege.farm.publish()
    siege.clock.advance(timedelta(minutes=6))
    await siege.coop.node.federation.actors.actor(siege.farm.coop, refresh=True)


@rows.attack("JSN-15")
async def a_context_elsewhere(siege: Siege) -> None:
    asked = len(siege.eve.peer.requests)
    for context in (
        f"{siege.eve.base}/context",
        f"http://127.0.0.1:{siege.canary.port}/context",
        "file:///etc/passwd",
        [AS2, f"{siege.eve.base}/context"],
        [AS2, {"@import": f"{siege.eve.base}/context"}],
        [AS2, {"x": {"@id": "https://x.example/", "@context": f"{siege.eve.base}/context"}}],
    ):
        said = siege.activity(**{"@context": context})
        async with siege.nothing_happens(but=TAKEN):
            answer = await siege.send(siege.signed(said))
        assert answer.status in (202, 400), answer.body
    assert len(siege.eve.peer.requests) == asked


@rows.attack("JSN-15", "by a header")
async def a_context_in_a_link(siege: Siege) -> None:
    """What is fetched names a context in its head (JSON-LD 1.1 §6.1): it is not fetched either."""
    from aiohttp import web

    async def linked(_: web.Request) -> web.Response:
        answer = web.json_response(
            siege.eve.peer.actor("/linked"), content_type="application/activity+json"
        )
        link = (
            f'<http://127.0.0.1:{siege.canary.port}/c>; rel="http://www.w3.org/ns/json-ld#context"'
        )
        answer.headers["Link"] = link
        return answer

    url = siege.eve.peer.answer("/linked", linked)
    async with siege.watched():
        await siege.coop.node.federation.remote_documents.fetch_document(url)


@rows.attack("JSN-16")
async def names_with_another_meaning(siege: Siege) -> None:
    for inline in (
        {"actor": "https://evil.example/nobody"},
        {"object": None},
        {"actor": "@id"},
        {"id": "https://evil.example/id"},
        {"as": "https://evil.example/ns#"},
        {"weight": "as:actor"},
        {"@vocab": "https://evil.example/"},
        {"@base": siege.eve.base},
    ):
        for context in (inline, [AS2, inline]):
            said = siege.activity(**{"@context": context})
            async with siege.nothing_happens(but=TAKEN):
                answer = await siege.send(siege.signed(said))
            assert answer.status in (202, 400), (inline, answer.body)


@rows.attack("JSN-16", "two owners")
async def two_owners(siege: Siege) -> None:
    """Whoever reads plain names reads that eve made it; by the context it is the farm's."""
    maker = {"@id": "https://www.w3.org/ns/activitystreams#attributedTo", "@type": "@id"}
    swapped = {"attributedTo": "https://evil.example/by", "maker": maker}
    context = {"@context": [AS2, *CONTEXT, swapped]}
    by_both = siege.listing(attributedTo=siege.eve.coop, maker=siege.farm.coop, **context)
    await siege.refused(siege.signed(siege.activity(obj=by_both, **context)), "bad-context", 400)


@rows.attack("JSN-16", "keywords that reshape")
async def keywords_that_reshape(siege: Siege) -> None:
    inner = siege.activity(by=siege.eve.signer)
    for keyword in ("@graph", "@included", "@reverse", "@nest"):
        for said in (
            siege.activity(**{keyword: [inner]}),
            siege.activity(obj=siege.listing(**{keyword: [inner]})),
            siege.activity(**{"@context": [AS2, {"hidden": keyword}], "hidden": [inner]}),
        ):
            async with siege.nothing_happens():
                answer = await siege.send(siege.signed(said))
            assert answer.status == 400, (keyword, answer.body)
    wrapped = {"@context": AS2, "@graph": [siege.activity()]}
    await siege.refused(siege.signed(wrapped), "forbidden-keyword")


@rows.attack("JSN-19")
async def a_poison_graph(siege: Siege) -> None:
    clique = [{"id": f"_:b{n}", "knows": [f"_:b{m}" for m in range(8)]} for n in range(8)]
    for member in ("extension", "tag", "attachment", "object"):
        said = siege.activity(**{member: clique})
        async with siege.nothing_happens(but=TAKEN):
            answer = await siege.send(siege.signed(said))
        assert answer.status in (202, 400, 422), answer.body


@rows.attack("JSN-19", "contexts by the hundred")
async def contexts_by_the_hundred(siege: Siege) -> None:
    """Each is harmless; together they would be work for minutes."""
    terms = {f"t{n}": f"https://x.example/{n}" for n in range(300)}
    nested: dict[str, object] = {"id": "https://x.example/0"}
    for _level in range(25):
        nested = {"@context": dict(list(terms.items())[:40]), "x": nested}
    for context, extra in (
        ([AS2, *([{f"u{n}": "https://x.example/"} for n in range(500)])], {}),
        ([AS2, terms], {f"t{n}": "x" for n in range(300)}),
        (AS2, {"extension": nested}),
        ([AS2] * 500, {}),
    ):
        said = siege.activity(**{"@context": context}, **extra)
        async with siege.nothing_happens(but=TAKEN):
            answer = await siege.send(siege.signed(said))
        assert answer.status in (202, 400), answer.body


@rows.attack("JSN-20")
async def names_of_other_languages(siege: Siege) -> None:
    extra = {
        "__proto__": {"admin": True},
        "constructor": {"prototype": {"admin": True}},
        "__class__": "Admin",
        "is_admin": True,
        "tally": {"yes": 99},
        "balance": 99,
        "_id": 1,
    }
    await siege.taken(siege.signed(siege.activity(**extra)))
    await siege.taken(siege.signed(siege.activity(obj=siege.listing(**extra))))


@rows.attack("JSN-20", "names of our own columns")
async def names_of_our_own_columns(siege: Siege) -> None:
    """What we write beside a listing, nobody else can write there."""
    document = siege.listing(
        coop_uri=siege.eve.coop,
        state="gone",
        judged_at="1970-01-01T00:00:00Z",
        confirmed_at="2999-01-01T00:00:00Z",
        origin="local",
        coop_name="Lanehead",
        version=99,
    )
    await siege.taken(siege.signed(siege.activity(obj=document)))
    kept = await siege.coop.read(listings.mirror, document["id"])
    assert kept is not None
    assert (kept.coop_uri, str(kept.state)) == (siege.farm.coop, "fresh")
