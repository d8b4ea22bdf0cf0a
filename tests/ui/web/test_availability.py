"""Saying when something can be had, on pages and by API, and what others see of it."""

import re
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import FormData
from msgspec.structs import replace

from federation.errors import FederationError
from node import accounts, limits, listings
from node.listings import Kind
from tests.node.calendars.test_calendars import calendar
from tests.stories.market import offer
from tests.support.clock import FixedClock
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import Visitor, add_account, signed_in

WEEK = {"way": "slots", "zone": "Europe/London", "mon": "09:00–12:00, 14-18", "slot": "60"}
REST = {"before": "0", "after": "0", "lead": "0", "ahead_days": "90", "capacity": "1"}
GUEST = {"name": "Nora Quiet", "contact": "0161 555 0101"}
FORM = {**WEEK, **REST, "least": "1", "most": "1", "then": "say"}


@pytest.fixture
async def admin(coop: Coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "ada", "admin") as visitor:
        yield visitor


async def test_what_is_said_on_the_page_is_seen_by_everybody(
    coop: Coop, admin: Visitor, passer: Visitor
) -> None:
    listing = await offer(coop, "Home clean")
    before = await passer.get(f"/listings/{listing.id}")
    assert "Next free times" not in before.text
    page = await admin.get(f"/listings/{listing.id}/availability")
    assert page.status == 200
    saved = await admin.post(f"/listings/{listing.id}/availability", FORM)
    assert saved.status == 303, saved.text
    seen = await passer.get(f"/listings/{listing.id}")
    assert "Next free times" in seen.text
    assert '<time class="chip" datetime="2027-01-11T09:00:00+00:00">09:00–10:00<' in seen.text
    again = await admin.get(f"/listings/{listing.id}/availability")
    assert "09:00–12:00, 14:00–18:00" in again.text


async def test_one_chooses_how_long_it_takes_of_hours_that_come_every_second_week(
    coop: Coop, admin: Visitor, passer: Visitor
) -> None:
    price = {"price_amount": Decimal(40), "currency": "GBP", "unit": "hour"}
    listing = await offer(coop, "Massage", **price)
    path = f"/listings/{listing.id}"
    shift = "2027-01-11 14:00–15:30 /2"
    form = {**FORM, "mon": "", "shifts": shift, "slot": "30", "lengths": "90, 30, 60"}
    assert (await admin.post(f"{path}/availability", form)).status == 303
    page = (await admin.get(f"{path}/availability")).text
    assert shift in page
    assert 'value="30, 60, 90"' in page

    seen = re.findall(r'<time class="chip" datetime="([^"]+)"', (await passer.get(path)).text)
    assert seen == [f"2027-01-11T{at}:00+00:00" for at in ("14:00", "14:30", "15:00")]
    for long, ends in (("", ["14:30", "15:00", "15:30"]), ("60", ["15:00", "15:30"])):
        page = (await passer.get(f"{path}/ask?long={long}")).text
        times = re.findall(r'name="time" value="[^/]+/2027-01-11T([\d:]{5})', page)
        assert times == ends
        chips = re.findall(r'class="chip( on)?" href="[^"]+long=(\d+)', page)
        assert chips == [(" on" if n == (long or "30") else "", n) for n in ("30", "60", "90")]
    wish = {"time": "2027-01-11T14:00:00+00:00/2027-01-11T15:00:00+00:00", "long": "60"}
    look = await passer.post(f"{path}/ask", {**GUEST, **wish, "do": "look"})
    assert "£40.00" in look.text
    sent = await passer.post(f"{path}/ask", {**GUEST, **wish, "do": "send"})
    assert sent.status == 303
    for start, end in (("14:30", "15:30"), ("14:00", "14:30")):
        other = f"2027-01-11T{start}:00+00:00/2027-01-11T{end}:00+00:00"
        late = await passer.post(f"{path}/ask", {**GUEST, "time": other, "do": "send"})
        assert (late.status, "Somebody was quicker" in late.text) == (409, True)
    page = (await passer.get(f"{path}/ask")).text
    assert re.findall(r'value="2027-01-\d\dT([\d:]{5})', page) == ["15:00"]

    made = (await admin.post(f"{path}/feeds")).text
    secret = re.findall(r"/calendars/[\w-]+\.ics", made)[0]
    file = (await passer.get(secret)).text
    assert "DTSTART;TZID=Europe/London:20270111T140000" in file
    assert "RRULE:FREQ=WEEKLY;INTERVAL=2;WKST=MO" in file
    admin_program = Program(passer, await token_for(coop, "admin"))
    told = (await admin_program.get(f"{path}/availability")).body
    assert told["shifts"] == [{"first": "2027-01-11", "weeks": 2, "hours": "14:00–15:30"}]
    assert told["lengths"] == [30, 60, 90]
    again = {**told, "lengths": [60, 45], "seen": ""}
    said = await admin_program.call("PUT", f"{API}{path}/availability", again)
    assert (said.status, said.body["lengths"]) == (200, [45, 60])


async def test_how_long_before_is_said_in_days_or_hours_and_read_again_as_it_was_said(
    coop: Coop, admin: Visitor
) -> None:
    listing = await offer(coop, "Home clean")
    path = f"/listings/{listing.id}/availability"
    for number, unit, minutes in (
        ("2", "days", 2880),
        ("36", "hours", 2160),
        ("90", "minutes", 90),
    ):
        await admin.post(path, {**FORM, "lead": number, "lead_unit": unit})
        said = await coop.read(listings.availability_of, listing.id)
        assert said is not None
        assert said.lead == minutes
        page = (await admin.get(path)).text
        assert re.search(rf'name="lead"[^>]*value="{number}"', page)
        assert f'<option selected value="{unit}">' in page
    late = await admin.post(path, {**FORM, "lead": "91", "lead_unit": "days"})
    assert "At most 90 days before." in late.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"mon": "nine to five"}, "Write hours such as"),
        ({"mon": "12:00-09:00, 13:00-14:00"}, "one after the other"),
        ({"mon": "25:00-26:00"}, "Write a time such as"),
        ({"mon": ""}, "Say on which days"),
        ({"zone": "Mars"}, "Name a time zone"),
        ({"slot": "0"}, "This is a number from 5"),
        ({"slot": "long"}, "a whole number in digits"),
        ({"capacity": "99999999999999999999"}, "This is a number from 1"),
        ({"other_days": "Christmas"}, "is not a date"),
        ({"shifts": "2027-01-04 09:00-12:00"}, "every second week from then"),
        ({"shifts": "2027-01-04 09:00-12:00 /0"}, "one after the other"),
        ({"lengths": "an hour"}, "Write minutes such as"),
        ({"lengths": "30, 60", "most": "2"}, "not several in a row"),
    ],
)
async def test_what_cannot_be_read_is_told_and_nothing_lost(
    coop: Coop, admin: Visitor, fields: dict, told: str
) -> None:
    listing = await offer(coop, "Home clean")
    answer = await admin.post(f"/listings/{listing.id}/availability", {**FORM, **fields})
    assert answer.status == 422
    assert told in answer.text
    assert await coop.read(listings.availability_of, listing.id) is None


async def test_only_who_may_change_a_listing_says_when_it_can_be_had(
    coop: Coop, passer: Visitor
) -> None:
    listing = await offer(coop, "Home clean")
    path = f"/listings/{listing.id}/availability"
    assert (await passer.get(path)).status == 303
    async with signed_in(coop, "rosa", "member") as rosa:
        assert (await rosa.get(path)).status == 403
        assert (await rosa.post(path, FORM)).status == 403
        assert (await rosa.post(f"/listings/{listing.id}/feeds")).status == 403
        assert (await rosa.post(f"/listings/{listing.id}/calendars")).status == 403


async def test_a_need_has_no_times_to_tell_of(coop: Coop, admin: Visitor) -> None:
    listing = await offer(coop, "A ladder", kind=Kind.REQUEST)
    assert (await admin.get(f"/listings/{listing.id}/availability")).status == 404
    assert (await admin.post(f"/listings/{listing.id}/availability", FORM)).status == 404


@pytest.mark.parametrize("kind", [Kind.STAY, Kind.LEND, Kind.GOODS, Kind.SERVICE])
async def test_every_kind_has_a_form_that_can_be_saved_as_it_comes(
    coop: Coop, admin: Visitor, kind: Kind
) -> None:
    listing = await offer(coop, "Something", kind=kind)
    path = f"/listings/{listing.id}/availability"
    page = (await admin.get(path)).text
    form = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    form |= {"mon": "9-12"} if kind in (Kind.SERVICE, Kind.LEND) else {}
    form |= {"zone": "Europe/Rome"} if "zone" in form else {}
    form.pop("csrf", None)
    answer = await admin.post(path, form | {"then": "say", "way": ""})
    assert answer.status == 303, re.findall(r'class="err".*?</p>', answer.text)
    assert (await admin.get(f"/listings/{listing.id}")).status == 200
    gone = await admin.post(path, {"then": "nothing"})
    assert gone.status == 303
    assert await coop.read(listings.availability_of, listing.id) is None


async def test_a_calendar_comes_in_and_a_link_goes_out(
    coop: Coop, admin: Visitor, passer: Visitor
) -> None:
    listing = await offer(coop, "Home clean")
    await admin.post(f"/listings/{listing.id}/availability", FORM)
    form = FormData()
    form.add_field("name", "Rosa")
    busy = calendar("DTSTART:20270111T090000Z DURATION:PT1H")
    form.add_field("file", busy, filename="rosa.ics", content_type="text/calendar")
    answer = await admin.post(f"/listings/{listing.id}/calendars", form)
    assert answer.status == 303, answer.text
    assert "2027-01-11T09:00" not in (await passer.get(f"/listings/{listing.id}")).text
    made = await admin.post(f"/listings/{listing.id}/feeds")
    [link] = re.findall(rf"{coop.address}(/calendars/[\w-]+\.ics)", made.text)
    feed = await passer.get(link)
    assert feed.headers["Content-Type"].startswith("text/calendar")
    assert "SUMMARY:Busy" in feed.text
    [end] = re.findall(r'action="(/listings/\w+/feeds/\w+/end)"', made.text)
    assert (await admin.post(end)).status == 303
    assert (await passer.get(link)).status == 404


async def test_a_calendar_that_cannot_be_read_is_told(coop: Coop, admin: Visitor) -> None:
    listing = await offer(coop, "Home clean")
    await admin.post(f"/listings/{listing.id}/availability", FORM)
    for fields in ({"name": "Rosa", "address": "ftp://x"}, {"name": "Rosa"}, {"address": "x"}):
        answer = await admin.post(f"/listings/{listing.id}/calendars", fields)
        assert answer.status == 422
        assert 'class="err"' in answer.text


class Fetched:
    """Stands in for what another server answered."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def expect_ok(self) -> "Fetched":
        if not self.body:
            raise FederationError("It is away.", code="away")
        return self


async def test_a_calendar_that_failed_says_when_it_is_tried_next_and_is_read_by_hand(
    coop: Coop, admin: Visitor, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    listing = await offer(coop, "Home clean")
    path = f"/listings/{listing.id}/availability"
    await admin.post(path, FORM)
    there = Fetched(calendar("DTSTART:20270111T090000Z DURATION:PT1H"))

    async def get(_address: str, **_how: object) -> Fetched:
        return there

    monkeypatch.setattr(coop.node.federation.client, "get", get)
    given = {"name": "Rosa", "address": "https://rosa.example/busy.ics"}
    assert (await admin.post(f"/listings/{listing.id}/calendars", given)).status == 303
    body, there.body = there.body, b""
    clock.advance(limits.CALENDAR_AGAIN_AFTER)
    await coop.node.read_calendars()
    page = (await admin.get(path)).text
    assert "could not be read again" in page
    due = clock.now() + 2 * limits.CALENDAR_AGAIN_AFTER
    assert f'tried next <time datetime="{due.isoformat()}">' in page
    [read] = re.findall(r'action="(/listings/\w+/calendars/\w+/read)"', page)
    assert (await admin.post(read)).location == path
    there.body = body
    assert (await admin.post(read)).location == f"{path}?told=calendar-read"
    assert "could not be read again" not in (await admin.get(path)).text


async def test_a_member_has_a_calendar_of_their_own_bookings(coop: Coop, passer: Visitor) -> None:
    async with signed_in(coop, "rosa", "member") as rosa:
        made = await rosa.post("/my-calendar", {"whose": "all"})
        [link] = re.findall(rf"{coop.address}(/calendars/[\w-]+\.ics)", made.text)
        assert "whole coop" not in made.text
        assert (await passer.get(link)).status == 200
        [end] = re.findall(r'action="(/my-calendar/\w+/end)"', made.text)
        assert (await rosa.post(end)).status == 303
        assert (await passer.get(link)).status == 404


@pytest.mark.parametrize("how", ["password", "everywhere", "closed"])
async def test_a_calendar_link_ends_with_all_other_secrets_of_who_made_it(
    coop: Coop, admin: Visitor, passer: Visitor, how: str
) -> None:
    rosa = await add_account(coop, "rosa")
    listing = await offer(coop, "Home clean", by=rosa.id)
    made = [
        await coop.write(listings.make_feed, by=by, **of)
        for by, of in (
            (rosa.id, {"account_id": rosa.id}),
            (rosa.id, {"listing_id": listing.id}),
            (None, {"listing_id": listing.id}),
        )
    ]
    assert [(await passer.get(f"/calendars/{one.secret}.ics")).status for one in made] == [200] * 3
    if how == "password":
        await coop.write(accounts.set_password, rosa.id, "another hash")
    elif how == "everywhere":
        await coop.write(accounts.sign_out_everywhere, rosa.id)
    else:
        await coop.write(accounts.disable, rosa.id, by="x")
    answers = [(await passer.get(f"/calendars/{one.secret}.ics")).status for one in made]
    assert answers == [404, 404, 200]


async def test_the_whole_coops_calendar_is_read_as_long_as_its_maker_is_an_admin(
    coop: Coop, admin: Visitor, passer: Visitor
) -> None:
    rosa = await add_account(coop, "rosa", "admin")
    made = await coop.write(listings.make_feed, by=rosa.id)
    link = f"/calendars/{made.secret}.ics"
    assert (await passer.get(link)).status == 200
    await coop.write(accounts.set_roles, rosa.id, {accounts.Role.MEMBER}, by="x")
    assert (await passer.get(link)).status == 404


@pytest.fixture
async def program(coop: Coop, passer: Visitor) -> Program:
    return Program(passer, await token_for(coop, "admin"))


async def test_a_program_says_and_reads_when_something_can_be_had(coop: Coop, program: Any) -> None:
    listing = await offer(coop, "Home clean")
    path = f"/listings/{listing.id}"
    said = {
        "way": "slots",
        "zone": "Europe/London",
        "weekly": {"wed": "09:00-10:00, 23:00-01:00"},
        "other_days": {"2027-01-13": ""},
    }
    assert (await program.get(f"{path}/availability")).status == 404
    put = await program.call("PUT", f"{API}{path}/availability", said)
    assert put.status == 200
    read = (await program.get(f"{path}/availability")).body
    assert read == put.body
    assert read["weekly"] == {"wed": "09:00–10:00, 23:00–01:00"}
    assert (await program.call("PUT", f"{API}{path}/availability", read)).body == read
    free = await program.get(f"{path}/free?from=2027-01-06&to=2027-01-14")
    assert [one["start"] for one in free.body["items"]] == [
        "2027-01-06T09:00:00Z",
        "2027-01-06T23:00:00Z",
        "2027-01-07T00:00:00Z",
    ]
    assert (await program.call("DELETE", f"{API}{path}/availability")).status == 204


@pytest.mark.parametrize(
    "query", ["", "from=2027-01-06", "from=x&to=y", "from=2027-01-06&to=2029-01-06",
              "from=2027-01-06&to=2027-01-05", "from=0001-01-01&to=0001-01-02",
              "from=9999-12-30&to=9999-12-31"],
)  # fmt: skip
async def test_days_that_cannot_be_are_told(coop: Coop, program: Any, query: str) -> None:
    listing = await offer(coop, "Home clean")
    answer = await program.get(f"/listings/{listing.id}/free?{query}")
    assert answer.status == 422


@pytest.mark.parametrize(
    "said",
    [
        {"way": "slots"},
        {"way": "nights"},
        {"way": "slots", "weekly": {"mon": "early"}},
        {"way": "slots", "weekly": {"monday": "09:00-10:00"}},
        {"way": "slots", "weekly": {"mon": "09:00-10:00"}, "zone": "x"},
        {"way": "slots", "weekly": {"mon": "09:00-10:00"}, "slot": 10**9},
        {"way": "slots", "weekly": {"mon": "09:00-10:00"}, "ref": "x"},
    ],
)
async def test_what_cannot_be_said_is_told_to_programs(
    coop: Coop, program: Any, said: dict
) -> None:
    listing = await offer(coop, "Home clean")
    answer = await program.call("PUT", f"{API}/listings/{listing.id}/availability", said)
    assert answer.status == 422
    assert answer.body["errors"]


async def test_a_piece_that_was_ordered_meanwhile_is_not_there_again(
    coop: Coop, admin: Visitor
) -> None:
    loaves = await offer(coop, "Loaves", kind=Kind.GOODS)
    path = f"/listings/{loaves.id}/availability"
    await admin.post(path, {"way": "stock", "stock": "5", "then": "say"})
    begun = seen_in((await admin.get(path)).text)
    said = await coop.read(listings.availability_of, loaves.id)
    ordered = replace(said, stock=4)
    await coop.write(listings.set_availability, loaves.id, ordered, by=None)
    late = await admin.post(path, {"way": "stock", "stock": "6", "then": "say", "seen": begun})
    assert late.status == 409
    assert "There are 4 now" in late.text
    assert 'value="6"' in late.text
    assert await coop.read(listings.availability_of, loaves.id) == ordered
    again = {"way": "stock", "stock": "6", "then": "say", "seen": seen_in(late.text)}
    assert (await admin.post(path, again)).status == 303
    assert (await coop.read(listings.availability_of, loaves.id)).stock == 6


async def test_a_program_that_says_what_it_saw_overwrites_nothing(
    coop: Coop, program: Program
) -> None:
    loaves = await offer(coop, "Loaves", kind=Kind.GOODS)
    path = f"{API}/listings/{loaves.id}/availability"
    first = await program.call("PUT", path, {"way": "stock", "stock": 5})
    seen = {"way": "stock", "stock": 6, "seen": first.body["seen"]}
    assert (await program.call("PUT", path, seen)).status == 200
    late = await program.call("PUT", path, seen)
    assert (late.status, late.body["code"]) == (409, "availability-changed")


def seen_in(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]
