"""People passed on from coop to coop: what the desks and the person do, in few words."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from node import accounts, handoffs, referrals
from node.accounts import Role
from node.referrals import Draft, ReferralView, Side
from tests.support.town import Coop, Town

PERSON = {
    "name": "Olumide Olatunji",
    "phone": "01632 960088",
    "email": "olumide@olatunji.example",
    "address": "14 Butterworth Row",
    "notes": "Rings the bell twice, hard of hearing",
}
BOILER = Draft(
    "Gas boiler, no hot water since Sunday. Mornings are good.",
    category="repairs",
    place="Near Milnrow",
    urgency="soon",
    currency="GBP",
    budget=Decimal(200),
    fee_kind="percent",
    fee_percent=Decimal(5),
    fee_at_most=Decimal(25),
)
CARE = Draft("Help at home after hospital, two weeks", category="care", place="Rochdale")


@dataclass
class Case:
    """One person's need at the coop that passes it on, and the secret code of their link."""

    town: Town
    sender: Coop
    by: str
    first: str
    code: str

    async def newest(self) -> ReferralView:
        """The attempt that is under way."""
        [view, *_older] = await self.sender.read(referrals.referrals, side=Side.SENT)
        return view

    async def states(self) -> list[str]:
        """Of every attempt, the first one first."""
        views = await self.sender.read(referrals.referrals, side=Side.SENT)
        return [str(view.state) for view in reversed(views)]

    async def send(self) -> ReferralView:
        await self.sender.write(referrals.send, self.first, by=self.by)
        await settle(self.town)
        return await self.newest()

    async def confirm(self) -> None:
        await self.sender.write(referrals.confirm, (await self.newest()).id, by=self.by)
        await settle(self.town)

    async def withdraw_consent(self) -> None:
        """The person presses the button on their page."""
        await self.sender.write(referrals.withdraw_consent, self.code)
        await settle(self.town)


@dataclass
class Desk:
    """The referral desk of a coop that is asked."""

    town: Town
    coop: Coop

    async def received(self) -> ReferralView:
        [view, *_older] = await self.coop.read(referrals.referrals, side=Side.RECEIVED)
        return view

    async def detail(self) -> referrals.Detail:
        found: referrals.Detail = await self.coop.read(referrals.detail, (await self.received()).id)
        return found

    async def accept(self) -> None:
        await self.coop.write(referrals.accept, (await self.received()).id, by="desk")
        await settle(self.town)

    async def decline(self, reason: str = "capacity") -> None:
        await self.coop.write(referrals.decline, (await self.received()).id, reason, by="desk")
        await settle(self.town)

    async def hold(self) -> None:
        await self.coop.write(referrals.hold, (await self.received()).id, by="desk")
        await settle(self.town)

    async def tell(self, event: str, reason: str | None = None) -> None:
        view = await self.received()
        await self.coop.write(referrals.progress, view.id, event, reason=reason, by="desk")
        await settle(self.town)

    async def complete(self, outcome: str = "done", value: str | None = "180") -> None:
        given = None if value is None else Decimal(value)
        view = await self.received()
        await self.coop.write(
            referrals.complete, view.id, outcome, value=given, currency="GBP", by="desk"
        )
        await settle(self.town)

    async def work(self) -> None:
        """From yes to the work under way."""
        for event in ("contact", "start"):
            await self.tell(event)


async def settle(town: Town) -> None:
    """Let messages travel, and contact data be fetched."""
    await town.settle()
    for coop in town.coops:
        while await handoffs.collect_due(coop.node.federation):
            await town.settle()


async def time_passes(town: Town, **step: Any) -> None:
    """Move the clock, and let every coop do what is due."""
    from datetime import timedelta

    town.clock.advance(timedelta(**step))
    for coop in town.coops:
        await coop.node.run_due()
    await settle(town)


async def in_touch(town: Town) -> tuple[Coop, Coop, Coop]:
    """Lanehead, in touch with Portici and with Pioneer."""
    lanehead, portici, pioneer = town.coops
    await town.introduce(lanehead, portici)
    await town.introduce(lanehead, pioneer)
    return lanehead, portici, pioneer


async def written(
    town: Town,
    sender: Coop,
    *recipients: Coop,
    draft: Draft = BOILER,
    fields: tuple[str, ...] = ("name", "phone", "address"),
    file: tuple[str, bytes] | None = None,
    handle: str = "jean",
) -> Case:
    """A member writes a need down, the desk asks the person, who has the link now."""
    account = await sender.write(
        accounts.create_account, handle=handle, name="Jean Hallam", roles={Role.ADMIN}
    )
    view = await sender.write(referrals.start, draft, person=PERSON, by=account.id)
    if file is not None:
        await sender.write(referrals.attach, view.id, *file)
    line = [coop.uri for coop in recipients]
    await sender.write(
        referrals.ask_consent, view.id, recipients=line, fields=list(fields), by=account.id
    )
    consent = await sender.read(referrals.consent_of, view.case_id)
    code = await sender.read(referrals.code_of, consent)
    return Case(town, sender, account.id, view.id, code)


async def passed_on(town: Town, sender: Coop, *recipients: Coop, **told: Any) -> Case:
    """The same, and the person said yes on their page, and it was sent."""
    case = await written(town, sender, *recipients, **told)
    await sender.write(referrals.give, case.code, language="en")
    await case.send()
    return case
