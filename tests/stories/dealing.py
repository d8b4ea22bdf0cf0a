"""Two coops that deal with each other: a member of one books what a member of the other offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from federation.models import OutboxEntry
from node import accounts, agreements
from node.accounts import AccountView, Role
from node.agreements import AgreementView, Contact, Detail, Revision, Said, Wanted, WantedLine
from node.listings import ListingView
from tests.stories.market import offer
from tests.support import books
from tests.support.town import Coop, Town

START = datetime(2027, 1, 12, 9, tzinfo=UTC)
END = START + timedelta(hours=2)


@dataclass
class Dealer:
    """A member of a coop, and what they do about one agreement."""

    coop: Coop
    account: AccountView

    @property
    def by(self) -> agreements.By:
        return agreements.of_account(self.account)

    async def do(
        self, step: str, *, revision: Revision | None = None, **said: Any
    ) -> AgreementView:
        """Take a step about the newest agreement."""
        view: AgreementView = await self.coop.write(
            agreements.do, (await self.newest()).id, step, self.by, Said(**said), revision=revision
        )
        return view

    async def ask(
        self, listing_uri: str, *, contact: Contact | None = None, timed: bool = True, **line: Any
    ) -> AgreementView:
        times = {"start": START, "end": END, "time_zone": "Europe/London"} if timed else {}
        wanted = Wanted((WantedLine(listing_uri, **line),), **times)
        made = await self.coop.write(agreements.ask, wanted, account=self.account, contact=contact)
        return made.agreement

    async def all(self) -> Sequence[AgreementView]:
        found: Sequence[AgreementView] = await self.coop.read(agreements.agreements, self.by)
        return found

    async def newest(self) -> AgreementView:
        return (await self.all())[0]

    async def see(self) -> Detail:
        detail: Detail = await self.coop.read(
            agreements.agreement, (await self.newest()).id, self.by
        )
        return detail


@dataclass
class Deal:
    """Lanehead, where rosa offers a home clean, and Portici, where giulia wants one."""

    town: Town
    rosa: Dealer
    giulia: Dealer
    listing: ListingView

    @property
    def lanehead(self) -> Coop:
        return self.rosa.coop

    @property
    def portici(self) -> Coop:
        return self.giulia.coop

    async def asked(self, **said: Any) -> AgreementView:
        view = await self.giulia.ask(self.listing.uri, **said)
        await self.town.settle()
        return view

    async def agreed(self, **said: Any) -> None:
        await self.asked(**said)
        await self.rosa.do("accept")
        await self.town.settle()

    async def say(self, who: Dealer, step: str, **said: Any) -> None:
        """One step, and everything travels."""
        await who.do(step, **said)
        await self.town.settle()

    async def states(self) -> tuple[str, str]:
        """How both nodes see it: provider, customer."""
        provider, customer = await self.rosa.newest(), await self.giulia.newest()
        return provider.state.value, customer.state.value

    async def payments(self) -> tuple[str, str]:
        provider, customer = await self.rosa.newest(), await self.giulia.newest()
        return provider.payment.value, customer.payment.value

    async def pass_time(self, span: timedelta) -> None:
        self.town.clock.advance(span)
        for coop in self.town.coops:
            await coop.node.run_due()
        await self.town.settle()

    async def check_books(self) -> None:
        for coop in (self.lanehead, self.portici):
            assert await books.faults(coop.node.database) == []


async def begin(town: Town) -> Deal:
    """Two coops in touch, one listing, two members."""
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    rosa = await member(lanehead, "rosa")
    giulia = await member(portici, "giulia")
    draft = {"price_amount": Decimal("18.50"), "currency": "GBP", "unit": "hour"}
    listing = await offer(lanehead, "Home clean", by=rosa.account.id, **draft)
    await town.settle()
    return Deal(town, rosa, giulia, listing)


async def member(coop: Coop, handle: str) -> Dealer:
    account = await coop.write(
        accounts.create_account, handle=handle, name=handle.title(), roles={Role.MEMBER}
    )
    return Dealer(coop, account)


async def said_by(coop: Coop) -> list[tuple[str, bytes]]:
    """Type and body of everything a coop said about agreements."""

    async def read(reader: Any) -> Any:
        chosen = select(OutboxEntry.activity_type, OutboxEntry.body).where(
            OutboxEntry.object_uri.contains("/agreements/")
        )
        return await reader.rows(chosen.order_by(OutboxEntry.seq))

    return [(row.activity_type, row.body) for row in await coop.read(read)]
