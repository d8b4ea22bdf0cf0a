"""What people offer, and what moderators look at."""

from collections.abc import AsyncGenerator
from datetime import timedelta

from node import listings, policies, threads
from node.accounts import AccountView, Role
from node.listings import Complaint, ListingDraft
from tests.stories.market import offer
from tests.support.town import Coop, TownFounder
from tests.ui.web.visitor import entered
from tests.ui.web.waiting_cases.table import Scene, alone, case, person


async def desk(found_town: TownFounder) -> tuple[Coop, AccountView, AccountView]:
    """A coop, a moderator, a member."""
    coop = await alone(found_town)
    return coop, await person(coop, "mo", Role.MODERATOR), await person(coop, "rosa")


@case("listing_report")
async def _reported(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, mo, rosa = await desk(found_town)
    listing = await offer(coop, "Drum lessons", by=rosa.id)
    number = await coop.write(listings.report, listing, Complaint("wrong"))
    yield Scene(coop, mo, rosa)
    await coop.write(listings.decide, number, "leave", by=mo)


@case("withheld")
async def _withheld(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, mo, rosa = await desk(found_town)
    listing = await offer(coop, "Drum lessons", by=rosa.id)
    number = await coop.write(listings.report, listing, Complaint("wrong"))
    why = {"ground": "wrong", "words": "There are no drums."}
    await coop.write(listings.decide, number, "withhold", by=mo, **why)
    yield Scene(coop, rosa, mo)
    await coop.write(listings.appeal, number, "There are two.", by=rosa)


@case("message_report")
async def _message(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, mo, rosa = await desk(found_town)
    maya = await person(coop, "maya")
    listing = await offer(coop, "Drum lessons", by=rosa.id)
    async with entered(coop, maya) as hers, entered(coop, rosa) as his:
        await hers.post(f"/write?listing={listing.id}", {"text": "You drum badly."})
        [line] = await coop.read(threads.threads, rosa)
        await his.post(f"/threads/{line.id}", {"do": "report", "reason": "Rude"})
    yield Scene(coop, mo, rosa)
    [report] = await coop.read(threads.reports, mo)
    await coop.write(threads.settle, report.id, by=mo)


@case("review")
async def _review(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, mo, rosa = await desk(found_town)
    rule = policies.LISTINGS_REVIEW.name
    await coop.write(policies.choose, rule, "looked-at-first", by="operator")
    sent = await coop.write(listings.create, ListingDraft("Drum lessons"), by=rosa.id, publish=True)
    yield Scene(coop, mo, rosa)
    await coop.write(listings.review, sent.id, "approve", by=mo, expected_version=sent.version)


@case("ending")
async def _ending(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, mo, rosa = await desk(found_town)
    listing = await offer(coop, "Home clean", by=rosa.id)
    assert listing.expires_at is not None
    clock = coop.node.clock
    clock.advance(listing.expires_at - clock.now() - timedelta(days=2))  # type: ignore[attr-defined]
    yield Scene(coop, rosa, mo)
    await coop.write(listings.change_state, listing.id, "renew", by=rosa.id)


@case("draft")
async def _draft(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, mo, rosa = await desk(found_town)
    made = await coop.write(listings.create, ListingDraft("Ironing"), by=rosa.id, publish=False)
    yield Scene(coop, rosa, mo)
    await coop.write(listings.change_state, made.id, "publish", by=rosa.id)
