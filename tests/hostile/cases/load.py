"""Too much of everything: floods, dear questions, peers that hang, names without end."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from node import limits
from node.listings import finding
from tests.federation.peer import public_key
from tests.hostile.rows import Rows
from tests.hostile.siege import REFRESHED, Siege
from tests.stories.market import offer
from tests.support.signing import Signer
from tests.ui.web.visitor import FROM_OURS

rows = Rows()


@rows.attack("DOS-01")
async def a_flood_from_one_stranger(siege: Siege) -> None:
    """Beyond a minute's worth it hears 429 and how long to wait; the peer beside it is heard."""
    limit = siege.coop.node.federation.settings.stranger_per_minute
    await siege.coop.node.federation.actors.actor(siege.eve.coop)
    note = {"type": "Note", "id": f"{siege.eve.base}/notes/1"}
    async with siege.watched():
        answers = [
            await siege.send(
                siege.signed(siege.activity("Like", note, siege.eve.signer), siege.eve.signer)
            )
            for _time in range(limit + 30)
        ]
    late = [each for each in answers if each.status == 429]
    assert len(late) >= 25
    assert {each.status for each in answers} == {202, 429}
    assert all(int(each.headers["Retry-After"]) > 0 for each in late)
    await siege.taken(siege.signed())


@rows.attack("DOS-01", "in a third coop's name")
async def a_flood_in_a_third_coops_name(siege: Siege) -> None:
    """Whoever writes the farm's key id into bad requests uses up nothing of the farm's."""
    bad = siege.signed().altered('signature="', 'signature="AAAA')
    limit = siege.coop.node.federation.settings.stranger_per_minute
    async with siege.nothing_happens(but=REFRESHED):
        for _time in range(limit + 30):
            assert (await siege.send(bad)).status in (401, 429)
    await siege.taken(siege.signed())
    await siege.taken(siege.signed())


@rows.attack("DOS-01", "all at once")
async def a_flood_all_at_once(siege: Siege) -> None:
    requests = [siege.signed(siege.activity("Like", f"{siege.farm.base}/x")) for _n in range(20)]
    async with siege.watched():
        answers = await asyncio.gather(*(siege.send(each) for each in requests))
    assert {each.status for each in answers} <= {202, 429, 503}


@rows.attack("DOS-02")
async def followers_by_the_thousand(siege: Siege) -> None:
    """Actors of one host share what a host may say in a minute; nothing is queued without end."""
    limit = siege.coop.node.federation.settings.stranger_per_minute
    siege.clock.advance(timedelta(minutes=5))
    statuses = []
    async with siege.watched():
        for _spent in range(limit - 8):
            await siege.coop.node.federation.inbox.gate.count(siege.eve.coop)
        for number in range(12):
            path = f"/follower-{number}"
            follower = Signer(
                f"{siege.eve.base}{path}", siege.eve.signer.rsa, siege.eve.signer.ed25519
            )
            key = public_key(follower.actor, follower.rsa)
            siege.eve.peer.serve(path, siege.eve.peer.actor(path, publicKey=key))
            said = siege.activity("Follow", siege.coop.uri, follower)
            statuses.append((await siege.send(siege.signed(said, follower))).status)
    assert set(statuses) == {202, 429}
    assert statuses.count(202) <= 8
    await siege.coop.node.federation.settle()
    siege.eve.peer.replies.clear()


@rows.attack("DOS-02", "under names of one domain")
async def followers_under_names_of_one_domain(siege: Siege) -> None:
    """Names under a domain of one's own are free: they share one bucket."""
    gate = siege.coop.node.federation.inbox.gate
    from federation.inbox.gate import TooManyRequests

    limit = siege.coop.node.federation.settings.stranger_per_minute
    refused = 0
    for number in range(50_000):
        try:
            await gate.count(f"https://n{number}.wild.example/coop")
        except TooManyRequests:
            refused += 1
    assert refused == 50_000 - limit
    assert len(gate._strangers._buckets) <= siege.coop.node.federation.settings.stranger_sites


@rows.attack("DOS-05")
async def dear_questions(siege: Siege) -> None:
    await offer(siege.coop, "Bread")
    asked = (
        {"q": "b"},
        {"q": "x" * 10_000},
        {"q": "%" * 100},
        {"q": "_" * 100},
        {"q": " OR ".join(["bread"] * 500)},
        {"q": " ".join(f"word{number}" for number in range(700))},
        {"q": '"' * 999},
        {"q": "(((((" * 100},
        {"q": "bread*" * 200},
        {"q": "NEAR(" * 50},
        {"q": "-bread ^ : {} AND NOT"},
        {"q": "(a+)+$" * 20},
        {"q": "é" * 5_000},
        {"q": "\u0301" * 5_000},
        {"q": "麵" * 3_000},
        {"cursor": "9" * 3_000},
        {"cursor": "eyJhIjogMX0="},
        {"limit": "100000"},
        {"limit": "-1"},
        {"near": "91,181", "within_km": "1e308"},
        {"near": "nan,inf"},
        {"near": "53.6,-2.1", "within_km": "-5"},
        {"category": "x" * 5_000},
        {"kind": "x" * 5_000},
        {"lang": "x" * 5_000},
        {"coop": "http://" + "a" * 5_000},
    )
    for query in asked:
        for path in ("/search", "/api/v1/listings"):
            async with siege.nothing_happens():
                answer = await siege.nobody.ask("GET", path, params=query)
            assert answer.status in (200, 400, 422, 429), (path, query, answer.status)


@rows.attack("DOS-05", "a question that never ends")
async def a_question_that_never_ends(siege: Siege) -> None:
    """Whatever makes the database work on and on, it is stopped, and the next is answered. Seconds
    of work here, so that a node that does not stop it can be told apart."""
    endless = text(
        "WITH RECURSIVE long (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM long WHERE n < 20000000)"
        " SELECT count(*) FROM long"
    )

    async def works_on(reader: Any, *_given: Any) -> Any:
        return await reader.rows(endless)

    assert limits.SEARCH_SECONDS == 2
    paths = ("/search?q=bread", "/api/v1/listings?q=bread", "/search.atom?q=bread")
    for path in paths:  # what is made ready at first use is made ready
        assert (await siege.nobody.get(path)).status == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "_candidates", works_on)
        patch.setattr(limits, "SEARCH_SECONDS", 0.02)  # it is worked on in the loop here
        for path in paths:
            async with siege.nothing_happens():
                answer = await siege.nobody.get(path)
            assert answer.status == 429, answer.text
            assert "Use other words, or fewer." in answer.text
    assert (await siege.nobody.get("/search?q=bread")).status == 200


@rows.attack("DOS-05", "deep pages")
async def deep_pages(siege: Siege) -> None:
    """From page to page by the last key: each offer comes once. A cursor that was made up leads
    nowhere."""
    for _each in range(3):
        await offer(siege.coop, f"Deep {siege.number()}")
    asked, seen = "/api/v1/listings?limit=1", list[str]()
    while asked and len(seen) < 100:
        page = json.loads((await siege.nobody.get(asked)).text)
        seen += [each["id"] for each in page["items"]]
        cursor = page.get("next")
        asked = f"/api/v1/listings?limit=1&cursor={cursor}" if cursor else ""
    assert len(seen) == len(set(seen)) >= 3
    for page in ("offset=1000000", "page=1000000", "cursor=" + "A" * 4_000, "cursor=null"):
        answer = await siege.nobody.get(f"/api/v1/listings?{page}")
        assert answer.status in (200, 400, 422), (page, answer.status)


@rows.attack("DOS-05", "many of each parameter")
async def many_of_each_parameter(siege: Siege) -> None:
    for query in (
        "&".join(["q=bread"] * 500),
        "&".join(f"p{n}=x" for n in range(500)),
        "q=%",
        "q=%zz",
    ):
        for path in ("/search", "/api/v1/listings", "/coop/catalogue", "/coop/outbox", "/"):
            async with siege.nothing_happens():
                answer = await siege.nobody.get(f"{path}?{query}")
            assert answer.status in (200, 303, 400, 414, 422), (path, query[:50], answer.status)


@rows.attack("DOS-05", "pages of what peers read")
async def odd_positions_in_catalogues(siege: Siege) -> None:
    for position in ("9" * 30, "-1", "x", "", "0x1", "1e9", "٣", "1,2", "a" * 3_000, "%00"):
        for path in (f"/coop/catalogue?since={position}", f"/coop/outbox?cursor={position}"):
            async with siege.nothing_happens():
                answer = await siege.nobody.get(path, Accept="application/activity+json")
            assert answer.status in (200, 400), path


PART = 'Content-Disposition: form-data; name="handle"'
ODD_PARTS = (
    *("Content-Disposition:", "Content-Disposition: form-data", "X: y", "Content-Disposition: a"),
    *(f"{PART}; name=x", f"{PART}; x", f"{PART};;", f"{PART}; a b=c", f'{PART}; filename="x'),
    *(f"{PART}; filename*=bogus''x", f"{PART}; filename*=utf-8''%ff", f"{PART}; filename*=x"),
    *(f"{PART}; filename*0*=%zz", f'{PART}; filename="a;b;c"', PART + "; x=y" * 1_500),
    'Content-Disposition: attachment; name="handle"; name="password"',
)


@rows.attack("DOS-09", "what the parts of a form are called")
async def odd_parts_of_a_form(siege: Siege) -> None:
    """A library warns of each, and a warning is remembered for as long as the process lives."""
    headers = {**FROM_OURS, "Content-Type": "multipart/form-data; boundary=here"}
    usual = (
        f'{PART}; filename="a; b.jpg"',
        f"{PART}; filename=\"x\"; filename*=utf-8''%C3%A9.jpg",
        f'{PART}; filename="a \\"b\\".jpg"',
        PART.replace(" name", "name"),
    )
    for called in (*ODD_PARTS, *usual):
        body = f"--here\r\n{called}\r\n\r\nrosa\r\n--here--\r\n"
        async with siege.nothing_happens():
            answer = await siege.nobody.ask("POST", "/sign-in", data=body, headers=headers)
        assert answer.status == (422 if called in usual else 400), (called[:80], answer.status)


@rows.attack("DOS-05", "a form of many parts")
async def a_form_of_many_parts(siege: Siege) -> None:
    """As many as a form has room for, and lines before the first of them."""
    headers = {**FROM_OURS, "Content-Type": "multipart/form-data; boundary=x"}
    for body in (f"--x\r\n{PART}\r\n\r\n\r\n" * 3_000, "y\r\n" * 80_000):
        for visitor in (siege.nobody, siege.rosa):
            async with siege.watched():
                answer = await visitor.ask(
                    "POST", "/listings/new", data=f"{body}--x--\r\n", headers=headers
                )
            assert answer.status < 500, answer.text[:200]
