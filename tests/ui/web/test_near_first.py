"""What is near comes first, unless somebody asks for another order."""

import re

from node import accounts
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.visitor import Visitor, signed_in, stranger


async def test_what_is_near_comes_first_and_one_tap_ends_that(coop: Coop) -> None:
    async def found(who: Visitor, query: str = "q=bread") -> list[str]:
        page = (await who.get(f"/search?{query}")).text
        [results] = re.findall(r'<ol class="results">(.*?)</ol>', page, re.DOTALL)
        return re.findall(r"Bread of (\w+)</a>", results)

    await offer(coop, "Bread of Leeds", place="Leeds")
    await offer(coop, "Bread of Bristol", place="Bristol")
    await offer(coop, "Bread of Aberdeen", place="Aberdeen")
    async with signed_in(coop, "rosa") as rosa, stranger(coop) as passer:
        page = (await passer.get("/search?q=bread")).text
        assert "Near Rochdale, GB first" in page
        assert "How near it is" in page
        for asked in ("q=bread", "q=bread&near=", "q=bread&order=nearest"):
            assert await found(passer, asked) == ["Leeds", "Bristol", "Aberdeen"], asked
        assert await found(passer, "q=bread&home=no") == ["Aberdeen", "Bristol", "Leeds"]
        off = (await passer.get("/search?q=bread&home=no")).text
        assert 'name="home" value="no"' in off
        assert "How near it is" not in off
        assert await found(passer, "q=bread&order=newest") == ["Aberdeen", "Bristol", "Leeds"]
        assert (await found(passer, "q=bread&near=Inverness&within_km=any"))[0] == "Aberdeen"
        account = await coop.read(accounts.by_handle, "rosa")
        await offer(coop, "Drum lessons", by=account.id, place="Bristol")
        assert "Near Bristol first" in (await rosa.get("/search?q=bread")).text
        assert await found(rosa) == ["Bristol", "Leeds", "Aberdeen"]
        assert await found(passer) == ["Leeds", "Bristol", "Aberdeen"]
