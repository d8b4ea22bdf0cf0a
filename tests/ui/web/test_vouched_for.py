"""Coops say publicly whom they vouch for, and every reader sees which."""

import csv
import re

import pytest
from sqlalchemy import select

from federation.models import RuleLevel
from federation.storage import Reader
from node import peers
from node.errors import NotFound
from node.events import events
from node.peers import CoopLeft, CoopMoved
from node.peers.models import StoredProfile
from tests.support.town import Town, TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_coop_page import form
from tests.ui.web.visitor import signed_in, stranger


async def test_coops_vouch_for_a_coop_and_each_reader_sees_which(found_town: TownFounder) -> None:
    town = await found_town(3)
    lanehead, portici, pioneer = town.coops
    for one in (portici, pioneer):
        await town.introduce(lanehead, one)
    await town.introduce(portici, pioneer)
    there = f"/coops/{pioneer.node.config.authority}"
    async with (
        signed_in(lanehead, "femi", "admin") as femi,
        stranger(lanehead) as passer,
        stranger(pioneer) as home,
    ):
        assert "Vouched for by" not in (await passer.get(there)).text
        say = {"uri": pioneer.uri, "do": "vouch"}
        assert (await femi.post("/peers/answer", say)).status == 303
        await portici.write(peers.vouch, pioneer.uri)
        for itself in (portici, pioneer):
            with pytest.raises(NotFound):
                await itself.write(peers.vouch, itself.uri)
        await town.settle()
        both = r"Vouched for by</dt><dd><bdi>Lanehead</bdi>, <a href=[^>]+><bdi>Portici"
        for page in (there, "/coops"):
            assert re.search(both, (await passer.get(page)).text), page
        assert re.search("Vouched for by.*Lanehead.*Portici", (await home.get("/about")).text)
        items = {one["uri"]: one for one in (await Program(passer).get("/coops")).body["items"]}
        assert items[pioneer.uri]["vouched_by"] == [lanehead.uri, portici.uri]
        assert items[portici.uri]["vouched_by"] == []
        table = csv.DictReader((await passer.get("/coops.csv")).text.lstrip("\ufeff").splitlines())
        vouched = {row["uri"]: row["vouched_by"] for row in table}
        assert vouched == {pioneer.uri: f"{lanehead.uri}, {portici.uri}", portici.uri: ""}
        ours = await Program(home).get("/coop")
        assert ours.body["vouched_by"] == [lanehead.uri, portici.uri]

        assert (await femi.post("/settings", form(then="save"))).status == 303
        assert (await Program(passer).get("/coop")).body["vouches_for"] == [pioneer.uri]
        admin = Program(passer, await token_for(lanehead, "admin"))
        await admin.call("PATCH", f"{API}/peers", say | {"do": "take-back"})
        await town.settle()
        [left] = re.findall("Vouched for by(.*?)</dd>", (await home.get("/about")).text)
        assert ("Portici" in left, "Lanehead" in left) == (True, False)
        moved = CoopMoved(pioneer.uri, "https://pioneers.example/coop")
        for event, told in ((moved, (moved.new,)), (CoopLeft(moved.new), ())):
            await portici.write(events.announce, event)
            assert (await portici.read(peers.our_telling)).vouches_for == told


async def test_a_coop_that_moves_to_another_that_is_vouched_for_is_named_once(
    found_town: TownFounder,
) -> None:
    lanehead, portici, pioneer = (town := await found_town(3)).coops
    for one in (portici, pioneer):
        await town.introduce(lanehead, one)
        await lanehead.write(peers.vouch, one.uri)
    await lanehead.write(events.announce, CoopMoved(portici.uri, pioneer.uri))
    assert (await lanehead.read(stored_telling))["vouches_for"] == [pioneer.uri]


async def stored_telling(reader: Reader) -> dict[str, object]:
    return await reader.scalar(select(StoredProfile.telling)) or {}


async def test_nobody_vouches_for_a_coop_on_hold_or_blocked(two: Town) -> None:
    lanehead, portici = two.coops
    async with stranger(lanehead) as passer:

        async def told() -> object:
            actor = (await lanehead.read(peers.our_profile)).portrait.vouches_for
            assert actor == tuple((await Program(passer).get("/coop")).body["vouches_for"])
            return actor

        await lanehead.write(peers.vouch, portici.uri)
        assert await told() == (portici.uri,)
        host = portici.node.config.authority
        await lanehead.write(peers.decide, host, RuleLevel.LIMIT, "We look closer.")
        assert await told() == (portici.uri,)
        await lanehead.write(peers.decide, host, RuleLevel.BLOCK, "It is a trap.")
        assert await told() == ()
        await lanehead.write(peers.lift, host)
        assert await told() == (portici.uri,)
        await lanehead.write(peers.suspend, portici.uri, "We look closer.")
        assert await told() == ()
