"""The pages as a browser asks for them: who may see what, and what happens to a form."""

import re
from datetime import timedelta

import pytest

from node import listings
from node.listings import ListingDraft
from tests.support.clock import FixedClock
from tests.support.town import Coop
from tests.ui.web.visitor import (
    BY_HAND,
    PASSWORD,
    Answer,
    Visitor,
    add_account,
    alert,
    link_for,
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
    right = await passer.sign_in("rosa")
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
    passer: Visitor, femi: Visitor
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
        await phone.enter(account)
        await passer.enter(account)
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
    assert re.findall(r"(\w+) page</button>", page) == ["Light"]


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


async def test_an_address_that_is_none_is_told_beside_the_field(femi: Visitor) -> None:
    for address in ("", "not an address", "http://127.0.0.1/", "ftp://loaf.example"):
        answer = await femi.post("/peers", {"address": address})
        assert answer.status == 422
        assert 'class="err"' in answer.text


async def test_a_device_that_is_used_stays_signed_in(rosa: Visitor, clock: FixedClock) -> None:
    for _week in range(8):
        clock.advance(timedelta(days=7))
        assert (await rosa.get("/account")).status == 200


@pytest.mark.parametrize(
    ("came_from", "leads_back"),
    [
        ("{home}/mine?page=2", True),
        ("{home}/", False),  # there is a way there already
        ("{home}/listings/nothing", False),  # this very page
        ("{home}.evil.example/mine", False),
        ("https://evil.example/", False),
        ("", False),
    ],
)
async def test_what_cannot_be_done_leads_back_to_where_one_was(
    rosa: Visitor, came_from: str, leads_back: bool
) -> None:
    came = came_from.format(home=rosa.coop.node.config.address)
    answer = await rosa.get("/listings/nothing", Referer=came)
    assert answer.status == 404
    assert (f'href="{came}">Back</a>' in answer.text) is leads_back
    assert (">Back</a>" in answer.text) is leads_back
