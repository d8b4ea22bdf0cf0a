"""Lists as files: the rows of a page for spreadsheets, programs, news readers and calendars."""

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from federation.models import RuleLevel
from node import audit, group, joining, members, peers, policies
from node.listings import MEMBERS, PriceView, Visibility
from node.members import MembershipClass
from tests.stories.council import Council
from tests.stories.market import offer
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.booking import booked, by_the_hour
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_books_pages import a_form
from tests.ui.web.test_joining import FORM, applied
from tests.ui.web.visitor import Answer, signed_in, stranger
from ui.web.lists import LISTS, files

GUIDE = Path(__file__).parents[3] / "docs/guides/integrator.md"
ATOM = "{http://www.w3.org/2005/Atom}"


def table(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_a_referral_is_a_row_that_no_spreadsheet_runs(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi, signed_in(coop, "rosa") as rosa:
        need = {"summary": '=HYPERLINK("https://evil.example")', "urgency": "soon"}
        assert (await rosa.post("/referrals/new", need)).status == 303
        [row] = table(await femi.get("/referrals.csv"))
        assert row["need"] == '\'=HYPERLINK("https://evil.example")'
        said = json.loads((await rosa.get("/referrals.json")).text)
        assert (said["items"][0]["need"], said["next"]) == (need["summary"], None)
        page = (await rosa.get("/referrals?told=saved")).text
        assert 'href="/referrals.csv">for a spreadsheet (CSV)</a>' in page
        async with signed_in(coop, "ben") as ben:
            assert table(await ben.get("/referrals.csv")) == []


async def test_a_search_taken_along_is_the_page_of_whoever_takes_it(coop: Coop) -> None:
    said = {"kind": "stay", "price_amount": Decimal(40), "currency": "GBP"}
    rules = {"rules": ["=Quiet", "No shoes"]}
    rebate = PriceView(Decimal(30), currency="GBP", label="Members", whom=MEMBERS)
    await offer(coop, "Our room", Visibility.MEMBER, details=rules, more_prices=(rebate,), **said)
    async with signed_in(coop, "rosa") as rosa, stranger(coop) as passer:
        answer = await rosa.get("/search.csv?q=room")
        [row] = table(answer)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert json.loads(row["details"]) == rules
        assert [one["whom"] for one in json.loads(row["more_prices"])] == [MEMBERS]
        [item] = json.loads((await rosa.get("/search.json?kind=stay")).text)["items"]
        assert (item["title"], item["details"]) == ("Our room", rules)
        assert "Our room" in (await rosa.get("/search.atom")).text

        for form in ("csv", "json", "atom"):
            answer = await passer.get(f"/search.{form}?q=room")
            assert "Our room" not in answer.text
            assert "public" in answer.headers["Cache-Control"]


async def test_a_long_list_comes_whole_as_a_table_and_in_parts_for_a_program(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "AT_ONCE", 3)
    async with signed_in(coop, "femi", "admin") as femi:
        for number in range(8):
            await coop.write(audit.record, "operator", "domains.decide", f"h{number}.example")
        rows = table(await femi.get("/audit.csv?area=domains"))
        assert {row["subject"] for row in rows} == {f"h{n}.example" for n in range(8)}
        assert {row["who"] for row in rows} == {"the operator, by command"}

        seen, asked = [], "/audit.json?area=domains&limit=3"
        while asked:
            part = json.loads((await femi.get(asked)).text)
            seen += [one["subject"] for one in part["items"]]
            more = part["next"]
            asked = f"/audit.json?area=domains&limit=3&cursor={more}" if more else ""
        assert seen == [row["subject"] for row in rows]
        program = Program(femi).with_token(await token_for(coop, "femi", "admin"))
        said = await program.call("GET", f"{API}/audit?area=domains")
        assert [one["subject"] for one in said.body["items"]] == seen
        page = (await femi.get("/audit?area=domains&before=zzz")).text
        assert 'href="/audit.json?area=domains"' in page
        for wrong in ("0", "101", "x", "٣", "0100000", "0001" + "9" * 4400):
            assert (await femi.get(f"/audit.json?limit={wrong}")).status == 422


async def test_an_agreement_is_a_row_for_its_parties_alone(coop: Coop) -> None:
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "maya") as maya:
        listing = await by_the_hour(coop)
        page = await booked(rosa, f"/listings/{listing.id}/ask")
        [row] = table(await rosa.get("/agreements.csv"))
        said = [row[name] for name in ("title", "amount", "currency", "page")]
        assert said == ["Home clean", "18.00", "GBP", f"{coop.node.config.address}{page}"]
        assert table(await maya.get("/agreements.csv")) == []


async def test_who_applied_is_a_row_without_what_they_wrote(coop: Coop) -> None:
    await coop.write(joining.set_form, FORM)
    async with stranger(coop) as ada, signed_in(coop, "sam", "secretary") as sam:
        await applied(ada)
        answer = await sam.get("/applications.csv")
        [row] = table(answer)
        assert (row["name"], row["class"], row["status"]) == (
            "Ada Brzezińska",
            "worker",
            "submitted",
        )
        assert "0170" not in answer.text
        assert "ovens" not in answer.text


async def test_the_register_comes_out_as_it_comes_in(coop: Coop) -> None:
    said = {"phone": "+44 170 6000", "note": "=Keys", "joined_on": date(2020, 3, 1)}
    await coop.write(
        members.add_member,
        name="Mill & Sons",
        membership_class=MembershipClass.PRODUCER,
        admit=members.Event.ADMIT,
        **said,
    )
    async with signed_in(coop, "sam", "secretary") as sam:
        answer = await sam.get("/members.csv")
        [row] = table(answer)
        shown = [row[name] for name in ("number", "name", "class", "joined_on", "status")]
        assert shown == ["1", "Mill & Sons", "producer", "2020-03-01", "active"]
        report = await members.import_members(coop.node, answer.text.encode())
        assert (report.created, report.unchanged, report.refused) == (0, 1, [])
        assert 'href="/members.json">' in (await sam.get("/members")).text
    noted = [line for line in await coop.read(audit.entries) if line.what == "members.export"]
    assert len(noted) == 1
    async with signed_in(coop, "rosa") as rosa:
        assert (await rosa.get("/members.csv")).status == 403


async def test_ones_own_listings_and_searches_are_taken_along_by_their_owner(coop: Coop) -> None:
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "femi", "admin") as femi:
        form = {"kind": "stay", "title": "Loft", "rules": "Quiet", "visibility": "member"}
        await rosa.post("/listings/new", form | {"then": "save"})
        await rosa.post("/searches", {"q": "rye"})
        [row] = table(await rosa.get("/mine.csv"))
        assert (row["title"], row["state"], row["reached"]) == ("Loft", "draft", "0")
        assert json.loads(row["details"]) == {"rules": ["Quiet"]}
        assert [one["name"] for one in table(await rosa.get("/searches.csv"))] == ["rye"]
        for path in ("/mine", "/searches"):
            assert f'href="{path}.csv">' in (await rosa.get(path)).text
            assert table(await femi.get(f"{path}.csv")) == []
        everybodys = json.loads((await femi.get("/mine.json?whose=all")).text)["items"]
        assert [one["title"] for one in everybodys] == ["Loft"]
        assert len(table(await rosa.get("/mine.csv?whose=all"))) == 1


async def test_what_a_duty_looks_after_is_taken_along(two: Town) -> None:
    coop, other = two.coops
    await coop.write(
        peers.decide, "spam.example", RuleLevel.LIMIT, "=too much", days=None, by="board"
    )
    loaf = await offer(coop, "Loaf")
    async with stranger(coop) as passer, signed_in(coop, "femi", "admin") as femi:
        complaint = {"reason": "wrong", "words": "Secret words"}
        assert (await passer.post(f"/listings/{loaf.id}/report", complaint)).status == 303
        [known] = table(await femi.get("/peers.csv"))
        assert (known["uri"], known["state"]) == (other.uri, "in_touch")
        [rule] = table(await femi.get("/domains.csv"))
        assert (rule["domain"], rule["reason"]) == ("spam.example", "'=too much")
        cases = await femi.get("/moderation.csv")
        [case] = table(cases)
        assert (case["title"], case["reports"]) == ("Loaf", "1")
        assert "Secret words" not in cases.text
        for path in ("/peers", "/domains", "/moderation"):
            assert f'href="{path}.csv">' in (await femi.get(path)).text


async def test_the_journal_is_taken_along_as_it_was_narrowed_down(coop: Coop) -> None:
    async with signed_in(coop, "tess", "treasurer") as tess:
        for text in ("Insurance", "Rent"):
            written = await tess.post("/ledger/new", await a_form(tess, text=text, do="write"))
            assert written.status == 303
        rows = table(await tess.get("/ledger/entries.csv"))
        assert [row["text"] for row in rows] == ["Rent", "Insurance"]
        lines = json.loads(rows[0]["lines"])
        assert sum(Decimal(line["amount"]) for line in lines) == 0
        first = json.loads((await tess.get("/ledger/entries.json?limit=1")).text)
        assert (first["items"][0]["lines"], bool(first["next"])) == (lines, True)
        assert table(await tess.get("/ledger/entries.csv?account=9999")) == []
        assert (await tess.get("/ledger/entries.csv?period=never")).status == 422
        page = (await tess.get(f"/ledger/entries?period={rows[0]['period']}")).text
        assert f'href="/ledger/entries.csv?period={rows[0]["period"]}"' in page


async def test_rules_and_public_votes_are_read_by_news_readers_and_calendars(
    found_town: TownFounder,
) -> None:
    pair = await Council(await found_town(2), "lanehead").found()
    for title, is_public in (("Fees", True), ("Rooms", False)):
        await pair.announced("portici", title=title, is_public=is_public)
    coop, charter = pair.host, pair.digest
    await group.attend(coop.node.federation)

    async with stranger(coop) as passer:
        rows = {row["name"]: row for row in table(await passer.get("/policies.csv"))}
        assert rows.keys() == policies.REGISTRY.keys()
        answer = await passer.get(f"/federations/{charter}.ics")
        said = re.findall(r"SUMMARY:(.*)\r", answer.text)
        assert said == ["Voting opens: Fees", "Voting ends: Fees"]
        [row] = table(await passer.get(f"/federations/{charter}.csv"))
        assert (row["title"], row["outcome"]) == ("Fees", "")
        for path in (f"/federations/{charter}", "/policies"):
            page = await passer.get(path)
            assert f'type="application/atom+xml" href="{path}.atom"' in page.text
            feed = ElementTree.fromstring((await passer.get(f"{path}.atom")).text)
            assert feed.findtext(f"{ATOM}title", "").endswith("Lanehead")
        assert (await passer.get("/federations/nothing.csv")).status == 404
        assert "public" in (await passer.get("/policies.json")).headers["Cache-Control"]


def test_the_guide_names_the_columns_of_every_list() -> None:
    told = dict(
        re.findall(r"^\| `(/[^`]+)` \|[^|]*\| `([^|]+)` \|$", GUIDE.read_text(), re.MULTILINE)
    )
    assert told == {one.path: "`, `".join(one.columns) for one in LISTS}


def test_only_what_everybody_reads_is_offered_to_programs_that_sign_in_nowhere() -> None:
    assert all(one.is_public for one in LISTS if one.news or one.dates)
