"""A suspended member begins nothing new; what is under way goes on, and they read why."""

from decimal import Decimal

import pytest

from node import accounts, agreements, listings
from node.agreements import Wanted, WantedLine
from node.errors import Conflict, InvalidInput, NotAllowed
from node.listings import ListingDraft, State
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.test_colleagues import comes_in, speaks_for
from tests.ui.web.test_listing_pages import listing
from tests.ui.web.visitor import signed_in, stranger

WHY = "No insurance since 1 May"
PRICE = {"price_amount": Decimal(18), "currency": "GBP", "unit": "hour"}


def wanted(listing: listings.ListingView) -> Wanted:
    return Wanted((WantedLine(listing.id),))


async def test_a_suspended_member_and_a_firms_colleagues_begin_nothing_new(coop: Coop) -> None:
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "sam"),
        stranger(coop) as ben,
    ):
        firm = await speaks_for(coop, "rosa")
        ben_id = await comes_in(ben, rosa, "ben")
        rosa_id, sam_now = (
            (await coop.read(accounts.by_handle, "rosa")).id,
            await coop.read(accounts.by_handle, "sam"),
        )
        bread = await offer(coop, "Rye", by=rosa_id, **PRICE)
        held = await offer(coop, "Rolls", by=rosa_id, **PRICE)
        await coop.write(listings.change_state, held.id, "pause", by=rosa_id)
        sams = await offer(coop, "Flour", by=sam_now.id, **PRICE)
        under_way = (await coop.write(agreements.ask, wanted(bread), account=sam_now)).agreement
        suspend = {"do": "suspend", "reason": WHY}
        assert (await femi.post(f"/members/{firm}", suspend)).status == 303

        for who in (rosa_id, ben_id):
            now = await coop.read(accounts.account, who)
            with pytest.raises(InvalidInput):
                await offer(coop, "Cake", by=who)
            draft = await coop.write(listings.create, ListingDraft("Cake"), by=who, publish=False)
            with pytest.raises(InvalidInput):
                await coop.write(listings.change_state, draft.id, "publish", by=who)
            with pytest.raises(NotAllowed):
                await coop.write(agreements.ask, wanted(sams), account=now)
        with pytest.raises(NotAllowed):
            await coop.write(listings.change_state, held.id, "resume", by=rosa_id)
        changed = listings.draft_of(bread)
        version = {"by": rosa_id, "expected_version": bread.version}
        with pytest.raises(NotAllowed):
            await coop.write(listings.edit, bread.id, changed, **version)
        with pytest.raises(Conflict):  # nobody else hears that it is because of a suspension
            await coop.write(agreements.ask, wanted(bread), account=sam_now)

        assert (await coop.read(listings.listing, bread.id)).state is State.PUBLISHED
        assert "Rye" in (await femi.get(f"/listings/{bread.id}")).text
        by = agreements.of_account(await coop.read(accounts.account, rosa_id))
        done = await coop.write(agreements.do, under_way.id, "accept", by)
        assert done.state == "accepted"
        assert (await rosa.get("/account/data")).status == 200
        assert (await coop.write(listings.change_state, bread.id, "retire", by=rosa_id)).id

        await femi.post(f"/members/{firm}", {"do": "reinstate"})
        assert (await coop.write(listings.change_state, held.id, "resume", by=rosa_id)).id


async def test_they_read_why_and_where_to_object_and_nobody_else_does(coop: Coop) -> None:
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "sam") as sam,
    ):
        firm = await speaks_for(coop, "rosa")
        assert WHY not in (await rosa.get("/")).text
        await femi.post(f"/members/{firm}", {"do": "suspend", "reason": WHY})
        page = (await rosa.get("/")).text
        assert WHY in page
        assert 'href="/write">Object' in page
        assert WHY not in (await sam.get("/")).text
        assert (await rosa.post("/write", {"text": "I have one."})).status == 303
        refused = await rosa.post("/listings/new", listing(then="publish"))
        assert (refused.status, "Your membership is suspended." in refused.text) == (422, True)
        await femi.post(f"/members/{firm}", {"do": "reinstate"})
        assert WHY not in (await rosa.get("/")).text
