"""Passing somebody on by pages alone: no script, no account for the person."""

import re
from decimal import Decimal

import aiohttp
import pytest

from node import referrals
from tests.stories.market import offer
from tests.stories.referring import PERSON, settle
from tests.ui.web.visitor import FROM_OURS, signed_in, stranger

NEED = {
    "summary": "Gas boiler, no hot water since Sunday",
    "category": "repairs",
    "urgency": "urgent",
    "currency": "GBP",
    "budget": "200",
    "fee_kind": "percent",
    "fee_percent": "5",
    **PERSON,
}
LETTER = b"<p>Ward 8841 sends Mr. O. home on Monday"


async def asked(desk, portici, form=NEED, *, file: bytes | None = None) -> str:
    """A need written down and put to the person; the path of its page."""
    made = await desk.post("/referrals/new", form)
    assert made.status == 303, made.text
    path = made.page
    question = {"first": portici.uri, "fields": "phone", "auto_next": "y"}
    if file is not None:
        assert (await desk.post(f"{path}/file", sent(file))).status == 303
        question["fields"] = "file"
    answer = await desk.post(f"{path}/ask", [*question.items(), ("fields", "name")])
    assert answer.status == 303, answer.text
    return path


def sent(content: bytes) -> aiohttp.FormData:
    """A letter as a browser sends it."""
    form = aiohttp.FormData()
    form.add_field("file", content, filename="letter.html", content_type="text/html")
    return form


async def link_on(desk, path) -> str:
    page = await desk.get(path)
    found = re.search(r"(/consent/[\w-]+)", page.text)
    assert found is not None
    return found[1]


async def test_from_the_question_to_both_signatures_by_pages_alone(two):
    lanehead, portici = two.coops
    async with (
        signed_in(lanehead, "jean", "admin") as desk,
        signed_in(portici, "giulia", "admin") as other,
        stranger(lanehead) as person,
    ):
        path = await asked(desk, portici)
        told = (await desk.get(path)).text
        assert 'href="/policies/referrals.fee_ceiling_percent">The most that a coop' in told
        assert "default" not in told
        link = await link_on(desk, path)
        page = await person.get(link)
        assert "May we pass you on?" in page.text
        assert "Portici" in page.text
        assert page.headers["Cache-Control"] == "private, no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert (await person.post(link, {"do": "give"})).status == 303

        assert (await desk.post(f"{path}/do", {"event": "send"})).status == 303
        await settle(two)
        [received] = await portici.read(referrals.referrals)
        theirs = f"/referrals/{received.id}"
        page = await other.get(theirs)
        assert "no hot water" in page.text
        assert not any(told in page.text for told in PERSON.values())
        assert (await other.post(f"{theirs}/do", {"event": "accept"})).status == 303
        await settle(two)
        assert PERSON["phone"] in (await other.get(theirs)).text
        assert PERSON["email"] not in (await other.get(theirs)).text
        assert "was told" in (await desk.get(path)).text
        for event in ("contact", "start"):
            assert (await other.post(f"{theirs}/do", {"event": event})).status == 303
        job = {"event": "complete", "outcome": "done", "value": "180", "currency": "GBP"}
        assert (await other.post(f"{theirs}/do", job)).status == 303
        await settle(two)
        assert "£9" in (await desk.get(path)).text
        assert (await desk.post(f"{path}/do", {"event": "confirm"})).status == 303
        await settle(two)
        assert "Both coops have signed" in (await other.get(theirs)).text
        desk_page = (await desk.get("/referrals")).text
        assert "Portici" in desk_page
        assert "from us" in desk_page


async def test_the_person_takes_it_back_and_sees_that_it_was_deleted(two):
    lanehead, portici = two.coops
    work = await offer(portici, "Boiler mending", currency="GBP", price_amount=Decimal(60))
    async with (
        signed_in(lanehead, "jean", "admin") as desk,
        signed_in(portici, "giulia", "admin") as other,
        stranger(lanehead) as person,
    ):
        path = await asked(desk, portici, file=LETTER)
        late = await desk.post(f"{path}/file", sent(LETTER))
        assert late.status == 409
        link = await link_on(desk, path)
        await person.post(link, {"do": "give"})
        await desk.post(f"{path}/do", {"event": "send"})
        await settle(two)
        [received] = await portici.read(referrals.referrals)
        theirs = f"/referrals/{received.id}"
        assert (await other.get(f"{theirs}/file")).status == 404
        terms = {"event": "accept", "listing": work.id, "quantity": "2", "price": "90"}
        assert "Boiler mending" in (await other.get(theirs)).text
        assert (await other.post(f"{theirs}/do", terms)).status == 303
        await settle(two)
        assert "Their file" in (await person.get(link)).text
        shown = await other.get(f"{theirs}/file")
        assert shown.text.encode() == LETTER
        assert shown.headers["Content-Disposition"].startswith("attachment")
        assert shown.headers["Content-Type"].startswith("text/plain")
        agreement = (await desk.get(path)).leads_to("/agreements/")
        assert "£180.00" in (await desk.get(agreement)).text
        assert (await person.post(link, {"do": "withdraw"})).status == 303
        await settle(two)
        page = (await person.get(link)).text
        assert "You took it back" in page
        assert "deleted it and signed for that" in page
        assert (await other.get(f"{theirs}/file")).status == 404
        for visitor, address in ((desk, path), (other, theirs)):
            shown = (await visitor.get(address)).text
            assert not any(told in shown for told in PERSON.values())


async def test_a_member_starts_it_from_a_listing_and_the_desk_goes_on(two):
    lanehead, portici = two.coops
    own = await offer(lanehead, "Home clean")
    await offer(portici, "Boiler repairs")
    await two.settle()
    async with signed_in(lanehead, "rosa") as rosa, signed_in(lanehead, "jean", "admin") as desk:
        page = await rosa.get(f"/listings/{own.id}")
        found = re.search(r'href="(/referrals/new\?listing=[^"]+)"', page.text)
        assert found is not None
        form = await rosa.get(found[1])
        assert f'value="{own.uri}"' in form.text
        made = await rosa.post("/referrals/new", NEED | {"listing": own.uri})
        path = made.page
        assert PERSON["name"] in (await rosa.get(path)).text
        assert (await rosa.post(f"{path}/do", {"event": "correct"})).status == 403
        assert "Whom to ask" in (await desk.get(path)).text
        async with signed_in(lanehead, "femi") as femi:
            assert (await femi.get(path)).status == 403


async def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost(two):
    lanehead, portici = two.coops
    async with signed_in(lanehead, "jean", "admin") as desk:
        dear = await desk.post("/referrals/new", NEED | {"fee_percent": "7"})
        assert dear.status == 422
        assert "The limit is 5" in dear.text
        assert PERSON["phone"] in dear.text
        names = await desk.post("/referrals/new", NEED | {"summary": "A boiler for Olatunji"})
        assert names.status == 422
        assert "may not name" in names.text
        path = await asked(desk, portici)
        early = await desk.post(f"{path}/do", {"event": "send"})
        assert early.status == 422
        assert "no consent" in early.text


async def test_the_sheet_is_printed_in_the_person_s_language(two):
    lanehead, portici = two.coops
    async with signed_in(lanehead, "jean", "admin") as desk:
        path = await asked(desk, portici)
        link = await link_on(desk, path)
        sheet = await desk.get(f"{path}/sheet")
        assert 'class="qr"' in sheet.text
        assert link in sheet.text
        arabic = await desk.get(f"{path}/sheet?language=ar")
        assert 'dir="rtl"' in arabic.text
        answer = await desk.post(
            f"{path}/consent", {"channel": "paper", "witness": "Jean", "language": "ar"}
        )
        assert answer.status == 303
        assert "ready to send" in (await desk.get(path)).text


@pytest.mark.parametrize("path", ["/consent/made-up", "/referrals/nothing"])
async def test_what_is_not_there_is_not_there(two, path):
    lanehead, _portici = two.coops
    async with signed_in(lanehead, "jean", "admin") as desk:
        assert (await desk.get(path)).status == 404
        assert (await desk.post(path, {"do": "give"}, FROM_OURS)).status in (404, 405, 409)
