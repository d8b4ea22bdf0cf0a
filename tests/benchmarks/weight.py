"""What every page weighs on the line, and how long a slow phone waits for it on slow 3G.

A browser's first visit, with nothing kept, and the next page after it, with the look kept: until
the page can be used (DOM ready), and until the last of its pictures is there. The line is that of
Chromium's tools: 400 kbit/s each way, 400 ms to every answer; the processor, a quarter of this one.

The line alone makes 1.3 s of it: a first view waits for two answers, the page (2.3 KB, there after
450 ms) and its sheet (9.5 KB, asked for at once, there 800 ms later beside 6 KB that nothing waits
for). A `Link: rel=preload` would ask for the sheet 9 ms earlier; a sheet inside the page would save
400 ms once and weigh on each page after. What is above that is the processor: read `load` first.
"""

import argparse
import asyncio
import os
import re
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import Browser

from node.migrations import migrate
from tests.benchmarks.report import Report, add_common, finish, medians
from tests.browser.every_page import pages, seen_by
from tests.browser.looking import AGAIN, FIRST, PHONE
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
SLOW_PHONE = {"rate": 4}
"""How many times slower than this machine its processor is."""
MAIN_PAGES = frozenset(
    [
        *("/", "/search", "/listings/…", "/mirrors/…", "/listings/…/ask", "/listings/new"),
        *("/join", "/threads/…", "/council/proposals/…"),
    ]
)
WAITED_MS = """(() => {
  const [page] = performance.getEntriesByType('navigation')
  return page.loadEventEnd && [page.domContentLoadedEventEnd, page.loadEventEnd]
})()"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common(parser, rounds=1)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    finish(asyncio.run(measure(arguments.rounds)), arguments)


async def measure(count: int) -> Report:
    with tempfile.TemporaryDirectory(prefix="weight-") as folder:
        empty = Path(folder) / "empty.sqlite"
        await migrate(f"sqlite:///{empty}")
        async with (
            launched() as browser,
            open_town(2, Path(folder), FixedClock(), {}, empty) as town,
            furnished(town) as house,
        ):
            asked = sorted(await pages(house, twice=False))
            rounds = [
                {named(who, path): await opened(browser, house, who, path) for who, path in asked}
                for _number in range(count)
            ]
    figures = medians(rounds)
    main = [each for name, each in figures.items() if name.partition(" ")[2] in MAIN_PAGES]
    weights = [each["first_kb"] for each in figures.values()]
    load = round(os.getloadavg()[1])  # what else ran: seconds of a busy machine say little
    ratios = {
        "heaviest_kb": max(weights),
        "median_kb": median(weights),
        "heaviest_next_kb": max(each["next_kb"] for each in figures.values()),
        "main_ready_s": max(each["ready_s"] for each in main),
        "slowest_ready_s": max(each["ready_s"] for each in figures.values()),
        "slowest_next_s": max(each["next_ready_s"] for each in figures.values()),
    }
    return Report(
        "weight",
        ratios,
        figures,
        rounds,
        {"pages": len(figures), "main": len(main), "load": load},
    )


def named(who: str, path: str) -> str:
    """The same for each run: no ids, secrets or ports."""
    plain = re.sub(r"/(?:[\w-]{20,}|[^/?]+:\d+)", "/…", path.partition("?")[0])
    return f"{who} {plain}"


async def opened(browser: Browser, house: Furnished, who: str, path: str) -> dict[str, Any]:
    """A page in a browser that has been nowhere, and the same once more."""
    found = {}
    look = {"viewport": PHONE}
    async with seen_by(browser, house, who, **look) as context:
        page = await context.new_page()
        line = await context.new_cdp_session(page)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", SLOW_3G)
        await line.send("Emulation.setCPUThrottlingRate", SLOW_PHONE)
        for visit, sent in (("", FIRST), ("next_", AGAIN)):
            await page.goto(house.coop.address + path, wait_until="load")
            waited = await (await page.wait_for_function(WAITED_MS)).json_value()
            ready, whole = [round(each / 1000, 1) for each in waited]
            weight = round(await page.evaluate(sent) / 1024, 1)
            found |= {f"{visit or 'first_'}kb": weight, f"{visit}ready_s": ready}
            found |= {f"{visit}whole_s": whole}
    return found
