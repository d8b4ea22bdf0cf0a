"""A table of members comes in by a file, which a question who somebody is cannot carry along."""

from aiohttp import FormData

from node import limits, members
from tests.support.clock import FixedClock
from tests.support.town import Coop
from tests.ui.web.test_step_up import IS_IT_YOU
from tests.ui.web.visitor import PASSWORD, Answer, Visitor, just_signed_in


async def send(femi: Visitor) -> Answer:
    form = FormData({"look": "enter"})
    form.add_field("file", b"name,class\nAda,worker\n", filename="m.csv", content_type="text/csv")
    return await femi.post("/members/import", form)


async def test_before_one_is_chosen_its_page_asks_and_none_is_entered_without(
    coop: Coop, clock: FixedClock
) -> None:
    async with just_signed_in(coop, "femi", "admin") as femi:
        clock.advance(limits.SIGN_IN_FRESH)
        assert 'type="file"' not in (await femi.get("/members")).text
        late = await send(femi)
        assert (IS_IT_YOU in late.text, 'name="look"' in late.text) == (True, True)
        assert 'name="file"' not in late.text
        assert await coop.read(members.members) == []
        asked = await femi.get("/members/import")
        assert 'name="next" value="/members/import"' in asked.text
        shown = await femi.post("/confirm", {"next": "/members/import", "present": PASSWORD})
        assert (await femi.get(shown.location)).location == "/members#table"
        assert 'type="file"' in (await femi.get("/members")).text
        assert (await send(femi)).status == 200
        assert [one.name for one in await coop.read(members.members)] == ["Ada"]
