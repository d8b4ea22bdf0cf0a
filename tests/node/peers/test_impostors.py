"""Being in touch stays a person's yes, whatever a stranger on a peer's host, or one that was
declined, may say."""

import pytest
from sqlalchemy import select

from federation import relations
from federation.delivery.standing import hold_back
from federation.models import Delivery, DeliveryState, RelationState
from federation.settings import FederationSettings
from node import peers
from node.errors import Conflict
from node.peers import PeerState, inbox, queries, wire
from tests.federation.factories import GROCER, remote_actor
from tests.node.peers.test_inbox import actor, hear, message, received, relate, relation

OURS = "https://loaf.example/coop"
MALLORY = "https://grocer.example/mallory"
ELSEWHERE = "https://moved.example/coop"
MOVED = {ELSEWHERE: actor(ELSEWHERE, alsoKnownAs=[GROCER])}


async def move(database):
    return await hear(
        database, inbox.actors_moved, message("Move", GROCER, target=ELSEWHERE), MOVED
    )


@pytest.mark.parametrize("state", ["none", "asked", "refused"])
@pytest.mark.parametrize("following", ["none", "asked", "refused"])
async def test_who_was_not_said_yes_to_gains_nothing_by_moving(database, state, following):
    await relate(database, follower_state=state, following_state=following)
    outcome = await move(database)
    assert outcome.reason == "no-relation"
    assert await relation(database, ELSEWHERE) is None
    assert (await relation(database)).follower_state == state


async def test_a_yes_moves_along_with_what_it_was_for(database):
    await relate(database, follower_state="accepted", following_state="none", consented=True)
    await move(database)
    new, old = await relation(database, ELSEWHERE), await relation(database)
    assert (new.follower_state, new.following_state) == ("accepted", "none")
    assert (old.follower_state, old.consented) == ("none", False)


@pytest.mark.parametrize(
    "decided",
    [{"follower_state": RelationState.REFUSED}, {"following_state": RelationState.REFUSED}],
)
async def test_a_move_overrides_no_refusal_of_the_new_address(database, decided):
    await relate(database, follower_state="accepted", following_state="accepted", consented=True)

    async def decide(uow) -> None:
        remote_actor(uow, ELSEWHERE)
        await relations.change(uow, ELSEWHERE, **decided)

    await database.write(decide)
    assert (await move(database)).reason == "decided-otherwise"
    assert not (await relation(database, ELSEWHERE)).consented
    assert (await relation(database)).follower_state == "accepted"


async def both_ask(database) -> None:
    async def ask(uow) -> None:
        for uri in (MALLORY, GROCER):
            remote_actor(uow, uri, preferred_username=uri.rpartition("/")[2])
            await relations.change(
                uow, uri, follower_state=RelationState.ASKED, their_follow_id=f"{uri}/follow"
            )

    await database.write(ask)


async def test_a_yes_to_one_actor_is_for_no_other_of_its_host(database):
    await both_ask(database)
    await database.write(lambda uow: peers.accept(uow, GROCER))
    assert (await relation(database, MALLORY)).follower_state == "asked"
    assert (await relation(database)).follower_state == "accepted"


@pytest.mark.parametrize("typed", ["grocer.example", "https://grocer.example/"])
async def test_a_host_that_several_ask_from_is_no_name(database, typed):
    await both_ask(database)
    with pytest.raises(Conflict, match="Name the one you mean"):
        await database.write(lambda uow: peers.accept(uow, typed))
    async with database.reading() as reader:
        with pytest.raises(Conflict):
            await queries.known_uri(reader, typed)
        assert await queries.known_uri(reader, "@coop@grocer.example") == GROCER
        assert await queries.known_uri(reader, "grocer.example/mallory") == MALLORY


async def test_a_yes_in_advance_to_one_actor_is_for_no_other_of_its_host(database):
    await database.write(lambda uow: peers.accept(uow, GROCER))
    fetched = {MALLORY: actor(MALLORY)}
    follow = message("Follow", OURS, sender=MALLORY)
    await hear(database, inbox.follows_arrived, follow, fetched)
    assert (await relation(database, MALLORY)).follower_state == "asked"
    await hear(database, inbox.follows_arrived, message("Follow", OURS), {GROCER: actor()})
    assert (await relation(database)).follower_state == "accepted"


async def test_a_yes_in_advance_to_a_host_is_for_whom_the_host_calls_its_coop(town):
    """The stranger asks first, from the host of the coop that was meant."""
    lanehead, portici, _pioneer = town.coops
    await portici.write(peers.accept, lanehead.address)
    stranger = f"{lanehead.address}/mallory"

    async def ask(uow) -> None:
        remote_actor(uow, stranger, document=actor(stranger))
        await uow.session.flush()
        await hear_follow(uow, stranger, portici.uri)

    await portici.node.write(ask)
    await town.settle()
    async with portici.node.reading() as reader:
        assert (await relations.relation(reader, stranger)).follower_state == "asked"
    assert (await portici.view_of(lanehead)).state is PeerState.ASKED_BY_US
    await peers.ask(lanehead.node.federation, portici.address)
    await town.settle()
    assert (await portici.view_of(lanehead)).state is PeerState.IN_TOUCH


async def hear_follow(uow, sender, ours) -> None:
    await inbox.follows_arrived(uow, [received(message("Follow", ours, sender=sender))])


async def test_a_hold_on_one_actor_holds_back_nothing_of_its_neighbours(database):
    await both_ask(database)

    async def queue(uow) -> None:
        for uri in (GROCER, MALLORY):
            await wire.send_accept(uow, uri, f"{uri}/follow")
        await relations.change(uow, MALLORY, suspended_at=uow.now)
        await hold_back(uow, FederationSettings())

    await database.write(queue)
    async with database.reading() as reader:
        rows = await reader.rows(select(Delivery.recipients, Delivery.state))
    assert {row.recipients[0]: row.state for row in rows} == {
        GROCER: DeliveryState.PENDING,
        MALLORY: DeliveryState.HELD,
    }
