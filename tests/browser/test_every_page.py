"""Every page of the table, for everybody's eyes: both themes, both directions, wide and narrow."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from federation.key_files import Generation
from tests.browser.every_page import pages, seen_by
from tests.browser.looking import looked_over
from tests.support.chromium import Axe
from tests.support.clock import FixedClock
from tests.support.town import open_town
from tests.ui.web.furnished import furnished

pytestmark = pytest.mark.soak


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
async def test_everybody_can_use_every_page_there_is(
    browser: Browser,
    axe: Axe,
    language: str,
    tmp_path: Path,
    town_keys: dict[str, Generation],
    migrated_file: Path,
) -> None:
    faults: list[tuple[object, ...]] = []
    async with (
        open_town(2, tmp_path, FixedClock(), town_keys, migrated_file) as town,
        furnished(town) as house,
    ):
        found = await pages(house)
        assert len(found) > 80
        for who in {who for who, _path in found}:
            look = {"locale": language, "reduced_motion": "reduce"}
            async with seen_by(browser, house, who, **look) as context:
                urls = [house.coop.address + path for looks, path in found if looks == who]
                faults += await looked_over(await context.new_page(), urls, axe, language)
    assert not faults, "\n".join(map(str, faults))[:6000]
