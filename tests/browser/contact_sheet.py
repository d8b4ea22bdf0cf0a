"""Every page on a few sheets: `python -m tests.browser.contact_sheet FOLDER`.

One sheet for each look, its pictures small and named by who sees which address: to find the page
that is unlike its neighbours. The coop is the furnished one of the table of rights.
"""

import argparse
import asyncio
import tempfile
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from node.migrations import migrate
from tests.browser.every_page import pages, seen_by
from tests.support.chromium import launched
from tests.support.clock import FixedClock
from tests.support.town import open_town
from tests.ui.web.furnished import Furnished, furnished

PHONE, DESK = {"width": 390, "height": 1000}, {"width": 1280, "height": 1000}
LOOKS: dict[str, dict[str, Any]] = {
    "390-light": {"viewport": PHONE},
    "390-dark-ar": {"viewport": PHONE, "color_scheme": "dark", "locale": "ar"},
    "1280-light": {"viewport": DESK},
    "1280-dark": {"viewport": DESK, "color_scheme": "dark"},
    "390-light-es": {"viewport": PHONE, "locale": "es"},
    "390-light-fr": {"viewport": PHONE, "locale": "fr"},
    "1280-light-ar": {"viewport": DESK, "locale": "ar"},
}
SHEET_WIDTH = 2400
READ_AT = 0.5
"""How small a picture may be for words to be read: of a phone's, twelve stand beside each other."""
SHEET = """<!doctype html><style>body{{margin:8px;font:11px sans-serif;background:#888;display:grid;
grid-template-columns:repeat({across},1fr);gap:8px}}figure{{margin:0}}img{{width:100%;display:block}}
figcaption{{overflow-wrap:anywhere;color:#fff}}</style>{figures}"""


async def photograph(folder: Path, looks: list[str]) -> None:
    """Take all pictures and write one sheet a look."""
    with tempfile.TemporaryDirectory() as home:
        empty = Path(home) / "empty.sqlite"
        await migrate(f"sqlite:///{empty}")
        async with (
            launched() as browser,
            open_town(2, Path(home), FixedClock(), {}, empty) as town,
            furnished(town) as house,
        ):
            found = sorted(await pages(house))
            for look in looks:
                await _sheet(browser, house, found, folder / f"{look}.jpg", LOOKS[look])


async def _sheet(
    browser: Browser,
    house: Furnished,
    found: list[tuple[str, str]],
    to: Path,
    look: dict[str, Any],
) -> None:
    figures = []
    for who in sorted({who for who, _path in found}):
        async with seen_by(browser, house, who, **look) as context:
            page = await context.new_page()
            for path in [path for looks, path in found if looks == who]:
                await page.goto(house.coop.address + path)
                picture = b64encode(await page.screenshot(type="jpeg", quality=60)).decode()
                name = escape(f"{who} {path}")
                figures.append(
                    f'<figure><img src="data:image/jpeg;base64,{picture}">'
                    f"<figcaption>{name}</figcaption></figure>"
                )
    sheet = await browser.new_page(viewport={"width": SHEET_WIDTH, "height": 1000})
    across = int(SHEET_WIDTH / look["viewport"]["width"] / READ_AT)
    await sheet.set_content(SHEET.format(across=across, figures="".join(figures)))
    await sheet.screenshot(path=to, full_page=True, type="jpeg", quality=75)
    await sheet.close()


if __name__ == "__main__":
    given = argparse.ArgumentParser(prog="python -m tests.browser.contact_sheet")
    given.add_argument("folder", type=Path)
    given.add_argument("looks", nargs="*", help=f"all of {', '.join(LOOKS)}, unless some are named")
    asked = given.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(photograph(asked.folder, asked.looks or list(LOOKS)))
