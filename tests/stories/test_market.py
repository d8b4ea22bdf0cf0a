"""What one coop offers is found in the others, as it is now, until it is gone."""

from datetime import timedelta

import pytest

from node import listings
from node.listings import Visibility
from tests.stories.market import change, found, offer, seen_by, step, street

pytestmark = pytest.mark.long


async def three_in_touch(town):
    lanehead, portici, pioneer = town.coops
    await town.introduce(lanehead, portici)
    await town.introduce(lanehead, pioneer)
    return lanehead, portici, pioneer


async def test_what_is_published_is_found_by_all_who_are_in_touch(town):
    lanehead, portici, pioneer = await three_in_touch(town)
    await offer(lanehead, "Home clean", summary="Two members, two hours")
    assert await seen_by(town, portici, pioneer) == [["Home clean"], ["Home clean"]]

    await offer(portici, "Room with a view")
    # Portici and Pioneer are in touch with Lanehead, not with each other.
    assert await seen_by(town, lanehead, pioneer) == [["Room with a view"], ["Home clean"]]


async def test_a_coop_that_joins_late_finds_what_was_there_before(town):
    lanehead, portici, _pioneer = town.coops
    for number in range(7):
        await offer(lanehead, f"Home clean {number}")
    await town.introduce(lanehead, portici)
    assert len(await found(portici)) == 7


async def test_a_changed_listing_is_changed_everywhere(town):
    lanehead, portici, pioneer = await three_in_touch(town)
    clean = await offer(lanehead, "Home clean")
    await seen_by(town)
    await change(lanehead, clean, title="Home and garden")
    assert await seen_by(town, portici, pioneer) == [["Home and garden"], ["Home and garden"]]


async def test_the_last_of_many_changes_counts_and_travels_alone(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    clean = await offer(lanehead, "Home clean")
    await seen_by(town)
    for number in range(5):
        await change(lanehead, clean, title=f"Home clean, version {number}")
    before = await heard(portici)
    assert await seen_by(town, portici) == [["Home clean, version 4"]]
    assert await heard(portici) == before + 1


async def test_a_paused_listing_rests_and_comes_back(town):
    lanehead, portici, pioneer = await three_in_touch(town)
    clean = await offer(lanehead, "Home clean")
    await step(lanehead, clean, "pause")
    assert await seen_by(town, portici, pioneer) == [[], []]
    await step(lanehead, clean, "resume")
    assert await seen_by(town, portici, pioneer) == [["Home clean"], ["Home clean"]]


async def test_what_is_taken_down_is_gone_everywhere_and_says_so(town):
    lanehead, portici, pioneer = await three_in_touch(town)
    clean = await offer(lanehead, "Home clean")
    assert await seen_by(town, portici, pioneer) == [["Home clean"], ["Home clean"]]

    await step(lanehead, clean, "retire")
    assert await seen_by(town, portici, pioneer) == [[], []]
    async with street() as passer:
        status, body = await passer.get(lanehead, f"/listings/{clean.id}")
    assert status == 410
    assert '"Tombstone"' in body
    assert '"formerType":"Proposal"' in body
    assert "Home clean" not in body


async def test_a_listing_that_is_narrowed_leaves_those_who_may_not_have_it(town):
    lanehead, portici, pioneer = await three_in_touch(town)
    clean = await offer(lanehead, "Home clean")
    assert await seen_by(town, portici, pioneer) == [["Home clean"], ["Home clean"]]
    await change(lanehead, clean, visibility=Visibility.MEMBER)
    assert await seen_by(town, portici, pioneer) == [[], []]
    assert await found(lanehead, origin="local") == ["Home clean"]


async def test_a_listing_runs_out_at_the_same_time_everywhere(town):
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    today = town.clock.now().date()
    await offer(lanehead, "Strawberries", expires_on=today + timedelta(days=3))
    assert await seen_by(town, portici) == [["Strawberries"]]
    town.clock.advance(timedelta(days=4))
    for coop in (lanehead, portici):
        await coop.node.run_due()
    assert await seen_by(town, portici) == [[]]
    assert await found(lanehead, origin="local") == []


async def test_a_member_of_one_coop_sees_who_has_the_listing(town):
    lanehead, portici, pioneer = await three_in_touch(town)
    clean = await offer(lanehead, "Home clean")
    await pioneer.go_away()
    await town.settle()
    spread = await lanehead.read(listings.spread, clean.id)
    states = {line.actor_uri: line.state for line in spread.lines}
    assert spread.reached == 1
    assert states[portici.uri] == "delivered"
    assert states[pioneer.uri] in ("pending", "held")


async def heard(coop) -> int:
    """How many activities a coop has taken in."""
    from sqlalchemy import func, select

    from federation.models import SeenActivity

    async def count(reader) -> int:
        return await reader.scalar(select(func.count()).select_from(SeenActivity))

    return await coop.read(count)
