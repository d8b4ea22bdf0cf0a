"""A hold stops what flows, and destroys nothing on either side."""

from federation import relations
from federation.models import RelationState
from federation.sync import request_sync
from node import peers
from node.listings import Visibility
from tests.stories.market import change, found, hand_of, offer, seen_by, street


async def two_with_a_listing_that_was_public_once(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    listing = await offer(lanehead, "Home clean")
    await change(lanehead, listing, visibility=Visibility.FEDERATION)
    assert await seen_by(town, portici) == [["Home clean"]]
    return lanehead, portici, listing


async def test_a_coop_that_is_put_on_hold_keeps_what_it_has_and_gets_what_is_new(town):
    lanehead, portici, listing = await two_with_a_listing_that_was_public_once(town)
    await lanehead.write(peers.suspend, portici.uri, "a quarrel")
    await portici.write(request_sync, lanehead.uri, complete=False)
    assert await seen_by(town, portici) == [["Home clean"]]

    await lanehead.write(peers.resume, portici.uri)
    await town.settle()
    await change(lanehead, listing, title="Home and garden")
    assert await seen_by(town, portici) == [["Home and garden"]]


async def test_the_catalogue_is_refused_to_a_coop_on_hold_in_words(town):
    lanehead, portici, _listing = await two_with_a_listing_that_was_public_once(town)
    await lanehead.write(peers.suspend, portici.uri, "a quarrel")
    async with street() as passer:
        for path in ("/coop/catalogue", "/coop/catalogue?since="):
            status, body = await passer.get(lanehead, path, signer=hand_of(portici))
            assert (status, "relation-suspended" in body) == (403, True)
            assert (await passer.get(lanehead, path))[0] == 200


async def test_what_is_no_longer_shown_to_a_coop_comes_back_when_it_is(town):
    lanehead, portici, listing = await two_with_a_listing_that_was_public_once(town)
    await lanehead.write(relations.change, portici.uri, follower_state=RelationState.NONE)
    await portici.write(request_sync, lanehead.uri, complete=False)
    await town.settle()
    assert await found(portici) == []

    await lanehead.write(relations.change, portici.uri, follower_state=RelationState.ACCEPTED)
    await change(lanehead, listing, title="Home and garden")
    assert await seen_by(town, portici) == [["Home and garden"]]
