"""What coops decide together, and coops that ask."""

from collections.abc import AsyncGenerator
from datetime import timedelta

from node import accounts, council, deliberation, peers, policies
from node.accounts import AccountView, Role
from tests.stories.council import CLASSES, Council
from tests.support.town import Coop, TownFounder
from tests.ui.web.waiting_cases.table import Scene, case, person

WITH_ANSWERS = {"ordinary": CLASSES["ordinary"] | {"answerHours": 24 * 9}}


async def pair(found_town: TownFounder) -> Council:
    made = Council(await found_town(2), "lanehead", WITH_ANSWERS)
    made.competences = ("referrals.", "dues.")
    return made


async def delegate(two: Council, name: str) -> AccountView:
    found: AccountView = await two.coops[name].read(accounts.account, two.delegates[name])
    return found


async def at_the_node(coop: Coop) -> Scene:
    return Scene(coop, await person(coop, "femi", Role.ADMIN), await person(coop, "rosa"))


@case("vote")
async def _vote(found_town: TownFounder) -> AsyncGenerator[Scene]:
    two = await (await pair(found_town)).found()
    await two.opened()
    coop = two.coops["portici"]
    yield Scene(coop, await delegate(two, "portici"), await person(coop, "rosa"))
    await two.vote("portici", "yes")


@case("consent")
async def _consent(found_town: TownFounder) -> AsyncGenerator[Scene]:
    two = await (await pair(found_town)).found()
    until = two.town.clock.now() + timedelta(days=20)
    await two.opened(policies={policies.DUES_PER_MEMBER.name: 500}, until=until)
    await two.votes({"lanehead": "yes", "portici": "yes"})
    await two.ended()
    coop = two.coops["portici"]
    ines = await delegate(two, "portici")
    yield Scene(coop, ines, await person(coop, "rosa"))
    row = await two.row("portici")
    said = {"decision": "3 May", "by": ines.id}
    await coop.write(council.answer, row.id, accepts=True, **said)
    await two.settle()


@case("invitation")
async def _invitation(found_town: TownFounder) -> AsyncGenerator[Scene]:
    two = await pair(found_town)
    await two.meet()
    await two.invite()
    coop = two.coops["portici"]
    yield await at_the_node(coop)
    await coop.write(council.join, await two.id_at("portici"), by="operator")
    await two.settle()


@case("hosting")
async def _hosting(found_town: TownFounder) -> AsyncGenerator[Scene]:
    two = await (await pair(found_town)).found()
    coop = two.coops["portici"]
    ours = await two.id_at("lanehead")
    await two.host.write(council.hand_over, ours, coop.uri, by="operator")
    await two.settle()
    yield await at_the_node(coop)
    await coop.write(council.accept_handover, await two.id_at("portici"), by="operator")
    await two.settle()


@case("council-applies")
async def _applies(found_town: TownFounder) -> AsyncGenerator[Scene]:
    town = await found_town(3)
    two = Council(town, "lanehead")
    new, all_of_them = two.coops.pop("pioneer"), town.coops
    await two.meet()
    town.coops = [coop for coop in all_of_them if coop is not new]
    await two.found()
    town.coops = all_of_them
    await new.write(council.apply, two.host.uri, two.digest, by="operator")
    await two.settle()
    coop = two.coops["portici"]
    yield await at_the_node(coop)
    await coop.write(council.admit, await two.id_at("portici"), new.uri, by="operator")
    await two.settle()


@case("comment")
async def _comment(found_town: TownFounder) -> AsyncGenerator[Scene]:
    two = await (await pair(found_town)).found()
    await two.submitted("portici")
    coop, row = two.coops["portici"], await two.row("portici")
    rosa, femi = await person(coop, "rosa"), await person(coop, "femi", Role.ADMIN)
    said = await coop.write(deliberation.comment, row.id, "Three.", by=rosa)
    await coop.write(deliberation.hide, said, "Off the point", by=femi)
    talk = await coop.read(deliberation.discussion, row.id, rosa)
    [hiding] = talk.comments[0].hidings
    await coop.write(deliberation.appeal, hiding.id, "It is the point.", by=rosa)
    yield Scene(coop, femi, rosa)
    await coop.write(deliberation.answer, hiding.id, deliberation.Act.SHOW, "", by=femi)


@case("peer")
async def _peer(found_town: TownFounder) -> AsyncGenerator[Scene]:
    town = await found_town(2)
    lanehead, portici = town.coops
    await peers.ask(portici.node.federation, lanehead.address)
    await town.settle()
    yield await at_the_node(lanehead)
    await lanehead.write(peers.accept, portici.uri)
