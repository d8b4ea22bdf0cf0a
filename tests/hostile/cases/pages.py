"""At the pages and the API: other sites, sessions, other people's things, questions."""

import json
import re

from node import accounts, listings, members
from node.listings import ListingDraft, Visibility
from node.members import MembershipClass
from tests.hostile.cases.scripts import written
from tests.hostile.cases.uploads import sent
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege
from tests.stories.market import offer
from tests.ui.web.visitor import (
    BY_HAND,
    FROM_OURS,
    Visitor,
    add_account,
    link_for,
    signed_in,
    stranger,
)
from ui.web import csrf
from ui.web.context import PEER_PATHS
from ui.web.middleware import ENDS_LETTERS

rows = Rows()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@rows.attack("UIX-06")
async def a_form_of_another_site(siege: Siege) -> None:
    """When femi was last seen may be noted: she is there, whoever made her send it."""
    ours = await offer(siege.coop, "Ours")
    seen = {"account_session"}
    for path in ("/sign-out", "/listings/new", f"/listings/{ours.id}/state", "/peers", "/settings"):
        for told in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {}):
            async with siege.nothing_happens(but=seen):
                answer = await siege.femi.post(path, {"x": "y"}, headers=told)
            assert answer.status in siege.row_statuses, (path, told)
        async with siege.nothing_happens(but=seen):
            text = {"Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site"}
            answer = await siege.femi.post(path, json.dumps({"x": 1}), headers=text)
        assert answer.status == 403


@rows.attack("UIX-06", "every form there is")
async def every_form_of_another_site(siege: Siege) -> None:
    """A vote, a yes, a payment, a key: whatever can be sent anywhere, sent by another site with
    femi's cookie, as a form, and as JSON that says to be text."""
    app, tried = siege.coop.server.app, set()
    seen = {"account_session"}
    async with siege.nothing_happens(but=seen):
        for route in app.router.routes():
            if route.method in (*csrf.SAFE_METHODS, "*") or route.resource is None:
                continue
            pattern = route.resource.canonical
            if pattern in app[PEER_PATHS] or pattern.startswith(ENDS_LETTERS):
                continue
            path = re.sub(r"\{[^}]*\}", "0" * 26, pattern)
            for kind, body in ((FORM["Content-Type"], "x=y"), ("text/plain", '{"x": "y"}')):
                told = {"Sec-Fetch-Site": "cross-site", "Content-Type": kind}
                answer = await siege.femi.ask(route.method, path, data=body, headers=told)
                assert answer.status in siege.row_statuses, (route.method, path, answer.status)
            tried.add(pattern)
    votes = {"/council/proposals/{id}/ballot", "/api/v1/proposals/{id}/ballots"}
    assert {*votes, "/agreements/{id}/steps", "/referrals/{id}/do", "/owed/pay"} <= tried


@rows.attack("UIX-06", "nearly our own site")
async def a_form_of_nearly_our_own_site(siege: Siege) -> None:
    for told in (
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin, cross-site"},
        {"Sec-Fetch-Site": ""},
        {"Origin": f"{siege.coop.address}.evil.example"},
        {"Origin": siege.coop.address.replace("http:", "https:")},
        {"Origin": "null"},
        {"Origin": ""},
        {"Referer": siege.coop.address},
        {"X-Requested-With": "XMLHttpRequest"},
    ):
        async with siege.nothing_happens():
            answer = await siege.femi.post("/sign-out", {"csrf": "0" * 64}, headers=told)
        assert answer.status == 403, told


@rows.attack("UIX-06", "at the API with a cookie")
async def the_api_with_a_cookie(siege: Siege) -> None:
    """Whoever is signed in by cookie writes nothing through the API from another site."""
    body = json.dumps({"title": "x", "kind": "goods", "publish": True})
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        for told in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
            async with siege.nothing_happens():
                answer = await siege.femi.ask(
                    "POST", "/api/v1/listings", data=body, headers=told | {"Content-Type": kind}
                )
            assert answer.status == 403, (kind, told)


@rows.attack("UIX-07")
async def framed(siege: Siege) -> None:
    for path in ("/", "/search", "/sign-in", "/api", "/nothing-here", "/api/v1/nothing", "/coop"):
        answer = await siege.nobody.get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path


@rows.attack("UIX-07", "errors and files too")
async def framed_errors(siege: Siege) -> None:
    answers = [
        await siege.nobody.post("/theme", {"x": "y"}, headers={}),
        await siege.nobody.ask("POST", "/inbox"),
        await siege.nobody.ask("PUT", "/"),
        await siege.nobody.get("/static/rochdale.css"),
        await siege.nobody.get("/weave/none.svg"),
        await siege.nobody.get("/healthz"),
        await siege.nobody.get("/listings/%00"),
        await siege.nobody.ask("OPTIONS", "/api/v1/listings"),
    ]
    for answer in answers:
        assert answer.status < 500
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers


@rows.attack("UIX-09")
async def a_session_chosen_beforehand(siege: Siege) -> None:
    name = f"rochdale-session-{siege.coop.node.config.port}"
    async with stranger(siege.coop) as victim:
        victim.cookies[name] = "chosen-by-somebody-else"
        came = await victim.sign_in("ada")
        assert came.status == 303
        assert victim.cookies[name] != "chosen-by-somebody-else"
        said = came.headers.getall("Set-Cookie")  # type: ignore[attr-defined]
        [cookie] = [line for line in said if line.startswith(name)]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
    async with stranger(siege.coop) as thief:
        thief.cookies[name] = "chosen-by-somebody-else"
        assert (await thief.get("/account")).status == 303


@rows.attack("UIX-09", "one's own session given to somebody else")
async def a_session_of_the_attacker(siege: Siege) -> None:
    """Rosa's cookie in Ada's browser: whoever signs in gets a new one, and the old one ends."""
    async with signed_in(siege.coop, f"m{siege.number()}") as mallory:
        async with stranger(siege.coop) as victim:
            victim.cookies.update(mallory.cookies)
            before = dict(victim.cookies)
            came = await victim.sign_in("ada")
            assert came.status == 303
            name = f"rochdale-session-{siege.coop.node.config.port}"
            assert victim.cookies[name] != before[name]
        assert (await mallory.get("/account")).status == 303


@rows.attack("UIX-10")
async def after_the_end(siege: Siege) -> None:
    """Signed out, suspended, password changed: the cookie and the token end at once."""
    account = await add_account(siege.coop, f"u{siege.number()}")

    async def comes_in() -> Visitor:
        visitor = Visitor(siege.coop, siege.nobody.session)
        await visitor.enter(account)
        assert (await visitor.get("/account")).status == 200
        return visitor

    out = await comes_in()
    kept = dict(out.cookies)
    await out.post("/sign-out")
    out.cookies = kept
    assert (await out.get("/account")).status == 303

    changed = await comes_in()
    digest = await accounts.hashed("another three teapots")
    await siege.coop.write(accounts.set_password, account.id, digest)
    assert (await changed.get("/account")).status == 303

    token = await siege.coop.write(
        accounts.create_token, account.id, label="x", scopes=frozenset({"messages"})
    )
    siege.secrets.add(token.secret)
    bearer = {"Authorization": f"Bearer {token.secret}"}
    assert (await siege.nobody.get("/api/v1/threads", **bearer)).status == 200
    suspended = await comes_in()
    await siege.coop.write(accounts.disable, account.id, by="femi")
    assert (await suspended.get("/account")).status == 303
    async with siege.nothing_happens(but={"sign_in_tries"}):
        answer = await siege.nobody.get("/api/v1/threads", **bearer)
    assert answer.status in siege.row_statuses


@rows.attack("UIX-10", "a link, a feed and a code after the end")
async def links_after_the_end(siege: Siege) -> None:
    account = await add_account(siege.coop, f"u{siege.number()}")
    link = await link_for(siege.coop, account)
    await siege.coop.write(accounts.disable, account.id, by="femi")
    assert (await siege.nobody.get(link, **BY_HAND)).status in (403, 404, 410)
    assert (await siege.nobody.post(link)).status in (403, 404, 410)
    signing = await siege.nobody.sign_in(account.handle)
    assert signing.status == 422
    for secret in ("", "rd_", "rd_" + "x" * 5_000, "null", "undefined", "' OR 1=1 --", "\u0130"):
        answer = await siege.nobody.get("/api/v1/threads", Authorization=f"Bearer {secret}".strip())
        assert answer.status == 401, secret


@rows.attack("UIX-12")
async def other_peoples_things(siege: Siege) -> None:
    """Femi's draft, member, webhook, referral and account, by their true ids, for Rosa and a
    stranger."""
    femi = await siege.coop.read(accounts.by_handle, "femi")
    draft = await siege.coop.write(
        listings.create, ListingDraft("Secret"), by=femi.id, publish=False
    )
    member = await siege.coop.write(
        members.add_member, name="Olive Secret", membership_class=MembershipClass.WORKER
    )
    file, _status = await sent(siege, "secret.txt", b"Secret")
    referral = file.removesuffix("/file")
    paths = [
        f"/listings/{draft.id}",
        f"/listings/{draft.id}/edit",
        f"/members/{member.id}",
        file,
        referral,
        f"{referral}/edit",
        f"/api/v1/members/{member.id}",
        f"/api/v1/listings/{draft.id}",
        f"/api/v1{referral}",
    ]
    for visitor in (siege.nobody, siege.rosa):
        for path in paths:
            for method in ("GET", "POST"):
                async with siege.nothing_happens():
                    answer = await visitor.ask(
                        method,
                        path,
                        data=b"" if method != "GET" else None,
                        headers=FROM_OURS | FORM,
                    )
                assert answer.status in (303, 401, 403, 404, 405, 415, 422), (method, path, answer)
                assert "Secret" not in answer.text
                if answer.status == 303:
                    assert answer.location.startswith("/sign-in")


@rows.attack("UIX-12", "every address with an id that is none")
async def every_address_with_odd_ids(siege: Siege) -> None:
    """Whoever asks and whatever stands in place of the id: an answer, and nothing changes."""
    patterns = {
        resource.canonical
        for resource in siege.coop.server.app.router.resources()
        if "{" in resource.canonical
    }
    for number, pattern in enumerate(sorted(patterns)):
        odd = ("x", "%2e%2e", "01" + "z" * 24, "-1", "%ff", "a" * 300)[number % 6]
        path = re.sub(r"\{[^}]*\}", odd, pattern)
        visitor = (siege.femi, siege.rosa, siege.nobody)[number // 6 % 3]
        async with siege.watched():
            answer = await visitor.get(path)
        assert answer.status < 500, (path, answer.text[:300])


@rows.attack("UIX-13")
async def a_member_who_would_be_more(siege: Siege) -> None:
    more = {"role": "admin", "roles": "admin", "is_admin": "1", "account_id": "x", "by": "femi"}
    for path in ("/settings", "/members/invite", "/peers", "/domains", "/exchange", "/ledger/new"):
        async with siege.nothing_happens():
            answer = await siege.rosa.post(path, more)
        assert answer.status in siege.row_statuses, path


@rows.attack("UIX-13", "fields that no form has")
async def fields_that_no_form_has(siege: Siege) -> None:
    more = {"role": "admin", "roles": "admin", "scopes": "admin", "owner": "femi", "id": "x"}
    before = await siege.coop.read(accounts.by_handle, "rosa")
    await siege.rosa.post("/account", {"name": "Rosa", "language": "en"} | more)
    path = await written(siege, **more, created_by="femi", state="retired", version="99")
    after = await siege.coop.read(accounts.by_handle, "rosa")
    assert before.roles == after.roles
    assert (await siege.nobody.get(path)).status == 200
    asked = await siege.rosa.post("/account/tokens", {"label": "x", "scopes": "admin"} | more)
    assert asked.status in (200, 303, 403, 422)
    for token in await siege.coop.read(accounts.tokens, before.id):
        assert "admin" not in token.scopes
    body = json.dumps({"title": "x", "kind": "goods", "publish": True, "by": "femi", "id": "y"})
    token = await siege.coop.write(
        accounts.create_token, before.id, label="x", scopes=frozenset({"listings:write"})
    )
    siege.secrets.add(token.secret)
    told = {"Authorization": f"Bearer {token.secret}", "Content-Type": "application/json"}
    answer = await siege.nobody.ask("POST", "/api/v1/listings", data=body, headers=told)
    assert answer.status in (201, 422)
    for method, where in (("POST", "/peers"), ("POST", "/members"), ("POST", "/webhooks")):
        async with siege.nothing_happens():
            answer = await siege.nobody.ask(method, f"/api/v1{where}", data="{}", headers=told)
        assert answer.status == 403, where


@rows.attack("UIX-15")
async def a_yes_that_we_never_asked_for(siege: Siege) -> None:
    hidden = await offer(siege.coop, "For peers alone", Visibility.FEDERATION)
    yes = siege.activity(
        "Accept",
        {"type": "Follow", "actor": siege.coop.uri, "object": siege.eve.coop},
        siege.eve.signer,
    )
    async with siege.nothing_happens(but={"seen_activity"}):
        assert (await siege.send(siege.signed(yes, siege.eve.signer))).status == 202
    from tests.stories.market import street

    async with street() as passer:
        for signer in (None, siege.eve.signer, siege.mallory):
            async with siege.nothing_happens(but={"remote_actor", "remote_key"}):
                status, text = await passer.get(siege.coop, f"/listings/{hidden.id}", signer=signer)
            assert status in siege.row_statuses
            assert "For peers alone" not in text
        status, text = await passer.get(
            siege.coop, "/coop/catalogue?since=", signer=siege.eve.signer
        )
        assert "For peers alone" not in text
        status, text = await passer.get(
            siege.coop, f"/listings/{hidden.id}", signer=siege.farm.signer
        )
        assert status == 200


@rows.attack("UIX-15", "what members alone may see")
async def what_members_alone_may_see(siege: Siege) -> None:
    from tests.stories.market import street

    hidden = await offer(siege.coop, "For members alone", Visibility.MEMBER)
    async with street() as passer:
        for path in (
            f"/listings/{hidden.id}",
            "/coop/catalogue",
            "/coop/outbox",
            "/search?q=alone",
        ):
            for signer in (None, siege.farm.signer, siege.hand(siege.town.coops[1])):
                _status, text = await passer.get(siege.coop, path, signer=signer)
                assert "For members alone" not in text, path
    for path in ("/search?q=alone", "/api/v1/listings?q=alone", f"/api/v1/listings/{hidden.id}"):
        assert "For members alone" not in (await siege.nobody.get(path)).text


@rows.attack("UIX-15", "a question within the question")
async def a_question_within_the_question(siege: Siege) -> None:
    """What narrows a search down is no part of its language: nothing in it is an operator."""
    await offer(siege.coop, "For members alone", Visibility.MEMBER)
    for told in (
        'x")) OR (facets : ("=vmember")) OR (facets : ("=q',
        "x') | ('=vmember') | ('=q",
        'x" OR "=vmember',
        'x"',
        "x'",
        "x) OR (y",
        "*",
        "x\\",
        "x:y",
        "x" * 5_000,
    ):
        for name in ("kind", "lang", "category", "coop", "origin", "q", "near"):
            for path in ("/search", "/api/v1/listings"):
                async with siege.nothing_happens():
                    answer = await siege.nobody.ask("GET", path, params={name: told})
                assert answer.status in (200, 422), (name, told, answer.text[:200])
                assert "For members alone" not in answer.text
