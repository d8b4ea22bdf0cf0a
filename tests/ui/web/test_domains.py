"""Rules about domains, by page and by API, and what of a limited coop each visitor sees."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from federation.models import RuleLevel
from node import listings, peers
from node.listings import ListingDraft
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import Visitor, signed_in, stranger


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    return await found_town(2)


@pytest.fixture
def coop(town: Town) -> Coop:
    return town.coops[0]


@pytest.fixture
async def passer(coop: Coop) -> AsyncGenerator[Visitor]:
    async with stranger(coop) as visitor:
        yield visitor


@pytest.fixture
async def femi(coop: Coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "femi", "admin") as visitor:
        yield visitor


async def offer_next_door(town: Town) -> str:
    """A listing of the coop next door, mirrored here; the path of its page."""
    lanehead, portici = town.coops
    await town.introduce(lanehead, portici)
    draft = ListingDraft("Sourdough of Portici")
    await portici.write(listings.create, draft, by=None, publish=True)
    await town.settle()
    [hit] = (
        await lanehead.read(
            listings.search,
            listings.SearchQuery(q="sourdough"),
            listings.ANYBODY,
            town.clock.now(),
        )
    ).hits
    return hit.url


async def test_an_admin_decides_and_lifts_by_forms(femi: Visitor) -> None:
    assert 'href="/domains"' in (await femi.get("/peers")).text
    form = {"domain": "Evil.example", "level": "block", "reason": "forged offers", "days": "30"}
    assert (await femi.post("/domains", form)).location == "/domains?told=decided"
    page = (await femi.get("/domains?told=decided")).text
    for words in ("evil.example", "shut out", "forged offers", "Decided."):
        assert words in page
    lifted = await femi.post("/domains/lift", {"domain": "evil.example"})
    assert lifted.location == "/domains?told=lifted"
    assert "forged offers" not in (await femi.get("/domains")).text
    assert (await femi.post("/domains/lift", {"domain": "evil.example"})).status == 404


async def test_what_cannot_be_decided_is_told_at_the_field_and_kept(femi: Visitor) -> None:
    form = {"domain": "https://evil.example/x", "level": "limit", "reason": "loud", "days": "0"}
    answer = await femi.post("/domains", form)
    assert answer.status == 422
    assert "without https://" in answer.text
    assert "3650 days" in answer.text
    assert 'value="https://evil.example/x"' in answer.text
    for wrong in ({"level": "banish"}, {"days": "soon"}, {"domain": ""}, {"reason": ""}):
        assert (await femi.post("/domains", form | {"domain": "a.example"} | wrong)).status == 422
    assert "a.example" not in (await femi.get("/domains")).text


async def test_a_limited_coops_offer_is_shown_to_members_who_look_for_it(
    town: Town, passer: Visitor, femi: Visitor
) -> None:
    lanehead, portici = town.coops
    path = await offer_next_door(town)
    host = portici.node.config.authority
    await lanehead.write(peers.decide, host, RuleLevel.LIMIT, "loud", days=7)
    for visitor in (passer, femi):
        for everywhere in ("/", "/search", "/search?q=sourdough"):
            assert "Sourdough of Portici" not in (await visitor.get(everywhere)).text, everywhere
    looked_for = (f"/search?coop={portici.uri}", f"/coops/{host}", path)
    for closer in looked_for:
        assert "Sourdough of Portici" in (await femi.get(closer)).text, closer
        assert "Sourdough of Portici" not in (await passer.get(closer)).text, closer
    assert (await passer.get(path)).status == 404
    town.clock.advance(timedelta(days=7))
    for closer in (*looked_for, "/", "/search"):
        assert "Sourdough of Portici" in (await passer.get(closer)).text, closer


async def test_the_api_decides_lists_and_lifts_and_hides_what_the_pages_hide(
    town: Town, coop: Coop, passer: Visitor
) -> None:
    path = await offer_next_door(town)
    host, uri = town.coops[1].node.config.authority, town.coops[1].uri
    nobody = Program(passer)
    admin = nobody.with_token(await token_for(coop, "admin"))
    rule = {"domain": host, "level": "limit", "reason": "loud"}
    made = await admin.call("POST", f"{API}/domains", rule)
    assert (made.status, made.body["level"], made.body["over"]) == (201, "limit", False)
    assert (await admin.get("/domains")).body["items"] == [made.body]
    mirror = path.replace("/mirrors", "/listings")
    for program in (nobody, admin):
        assert (await program.get("/listings?q=sourdough")).body["total"] == 0
    assert (await admin.get(f"/listings?coop={uri}")).body["total"] == 1
    assert (await nobody.get(f"/listings?coop={uri}")).body["total"] == 0
    assert ((await admin.get(mirror)).status, (await nobody.get(mirror)).status) == (200, 404)
    assert (await admin.call("DELETE", f"{API}/domains/{host}")).status == 204
    assert (await admin.call("DELETE", f"{API}/domains/{host}")).status == 404
    assert (await nobody.get("/listings?q=sourdough")).body["total"] == 1
    for wrong in ({"level": "banish"}, {"reason": " "}, {"domain": "a b"}, {"days": 0}):
        assert (await admin.call("POST", f"{API}/domains", rule | wrong)).status == 422, wrong


async def test_the_ask_of_a_limited_coop_waits_without_calling(town: Town, femi: Visitor) -> None:
    lanehead, portici = town.coops
    await peers.ask(portici.node.federation, lanehead.address)
    await town.settle()
    assert "asks to work with you" in (await femi.get("/")).text
    await lanehead.write(peers.decide, portici.node.config.authority, RuleLevel.LIMIT, "loud")
    home = (await femi.get("/")).text
    assert "asks to work with you" not in home
    assert 'class="count"' not in home.partition("<nav")[2].partition("</nav>")[0]
    assert "kept at a distance" in (await femi.get("/peers")).text


async def test_where_nothing_waits_to_be_sent_no_column_asks_how_much(
    town: Town, coop: Coop, femi: Visitor
) -> None:
    lanehead, portici = town.coops
    await town.introduce(lanehead, portici)
    page = (await femi.get("/peers")).text
    assert "in touch" in page
    assert "To send" not in page
    await portici.go_away()
    await coop.write(listings.create, ListingDraft("Home clean"), by=None, publish=True)
    assert "To send" in (await femi.get("/peers")).text


@pytest.mark.parametrize("path", ["/", "/peers", "/coops"])
async def test_a_page_of_an_admin_reads_the_list_of_coops_once(femi: Visitor, path: str) -> None:
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert (await femi.get(path)).status == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert sum("FROM relation JOIN remote_actor" in statement for statement in asked) == 1
