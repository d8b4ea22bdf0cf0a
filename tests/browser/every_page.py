"""Every page there is, from the table of who may see it: `(who looks, address)`.

A page that is new in `tests/ui/web/rights.py` is looked at by whatever uses this. Where its line
names nothing, so that all it would show is that there is nothing, `corners` makes what it shows.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext

from tests.browser.corners import corners
from tests.ui.web.furnished import Furnished
from tests.ui.web.rights import WHO, Row, rows
from tests.ui.web.visitor import FROM_OURS

NO_PAGES = frozenset(
    [
        "/media/new/00000000000000000000000000000000-320.webp?nothing",
        "/council/federations/{federation}/evidence/nothing",
        "/searches/nothing",
        "/notes/nothing",
    ]
)
"""What answers with a page only where there is nothing: pictures, files, what leads elsewhere."""

FOR_STRANGERS = frozenset(["/", "/sign-in", "/listings/{listing}", "/mirrors/{mirror}/ask"])
"""Where a stranger finds something else than whoever is signed in."""


async def pages(house: Furnished, *, twice: bool = True) -> list[tuple[str, str]]:
    """Every address by who sees most of it; `twice`: also each thing of a kind (a draft beside what
    is published), and what everybody may open as a stranger sees it. Once a house."""
    made = await corners(house)
    found = [(one.who, one.path) for one in made]
    instead = {one.instead_of for one in made} | {one.path for one in made}
    unseen, kinds = [], set()
    for row in rows():
        kind = re.sub(r"{\w+}", "{}", row.path)
        if row.method != "GET" or row.is_api or row.path in instead | NO_PAGES:
            continue
        if kind in kinds and not twice:
            continue
        kinds.add(kind)
        path = row.path.format_map(house.things)
        for who in _seers(row, twice=twice):
            answer = await house.visitors[who].get(path, **FROM_OURS, Accept="text/html")
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            found.append((who, path))
            if answer.status == 404 and not row.path.startswith("/mail/stop/"):
                unseen.append(row.path)
    assert unseen == [], "make something that stands there, in tests/browser/corners.py"
    return found


def _seers(row: Row, *, twice: bool) -> set[str]:
    allowed = [who for who, answer in zip(WHO, row.answers, strict=True) if answer == "in"]
    is_for_strangers = "stranger" in allowed and (twice or row.path in FOR_STRANGERS)
    return {*allowed[-1:], *(["stranger"] if is_for_strangers else [])}


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
