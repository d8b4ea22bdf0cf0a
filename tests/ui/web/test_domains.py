"""Rules about domains, by page and by API, and what of a limited coop each visitor sees."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from federation.models import RuleLevel
from node import figures, listings, peers
from node.listings import ListingDraft
from node.peers import Figure, Telling
from tests.support.statements import sql_meanwhile
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import Answer, Visitor
from ui.cli import main


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    return await found_town(2)


@pytest.fixture
def coop(town: Town) -> Coop:
    return town.coops[0]


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
    with sql_meanwhile() as asked:
        assert (await femi.get(path)).status == 200
    assert sum("FROM remote_actor JOIN relation" in statement for statement in asked) == 1


LIST = """#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
Evil.example,suspend,true,true,"Spam, much of it",false
loud.example,silence,false,false,,false
pictures.example,noop,true,false,,false
ev**.example,suspend,false,false,,true
=cmd.example/,suspend,false,false,,false
evil.example,silence,false,false,,false
trusted.example,suspend,false,false,,false
"""


async def test_a_list_of_blocked_domains_is_looked_at_first_and_taken_over_once(
    town: Town, femi: Visitor, coop: Coop
) -> None:
    lanehead, portici = town.coops
    await town.introduce(lanehead, portici)
    await coop.write(peers.decide, "trusted.example", RuleLevel.LIMIT, "A while")
    theirs = f"{portici.node.config.authority},suspend,false,false,,false\n"
    program = Program(femi).with_token(await token_for(coop, "femi", "peers:write"))
    given = {"csv": LIST + theirs, "name": "list.csv", "dry_run": True}
    seen = (await program.call("POST", f"{API}/domains/import", given)).body
    counts = [seen[name] for name in ("rows", "blocked", "limited", "unchanged", "idle", "kept")]
    assert counts == [8, 2, 1, 1, 1, ["trusted.example"]]
    assert [one["row"] for one in seen["refused"]] == [5, 6]
    assert seen["cut_off"] == ["Portici"]
    assert len(await coop.read(peers.domains)) == 1

    async def sent(text: str, look: str) -> Answer:
        form = aiohttp.FormData({"look": look, "csrf": await femi.form_token()})
        form.add_field("file", text.encode(), filename="list.csv", content_type="text/csv")
        return await femi.post("/domains/list", form)

    page = (await sent(LIST, "dry")).text
    assert "Nothing is changed yet." in page
    assert "Stars hide a part of this name" in page
    assert (await sent("name,why\na,b\n", "dry")).status == 422
    assert (await sent(LIST, "enter")).status == 200
    rules = {one.domain: one for one in await coop.read(peers.domains)}
    assert {name: one.level.value for name, one in rules.items()} == {
        "evil.example": "block",
        "loud.example": "limit",
        "trusted.example": "limit",
    }
    reasons = [rules[name].reason for name in ("evil.example", "loud.example")]
    assert reasons == ["Spam, much of it", "From the list list.csv"]
    again = (await program.call("POST", f"{API}/domains/import", given)).body
    assert (again["blocked"], again["unchanged"]) == (1, 3)

    out = (await femi.get("/domains/blocks.csv")).text
    assert out.splitlines()[1] == "evil.example,suspend,false,false,,false"
    assert "Spam" not in out
    await coop.write(peers.lift, "evil.example")
    names = {"csv": "evil.example\nspam.example\n"}
    assert (await program.call("POST", f"{API}/domains/import", names)).body["blocked"] == 2


async def test_a_list_comes_and_goes_by_command(coop: Coop, tmp_path: Path) -> None:
    file, data = tmp_path / "list.csv", ["--data", str(coop.node.config.data), "--json"]
    file.write_text(LIST)

    def run(*words: str) -> Any:
        done = CliRunner().invoke(main, ["domain", *words, *data])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    seen = await asyncio.to_thread(run, "import", str(file), "--dry-run")
    assert (seen["blocked"], await coop.read(peers.domains)) == (2, [])
    await asyncio.to_thread(run, "import", str(file))
    told = await asyncio.to_thread(run, "export")
    assert "loud.example,silence" in told["csv"]


async def test_directories_read_who_the_coop_is_and_no_number_it_does_not_show(
    coop: Coop, passer: Visitor
) -> None:
    first = json.loads((await passer.get("/api/v1/instance")).text)
    assert (first["title"], first["uri"]) == ("Lanehead", coop.node.config.authority)
    assert set(first["stats"].values()) == {None}
    await coop.write(
        figures.change_profile,
        name="Lanehead",
        summary="Bread",
        place=None,
        tells=Telling(figures=(Figure.MEMBERS,), contact=("Mill Lane 3", "hello@lanehead.example")),
        by="operator",
    )
    answer = await passer.get("/api/v2/instance")
    second, first = json.loads(answer.text), json.loads((await passer.get("/api/v1/instance")).text)
    assert first["stats"] == {"user_count": 0, "status_count": None, "domain_count": None}
    assert second["contact"]["email"] == first["email"] == "hello@lanehead.example"
    assert (second["description"], second["registrations"]["enabled"]) == ("Bread", False)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
