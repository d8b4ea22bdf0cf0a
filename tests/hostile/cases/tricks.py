"""Tricks at the pages: other ways to say who one is, where one is, and what is meant."""

import io
import re
from typing import Any

from aiohttp import FormData

from node import accounts
from tests.hostile.cases.crowds import mail_of
from tests.hostile.cases.doors import guarded
from tests.hostile.cases.pages import FORM
from tests.hostile.cases.scripts import SCRIPTS, harmless, written
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege
from tests.node.calendars.test_calendars import calendar
from tests.ui.web.test_availability import FORM as HOURS
from tests.ui.web.visitor import FROM_OURS, PASSWORD, signed_in, stranger
from ui.web.context import PEER_PATHS

rows = Rows()
SEEN = frozenset({"account_session"})
"""When somebody was last seen may be noted, whoever made them look."""


@rows.attack("UIX-09", "two sessions in one head")
async def two_sessions_in_one_head(siege: Siege) -> None:
    """A neighbour under the same domain sets a second cookie of the name: nobody is two people, and
    whoever signs in is who they say."""
    name = f"rochdale-session-{siege.coop.node.config.port}"
    handle = f"m{siege.number()}"
    async with signed_in(siege.coop, handle) as mallory:
        theirs, mine = mallory.cookies[name], siege.rosa.cookies[name]
        for first, second in ((theirs, mine), (mine, theirs), ("x", mine), (mine, ""), ("", "")):
            both = {"Cookie": f"{name}={first}; {name}={second}"}
            page = await siege.nobody.ask("GET", "/account", headers=both)
            assert page.status in (200, 303)
            assert not ("Rosa" in page.text and handle.capitalize() in page.text)
            form = {"handle": "ada", "password": PASSWORD}
            came = await siege.nobody.ask("POST", "/sign-in", data=form, headers=FROM_OURS | both)
            assert came.status == 303
            siege.nobody.cookies.clear()
        for odd in (f"{name}", f"{name}=" + "x" * 4_000, f'{name}="{mine}', "=;=;"):
            page = await siege.nobody.ask("GET", "/account", headers={"Cookie": odd})
            assert page.status in (200, 303, 400), odd
            siege.nobody.cookies.clear()


@rows.attack("UIX-06", "looking changes nothing")
async def looking_changes_nothing(siege: Siege) -> None:
    """Whatever address a picture on another site names, by femi's browser: nothing is done. That a
    table of members was taken along is noted; the other site does not get it."""
    app = siege.coop.server.app
    told = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    more = {"_method": "POST", "do": "remove", "what": "address", "sure": "y", "confirm": "1"}
    overriding = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "DELETE"}
    async with siege.nothing_happens(but={*SEEN, "audit_entry"}):
        for route in app.router.routes():
            if route.method != "GET" or route.resource is None:
                continue
            pattern = route.resource.canonical
            if pattern in app[PEER_PATHS] or pattern.startswith(("/static", "/account/data")):
                continue
            path = re.sub(r"\{[^}]*\}", "0" * 26, pattern)
            answer = await siege.femi.ask("GET", path, params=more, headers=told | overriding)
            assert answer.status < 500, (path, answer.text[:300])


@rows.attack("UIX-20", "by the host that is asked")
async def by_the_host_that_is_asked(siege: Siege) -> None:
    """Links in letters, feeds and pages name the address of the settings, whatever Host says."""
    evil = {
        "X-Forwarded-Host": "asked.example",
        "X-Forwarded-Server": "asked.example",
        "Forwarded": "host=asked.example",
        "X-Original-URL": "//asked.example/",
        "X-Rewrite-URL": "//asked.example/",
    }
    paths = (
        "/",
        "/search",
        "/about",
        "/sitemap.xml",
        "/robots.txt",
        "/search.atom",
        "/api/v1/coop",
    )
    for path in paths:
        for headers in (evil, evil | {"Host": "asked.example"}):
            async with siege.nothing_happens():
                answer = await siege.nobody.ask("GET", path, headers=headers)
            assert answer.status in (200, 400, 404, 421), path
            assert "asked.example" not in answer.text.replace("for the host asked.example", "")
            assert "asked.example" not in answer.headers.get("Location", "")
    name = f"m{siege.number()}"
    async with mail_of(siege) as box, signed_in(siege.coop, name) as newcomer:
        asked, told = {"do": "address", "address": "somebody@example.org"}, FROM_OURS | evil
        heard = await newcomer.ask("POST", "/account/mail", data=asked, headers=told)
        assert heard.location == "/account/mail?told=mail-asked"
        for _hour in range(24):  # others' may wait before it, and it is night now and then
            siege.clock.advance(1_200)
            await siege.coop.node.mail.settle()
        assert box.letters
        for letter in box.letters:
            assert "asked.example" not in letter.as_string()


@rows.attack("UIX-12", "other spellings of an address")
async def other_spellings_of_an_address(siege: Siege) -> None:
    """What is kept from a stranger by one spelling is kept by all of them."""
    for path in (
        "/members",
        "/ledger",
        "/peers",
        "/settings",
        "/audit",
        "/people",
        "/api/v1/members",
    ):
        for spelt in (
            path + "/",
            path.upper(),
            "/" + path,
            path + ";x=y",
            path + "%00",
            path + "%20",
            path + "/.",
            "/x/.." + path,
            "/%2e" + path,
            path.replace("e", "%65", 1),
            path + "?x=/sign-in",
            "/static/.." + path,
            "/static/..%2f.." + path,
            path + ".json",
            path + "#",
        ):
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = await siege.nobody.ask(method, spelt, encoded=True)
                assert answer.status in (200, 303, 400, 401, 403, 404, 405), (method, spelt)
                if answer.status == 200:
                    assert method == "OPTIONS" or path == "/people"
                    assert "Rosa" not in answer.text
    for path in (
        "/static/../../etc/passwd",
        "/static/%2e%2e/%2e%2e/config.toml",
        "/static//etc/hosts",
    ):
        answer = await siege.nobody.ask("GET", path, encoded=True)
        assert answer.status in (400, 403, 404), path


@rows.attack("UIX-13", "a token in another place")
async def a_token_in_another_place(siege: Siege) -> None:
    """It counts in one header alone, at the API alone, for what it is for alone."""
    account = await siege.coop.read(accounts.by_handle, "femi")
    token = await siege.coop.write(
        accounts.create_token, account.id, label="x", scopes=frozenset({"listings:write"})
    )
    siege.secrets.add(token.secret)
    bearer = {"Authorization": f"Bearer {token.secret}"}
    name = f"rochdale-session-{siege.coop.node.config.port}"
    basic: Any = {"Authorization": f"Basic {token.secret}"}
    for path, headers in (
        (f"/api/v1/threads?access_token={token.secret}", {}),
        (f"/api/v1/threads?token={token.secret}", {}),
        ("/api/v1/threads", basic),
        ("/api/v1/threads", {"Authorization": token.secret}),
        ("/api/v1/threads", {"X-API-Key": token.secret}),
        ("/api/v1/threads", {"Cookie": f"{name}={token.secret}"}),
        ("/api/v1/threads", bearer | {"Authorization": f"Bearer {token.secret} {token.secret}"}),
        ("/members", bearer),
        ("/account", bearer),
        ("/settings", bearer),
    ):
        async with siege.nothing_happens(but={"sign_in_tries"}):
            answer = await siege.nobody.ask("GET", path, headers=headers)
        assert answer.status in (303, 401, 403), (path, headers, answer.status)
        siege.nobody.cookies.clear()
    async with siege.nothing_happens():
        answer = await siege.nobody.ask("GET", "/api/v1/threads", headers=bearer)
    assert answer.status == 403


@rows.attack("UIX-01", "said back at once")
async def said_back_at_once(siege: Siege) -> None:
    """Whatever stands in an address or a field and is shown again: in no page does it run."""
    app, script = siege.coop.server.app, "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
    names = ("q", "near", "kind", "next", "told", "from", "cursor", "uri", "day", "lang", "name")
    asked = dict.fromkeys(names, script)
    for route in app.router.routes():
        if route.method != "GET" or route.resource is None:
            continue
        pattern = route.resource.canonical
        if pattern in app[PEER_PATHS] or pattern.startswith("/static"):
            continue
        path = re.sub(r"\{[^}]*\}", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", pattern)
        for visitor in (siege.femi, siege.nobody):
            page = await visitor.ask("GET", path, params=asked)
            assert page.status < 500, (path, page.text[:300])
            if page.headers.get("Content-Type", "").startswith(("text/html", "image/svg")):
                harmless(page.text)
    for path in ("/sign-in", "/search", "/write", "/join", "/sign-in/lost", "/listings/new"):
        fields = dict.fromkeys(("handle", "title", "name", "next", "to", "words"), SCRIPTS[0])
        async with stranger(siege.coop) as somebody:
            harmless((await somebody.post(path, fields)).text)
        harmless((await siege.femi.post(path, fields)).text)


@rows.attack("UIX-19", "lines in calendars, cards and feeds")
async def lines_in_calendars(siege: Siege) -> None:
    """What somebody writes stays one line, where a line says something of its own."""
    for text in (
        "Bread\r\nATTACH:http://evil.example",
        "Bread\nEND:VCARD\nBEGIN:VCARD\nFN:Eve",
        "Bread\u2028URL:http://evil.example",
        "Bread\x0bX:y",
        "Bread]]><x/>",
        "Bread\\n;:,",
    ):
        await written(siege, title=text, summary=text)
        for path in ("/search.atom?q=bread", "/search.csv?q=bread", "/sitemap.xml"):
            page = await siege.nobody.get(path)
            assert page.status in (200, 404)
            assert not re.search(r"^(ATTACH|END:VCARD|URL|X):?", page.text, re.MULTILINE)
            if path.startswith("/search.csv"):
                guarded(page.text)
        await siege.coop.write(
            accounts.create_account, handle=f"n{siege.number()}", name=text, roles=frozenset()
        )
        for path in ("/people", "/coops.csv"):
            harmless((await siege.femi.get(path)).text)


@rows.attack("UIX-17", "a calendar of endless repetitions")
async def a_calendar_without_end(siege: Siege) -> None:
    """Every second for ever, ten thousand dates, rules in rules: read in a process with bounds, or
    refused, and the loop goes on."""
    path = await written(siege, title="Hall")
    await siege.rosa.post(f"{path}/availability", HOURS)
    dates = ",".join(f"2027{1 + n % 12:02}{1 + n % 28:02}T{n % 24:02}0000Z" for n in range(10_000))
    for said in (
        b"DTSTART:20270111T090000Z DURATION:PT1S RRULE:FREQ=SECONDLY",
        b"DTSTART:20270111T090000Z DURATION:PT1S RRULE:FREQ=SECONDLY;COUNT=1000000000",
        b"DTSTART:00010101T000000Z DURATION:P9999D RRULE:FREQ=MINUTELY;INTERVAL=0",
        b"DTSTART:20270111T090000Z DURATION:PT1H RDATE:" + dates.encode(),
        b"DTSTART:20270111T090000Z DURATION:PT1H RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ):
        form = FormData({"name": "Mine", "address": ""})
        form.add_field("file", calendar(said.decode()), filename="a.ics")
        async with siege.watched():
            answer = await siege.rosa.post(f"{path}/calendars", form)
        assert answer.status in (303, 413, 422, 429), (said[:60], answer.status)


@rows.attack("UIX-17", "a register that is none")
async def a_register_that_is_none(siege: Siege) -> None:
    """Tables of members: nothing is half taken in, and no row of nonsense is a person."""
    for number, content in enumerate(
        (
            b"",
            b"\x00" * 1_000,
            b"name\n" + b"x" * 300_000,
            b"name" + b",name" * 5_000 + b"\nAda",
            "name\n\ud800".encode("utf-8", "surrogatepass"),
            "name\nAda".encode("utf-16"),
            b'name\n"Ada',
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
            b"PK\x03\x04" + b"\x00" * 500,
            b"name,joined\nAda,9999-99-99",
        )
    ):
        form = FormData({"look": "dry"})
        form.add_field("file", content, filename=f"../{number}.csv")
        async with siege.nothing_happens(but=SEEN):
            answer = await siege.femi.post("/members/import", form)
        assert answer.status in (200, 400, 413, 422), (number, answer.status)
        harmless(answer.text)


@rows.attack("DOS-05", "patterns that go back and forth")
async def patterns_that_go_back_and_forth(siege: Siege) -> None:
    """In what is searched for, and in every header that is taken apart: the loop is not held."""
    slow = (
        "a" * 3_000 + "!",
        "(" * 3_000,
        " " * 3_000 + "x",
        "a," * 1_500,
        ";=" * 1_500,
        "*/" * 1_500,
    )
    names = (
        *("Accept", "Accept-Language", "User-Agent", "Forwarded", "X-Forwarded-For", "Range"),
        *("If-None-Match", "If-Modified-Since", "Cookie", "Origin", "Referer", "Authorization"),
        *("Save-Data", "Sec-Fetch-Site", "Content-Type", "Signature-Input", "Signature"),
    )
    for text in slow:
        for name in names:
            async with siege.nothing_happens():
                answer = await siege.nobody.ask("GET", "/search", headers={name: text})
            assert answer.status < 500, (name, text[:20])
            siege.nobody.cookies.clear()
        for path in ("/search", "/api/v1/listings", "/coops", "/@" + text[:200]):
            async with siege.nothing_happens():
                answer = await siege.nobody.ask("GET", path, params={"q": text, "near": text})
            assert answer.status < 500, (path, text[:20])


@rows.attack("UIX-23", "a password of a megabyte")
async def a_password_of_a_megabyte(siege: Siege) -> None:
    """Nobody makes us hash it; nor what no text is."""
    for secret in ("x" * 100_000, "\ud800", "\0" * 50, "é" * 50_000):
        body = io.BytesIO(b"handle=ada&password=" + secret.encode("utf-8", "surrogatepass"))
        async with siege.watched():
            answer = await siege.nobody.post("/sign-in", body, headers=FROM_OURS | FORM)
        assert answer.status in (400, 413, 422, 429), secret[:5]
