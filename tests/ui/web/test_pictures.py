"""Pictures of listings: sent, described, seen by neighbours; and what nobody gets to see."""

import base64
import csv
import hashlib
import io
import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from node import accounts, listings
from node.listings import Visibility, draft_of, mirrors
from tests.stories.market import change, offer, step
from tests.support.photos import photo
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import Visitor, signed_in, stranger
from ui.web.reading import LARGEST_FORM

FORM = {"kind": "goods", "title": "Sourdough", "visibility": "public", "currency": "EUR"}
AS2 = "application/activity+json"


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    return await found_town(2)


@pytest.fixture
def coop(town: Town) -> Coop:
    return town.coops[0]


@pytest.fixture
async def rosa(coop: Coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "rosa", "member") as visitor:
        yield visitor


def form(*photos: bytes, then: str, **fields: Any) -> FormData:
    data = FormData()
    for name, value in (FORM | fields | {"then": then}).items():
        for one in value if isinstance(value, list) else [value]:
            data.add_field(name, one)
    for content in photos:
        data.add_field("pictures", content, filename="loaf.jpg", content_type="image/jpeg")
    return data


async def picture(visitor: Visitor, path: str, **headers: str) -> tuple[int, dict, bytes]:
    port = visitor.coop.address.rpartition(":")[2]
    sent = {"Host": visitor.coop.node.config.authority, **headers}
    sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in visitor.cookies.items())
    at = f"http://127.0.0.1:{port}{path}"
    async with visitor.session.get(at, headers=sent, allow_redirects=False) as answer:
        return answer.status, dict(answer.headers), await answer.read()


async def with_picture(
    coop: Coop, title: str = "Sourdough", visibility: Visibility = Visibility.PUBLIC
) -> listings.ListingView:
    digest = await coop.node.pictures.take(photo(), by=None)
    shown = listings.Picture(digest, "A loaf on a board", 400, 300)
    return await offer(coop, title, visibility, pictures=(shown,))


def digests(page: str) -> list[str]:
    return re.findall(r'name="picture" value="(\w{64})"', page)


async def test_pictures_are_sent_first_and_described_next_and_nothing_typed_is_lost(
    rosa: Visitor, passer: Visitor
) -> None:
    sent = await rosa.post("/listings/new", form(photo(), photo(50, 60), then="pictures"))
    assert sent.status == 200
    assert 'value="Sourdough"' in sent.text
    first, second = digests(sent.text)
    assert (await picture(rosa, f"/media/new/{first}-320.webp"))[0] == 200
    assert (await picture(passer, f"/media/new/{first}-320.webp"))[0] != 200

    kept = {"picture": [first, second], f"alt-{first}": "A loaf", "first": second}
    bare = await rosa.post("/listings/new", form(then="publish", **kept))
    assert bare.status == 422
    assert "for people who cannot see it" in bare.text
    assert digests(bare.text) == [second, first]

    done = await rosa.post(
        "/listings/new", form(then="publish", **kept, **{f"alt-{second}": "Its crust"})
    )
    assert done.status == 303, done.text
    page = await passer.get(done.page)
    assert re.findall(r'<img src="/media/listings/\w+/(\w+)-800.webp"', page.text) == [
        second,
        first,
    ]
    assert 'alt="Its crust"' in page.text
    found = await passer.get("/search?q=sourdough")
    assert f'{second}-320.webp" alt="Its crust" lang="en" width="320" height="240"' in found.text

    edit = done.page + "/edit"
    left = form(then="save", **kept, **{f"alt-{second}": "Its crust"}, drop=first, version="1")
    assert (await rosa.post(edit, left)).status == 303
    assert digests((await rosa.get(edit)).text) == [second]
    saving, here = {"Save-Data": "on"}, done.page
    for path, asked in (("/search", here.rpartition("/")[2]), (here, "pictures")):
        spared = (await passer.get(path, **saving)).text.partition("<body")[2]
        assert "/media/" not in spared
        [link] = re.findall(rf'href="({path}\?show={asked})[#"][^(]+\(\d+ KB\)', spared)
        assert "/media/" in (await passer.get(link, **saving)).text


async def test_of_two_who_change_a_listing_neither_loses_a_word(coop: Coop, rosa: Visitor) -> None:
    listing = await offer(coop, "Sourdough", by=await account_of(coop, "rosa"), body="Rye.")
    edit = f"/listings/{listing.id}/edit"
    page = (await rosa.get(edit)).text
    was = re.findall(r'name="was" value="([^"]+)"', page)[0]
    mine = {"version": "1", "was": was, "body": "Rye, baked on Fridays."}
    await change(coop, listing, body="Wheat.", category="bread")

    told = await rosa.post(edit, form(then="save", **mine))
    assert told.status == 409
    assert "Rye, baked on Fridays." in told.text
    assert "Wheat." in told.text
    assert 'name="keep-body"' in told.text
    assert 'name="keep-category"' not in told.text
    assert 'name="category" type="text" value="bread"' in told.text
    now = await coop.read(listings.listing, listing.id)
    assert (now.body, now.version) == ("Wheat.", 2)

    settled = mine | {"version": "2", "category": "bread", "summary": "Dark.", "keep-body": "now"}
    assert (await rosa.post(edit, form(then="save", **settled))).status == 303
    now = await coop.read(listings.listing, listing.id)
    assert (now.body, now.category, now.summary) == ("Wheat.", "bread", "Dark.")


async def test_pictures_that_only_they_added_stay_when_mine_is_saved(
    coop: Coop, rosa: Visitor
) -> None:
    listing = await offer(coop, "Sourdough", by=await account_of(coop, "rosa"), body="Rye.")
    edit = f"/listings/{listing.id}/edit"
    was = re.findall(r'name="was" value="([^"]+)"', (await rosa.get(edit)).text)[0]
    digest = await coop.node.pictures.take(photo(), by=None)
    await change(coop, listing, pictures=(listings.Picture(digest, "A loaf", 400, 300),))

    mine = {"version": "1", "was": was, "body": "Rye, baked on Fridays."}
    told = await rosa.post(edit, form(then="save", **mine))
    assert told.status == 409
    assert digests(told.text) == [digest]
    assert 'name="keep-pictures"' not in told.text
    settled = mine | {"version": "2", "picture": digest, f"alt-{digest}": "A loaf"}
    assert (await rosa.post(edit, form(then="save", **settled))).status == 303
    now = await coop.read(listings.listing, listing.id)
    assert (now.body, [one.digest for one in now.pictures]) == (mine["body"], [digest])


async def test_a_file_in_place_of_words_counts_as_words_left_out(rosa: Visitor) -> None:
    data = form(then="publish")
    for name in ("summary", "category"):
        data.add_field(name, photo(), filename="loaf.jpg", content_type="image/jpeg")
    assert (await rosa.post("/listings/new", data)).status == 303
    data = FormData({name: value for name, value in FORM.items() if name != "title"})
    data.add_field("title", photo(), filename="loaf.jpg", content_type="image/jpeg")
    answer = await rosa.post("/listings/new", data)
    assert answer.status == 422
    assert "Say in a few words what you offer or need." in answer.text


async def test_too_much_at_once_is_told_with_what_to_do(
    rosa: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.web.reading.LARGEST_LISTING_FORM", LARGEST_FORM + 1000)
    for size in (LARGEST_FORM, LARGEST_FORM + 1000):
        answer = await rosa.post("/listings/new", form(b"x" * size, then="publish"))
        assert (answer.status, "send fewer of them at a time" in answer.text) == (
            (422, False) if size == LARGEST_FORM else (413, True)
        )


async def test_what_is_no_picture_is_told_by_its_name_and_the_form_stays(rosa: Visitor) -> None:
    answer = await rosa.post("/listings/new", form(b"<svg/>", then="publish"))
    assert answer.status == 422
    assert "loaf.jpg: This is no picture" in answer.text
    assert 'value="Sourdough"' in answer.text


async def test_a_picture_is_never_a_document_and_never_a_page(coop: Coop, passer: Visitor) -> None:
    listing = await with_picture(coop)
    path = listing.shown[0].at(1600)
    status, headers, content = await picture(passer, path, Accept=AS2)
    assert (status, headers["Content-Type"]) == (200, "image/webp")
    assert headers["Content-Disposition"] == "attachment"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert hashlib.sha256(content).hexdigest() == listing.pictures[0].digest
    for wrong in ("-1600.json", "-1600", "-999.webp", "/../x-320.webp"):
        assert (await picture(passer, path.replace("-1600.webp", wrong)))[0] == 404


async def test_a_file_that_goes_just_now_is_missing_for_nobody_later(
    coop: Coop, passer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = await with_picture(coop)
    path = listing.shown[0].at(320)
    file = await coop.node.pictures.file(listing.pictures[0].digest, 320)

    async def was_there(_digest: str, _size: int) -> Path:
        return file.with_name("gone")

    with monkeypatch.context() as patched:
        patched.setattr(coop.node.pictures, "file", was_there)
        status, headers, _content = await picture(passer, path)
    assert (status, headers["Cache-Control"]) == (404, "no-store")
    assert (await picture(passer, path))[0] == 200


async def test_what_the_desk_hides_of_a_neighbour_it_alone_still_sees(
    town: Town, coop: Coop
) -> None:
    neighbour = town.coops[1]
    await town.introduce(neighbour, coop)
    await with_picture(coop)
    await town.settle()
    [hit] = (await found(neighbour)).hits
    mirror, path = f"/mirrors/{hit.id}", hit.picture.at(320)
    await neighbour.write(lambda uow: mirrors.withhold(uow, hit.id, hidden=True))
    async with stranger(neighbour) as reader, signed_in(neighbour, "ada", "admin") as ada:
        assert (await reader.get(mirror)).status == 404
        assert (await picture(reader, path))[0] == 404
        page = await ada.get(mirror)
        assert (page.status, path.replace("-320", "-800") in page.text) == (200, True)
        assert f"{mirror}/ask" not in page.text
        assert (await ada.get(f"{mirror}/ask")).status == 409
        status, headers, _content = await picture(ada, path)
        assert (status, headers["Cache-Control"][:7]) == (200, "private")


async def test_who_may_not_see_a_listing_does_not_see_its_pictures(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    listing = await with_picture(coop, visibility=Visibility.MEMBER)
    path = listing.shown[0].at(320)
    assert (await picture(passer, path))[0] == 404
    status, headers, _content = await picture(rosa, path)
    assert (status, headers["Cache-Control"][:7]) == (200, "private")
    await step(coop, listing, "retire")
    assert (await picture(rosa, path))[0] == 404


async def test_a_neighbours_pictures_come_through_our_node_once_and_go_with_the_listing(
    town: Town, coop: Coop
) -> None:
    neighbour = town.coops[1]
    await town.introduce(neighbour, coop)
    listing = await with_picture(coop)
    await town.settle()
    [hit] = (await found(neighbour)).hits
    mirror = await neighbour.read(listings.mirror, hit.id)
    assert [(one.alt, one.digest) for one in mirror.pictures] == [
        ("A loaf on a board", listing.pictures[0].digest)
    ]
    async with stranger(neighbour) as reader:
        page = await reader.get(hit.url)
        assert coop.node.config.authority not in "".join(re.findall("<img[^>]*>", page.text))
        path = hit.picture.at(320)
        assert path in (await reader.get("/search")).text
        assert (await picture(reader, path))[0] == 200
        await coop.go_away()
        assert (await picture(reader, hit.picture.at(800)))[0] == 200
        await coop.come_back()
        folder = neighbour.node.config.cache / "pictures"
        assert len(list(folder.glob("*/*/*.webp"))) == 3
        await step(coop, listing, "retire")
        await town.settle()
        assert (await picture(reader, path))[0] == 404
    await neighbour.node.run_due()
    assert list(folder.iterdir()) == []


async def test_another_picture_than_the_coop_signed_is_not_shown(town: Town, coop: Coop) -> None:
    neighbour = town.coops[1]
    await town.introduce(neighbour, coop)
    listing = await with_picture(coop)
    await town.settle()
    own = await coop.node.pictures.file(listing.pictures[0].digest, 1600)
    own.write_bytes(photo(colour="red"))
    [hit] = (await found(neighbour)).hits
    async with stranger(neighbour) as reader:
        assert (await picture(reader, hit.picture.at(320)))[0] == 404


async def test_what_nobody_uses_goes_after_a_day(town: Town, coop: Coop) -> None:
    kept = await with_picture(coop)
    unused = await coop.node.pictures.take(photo(colour="red"), by=None)
    await coop.node.run_due()
    assert await coop.node.pictures.file(unused, 320)
    town.clock.advance(timedelta(days=1, minutes=1))
    await coop.node.run_due()
    assert await coop.node.pictures.file(unused, 320) is None
    assert await coop.node.pictures.file(kept.pictures[0].digest, 320)


async def test_a_program_adds_a_picture_and_describes_it_anew(coop: Coop, passer: Visitor) -> None:
    program = Program(passer, await token_for(coop, "admin"))
    listing = await offer(coop, "Sourdough")
    path = f"{API}/listings/{listing.id}"
    body = {"content": base64.b64encode(photo(1700, 10)).decode(), "alt": "A baguette"}
    made = await program.call("POST", f"{path}/pictures", body)
    assert made.status == 201, made.body
    [shown] = made.body["pictures"]
    assert (shown["alt"], shown["width"], shown["height"]) == ("A baguette", 1600, 9)
    told = {"pictures": [{"digest": shown["digest"], "alt": "A long baguette"}]}
    again = await program.call("PATCH", path, told)
    assert again.body["pictures"][0]["alt"] == "A long baguette"
    other = {"pictures": [{"digest": "0" * 64, "alt": "x"}]}
    assert (await program.call("PATCH", path, other)).status == 422
    bad = await program.call("POST", f"{path}/pictures", {"content": "AAAA", "alt": "x"})
    assert bad.status == 422, bad.body
    [item] = (await program.get("/listings")).body["items"]
    assert item["picture"]["alt"] == "A long baguette"


async def test_pictures_come_in_again_with_an_export_where_their_files_are(
    town: Town, coop: Coop
) -> None:
    listing = await with_picture(coop)
    table = await coop.read(listings.export_csv)
    [row] = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))
    assert f"{coop.address}/media/listings/{listing.id}/" in row["pictures"]
    await change(coop, listing, pictures=())
    report = await listings.import_rows(coop.node, listings.read_rows(table, "a.csv"), by=None)
    assert (report.updated, report.notes) == (1, [])
    now = await coop.read(listings.listing, listing.id)
    assert draft_of(now) == draft_of(listing)
    there = town.coops[1].node
    report = await listings.import_rows(there, listings.read_rows(table, "a.csv"), by=None)
    assert (report.created, [one.column for one in report.notes]) == (1, ["pictures"])


async def found(coop: Coop) -> listings.SearchPage:
    query = listings.SearchQuery(origin="remote")
    now = coop.node.clock.now()
    page: listings.SearchPage = await coop.read(listings.search, query, listings.ANYBODY, now)
    return page


async def account_of(coop: Coop, handle: str) -> str:
    return (await coop.read(accounts.by_handle, handle)).id
