"""A stay: how many guests come, and days on which it is closed."""

import re
from datetime import UTC, datetime, timedelta

from node.listings import FreeTime
from tests.support.town import Coop, Town
from tests.ui.web.booking import revises, signs
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_offers import FORM
from tests.ui.web.visitor import Answer, Visitor, signed_in
from ui.web.when import by_month, shown

ROOM = {
    "kind": "stay",
    "fields_of": "stay",
    "title": "Attic room",
    "price_amount": "20",
    "currency": "GBP",
    "unit": "guest-night",
    "guests": "4",
}
NIGHTS = {"way": "nights", "zone": "Europe/London", "check_in": "15:00", "check_out": "11:00"}
REST = {"ahead_days": "300", "least": "2", "most": "14", "then": "say"}
GUEST = {"name": "Ada", "contact": "ada@example.org", "do": "look"}
AUGUST = {"first": "2027-08-01", "last": "2027-08-15"}


async def opened(rosa: Visitor) -> str:
    path = (await rosa.post("/listings/new", FORM | ROOM | {"then": "publish"})).page
    assert (await rosa.post(f"{path}/availability", NIGHTS | REST)).status == 303
    return path


def months(page: Answer) -> list[tuple[str, str]]:
    return re.findall(r"<dt>(\w+ 2027)</dt><dd>([^<]*)</dd>", page.text)


def booking(first: str, last: str, guests: str = "3") -> dict[str, str]:
    return GUEST | {"first": first, "last": last, "guests": guests}


async def test_a_guest_says_how_many_come_and_sees_what_it_costs(
    rosa: Visitor, passer: Visitor
) -> None:
    half = await rosa.post("/listings/new", FORM | ROOM | {"guests": "2.5", "then": "publish"})
    assert (half.status, 'id="guests-err"' in half.text) == (422, True)
    path = await opened(rosa)
    assert "£20 a night for each guest" in (await passer.get(path)).text
    assert "At most 4" in (await passer.get(f"{path}/ask")).text
    for guests in ("", "5", "0", "x"):
        answer = await passer.post(f"{path}/ask", booking("2027-05-03", "2027-05-05", guests))
        assert (answer.status, 'id="guests-err"' in answer.text) == (422, True), guests
    short = booking("2027-05-03", "2027-05-04") | {"do": "send"}
    assert "At least 2 nights." in (await passer.post(f"{path}/ask", short)).text
    seen = (await passer.post(f"{path}/ask", booking("2027-05-03", "2027-05-05"))).text
    assert ("3 guests" in seen, "£120.00" in seen) == (True, True)
    sent = booking("2027-05-03", "2027-05-05") | {"do": "send"}
    page = (await passer.get((await passer.post(f"{path}/ask", sent)).page)).text
    assert ("3 guests" in page, "£120.00" in page) == (True, True)


async def test_a_night_for_each_guest_is_for_stays_alone(rosa: Visitor) -> None:
    offered = 'value="guest-night"'
    for kind in ("goods", "stay"):
        form = (await rosa.post("/listings/new", FORM | {"kind": kind, "then": "kind"})).text
        assert (offered in form) == (kind == "stay")
    box = FORM | ROOM | {"kind": "goods", "fields_of": "goods", "guests": "", "then": "publish"}
    second = {"unit": "piece", "price2_amount": "18", "price2_unit": "guest-night"}
    for said, field in (({}, "unit"), (second, "price2_unit")):
        answer = await rosa.post("/listings/new", box | said)
        assert (answer.status, f'id="{field}-err"' in answer.text) == (422, True), field
        assert "for stays alone" in answer.text


async def test_the_host_closes_days_by_one_form_and_opens_them_again(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    path = await opened(rosa)
    await passer.post(f"{path}/ask", booking("2027-08-14", "2027-08-17") | {"do": "send"})
    for wrong in (
        {"last": ""},
        {"last": "2027-07-01"},
        {"last": "2026-01-01", "first": ""},
        {"last": "9999-12-31"},
    ):
        answer = await rosa.post(f"{path}/closed", AUGUST | wrong)
        assert (answer.status, 'id="last-err"' in answer.text) == (422, "first" not in wrong)
    assert (await rosa.post(f"{path}/closed", AUGUST)).status == 303
    page = (await rosa.get(f"{path}/availability")).text
    assert "1 August 2027 to 15 August 2027" in page
    assert "1 booking on them stands." in page
    assert (await rosa.post(f"{path}/availability", NIGHTS | REST)).status == 303
    across = booking("2027-07-30", "2027-08-02")
    refused = await passer.post(f"{path}/ask", across | {"do": "send"})
    assert "It is closed on" in refused.text
    program = Program(passer).with_token(await token_for(coop, "admin"))
    listing = f"{API}{path}"
    free = (await program.call("GET", f"{listing}/free?from=2027-07-30&to=2027-08-03")).body
    assert [one["start"][:10] for one in free["items"]] == ["2027-07-30", "2027-07-31"]
    assert (await program.call("GET", f"{listing}/availability")).body["closed"] == [AUGUST]
    made = await rosa.post(f"{path}/feeds")
    feed = re.search(r"/calendars/[\w-]+\.ics", made.text)
    assert feed is not None
    busy = (await passer.get(feed[0])).text
    assert "DTSTART:20270801T140000Z" in busy
    assert "DTEND:20270816T100000Z" in busy
    assert (await rosa.post(f"{path}/closed", AUGUST | {"do": "open"})).status == 303
    assert "1 August 2027 to" not in (await rosa.get(f"{path}/availability")).text
    assert (await passer.post(f"{path}/ask", across | {"do": "send"})).status == 303


async def test_free_nights_are_told_by_the_month(two: Town) -> None:
    loaf, grocer = two.coops
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        path = await opened(rosa)
        await rosa.post(f"{path}/closed", {"first": "2027-01-10", "last": "2027-01-12"})
        await two.settle()
        mirror = (await maya.get("/search?q=attic")).leads_to("/mirrors/")
        rows = [("January 2027", "5–9, 13–31"), ("February 2027", "1–4")]
        for page in (path, f"{path}/ask"):
            assert months(await rosa.get(page)) == rows, page
        for page in (f"{mirror}/free", f"{mirror}/ask"):
            assert months(await maya.get(page)) == rows, page
        assert "until 4 February 2027" in (await maya.get(f"{mirror}/free")).text


def test_how_many_are_left_stands_beside_the_days() -> None:
    def day(number: int, left: int) -> FreeTime:
        start = datetime(2027, 1, number, tzinfo=UTC)
        return FreeTime(start, start + timedelta(days=1), left)

    free = [day(4, 2), day(5, 2), day(6, 1), day(8, 1)]
    days = shown(free, "UTC", whole_days=True)
    assert by_month(days) == [("January 2027", "4–5 (2 left), 6, 8")]


async def test_the_new_sum_is_seen_before_other_days_are_proposed(
    rosa: Visitor, passer: Visitor
) -> None:
    path = await opened(rosa)
    sent = booking("2027-05-03", "2027-05-05") | {"do": "send"}
    asked = (await passer.post(f"{path}/ask", sent)).page
    agreed = (await rosa.get("/agreements")).leads_to("/agreements/")
    form = (await rosa.get(f"{agreed}/steps/counter")).text
    assert 'name="do" value="look"' in form
    said = {
        "step": "counter",
        "start": "2027-05-03T15:00",
        "end": "2027-05-08T11:00",
        "guests": "2",
        "lines-0-quantity": "6",
        "lines-0-price": "20.00",
        "do": "look",
    }
    look = (await revises(rosa, agreed, said)).text
    for words in ("Nothing is sent yet.", "2 guests", "£200.00", "Until now it was £120.00."):
        assert words in look
    hidden = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', look))
    assert "£120.00" in (await passer.get(asked)).text
    for wrong, field in (({"guests": "5"}, "guests"), ({"end": "2027-05-01T11:00"}, "end")):
        answer = await revises(rosa, agreed, said | wrong)
        assert (answer.status, f'id="{field}-err"' in answer.text) == (422, True), field
    again = (await rosa.post(f"{agreed}/steps", hidden | {"do": "change"})).text
    assert 'value="2027-05-08T11:00"' in again
    assert (await rosa.post(f"{agreed}/steps", hidden | {"do": "send"})).status == 303
    for late in ("look", "change", "send"):
        answer = await rosa.post(f"{agreed}/steps", hidden | {"do": late})
        assert answer.status == 409, late
        assert "other terms than those on the table" in answer.text
    page = (await passer.get(asked)).text
    assert ("£200.00" in page, "2 guests" in page) == (True, True)


async def test_days_that_are_closed_are_refused_when_other_days_are_looked_at(
    rosa: Visitor, passer: Visitor
) -> None:
    path = await opened(rosa)
    assert (await rosa.post(f"{path}/closed", AUGUST)).status == 303
    sent = booking("2027-07-29", "2027-07-31") | {"do": "send"}
    asked = (await passer.post(f"{path}/ask", sent)).page
    agreed = (await rosa.get("/agreements")).leads_to("/agreements/")
    assert (await signs(rosa, agreed)).status == 303
    other = {"step": "change", "start": "2027-07-30T15:00", "end": "2027-08-02T11:00"}
    for do in ("look", "send"):
        closed = await revises(passer, asked, other | {"do": do, "guests": "3"})
        assert (closed.status, 'id="start-err"' in closed.text) == (409, True), do
        assert "It is closed on 1 August 2027." in closed.text
    short = other | {"end": "2027-07-31T11:00", "do": "look", "guests": "3"}
    assert "At least 2 nights." in (await revises(passer, asked, short)).text

    for many in ("", "0", "-1"):
        none = other | {"do": "look", "guests": "3", "lines-0-quantity": many}
        answer = await revises(passer, asked, none)
        assert (answer.status, 'id="lines-0-quantity-err"' in answer.text) == (422, True), many

    sooner = other | {"start": "2027-07-27T15:00", "end": "2027-07-31T11:00", "guests": "3"}
    assert (await revises(passer, asked, sooner | {"do": "send"})).status == 303
    since = {"first": "2027-07-27", "last": "2027-07-28"}
    assert (await rosa.post(f"{path}/closed", since)).status == 303
    refused = await signs(rosa, agreed, "agree_change")
    assert refused.status == 409
    assert "It is closed on 27 July 2027." in refused.text
    assert 'value="refuse_change"' in refused.text


async def test_another_offer_that_cannot_be_had_keeps_what_was_typed(
    rosa: Visitor, passer: Visitor
) -> None:
    path = await opened(rosa)
    assert (await rosa.post(f"{path}/closed", AUGUST)).status == 303
    sent = booking("2027-07-29", "2027-07-31") | {"do": "send"}
    asked = (await passer.post(f"{path}/ask", sent)).page
    other = {"step": "counter", "guests": "2", "lines-0-quantity": "6", "lines-0-price": "17.50"}
    taken = booking("2027-07-26", "2027-07-28") | {"do": "send"}
    assert (await passer.post(f"{path}/ask", taken)).status == 303
    found = re.findall(r'href="(/agreements/\w{26})"', (await rosa.get("/agreements")).text)
    [mine] = [one for one in found if "29 July" in (await rosa.get(one)).text]
    for first, last, why in (
        ("30", "2027-08-02", "It is closed on 1 August 2027."),
        ("30", "2027-07-31", "At least 2 nights."),
        ("27", "2027-07-30", "Somebody was quicker"),
    ):
        times = {"start": f"2027-07-{first}T15:00", "end": f"{last}T11:00"}
        for do in ("look", "send"):
            answer = await revises(rosa, mine, other | times | {"do": do})
            assert (answer.status, 'id="start-err"' in answer.text) == (409, True), (why, do)
            assert why in answer.text
            assert ('value="17.50"' in answer.text, times["end"] in answer.text) == (True, True)
    assert "2 guests" not in (await passer.get(asked)).text


async def test_another_offer_of_more_than_is_left_is_answered_at_the_lines(
    rosa: Visitor, passer: Visitor
) -> None:
    goods = {"kind": "goods", "fields_of": "goods", "title": "Flour", "unit": "piece"}
    price = {"price_amount": "2", "currency": "GBP", "then": "publish"}
    path = (await rosa.post("/listings/new", FORM | goods | price)).page
    said = {"way": "stock", "stock": "5", "then": "say"}
    assert (await rosa.post(f"{path}/availability", said)).status == 303
    await passer.post(f"{path}/ask", GUEST | {"quantity": "3", "do": "send"})
    agreed = (await rosa.get("/agreements")).leads_to("/agreements/")
    six = {"step": "counter", "lines-0-quantity": "6", "lines-0-price": "1.25", "do": "look"}
    answer = await revises(rosa, agreed, six)
    assert (answer.status, 'value="1.25"' in answer.text) == (409, True)
    lines = answer.text.partition('id="lines"')[2]
    assert "There are only 5 left." in lines
