"""What a coop tells of itself: written on one page, seen first, read at home and by neighbours."""

import asyncio
import base64
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from aiohttp import FormData
from PIL import Image

from node import joining, members, peers, places
from node.members import Event
from tests.support.clock import FixedClock
from tests.support.photos import photo
from tests.support.town import Coop, Town
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_cards import facts_in
from tests.ui.web.test_joining import FORM as JOINING_FORM
from tests.ui.web.test_pictures import picture
from tests.ui.web.visitor import signed_in, stranger
from ui.web.drawing import Order
from ui.web.drawings import Drawings
from ui.web.words import contact_link

FORM = {
    "name": "Lanehead",
    "summary": "Homes and offices.",
    "place": "Rochdale, GB",
    "story": "Founded by *six* cleaners.\n\n<script>alert(1)</script>",
    "principles": "One member, one vote\n\nFair pay",
    "deciding": "Half of us must be there",
    "legal_name": "Lanehead Cleaners Limited",
    "legal_form": "Society",
    "jurisdiction": "England, UK",
    "register_page": "https://mutuals.example/1234R",
    "associations": "Coops of the North",
    "governance": "worker",
    "asset_lock": "yes",
    "dissolution": "Another coop",
    "fiscal_year": "04-06",
    "register_number": "1234R",
    "tax_number": "GB999 9999 73",
    "contact": "hello@lanehead.example\n0161 555 0100",
    "area": "The Pennines",
    "founded_on": "1998-05-03",
    "sectors": "cleaning\n\nAllotments",
    "figures": ["members", "coops"],
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def form(content: bytes = b"", **fields: str) -> FormData:
    data = FormData()
    for name, value in (FORM | fields).items():
        for one in value if isinstance(value, list) else [value]:
            data.add_field(name, one)
    if content:
        data.add_field("file", content, filename="logo.png", content_type="image/png")
    return data


def logo_in(page: str) -> str:
    found = re.search(r'<img src="(/media/(?:coops?|new)/[^"]+)-320.webp" alt=""', page)
    return found[1] if found else ""


async def enter(coop: Coop, name: str) -> None:
    await coop.write(members.add_member, name=name, membership_class="worker", admit=Event.ADMIT)


async def test_a_page_is_seen_first_then_kept_and_neighbours_read_it(
    two: Town, clock: FixedClock
) -> None:
    lanehead, portici = two.coops
    await enter(lanehead, "Rosa")
    there = f"/coops/{lanehead.node.config.authority}"
    async with (
        signed_in(lanehead, "femi", "admin") as femi,
        stranger(lanehead) as passer,
        stranger(portici) as reader,
    ):
        refused = await femi.post("/settings", form(SVG, then="save"))
        assert refused.status == 422
        assert "no picture that we can read" in refused.text
        assert "One member, one vote" in refused.text

        for name in ("governance", "opening", "figures"):
            unheard = await femi.post("/settings", form(then="save", **{name: "unheard of"}))
            assert (unheard.status, "One member, one vote" in unheard.text) == (422, True)

        seen = await femi.post("/settings", form(photo(600, 200, kind="PNG"), then="preview"))
        assert seen.status == 200
        assert "<em>six</em>" in seen.text
        digest = re.findall(r'name="logo" value="(\w{64})"', seen.text)[0]
        assert logo_in(seen.text) == f"/media/new/{digest}"
        assert (await picture(passer, f"/media/coop/{digest}-320.webp"))[0] == 404
        assert "six" not in (await passer.get("/about")).text
        for typed, shown in (("18-44", "18-44"), ("١٨٤٤", "1844")):
            seen = await femi.post("/settings", form(then="preview", founded_on=typed))
            assert f"Founded</bdi></dt><dd>{shown}</dd>" in seen.text

        assert (await femi.post("/settings", form(then="save", logo=digest))).status == 303
        about = (await passer.get("/about")).text
        assert "<em>six</em>" in about
        assert "LazyString" not in about
        assert "<script>alert" not in about
        assert 'href="mailto:hello@lanehead.example"' in about
        assert logo_in(about) == f"/media/coop/{digest}"
        assert (await picture(passer, f"/media/coop/{digest}-320.webp"))[0] == 200

        await two.settle()
        page = (await reader.get(there)).text
        assert "<em>six</em>" in page
        assert "LazyString" not in page
        assert "Fair pay" in page
        for said in ("Lanehead Cleaners Limited", "1234R", "GB999 9999 73"):
            assert said in page
            assert said in about
        for one in (page, about):
            for label, said in (
                ("Kind of coop", "Workers’ coop"),
                ("Asset lock", "yes: assets are never shared out"),
                ("Law that applies</bdi>", "England, United Kingdom"),
                ("Financial year begins</bdi>", "6 April"),
                ("Currency</bdi>", "British Pound"),
                ("Languages", "<bdi>English</bdi>"),
            ):
                assert f"<dt>{'<bdi>' if '</' in label else ''}{label}</dt><dd>{said}</dd>" in one
            register = '<a href="https://mutuals.example/1234R" rel="nofollow noopener noreferrer">'
            assert f'{register}<bdi dir="ltr">mutuals.example</bdi></a>' in one
            assert re.search(r"Founded</bdi></dt><dd>3 May 1998</dd>", one)
            assert re.search(r'<li><bdi lang="en">Allotments</bdi></li>', one)
        facts = facts_in(page) or {}
        assert (facts["@id"], facts["legalName"]) == (lanehead.uri, "Lanehead Cleaners Limited")
        listed = f"<loc>{portici.address}{there}</loc>"
        assert listed in (await reader.get("/sitemap.xml")).text
        directory = (await reader.get("/coops?sector=allotments&governance=worker")).text
        assert "<dt>Kind of coop</dt><dd>Workers’ coop</dd>" in directory
        assert re.search(r"<dt>Founded</dt><dd>3 May 1998</dd>", directory)
        assert re.search(
            r'chip on" href="/coops\?governance=worker" aria-current="true"><bdi>allotments',
            directory,
        )
        assert "No coop fits" in (await reader.get("/coops?sector=care")).text
        assert ">limpieza</bdi>" in (await reader.get("/coops", **{"Accept-Language": "es"})).text
        assert re.search(
            r"How it decides</bdi></dt><dd[^>]*><bdi[^>]*>Half of us must be there", page
        )
        assert re.findall(r"Members <b class=.num.>(\d+)", page) == ["1"]
        assert "/join" not in page
        assert "open to new members" not in page
        assert lanehead.address not in logo_in(page)
        status, headers, body = await picture(reader, f"{logo_in(page)}-320.webp")
        assert (status, headers["Content-Type"]) == (200, "image/webp")
        assert Image.open(io.BytesIO(body)).size == (320, 107)

        await enter(lanehead, "Ada")
        await lanehead.write(joining.set_form, JOINING_FORM)
        clock.advance(timedelta(days=1, minutes=1))
        await lanehead.node.run_due()
        await two.settle()
        again = (await reader.get(there)).text
        assert re.findall(r"Members <b class=.num.>(\d+)", again) == ["2"]
        assert f'href="{lanehead.address}/join"' in again
        assert "open to new members" in again.lower()
        about = (await passer.get("/about")).text
        assert "open to new members" in about.lower()
        assert 'href="/join"' in about
        [facts] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', about)
        assert '"telephone":"0161 555 0100"' in facts
        assert '"email":"hello@lanehead.example"' in facts
        assert '"areaServed":"The Pennines"' in facts
        assert '"legalName":"Lanehead Cleaners Limited"' in facts
        assert '"identifier":"1234R","sameAs":"https://mutuals.example/1234R"' in facts
        assert '"memberOf":[{"@type":"Organization","name":"Coops of the North"}]' in facts
        assert '"currenciesAccepted":"GBP"' in facts
        said = {one["propertyID"]: one["value"] for one in json.loads(facts)["additionalProperty"]}
        assert said == {
            "jurisdiction": "England, GB",
            "fiscal-year": "04-06",
            "dissolution": "Another coop",
            "governance": "worker",
            "asset-lock": True,
        }
        assert '"vatID":"GB999 9999 73"' in facts
        assert '"foundingDate":"1998-05-03","keywords":["cleaning","Allotments"]' in facts
        assert f'"logo":"{lanehead.address}/media/coop/' in facts
        await lanehead.write(joining.set_form, msgspec.structs.replace(JOINING_FORM, is_open=False))
        about = (await passer.get("/about")).text
        assert "open to new members" not in about.lower()
        assert 'href="/join"' not in about
        assert (await picture(passer, f"/media/coop/{digest}-320.webp"))[0] == 200

        await femi.post("/settings", form(then="save", logo=digest, drop_logo="y"))
        assert logo_in((await passer.get("/about")).text) == ""


ARABIC = {"Accept-Language": "ar"}


async def test_each_reader_is_told_in_their_language_at_home_and_at_a_neighbours(two: Town) -> None:
    lanehead, portici = two.coops
    there = f"/coops/{lanehead.node.config.authority}"
    said = {"name-ar": "لينهد", "summary-ar": "بيوت ومكاتب.", "story-ar": "أسسها *ستة*."}
    said |= {"deciding-ar": "نصفنا حاضر", "legal_form-ar": "جمعية", "area-ar": "الوادي"}
    async with (
        signed_in(lanehead, "femi", "admin") as femi,
        stranger(lanehead) as passer,
        stranger(portici) as reader,
    ):
        assert "name-ar" not in (await femi.get("/settings")).text
        await lanehead.write(peers.follow_settings, ("en", "ar"), "GBP")
        assert 'name="name-ar"' in (await femi.get("/settings")).text
        long = await femi.post("/settings", form(**said | {"summary-ar": "س" * 501}, then="save"))
        assert (long.status, "at most 500 characters" in long.text) == (422, True)
        assert (await femi.post("/settings", form(**said, then="save"))).status == 303
        await two.settle()
        for visitor, path in ((passer, "/about"), (reader, there), (reader, "/coops")):
            arabic = (await visitor.get(path, **ARABIC)).text
            english = (await visitor.get(path)).text
            assert "لينهد" in arabic
            assert "لينهد" not in english
            assert re.search(r'<p[^>]* dir="auto" lang="ar">بيوت ومكاتب', arabic)
            assert re.search(r'<p[^>]* dir="auto" lang="en">Homes and offices', english)
            assert ("<em>ستة</em>" in arabic) == (path != "/coops")
            assert re.search(r'lang="ar">(<bdi>)?جمعية', arabic)
            assert re.search(r'lang="en">(<bdi>)?Society', english)
            assert bool(re.search(r'lang="ar"><bdi>الوادي', arabic)) == (path != "/coops")
        directory = (await reader.get("/coops", **ARABIC)).text
        assert re.search(r'<dd lang="ar"><bdi>نصفنا حاضر', directory)
        assert re.search(r'<dd lang="en"><bdi>Half of us', (await reader.get("/coops")).text)
        assert "<b>لينهد</b>" in (await passer.get("/", **ARABIC)).text
        assert "لينهد" in (await reader.get("/coops?q=لينهد")).text.partition("<main")[2]

        admin = Program(passer, await token_for(lanehead, "admin"))
        assert (await admin.get("/coop")).body["others"]["ar"]["name"] == "لينهد"
        main = await admin.call("PATCH", f"{API}/coop", {"others": {"en": {"name": "Loaf"}}})
        assert (main.status, list(main.body["errors"])) == (422, ["others"])
        empty = await admin.call("PATCH", f"{API}/coop", {"others": {"en": {}}})
        assert empty.status in (200, 204)
        await admin.call("PATCH", f"{API}/coop", {"others": {"ar": {}}})
        await two.settle()
        assert "لينهد" not in (await reader.get(there, **ARABIC)).text


async def test_who_keeps_the_page_says_it_in_another_language_and_leaves_that_out_again(
    coop: Coop,
) -> None:
    async with signed_in(coop, "femi", "admin") as femi, stranger(coop) as passer:
        assert 'name="another"' in (await femi.get("/settings")).text
        room = await femi.post("/settings", form(another="sm", then="language"))
        assert re.search(r"<details[^>]* open><summary>The same in Samoan", room.text)
        room = await femi.post("/settings", form(another="fr", then="language", area="Both banks"))
        assert (room.status, "Both banks" in room.text) == (200, True)
        assert re.search(r"<details[^>]* open><summary>The same in Français", room.text)
        assert "name-fr" not in (await femi.get("/settings")).text
        saved = await femi.post("/settings", form(another="fr", then="save"))
        assert 'name="name-fr"' in (await femi.get(saved.location)).text
        said = {"name-fr": "Les propres", "story-fr": "Fondée à *six*."}
        await femi.post("/settings", form(**said, then="save"))
        assert "Les propres" in (await femi.get("/settings")).text
        for tag, is_french in (("fr", True), ("es", False)):
            about = (await passer.get("/about", **{"Accept-Language": tag})).text
            assert ("<em>six</em>." in about) == ("Les propres" in about) == is_french
        for odd, then in (("en", "language"), ("../x", "save"), ("<b>", "save")):
            refused = await femi.post("/settings", form(another=odd, then=then))
            assert (refused.status, 'id="another-err"' in refused.text) == (422, True)
        await femi.post("/settings", form(**said, **{"drop-fr": "y"}, then="save"))
        assert "name-fr" not in (await femi.get("/settings")).text
        assert "Les propres" not in (await passer.get("/about", **{"Accept-Language": "fr"})).text


async def test_a_program_changes_it_and_a_card_is_drawn_of_it_and_nothing_else(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stranger(coop) as visitor:
        nobody = Program(visitor)
        admin = nobody.with_token(await token_for(coop, "admin"))
        content = base64.b64encode(photo(40, 30)).decode()
        body = {"area": "The valley", "opening": "closed", "figures": ["members"], "logo": content}
        changed = await admin.call("PATCH", f"{API}/coop", body)
        assert changed.status == 200, changed.body
        later = await admin.call("PATCH", f"{API}/coop", {"story": "Since 1844."})
        told = (await nobody.get("/coop")).body
        assert told == later.body
        assert (told["legal_name"], told["register_number"], told["tax_number"]) == ("", "", "")
        assert "taxID" not in (await visitor.get("/about")).text
        await admin.call("PATCH", f"{API}/coop", {"tax_number": "12/345/67890"})
        assert '"taxID":"12/345/67890"' in (await visitor.get("/about")).text
        assert (told["area"], told["story"], told["join"]) == ("The valley", "Since 1844.", None)
        assert told["figures"] == {"members": 0}
        still_to_come, no_day = "This is still to come", "Write a year"
        for odd, why in (
            ("1844-02-30", no_day),
            ("21.12.1844", no_day),
            ("9999", still_to_come),
            ("2027-01-06", still_to_come),
        ):
            refused = await admin.call("PATCH", f"{API}/coop", {"founded_on": odd})
            assert (refused.status, list(refused.body["errors"])) == (422, ["founded_on"])
            assert refused.body["errors"]["founded_on"][0].startswith(why), odd
        odd = {"jurisdiction": "Atlantis", "fiscal_year": "02-30", "register_page": "nowhere"}
        refused = await admin.call("PATCH", f"{API}/coop", odd)
        assert (refused.status, set(refused.body["errors"])) == (422, set(odd))
        since = {"founded_on": "1844", "sectors": ["cleaning"]}
        since |= {"governance": "federated", "asset_lock": False, "associations": ["Apex"]}
        changed = await admin.call("PATCH", f"{API}/coop", since)
        assert {name: changed.body[name] for name in since} == since
        assert told["logo"].startswith(f"{coop.address}/media/coop/")
        assert (await admin.call("PATCH", f"{API}/coop", {"opening": "ajar"})).status == 422

        async def taken(content: bytes, *, by: str) -> str:
            await admin.call("PATCH", f"{API}/coop", {"story": "Meanwhile."})
            return await take(content, by=by)

        take = coop.node.pictures.take
        with monkeypatch.context() as slow:
            slow.setattr(coop.node.pictures, "take", taken)
            await admin.call("PATCH", f"{API}/coop", {"area": "Both banks", "logo": content})
        both = (await nobody.get("/coop")).body
        assert (both["area"], both["story"]) == ("Both banks", "Meanwhile.")
        blank = await admin.call("PATCH", f"{API}/coop", {"logo": ""})
        assert (blank.status, blank.body.get("logo")) == (200, None)

        page = (await visitor.get("/about")).text
        [url] = re.findall(r'property="og:image" content="([^"]+)"', page)
        assert 'name="twitter:card" content="summary_large_image"' in page
        path = url.removeprefix(coop.address)
        status, headers, body = await picture(visitor, path)
        assert (status, headers["Content-Type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(body)).size == (1200, 630)
        drawn = list((coop.node.config.cache / "drawings").iterdir())
        assert (await picture(visitor, path))[0] == 200
        with monkeypatch.context() as gone:
            gone.setattr(Drawings, "file", went)
            status, headers, _content = await picture(visitor, path)
        assert (status, headers["Cache-Control"]) == (404, "no-store")
        other = path.replace(path[-20:-4], "0" * 16)
        assert (await picture(visitor, other))[0] == 404

        manifest = json.loads((await visitor.get("/manifest.webmanifest")).text)
        icons = {icon["sizes"] for icon in manifest["icons"] if icon["type"] == "image/png"}
        assert icons == {"180x180", "192x192", "512x512"}
        assert [icon["purpose"] for icon in manifest["icons"]].count("maskable") == 1
        assert list((coop.node.config.cache / "drawings").iterdir()) == drawn
        assert 'rel="apple-touch-icon" href="/icons/' in page


async def went(_drawings: Drawings, _order: Order) -> Path:
    """A file that goes after it was seen."""
    return Path("/gone.png")


@pytest.mark.parametrize(
    ("line", "href"),
    [
        ("hello@loaf.example", "mailto:hello@loaf.example"),
        ("+44 161 555-0100", "tel:+441615550100"),
        ("https://loaf.example/x", "https://loaf.example/x"),
        ("javascript:alert(1)", ""),
        ("Mondays 9 to 12", ""),
    ],
)
def test_a_line_leads_where_somebody_is_reached(line: str, href: str) -> None:
    assert contact_link(line) == href


async def test_others_write_while_the_table_of_towns_is_read(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    async def at_hand() -> None:
        written.append(await asyncio.wait_for(coop.write(peers.show_figures, {}), timeout=2))

    monkeypatch.setattr(places, "at_hand", at_hand)
    async with signed_in(coop, "femi", "admin") as femi:
        admin = Program(femi).with_token(await token_for(coop, "admin"))
        assert (await admin.call("PATCH", f"{API}/coop", {"place": "Leeds, GB"})).status == 200
        said = form(place="Todmorden, GB", then="save")
        assert [(await femi.post("/settings", said)).status for _once in range(2)] == [303, 303]
        assert len(written) == 2
        bread, there = {"title": "Bread", "kind": "goods"}, {"name": "Leeds, GB"}
        made = await admin.call("POST", f"{API}/listings", bread | {"place": there})
        path = f"/listings/{made.body['id']}"
        assert (await admin.call("PATCH", API + path, {"place": there})).status == 200
        assert len(written) == 4
        assert (await femi.post("/listings/new", bread | {"place": "Leeds, GB"})).status == 303
        assert len(written) == 5
