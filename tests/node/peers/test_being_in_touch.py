"""Two coops get in touch, put each other on hold, part, and come back after a loss."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from federation import moderation, relations
from federation.errors import Refused
from federation.models import Relation, RuleLevel
from node import limits, notices, peers
from node.accounts import AccountView, Role
from node.errors import Conflict, NotFound
from node.peers import PeerState
from tests.support.clock import START


def an_admin() -> AccountView:
    return AccountView(
        id="admin",
        handle="admin",
        name="Admin",
        roles=frozenset({Role.ADMIN}),
        language=None,
        created_at=START,
        disabled=False,
        has_password=False,
    )


async def told(coop) -> list[str]:
    return [str(notice.text) for notice in await coop.read(notices.notices, an_admin())]


async def states(one, other) -> tuple[PeerState | None, PeerState | None]:
    views = await one.view_of(other), await other.view_of(one)
    return tuple(view and view.state for view in views)


async def ask(town, asking, asked) -> None:
    await peers.ask(asking.node.federation, asked.address)
    await town.settle()


async def test_a_coop_that_asks_waits_for_a_person(town):
    lanehead, portici, _pioneer = town.coops
    await ask(town, lanehead, portici)
    assert await states(lanehead, portici) == (PeerState.ASKED_BY_US, PeerState.ASKED_BY_THEM)
    assert await told(portici) == ["Lanehead asks to be in touch with us."]
    view = await portici.view_of(lanehead)
    assert (view.name, view.place) == ("Lanehead", "Rochdale, GB")
    assert view.handle == f"@coop@{lanehead.node.config.authority}"


async def test_one_yes_puts_both_in_touch_in_both_directions(town):
    lanehead, portici, _pioneer = town.coops
    await ask(town, lanehead, portici)
    await portici.write(peers.accept, lanehead.uri)
    await town.settle()
    assert await states(lanehead, portici) == (PeerState.IN_TOUCH, PeerState.IN_TOUCH)
    assert "Portici is in touch with us now." in await told(lanehead)
    assert "Lanehead asks to be in touch with us." not in await told(portici)
    digest = portici.node.federation.identities.coop.digest.hex()
    assert (await lanehead.view_of(portici)).weave_digest == digest


@pytest.mark.parametrize("form", ["{address}", "{address}/", "{host}", "@coop@{host}", "{uri}"])
async def test_a_coop_is_found_by_whatever_people_type(town, form):
    lanehead, portici, _pioneer = town.coops
    host = portici.node.config.authority
    text = form.format(address=portici.address, host=host, uri=portici.uri)
    assert await peers.ask(lanehead.node.federation, text) == portici.uri


async def test_a_yes_said_in_advance_is_taken_when_the_coop_asks(town):
    lanehead, portici, _pioneer = town.coops
    await portici.write(peers.accept, lanehead.address)
    assert await portici.view_of(lanehead) is None
    await ask(town, lanehead, portici)
    assert await states(lanehead, portici) == (PeerState.IN_TOUCH, PeerState.IN_TOUCH)


async def test_a_yes_said_in_advance_is_for_that_coop_alone(town):
    lanehead, portici, pioneer = town.coops
    await portici.write(peers.accept, lanehead.address)
    await ask(town, pioneer, portici)
    assert (await portici.view_of(pioneer)).state is PeerState.ASKED_BY_THEM


async def test_two_that_ask_each_other_need_no_further_yes(town):
    lanehead, portici, _pioneer = town.coops
    await peers.ask(lanehead.node.federation, portici.address)
    await peers.ask(portici.node.federation, lanehead.address)
    await town.settle()
    assert await states(lanehead, portici) == (PeerState.IN_TOUCH, PeerState.IN_TOUCH)


async def test_a_coop_that_is_declined_hears_it_and_can_ask_again_in_a_month(town):
    lanehead, portici, _pioneer = town.coops
    await ask(town, lanehead, portici)
    await portici.write(peers.decline, lanehead.uri)
    await town.settle()
    assert (await lanehead.view_of(portici)).state is PeerState.REFUSED
    assert "Portici does not want to be in touch for now." in await told(lanehead)

    await ask(town, lanehead, portici)
    assert await portici.view_of(lanehead) is None
    town.clock.advance(limits.COOP_ASKS_AGAIN)
    await ask(town, lanehead, portici)
    assert (await portici.view_of(lanehead)).state is PeerState.ASKED_BY_THEM
    await portici.write(peers.accept, lanehead.uri)
    await town.settle()
    assert await states(lanehead, portici) == (PeerState.IN_TOUCH, PeerState.IN_TOUCH)


async def test_whatever_else_is_noted_of_a_coop_it_can_ask_again_a_month_after_the_no(town):
    lanehead, portici, _pioneer = town.coops
    await ask(town, lanehead, portici)
    await portici.write(peers.decline, lanehead.uri)
    await town.settle()
    town.clock.advance(limits.COOP_ASKS_AGAIN - timedelta(days=1))
    await portici.write(relations.change, lanehead.uri, consented=False)
    await ask(town, lanehead, portici)
    assert await portici.view_of(lanehead) is None
    town.clock.advance(timedelta(days=1))
    await ask(town, lanehead, portici)
    assert (await portici.view_of(lanehead)).state is PeerState.ASKED_BY_THEM


async def test_what_nobody_asked_cannot_be_declined(town):
    lanehead, portici, _pioneer = town.coops
    with pytest.raises(NotFound):
        await portici.write(peers.decline, lanehead.uri)


async def test_a_coop_on_hold_keeps_its_follows_and_comes_back(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    await portici.write(peers.suspend, lanehead.uri, "unanswered invoices")
    assert (await portici.view_of(lanehead)).state is PeerState.SUSPENDED
    with pytest.raises(Conflict, match="on hold"):
        await peers.ask(portici.node.federation, lanehead.address)

    await portici.write(peers.resume, lanehead.uri)
    await town.settle()
    assert await states(lanehead, portici) == (PeerState.IN_TOUCH, PeerState.IN_TOUCH)


async def test_what_was_on_its_way_when_the_hold_began_arrives_when_it_ends(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    await rename(portici, "Portici Ospitalità")
    await portici.write(peers.suspend, lanehead.uri, "")
    await town.settle()
    assert (await lanehead.view_of(portici)).name == "Portici"
    assert (await portici.view_of(lanehead)).pending_deliveries == 1

    await portici.write(peers.resume, lanehead.uri)
    await town.settle()
    assert (await lanehead.view_of(portici)).name == "Portici Ospitalità"


async def test_a_coop_on_hold_is_not_heard(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    await portici.write(peers.suspend, lanehead.uri, "")
    await rename(lanehead, "Lanehead Again")
    await town.settle()
    assert (await portici.view_of(lanehead)).name == "Lanehead"


async def test_a_coop_that_lost_its_memory_is_back_in_touch_when_it_asks(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    town.clock.advance(timedelta(days=2))
    await lanehead.write(forget_all_relations)
    assert await lanehead.view_of(portici) is None

    await ask(town, lanehead, portici)
    assert await states(lanehead, portici) == (PeerState.IN_TOUCH, PeerState.IN_TOUCH)
    lost = await lanehead.read(relations.relation, portici.uri)
    assert (lost.follower_state, lost.following_state) == ("accepted", "accepted")


async def test_asking_again_ends_however_eager_both_are(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    for _again in range(3):
        town.clock.advance(timedelta(days=2))
        await ask(town, lanehead, portici)
    assert await states(lanehead, portici) == (PeerState.IN_TOUCH, PeerState.IN_TOUCH)


async def test_a_blocked_coop_is_neither_asked_nor_accepted(town):
    lanehead, portici, _pioneer = town.coops
    await ask(town, portici, lanehead)
    await lanehead.write(
        moderation.set_rule, portici.node.config.authority, RuleLevel.BLOCK, "spam"
    )
    with pytest.raises(Refused, match="blocked"):
        await peers.ask(lanehead.node.federation, portici.address)
    with pytest.raises(Conflict, match="blocked"):
        await lanehead.write(peers.accept, portici.address)


async def test_a_coop_that_leaves_is_gone_on_both_sides_and_both_can_start_anew(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    await lanehead.write(peers.leave, portici.uri)
    await town.settle()
    assert await lanehead.view_of(portici) is None
    assert not (await portici.view_of(lanehead)).works_with_us
    assert "Lanehead is no longer in touch with us." in await told(portici)

    await town.introduce(portici, lanehead)
    assert await states(lanehead, portici) == (PeerState.IN_TOUCH, PeerState.IN_TOUCH)


async def test_taking_back_a_question_takes_back_the_notice(town):
    lanehead, portici, _pioneer = town.coops
    await ask(town, lanehead, portici)
    await lanehead.write(peers.leave, portici.uri)
    await town.settle()
    assert await portici.view_of(lanehead) is None
    assert await told(portici) == []


async def test_a_new_name_reaches_everybody_in_touch(town):
    lanehead, portici, pioneer = town.coops
    await town.introduce(lanehead, portici)
    await town.introduce(lanehead, pioneer)
    await rename(lanehead, "Lanehead Cleaners")
    await town.settle()
    assert (await portici.view_of(lanehead)).name == "Lanehead Cleaners"
    assert (await pioneer.view_of(lanehead)).name == "Lanehead Cleaners"


async def test_a_coop_cannot_ask_itself(town):
    lanehead, _portici, _pioneer = town.coops
    for text in (lanehead.address, lanehead.uri, f"@coop@{lanehead.node.config.authority}"):
        with pytest.raises(Exception, match="our own"):
            await peers.ask(lanehead.node.federation, text)


async def rename(coop, name: str) -> None:
    await coop.write(peers.change_profile, name=name, summary="", place="Rochdale, GB", by="admin")


async def forget_all_relations(uow) -> None:
    await uow.execute(delete(Relation))
