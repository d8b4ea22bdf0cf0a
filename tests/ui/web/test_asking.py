"""Asking, by the pages: seen before it is sent, by members and by guests."""

from decimal import Decimal

import pytest

from node import limits, listings
from node.listings import Availability, Hours, PriceView, Way, Weekly
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.booking import GUEST, SLOT, booked, by_the_hour
from tests.ui.web.visitor import signed_in, stranger


async def test_a_preview_shows_all_that_the_page_will(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    said = {
        "kind": "service",
        "title": "Home clean",
        "visibility": "public",
        "category": "Cleaning",
        "place": "Leeds, GB",
        "price_amount": "18",
        "currency": "GBP",
        "taxes": "VAT 20",
        "deposit": "5",
        "then": "preview",
    }
    async with signed_in(coop, "sam", "admin") as sam:
        old = await sam.post(f"/listings/{listing.id}/edit", said)
        new = await sam.post("/listings/new", said)
    shown, first = (
        page.text.partition('id="pv"')[2].partition('name="kind"')[0] for page in (old, new)
    )
    for word in ("Service", "Cleaning", "<bdi>Leeds, GB</bdi>", "Tax on top", "Deposit"):
        assert word in shown
        assert word in first
    assert ("Next free times" in shown, "Next free times" in first) == (True, False)


async def test_who_comes_second_is_told_at_the_times(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    async with signed_in(coop, "maya") as maya, signed_in(coop, "lena") as lena:
        await booked(maya, f"/listings/{listing.id}/ask")
        late = await lena.post(f"/listings/{listing.id}/ask", {"do": "send", "time": SLOT})
        assert late.status == 409
        assert 'id="time"' in late.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Choose one of the free times"),
        ({"time": "yesterday"}, "Choose one of the free times"),
        ({"time": SLOT, "price": "99"}, "Between £"),
        ({"time": SLOT, "price": "NaN"}, "Write a price as a number"),
    ],
)
async def test_what_cannot_be_asked_is_told_beside_its_field(
    coop: Coop, fields: dict[str, str], told: str
) -> None:
    listing = await by_the_hour(coop, price_max=Decimal(30))
    async with signed_in(coop, "maya") as maya:
        answer = await maya.post(f"/listings/{listing.id}/ask", {"do": "look", **fields})
        assert answer.status == 422
        assert told in answer.text


@pytest.mark.parametrize(
    ("said", "days", "told"),
    [
        (
            {"kind": "stay", "unit": "night"},
            {"first": "2027-01-11", "last": "2027-01-13"},
            ("Monday 11 January, 15:00 to Wednesday 13 January, 11:00", "2 × £18.00 a night"),
        ),
        (
            {"kind": "lend", "unit": "day"},
            {"first": "2027-01-11", "last": "2027-01-12"},
            ("Monday 11 January to Tuesday 12 January", "2 × £18.00 a day"),
        ),
        (
            {"kind": "lend", "unit": "week"},
            {"first": "2027-01-11", "last": "2027-01-20"},
            ("Monday 11 January to Wednesday 20 January", "2 × £18.00 a week"),
        ),
        (
            {"kind": "lend", "unit": "month"},
            {"first": "2027-01-11", "last": "2027-02-10"},
            ("Monday 11 January to Wednesday 10 February", "1 × £18.00 a month"),
        ),
        (
            {"kind": "lend", "unit": "hour"},
            {"day": "2027-01-11", "begin": "09:00", "end": "11:00"},
            ("Monday 11 January, 09:00–11:00", "2 × £18.00 an hour"),
        ),
    ],
)
async def test_where_no_times_are_told_one_asks_from_day_to_day(
    coop: Coop, said: dict[str, str], days: dict[str, str], told: tuple[str, str]
) -> None:
    listing = await offer(coop, "The hut", price_amount=Decimal(18), currency="GBP", **said)
    path = f"/listings/{listing.id}/ask"
    async with signed_in(coop, "maya") as maya:
        form = (await maya.get(path)).text
        assert [f'name="{name}"' in form for name in ("first", "day")] == [
            "first" in days,
            "day" in days,
        ]
        look = await maya.post(path, {"do": "look", **days})
        for words in told:
            assert words in look.text
        assert (await maya.post(path, {"do": "look"})).status == 200
        half = dict(list(days.items())[:1])
        assert (await maya.post(path, {"do": "look", **half})).status == 422
        sent = await maya.post(path, {"do": "send", **days})
        assert told[0] in (await maya.get(sent.page)).text


async def test_what_is_had_by_the_day_or_by_the_hour_is_asked_for_as_its_price_says(
    coop: Coop,
) -> None:
    by_hour = PriceView(Decimal(4), currency="GBP", unit="hour")
    listing = await offer(
        coop,
        "Van",
        kind="lend",
        price_amount=Decimal(18),
        currency="GBP",
        unit="day",
        more_prices=(by_hour,),
    )
    path = f"/listings/{listing.id}/ask"
    days = {"first": "2027-01-11", "last": "2027-01-12"}
    hours = {"day": "2027-01-11", "begin": "09:00", "end": "11:00"}
    async with signed_in(coop, "maya") as maya:
        assert "2 × £18.00 a day" in (await maya.post(path, days | {"do": "look"})).text
        look = await maya.post(path, hours | {"do": "look", "option": "1"})
        assert "2 × £4.00 an hour" in look.text
        for wrong in (days | {"option": "1"}, hours):
            answer = await maya.post(path, wrong | {"do": "look"})
            assert (answer.status, "Choose a day." in answer.text) == (422, True)


async def test_each_length_has_the_price_that_is_for_it(coop: Coop) -> None:
    half, whole = Decimal("0.5"), Decimal(1)
    long = PriceView(Decimal(30), currency="GBP", unit="hour", least=whole, most=whole)
    short = {"price_amount": Decimal(40), "price_least": half, "price_most": half}
    listing = await offer(
        coop, "Massage", currency="GBP", unit="hour", more_prices=(long,), **short
    )
    hours = (Weekly(0, Hours(9 * 60, 12 * 60)),)
    said = Availability(Way.SLOTS, "UTC", hours, slot=30, lengths=(30, 60))
    await coop.write(listings.set_availability, listing.id, said, by=None)
    path = f"/listings/{listing.id}/ask"
    day = "2027-01-11T"
    async with signed_in(coop, "maya") as maya:
        for end, option, total in (("09:30", "0", "£20.00"), ("10:00", "1", "£30.00")):
            time = f"{day}09:00:00+00:00/{day}{end}:00+00:00"
            asked = {"do": "look", "time": time}
            assert total in (await maya.post(path, {**asked, "option": option})).text
            other = await maya.post(path, {**asked, "option": "1" if option == "0" else "0"})
            assert (other.status, 'id="option-err"' in other.text) == (422, True)


async def test_a_guest_books_sees_and_withdraws_by_a_link_alone(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    async with stranger(coop) as nora, signed_in(coop, "sam", "admin") as sam:
        path = f"/listings/{listing.id}/ask"
        unnamed = await nora.post(path, {"do": "look", "time": SLOT})
        assert unnamed.status == 422
        assert "Say your name" in unnamed.text
        page = await booked(nora, path, **GUEST)
        assert page.startswith("/asked/")
        seen = await nora.get(page)
        assert "Your link" in seen.text
        assert "Ring twice." in seen.text
        asked = (await sam.get("/agreements")).leads_to("/agreements/")
        assert "Ring twice." in (await sam.get(asked)).text
        assert (await nora.post(f"{page}/forget")).status == 303
        assert "Ring twice." not in (await nora.get(page)).text
        assert "Nobody owes anything" in (await nora.get(f"{page}/steps/withdraw")).text
        assert (await nora.post(f"{page}/steps", {"step": "withdraw"})).status == 303
        assert "cancelled" in (await nora.get(page)).text


async def test_a_guest_who_asks_again_and_again_is_told_to_wait(coop: Coop) -> None:
    bread = await offer(coop, "Bread", kind="goods", price_amount=Decimal(3), currency="GBP")
    path, said = f"/listings/{bread.id}/ask", {"do": "send", "quantity": "1", **GUEST}
    async with stranger(coop) as nora, signed_in(coop, "maya") as maya:
        sent = [(await nora.post(path, said)).status for _ in range(11)]
        assert sent == [303] * 10 + [429]
        assert (await maya.post(path, said)).status == 303
        coop.node.clock.advance(limits.GUEST_REQUEST_REGAINED_EVERY)
        assert (await nora.post(path, said)).status == 303


async def test_no_cache_keeps_what_a_secret_link_shows(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    async with stranger(coop) as nora:
        page = await booked(nora, f"/listings/{listing.id}/ask", **GUEST)
        wrong = "/asked/nobody", "/consent/nobody", "/t/nobody", "/in/nobody"
        for path in (page, f"{page}/receipt", f"{page}/steps/withdraw", *wrong):
            headers = (await nora.get(path)).headers
            assert headers["Cache-Control"] == "private, no-store", path
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "noindex" in headers["X-Robots-Tag"]
