"""A person answers another coop, on the page of coops or by a program: what comes of it at both."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape
from typing import Protocol

import pytest

from node import audit, notices, peers
from node.accounts import AccountView, Role
from tests.stories.market import found, offer, seen_by
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import Visitor, entered, stranger
from tests.ui.web.waiting_cases.table import person
from ui.web.words import PEER_STATES

OURS, THEIRS = "Home clean", "A room with a view"
ON_THE_PAGE = {
    "accept": ("Work together", "You work together now."),
    "decline": ("Not now", "They can ask again in a month"),
    "suspend": ("Put on hold", "They hear nothing new from us"),
    "resume": ("In touch again", "What was missed is fetched now."),
    "leave": ("Stop working together", "Their offers are gone from here."),
}
"""What is to be done: the button for it, and what is told then."""


class Desk(Protocol):
    """Where somebody of a coop says yes and no to others."""

    async def does(self, what: str, other: Coop) -> None: ...

    async def sees(self, other: Coop) -> str | None:
        """Where the two stand; None: it is not there."""


class Page:
    """The page of coops, gone by what stands on it."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor

    async def does(self, what: str, other: Coop) -> None:
        button, told = ON_THE_PAGE[what]
        form = _form_beside(other, (await self._visitor.get("/peers")).text)
        [pressed] = re.findall(rf'name="do" value="([\w-]+)">{button}<', form)
        answer = await self._visitor.post("/peers/answer", {"uri": other.uri, "do": pressed})
        assert answer.status == 303
        assert told in unescape((await self._visitor.get(answer.location)).text)

    async def sees(self, other: Coop) -> str | None:
        page = (await self._visitor.get("/peers")).text
        if "Not now" in _form_beside(other, page):
            return "asked_by_them"
        row = page.partition(f'href="/coops/{other.node.config.authority}"')[2]
        [cell] = re.findall(r'data-label="State"><span>(.*?)</td>', row, re.DOTALL)[:1] or [""]
        said = re.sub(r"<[^>]+>", "", cell).strip()
        return {str(word): state for state, (_shape, word) in PEER_STATES.items()}.get(said)


def _form_beside(other: Coop, page: str) -> str:
    forms = re.findall(r'<form [^>]*action="/peers/answer">.*?</form>', page, re.DOTALL)
    [form] = [form for form in forms if f'name="uri" value="{other.uri}"' in form] or [""]
    return str(form)


class Api:
    """A program with a token of the same account."""

    def __init__(self, program: Program) -> None:
        self._program = program

    async def does(self, what: str, other: Coop) -> None:
        said = {"uri": other.uri, "do": what}
        assert (await self._program.call("PATCH", f"{API}/peers", said)).status == 200

    async def sees(self, other: Coop) -> str | None:
        items = (await self._program.get("/peers")).body["items"]
        return {one["uri"]: one["state"] for one in items}.get(other.uri)


@asynccontextmanager
async def on_the_page(coop: Coop, who: AccountView) -> AsyncGenerator[Desk]:
    async with entered(coop, who) as visitor:
        yield Page(visitor)


@asynccontextmanager
async def by_api(coop: Coop, who: AccountView) -> AsyncGenerator[Desk]:
    async with stranger(coop) as visitor:
        yield Api(Program(visitor, await token_for(coop, who.handle)))


class Both:
    """Lanehead, where Femi decides, and Portici, where Marco sees what was decided."""

    def __init__(self, town: Town, here: Desk, there: Desk, femi: AccountView, marco: AccountView):
        self.town, self._here, self._there = town, here, there
        self.lanehead, self.portici = town.coops
        self._femi, self._marco = femi, marco

    async def asked(self) -> None:
        """Portici asks, and each of the two offers something."""
        await offer(self.lanehead, OURS)
        await offer(self.portici, THEIRS)
        await peers.ask(self.portici.node.federation, self.lanehead.address)
        await self.town.settle()

    async def femi_does(self, what: str) -> None:
        """What she did stands in the list of who did what."""
        self.town.clock.advance(timedelta(seconds=1))  # sooner than anything is tried again
        await self._here.does(what, self.portici)
        await self.town.settle()
        done = await self.lanehead.read(audit.entries, subject=self.portici.uri, limit=1)
        assert [(one.actor, one.what) for one in done] == [(self._femi.id, f"peers.{what}")]

    async def stand(self) -> tuple[str | None, str | None]:
        """What Femi sees of Portici, and Marco of Lanehead."""
        return await self._here.sees(self.portici), await self._there.sees(self.lanehead)

    async def find(self) -> list[list[str]]:
        """What of the other is found here, and there."""
        return await seen_by(self.town, self.lanehead, self.portici)

    async def told(self) -> tuple[list[str], list[str]]:
        """What Femi and Marco have not read yet."""
        return await _unread(self.lanehead, self._femi), await _unread(self.portici, self._marco)


async def _unread(coop: Coop, who: AccountView) -> list[str]:
    told = await coop.read(notices.notices, who)
    return [str(one.text) for one in told if not one.read]


DOORS = {"page": on_the_page, "api": by_api}


@pytest.fixture(params=DOORS)
async def both(request: pytest.FixtureRequest, found_town: TownFounder) -> AsyncGenerator[Both]:
    town, door = await found_town(2), DOORS[request.param]
    lanehead, portici = town.coops
    femi, marco = [await person(coop, "admin", Role.ADMIN) for coop in (lanehead, portici)]
    async with door(lanehead, femi) as here, door(portici, marco) as there:
        made = Both(town, here, there, femi, marco)
        await made.asked()
        yield made


async def test_a_question_stands_at_both_until_it_is_answered(both: Both) -> None:
    assert await both.stand() == ("asked_by_them", "asked_by_us")
    assert await both.find() == [[], []]
    assert await both.told() == (["Portici asks to be in touch with us."], [])


async def test_who_accepts_works_with_them_and_each_finds_what_the_other_offers(
    both: Both,
) -> None:
    await both.femi_does("accept")
    assert await both.stand() == ("in_touch", "in_touch")
    assert await both.find() == [[THEIRS], [OURS]]
    ours, theirs = await both.told()
    assert theirs == ["Lanehead is in touch with us now."]
    assert "Portici asks to be in touch with us." not in ours


async def test_who_declines_says_so_to_them_and_nothing_travels(both: Both) -> None:
    await both.femi_does("decline")
    assert await both.stand() == (None, "refused")
    assert await both.find() == [[], []]
    assert await both.told() == ([], ["Lanehead does not want to be in touch for now."])


async def test_who_resumes_hears_and_tells_what_the_hold_kept_back(both: Both) -> None:
    await both.femi_does("accept")
    await both.femi_does("suspend")
    await offer(both.lanehead, "Windows")
    await offer(both.portici, "A boat")
    assert await both.stand() == ("suspended", "in_touch")
    ours, theirs = await both.find()
    assert "A boat" not in ours
    assert "Windows" not in theirs

    await both.femi_does("resume")
    assert await both.stand() == ("in_touch", "in_touch")
    assert await both.find() == [["A boat", THEIRS], [OURS, "Windows"]]


async def test_who_leaves_is_gone_from_there_with_all_that_was_offered(both: Both) -> None:
    await both.femi_does("accept")
    assert await both.find() == [[THEIRS], [OURS]]
    await both.femi_does("leave")
    assert await both.stand() == (None, "refused")
    assert await both.find() == [[], []]
    assert "Lanehead is no longer in touch with us." in (await both.told())[1]

    await offer(both.lanehead, "Windows")
    await both.town.settle()
    assert await found(both.portici) == []


async def test_who_is_on_hold_can_be_left_at_once(both: Both) -> None:
    await both.femi_does("accept")
    await both.femi_does("suspend")
    await both.femi_does("leave")
    assert await both.stand() == (None, "refused")
    assert await both.find() == [[], []]


@pytest.mark.parametrize("what", ["decline", "resume", "suspend", "leave"])
async def test_what_there_is_no_coop_for_is_refused_in_words_and_changes_nothing(
    coop: Coop, femi: Visitor, what: str
) -> None:
    nobody = {"uri": "https://nobody.example/coop", "do": what}
    page = await femi.post("/peers/answer", nobody)
    assert page.status == 404
    assert "coop" in page.text
    program = Program(femi, await token_for(coop, "admin"))
    assert (await program.call("PATCH", f"{API}/peers", nobody)).status == 404
    assert await coop.read(peers.everyone) == []


async def test_a_button_that_there_is_not_is_refused(coop: Coop, femi: Visitor) -> None:
    nothing = {"uri": "https://nobody.example/coop", "do": "befriend"}
    assert (await femi.post("/peers/answer", nothing)).status == 400
    program = Program(femi, await token_for(coop, "admin"))
    assert (await program.call("PATCH", f"{API}/peers", nothing)).status == 422
