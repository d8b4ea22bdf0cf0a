"""A listing of which its coop says one thing while another coop says something about it."""

import pytest

from node.listings import Visibility
from tests.stories.dealing import Deal, begin
from tests.stories.market import change, found, step


@pytest.fixture
async def deal(town) -> Deal:
    return await begin(town)


@pytest.mark.parametrize("event", ["retire", "pause"])
@pytest.mark.parametrize("turned", [False, True])
async def test_an_order_of_what_is_being_taken_down_is_declined_at_once(deal, turned, event):
    await deal.giulia.ask(deal.listing.uri)
    await step(deal.lanehead, deal.listing, event)
    if turned:
        deal.town.coops.reverse()
    await deal.town.settle()
    assert await found(deal.portici) == []
    assert await deal.rosa.all() == []
    seen = await deal.giulia.see()
    assert seen.agreement.state == "declined"
    assert seen.history[-1].detail["reason"] == "closed"


async def test_an_order_of_what_only_members_may_see_by_now_is_declined_at_once(deal):
    await deal.giulia.ask(deal.listing.uri)
    await change(deal.lanehead, deal.listing, visibility=Visibility.MEMBER)
    await deal.town.settle()
    assert await deal.rosa.all() == []
    assert (await deal.giulia.newest()).state == "declined"


async def test_a_change_and_a_taking_down_arrive_in_the_order_in_which_they_were_said(deal):
    await change(deal.lanehead, deal.listing, title="Home and garden")
    await step(deal.lanehead, deal.listing, "retire")
    await deal.town.settle()
    assert await found(deal.portici) == []
