"""The pages that are opened most can be used soon, by a slow phone on a slow line."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from federation.key_files import Generation
from tests.benchmarks.weight import MAIN_PAGES, named, opened
from tests.browser.every_page import pages
from tests.support.clock import FixedClock
from tests.support.town import open_town
from tests.ui.web.furnished import furnished

READY_S = 2.5
"""The goal of the benchmark, which finds 1.6: what is between them is for a busy machine."""


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_main_page_can_be_used_after_two_seconds_and_a_half_on_slow_3g(
    browser: Browser, tmp_path: Path, town_keys: dict[str, Generation], migrated_file: Path
) -> None:
    late: dict[str, float] = {}
    seen: set[str] = set()
    async with (
        open_town(2, tmp_path, FixedClock(), town_keys, migrated_file) as town,
        furnished(town) as house,
    ):
        for who, path in sorted(await pages(house, twice=False)):
            page = named(who, path).partition(" ")[2]
            if page not in MAIN_PAGES or page in seen:
                continue
            seen.add(page)
            tries = [(await opened(browser, house, who, path))["ready_s"]]
            if tries[0] > READY_S:  # what else ran just then may have held it up
                tries.append((await opened(browser, house, who, path))["ready_s"])
            if min(tries) > READY_S:
                late[page] = min(tries)
    assert seen == MAIN_PAGES
    assert late == {}
