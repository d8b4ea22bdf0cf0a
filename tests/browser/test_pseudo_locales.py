"""Pages in words of no language, two fifths longer than ours: what has no room shows itself."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from federation.key_files import Generation
from tests.browser.every_page import pages, seen_by
from tests.browser.looking import PHONE, SPILLED
from tests.support.clock import FixedClock
from tests.support.pseudo import no_language
from tests.support.town import open_town
from tests.ui.web.furnished import furnished


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("direction", ["en", "ar"], ids=["left-to-right", "right-to-left"])
async def test_longer_words_have_room_on_every_page_there_is(
    browser: Browser,
    direction: str,
    tmp_path: Path,
    town_keys: dict[str, Generation],
    migrated_file: Path,
) -> None:
    spilled = []
    look = {"viewport": PHONE, "locale": direction, "java_script_enabled": False}
    async with (
        open_town(2, tmp_path, FixedClock(), town_keys, migrated_file) as town,
        furnished(town) as house,
    ):
        found = await pages(house, twice=False)
        for who in sorted({who for who, _path in found}):
            async with seen_by(browser, house, who, **look) as context:
                page = await context.new_page()
                with no_language():
                    for path in (path for sees, path in found if sees == who):
                        await page.goto(house.coop.address + path)
                        spilled += [(path, one) for one in await page.evaluate(SPILLED)]
    assert spilled == []
