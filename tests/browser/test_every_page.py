"""Every page of the table, for everybody: both themes, both directions, wide and narrow, magnified;
and light enough for a slow line, with everything that it loads."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Browser

from federation.key_files import Generation
from tests.browser.every_page import pages, seen_by
from tests.browser.looking import EVERY_LOOK, LOOKS, Look, looked_over
from tests.support.chromium import Axe
from tests.support.clock import FixedClock
from tests.support.town import open_town
from tests.ui.web.furnished import furnished


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("language", "looks"),
    [
        pytest.param("en", LOOKS["en"], id="en"),
        pytest.param("ar", LOOKS["ar"], id="ar"),
        pytest.param("en", EVERY_LOOK, id="en-every-look", marks=pytest.mark.soak),
        pytest.param("ar", EVERY_LOOK, id="ar-every-look", marks=pytest.mark.soak),
        pytest.param("es", LOOKS["en"], id="es", marks=pytest.mark.soak),
        pytest.param("fr", LOOKS["en"], id="fr", marks=pytest.mark.soak),
    ],
)
async def test_everybody_can_use_every_page_there_is(
    browser: Browser,
    axe: Axe,
    language: str,
    looks: Sequence[Look],
    tmp_path: Path,
    town_keys: dict[str, Generation],
    migrated_file: Path,
) -> None:
    """By who sees most of it; with every look, strangers see theirs too."""
    faults: list[tuple[object, ...]] = []
    async with (
        open_town(2, tmp_path, FixedClock(), town_keys, migrated_file) as town,
        furnished(town) as house,
    ):
        found = await pages(house, twice=looks is EVERY_LOOK)
        for who in sorted({who for who, _path in found}):
            look = {"locale": language, "reduced_motion": "reduce"}
            async with seen_by(browser, house, who, **look) as context:
                urls = [house.coop.address + path for sees, path in found if sees == who]
                faults += await looked_over(await context.new_page(), urls, axe, looks)
    assert not faults, "\n".join(map(str, faults))[:6000]
