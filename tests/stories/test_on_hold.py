"""A hold stops what flows, and destroys nothing on either side."""

from datetime import timedelta

import pytest

from federation import relations
from federation.models import RelationState
from federation.sync import request_sync
from node import peers
from node.listings import Visibility
from tests.stories.dealing import begin
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


@pytest.mark.parametrize("end", [peers.resume, peers.leave])
async def test_what_was_said_during_a_hold_comes_as_soon_as_it_ends(town, end):
    deal = await begin(town)
    await deal.agreed()
    await deal.lanehead.write(peers.suspend, deal.portici.uri, "a quarrel")
    await deal.say(deal.giulia, "cancel")
    for _hour in range(6):
        await deal.pass_time(timedelta(hours=1))
    assert await deal.states() == ("scheduled", "cancelled")

    await deal.lanehead.write(end, deal.portici.uri)
    await town.settle()
    assert await deal.states() == ("cancelled", "cancelled")


async def test_what_waits_for_the_end_of_our_own_hold_goes_when_we_leave(town):
    deal = await begin(town)
    await deal.agreed()
    await deal.lanehead.write(peers.suspend, deal.portici.uri, "a quarrel")
    await deal.say(deal.rosa, "cancel")
    assert await deal.states() == ("cancelled", "scheduled")

    await deal.lanehead.write(peers.leave, deal.portici.uri)
    await town.settle()
    assert await deal.states() == ("cancelled", "cancelled")
