"""What strangers and stolen tokens try at the pages: told apart, told why, and never a 5xx."""

import base64
import json
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from aiohttp import FormData
from yarl import URL

from node import accounts, listings
from node.listings import ListingDraft
from tests.ui.web.visitor import FROM_OURS, PASSWORD, Visitor, signed_in, stranger

FORM = {"Content-Type": "application/x-www-form-urlencoded", **FROM_OURS}
DEEP = base64.urlsafe_b64encode(b"[" * 6000).decode()
BOUNDARY = {"Content-Type": "multipart/form-data; boundary=here", **FROM_OURS}


@pytest.fixture
async def passer(coop) -> AsyncGenerator[Visitor]:
    async with stranger(coop) as visitor:
        yield visitor


@pytest.fixture
async def rosa(coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "rosa", "admin") as visitor:
        yield visitor


async def bearer(coop, visitor, scope):
    """A token of a narrow scope that belongs to whoever is signed in."""

    async def make(uow):
        account = await accounts.by_handle(uow, "rosa")
        return await accounts.create_token(uow, account.id, label="till", scopes=frozenset({scope}))

    return {"Authorization": f"Bearer {(await coop.write(make)).secret}"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/account"),
        ("GET", "/mine"),
        ("GET", "/members"),
        ("GET", "/exchange/listings.csv"),
        ("POST", "/account/tokens"),
        ("POST", "/account/password"),
        ("POST", "/account/data"),
        ("POST", "/account/leave"),
        ("POST", "/settings"),
        ("POST", "/listings/new"),
        ("POST", "/members/invite"),
    ],
)
@pytest.mark.parametrize("scope", ["read", "admin"])
async def test_a_token_opens_no_page(coop, rosa, passer, method, path, scope):
    token = await bearer(coop, rosa, scope)
    answer = await passer.ask(method, path, data=None, headers=token | FORM)
    assert answer.status == 303
    assert answer.location.startswith("/sign-in")


async def test_a_token_does_not_stand_in_for_the_form_check(coop, rosa, passer):
    token = await bearer(coop, rosa, "admin")
    foreign = {"Sec-Fetch-Site": "cross-site", "Content-Type": FORM["Content-Type"]}
    answer = await passer.ask("POST", "/theme", data="theme=dark", headers=token | foreign)
    assert answer.status == 403


@pytest.mark.parametrize(
    "path",
    [
        f"/coop/catalogue?since={DEEP}",
        "/search?kind=%00",
        "/search?lang=%00",
        "/search?q=%00",
        "/search?%00=x",
        "/api/v1/listings?lang=%00",
        "/listings/%00",
        "/static/" + 300 * "a",
        "/static/..%2Fapp.py",
    ],
)
async def test_an_address_that_nothing_here_has_is_refused(passer, path):
    answer = await passer.ask("GET", URL(path, encoded=True).raw_path_qs)
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("where", ["Authorization", "Cookie"])
@pytest.mark.parametrize("path", ["/", "/api/v1/listings"])
async def test_a_secret_of_bytes_that_are_no_text_is_just_unknown(coop, passer, where, path):
    half = b"\xed\xa0\x80".decode("utf-8", "surrogateescape")
    name = f"rochdale-session-{coop.node.config.port}"
    value = f"Bearer rd_{half}" if where == "Authorization" else f"{name}={half}"
    answer = await passer.ask("GET", path, headers={where: value})
    assert answer.status in (200, 401)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/x-www-form-urlencoded; charset=bogus"}, b"handle=a"),
        ({"Content-Type": "application/x-www-form-urlencoded; charset=hex"}, b"handle=a"),
        ({"Content-Type": "application/x-www-form-urlencoded; charset=utf-16"}, b"handle=a"),
        ({"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"}, b"handle=+AAA-"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"handle=%00&password=x"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"handle=\xff&password=x"),
        ({"Content-Type": "multipart/form-data"}, b"handle=a"),
        (BOUNDARY, b"--elsewhere\r\n\r\n--elsewhere--"),
        (BOUNDARY, b"--here\r\n\r\nnameless\r\n--here--\r\n"),
        (BOUNDARY, b"--here\r\nbad header\r\n\r\nx\r\n--here--\r\n"),
        (BOUNDARY, b'--here\r\nContent-Disposition: form-data; name="handle"\r\n\r\n'),
        (
            BOUNDARY,
            b'--here\r\nContent-Disposition: form-data; name="handle"\r\n'
            b"Content-Type: multipart/mixed; boundary=in\r\n\r\n--in--\r\n--here--\r\n",
        ),
        (
            BOUNDARY,
            b'--here\r\nContent-Disposition: form-data; name="handle"\r\n'
            b"Content-Transfer-Encoding: x-unheard-of\r\n\r\nx\r\n--here--\r\n",
        ),
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Content-Type": "text/plain"}, b"handle=a"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_in_words(passer, headers, body):
    answer = await passer.ask("POST", "/sign-in", data=body, headers=FROM_OURS | headers)
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("given", ["csrf=%C3%A9", "csrf=", "nothing=1", "csrf=%ED%A0%80"])
async def test_a_form_without_our_mark_is_refused(passer, given):
    form_type = {"Content-Type": FORM["Content-Type"]}
    answer = await passer.ask("POST", "/theme", data=given.encode(), headers=form_type)
    assert answer.status in (400, 403)


async def test_nobody_can_send_more_than_a_form_holds(passer):
    answer = await passer.ask("POST", "/theme", data=b"a=" + 300_000 * b"a", headers=FORM)
    assert answer.status == 413

    async def endless():
        for _piece in range(40):
            yield 10_000 * b"a"

    unsized = await passer.ask("POST", "/theme", data=endless(), headers=FORM)
    assert unsized.status == 413


@pytest.mark.parametrize("path", ["/listings/new", "/peers", "/settings", "/account/tokens"])
async def test_a_file_in_place_of_a_text_counts_as_left_empty(rosa, path):
    form = FormData()
    for name in ("title", "kind", "address", "name", "summary", "label"):
        form.add_field(name, b"x", filename="x.txt")
    answer = await rosa.post(path, form)
    assert answer.status == 422


@pytest.mark.parametrize("amount", ["1e999999999", "-1e999999999", "1e-999999999", "9" * 400])
async def test_a_price_that_no_money_has_is_refused(rosa, amount):
    form = {"title": "Bread", "kind": "goods", "price_amount": amount, "currency": "GBP"}
    answer = await rosa.post("/listings/new", form | {"visibility": "public", "then": "publish"})
    assert answer.status == 422


@pytest.mark.parametrize("version", ["²", "9" * 5000, "-1", "x"])
async def test_a_version_that_no_form_of_ours_says_is_an_old_one(coop, rosa, version):
    draft = ListingDraft(kind="goods", title="Bread")

    async def make(uow):
        account = await accounts.by_handle(uow, "rosa")
        return await listings.create(uow, draft, by=account.id, publish=True)

    listing = await coop.write(make)
    form = {"title": "Cake", "kind": "goods", "visibility": "public", "version": version}
    answer = await rosa.post(f"/listings/{listing.id}/edit", form)
    assert answer.status == 409


async def test_half_a_character_in_an_imported_row_is_told_with_its_row(rosa):
    feature = {"type": "Feature", "properties": {"title": "\ud800"}, "geometry": None}
    whole = {"type": "Feature", "properties": {"title": "Bread"}, "geometry": None}
    content = json.dumps({"type": "FeatureCollection", "features": [feature, whole]})
    form = FormData({"kind": "service", "look": "publish"})
    form.add_field("file", content.encode(), filename="town.geojson")
    answer = await rosa.post("/exchange", form)
    assert answer.status == 200
    assert "Half of a character" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/deliveries/nothing-here/retry", None, 404),
        ("DELETE", "/deliveries/nothing-here", None, 404),
        ("POST", "/peers", {"address": "@@"}, 404),
        ("POST", "/peers", {"address": "javascript:alert(1)"}, 404),
        (
            "POST",
            "/listings",
            {"title": "x", "kind": "goods", "price": {"amount": "1e999999999", "currency": "GBP"}},
            422,
        ),
    ],
)
async def test_a_slip_in_an_api_call_is_not_the_other_coops_fault(
    coop, rosa, passer, method, path, body, status
):
    headers = await bearer(coop, rosa, "admin")
    answer = await passer.ask(method, f"/api/v1{path}", json=body, headers=headers)
    assert answer.status == status


async def give_password(coop):
    """Rosa has one from now on, and stays signed in."""
    rosa = await coop.read(accounts.by_handle, "rosa")
    [session, *_others] = await coop.read(accounts.sessions, rosa.id)
    digest = await accounts.hashed(PASSWORD)
    await coop.write(accounts.set_password, rosa.id, digest, keep_session=session.id)


async def test_a_phone_found_signed_in_does_not_give_the_account_away(coop, clock, rosa):
    await give_password(coop)
    clock.advance(timedelta(hours=1))
    new = "another three teapots"
    without = await rosa.post("/account/password", {"password": new})
    wrong = await rosa.post("/account/password", {"password": new, "present": "a guess at it"})
    assert (without.status, wrong.status) == (422, 422)
    assert "That is not your present password." in wrong.text
    right = await rosa.post("/account/password", {"password": new, "present": PASSWORD})
    assert right.status == 303


async def test_who_just_came_in_by_a_link_can_set_a_password_they_forgot(coop, rosa):
    await give_password(coop)
    answer = await rosa.post("/account/password", {"password": "another three teapots"})
    assert answer.status == 303
