"""A listing of which its coop says one thing while another coop says something about it."""

from datetime import timedelta

import pytest

from tests.stories.dealing import Deal, begin
from tests.stories.market import change, found, step


@pytest.fixture
async def deal(town) -> Deal:
    return await begin(town)


@pytest.mark.parametrize("turned", [False, True])
async def test_an_order_of_what_is_being_taken_down_runs_out_and_is_at_no_other_node(deal, turned):
    await deal.giulia.ask(deal.listing.uri)
    await step(deal.lanehead, deal.listing, "retire")
    if turned:
        deal.town.coops.reverse()
    for _day in range(8):
        await deal.pass_time(timedelta(days=1))
    assert await found(deal.portici) == []
    assert await deal.rosa.all() == []
    assert (await deal.giulia.newest()).state == "expired"


async def test_a_change_and_a_taking_down_arrive_in_the_order_in_which_they_were_said(deal):
    await change(deal.lanehead, deal.listing, title="Home and garden")
    await step(deal.lanehead, deal.listing, "retire")
    await deal.town.settle()
    assert await found(deal.portici) == []
