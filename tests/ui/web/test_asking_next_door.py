"""A member asks for something of another coop, on the pages of both."""

import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from decimal import Decimal

import pytest

from node import accounts, agreements
from tests.support.town import Town
from tests.ui.web.booking import SLOT, booked, by_the_hour, revises, signs
from tests.ui.web.visitor import Visitor, signed_in, stranger


@pytest.fixture
async def maya(two: Town) -> AsyncGenerator[Visitor]:
    """She is of the second coop; the first offers something."""
    theirs, ours = two.coops
    await by_the_hour(theirs)
    await two.settle()
    async with signed_in(ours, "maya") as visitor:
        yield visitor


@pytest.fixture
async def ask(maya: Visitor) -> str:
    """Where she asks for it."""
    return (await maya.get("/search?q=clean")).leads_to("/mirrors/") + "/ask"


async def test_a_neighbours_offer_is_answered_with_another_and_agreed(
    two: Town, maya: Visitor, ask: str
) -> None:
    async with signed_in(two.coops[0], "sam", "admin") as sam:
        page = await booked(maya, ask)
        await two.settle()
        asked = (await sam.get("/agreements")).leads_to("/agreements/")
        form = await sam.get(f"{asked}/steps/counter")
        assert 'value="2027-01-11T09:00"' in form.text
        offer_ = {"step": "counter", "lines-0-quantity": "1", "lines-0-price": "20"}
        dates = {"start": "2027-01-11T10:00", "end": "2027-01-11T11:00"}
        countered = await revises(sam, asked, offer_ | dates)
        assert countered.status == 303, countered.text
        await two.settle()
        seen = await maya.get(page)
        assert "Answer by" in seen.text
        assert "£20.00" in seen.text
        assert (await signs(maya, page)).status == 303
        await two.settle()
        assert "Monday 11 January, 10:00–11:00" in (await sam.get(asked)).text
        cancelling = await maya.get(f"{page}/steps/cancel")
        assert "Cancelling now costs you" in cancelling.text
        declined = {"step": "cancel", "reason": "illness"}
        assert (await maya.post(f"{page}/steps", declined)).status == 303
        assert "Somebody is ill." in (await maya.get(page)).text


async def test_a_few_words_to_another_coop_arrive_with_the_request(
    two: Town, maya: Visitor, ask: str
) -> None:
    theirs, ours = two.coops
    async with signed_in(theirs, "sam", "admin") as sam, stranger(ours) as nora:
        assert "It goes to" in (await maya.get(ask)).text
        page = await booked(maya, ask, message="The key is at the baker’s.")
        await two.settle()
        assert "The key is at the baker’s." in (await maya.get(page)).text
        asked = (await sam.get("/agreements")).leads_to("/agreements/")
        seen = await sam.get(asked)
        assert "The key is at the baker’s." in seen.text
        assert "What you wrote to each other" in seen.text
        guest = (await nora.get(ask)).text
        assert ("A few words to them" in guest, "It goes to" in guest) == (True, True)


async def test_the_time_that_was_chosen_goes_along_though_nobody_can_be_asked_by_now(
    two: Town, maya: Visitor, ask: str
) -> None:
    """Between the look and the sending they went away."""
    look = await maya.post(ask, {"do": "look", "time": SLOT})
    assert "Nothing is sent yet" in look.text
    two.clock.advance(timedelta(minutes=3))
    await two.coops[0].go_away()
    sent = await maya.post(ask, {"do": "send", "time": SLOT})
    assert sent.status == 303, sent.text
    assert "11 January, 09:00–10:00" in (await maya.get(sent.page)).text


async def test_the_words_of_a_draft_go_when_it_is_sent(two: Town, maya: Visitor, ask: str) -> None:
    ours, mirror = two.coops[1], ask.split("/")[2]
    account = await ours.read(accounts.by_handle, "maya")
    wanted = agreements.Wanted((agreements.WantedLine(mirror, Decimal(1)),))
    words = agreements.Contact(message="Ring twice.")
    asked = await ours.write(agreements.ask, wanted, account=account, contact=words, send=False)
    page = f"/agreements/{asked.agreement.id}"
    assert "What you wrote to each other" not in (await maya.get(page)).text
    assert (await maya.post(f"{page}/steps", {"step": "request"})).status == 303
    assert "What you wrote to each other" in (await maya.get(page)).text


async def test_words_that_cannot_be_written_to_another_coop_are_told_at_their_box(
    maya: Visitor, ask: str
) -> None:
    page = await booked(maya, ask, message="The key is at the baker’s.")
    talk = (await maya.get(page)).leads_to("/threads/")
    assert (await maya.post(talk, {"do": "block"})).status == 303
    once_more = {"do": "send", "time": SLOT, "message": "And this."}
    refused = await maya.post(ask, once_more)
    assert (refused.status, 'id="message-err"' in refused.text) == (422, True)
    assert "And this." in refused.text


async def test_what_a_neighbour_asks_beyond_the_price_is_seen_before_it_is_sent_once(
    two: Town,
) -> None:
    theirs, ours = two.coops
    listing = await by_the_hour(theirs)
    async with signed_in(ours, "maya") as maya, signed_in(theirs, "sam", "admin") as sam:
        form = await sam.get(f"/listings/{listing.id}/edit")
        version = form.holds("version")
        said = {"kind": "service", "title": "Home clean", "price_amount": "18", "unit": "hour"}
        said |= {"currency": "GBP", "visibility": "public", "version": version}
        wrong = await sam.post(f"/listings/{listing.id}/edit", {**said, "taxes": "VAT"})
        assert (wrong.status, "Write each tax as" in wrong.text) == (422, True)
        said |= {"taxes": "VAT 20 %; City tax 5 %", "deposit": "50"}
        said |= {"project": "School garden\nLifeboat"}
        said |= {"cancel_hours": "24", "cancel_late_percent": "50"}
        assert (await sam.post(f"/listings/{listing.id}/edit", said)).status == 303
        await two.settle()
        mirror = (await maya.get("/search?q=clean")).leads_to("/mirrors/")
        assert "School garden" in (await maya.get(mirror)).text
        chosen = {"time": SLOT, "message": "Hello.", "project": "1"}
        wrong = await maya.post(f"{mirror}/ask", chosen | {"do": "look", "project": "2"})
        assert (wrong.status, 'id="project-err"' in wrong.text) == (422, True)
        look = await maya.post(f"{mirror}/ask", chosen | {"do": "look"})
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
        key = look.holds("key")
        sending = chosen | {"do": "send", "key": key}
        sent = [await maya.post(f"{mirror}/ask", sending) for _tap in range(2)]
        assert sent[0].status == 303
        assert sent[0].location == sent[1].location
        await two.settle()
        assert len(re.findall(r'href="/agreements/0', (await sam.get("/agreements")).text)) == 1
