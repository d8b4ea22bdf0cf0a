"""Until when a coop has to answer."""

from dataclasses import replace
from datetime import timedelta

from tests.stories.referring import BOILER


async def test_what_is_urgent_is_to_be_answered_sooner(loaf):
    usual, _code = await loaf.pass_on(BOILER)
    urgent, _code = await loaf.pass_on(replace(BOILER, urgency="urgent"))
    spans = [view.answer_due - loaf.clock.now() for view in (usual, urgent)]
    assert spans == [timedelta(days=3), timedelta(hours=24)]
