"""The directory of coops: what each offers, how it is made, and who looks finds those meant."""

from typing import Any

import pytest

from federation.storage.unit_of_work import Reader
from node import directory, peers
from node.directory import Federated, Wanted
from node.listings import ANYBODY, Kind, Viewer, Visibility
from node.peers import Governance, Opening, Telling
from tests.stories.market import offer
from tests.support.town import Town, TownFounder

MEMBER = Viewer("member", "rosa")


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    """Lanehead looks; Portici lends and gives bread, Pioneer cleans."""
    town = await found_town(3)
    lanehead, portici, pioneer = town.coops
    await offer(portici, "Bread", kind=Kind.GOODS)
    await offer(portici, "A cargo bike", kind=Kind.LEND)
    await offer(portici, "A trailer", kind=Kind.LEND)
    await offer(pioneer, "Window cleaning")
    for coop, place, tells in (
        (
            portici,
            "Portici, IT",
            Telling(
                legal_form="Cooperativa", sectors=("Baking", "care"), governance=Governance.USER
            ),
        ),
        (pioneer, "Todmorden, GB", Telling(opening=Opening.CLOSED, sectors=("cleaning", "Care"))),
    ):
        name = coop.node.config.name
        await coop.write(
            peers.change_profile, name=name, summary="", place=place, by="admin", tells=tells
        )
        await town.introduce(lanehead, coop)
    return town


async def _found(reader: Reader, *asked: Any, **more: Any) -> list[directory.Neighbour]:
    return await directory.neighbours(reader, await peers.peers(reader), *asked, **more)


async def test_whoever_looks_for_coops_finds_those_that_fit(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanehead, portici, pioneer = town.coops
    circle = Federated("f", "Toad Lane", {"scheme": "equal"}, {}, frozenset({pioneer.uri}))

    async def found(**wanted: object) -> list[str]:
        rows = await lanehead.read(_found, Wanted(**wanted), MEMBER, together=[circle])
        return [one.peer.uri for one in rows]

    both, [first, second] = (
        [pioneer.uri, portici.uri],
        await lanehead.read(_found, Wanted(), MEMBER, together=[circle]),
    )
    assert [first.peer.uri, second.peer.uri] == both
    assert dict(second.kinds) == {"goods": 1, "lend": 2}
    assert second.told.legal_form.lines == ("Cooperativa",)
    assert (second.offers, second.federations) == (3, ())
    assert (dict(first.kinds), first.federations) == ({"service": 1}, (circle,))

    assert await found(q="cargo bike") == [portici.uri]
    assert await found(q="PIONEER") == [pioneer.uri]
    assert await found(kind="lend") == [portici.uri]
    assert await found(sector="baking") == await found(q="baking") == [portici.uri]
    assert await found(sector="care") == both
    assert await found(sector="car") == []
    assert await found(opening=Opening.CLOSED) == [pioneer.uri]
    assert await found(governance=Governance.USER) == [portici.uri]
    assert await found(governance=Governance.WORKER) == []
    assert await found(federation="f") == [pioneer.uri]
    rochdale = (53.62, -2.16)
    assert await found(near=rochdale) == [pioneer.uri]
    assert await found(near=rochdale, within_km=None) == both
    assert await found(q="submarines") == []
    assert len(await lanehead.read(_found, Wanted(), ANYBODY)) == 2

    monkeypatch.setattr("node.listings.finding.MOST_FACET_VALUES", 1)
    await offer(portici, "Bread by window light", Visibility.FEDERATION, kind=Kind.STAY)
    await town.settle()
    assert await found(q="window") == both
    for viewer, stays in ((MEMBER, {"stay": 1}), (ANYBODY, {})):
        one, other = await lanehead.read(_found, Wanted(), viewer)
        assert dict(one.kinds) == {"service": 1}
        assert dict(other.kinds) == {"goods": 1, "lend": 2} | stays
