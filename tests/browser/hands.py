"""Somebody on the same small screen who has a keyboard and no mouse: Tab, Enter, the space bar, and
letters. At each stop something shows where they are, and nothing lies over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any, Self

from playwright.async_api import Browser

from tests.browser.phone import Phone

STOPS = 160
"""More than the longest page has; what is not met by then cannot be reached."""
OPTIONS = 40
WHERE = """() => {
  const at = document.activeElement, look = getComputedStyle(at), box = at.getBoundingClientRect()
  if (at === document.body) return {kind: '', said: '', shown: true, free: true, at: -1}
  const bar = document.querySelector('.nav')
  const said = at.getAttribute('aria-label') || at.labels?.[0]?.innerText || at.innerText || ''
  const ring = look.outlineStyle != 'none' && parseFloat(look.outlineWidth) >= 2
  const pin = at.querySelector('.pin')
  const inside = ['date', 'time'].includes(at.type)  // the browser rings the part that has it
  const below = bar && !bar.contains(at) ? bar.getBoundingClientRect().top : innerHeight
  const seen = Math.min(box.bottom, below, innerHeight) - Math.max(box.top, 0)
  return {
    kind: at.tagName == 'A' ? 'link' : at.tagName == 'BUTTON' ? 'button' : 'field',
    said: said.trim().replace(/\\s+/g, ' '),
    shown: ring || inside || (pin && parseFloat(getComputedStyle(pin).strokeWidth) > 2),
    free: seen >= Math.min(box.height, 24) && box.right > 0 && box.left < innerWidth,
    in_main: document.querySelector('main').contains(at),
    at: [...document.querySelectorAll('*')].indexOf(at),
  }
}"""


@dataclass
class Hands(Phone):
    @classmethod
    async def of_somebody(cls, browser: Browser, language: str = "en", **look: Any) -> Self:
        made = await super().of_somebody(browser, language, **look)
        # Whoever begins to listen only when the key is pressed may miss it.
        made.page.on("filechooser", lambda _chooser: None)
        return made

    async def opens(self, address: str) -> None:
        """The first key leads past the head of the page (2.4.1)."""
        await super().opens(address)
        stop = await self._next()
        assert stop["said"] == self.word("Skip to the page"), self.page.url
        await self.page.keyboard.press("Enter")

    async def follows(self, link: str, *, exact: bool = False) -> None:
        await self._go("link", self.word(link), exact=exact)

    async def chooses(self, title: str) -> None:
        await self._go("link", title)

    async def presses(self, button: str, *, exact: bool = False) -> None:
        await self._go("button", self.word(button), exact=exact, in_main=True)

    async def unfolds(self, summary: str) -> None:
        await self._reach("field", self.word(summary))
        await self.page.keyboard.press("Enter")

    async def fills(self, label: str, text: str) -> None:
        await self.answers(self.word(label), text)

    async def answers(self, question: str, text: str) -> None:
        await self._reach("field", question)
        kind = await self.page.evaluate("document.activeElement.type")
        if kind == "date":
            text = f"{date.fromisoformat(text):%m%d%Y}"
        elif kind == "time":
            text = f"{time.fromisoformat(text):%I%M%p}"
        else:
            await self.page.keyboard.press("Control+A")
            await self.page.keyboard.press("Delete")
        await self.page.keyboard.type(text)

    async def describes(self, label: str, text: str, *, nth: int) -> None:
        for _field in range(nth):
            await self._reach("field", self.word(label))
        await self.fills(label, text)

    async def ticks(self, label: str) -> None:
        await self.agrees_to(self.word(label))

    async def agrees_to(self, consent: str) -> None:
        await self._reach("field", consent)
        await self.page.keyboard.press("Space")

    async def picks(self, label: str, value: str) -> None:
        await self._reach("field", self.word(label))
        for _option in range(OPTIONS):
            if await self.page.evaluate("document.activeElement.value") == value:
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no key leads to {value} of “{label}” on {self.page.url}")

    async def brings(self, label: str, files: Sequence[Path]) -> None:
        await self._reach("field", self.word(label))
        async with self.page.expect_file_chooser() as chooser:
            await self.page.keyboard.press("Enter")
        await (await chooser.value).set_files(files)

    async def _takes(self, link: str) -> None:
        await self._reach("link", self.word(link))
        await self.page.keyboard.press("Enter")

    async def _go(
        self, kind: str, words: str, *, exact: bool = False, in_main: bool = False
    ) -> None:
        """A link or a button, which lead to another page."""
        await self._reach(kind, words, exact=exact, in_main=in_main)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")
        await self.looks()

    async def _reach(
        self, kind: str, words: str, *, exact: bool = False, in_main: bool = False
    ) -> None:
        """Go from stop to stop, in the order of the page, until one is called so."""
        before = -1
        words = " ".join(words.split())  # what WHERE makes of the blanks that a line cannot end at
        for _stop in range(STOPS):
            stop = await self._next()
            assert stop["at"] >= before or stop["at"] == -1, (
                f"the keys jump back to “{stop['said']}” on {self.page.url}"
            )
            before = stop["at"]
            said = stop["said"]
            is_called_so = said == words if exact else words.casefold() in said.casefold()
            if stop["kind"] == kind and is_called_so and (not in_main or stop["in_main"]):
                return
        raise AssertionError(f"no key leads to “{words}” on {self.page.url}")

    async def _next(self) -> dict[str, Any]:
        await self.page.keyboard.press("Tab")
        stop: dict[str, Any] = await self.page.evaluate(WHERE)
        assert stop["shown"], f"nothing shows that “{stop['said']}” has the focus: {self.page.url}"
        assert stop["free"], f"“{stop['said']}” has the focus under something: {self.page.url}"
        return stop
