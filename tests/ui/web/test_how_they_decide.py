"""Which federations a coop is in and how they decide: to whom it is told."""

import json

import pytest

from federation.storage import Reader
from node import policies
from node.directory import Federated
from tests.stories.council import Council
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import Program, token_for
from tests.ui.web.visitor import signed_in, stranger


async def test_who_is_in_our_federations_is_told_to_no_program_without_the_scope(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    async def federations(_reader: Reader) -> list[Federated]:
        looked.append(scope)
        return []

    monkeypatch.setattr("node.directory.federations", federations)
    async with stranger(coop) as visitor:
        for scope in ("read", "listings:write", "council:read"):
            program = Program(visitor, await token_for(coop, "member", scope))
            assert (await program.get("/coops")).status == 200
    assert looked == ["council:read"]


async def test_members_read_how_we_decide_together_and_nobody_else(
    two: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanehead, portici = two.coops
    rule = {"threshold": "2/3", "cmp": ">=", "base": "cast", "quorum": "1/2"}
    circles = [
        Federated(name, name, {"scheme": "isqrt"}, rule, frozenset(coops))
        for name, coops in (("Circle", [portici.uri]), ("Elsewhere", []))
    ]

    async def federations(_reader: Reader) -> list[Federated]:
        return circles

    monkeypatch.setattr("node.directory.federations", federations)
    there = f"/coops/{portici.node.config.authority}"
    said = "At least two thirds (2/3) of the votes for and against must be in favour."
    async with signed_in(lanehead, "rosa") as rosa, stranger(lanehead) as passer:
        for path, named in (("/coops", 2), (there, 1)):
            page = (await rosa.get(path)).text
            assert page.count(said) == page.count("The square root of its members.") == named
            assert "Circle" not in (closed := (await passer.get(path)).text)
            assert said not in closed
        token = await token_for(lanehead, "member", "council:read")
        [item] = (await Program(passer, token).get("/coops")).body["items"]
    assert [one["rule"] for one in item["federations"]] == [rule]


async def test_strangers_read_which_federations_a_coop_names_and_how_it_is_governed(
    found_town: TownFounder,
) -> None:
    pair = await Council(await found_town(2), "lanehead").found()
    here, theirs = pair.host, pair.coops["portici"]
    path = f"/coops/{theirs.node.config.authority}"
    async with stranger(here) as passer, signed_in(here, "maya") as maya:
        assert "Toad Lane" not in (await passer.get("/coops")).text
        await pair.opened()
        await pair.votes({"lanehead": "yes", "portici": "yes"})
        await pair.ended()
        await pair.wait(days=20)
        page = f"{here.node.config.address}/federations/{pair.digest}"
        for shown in ((await passer.get("/coops")).text, (await passer.get(path)).text):
            assert f'<a href="{page}" rel="nofollow noopener noreferrer"><bdi>Toad Lane' in shown
            assert "/council/federations/" not in shown
        assert "Toad Lane" in (await passer.get("/coops.csv")).text
        assert page not in (await maya.get(path)).text
        coops = json.loads((await passer.get("/api/v1/coops")).text)["items"]
        assert coops[0]["names"] == [{"name": "Toad Lane", "url": page}]
        assert coops[0]["federations"] == []

        ours = (await passer.get("/about")).text
        for said in (page, "in force since", "words that fit count 60, nearness 25"):
            assert said in ours, said
        assert "votes for and against" not in ours
        assert "votes for and against" in (await maya.get("/about")).text
        rule = policies.COUNCIL_RULES_SHOWN_TO.name
        await here.write(policies.choose, rule, "everybody", by="operator")
        assert "votes for and against" in (await passer.get("/about")).text
