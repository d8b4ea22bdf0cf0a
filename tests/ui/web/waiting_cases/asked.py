"""What is kept nowhere but in the notice that asks for it."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

from federation.models import RemoteActor
from federation.storage import UnitOfWork
from node import limits, members, offices, peers, policies
from node.accounts import Role
from node.members import Event
from node.offices import Given, Office
from node.peers import successors
from node.policies import PassedPolicy
from tests.stories.ring import acquainted
from tests.support.clock import START
from tests.support.town import Coop, TownFounder
from tests.ui.web.waiting_cases.table import Scene, alone, case, days_pass, member, person

A_YEAR = timedelta(days=365)
FEDERATION, DUE = "zToadLane", policies.LISTINGS_MAX_AGE_DAYS


async def secretary(coop: Coop) -> Scene:
    return Scene(coop, await person(coop, "sol", Role.SECRETARY), await person(coop, "maya"))


@case("probation-ends")
async def _probation(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop = await alone(found_town)
    line = await member(coop, "Ben", admit=Event.ADMIT_ON_PROBATION)
    line = await coop.read(members.member, line.id)
    assert line.status_until is not None
    await days_pass(coop, line.status_until - START.date() - limits.PROBATION_TOLD_BEFORE)
    yield await secretary(coop)
    await coop.write(members.change_status, line.id, Event.CONFIRM)


@case("register-name-asked")
async def _name(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop = await alone(found_town)
    line = await member(coop, "Ben")
    await coop.write(members.ask_for_name, line.id, "Benedikt")
    scene = await secretary(coop)
    yield scene
    await coop.write(members.leave_name, line.id, by=scene.acts.id)


@case("office-ends")
async def _office(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop = await alone(found_town)
    femi, rosa = await person(coop, "femi", Role.ADMIN), await person(coop, "rosa")
    line = await member(coop, "Rosa", account_id=rosa.id)
    ends = START.date() + A_YEAR
    given = {"decision": "Meeting of 1 May", "name": "Garden"}
    seat = Given(Office.COMMITTEE, START.date(), ends, **given)
    await coop.write(offices.give, line.id, seat, by=femi.id)
    await days_pass(coop, A_YEAR - limits.OFFICE_REMINDER)
    yield Scene(coop, femi, rosa)
    following = Given(Office.COMMITTEE, ends, ends + A_YEAR, **given)
    await coop.write(offices.give, line.id, following, by=femi.id)


@case("peer-claims")
async def _claims(found_town: TownFounder) -> AsyncGenerator[Scene]:
    town = await found_town(3)
    await acquainted(town)
    lanehead, old, new = town.coops

    async def claimed(uow: UnitOfWork) -> None:
        known = [await uow.session.get_one(RemoteActor, coop.uri) for coop in (old, new)]
        await successors.note(uow, *known)

    await lanehead.write(claimed)
    femi, rosa = await person(lanehead, "femi", Role.ADMIN), await person(lanehead, "rosa")
    yield Scene(lanehead, femi, rosa)
    await lanehead.write(peers.deny, new.uri)


async def passed(coop: Coop, **said: Any) -> Scene:
    """A federation's rule holds for a year from now on; people hear what is to be done about it."""
    now = coop.node.clock.now()
    fields = {"version": "1", "effective_from": now, **said}
    rule = PassedPolicy(
        federation_digest=FEDERATION,
        certificate_digest=f"zCertificate{fields['version']}",
        id="fresh-listings",
        keys={DUE.name: 90},
        text="Listings are looked at every three months.",
        **fields,
    )
    await coop.write(policies.put_in_force, rule)
    return Scene(coop, await person(coop, "ines", Role.DELEGATE), await person(coop, "rosa"))


async def decided_anew(coop: Coop) -> None:
    rule = PassedPolicy(
        federation_digest=FEDERATION,
        certificate_digest="zAnew",
        id="fresh-listings",
        version="2",
        keys={DUE.name: 90},
        text="As before.",
        effective_from=coop.node.clock.now() + timedelta(days=1),
    )
    await coop.write(policies.put_in_force, rule)


@case("policy-ends")
async def _ends(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop = await alone(found_town)
    scene = await passed(coop, expires=START + A_YEAR)
    await days_pass(coop, A_YEAR - timedelta(days=10))
    yield scene
    await decided_anew(coop)


@case("policy-review")
async def _review(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop = await alone(found_town)
    scene = await passed(coop, review_by=START + A_YEAR)
    await days_pass(coop, A_YEAR - timedelta(days=10))
    yield scene
    await decided_anew(coop)


@case("policy-urgent")
async def _urgent(found_town: TownFounder) -> AsyncGenerator[Scene]:
    coop = await alone(found_town)
    scene = await passed(coop, emergency=True)
    await days_pass(coop, timedelta(days=8))
    yield scene
    await coop.write(policies.confirm_emergency, FEDERATION, "fresh-listings", "1")
