"""Whatever waits stands on the first page of whose it is, leads to a page, and goes when done."""

import re
from html import unescape

import pytest

from node import accounts, notices
from node.accounts import AccountView
from tests.support.town import Coop, TownFounder
from tests.ui.web.visitor import Visitor, entered
from tests.ui.web.waiting_cases import CASES
from ui.web.what_waits import kinds, waiting_for

KINDS = {kind.name: kind for kind in kinds()}
ASK_OTHERS = {"vouching"}
"""What one of two has done: the notice to all who can stands until the second has."""


async def leads_to(kind: str, coop: Coop, who: AccountView, visitor: Visitor) -> str | None:
    """Where the row of a kind leads on somebody's first page; None: there is none."""
    waiting = await coop.read(waiting_for, await coop.read(accounts.account, who.id))
    page = (await visitor.get("/")).text
    block = page.partition('<ol class="waiting">')[2].partition("</ol>")[0]
    paths = re.findall(r'class="btn[^"]*" href="([^"]+)"', block)
    names = [one.kind.name for one in waiting]
    assert len(paths) == len(names)
    return dict(zip(names, map(unescape, paths), strict=True)).get(kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_it_waits_for_whose_it_is_alone_and_goes_when_it_is_done(
    kind: str, found_town: TownFounder
) -> None:
    story = CASES[kind](found_town)
    scene = await anext(story)
    async with entered(scene.coop, scene.acts) as acts, entered(scene.coop, scene.other) as other:
        assert await leads_to(kind, scene.coop, scene.other, other) is None
        page = await leads_to(kind, scene.coop, scene.acts, acts)
        assert page is not None
        assert (await acts.get(page.partition("#")[0])).status == 200
        async for _more in story:
            raise AssertionError("a story yields once")
        assert await leads_to(kind, scene.coop, scene.acts, acts) is None
    told = await scene.coop.read(notices.standing, scene.acts, KINDS[kind].told)
    assert kind in ASK_OTHERS or [one.kind for one in told if not one.read] == []


def test_no_story_is_of_a_kind_that_there_is_not() -> None:
    assert CASES.keys() == KINDS.keys()
