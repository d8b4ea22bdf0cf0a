"""How much words, nearness and newness count in a search is a rule, which the order follows."""

import re

from node import audit, policies
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.visitor import stranger

FITS, NEAR, NEW = (
    "Bread",
    "Tools to bake a bread or a cake with",
    "Bread and much else that is good",
)


async def test_a_rule_that_weighs_otherwise_orders_hits_otherwise_and_why_here_says_so(
    coop: Coop,
) -> None:
    async def points() -> list[tuple[str, int, int, int]]:
        """Of each hit: its title, and what words, nearness and newness give it."""
        page = (await passer.get("/search?q=bread&near=Leeds&within_km=any")).text
        [results] = re.findall(r'<ol class="results">(.*?)</ol>', page, re.DOTALL)
        titles = [one for one in re.findall(r">([^<>]+)</a>", results) if "read" in one]
        given = list(map(int, re.findall(r"\+(\d+)</bdi>", results)))
        assert len(given) == 3 * len(titles), "each says why it is here"
        return [(title, *given[3 * at : 3 * at + 3]) for at, title in enumerate(titles)]

    async def weigh(**weights: int) -> None:
        for name, weight in weights.items():
            await coop.write(policies.choose, f"ranking.{name}", weight, by=audit.OPERATOR)

    await offer(coop, FITS, place="Aberdeen")
    await offer(coop, NEAR, place="Leeds")
    coop.node.clock.advance(86_400 * 80)  # type: ignore[attr-defined]
    await offer(coop, NEW, place="Bristol")
    async with stranger(coop) as passer:
        for alone, first, at in (("text", FITS, 1), ("nearness", NEAR, 2), ("freshness", NEW, 3)):
            await weigh(text=0, nearness=0, freshness=0)
            await weigh(**{alone: 100})
            [best, *others] = await points()
            assert best[0] == first
            for told in (best, *others):
                assert sum(told[1:]) == told[at], "nothing else counts"
            assert [one[at] for one in (best, *others)] == sorted(
                (one[at] for one in (best, *others)), reverse=True
            )
        assert 'href="/policies/ranking.text"' in (await passer.get("/search?q=bread")).text
