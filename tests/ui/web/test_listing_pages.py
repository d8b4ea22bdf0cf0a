"""Listings on pages: written, seen first, found, followed, changed by two, brought in as a file."""

import json
import re
from decimal import Decimal
from html import unescape
from xml.etree import ElementTree

import pytest
from aiohttp import FormData

from node import listings
from node.listings import ListingDraft, Visibility
from tests.support.town import Coop
from tests.ui.web.visitor import FROM_OURS, Answer, Visitor, signed_in


def listing(**said: str) -> dict[str, str]:
    """What the form sends, filled in as little as it may be."""
    return {"title": "Home clean", "kind": "service", "visibility": "public", "unit": ""} | said


async def bring_in(visitor: Visitor, content: str, *, look: str, name: str = "table.csv") -> Answer:
    form = FormData({"kind": "service", "look": look})
    form.add_field("file", content.encode(), filename=name, content_type="text/csv")
    return await visitor.post("/exchange", form, headers=FROM_OURS)


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
    path = kept.page
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


async def test_a_search_that_is_kept_is_called_with_how_far_it_goes(rosa: Visitor) -> None:
    far = {"q": "oven", "near": "Rochdale, GB", "within_km": "30"}
    assert (await rosa.post("/searches", far)).status == 303
    assert "oven · Within 30 km of Rochdale, GB" in (await rosa.get("/searches")).text


async def test_what_is_mistyped_is_told_in_the_words_of_the_page(rosa: Visitor) -> None:
    mistyped = listing(title="Bread", kind="zz", price_amount="abc", expires_on="soon")
    for spoken, said in (("es", "Escribe un número"), ("ar", "اكتب عددًا")):
        rosa.cookies.pop("lang", None)
        answer = await rosa.post("/listings/new", mistyped, FROM_OURS | {"Accept-Language": spoken})
        assert (answer.status, said in answer.text) == (422, True)
        assert "Not a valid" not in answer.text


async def test_a_need_shows_who_may_meet_it(coop: Coop, passer: Visitor) -> None:
    need = ListingDraft("Kitchen walls to paint", kind="request")
    made = await coop.write(listings.create, need, by=None, publish=True)
    offer = ListingDraft("Painting walls in any kitchen")
    offered = await coop.write(listings.create, offer, by=None, publish=True)
    assert offer.title in (await passer.get(f"/listings/{made.id}")).text
    assert need.title in (await passer.get(f"/listings/{offered.id}")).text


async def test_two_people_who_change_the_same_listing_are_told(rosa: Visitor) -> None:
    made = await rosa.post("/listings/new", listing(then="publish"))
    path = made.page
    version = (await rosa.get(f"{path}/edit")).holds("version")
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
    path = made.page
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


async def test_what_was_put_right_in_a_file_is_told(femi: Visitor) -> None:
    page = (await bring_in(femi, "title,lat,lon\nOven clean,95,7\n", look="dry")).text
    assert "95.0, 7.0 is no place on earth." in page
    assert "Rows taken, with something put right or left out" in page
    page = (await bring_in(femi, "title\nOven clean\n", look="dry")).text
    assert "put right or left out" not in page


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


async def test_a_listing_that_says_no_language_is_given_none_by_its_form(
    coop: Coop, femi: Visitor
) -> None:
    kept = await coop.write(listings.create, ListingDraft("Sourdough"), by=None, publish=True)
    page = (await femi.get(f"/listings/{kept.id}/edit")).text
    choices = page.partition('name="language">')[2].partition("</select>")[0]
    assert re.findall("<option selected[^<]*", choices) == ['<option selected value="">not said']
    await femi.post(f"/listings/{kept.id}/edit", listing(title="Rye", language=""))
    changed = await coop.read(listings.listing, kept.id)
    assert (changed.title, changed.language) == ("Rye", "")
