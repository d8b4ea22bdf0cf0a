"""The pages of joining are for everybody; its story is told in test_journeys."""

import pytest
from playwright.async_api import Browser

from node import joining
from node.joining import Actor, Event, Particulars
from tests.browser.looking import looked_over
from tests.browser.phone import come_in
from tests.browser.test_journeys import FORM
from tests.support.chromium import Axe, listen
from tests.support.town import Coop
from tests.ui.web.visitor import add_account

pytestmark = pytest.mark.browser


@pytest.fixture
async def coop(coop: Coop) -> Coop:
    await coop.write(joining.set_form, FORM)
    return coop


@pytest.mark.soak
async def test_joining_is_for_everybody(
    coop: Coop, browser: Browser, axe: Axe, complaints: list[str]
) -> None:
    femi = await add_account(coop, "femi", "admin")
    applied = await coop.write(
        joining.apply,
        Particulars("Ada", phone="+44 1706 524920", answers=("Windows",)),
        membership_class="worker",
        agreed=[0],
    )
    asking = {"actor": Actor.REVIEWER, "by": femi.id, "message": "Since when?"}
    await coop.write(joining.step, applied.id, Event.ASK, **asking)
    page = await (await browser.new_context(reduced_motion="reduce")).new_page()
    listen(page, complaints)
    open_to_all = [f"{coop.address}{path}" for path in ("/join", applied.path)]
    assert await looked_over(page, open_to_all, axe) == []
    await come_in(page, coop, femi)
    paths = ("/applications", f"/applications/{applied.id}", "/applications/form", "/members")
    assert (
        await looked_over(page, [f"{coop.address}{path}" for path in (*paths, "/audit")], axe) == []
    )
    assert complaints == []
