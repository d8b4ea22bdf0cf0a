"""What is a firm's, and what is its people's own: agreements, letters, offers, days."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from node import accounts, agreements, listings, members, notices, privacy, threads
from node.accounts import AccountView, Role
from node.agreements import AgreementView, Wanted, WantedLine
from node.errors import NotAllowed
from node.listings import ListingDraft, ListingView
from node.notices import NoticeKind
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.test_colleagues import comes_in, speaks_for
from tests.ui.web.visitor import Visitor, signed_in, stranger
from ui.web import own_dates

PRICE: dict[str, Any] = {"price_amount": Decimal(18), "currency": "GBP", "unit": "hour"}


@dataclass(frozen=True)
class Firm:
    """Rosa speaks for it, Ben acts for it and offers rye; Sam is a member beside it."""

    coop: Coop
    id: str
    rosa: Visitor
    ben: Visitor
    sam: Visitor
    rye: ListingView

    async def account(self, handle: str) -> AccountView:
        found = await self.coop.read(accounts.by_handle, handle)
        seen: AccountView = await self.coop.read(members.with_colleagues, found)
        return seen

    async def asked_for(self) -> AgreementView:
        wanted = Wanted((WantedLine(self.rye.id),))
        sam = await self.account("sam")
        asked: agreements.Asked = await self.coop.write(agreements.ask, wanted, account=sam)
        return asked.agreement

    async def write_to_ben(self) -> str:
        """What Sam asks about the rye; the id of the conversation."""
        ben, sam = await self.account("ben"), await self.account("sam")
        about = threads.Topic(self.rye.uri, "Rye", threads.account(ben.id))
        by = threads.account(sam.id)
        seat: threads.Seat = await self.coop.write(
            threads.open_thread, by=by, to=about.provider, text="Is it fresh?", about=about
        )
        return seat.thread_id

    async def seat(self, handle: str, thread_id: str) -> threads.Seat:
        seat: threads.Seat = await self.coop.read(
            threads.seat, thread_id, await self.account(handle)
        )
        return seat

    async def told(self, handle: str) -> set[NoticeKind]:
        return {
            one.kind for one in await self.coop.read(notices.notices, await self.account(handle))
        }


@pytest.fixture(name="firm")
async def a_firm(coop: Coop) -> AsyncIterator[Firm]:
    async with (
        signed_in(coop, "femi", "admin"),
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "sam") as sam,
        stranger(coop) as ben,
    ):
        firm = await speaks_for(coop, "rosa")
        rye = await offer(coop, "Rye", by=await comes_in(ben, rosa, "ben"), **PRICE)
        yield Firm(coop, firm, rosa, ben, sam, rye)


async def test_whoever_acts_for_a_firm_sees_and_answers_what_was_agreed_with_one_of_them(
    firm: Firm,
) -> None:
    asked = await firm.asked_for()
    path = f"/agreements/{asked.id}"
    for who in (firm.rosa, firm.ben):
        assert (await who.get(path)).status == 200
        assert f"/agreements/{asked.id}" in (await who.get("/")).text
    assert NoticeKind.AGREEMENT_REQUESTED in await firm.told("rosa") & await firm.told("ben")
    by = agreements.of_account(await firm.account("rosa"))
    await firm.coop.write(agreements.do, asked.id, "accept", by)
    assert "<bdi>Rosa</bdi>" in (await firm.ben.get(path)).text
    assert "<bdi>Rosa</bdi>" not in (await firm.sam.get(path)).text
    assert NoticeKind.AGREEMENT_REQUESTED not in await firm.told("ben")


async def test_a_letter_about_a_firms_offer_is_read_and_answered_by_each_of_them(
    firm: Firm,
) -> None:
    path = f"/threads/{await firm.write_to_ben()}"
    assert NoticeKind.MESSAGE in await firm.told("rosa") & await firm.told("ben")
    assert "Rye" in (await firm.rosa.get("/threads")).text
    assert (await firm.rosa.post(path, {"text": "From this morning."})).status == 303
    seen = await firm.ben.get(path)
    assert "From this morning." in seen.text
    assert "<strong><bdi>Rosa</bdi></strong>" in seen.text
    assert "<strong>You</strong>" in (await firm.rosa.get(path)).text
    assert NoticeKind.MESSAGE not in await firm.told("ben")
    assert "<bdi>Rosa</bdi>" not in (await firm.sam.get(path)).text


async def test_each_of_a_firm_reads_for_themselves_and_one_answers_for_all(firm: Firm) -> None:
    path = f"/threads/{await firm.write_to_ben()}"

    async def unread(*who: str) -> list[int]:
        return [await firm.coop.read(threads.count_unread, await firm.account(one)) for one in who]

    assert await unread("rosa", "ben") == [1, 1]
    assert (await firm.ben.get(path)).status == 200
    assert await unread("rosa", "ben") == [1, 0]
    assert NoticeKind.MESSAGE in await firm.told("rosa")
    assert path in (await firm.rosa.get("/")).text
    await firm.rosa.get(path)
    assert await unread("rosa", "ben") == [0, 0]
    await firm.sam.post(path, {"text": "And the crust?"})
    assert await unread("rosa", "ben", "sam") == [1, 1, 0]
    await firm.ben.post(path, {"text": "It sings."})
    assert await unread("rosa", "ben", "sam") == [0, 0, 1]


async def test_an_agreement_shows_what_was_said_last_of_what_led_to_it(firm: Firm) -> None:
    thread = await firm.write_to_ben()
    asked = await firm.asked_for()
    page = f"/agreements/{asked.id}"
    await firm.ben.post(f"/threads/{thread}", {"text": "From this morning."})
    for who, whose in (
        (firm.sam, "The other side"),
        (firm.rosa, "<bdi>Ben</bdi>"),
        (firm.ben, "You"),
    ):
        seen = (await who.get(page)).text
        assert re.search(rf">{whose}</p><blockquote[^>]*>From this morning\.<", seen), whose
        assert "Is it fresh?" not in seen
    said = await firm.coop.read(threads.thread, await firm.seat("ben", thread))
    await firm.coop.write(threads.withdraw, said.seat, said.messages[-1].id)
    assert "Is it fresh?" in (await firm.ben.get(page)).text


async def test_what_belongs_to_a_person_of_a_firm_alone_stays_so(firm: Firm) -> None:
    ben = await firm.account("ben")
    own = await firm.coop.write(
        threads.open_thread, by=threads.account(ben.id), to=threads.DESK, text="About my pay"
    )
    assert (await firm.rosa.get(f"/threads/{own.thread_id}")).status == 404
    shared = await firm.coop.read(
        threads.seat, await firm.write_to_ben(), await firm.account("rosa")
    )
    await firm.coop.write(threads.block, shared, everywhere=True)
    sam = threads.account((await firm.account("sam")).id)
    await firm.coop.write(threads.open_thread, by=sam, to=threads.account(ben.id), text="Hello")
    draft = await firm.coop.write(listings.create, ListingDraft("Cake"), by=ben.id, publish=False)
    assert (await firm.rosa.get(f"/listings/{draft.id}")).status == 404
    assert "Cake" not in (await firm.rosa.get("/mine")).text


async def test_what_an_officer_takes_from_the_desk_is_no_affair_of_their_firm(firm: Firm) -> None:
    coop, rosa, sam = firm.coop, await firm.account("rosa"), await firm.account("sam")
    await coop.write(accounts.add_role, rosa.id, Role.ADMIN, by="operator")
    about = threads.Topic(f"{coop.address}/listings/x", "The coop's van", threads.DESK)
    seat = await coop.write(
        threads.open_thread, by=threads.account(sam.id), to=threads.DESK, text="May I?", about=about
    )
    path = f"/threads/{seat.thread_id}"
    theirs = await coop.read(threads.seat, seat.thread_id, await firm.account("rosa"))
    await coop.write(threads.claim, theirs)
    assert (await firm.rosa.get(path)).status == 200
    assert (await firm.ben.get(path)).status == 404


async def test_a_firms_offers_and_days_are_those_of_all_who_act_for_it(firm: Firm) -> None:
    assert "Rye" in (await firm.rosa.get("/mine")).text
    assert (await firm.rosa.get(f"/listings/{firm.rye.id}/edit")).status == 200
    assert (await firm.sam.get(f"/listings/{firm.rye.id}/edit")).status == 403
    await firm.asked_for()
    days = await firm.coop.read(own_dates.of, await firm.account("rosa"))
    assert "Your answer is due: Rye" in [one.summary for one in days]
    rosa, ben = await firm.account("rosa"), threads.account((await firm.account("ben")).id)
    wanted = Wanted((WantedLine(firm.rye.id),))
    with pytest.raises(NotAllowed):
        await firm.coop.write(agreements.ask, wanted, account=rosa)
    said = {"text": "Hi", "about": threads.Topic(firm.rye.uri, "Rye", ben)}
    with pytest.raises(NotAllowed):
        await firm.coop.write(threads.open_thread, by=threads.account(rosa.id), to=ben, **said)


async def test_who_acts_for_a_firm_no_longer_sees_nothing_of_it_and_it_goes_on(
    firm: Firm,
) -> None:
    asked, thread_id = await firm.asked_for(), await firm.write_to_ben()
    ben = await firm.account("ben")
    assert (await firm.rosa.post(f"/account/colleagues/{ben.id}")).status == 303
    assert (await firm.ben.get(f"/agreements/{asked.id}")).status == 303
    rosa = await firm.account("rosa")
    view = (
        await firm.coop.read(agreements.agreement, asked.id, agreements.of_account(rosa))
    ).agreement
    assert view.provider_account == rosa.id
    assert (await firm.rosa.get(f"/threads/{thread_id}")).status == 200


async def test_a_colleague_leaves_the_coop_and_takes_nothing_of_the_firm_along(
    firm: Firm,
) -> None:
    asked, thread_id = await firm.asked_for(), await firm.write_to_ben()
    assert "for your firm" in (await firm.ben.get("/account/leave")).text
    await firm.coop.write(privacy.leave, await firm.account("ben"), keep_listings=False)
    assert "Rye" in (await firm.rosa.get("/mine")).text
    assert "Is it fresh?" in (await firm.rosa.get(f"/threads/{thread_id}")).text
    assert (await firm.rosa.get(f"/agreements/{asked.id}")).status == 200
