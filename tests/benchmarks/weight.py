"""What pages weigh on the line, and how long a phone waits for them on slow 3G.

A browser's first visit, with nothing kept, and the next page after it, with the look kept. The line
is that of Chromium's tools: 400 kbit/s each way, 400 ms to every answer.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from node.migrations import migrate
from tests.benchmarks.report import Report, add_common, finish
from tests.browser.every_page import seen_by
from tests.browser.looking import PHONE, WEIGHT
from tests.support.chromium import launched
from tests.support.clock import FixedClock
from tests.support.town import open_town
from tests.ui.web.furnished import Furnished, furnished

SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
PAGES = {
    "home": ("stranger", "/"),
    "search": ("stranger", "/search"),
    "a listing": ("stranger", "/listings/{listing}"),
    "a neighbour's listing": ("stranger", "/mirrors/{mirror}"),
    "asking for it": ("stranger", "/listings/{listing}/ask"),
    "joining": ("stranger", "/join"),
    "home, signed in": ("admin", "/"),
    "offering something": ("owner", "/listings/new"),
    "a conversation": ("owner", "/threads/{thread}"),
    "a proposal": ("delegate", "/council/proposals/{proposal}"),
}
WAITED_MS = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common(parser, rounds=1)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    finish(asyncio.run(measure()), arguments)


async def measure() -> Report:
    with tempfile.TemporaryDirectory(prefix="weight-") as folder:
        empty = Path(folder) / "empty.sqlite"
        await migrate(f"sqlite:///{empty}")
        async with (
            launched() as browser,
            open_town(2, Path(folder), FixedClock(), {}, empty) as town,
            furnished(town) as house,
        ):
            figures = {
                name: await _opened(browser, house, who, path.format_map(house.things))
                for name, (who, path) in PAGES.items()
            }
    ratios = {
        "heaviest_kb": max(each["first_kb"] for each in figures.values()),
        "slowest_first_s": max(each["first_s"] for each in figures.values()),
        "slowest_next_s": max(each["next_s"] for each in figures.values()),
    }
    return Report("weight", ratios, figures, checks={"pages": len(figures)})


async def _opened(browser: Browser, house: Furnished, who: str, path: str) -> dict[str, Any]:
    """A page in a browser that has been nowhere, and the same once more."""
    found = {}
    look = {"viewport": PHONE}
    async with seen_by(browser, house, who, **look) as context:
        page = await context.new_page()
        line = await context.new_cdp_session(page)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", SLOW_3G)
        for visit in ("first", "next"):
            await page.goto(house.coop.address + path, wait_until="load")
            await page.wait_for_function(f"{WAITED_MS} > 0")
            found[f"{visit}_s"] = round(await page.evaluate(WAITED_MS) / 1000, 1)
            if visit == "first":
                found["first_kb"] = round(await page.evaluate(WEIGHT) / 1024, 1)
    return found
