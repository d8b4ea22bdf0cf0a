"""Somebody who has a keyboard and no mouse: Tab, Enter, the space bar, and letters."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from tests.browser.looking import DESK
from tests.browser.phone import PATIENCE_MS

STOPS = 120
"""More than the longest page has; a field that is not met by then cannot be reached."""
WHERE = """() => {
  const at = document.activeElement, look = getComputedStyle(at)
  const said = at.getAttribute('aria-label') || at.labels?.[0]?.innerText || at.innerText || ''
  const ring = look.outlineStyle != 'none' && parseFloat(look.outlineWidth) >= 2
  const pin = at.querySelector('.pin')
  const ringed = ring || (pin && parseFloat(getComputedStyle(pin).strokeWidth) > 2)
  const inside = ['date', 'time'].includes(at.type)  // the browser rings the part that has it
  return [said.trim().replace(/\\s+/g, ' '), ringed || inside || at === document.body]
}"""


@dataclass
class Hands:
    page: Page

    @classmethod
    async def of_somebody(cls, browser: Browser) -> "Hands":
        desk: Any = DESK
        context = await browser.new_context(viewport=desk, java_script_enabled=False)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        # Whoever begins to listen only when the key is pressed may miss it.
        page.on("filechooser", lambda _chooser: None)
        return cls(page)

    async def reach(self, words: str) -> None:
        """Go from stop to stop until one is called so; wherever they are, they see it."""
        for _stop in range(STOPS):
            await self.page.keyboard.press("Tab")
            said, shown = await self.page.evaluate(WHERE)
            assert shown, f"nothing shows that “{said}” has the focus: {self.page.url}"
            if said.startswith(words):
                return
        raise AssertionError(f"no key leads to “{words}” on {self.page.url}")

    async def go(self, words: str) -> None:
        """A link or a button that leads to another page."""
        await self.reach(words)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")

    async def write(self, label: str, text: str) -> None:
        await self.reach(label)
        await self.page.keyboard.type(text)

    async def tick(self, label: str) -> None:
        await self.reach(label)
        await self.page.keyboard.press("Space")

    async def choose_file(self, label: str, path: Path) -> None:
        await self.reach(label)
        async with self.page.expect_file_chooser() as chooser:
            await self.page.keyboard.press("Enter")
        await (await chooser.value).set_files(path)
