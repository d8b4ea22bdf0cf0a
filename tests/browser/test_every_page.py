"""Every page of the table, for everybody: both themes, both directions, wide and narrow, magnified;
and light enough for a slow line, with everything that it loads."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Browser

from federation.key_files import Generation
from tests.browser.answers import answers
from tests.browser.every_page import pages, seen_by
from tests.browser.looking import EVERY_LOOK, LOOKS, Fault, Look, Sent, looked_over
from tests.support.chromium import Axe
from tests.support.clock import FixedClock
from tests.support.town import open_town
from tests.ui.web.furnished import Furnished, furnished


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
    faults: list[Fault] = []
    async with (
        open_town(2, tmp_path, FixedClock(), town_keys, migrated_file) as town,
        furnished(town) as house,
    ):
        here = house.coop.address
        found = [(who, here + path) for who, path in await pages(house, twice=looks is EVERY_LOOK)]
        faults += await seen(browser, house, found, axe, looks, language)
        # Each page was looked at without its faults: those, half in each direction.
        of = {"en": slice(0, None, 2), "ar": slice(1, None, 2)}.get(language, slice(None))
        sent = await answers(house, of=slice(None) if looks is EVERY_LOOK else of)
        faults += await seen(browser, house, sent, axe, looks[:1], language)
    assert not faults, "\n".join(map(str, faults))[:6000]


async def seen(
    browser: Browser,
    house: Furnished,
    found: Sequence[tuple[str, str | Sent]],
    axe: Axe,
    looks: Sequence[Look],
    language: str,
) -> list[Fault]:
    """What is wrong with these pages, each as whoever it is for sees it."""
    faults: list[Fault] = []
    for who in sorted({who for who, _what in found}):
        look = {"locale": language, "reduced_motion": "reduce"}
        async with seen_by(browser, house, who, **look) as context:
            urls = [what for sees, what in found if sees == who]
            faults += await looked_over(await context.new_page(), urls, axe, looks)
    return faults
