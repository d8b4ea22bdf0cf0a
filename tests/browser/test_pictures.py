"""Pictures of the six main pages: `ROCHDALE_PICTURES=1` puts them into docs/pictures.

Without it they are taken all the same: a picture that packs to next to nothing is of a blank page.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.demo import Demo
from tests.support.chromium import PATIENCE_MS

pytestmark = pytest.mark.slow

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
HERE = 0
PAGES = {
    "home": "/",
    "search": "/search?q=clean&near=Rochdale&within_km=100",
    "listing": "",  # the first that is found
    "mine": "/mine?whose=all",
    "peers": "/peers",
    "edit": "/listings/new",
}
LOOKS: dict[str, dict[str, Any]] = {
    "1280-light": {"viewport": {"width": 1280, "height": 900}},
    "390-dark": {"viewport": {"width": 390, "height": 720}, "color_scheme": "dark"},
    "390-rtl": {"viewport": {"width": 390, "height": 720}, "locale": "ar"},
}
# 1280 x 900 points of one colour deflate to 3.4 kB; every page of ours to several times this.
BLANK_BYTES = 10_000


@pytest.mark.parametrize("look", LOOKS)
async def test_the_main_pages_show_something(browser: Browser, demo: Demo, look: str) -> None:
    context = await demo.context(browser, HERE, "admin", **LOOKS[look])
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(demo.url(HERE, "/search?q=clean&origin=local"))
    listing = await page.locator(".card a[href^='/listings/']").first.get_attribute("href")
    for name, path in PAGES.items():
        await page.goto(demo.url(HERE, path or str(listing)))
        picture = await page.screenshot(scale="css")
        assert len(picture) > BLANK_BYTES, f"{name} is blank"
        if os.environ.get("ROCHDALE_PICTURES") == "1":
            PICTURES.mkdir(exist_ok=True)
            (PICTURES / f"{name}-{look}.png").write_bytes(picture)
    await context.close()
