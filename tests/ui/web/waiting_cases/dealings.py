"""Agreements, letters, people passed on."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from node import referrals
from node.accounts import Role
from node.agreements import Revision
from node.money import Money
from tests.stories.dealing import END, START, Dealer
from tests.stories.dealing import member as dealer
from tests.stories.market import offer
from tests.stories.referring import CARE, PERSON
from tests.support.town import TownFounder
from tests.ui.web.visitor import entered
from tests.ui.web.waiting_cases.table import Scene, alone, case, person

POUND = Money(100, "GBP", 2)
LATER = Revision(start=START + timedelta(days=1), end=END + timedelta(days=1))


async def booked(found_town: TownFounder, *steps: str) -> tuple[Dealer, Dealer, Scene, Scene]:
    """Rosa offers, Maya asks, and both do what is told: `rosa accept`. The scene of each."""
    coop = await alone(found_town)
    rosa, maya = await dealer(coop, "rosa"), await dealer(coop, "maya")
    price = {"price_amount": Decimal(18), "currency": "GBP", "unit": "hour"}
    clean = await offer(coop, "Home clean", by=rosa.account.id, **price)
    await maya.ask(clean.uri)
    for said in steps:
        who, step = said.split()
        reason = {"reason": "quality"} if step == "dispute" else {}
        await (rosa if who == "rosa" else maya).do(step, **reason)
    scene = Scene(coop, rosa.account, maya.account)
    return rosa, maya, scene, replace(scene, acts=maya.account, other=rosa.account)


@case("agreement")
async def _request(found_town: TownFounder) -> AsyncGenerator[Scene]:
    rosa, _maya, hers, _ = await booked(found_town)
    yield hers
    await rosa.do("accept")


@case("change")
async def _change(found_town: TownFounder) -> AsyncGenerator[Scene]:
    rosa, maya, hers, _ = await booked(found_town, "rosa accept")
    await maya.do("change", revision=LATER)
    yield hers
    await rosa.do("refuse_change")


@case("delivered")
async def _delivered(found_town: TownFounder) -> AsyncGenerator[Scene]:
    _rosa, maya, _, hers = await booked(found_town, "rosa accept", "rosa deliver")
    yield hers
    await maya.do("confirm")


@case("disputed")
async def _disputed(found_town: TownFounder) -> AsyncGenerator[Scene]:
    steps = ("rosa accept", "rosa deliver", "maya dispute")
    rosa, _maya, hers, _ = await booked(found_town, *steps)
    yield hers
    await rosa.do("refund_all")


@case("refund")
async def _refund(found_town: TownFounder) -> AsyncGenerator[Scene]:
    steps = ("rosa accept", "rosa deliver", "rosa receive", "maya dispute")
    rosa, maya, _, hers = await booked(found_town, *steps)
    await rosa.do("offer_partial", amounts=(POUND,))
    yield hers
    await maya.do("agree_partial", amounts=(POUND,))


@case("to_pay")
async def _to_pay(found_town: TownFounder) -> AsyncGenerator[Scene]:
    _rosa, maya, _, hers = await booked(found_town, "rosa accept", "rosa request_payment")
    yield hers
    await maya.do("mark_paid")


@case("paid")
async def _paid(found_town: TownFounder) -> AsyncGenerator[Scene]:
    rosa, _maya, hers, _ = await booked(found_town, "rosa accept", "maya mark_paid")
    yield hers
    await rosa.do("receive")


@case("letter")
async def _letter(found_town: TownFounder) -> AsyncGenerator[Scene]:
    """It is read once its page is open."""
    coop = await alone(found_town)
    rosa, maya = await person(coop, "rosa"), await person(coop, "maya")
    listing = await offer(coop, "Home clean", by=rosa.id)
    async with entered(coop, maya) as visitor:
        sent = await visitor.post(f"/write?listing={listing.id}", {"text": "Is Friday free?"})
        assert sent.status == 303
    yield Scene(coop, rosa, maya)


@case("referral")
async def _referral(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop = await alone(found_town)
    femi, rosa = await person(coop, "femi", Role.ADMIN), await person(coop, "rosa")
    view = await coop.write(referrals.start, CARE, person=PERSON, by=rosa.id)
    yield Scene(coop, femi, rosa)
    await coop.write(referrals.withdraw, view.id, by=femi.id)
