"""What waits for us is found however many older ones wait for others."""

from sqlalchemy import insert, select

from node import referrals
from node.referrals.models import referral_table
from node.referrals.queries import MOST_SHOWN
from tests.stories.referring import BOILER, PERSON


async def test_what_waits_for_us_is_seen_behind_many_that_wait_for_others(loaf):
    await loaf.pass_on(BOILER)
    await loaf.write(many_times, MOST_SHOWN)
    draft = await loaf.write(referrals.start, BOILER, person=PERSON, by="desk")
    assert [one.id for one in await loaf.read(referrals.waiting)] == [draft.id]
    assert await loaf.read(referrals.count_waiting) == 1


async def many_times(uow, times):
    """The one referral again and again, as if it were older."""
    [row] = await uow.rows(select(referral_table))
    copies = [
        dict(row._mapping) | {"id": f"{number:026}", "uri": f"{row.uri}/{number}"}
        for number in range(times)
    ]
    await uow.execute(insert(referral_table), copies)
