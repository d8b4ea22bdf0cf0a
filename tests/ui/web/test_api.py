"""The JSON API, held to its own description and to what other programs rely on."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from node import accounts, hours, limits, listings, members, offices
from node.hours import Entry, Work
from node.listings import ListingDraft, Visibility
from node.offices import Given, Holding, Office
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.deciding import ready
from tests.ui.web.visitor import ROLES, Visitor, stranger
from ui.web.pace import PACE

API = "/api/v1"
ITEM = {
    "id", "uri", "title", "summary", "kind", "coop", "place", "distance_km", "price", "url",
    "origin",
}  # fmt: skip
METHODS = {"get", "post", "patch", "put", "delete"}


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class Program:
    """A script with a token, or without."""

    visitor: Visitor
    token: str | None = None

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        options = {} if body is None else {"json": body}
        answer = await self.visitor.ask(method, path, headers=headers, **options)
        read = msgspec.json.decode(answer.text) if answer.text else None
        return Answer(answer.status, answer.headers, read)

    async def get(self, path: str) -> Answer:
        return await self.call("GET", API + path)

    def with_token(self, token: str | None) -> "Program":
        return Program(self.visitor, token)


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    return await found_town(2)


@pytest.fixture
def coop(town: Town) -> Coop:
    return town.coops[0]


@pytest.fixture
async def nobody(coop: Coop) -> AsyncGenerator[Program]:
    async with stranger(coop) as visitor:
        yield Program(visitor)


@pytest.fixture
async def admin(coop: Coop, nobody: Program) -> Program:
    return nobody.with_token(await token_for(coop, "admin"))


async def test_the_description_has_work_behind_every_line(nobody: Program) -> None:
    document = (await nobody.get("/openapi.json")).body
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": nobody.visitor.coop.address}]
    operations = list(described(document))
    assert len({operation["operationId"] for _m, _p, operation in operations}) == len(operations)
    for method, path, operation in operations:
        assert operation["summary"]
        assert any(status.startswith("2") for status in operation["responses"])
        named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
        if method in ("post", "patch") and operation.get("requestBody"):
            assert operation["requestBody"]["content"]["application/json"]["example"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


# What answers something that another coop said first: tests/ui/web/test_owed.py sends these.
OF_ANOTHERS_WORD = {
    f"{API}/obligations/{{id}}/answer",
    f"{API}/settlements",
    f"{API}/settlements/{{id}}/answer",
    f"{API}/clearing",
    f"{API}/clearing/{{id}}/answer",
    # This is about a report: tests/ui/web/test_moderation.py sends it.
    f"{API}/moderation/{{id}}",
    # This is about what waits: tests/ui/web/test_offers.py goes through it on pages.
    f"{API}/reviews/{{id}}",
    # These follow a decision: tests/ui/web/test_council_after.py sends them.
    f"{API}/proposals/{{id}}/answers",
    f"{API}/proposals/{{id}}/reservations",
    f"{API}/proposals/{{id}}/marks",
    f"{API}/federations/{{id}}/proxies",
    # This needs a browser that made one: tests/ui/web/test_own_account.py renames one.
    f"{API}/account/passkeys/{{id}}",
    # This is about who asked to be vouched for: tests/ui/web/test_sponsors.py says so.
    f"{API}/sponsoring/{{id}}",
    # This is about what somebody shows: tests/ui/web/test_people.py sends it.
    f"{API}/people/{{id}}/clear",
}


async def test_every_example_is_taken_from_a_token_of_its_scope(
    town: Town, coop: Coop, nobody: Program, admin: Program
) -> None:
    neighbour = town.coops[1]
    document = (await nobody.get("/openapi.json")).body
    sent, tokens = 0, dict[str, str]()
    for method, path, operation in described(document):
        if method not in ("post", "patch") or not operation.get("requestBody"):
            continue
        example = operation["requestBody"]["content"]["application/json"]["example"]
        here = (await (entered if "/ledger/" in path else made)(admin))["id"]
        if "/applications/{id}" in path:
            paper = {
                "name": "Ada",
                "phone": f"{sent}",
                "membership_class": "worker",
                "answers": ["x"],
            }
            sent_in = await admin.call("POST", f"{API}/applications", paper | {"agreed": True})
            here = sent_in.body["id"]
        if path.endswith("/referrals/{id}"):
            need = {"summary": "A boiler is to be mended"}
            here = (await admin.call("POST", f"{API}/referrals", need)).body["id"]
        if "/webhooks/{id}" in path:
            waiting = {"url": f"{neighbour.address}/hooks"}
            here = (await admin.call("POST", f"{API}/webhooks", waiting)).body["webhook"]["id"]
        if path.endswith(("/account/membership", "/hours")):
            await own_line(coop)
        if "/hours/{id}" in path:
            here = await noted_hours(coop)
        thread = await conversation(coop, admin) if "{thread}" in path else ""
        # The example's coop does not exist; the one next door does.
        body = example | {
            name: said
            for name, said in {
                "address": neighbour.address,
                "uri": neighbour.uri,
                "coop": neighbour.uri,
                "url": f"{neighbour.address}/hooks",
                "about": await somebodys_listing(coop) if "about" in example else "",
            }.items()
            if name in example
        }
        if "/agreements" in path:
            here, body = await asked(coop, admin, body)
        if any(f"/{each}" in path for each in ("federations", "proposals", "comments")):
            here, body = await ready(town, coop, path, body)
        if path == f"{API}/offices":
            body["member"] = await a_member(coop)
        if "/offices/{id}" in path:
            here = await an_office(coop)
        if "/members/{id}" in path:
            here = await a_member(coop)
        scope = operation["x-scope"]
        if scope not in tokens:  # an account has so many tokens and no more
            tokens[scope] = await token_for(coop, "admin", scope)
        program = nobody.with_token(tokens[scope])
        address = path.replace("{id}", here).replace("{thread}", thread)
        answer = await program.call(method.upper(), address, body)
        if path in OF_ANOTHERS_WORD:
            assert answer.status in (404, 409, 422), (path, answer.body)
            continue
        assert str(answer.status) in operation["responses"]
        assert answer.status < 400, (path, answer.body)
        sent += 1
    assert sent >= 5


async def a_member(coop: Coop) -> str:
    handle = f"ada{len(await coop.read(accounts.accounts))}"
    account = await coop.write(
        accounts.create_account, handle=handle, name="Ada", roles=ROLES["member"]
    )
    named = {"name": "Ada", "membership_class": "worker", "admit": members.Event.ADMIT}
    named["account_id"] = account.id
    one: members.MemberView = await coop.write(members.add_member, **named)
    return one.id


async def noted_hours(coop: Coop) -> str:
    one = await coop.read(members.member, await a_member(coop))
    work = Work(coop.node.clock.now().date(), 150, "Repairs at the shed", "")
    noted: Entry = await coop.write(hours.note, one.account_id, work)
    return noted.id


async def an_office(coop: Coop) -> str:
    today = coop.node.clock.now().date()
    seat = Given(Office.CHAIR, today, today + timedelta(days=365), "Meeting of 1 May")
    one: Holding = await coop.write(offices.give, await a_member(coop), seat, by="operator")
    return one.id


async def test_the_least_listing_is_published(nobody: Program, admin: Program) -> None:
    made_one = await admin.call(
        "POST", f"{API}/listings", {"title": "Oven clean", "kind": "service", "publish": True}
    )
    assert made_one.status == 201
    assert made_one.body["state"] == "published"
    found = (await nobody.get("/listings?q=oven")).body
    assert [item["id"] for item in found["items"]] == [made_one.body["id"]]
    read = await nobody.get(f"/listings/{made_one.body['id']}")
    assert read.body["title"] == "Oven clean"


async def test_an_item_says_what_other_programs_rely_on(coop: Coop, nobody: Program) -> None:
    draft = ListingDraft(
        "Oven clean", place="Rochdale, GB", price_amount=Decimal(45), currency="GBP", unit="piece"
    )
    kept = await coop.write(listings.create, draft, by=None, publish=True)
    [item] = (await nobody.get("/listings")).body["items"]
    assert set(item) >= ITEM
    assert item["id"] == kept.id
    assert item["uri"] == item["url"] == f"{coop.address}/listings/{kept.id}"
    assert item["coop"] == {"name": "Lanehead", "uri": coop.uri}
    assert set(item["place"]) == {"name", "lat", "lon"}
    assert item["distance_km"] is None
    assert item["origin"] == "local"
    assert item["price"]["amount"] == "45.00"
    assert item["price"]["currency"] == "GBP"
    assert item["price"]["unit"] == "piece"


async def test_a_mirror_is_read_like_our_own(town: Town, nobody: Program) -> None:
    lanehead, portici = town.coops
    await town.introduce(lanehead, portici)
    kept = await portici.write(
        listings.create, ListingDraft("Room with a view"), by=None, publish=True
    )
    await town.settle()
    [item] = (await nobody.get("/listings?origin=remote")).body["items"]
    assert item["origin"] == "remote"
    assert item["uri"] == kept.uri
    assert item["coop"]["uri"] == portici.uri
    assert item["url"].startswith(f"{lanehead.address}/mirrors/")
    assert (await nobody.get(f"/listings/{item['id']}")).body["uri"] == kept.uri
    assert (await nobody.get("/listings?origin=local")).body["items"] == []


@pytest.mark.parametrize("near", ["53.6158,-2.1552", "Rochdale", "Rochdale, GB"])
async def test_near_is_a_place_or_its_coordinates(coop: Coop, nobody: Program, near: str) -> None:
    for title, place in (("Here", "Rochdale, GB"), ("Far", "Napoli, IT")):
        await coop.write(listings.create, ListingDraft(title, place=place), by=None, publish=True)
    found = (await nobody.get(f"/listings?near={near}&within_km=20")).body["items"]
    assert [item["title"] for item in found] == ["Here"]
    assert 0 <= found[0]["distance_km"] < 10


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("origin=mars", "origin"),
        ("kind=spaceship", "kind"),
        ("within_km=-1", "within_km"),
        ("near=Xyzzyqwv", "near"),
    ],
)
async def test_a_question_that_cannot_be_answered_names_its_field(
    nobody: Program, query: str, field: str
) -> None:
    answer = await nobody.get(f"/listings?{query}")
    assert answer.status == 422
    assert list(answer.body["errors"]) == [field]


async def test_errors_are_problem_documents(nobody: Program, admin: Program) -> None:
    listing = f"{API}/listings"
    answers = [
        await nobody.get("/listings/nothing-here"),
        await nobody.get("/no-such-thing"),
        await nobody.call("POST", listing, {"title": "x"}),
        await admin.call("POST", listing, {"title": "x", "kind": "service", "colour": "red"}),
        await admin.call("POST", listing, ["not", "an", "object"]),
        await admin.call("PUT", listing, {}),
        await nobody.get("/listings?cursor=nonsense"),
    ]
    assert [answer.status for answer in answers] == [404, 404, 401, 422, 400, 405, 422]
    for answer in answers:
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.body["status"] == answer.status
        assert answer.body["title"]
        assert answer.body["detail"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"title":"a","title":"b"}', b"NaN", b""])
async def test_what_is_no_json_is_told(admin: Program, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": "application/json"}
    answer = await admin.visitor.ask("POST", f"{API}/listings", headers=headers, data=body)
    assert answer.status == 400
    assert msgspec.json.decode(answer.text)["detail"]


async def test_pages_of_a_list_are_complete_and_without_doubles(
    coop: Coop, nobody: Program
) -> None:
    written = [
        (await coop.write(listings.create, ListingDraft(f"Clean {n}"), by=None, publish=True)).id
        for n in range(7)
    ]
    for question in ("", "&q=clean"):
        read: list[str] = []
        cursor = ""
        while True:
            page = (await nobody.get(f"/listings?limit=3{question}{cursor}")).body
            read += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert len(read) == len(written)
        assert set(read) == set(written)


async def test_a_listing_for_members_is_not_told_to_others(coop: Coop, nobody: Program) -> None:
    draft = ListingDraft("Spare key cupboard", visibility=Visibility.MEMBER)
    kept = await coop.write(listings.create, draft, by=None, publish=True)
    found = (await nobody.get("/listings?q=cupboard")).body
    assert found["items"] == []
    assert found["total"] == 0
    assert all(not counts for counts in found["facets"].values())
    assert (await nobody.get(f"/listings/{kept.id}")).status == 404
    member = nobody.with_token(await token_for(coop, "member"))
    assert (await member.get(f"/listings/{kept.id}")).status == 200


async def test_a_listing_is_changed_paused_and_taken_down(coop: Coop, admin: Program) -> None:
    listing = await made(admin)
    path = f"{API}/listings/{listing['id']}"
    price = {"amount": "12.5", "currency": "GBP"}
    changed = await admin.call("PATCH", path, {"price": price, "version": listing["version"]})
    assert changed.body["title"] == listing["title"]
    assert changed.body["price"]["amount"] == "12.50"
    stale = await admin.call("PATCH", path, {"title": "x", "version": listing["version"]})
    assert stale.status == 409
    assert (await admin.call("PATCH", path, {"event": "pause"})).body["state"] == "paused"
    assert (await admin.call("DELETE", path)).status == 204
    member = admin.with_token(await token_for(coop, "member"))
    assert (await member.call("PATCH", path, {"title": "mine"})).status in (403, 404)


async def test_an_agreement_is_previewed_asked_for_answered_and_settled(
    coop: Coop, nobody: Program
) -> None:
    rosa = nobody.with_token(await token_for(coop, "member"))
    admin = nobody.with_token(await token_for(coop, "admin"))
    account = await coop.read(accounts.by_handle, "member")
    draft = ListingDraft("Care", price_amount=Decimal("18.50"), currency="GBP", unit="hour")
    listing = await coop.write(listings.create, draft, by=account.id, publish=True)
    wanted = {"lines": [{"listing": listing.id, "quantity": "2"}], "message": "At noon?"}
    shown = (await admin.call("POST", f"{API}/agreements/preview", wanted)).body
    assert shown["total"] == [{"amount": "37.00", "currency": "GBP"}]
    made = (await admin.call("POST", f"{API}/agreements", wanted)).body
    assert (made["state"], made["to_answer"]) == ("requested", "provider")
    told = (await rosa.get(f"/agreements/{made['id']}")).body["theirs"]
    assert told == {"message": "At noon?", "name": "", "contact": "", "answers": []}
    waiting = (await rosa.get("/agreements?to_answer=true")).body["items"]
    assert [one["id"] for one in waiting] == [made["id"]]

    steps = f"{API}/agreements/{made['id']}/steps"
    change = {"lines": [{"line": 0, "prices": [{"amount": "20.00", "currency": "GBP"}]}]}
    await rosa.call("POST", steps, {"step": "counter", "change": change})
    unread = await admin.call("POST", steps, {"step": "accept"})
    assert (unread.status, list(unread.body["errors"])) == (422, ["digest"])
    asked_first = (await admin.get(f"/agreements/{made['id']}")).body["versions"][0]["digest"]
    other = await admin.call("POST", steps, {"step": "accept", "digest": asked_first})
    assert (other.status, other.body["code"]) == (409, "terms-changed")
    digest = (await admin.get(f"/agreements/{made['id']}")).body["digest"]
    for program, step in ((admin, "accept"), (rosa, "deliver"), (admin, "confirm")):
        answer = await program.call("POST", steps, {"step": step, "digest": digest})
        assert answer.status == 200, answer.body
    nameless = await nobody.call("POST", f"{API}/agreements", wanted)
    assert (nameless.status, "token of an account" in nameless.body["detail"]) == (401, True)
    refused = await admin.call("POST", steps, {"step": "confirm"})
    assert (refused.status, refused.body["code"]) == (409, "agreement-state")
    done = (await rosa.call("POST", steps, {"step": "receive", "method": "cash"})).body
    assert (done["agreement"]["state"], done["agreement"]["payment"]) == ("settled", "received")
    assert done["received"] == [{"amount": "40.00", "currency": "GBP"}]
    assert (await admin.get(f"/agreements/{made['id']}")).body["history"] == done["history"]
    femi = await coop.write(
        accounts.create_account, handle="femi", name="F", roles={accounts.Role.MEMBER}
    )
    issued = await coop.write(
        accounts.create_token, femi.id, label="t", scopes=frozenset({"agreements:read"})
    )
    stranger_here = nobody.with_token(issued.secret)
    assert (await stranger_here.get(f"/agreements/{made['id']}")).status == 404


async def test_health_is_for_everybody(nobody: Program) -> None:
    for path in ("/healthz", f"{API}/health"):
        assert (await nobody.call("GET", path)).body == {"status": "ok"}


async def asked(coop: Coop, admin: Program, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An agreement of the admin, and the body with a listing that there is in it."""
    listing = await coop.write(listings.create, ListingDraft("Care"), by=None, publish=True)
    lines = {"lines": [{"listing": listing.id}]}
    made = await admin.call("POST", f"{API}/agreements", lines)
    assert made.status == 201, made.body
    if "digest" in body:
        body |= {"digest": (await admin.get(f"/agreements/{made.body['id']}")).body["digest"]}
    return made.body["id"], (body | lines if "lines" in body else body)


async def entered(admin: Program) -> Any:
    """An entry of the books."""
    lines = [
        {"account": "assets:cash", "side": "debit", "amount": "1.00", "currency": "GBP"},
        {"account": "equity:opening", "side": "credit", "amount": "1.00", "currency": "GBP"},
    ]
    body = {"source": "what was in the till", "text": "The till", "lines": lines}
    return (await admin.call("POST", f"{API}/ledger/entries", body)).body


async def made(program: Program) -> dict[str, Any]:
    answer = await program.call(
        "POST", f"{API}/listings", {"title": "Home clean", "kind": "service", "publish": True}
    )
    assert answer.status == 201
    listing: dict[str, Any] = answer.body
    return listing


async def somebodys_listing(coop: Coop) -> str:
    """The uri of a listing that nobody in particular wrote: one writes to the coop's desk."""
    draft = ListingDraft("Window clean")
    uri: str = (await coop.write(listings.create, draft, by=None, publish=True)).uri
    return uri


async def conversation(coop: Coop, program: Program) -> str:
    """A conversation of the program's account."""
    hello = {"about": await somebodys_listing(coop), "text": "Is Friday free?"}
    answer = await program.call("POST", f"{API}/threads", hello)
    assert answer.status == 201
    thread_id: str = answer.body["thread"]["id"]
    return thread_id


async def own_line(coop: Coop) -> None:
    """Whoever asks is a member, too."""
    account = await coop.read(accounts.by_handle, "admin")
    if await coop.read(members.acting_for, account.id) is None:
        await coop.write(members.enter_holder, account.id, "worker")


async def token_for(coop: Coop, role: str, *scopes: str) -> str:
    """A token of the account of that role, with all its scopes unless some are named."""
    account = await coop.read(accounts.by_handle, role)
    if account is None:
        account = await coop.write(
            accounts.create_account, handle=role, name=role.capitalize(), roles=ROLES[role]
        )
    wanted = frozenset(scopes) or accounts.scopes_of(account.roles)
    issued = await coop.write(accounts.create_token, account.id, label="test", scopes=wanted)
    secret: str = issued.secret
    return secret


def described(document: Any) -> Any:
    """Method, path and operation of every line of the description."""
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield method, path, item[method]


def references(part: Any) -> Any:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)


async def test_every_answer_tells_how_many_calls_are_left(
    town: Town, coop: Coop, nobody: Program
) -> None:
    answer = await nobody.get("/listings?limit=0")
    most = limits.API_CALLS_PER_MINUTE
    assert answer.status == 422
    assert answer.headers["RateLimit-Policy"] == f'"calls";q={most};w=60'
    assert answer.headers["RateLimit"] == f'"calls";r={most - 1}'
    for _call in range(most - 1):
        coop.server.app[PACE].take("127.0.0.1", coop.node.clock.now())
    refused = await nobody.get("/listings")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert refused.headers["RateLimit"] == '"calls";r=0;t=1'
    assert "many calls" in refused.body["detail"]
    assert (await nobody.visitor.get("/search")).status == 200
    assert (await nobody.visitor.get("/search.csv")).status == 429
    town.clock.advance(timedelta(seconds=6))
    assert (await nobody.get("/listings")).headers["RateLimit"] == f'"calls";r={most // 10 - 1}'
