"""Every page there is, from the table of who may see it: `(who looks, address)`.

A page that is new in `tests/ui/web/rights.py` is looked at by whatever uses this.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext

from tests.ui.web.furnished import Furnished
from tests.ui.web.rights import WHO, rows
from tests.ui.web.visitor import FROM_OURS


async def pages(house: Furnished) -> list[tuple[str, str]]:
    """By who sees most of it; what everybody may open is looked at by a stranger as well."""
    found = []
    for row in rows():
        if row.method != "GET" or row.is_api:
            continue
        allowed = [who for who, answer in zip(WHO, row.answers, strict=True) if answer == "in"]
        path = row.path.format_map(house.things)
        for who in {*allowed[-1:], *(set(allowed) & {"stranger"})}:
            answer = await house.visitors[who].get(path, **FROM_OURS, Accept="text/html")
            if answer.status == 200 and answer.headers["Content-Type"].startswith("text/html"):
                found.append((who, path))
    return found


@asynccontextmanager
async def seen_by(
    browser: Browser, house: Furnished, who: str, **look: Any
) -> AsyncIterator[BrowserContext]:
    """A browser of somebody who is signed in already. look: as the browser's context takes it."""
    context = await browser.new_context(**look)
    cookies = house.visitors[who].cookies
    await context.add_cookies(
        [{"name": n, "value": v, "url": house.coop.address} for n, v in cookies.items()]
    )
    yield context
    await context.close()
