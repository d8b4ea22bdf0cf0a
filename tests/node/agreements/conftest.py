"""Lanehead, whose members offer and book; the database has every table, nobody is connected."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from federation.ourselves import CoopProfile
from federation.storage import Database, UnitOfWork
from node import accounts, agreements, listings, peers, timers
from node.accounts import AccountView, Role
from node.agreements import Asked, By, Contact, Said, Wanted, WantedLine
from node.listings import ListingDraft, ListingView
from tests.federation.factories import related, remote_actor
from tests.node.agreements.peers import GROCER, MILL, Peer
from tests.support.asking import Asking
from tests.support.clock import FixedClock

PROFILE = CoopProfile("Loaf", "Bread for all.", "Leeds, GB", 53.8, -1.55, ("en",), (), None)
START = datetime(2027, 1, 12, 9, tzinfo=UTC)


@dataclass
class Coop(Asking):
    """What the tests drive. rosa offers, maya books, sam looks after the coop."""

    database: Database
    clock: FixedClock
    rosa: AccountView
    maya: AccountView
    sam: AccountView

    async def offer(self, title: str = "Home clean", **said: Any) -> ListingView:
        by = said.pop("by", self.rosa.id)
        given = {"price_amount": Decimal("18.50"), "currency": "GBP", "unit": "hour"} | said
        draft = ListingDraft(title, **given)
        view: ListingView = await self.write(listings.create, draft, by=by, publish=True)
        return view

    async def ask(self, listing: ListingView, *, by: AccountView | None = None, **said: Any) -> Any:
        asked = await self.asked(listing, account=by or self.maya, **said)
        return asked.agreement

    async def asked(
        self,
        listing: ListingView,
        *,
        account: AccountView | None,
        contact: Contact | None = None,
        hours: int | None = 2,
        start: datetime = START,
        **line: Any,
    ) -> Asked:
        times = {"start": start, "end": start + timedelta(hours=hours)} if hours else {}
        wanted = Wanted((WantedLine(listing.id, **line),), **times)
        made: Asked = await self.write(agreements.ask, wanted, account=account, contact=contact)
        return made

    async def do(self, agreement: Any, step: str, by: AccountView | By, **said: Any) -> Any:
        who = by if isinstance(by, By) else agreements.of_account(by)
        revision = said.pop("revision", None)
        return await self.write(
            agreements.do, agreement.id, step, who, Said(**said), revision=revision
        )

    async def see(self, agreement: Any, by: AccountView | By) -> agreements.Detail:
        who = by if isinstance(by, By) else agreements.of_account(by)
        detail: agreements.Detail = await self.read(agreements.agreement, agreement.id, who)
        return detail

    async def wait(self, span: timedelta) -> None:
        """Let time pass, and what it brings about."""
        self.clock.advance(span)
        while await self.database.write(timers.run_due):
            pass


@pytest.fixture
async def coop(database: Database, clock: FixedClock) -> Coop:
    return await _founded(database, clock)


@pytest.fixture
async def coop_on_each(either_database: Database, clock: FixedClock) -> Coop:
    """The same coop, once on SQLite and once on PostgreSQL."""
    return await _founded(either_database, clock)


async def _founded(database: Database, clock: FixedClock) -> Coop:
    people = {}

    async def found(uow) -> None:
        people.clear()  # PostgreSQL may run it again
        await peers.first_profile(uow, PROFILE)
        for handle in ("rosa", "maya", "sam"):
            roles = {Role.MEMBER, Role.ADMIN} if handle == "sam" else {Role.MEMBER}
            people[handle] = await accounts.create_account(
                uow, handle=handle, name=handle, roles=roles
            )

    await database.write(found)
    return Coop(database, clock, **people)


@pytest.fixture
async def grocer(coop: Coop) -> Peer:
    """Another coop that we know; so we do the mill."""

    async def know(uow: UnitOfWork) -> None:
        for uri in (GROCER, MILL):
            remote_actor(uow, uri)
            related(uow, uri)

    await coop.write(know)
    return Peer(coop, GROCER)


@pytest.fixture
async def listing(coop: Coop) -> ListingView:
    return await coop.offer()
