"""Lists as files: the rows of a page for spreadsheets, programs, news readers and calendars."""

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from node import audit, group, joining, policies
from tests.stories.council import Council
from tests.support.town import Coop, TownFounder
from tests.ui.web.test_agreement_pages import booked, by_the_hour
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_joining import FORM, applied
from tests.ui.web.visitor import Answer, signed_in, stranger
from ui.web.lists import LISTS, files

GUIDE = Path(__file__).parents[3] / "docs/guides/integrator.md"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def coop(found_town: TownFounder) -> Coop:
    return (await found_town(1)).coops[0]


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
