"""Asking, answering and what follows, on the pages: a member, another coop's member, a guest."""

import asyncio
import re
from decimal import Decimal

import pytest

from federation.storage import Reader
from node import accounts, agreements, limits, listings
from node.agreements.terms import Terms
from node.listings import Availability, Hours, ListingView, PriceView, Way, Weekly
from tests.stories.market import offer
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_rights import named_in
from tests.ui.web.visitor import Answer, Visitor, revises, signed_in, stranger

SLOT = "2027-01-11T09:00:00+00:00/2027-01-11T10:00:00+00:00"
GUEST = {"name": "Nora Quiet", "contact": "0161 555 0101", "message": "Ring twice."}


@pytest.fixture
async def two(found_town: TownFounder) -> Town:
    town = await found_town(2)
    await town.introduce(*town.coops)
    return town


async def by_the_hour(coop: Coop, title: str = "Home clean", **said) -> ListingView:
    """A service with free hours on Monday mornings, at 18 pounds."""
    price = {"price_amount": Decimal(18), "currency": "GBP", "unit": "hour"} | said
    listing = await offer(coop, title, **price)
    mornings = Availability(Way.SLOTS, "Europe/London", (Weekly(0, Hours(9 * 60, 12 * 60)),))
    await coop.write(listings.set_availability, listing.id, mornings, by=None)
    return listing


async def booked(visitor: Visitor, path: str, **said: str) -> str:
    """Look first, then send; the page that tells of it."""
    look = await visitor.post(path, {"do": "look", "time": SLOT, **said})
    assert look.status == 200, look.text
    assert "Nothing is sent yet" in look.text
    sent = await visitor.post(path, {"do": "send", "time": SLOT, **said})
    assert sent.status == 303, sent.text
    return sent.location.partition("?")[0]


async def signs(visitor: Visitor, page: str, step: str = "accept") -> Answer:
    """Press the button that signs what the page shows."""
    digest = re.search(r'name="digest" value="(\w+)"', (await visitor.get(page)).text)
    assert digest is not None
    return await visitor.post(f"{page}/steps", {"step": step, "digest": digest[1]})


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


async def test_nobody_signs_other_terms_than_their_page_showed(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    async with signed_in(coop, "maya") as maya, signed_in(coop, "sam", "admin") as sam:
        page = await booked(maya, f"/listings/{listing.id}/ask")
        offer_ = {"step": "counter", "lines-0-quantity": "1", "lines-0-price": "20"}
        at = {"start": "2027-01-11T10:00", "end": "2027-01-11T11:00"}
        assert (await revises(sam, page, offer_ | at)).status == 303
        for who, words in (
            (maya, ("· you<", "· who provides<", "by you, ", "by who provides, ")),
            (sam, ("· the customer<", "· you<", "by the customer, ", "by you, ")),
        ):
            read = (await who.get(page)).text
            assert [one for one in words if one not in read] == []
        seen = re.search(r'name="digest" value="(\w+)"', (await maya.get(page)).text)
        assert seen is not None
        change = {"step": "change", "lines-0-quantity": "1"} | at
        assert (await signs(maya, page)).status == 303
        for price in ("21", "99"):
            asked = await revises(sam, page, change | {"lines-0-price": price})
            assert asked.status == 303, asked.text
            old, seen = seen, re.search(r'name="digest" value="(\w+)"', (await maya.get(page)).text)
        late = await maya.post(f"{page}/steps", {"step": "agree_change", "digest": old[1]})
        assert late.status == 409
        assert "other terms than those on the table" in late.text
        assert "£21.00" in late.text.partition('id="change"')[0]
        assert "£99.00" in late.text
        blind = await maya.post(f"{page}/steps", {"step": "agree_change"})
        assert blind.status == 409
        assert (await signs(maya, page, "agree_change")).status == 303


async def test_a_change_that_cannot_be_had_now_says_why_and_has_no_button(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    ask, agrees = f"/listings/{listing.id}/ask", 'value="agree_change"'
    async with signed_in(coop, "maya") as maya, signed_in(coop, "sam", "admin") as sam:
        page = await booked(maya, ask)
        assert (await signs(sam, page)).status == 303
        later = {"start": "2027-01-11T11:00", "end": "2027-01-11T12:00"}
        change = {"step": "change", "lines-0-quantity": "1", "lines-0-price": "18"}
        assert (await revises(maya, page, change | later)).status == 303
        assert agrees in (await sam.get(page)).text
        digest = re.search(r'name="digest" value="(\w+)"', (await sam.get(page)).text)
        other = await booked(sam, ask, time="2027-01-11T11:00:00+00:00/2027-01-11T12:00:00+00:00")
        read = (await sam.get(page)).text
        assert "this time is taken" in read
        assert "cannot be had now" in read
        assert agrees not in read
        assert '<button class="btn" name="step" value="refuse_change">' in read
        tried = await sam.post(f"{page}/steps", {"step": "agree_change", "digest": digest[1]})
        assert (tried.status, tried.text.count("this time is taken")) == (409, 1)
        assert (await sam.post(f"{other}/steps", {"step": "withdraw"})).status == 303
        assert agrees in (await sam.get(page)).text


async def test_a_booking_is_seen_before_it_is_sent_and_confirmed_by_both(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    async with signed_in(coop, "maya") as maya, signed_in(coop, "sam", "admin") as sam:
        assert "Book it" in (await maya.get(f"/listings/{listing.id}")).text
        form = await maya.get(f"/listings/{listing.id}/ask")
        assert f'value="{SLOT}"' in form.text
        look = await maya.post(f"/listings/{listing.id}/ask", {"do": "look", "time": SLOT})
        assert "£18.00" in look.text
        assert "Monday 11 January, 09:00–10:00" in look.text
        assert '<dt>Cancelling</dt><dd class="num">free</dd>' in look.text
        page = await booked(maya, f"/listings/{listing.id}/ask")
        assert "They answer by" in (await maya.get(page)).text
        assert "Home clean" in (await sam.get("/")).text
        assert "Waiting for the coop" in (await sam.get("/agreements")).text
        assert (await signs(sam, page)).status == 303
        assert "It begins on Monday 11 January, 09:00" in (await maya.get(page)).text
        week = await maya.get("/agreements/calendar?week=2027-W02")
        assert "Home clean" in week.text
        assert (await sam.post(f"{page}/steps", {"step": "deliver"})).status == 303
        assert named_in((await maya.get("/")).text) == [page]
        assert "counts as confirmed by itself" in (await maya.get(page)).text
        assert (await maya.post(f"{page}/steps", {"step": "confirm"})).status == 303
        assert "What is left is the payment of £18.00" in (await maya.get(page)).text
        paid = await maya.post(f"{page}/steps", {"step": "mark_paid", "method": "cash"})
        assert paid.status == 303
        receipt = await maya.get(f"{page}/receipt")
        assert "VAT" not in receipt.text
        said = {"legal_name": "Lanehead Limited", "tax_number": "GB999 9999 73"}
        await sam.post("/settings", {"name": "Lanehead"} | said)
        receipt = await maya.get(f"{page}/receipt")
        assert "Lanehead Limited" in receipt.text
        assert "VAT or tax number <bdi" in receipt.text
        assert "Seal of the terms" in receipt.text
        assert "said to be paid" in receipt.text


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
        assert told[0] in (await maya.get(sent.location.partition("?")[0])).text


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
        asked = re.search(r'href="(/agreements/0\w+)"', (await sam.get("/agreements")).text)
        assert asked is not None
        assert "Ring twice." in (await sam.get(asked[1])).text
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


async def test_a_neighbours_offer_is_answered_with_another_and_agreed(two: Town) -> None:
    theirs, ours = two.coops
    await by_the_hour(theirs)
    await two.settle()
    async with signed_in(ours, "maya") as maya, signed_in(theirs, "sam", "admin") as sam:
        found = re.search(r'href="(/mirrors/\w+)"', (await maya.get("/search?q=clean")).text)
        assert found is not None
        page = await booked(maya, f"{found[1]}/ask")
        await two.settle()
        asked = re.search(r'href="(/agreements/0\w+)"', (await sam.get("/agreements")).text)
        assert asked is not None
        form = await sam.get(f"{asked[1]}/steps/counter")
        assert 'value="2027-01-11T09:00"' in form.text
        offer_ = {"step": "counter", "lines-0-quantity": "1", "lines-0-price": "20"}
        dates = {"start": "2027-01-11T10:00", "end": "2027-01-11T11:00"}
        countered = await revises(sam, asked[1], offer_ | dates)
        assert countered.status == 303, countered.text
        await two.settle()
        seen = await maya.get(page)
        assert "Answer by" in seen.text
        assert "£20.00" in seen.text
        assert (await signs(maya, page)).status == 303
        await two.settle()
        assert "Monday 11 January, 10:00–11:00" in (await sam.get(asked[1])).text
        cancelling = await maya.get(f"{page}/steps/cancel")
        assert "Cancelling now costs you" in cancelling.text
        declined = {"step": "cancel", "reason": "illness"}
        assert (await maya.post(f"{page}/steps", declined)).status == 303
        assert "Somebody is ill." in (await maya.get(page)).text


async def test_a_few_words_to_another_coop_arrive_with_the_request(two: Town) -> None:
    theirs, ours = two.coops
    await by_the_hour(theirs)
    await two.settle()
    async with (
        signed_in(ours, "maya") as maya,
        signed_in(theirs, "sam", "admin") as sam,
        stranger(ours) as nora,
    ):
        found = re.search(r'href="(/mirrors/\w+)"', (await maya.get("/search?q=clean")).text)
        assert found is not None
        path = f"{found[1]}/ask"
        assert "It goes to" in (await maya.get(path)).text
        page = await booked(maya, path, message="The key is at the baker’s.")
        await two.settle()
        assert "The key is at the baker’s." in (await maya.get(page)).text
        asked = re.search(r'href="(/agreements/0\w+)"', (await sam.get("/agreements")).text)
        assert asked is not None
        seen = await sam.get(asked[1])
        assert "The key is at the baker’s." in seen.text
        assert "What you wrote to each other" in seen.text
        guest = (await nora.get(path)).text
        assert ("A few words to them" in guest, "It goes to" in guest) == (True, True)


async def test_the_words_of_a_draft_go_when_it_is_sent(two: Town) -> None:
    theirs, ours = two.coops
    await by_the_hour(theirs)
    await two.settle()
    async with signed_in(ours, "maya") as maya:
        found = re.search(r"/mirrors/(\w+)", (await maya.get("/search?q=clean")).text)
        assert found is not None
        [account] = [one for one in await ours.read(accounts.accounts) if one.handle == "maya"]
        wanted = agreements.Wanted((agreements.WantedLine(found[1], Decimal(1)),))
        words = agreements.Contact(message="Ring twice.")
        asked = await ours.write(agreements.ask, wanted, account=account, contact=words, send=False)
        page = f"/agreements/{asked.agreement.id}"
        assert "What you wrote to each other" not in (await maya.get(page)).text
        assert (await maya.post(f"{page}/steps", {"step": "request"})).status == 303
        assert "What you wrote to each other" in (await maya.get(page)).text


async def test_words_that_cannot_be_written_to_another_coop_are_told_at_their_box(
    two: Town,
) -> None:
    theirs, ours = two.coops
    await by_the_hour(theirs)
    await two.settle()
    async with signed_in(ours, "maya") as maya:
        found = re.search(r'href="(/mirrors/\w+)"', (await maya.get("/search?q=clean")).text)
        assert found is not None
        path = f"{found[1]}/ask"
        page = await booked(maya, path, message="The key is at the baker’s.")
        talk = re.search(r'href="(/threads/\w+)"', (await maya.get(page)).text)
        assert talk is not None
        assert (await maya.post(talk[1], {"do": "block"})).status == 303
        once_more = {"do": "send", "time": SLOT, "message": "And this."}
        refused = await maya.post(path, once_more)
        assert (refused.status, 'id="message-err"' in refused.text) == (422, True)
        assert "And this." in refused.text


async def test_a_stranger_to_an_agreement_sees_nothing_of_it(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    async with signed_in(coop, "maya") as maya, signed_in(coop, "lena") as lena:
        page = await booked(maya, f"/listings/{listing.id}/ask")
        assert (await lena.get(page)).status == 404
        assert (await lena.post(f"{page}/steps", {"step": "accept"})).status == 404
        assert (await maya.post(f"{page}/steps", {"step": "fly"})).status == 404
        assert (await signs(maya, page)).status == 403


async def test_the_coop_hands_the_work_to_a_member(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    async with (
        signed_in(coop, "maya") as maya,
        signed_in(coop, "sam", "admin") as sam,
        signed_in(coop, "rosa") as rosa,
    ):
        page = await booked(maya, f"/listings/{listing.id}/ask")
        known = {one.handle: one.id for one in await coop.read(accounts.accounts)}
        assert (await sam.post(f"{page}/work", {"account": known["rosa"]})).status == 303
        assert (await rosa.get(page)).status == 200
        waiting = await coop.read(agreements.to_answer, agreements.By("account", known["rosa"]))
        assert [one.title for one in waiting] == ["Home clean"]


async def test_what_a_neighbour_asks_beyond_the_price_is_seen_before_it_is_sent_once(
    two: Town,
) -> None:
    theirs, ours = two.coops
    listing = await by_the_hour(theirs)
    async with signed_in(ours, "maya") as maya, signed_in(theirs, "sam", "admin") as sam:
        form = await sam.get(f"/listings/{listing.id}/edit")
        version = re.search(r'name="version" value="(\d+)"', form.text)
        assert version is not None
        said = {"kind": "service", "title": "Home clean", "price_amount": "18", "unit": "hour"}
        said |= {"currency": "GBP", "visibility": "public", "version": version[1]}
        wrong = await sam.post(f"/listings/{listing.id}/edit", {**said, "taxes": "VAT"})
        assert (wrong.status, "Write each tax as" in wrong.text) == (422, True)
        said |= {"taxes": "VAT 20 %; City tax 5 %", "deposit": "50"}
        said |= {"project": "School garden\nLifeboat"}
        said |= {"cancel_hours": "24", "cancel_late_percent": "50"}
        assert (await sam.post(f"/listings/{listing.id}/edit", said)).status == 303
        await two.settle()
        found = re.search(r'href="(/mirrors/\w+)"', (await maya.get("/search?q=clean")).text)
        assert found is not None
        assert "School garden" in (await maya.get(found[1])).text
        chosen = {"time": SLOT, "message": "Hello.", "project": "1"}
        wrong = await maya.post(f"{found[1]}/ask", chosen | {"do": "look", "project": "2"})
        assert (wrong.status, 'id="project-err"' in wrong.text) == (422, True)
        look = await maya.post(f"{found[1]}/ask", chosen | {"do": "look"})
        for line in (
            "VAT 20 %",
            "£3.60",
            "City tax 5 %",
            "£0.90",
            "£22.50",
            "£50.00",
            "50 % of the price",
            "Lifeboat",
        ):
            assert line in look.text, line
        key = re.search(r'name="key" value="([^"]+)"', look.text)
        assert key is not None
        sending = chosen | {"do": "send", "key": key[1]}
        sent = [await maya.post(f"{found[1]}/ask", sending) for _tap in range(2)]
        assert sent[0].status == 303
        assert sent[0].location == sent[1].location
        await two.settle()
        assert len(re.findall(r'href="/agreements/0', (await sam.get("/agreements")).text)) == 1


async def test_a_part_that_is_given_back_by_a_form_sent_twice_goes_back_once(coop: Coop) -> None:
    listing = await by_the_hour(coop)
    async with signed_in(coop, "maya") as maya, signed_in(coop, "sam", "admin") as sam:
        page = await booked(maya, f"/listings/{listing.id}/ask")
        await signs(sam, page)
        for step in ("deliver", "receive"):
            assert (await sam.post(f"{page}/steps", {"step": step, "method": "bank"})).status == 303
        shown = (await sam.get(f"{page}/steps/refund_part")).text
        [left] = re.findall(r'name="of"[^>]* value="([^"]+)"', shown)
        form = {"step": "refund_part", "amount": "5", "of": left}
        sent = await asyncio.gather(*(sam.post(f"{page}/steps", form) for _again in range(2)))
        assert sorted(one.status for one in sent) == [303, 409]
        [refused] = [one for one in sent if one.status == 409]
        assert "Some of it was given back meanwhile" in refused.text
        assert "13.00" in (await sam.get(f"{page}/steps/refund_part")).text


async def test_only_forms_that_change_terms_look_their_prices_up(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    look_up = agreements.prices_of

    async def noted(reader: Reader, terms: Terms) -> tuple[PriceView | None, ...]:
        looked_up.append(terms.agreement)
        return await look_up(reader, terms)

    monkeypatch.setattr(agreements, "prices_of", noted)
    listing = await by_the_hour(coop)
    async with signed_in(coop, "maya") as maya, signed_in(coop, "sam", "admin") as sam:
        page = await booked(maya, f"/listings/{listing.id}/ask")
        await signs(sam, page)
        looked_up.clear()
        for step in ("deliver_part", "cancel"):
            assert (await sam.get(f"{page}/steps/{step}")).status == 200
        assert "of 1" in (await sam.get(f"{page}/steps/deliver_part")).text
        assert looked_up == []
        assert (await sam.get(f"{page}/steps/change")).status == 200
        assert len(looked_up) == 1
