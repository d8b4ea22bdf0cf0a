"""A coop goes on under another address, and its neighbours go with it: while the old address
answers, and when it is lost. And those who only say so."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from federation import outbox, relations
from federation.errors import FederationError
from federation.models import Delivery
from federation.recovery import read_recovery
from node import keeping, listings, peers
from node.errors import Conflict
from node.listings import ListingDraft
from node.notices.models import Notice
from node.peers import PeerState
from node.peers.models import StoredProfile, Succession
from protocol import keys
from protocol.vocabulary import activities
from tests.stories.market import found, offer, seen_by, street
from tests.ui.web.visitor import signed_in, stranger

pytestmark = pytest.mark.long

A_DAY = timedelta(days=1)


@pytest.fixture
async def settled(found_town):
    """Lanehead works with Portici, which offers a room; Câmara's node is to be Portici's next."""
    town = await found_town(4)
    lanehead, portici, _pioneer, new = town.coops
    await town.introduce(lanehead, portici)
    await offer(portici, "Room with a view")
    await offer(new, "Room with two views")
    assert await seen_by(town, lanehead) == [["Room with a view"]]
    town.clock.advance(timedelta(hours=1))
    return town, lanehead, portici, new


async def moved(town, old, new, *neighbours) -> None:
    """The two commands of a move, and the yes in advance at the new address."""
    for neighbour in neighbours:
        await new.write(peers.accept, neighbour.address)
    await peers.come_from(new.node.federation, old.address)
    await peers.go_to(old.node.federation, new.address)
    await town.settle()


async def test_a_coop_that_moves_takes_its_neighbours_with_it(settled):
    town, lanehead, portici, new = settled
    await moved(town, portici, new, lanehead)
    assert await lanehead.view_of(portici) is None
    for one, other in ((lanehead, new), (new, lanehead)):
        assert (await one.view_of(other)).state is PeerState.IN_TOUCH
    assert await kinds_of_notices(lanehead, new) == ["peer-moved"]
    # What was offered at the old address is not offered any more, what is at the new one is.
    assert await found(lanehead) == ["Room with two views"]
    await offer(new, "Room with three views")
    assert "Room with three views" in (await seen_by(town, lanehead))[0]


async def test_the_old_address_stays_as_a_sign_post(settled):
    town, lanehead, portici, new = settled
    [listing] = await portici.read(listings.mine, None)
    await moved(town, portici, new, lanehead)
    async with street() as passer, stranger(portici) as visitor:
        assert f'"movedTo":"{new.uri}"' in (await passer.get(portici, "/coop"))[1]
        assert (await passer.get(portici, f"/listings/{listing.publication_id}"))[0] == 410
        for path in ("/", "/about", "/search"):
            page = (await visitor.get(path)).text
            assert "Portici has moved." in page
            assert f'href="{new.uri}"' in page
            assert "Room with a view" not in page
    [kept] = await portici.read(listings.mine, None)
    assert (kept.title, kept.state) == ("Room with a view", "published")


async def test_nothing_is_offered_or_asked_at_an_address_that_was_left(settled):
    town, lanehead, portici, new = settled
    await moved(town, portici, new, lanehead)
    with pytest.raises(Conflict, match="has moved to"):
        await offer(portici, "Room without a view")
    await portici.write(listings.create, ListingDraft("Only a draft"), by=None)
    pioneer = town.coops[2]
    await peers.ask(pioneer.node.federation, portici.address)
    await town.settle()
    assert (await pioneer.view_of(portici)).state is PeerState.ASKED_BY_US
    assert await portici.view_of(pioneer) is None


async def test_said_again_a_move_reaches_who_has_missed_it_and_changes_nothing_else(settled):
    town, lanehead, portici, new = settled
    await moved(town, portici, new, lanehead)
    await moved(town, portici, new, lanehead)
    assert (await lanehead.view_of(new)).state is PeerState.IN_TOUCH
    assert await refusals(portici) == []


async def test_both_ends_must_say_so(settled):
    _town, _lanehead, portici, new = settled
    with pytest.raises(Conflict, match=f"rochdale move from {portici.address}"):
        await peers.go_to(portici.node.federation, new.address)
    async with portici.node.reading() as reader:
        assert await peers.moved_to(reader) is None


async def test_a_coop_moves_once_from_an_address_and_to_one_that_is_lived_in(settled):
    town, _lanehead, portici, new = settled
    pioneer = town.coops[2]
    await moved(town, portici, new)
    await peers.come_from(pioneer.node.federation, new.address)
    with pytest.raises(Conflict, match="moved to"):
        await peers.come_from(pioneer.node.federation, portici.address)
    await name_predecessor(pioneer, portici.uri)
    with pytest.raises(Conflict, match="already; go on from there"):
        await peers.go_to(portici.node.federation, pioneer.address)
    with pytest.raises(FederationError, match="this coop itself"):
        await peers.go_to(portici.node.federation, portici.address)


async def test_nobody_moves_a_coop_to_an_address_that_does_not_know_of_it(settled):
    town, lanehead, portici, new = settled
    said = activities.move("", portici.uri, portici.uri, new.uri, (f"{portici.uri}/followers",))
    await say(portici, lanehead, said)
    await town.settle()
    assert (await lanehead.view_of(portici)).state is PeerState.IN_TOUCH
    assert await lanehead.view_of(new) is None


# The old address is lost.


@pytest.fixture
async def lost(settled, tmp_path):
    """Portici wrote a recovery file, Lanehead heard of it, and Portici's domain is gone."""
    town, lanehead, portici, new = settled
    kept = await recovery_of(town, portici, tmp_path / "recovery.json")
    await town.settle()
    await portici.go_away()
    town.clock.advance(A_DAY)
    return town, lanehead, portici, new, kept


async def recovery_of(town, coop, file):
    await keeping.keep_recovery(coop.node.config, file, clock=town.clock)
    await coop.node.run_due()
    return read_recovery(file)


async def claimed(town, new, kept, key=None) -> None:
    """`rochdale move claim` at the new address, and the running node that carries it out."""
    key = key or kept.recovery_key
    await new.write(peers.claim, kept.address, key, kept.peers)
    await peers.fulfil_due(new.node.federation)
    await town.settle()


async def test_a_person_confirms_whoever_brings_the_word_of_the_recovery_key(lost):
    town, lanehead, portici, new, kept = lost
    await claimed(town, new, kept)
    [claim] = await lanehead.read(peers.claims)
    assert (claim.old_uri, claim.new_uri, claim.name) == (portici.uri, new.uri, "Portici")
    assert await kinds_of_notices(lanehead, new) == ["peer-claims"]
    assert await found(lanehead) == ["Room with a view"]

    async with signed_in(lanehead, "femi", "admin") as femi:
        page = (await femi.get("/peers")).text
        assert f"{new.node.config.authority} says it is Portici" in page
        assert "Asks to work with you" not in page
        answer = await femi.post("/peers/claim", {"uri": new.uri, "do": "confirm"})
        assert answer.location == "/peers?told=moved"
    await town.settle()
    assert await lanehead.view_of(portici) is None
    for one, other in ((lanehead, new), (new, lanehead)):
        assert (await one.view_of(other)).state is PeerState.IN_TOUCH
    assert await lanehead.read(peers.claims) == []
    assert await kinds_of_notices(lanehead, new) == ["peer-moved"]
    assert await found(lanehead) == ["Room with two views"]


async def test_who_is_not_believed_changes_nothing_and_may_not_read(lost):
    town, lanehead, portici, new, kept = lost
    await claimed(town, new, kept)
    async with signed_in(lanehead, "femi", "admin") as femi:
        assert (await femi.post("/peers/claim", {"uri": new.uri, "do": "deny"})).status == 303
        assert (await femi.post("/peers/claim", {"uri": new.uri, "do": "deny"})).status == 404
    await town.settle()
    assert await lanehead.read(peers.claims) == []
    assert await lanehead.view_of(portici) is not None
    assert (await new.view_of(lanehead)).state is PeerState.REFUSED
    assert await found(lanehead) == ["Room with a view"]


async def test_another_key_proves_nothing(lost):
    town, lanehead, _portici, new, kept = lost
    await claimed(town, new, kept, key=keys.generate_ed25519())
    assert await lanehead.read(peers.claims) == []
    assert await refusals(new) == [403]
    # It may still ask as anybody may.
    assert (await lanehead.view_of(new)).state is PeerState.ASKED_BY_THEM


async def test_a_recovery_file_that_was_replaced_proves_nothing(settled, tmp_path):
    town, lanehead, portici, new = settled
    first = await recovery_of(town, portici, tmp_path / "first.json")
    await recovery_of(town, portici, tmp_path / "second.json")
    await town.settle()
    await portici.go_away()
    await claimed(town, new, first)
    assert await lanehead.read(peers.claims) == []
    assert await refusals(new) == [403]


async def test_the_word_for_one_address_does_not_serve_another(lost):
    town, lanehead, portici, new, kept = lost
    thief = town.coops[2]
    await new.write(peers.claim, kept.address, kept.recovery_key, kept.peers)
    overheard = await new.read(lambda reader: reader.scalar(select(Succession.statement)))
    await name_predecessor(thief, portici.uri)
    await thief.node.federation.actors.resolve(lanehead.address)

    for target in (thief.uri, new.uri):
        said = activities.move(
            "", thief.uri, portici.uri, target, (lanehead.uri,), instrument=overheard
        )
        await say(thief, lanehead, said)
    changed = overheard | {"target": thief.uri}
    said = activities.move(
        "", thief.uri, portici.uri, thief.uri, (lanehead.uri,), instrument=changed
    )
    await say(thief, lanehead, said)
    await town.settle()
    # The one to whom the word was given says it too, and is heard.
    assert [claim.new_uri for claim in await lanehead.read(peers.claims)] == [new.uri]
    assert await refusals(thief) == [403, 403, 422]


async def test_a_stranger_without_any_proof_is_refused(lost):
    town, lanehead, portici, _new, _kept = lost
    thief = town.coops[2]
    await name_predecessor(thief, portici.uri)
    await thief.node.federation.actors.resolve(lanehead.address)
    said = activities.move("", thief.uri, portici.uri, thief.uri, (lanehead.uri,))
    await say(thief, lanehead, said)
    await town.settle()
    assert await lanehead.read(peers.claims) == []
    assert await refusals(thief) == [403]


async def test_a_neighbour_that_never_heard_of_the_recovery_key_is_asked_as_by_a_stranger(
    settled, tmp_path
):
    town, lanehead, portici, new = settled
    await lanehead.go_away()
    kept = await recovery_of(town, portici, tmp_path / "recovery.json")
    await portici.go_away()
    town.coops.remove(portici)
    await lanehead.come_back()
    await claimed(town, new, kept)
    assert await lanehead.read(peers.claims) == []
    assert await refusals(new) == [403]
    assert (await lanehead.view_of(new)).state is PeerState.ASKED_BY_THEM


async def test_a_coop_on_hold_does_not_come_back_by_moving(lost):
    town, lanehead, portici, new, kept = lost
    await lanehead.write(peers.suspend, portici.uri, "unanswered invoices")
    await claimed(town, new, kept)
    assert await lanehead.read(peers.claims) == []
    assert await refusals(new) == [403]


async def test_a_claim_is_told_to_somebody_and_about_another_address(lost):
    _town, _lanehead, portici, new, kept = lost
    with pytest.raises(Conflict, match="--tell ADDRESS"):
        await new.write(peers.claim, kept.address, kept.recovery_key, ())
    with pytest.raises(Conflict, match="rochdale recover"):
        await portici.write(peers.claim, kept.address, kept.recovery_key, kept.peers)


async def name_predecessor(coop, old_uri) -> None:
    """A node whose operator writes what they like into its actor."""

    async def write(uow) -> None:
        await uow.execute(update(StoredProfile).values(also_known_as=[old_uri]))

    await coop.write(write)


async def say(coop, other, activity) -> None:
    """A node says to another whatever its operator likes, signed as it should be."""

    async def write(uow) -> None:
        known = [one.actor_uri for one in await relations.targets(uow, [other.uri])]
        await outbox.publish(uow, activity, to_actors=known, object_uri=uow.new_id())

    await coop.write(write)


async def refusals(coop) -> list[int]:
    """The statuses with which a coop's messages were refused."""
    refused = select(Delivery.last_status).where(Delivery.last_status >= 400)
    return sorted(await coop.read(lambda reader: reader.scalars(refused)))


async def kinds_of_notices(coop, about) -> list[str]:
    kinds = select(Notice.kind).where(Notice.subject == about.uri)
    return await coop.read(lambda reader: reader.scalars(kinds))
