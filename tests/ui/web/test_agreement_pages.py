"""What follows once something was asked: terms, steps, refunds, and who sees them, on the pages."""

import asyncio
import re

import pytest

from federation.storage import Reader
from node import accounts, agreements
from node.agreements.terms import Terms
from node.listings import PriceView
from tests.support.town import Coop
from tests.ui.web.booking import SLOT, booked, by_the_hour, revises, signs
from tests.ui.web.test_rights import named_in
from tests.ui.web.visitor import signed_in


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
        seen = (await maya.get(page)).holds("digest")
        change = {"step": "change", "lines-0-quantity": "1"} | at
        assert (await signs(maya, page)).status == 303
        for price in ("21", "99"):
            asked = await revises(sam, page, change | {"lines-0-price": price})
            assert asked.status == 303, asked.text
            old, seen = seen, (await maya.get(page)).holds("digest")
        late = await maya.post(f"{page}/steps", {"step": "agree_change", "digest": old})
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
        digest = (await sam.get(page)).holds("digest")
        other = await booked(sam, ask, time="2027-01-11T11:00:00+00:00/2027-01-11T12:00:00+00:00")
        read = (await sam.get(page)).text
        assert "this time is taken" in read
        assert "cannot be had now" in read
        assert agrees not in read
        assert '<button class="btn" name="step" value="refuse_change">' in read
        tried = await sam.post(f"{page}/steps", {"step": "agree_change", "digest": digest})
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
