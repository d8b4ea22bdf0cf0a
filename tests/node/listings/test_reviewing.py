"""Listings that are looked at before they are published, and a word before they run out."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import insert

from federation.storage import UnitOfWork
from node import accounts, listings, notices, policies
from node.accounts import AccountView, Role
from node.errors import Conflict, InvalidInput, NotAllowed
from node.listings import ListingDraft, ListingView, Picture
from node.media.models import picture_table, sending_table
from tests.node.listings.conftest import MEMBER, Coop


async def account(coop: Coop, handle: str, *roles: Role) -> AccountView:
    made: AccountView = await coop.write(
        lambda uow: accounts.create_account(
            uow, handle=handle, name=handle, roles={Role.MEMBER, *roles}
        )
    )
    return made


async def told(coop: Coop, who: AccountView) -> list[str]:
    return [str(one.text) for one in await coop.ask(lambda reader: notices.notices(reader, who))]


async def test_what_a_member_publishes_waits_until_somebody_has_looked_at_it(
    followed: Coop,
) -> None:
    coop = followed
    rosa, sam = await account(coop, "rosa"), await account(coop, "sam", Role.ADMIN)

    async def create(by: AccountView, title: str) -> ListingView:
        draft = ListingDraft(title)
        view: ListingView = await coop.write(
            lambda uow: listings.create(uow, draft, by=by.id, publish=True)
        )
        return view

    async def review(
        act: str, by: AccountView = sam, words: str = "", version: int = 0
    ) -> ListingView:
        now = await coop.ask(lambda reader: listings.listing(reader, sent.id))
        seen = version or now.version
        view: ListingView = await coop.write(
            lambda uow: listings.review(
                uow, sent.id, act, by=by, words=words, expected_version=seen
            )
        )
        return view

    async def step(event: str) -> ListingView:
        view: ListingView = await coop.write(
            lambda uow: listings.change_state(uow, sent.id, event, by=rosa.id)
        )
        return view

    assert (await create(rosa, "Before the rule")).state == "published"
    name = policies.LISTINGS_REVIEW.name
    await coop.write(lambda uow: policies.choose(uow, name, "looked-at-first", by=sam.id))
    assert (await create(sam, "By who looks")).state == "published"
    sent = await create(rosa, "Drum lessons")
    assert (sent.state, sent.publication_id, sent.expires_at) == ("in-review", None, None)
    assert await coop.titles("drum", viewer=MEMBER) == []
    waiting = "“Drum lessons” waits to be looked at before it is published."
    assert await told(coop, sam) == [waiting]
    with pytest.raises(NotAllowed):
        await review("approve", by=rosa)
    with pytest.raises(InvalidInput, match="words"):
        await review("send-back")
    back = await review("send-back", words="In which room?")
    assert (back.state, back.review_note) == ("draft", "In which room?")
    assert await told(coop, sam) == []
    assert await told(coop, rosa) == [
        "“Drum lessons” was sent back. Read why, and send it in again."
    ]
    again = await step("publish")
    assert (again.state, again.review_note) == ("in-review", None)
    assert (await told(coop, sam), await told(coop, rosa)) == ([waiting], [])
    assert (await step("take-back")).state == "draft"
    assert await told(coop, sam) == []
    with pytest.raises(Conflict):
        await review("approve")
    seen = await step("publish")
    other = replace(listings.draft_of(seen), title="Drum lessons at night")
    await coop.write(
        lambda uow: listings.edit(uow, sent.id, other, by=rosa.id, expected_version=seen.version)
    )
    with pytest.raises(Conflict, match="then decide"):
        await review("approve", version=seen.version)
    now = await coop.ask(lambda reader: listings.listing(reader, sent.id))
    same = replace(other, title="Drum lessons")
    await coop.write(
        lambda uow: listings.edit(uow, sent.id, same, by=rosa.id, expected_version=now.version)
    )
    assert [one.id for one in await coop.ask(listings.in_review)] == [sent.id]
    out = await review("approve")
    assert (out.state, out.publication_id) == ("published", sent.id)
    assert await coop.titles("drum") == ["Drum lessons"]
    assert await told(coop, rosa) == ["“Drum lessons” was looked at, and is published."]
    assert (await step("pause")).state == "paused"
    assert (await step("resume")).state == "published"
    await create(rosa, "Piano lessons")
    assert len(await told(coop, sam)) == 1
    await coop.write(lambda uow: listings.take_down_all_of(uow, rosa.id))
    assert (await told(coop, sam), await coop.ask(listings.in_review)) == ([], [])


async def test_a_change_waits_beside_what_is_out_and_leaves_its_state(followed: Coop) -> None:
    coop = followed
    rosa, sam = await account(coop, "rosa"), await account(coop, "sam", Role.ADMIN)
    name = policies.LISTINGS_REVIEW.name

    async def now() -> ListingView:
        view: ListingView = await coop.ask(lambda reader: listings.listing(reader, made.id))
        return view

    async def edit(by: AccountView = rosa, **said: Any) -> ListingView:
        view = await now()
        draft = replace(listings.draft_of(view.latest), **said)
        await coop.write(
            lambda uow: listings.edit(uow, made.id, draft, by=by.id, expected_version=view.version)
        )
        return await now()

    async def review(act: str, words: str = "") -> ListingView:
        seen = (await now()).version
        await coop.write(
            lambda uow: listings.review(
                uow, made.id, act, by=sam, words=words, expected_version=seen
            )
        )
        return await now()

    async def step(event: str) -> ListingView:
        await coop.write(lambda uow: listings.change_state(uow, made.id, event, by=rosa.id))
        return await now()

    draft = ListingDraft("Drum lessons", kind="service", price_amount=Decimal(20), currency="GBP")
    made = await coop.write(lambda uow: listings.create(uow, draft, by=rosa.id, publish=True))
    await coop.write(lambda uow: policies.choose(uow, name, "looked-at-first", by=sam.id))
    picture = Picture("a" * 64, "A drum", 400, 300)
    sent = {"digest": picture.digest, "sent_at": coop.clock.now()}
    kept = insert(picture_table).values(width=400, height=300, **sent)
    await coop.write(lambda uow: uow.execute(kept))
    its = insert(sending_table).values(id="1", account_id=rosa.id, **sent)
    await coop.write(lambda uow: uow.execute(its))
    waits = await edit(title="Loud drum lessons", pictures=(picture,), price_amount=Decimal(25))
    assert (waits.state, waits.title, waits.latest.title) == (
        "published",
        "Drum lessons",
        "Loud drum lessons",
    )
    assert (waits.prices[0].amount, waits.pictures, waits.latest.pictures) == (25, (), (picture,))
    assert picture.digest in await coop.ask(listings.used_pictures)
    assert await coop.titles("drum") == ["Drum lessons"]
    assert await told(coop, sam) == [
        "“Loud drum lessons” waits to be looked at before it is published."
    ]
    assert [one.title for one in await coop.ask(listings.in_review)] == ["Loud drum lessons"]
    told_out = waits.updated_at
    coop.clock.advance(timedelta(hours=1))
    assert (await edit(body="By night")).updated_at == told_out
    assert len(await told(coop, sam)) == 1
    back = await review("send-back", "How loud?")
    assert (back.state, back.title, back.review_note) == ("published", "Drum lessons", "How loud?")
    assert (await told(coop, sam), await coop.ask(listings.in_review)) == ([], [])
    assert await coop.titles("drum") == ["Drum lessons"]
    assert (await edit(sam, price_amount=Decimal(30))).title == "Drum lessons"
    await review("send-back", "How loud?")
    again = await edit()
    assert (again.rewritten_at, again.review_note) == (coop.clock.now(), None)
    assert (await step("pause")).state == "paused"
    stands = await review("approve")
    assert (stands.state, stands.title, stands.body) == ("paused", "Loud drum lessons", "By night")
    assert await told(coop, rosa) == [
        "Your change of “Loud drum lessons” was looked at, and stands. "
        "What is paused or over stays so."
    ]
    await step("resume")
    await edit(title="Pills")
    coop.clock.advance(timedelta(days=200))
    await coop.write(listings.expire_due)
    over = await review("approve")
    assert (over.state, over.title) == ("expired", "Pills")
    assert await coop.titles("pills") == []
    assert (await edit(title="Drums")).latest.title == "Drums"
    dropped = await step("take-back")
    assert (dropped.state, dropped.latest.title) == ("expired", "Pills")
    assert (await told(coop, sam), await coop.ask(listings.in_review)) == ([], [])
    await edit(title="Drums")
    assert (await edit(title="Pills")).rewritten is None
    await edit(title="Drums")
    assert (await step("retire")).rewritten is None
    assert (await told(coop, sam), await coop.ask(listings.in_review)) == ([], [])


async def test_what_an_admin_brings_in_waits_for_nobody_and_never_replaces_a_change_that_waits(
    coop: Coop,
) -> None:
    rosa, sam = await account(coop, "rosa"), await account(coop, "sam", Role.ADMIN)
    draft = ListingDraft("Bread", source_id="7", source="ours.csv")
    made = await coop.write(lambda uow: listings.create(uow, draft, by=rosa.id, publish=True))
    name = policies.LISTINGS_REVIEW.name
    await coop.write(lambda uow: policies.choose(uow, name, "looked-at-first", by=sam.id))
    rye = replace(listings.draft_of(made), title="Rye bread")
    await coop.write(
        lambda uow: listings.edit(uow, made.id, rye, by=rosa.id, expected_version=made.version)
    )

    async def bring(row: str, name: str = "ours.csv", *, refused: int = 0) -> ListingView:
        file = listings.read_rows(f"id,title,place\n{row}\n".encode(), name)
        store = SimpleNamespace(
            reading=coop.database.reading,
            write=coop.database.write,
            config=SimpleNamespace(currency="GBP"),
        )
        report = await listings.import_rows(store, file, by=sam.id)
        assert (report.updated, len(report.refused)) == (1 - refused, refused)
        assert all("is not out yet" in str(one.reason) for one in report.refused)
        view: ListingView = await coop.ask(lambda reader: listings.listing(reader, made.id))
        return view

    elsewhere = await bring("7,Bread,Leeds")
    assert (elsewhere.place_name, elsewhere.latest.title) == ("Leeds", "Rye bread")
    assert await bring("7,Wheat bread,Leeds", refused=1) == elsewhere
    same = await bring("7,Rye bread,Leeds", name="saved anew.csv")
    assert (same.title, same.rewritten, same.state) == ("Rye bread", None, "published")
    assert (await told(coop, sam), await coop.ask(listings.in_review)) == ([], [])
    assert (await bring("7,Wheat bread,Leeds")).title == "Wheat bread"


async def test_whoever_wrote_it_hears_once_that_it_runs_out_and_offers_it_on(coop: Coop) -> None:
    rosa = await account(coop, "rosa")

    async def create(title: str, **said: Any) -> ListingView:
        draft = ListingDraft(title, **said)
        view: ListingView = await coop.write(
            lambda uow: listings.create(uow, draft, by=rosa.id, publish=True)
        )
        return view

    async def reminded() -> list[str]:
        await coop.write(listings.remind_due)
        return await told(coop, rosa)

    async def renew(uow: UnitOfWork) -> ListingView:
        return await listings.change_state(uow, bread.id, "renew", by=rosa.id)

    bread = await create("Bread", expires_on=date(2027, 2, 1))
    await create("Only this week", expires_on=date(2027, 1, 9))
    assert await reminded() == []
    with pytest.raises(Conflict, match="does not run out soon"):
        await coop.write(renew)
    coop.clock.advance(timedelta(days=21))
    said = "“Bread” runs out on 1 February 2027, unless you offer it for longer."
    assert await reminded() == [said]
    await coop.write(lambda uow: notices.forget_account(uow, rosa.id))
    assert await reminded() == []
    longer = await coop.write(renew)
    assert (longer.state, longer.expires_on) == ("published", None)
    assert longer.expires_at == coop.clock.now() + timedelta(days=180)
    assert await told(coop, rosa) == []
