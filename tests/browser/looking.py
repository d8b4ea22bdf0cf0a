"""What every page must stand: WCAG wide and narrow, light and dark; a tiny screen; its weight."""

from collections.abc import Iterable

from playwright.async_api import Page

from tests.support.chromium import CONTRAST, LAYOUT, WCAG_22_AA, WORDS, Axe

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SMALLEST = {"width": 320, "height": 640}
# What a page weighs on the line, with its style sheet, icons and weaves, but without photographs.
HEAVIEST_BYTES = 50 * 1024
HEAVIEST_FOR_PROGRAMS = 60 * 1024  # the table of every call, which nobody opens on a phone
LIGHTEST_BYTES = 10 * 1024  # below this something was not counted
WEIGHT = """performance.getEntries().filter(entry => !entry.name.includes('/media/'))
                                  .map(entry => entry.encodedBodySize || 0)
                                  .reduce((sum, bytes) => sum + bytes, 0)"""


async def looked_over(
    page: Page, urls: Iterable[str], axe: Axe, language: str = "en"
) -> list[tuple[object, ...]]:
    """What is wrong with these pages, each with its address.

    Another language has other words, another width another layout, a theme other colours: each is
    asked for what it alone can break. The browser should ask for reduced motion: colours that are
    still changing have no contrast yet.
    """
    faults: list[tuple[object, ...]] = []
    for url in urls:
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await page.emulate_media(color_scheme="light")
        await page.goto(url)
        rules = WCAG_22_AA if language == "en" else WORDS
        faults += [(url, "phone", found) for found in await axe(page, rules)]
        if language == "en":
            await page.set_viewport_size(DESK)  # type: ignore[arg-type]
            faults += [(url, "desk", found) for found in await axe(page, LAYOUT)]
            await page.emulate_media(color_scheme="dark")
            faults += [(url, "dark", found) for found in await axe(page, CONTRAST)]
        weight = await page.evaluate(WEIGHT)
        heaviest = HEAVIEST_FOR_PROGRAMS if url.endswith("/api") else HEAVIEST_BYTES
        if not LIGHTEST_BYTES < weight <= heaviest:
            faults.append((url, "weighs", weight))
        await page.set_viewport_size(SMALLEST)  # type: ignore[arg-type]
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if wide > SMALLEST["width"]:
            faults.append((url, "moves sideways", wide))
    return faults
