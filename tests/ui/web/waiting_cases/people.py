"""Joining, what members agree to, vouching, hours of work."""

from collections.abc import AsyncGenerator

import msgspec

from node import consents, hours, joining, limits, policies, vouching
from node.accounts import AccountView, Role
from node.hours import Seen, Work
from node.joining import Actor, Applied, Event, Particulars
from tests.node.joining.test_joining import FORM
from tests.support.clock import START
from tests.support.town import Coop, TownFounder
from tests.ui.web.waiting_cases.table import Scene, alone, case, member, person

BO = Particulars("Bo", email="bo@example.org", answers=("Windows", ""))


async def office(found_town: TownFounder) -> tuple[Coop, AccountView, AccountView]:
    """A coop that takes people in, a secretary, a member."""
    coop = await alone(found_town)
    await coop.write(joining.set_form, FORM)
    rosa = await person(coop, "rosa")
    await member(coop, "Rosa", account_id=rosa.id)
    return coop, await person(coop, "sol", Role.SECRETARY), rosa


async def applied(coop: Coop) -> Applied:
    made: Applied = await coop.write(joining.apply, BO, membership_class="worker", agreed=[0])
    return made


async def step(coop: Coop, application: str, event: Event, by: AccountView) -> None:
    said = {"actor": Actor.REVIEWER, "by": by.id, "message": "Because"}
    await coop.write(joining.step, application, event, **said)


@case("application")
async def _application(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, sol, rosa = await office(found_town)
    made = await applied(coop)
    yield Scene(coop, sol, rosa)
    await step(coop, made.id, Event.DECLINE, sol)


@case("vacancy")
async def _vacancy(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, sol, rosa = await office(found_town)
    await coop.write(policies.choose, policies.MEMBERS_CLASS_MOST.name, ["worker=2"], by="admin")
    made = await applied(coop)
    await step(coop, made.id, Event.WAITLIST, sol)
    await coop.node.run_due()
    yield Scene(coop, sol, rosa)
    await step(coop, made.id, Event.ADMIT, sol)
    await coop.node.run_due()


@case("sponsor")
async def _sponsor(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, sol, rosa = await office(found_town)
    await coop.write(joining.set_form, msgspec.structs.replace(FORM, sponsors=1))
    made = await applied(coop)
    await coop.write(joining.name_sponsor, made.id, "Rosa")
    yield Scene(coop, rosa, sol)
    code = joining.sponsor_code(made.path.rpartition("/")[2])
    await coop.write(joining.vouch, code, vouches=True, account_id=rosa.id)


async def worked(coop: Coop, rosa: AccountView) -> Seen:
    made = await coop.write(hours.note, rosa.id, Work(START.date(), 90, "Repairs", ""))
    return Seen(made.id, made.version)


@case("reworded")
async def _reworded(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, sol, rosa = await office(found_town)
    first = await coop.write(consents.ask, "Photographs", "On the web.", by=sol.id)
    await coop.write(consents.give, rosa.id, first)
    anew = {"matter": first, "by": sol.id}
    second = await coop.write(consents.ask, "Photographs", "In print, too.", **anew)
    yield Scene(coop, rosa, sol)
    await coop.write(consents.give, rosa.id, second)


@case("hours")
async def _hours(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, sol, rosa = await office(found_town)
    seen = await worked(coop, rosa)
    yield Scene(coop, sol, rosa)
    await coop.write(hours.confirm, [seen], by=sol.id)


@case("hours_back")
async def _hours_back(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, sol, rosa = await office(found_town)
    seen = await worked(coop, rosa)
    await coop.write(hours.send_back, seen, "That was Monday", by=sol.id)
    yield Scene(coop, rosa, sol)
    await coop.write(hours.take_back, rosa.id, seen.id)


@case("vouching")
async def _vouching(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop, sol, rosa = await office(found_town)
    coop.node.clock.advance(limits.VOUCHING_OFFICE_HELD)  # type: ignore[attr-defined]
    await coop.write(vouching.ask, "rosa", "My phone drowned; ring 0170 1")
    yield Scene(coop, sol, rosa)
    [asked] = await coop.read(vouching.requests)
    await coop.write(vouching.vouch, asked.id, by=sol.id)
