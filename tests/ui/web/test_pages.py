"""The pages as a browser asks for them: who may see what, and what happens to a form."""

import json
import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from decimal import Decimal
from html import unescape
from xml.etree import ElementTree

import pytest
from aiohttp import FormData

from node import listings
from node.listings import ListingDraft, Visibility
from tests.support.clock import FixedClock
from tests.support.town import Coop, TownFounder
from tests.ui.web.visitor import (
    BY_HAND,
    FROM_OURS,
    PASSWORD,
    Answer,
    Visitor,
    add_account,
    link_for,
    signed_in,
    stranger,
)

PAGES = {
    # path: what a stranger, a member and an admin get; who may what stands in `rights`
    "/search?q=bread&near=Leeds&within_km=x&kind=spaceship": (200, 200, 200),
    "/search?kind=a-b": (200, 200, 200),
    "/search.atom?kind=a-b": (200, 200, 200),
    "/search.csv?kind=a-b": (200, 200, 200),
    "/search.json?kind=a-b&limit=100": (200, 200, 200),
    "/search.json?limit=0100000": (422, 422, 422),
    f"/search.json?limit=0001{'9' * 4400}": (422, 422, 422),
    "/search?cursor=nonsense": (422, 422, 422),
    "/coops/nobody.example": (404, 404, 404),
    "/listings/nothing-here": (404, 404, 404),
    "/mirrors/nothing-here": (404, 404, 404),
    "/agreements/calendar?week=2027-W99": (303, 422, 422),
    "/agreements/calendar?week=9999-W52": (303, 422, 422),
    "/agreements/calendar?week=0001-W01": (303, 422, 422),
    "/asked/no-such-link": (404, 404, 404),
    "/listings/nothing-here/ask": (404, 404, 404),
    "/mirrors/nothing-here/ask": (404, 404, 404),
    "/write?listing=nothing-here": (404, 404, 404),
    "/t/no-such-link": (404, 404, 404),
    "/notes/nothing-here": (404, 404, 404),
    "/audit?before=x&subject=y": (303, 403, 200),
    "/applied/no-such-link": (404, 404, 404),
    "/ledger?period=2027-13": (303, 403, 422),
    "/ledger?period=0000-01": (303, 403, 422),
    "/ledger?period=9999-12": (303, 403, 200),
    "/ledger/new?lines=x": (303, 403, 200),
    f"/ledger/new?lines={'9' * 4400}": (303, 403, 200),
    "/ledger/entries?cursor=x": (303, 403, 422),
    "/weave/none.svg": (404, 404, 404),
    "/in/no-such-link": (410, 410, 410),
    "/no-such-page": (404, 404, 404),
    "/static/../app.py": (404, 404, 404),
}


@pytest.fixture
async def coop(found_town: TownFounder) -> Coop:
    town = await found_town(1)
    return town.coops[0]


@pytest.fixture
async def passer(coop: Coop) -> AsyncGenerator[Visitor]:
    async with stranger(coop) as visitor:
        yield visitor


@pytest.fixture
async def rosa(coop: Coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "rosa") as visitor:
        yield visitor


@pytest.fixture
async def femi(coop: Coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "femi", "admin") as visitor:
        yield visitor


async def test_an_address_with_a_slip_in_it_is_answered_in_words(
    passer: Visitor, rosa: Visitor, femi: Visitor
) -> None:
    got = {}
    for path in PAGES:
        got[path] = tuple([(await who.get(path)).status for who in (passer, rosa, femi)])
    assert got == PAGES


async def test_every_page_carries_the_headers_that_protect_it(passer: Visitor) -> None:
    for path in ("/", "/search", "/sign-in", "/no-such-page", "/healthz", "/api/v1/listings"):
        headers = (await passer.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


async def test_an_answer_that_sends_elsewhere_carries_them_too(
    passer: Visitor, rosa: Visitor
) -> None:
    """Raised or returned: the door for a stranger, the results of a search that somebody keeps."""
    kept = re.search(r"/searches/\w+(?=\")", (await kept_searches(rosa)).text)
    assert kept is not None
    for who, path in ((passer, "/account"), (passer, "/listings/new?kind=job"), (rosa, kept[0])):
        answer = await who.get(path)
        assert answer.status == 303, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "private, no-store", "it is somebody's"


async def kept_searches(rosa: Visitor) -> Answer:
    assert (await rosa.post("/searches", {"q": "bread"})).status == 303
    return await rosa.get("/searches")


@pytest.mark.parametrize("asked_by", ["none", "same-origin", "same-site", "cross-site", ""])
async def test_a_page_is_packed_unless_another_site_may_have_asked_for_it(
    passer: Visitor, asked_by: str
) -> None:
    accepts = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": asked_by}
    answer = await passer.get("/search?q=bread", **accepts)
    is_packed = answer.headers.get("Content-Encoding") == "gzip"
    assert is_packed == (asked_by in ("none", "same-origin"))
    assert {"Accept-Encoding", "Sec-Fetch-Site"} <= set(answer.headers["Vary"].split(", "))
    assert 'value="bread"' in answer.text


async def test_a_page_that_needs_somebody_leads_through_the_door_and_back(
    coop: Coop, passer: Visitor
) -> None:
    await add_account(coop, "rosa")
    sent = await passer.get("/mine?whose=all")
    assert sent.location == "/sign-in?next=/mine?whose=all"
    door = await passer.get(sent.location)
    assert 'name="next" value="/mine?whose=all"' in door.text
    given = {"handle": "Rosa ", "password": PASSWORD, "next": "/mine?whose=all"}
    came_in = await passer.post("/sign-in", given)
    assert came_in.status == 303
    assert came_in.location.startswith("/mine?whose=all")
    assert (await passer.get("/mine")).status == 200


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "/\tevil", ""]
)
async def test_the_door_never_leads_to_another_site(
    coop: Coop, passer: Visitor, target: str
) -> None:
    await add_account(coop, "rosa")
    came_in = await passer.post(
        "/sign-in", {"handle": "rosa", "password": PASSWORD, "next": target}
    )
    assert came_in.location == "/?told=welcome"


async def test_a_wrong_password_and_an_unknown_name_are_told_in_the_same_words(
    coop: Coop, passer: Visitor
) -> None:
    await add_account(coop, "rosa")
    for handle in ("rosa", "nobody"):
        answer = await passer.post("/sign-in", {"handle": handle, "password": "wrong password"})
        assert answer.status == 422
        assert alert(answer.text) == (
            "That name and password do not go together. Check both and try again."
        )
    assert (await passer.get("/account")).status == 303


async def test_who_guesses_too_often_has_to_wait(coop: Coop, passer: Visitor) -> None:
    await add_account(coop, "rosa")
    answers = [
        await passer.post("/sign-in", {"handle": "rosa", "password": f"guess number {number}"})
        for number in range(12)
    ]
    assert "Too many tries" in alert(answers[-1].text)
    right = await passer.post("/sign-in", {"handle": "rosa", "password": PASSWORD})
    assert right.status == 429


async def test_a_one_time_link_waits_for_a_person(coop: Coop, passer: Visitor) -> None:
    link = await link_for(coop, await add_account(coop, "rosa"))
    preview = await passer.get(link)
    assert preview.status == 200
    assert "It works once" in preview.text
    assert (await passer.get("/account")).status == 303

    by_hand = await passer.get(link, **BY_HAND)
    assert by_hand.status == 303
    assert (await passer.get("/account")).status == 200


async def test_a_one_time_link_works_by_its_button_and_never_again(
    coop: Coop, passer: Visitor
) -> None:
    link = await link_for(coop, await add_account(coop, "rosa"))
    assert (await passer.post(link)).status == 303
    assert (await passer.get(link, **BY_HAND)).status == 410
    assert (await passer.post(link)).status == 410


async def test_an_invited_person_chooses_a_name_and_a_password(
    coop: Coop, passer: Visitor, femi: Visitor
) -> None:
    page = await femi.post("/members/invite", {"name": "Ada", "role": "member"})
    [link] = set(re.findall(r"/in/[\w-]+", page.text))
    short = await passer.post(link, {"name": "Ada", "handle": "ada", "password": "short"})
    assert short.status == 422
    assert 'value="ada"' in short.text
    taken = await passer.post(link, {"name": "Ada", "handle": "femi", "password": PASSWORD})
    assert taken.status == 422
    entered = await passer.post(link, {"name": "Ada", "handle": "ada", "password": PASSWORD})
    assert entered.status == 303
    assert "You sign in as ada" in (await passer.get("/account")).text
    assert (await passer.get("/peers")).status == 403


async def test_who_signs_out_is_out_also_with_the_old_cookie(rosa: Visitor) -> None:
    kept = dict(rosa.cookies)
    assert (await rosa.post("/sign-out")).status == 303
    assert (await rosa.get("/account")).status == 303
    rosa.cookies = kept
    assert (await rosa.get("/account")).status == 303


async def test_another_device_can_be_signed_out(coop: Coop, passer: Visitor) -> None:
    account = await add_account(coop, "rosa")
    async with stranger(coop) as phone:
        await phone.get(await link_for(coop, account), **BY_HAND)
        await passer.get(await link_for(coop, account), **BY_HAND)
        page = await passer.get("/account")
        [other] = re.findall(r'action="(/account/devices/[\w-]+)"', page.text)
        assert (await passer.post(other)).status == 303
        assert (await phone.get("/account")).status == 303
    assert (await passer.get("/account")).status == 200


async def test_the_language_can_be_chosen_and_is_written_its_own_way(passer: Visitor) -> None:
    chosen = await passer.post("/language", {"language": "ar", "from": "/about"})
    assert chosen.location == "/about"
    assert '<html lang="ar" dir="rtl"' in (await passer.get("/")).text
    unknown = await passer.post("/language", {"language": "xx"})
    assert unknown.status == 404


async def test_the_style_sheet_is_packed_for_whoever_can_unpack_it(passer: Visitor) -> None:
    found = re.search(r'href="(/static/rochdale\.css[^"]*)"', (await passer.get("/")).text)
    assert found is not None
    packed = await passer.get(found[1], **{"Accept-Encoding": "gzip"})
    plain = await passer.get(found[1], **{"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.text == plain.text
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 3


@pytest.mark.parametrize(("accepts", "coding"), [("gzip;q=0", None), ("GZIP", "gzip")])
async def test_page_and_style_sheet_are_packed_only_for_whoever_takes_it(
    passer: Visitor, accepts: str, coding: str | None
) -> None:
    headers = {"Accept-Encoding": accepts, "Sec-Fetch-Site": "none"}
    page = await passer.get("/", **headers)
    found = re.search(r'href="(/static/rochdale\.css[^"]*)"', page.text)
    assert found is not None
    sheet = await passer.get(found[1], **headers)
    assert [one.headers.get("Content-Encoding") for one in (page, sheet)] == [coding, coding]


async def test_what_went_wrong_is_told_on_a_page_in_the_readers_language(passer: Visitor) -> None:
    english = await passer.get("/no-such-page")
    assert english.status == 404
    assert english.headers["Content-Type"].startswith("text/html")
    assert "There is nothing here" in english.text
    arabic = await passer.get("/no-such-page", **{"Accept-Language": "ar"})
    assert "لا يوجد شيء هنا" in arabic.text
    assert 'dir="rtl"' in arabic.text
    program = await passer.get("/no-such-page", Accept="application/json")
    assert program.headers["Content-Type"].startswith("application/problem+json")


async def test_the_dark_theme_stays_chosen(passer: Visitor) -> None:
    chosen = await passer.post("/theme", {"theme": "dark", "from": "//evil.example"})
    assert chosen.location == "/"
    page = (await passer.get("/")).text
    assert 'data-theme="dark"' in page
    assert re.findall(r"Show the page in the (\w+)", page) == ["light"]


async def test_who_saves_data_gets_pictures_and_maps_only_when_they_ask(
    coop: Coop, passer: Visitor
) -> None:
    draft = ListingDraft("Sourdough", place="Rochdale, GB")
    bread = await coop.write(listings.create, draft, by=None, publish=True)
    paths = ("/search", f"/listings/{bread.id}")

    async def shown(mark: str, **headers: str) -> list[bool]:
        return [mark in (await passer.get(path, **headers)).text for path in paths]

    saving = {"Save-Data": "on"}
    assert await shown('class="map"') == [True, True]
    assert await shown('class="map"', **saving) == [False, False]
    assert await shown("<img", **saving) == [False, False]
    paths = ("/search?map=1", f"/listings/{bread.id}?map=1")
    assert await shown('class="map"', **saving) == [True, True]
    paths = ("/search", f"/listings/{bread.id}")
    await passer.post("/saving", {"saving": "little"})
    assert await shown('class="map"') == [False, False]
    await passer.post("/saving", {"saving": "all"})
    assert await shown('class="map"', **saving) == [True, True]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_form_from_another_site_is_refused(rosa: Visitor, site: str) -> None:
    refused = await rosa.post("/sign-out", headers={"Sec-Fetch-Site": site})
    assert refused.status == 403
    assert "Open the page here and try again" in refused.text
    assert (await rosa.get("/account")).status == 200


async def test_an_origin_that_is_not_ours_is_refused(rosa: Visitor) -> None:
    refused = await rosa.post("/sign-out", headers={"Origin": "http://evil.example"})
    assert refused.status == 403
    ours = await rosa.post("/sign-out", headers={"Origin": rosa.coop.address})
    assert ours.status == 303


async def test_a_browser_that_says_nothing_needs_the_token_of_the_form(rosa: Visitor) -> None:
    assert (await rosa.post("/sign-out", headers={})).status == 403
    assert (await rosa.post("/sign-out", {"csrf": "0" * 64}, headers={})).status == 403
    token = await rosa.form_token()
    assert (await rosa.post("/sign-out", {"csrf": token}, headers={})).status == 303


async def test_a_listing_form_tells_its_faults_and_keeps_what_was_typed(rosa: Visitor) -> None:
    typed = listing(title="", summary="We come to you", price_amount="much", expires_on="soon")
    answer = await rosa.post("/listings/new", typed)
    assert answer.status == 422
    assert "Say in a few words what you offer or need." in answer.text
    assert "We come to you" in answer.text
    assert 'value="much"' in answer.text
    assert 'value="soon"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 3
    assert (await rosa.get("/mine")).text.count("/edit") == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "spaceship"},
        {"visibility": "nobody"},
        {"unit": "parsec"},
        {"price_amount": "-5"},
        {"price_amount": "NaN"},
        {"price_amount": "1e999999"},
        {"currency": "pounds", "price_amount": "5"},
        {"languages": "english please"},
        {"title": "x" * 5000},
        {"body": "x" * 200_000},
        {"expires_on": "1999-01-01"},
        {"tags": ", ".join(f"tag{number}" for number in range(500))},
    ],
    ids=lambda fault: next(iter(fault)),
)
async def test_what_cannot_be_used_is_told_beside_the_form(
    rosa: Visitor, fault: dict[str, str]
) -> None:
    answer = await rosa.post("/listings/new", listing(**fault))
    assert answer.status == 422
    assert 'class="err"' in answer.text


async def test_a_listing_is_seen_before_it_is_published(coop: Coop, rosa: Visitor) -> None:
    seen = await rosa.post("/listings/new", listing(body="*By hand*", then="preview"))
    assert seen.status == 200
    assert "<em>By hand</em>" in seen.text
    assert await coop.read(listings.mine, None) == []


async def test_a_draft_is_nobody_elses_business(rosa: Visitor, passer: Visitor, coop: Coop) -> None:
    kept = await rosa.post("/listings/new", listing(then="draft"))
    path = kept.location.partition("?")[0]
    assert (await rosa.get(path)).status == 200
    assert (await passer.get(path)).status == 404
    async with signed_in(coop, "agnieszka") as other:
        assert (await other.get(path)).status == 404
        assert (await other.get(f"{path}/edit")).status in (403, 404)
        assert (await other.post(f"{path}/state", {"event": "publish"})).status in (403, 404)

    assert (await rosa.post(f"{path}/state", {"event": "publish"})).status == 303
    assert (await passer.get(path)).status == 200


async def test_a_listing_for_members_is_for_members(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    draft = ListingDraft("Spare key cupboard", visibility=Visibility.MEMBER)
    kept = await coop.write(listings.create, draft, by=None, publish=True)
    assert (await passer.get(f"/listings/{kept.id}")).status == 404
    assert (await rosa.get(f"/listings/{kept.id}")).status == 200
    for path in ("/", "/search?q=cupboard", "/about"):
        assert "Spare key cupboard" not in (await passer.get(path)).text


async def test_a_mistyped_search_finds_says_what_and_can_be_insisted_on(
    coop: Coop, passer: Visitor
) -> None:
    await coop.write(listings.create, ListingDraft("Sourdough"), by=None, publish=True)
    page = (await passer.get("/search?q=sourdoguh&kind=service")).text
    assert "Showing results for “sourdough”." in page
    link = re.search(r'href="([^"]+)">Search for “sourdoguh” instead', page)
    assert link is not None
    insisted = (await passer.get(unescape(link[1]))).text
    assert "Nothing found" in insisted
    assert "sourdough" not in insisted.lower()
    assert "Showing results" not in (await passer.get("/search?q=sourdough")).text

    answer = json.loads((await passer.get("/api/v1/listings?q=sourdoguh")).text)
    assert answer["corrections"] == [{"typed": "sourdoguh", "found": ["sourdough"]}]
    answer = json.loads((await passer.get("/api/v1/listings?q=sourdoguh&insist=true")).text)
    assert (answer["items"], answer["corrections"]) == ([], [])


async def test_a_coops_own_page_does_not_name_it_on_each_card(coop: Coop, passer: Visitor) -> None:
    await coop.write(listings.create, ListingDraft("Sourdough"), by=None, publish=True)
    assert 'class="whose"' not in (await passer.get("/about")).text
    assert 'class="whose"' in (await passer.get("/search")).text


async def test_the_page_of_an_offer_has_one_main_button(coop: Coop, passer: Visitor) -> None:
    made = await coop.write(listings.create, ListingDraft("Sourdough"), by=None, publish=True)
    page = (await passer.get(f"/listings/{made.id}")).text
    assert f'class="btn full" href="/listings/{made.id}/ask"' in page
    assert f'class="btn quiet" href="/write?listing={made.id}"' in page


async def test_a_search_says_why_and_is_kept_by_a_member(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    await coop.write(listings.create, ListingDraft("Sourdough"), by=None, publish=True)
    page = (await passer.get("/search?q=sourdough")).text
    assert "How well your words fit" in page
    assert "Tell me of news" not in page
    newest = (await passer.get("/search?q=sourdough&order=newest")).text
    assert "How well your words fit" not in newest
    assert "Tell me of news" in (await rosa.get("/search?q=sourdough")).text

    told = await rosa.post("/searches", {"q": "sourdough", "kind": "service"})
    mine = (await rosa.get(told.location)).text
    assert "sourdough · Service" in mine
    path = re.search(r'href="(/searches/[^"]+)"', mine)
    assert path is not None
    assert (await rosa.get(path[1])).location == "/search?q=sourdough&kind=service"
    assert (await passer.get(path[1])).status == 303
    await rosa.post(f"{path[1]}/forget", {})
    far = (await rosa.get("/search?near=Leeds&within_km=any")).text
    assert 'name="within_km" value="any"' in far
    assert (await rosa.get("/search?near=Leeds&within_km=nan")).status == 200
    assert "You follow nothing yet" in (await rosa.get("/searches")).text
    assert (await rosa.get(path[1])).status == 404


async def test_a_need_shows_who_may_meet_it(coop: Coop, passer: Visitor) -> None:
    need = ListingDraft("Kitchen walls to paint", kind="request")
    made = await coop.write(listings.create, need, by=None, publish=True)
    offer = ListingDraft("Painting walls in any kitchen")
    offered = await coop.write(listings.create, offer, by=None, publish=True)
    assert offer.title in (await passer.get(f"/listings/{made.id}")).text
    assert need.title in (await passer.get(f"/listings/{offered.id}")).text


async def test_two_people_who_change_the_same_listing_are_told(rosa: Visitor) -> None:
    made = await rosa.post("/listings/new", listing(then="publish"))
    path = made.location.partition("?")[0]
    [version] = re.findall(r'name="version" value="(\d+)"', (await rosa.get(f"{path}/edit")).text)
    first = await rosa.post(f"{path}/edit", listing(title="First", version=version))
    assert first.status == 303
    second = await rosa.post(f"{path}/edit", listing(title="Second", version=version))
    assert second.status == 409
    assert "Somebody else changed this while you wrote" in second.text
    assert "First" in (await rosa.get(path)).text


async def test_a_listing_is_paused_and_taken_down_from_its_page(
    rosa: Visitor, passer: Visitor
) -> None:
    made = await rosa.post("/listings/new", listing(then="publish"))
    path = made.location.partition("?")[0]
    assert (await rosa.post(f"{path}/state", {"event": "pause"})).status == 303
    assert (await rosa.post(f"{path}/state", {"event": "pause"})).status == 409
    assert (await rosa.post(f"{path}/state", {"event": "explode"})).status in (409, 422)
    assert (await rosa.post(f"{path}/state", {"event": "retire"})).status == 303
    assert (await passer.get(path)).status == 410


async def test_script_in_a_listing_stays_words(rosa: Visitor, passer: Visitor) -> None:
    made = await rosa.post(
        "/listings/new",
        listing(
            title="<script>alert(1)</script>",
            body='<img src=x onerror="alert(1)"> [link](javascript:alert(1))',
            then="publish",
        ),
    )
    page = await passer.get(made.location)
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert 'href="javascript:' not in page.text


async def test_an_address_that_is_none_is_told_beside_the_field(femi: Visitor) -> None:
    for address in ("", "not an address", "http://127.0.0.1/", "ftp://loaf.example"):
        answer = await femi.post("/peers", {"address": address})
        assert answer.status == 422
        assert 'class="err"' in answer.text


async def test_a_file_brought_in_is_answered_row_by_row(coop: Coop, femi: Visitor) -> None:
    table = "title,summary,price\nOven clean,Racks soaked,£45\n,No title here,\n"
    looked = await bring_in(femi, table, look="dry")
    assert looked.status == 200
    assert "What would happen" in looked.text
    assert await coop.read(listings.mine, None) == []

    done = await bring_in(femi, table, look="publish")
    assert "What happened" in done.text
    assert "Rows not taken" in done.text
    assert [one.title for one in await coop.read(listings.mine, None)] == ["Oven clean"]
    assert "Oven clean" in (await femi.get("/exchange/listings.csv")).text


async def test_a_file_that_is_no_table_is_told(femi: Visitor) -> None:
    for content in ("", "{not json", '{"type":"FeatureCollection"}'):
        answer = await bring_in(femi, content, look="publish", name="map.geojson")
        assert answer.status == 422
        assert 'class="err"' in answer.text
    assert (await femi.post("/exchange", {"look": "dry"})).status == 422


async def test_a_device_that_is_used_stays_signed_in(rosa: Visitor, clock: FixedClock) -> None:
    for _week in range(8):
        clock.advance(timedelta(days=7))
        assert (await rosa.get("/account")).status == 200


async def test_what_was_put_right_in_a_file_is_told(femi: Visitor) -> None:
    page = (await bring_in(femi, "title,lat,lon\nOven clean,95,7\n", look="dry")).text
    assert "95.0, 7.0 is no place on earth." in page
    assert "Rows taken, with something put right or left out" in page
    page = (await bring_in(femi, "title\nOven clean\n", look="dry")).text
    assert "put right or left out" not in page


def listing(**said: str) -> dict[str, str]:
    """What the form sends, filled in as little as it may be."""
    return {"title": "Home clean", "kind": "service", "visibility": "public", "unit": ""} | said


async def bring_in(visitor: Visitor, content: str, *, look: str, name: str = "table.csv") -> Answer:
    form = FormData({"kind": "service", "look": look})
    form.add_field("file", content.encode(), filename=name, content_type="text/csv")
    return await visitor.post("/exchange", form, headers=FROM_OURS)


def alert(page: str) -> str:
    """What the page's alert says, as plain text."""
    [found] = re.findall(r'role="alert">(.*?)</p>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found).strip()


async def test_what_is_found_can_be_followed_as_news_and_opened_as_a_table(
    coop: Coop, passer: Visitor
) -> None:
    for title, visibility in (
        ("=Rye & more", Visibility.PUBLIC),
        ("Rye for us", Visibility.MEMBER),
    ):
        draft = ListingDraft(
            *(title, "goods", "Baked"),
            price_amount=Decimal("2.50"),
            currency="GBP",
            unit="loaf",
            visibility=visibility,
        )
        await coop.write(listings.create, draft, by=None, publish=True)
    news = await passer.get("/search.atom?q=rye&limit=x")
    feed = ElementTree.fromstring(news.text)
    atom = "{http://www.w3.org/2005/Atom}"
    assert [each.findtext(f"{atom}title") for each in feed.iter(f"{atom}entry")] == ["=Rye & more"]
    assert news.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    ElementTree.fromstring((await passer.get("/search.atom?q=%07%ef%bf%bf")).text)
    table = (await passer.get("/search.csv?q=rye")).text.splitlines()
    assert len(table) == 2
    assert table[1].startswith("'=Rye & more,Baked,goods,")
    assert ",2.50,,GBP,loaf," in table[1]
    page = (await passer.get("/search?q=rye&told=saved&order=newest")).text
    assert 'href="/search.atom?q=rye&amp;order=newest"' in page
