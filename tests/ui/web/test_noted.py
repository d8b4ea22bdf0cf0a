"""Who asks for what is not theirs leaves one line in the log; a crawler with old links none."""

from collections.abc import Awaitable
from typing import Any

import pytest
from structlog.testing import capture_logs

from node import accounts, listings
from node.listings import ListingDraft
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import Visitor


@pytest.fixture
async def draft(coop: Coop, femi: Visitor) -> str:
    """The id of what only Femi may see."""
    by = (await coop.read(accounts.by_handle, "femi")).id
    made = await coop.write(listings.create, ListingDraft("Secret"), by=by, publish=False)
    return str(made.id)


async def noted(asking: Awaitable[Any]) -> tuple[int, list[tuple[int, str, str]]]:
    """What was answered, and what the log says of it."""
    with capture_logs() as lines:
        answer = await asking
    refusals = [each for each in lines if each["event"] == "request-refused"]
    return answer.status, [(each["status"], each["code"], each["route"]) for each in refusals]


async def test_a_member_at_somebody_elses_draft_is_noted(rosa: Visitor, draft: str) -> None:
    line = (404, "not-found", "/listings/{id}")
    assert await noted(rosa.get(f"/listings/{draft}")) == (404, [line])


async def test_a_stranger_with_an_old_link_or_a_member_with_a_typo_is_not(
    passer: Visitor, rosa: Visitor, draft: str
) -> None:
    assert await noted(passer.get(f"/listings/{draft}")) == (404, [])
    assert await noted(rosa.get("/listing")) == (404, [])


async def test_a_program_is_noted_at_what_is_not_its_own_and_at_what_it_says_wrong(
    coop: Coop, passer: Visitor, draft: str
) -> None:
    program = Program(passer, await token_for(coop, "member"))
    status, lines = await noted(program.get(f"/listings/{draft}"))
    assert (status, [each[0] for each in lines]) == (404, [404])
    status, lines = await noted(program.call("POST", f"{API}/listings", {"title": ""}))
    assert (status, [each[0] for each in lines]) == (422, [422])


async def test_a_form_that_is_not_filled_in_right_is_not_noted(rosa: Visitor) -> None:
    assert await noted(rosa.post("/listings/new", {"title": ""})) == (422, [])
