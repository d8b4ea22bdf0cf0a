"""Reasons and states that lie in the database as codes are told in the reader's words."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from federation.guard import Guard
from federation.models import Delivery, DeliveryState
from federation.storage import UnitOfWork
from federation.storage.base import table_of
from node import listings, webhooks
from node.accounts.models import AccountSession
from node.listings import ListingDraft
from node.listings.availability.models import calendar_table
from node.peers.models import Wish
from node.webhooks import About, Draft, queue
from tests.support.pseudo import OPENS, no_language, plain_words
from tests.support.town import Coop, Town
from tests.ui.web.test_availability import FORM
from tests.ui.web.visitor import Visitor, signed_in

AWAY = "no-answer: http://pioneer.localhost/inbox: nobody answers there."
ENGLISH = {"nobody", "answers", "there", "suspended", "by", "us", "on"}


@pytest.mark.parametrize(
    "kept", [AWAY, *(pytest.param(kept, marks=pytest.mark.soak) for kept in ("suspended by us",))]
)
async def test_no_page_shows_a_reason_in_the_programs_english(two: Town, kept: str) -> None:
    coop, other = two.coops
    async with signed_in(coop, "femi", "admin") as femi:
        paths = await troubled(coop, femi, kept, f"{other.address}/hooks")
        with no_language():
            for path in paths:
                page = (await femi.get(path, **{"Accept-Language": "ar"})).text
                assert OPENS in page, path
                assert "nobody answers" not in page, path
                assert not plain_words(page) & ENGLISH, path


async def troubled(coop: Coop, femi: Visitor, kept: str, url: str) -> list[str]:
    """Something held up of each kind that is noted with its reason; where each is shown."""
    listing = await coop.write(listings.create, ListingDraft("Bread"), by=None, publish=True)
    await femi.post(f"/listings/{listing.id}/availability", FORM)
    hook = await coop.write(tried, kept, url, coop.node.federation.client.guard)
    await coop.write(held_up, kept)
    await coop.write(unread, listing.id, kept)
    shown = [f"/settings/webhooks/{hook}", f"/listings/{listing.id}/availability"]
    return ["/peers", "/account", *shown]


async def held_up(uow: UnitOfWork, kept: str) -> None:
    soon = uow.now + timedelta(hours=1)
    wish = {"attempts": 1, "created_at": uow.now, "next_attempt_at": soon, "last_error": kept}
    uow.session.add(Wish(address="pioneer.localhost", **wish))
    held = {"state": DeliveryState.HELD, "attempts": 1, "last_error": kept}
    await uow.execute(update(table_of(Delivery)).values(held))
    await uow.execute(update(table_of(AccountSession)).values(device="Firefox on Linux"))


async def tried(uow: UnitOfWork, kept: str, url: str, guard: Guard) -> str:
    draft = Draft(url, list(webhooks.KIND_WORDS), "Hooks")
    view, _secret = await webhooks.create(uow, draft, guard, by=None)
    job = await queue.add_test(uow, view.id, About(id=view.id, url=url))
    await queue.record(uow, [queue.Attempt(job, uow.now, error=kept)])
    return view.id


async def unread(uow: UnitOfWork, listing_id: str, kept: str) -> None:
    row = {"id": uow.new_id(), "listing_id": listing_id, "name": "Rosa", "fault": kept}
    await uow.execute(insert(calendar_table), [row | {"address": "https://rosa.example/a.ics"}])
