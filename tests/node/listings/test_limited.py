"""A coop kept at a distance: its listings are kept, and shown to members who look for them."""

from datetime import timedelta
from typing import Any

from federation.models import RuleLevel
from node import listings, peers
from node.listings import ANYBODY, Viewer
from tests.node.listings.conftest import MEMBER, MILL, Coop
from tests.node.listings.test_inbox import FLOUR, hear, held, said


async def limit(coop: Coop, domain: str = "mill.example", **rule: Any) -> None:
    await coop.write(lambda uow: peers.decide(uow, domain, RuleLevel.LIMIT, "loud", **rule))


async def counted(coop: Coop, viewer: Viewer) -> dict[str, int]:
    return await coop.ask(lambda reader: listings.mirrors_by_coop(reader, viewer))


async def test_only_a_member_who_asks_for_the_coop_finds_it(followed_on_each: Coop) -> None:
    coop = followed_on_each
    await coop.create("Our own flour")
    await hear(coop, said("Create", FLOUR))
    assert await coop.titles("flour") == ["Our own flour", "Flour, 25 kg"]
    await limit(coop)
    for viewer in (ANYBODY, MEMBER):
        for query in ({"q": "flour"}, {}, {"near": (53.74, -2.01)}):
            assert await coop.titles(viewer=viewer, **query) == ["Our own flour"], query
    assert await coop.titles("flour", viewer=MEMBER, coop=MILL) == ["Flour, 25 kg"]
    assert await coop.titles("flour", viewer=ANYBODY, coop=MILL) == []


async def test_neither_counts_nor_facets_speak_of_it(followed_on_each: Coop) -> None:
    await hear(followed_on_each, said("Create", FLOUR))
    await limit(followed_on_each)
    page = await followed_on_each.search(viewer=MEMBER)
    assert page.total == 0
    assert page.facets["coop"] == []
    assert await counted(followed_on_each, ANYBODY) == {}
    assert await counted(followed_on_each, MEMBER) == {MILL: 1}


async def test_only_members_can_open_a_link_to_it(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    await limit(followed)
    mirror = await held(followed)
    assert mirror is not None
    assert listings.mirror_visible(mirror, MEMBER)
    assert not listings.mirror_visible(mirror, ANYBODY)


async def test_what_comes_while_it_is_limited_is_kept_and_shown_when_that_ends(
    followed_on_each: Coop,
) -> None:
    await limit(followed_on_each, days=7)
    await hear(followed_on_each, said("Create", FLOUR))
    assert await followed_on_each.titles("flour") == []
    followed_on_each.clock.advance(timedelta(days=7))
    assert await followed_on_each.titles("flour") == ["Flour, 25 kg"]
    mirror = await held(followed_on_each)
    assert mirror is not None
    assert listings.mirror_visible(mirror, ANYBODY)


async def test_a_rule_that_is_lifted_hides_nothing(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    await limit(followed, "example")
    assert await followed.titles("flour") == []
    await followed.write(lambda uow: peers.lift(uow, "EXAMPLE"))
    assert await followed.titles("flour") == ["Flour, 25 kg"]
