"""Pictures of the six main pages: `ROCHDALE_PICTURES=1` puts those that a document shows into
docs/pictures.

Without it they are taken all the same: a picture that packs to next to nothing is of a blank page.
"""

import os
from base64 import b64decode, b64encode
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser.town.demo import Demo, running
from tests.documents import PICTURES, shown_pictures
from tests.support.chromium import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")

WANTED = os.environ.get("ROCHDALE_PICTURES") == "1"
HERE = 0
PAGES = {
    "home": "/",
    "search": "/search?q=clean&near=Rochdale&within_km=100",
    "listing": "",  # the first that is found
    "mine": "/mine?whose=all",
    "peers": "/peers",
    "edit": "/listings/new",
}
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 720}
LOW = {"width": 1280, "height": 760}
LOOKS: dict[str, dict[str, Any]] = {
    "1280-light": {"viewport": DESK},
    "1280-dark-rtl": {"viewport": DESK, "color_scheme": "dark", "locale": "ar"},
    "390-dark": {"viewport": PHONE, "color_scheme": "dark"},
    "390-rtl": {"viewport": PHONE, "locale": "ar"},
}
# One colour packs to 1.1 kB at 1280 x 900; every page of ours to several times this.
BLANK_BYTES = 5_000
HEAVIEST_BYTES = 64_000


@pytest.mark.soak
@pytest.mark.parametrize("look", LOOKS)
async def test_the_main_pages_show_something(browser: Browser, demo: Demo, look: str) -> None:
    context = await demo.context(browser, HERE, "admin", **LOOKS[look])
    page, packer = await context.new_page(), await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(demo.url(HERE, "/search?q=clean&origin=local"))
    listing = await page.locator(".card a[href^='/listings/']").first.get_attribute("href")
    for name, path in PAGES.items():
        await page.goto(demo.url(HERE, path or str(listing)))
        picture = await packed(packer, await page.screenshot(scale="css"))
        assert BLANK_BYTES < len(picture) < HEAVIEST_BYTES, f"{name}: {len(picture)} bytes"
        if WANTED and f"{name}-{look}.webp" in shown_pictures():
            (PICTURES / f"{name}-{look}.webp").write_bytes(picture)
    await context.close()


@pytest.mark.skipif(not WANTED, reason="only for the picture: the federation needs all five coops")
async def test_an_open_vote_shows_something(browser: Browser) -> None:
    with running(5) as five:
        context = await five.context(browser, HERE, "delegate", viewport=LOW)
        page, packer = await context.new_page(), await context.new_page()
        await page.goto(five.url(HERE))
        await page.get_by_role("link", name="Every listing says what it costs").first.click()
        picture = await packed(packer, await page.screenshot(scale="css"))
        assert BLANK_BYTES < len(picture) < HEAVIEST_BYTES
        (PICTURES / "vote-1280-light.webp").write_bytes(picture)
        await context.close()


async def packed(page: Page, png: bytes) -> bytes:
    """The picture as WebP, by the browser itself: a third of the PNG, and its words stay sharp."""
    address = await page.evaluate(
        """async png => {
             const picture = new Image()
             picture.src = 'data:image/png;base64,' + png
             await picture.decode()
             const canvas = document.createElement('canvas')
             canvas.width = picture.naturalWidth
             canvas.height = picture.naturalHeight
             canvas.getContext('2d').drawImage(picture, 0, 0)
             return canvas.toDataURL('image/webp', 0.5)
           }""",
        b64encode(png).decode(),
    )
    kind, _comma, content = str(address).partition(",")
    assert kind == "data:image/webp;base64"
    return b64decode(content)
