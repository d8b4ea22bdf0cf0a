"""Somebody with a phone and no scripts, who goes by what is written on links, fields and buttons.

The words are looked up in the catalogue of their language, so one story is told in each. On every
page that opens it is in that language, and nothing sticks out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from playwright.async_api import Browser, Page, expect

from node.accounts import AccountView
from node.i18n import LazyString, direction, speaking
from tests.browser.looking import PHONE
from tests.support.town import Coop
from tests.ui.web.visitor import link_for

LOOK = """(() => {
  const page = document.documentElement
  return [page.lang, page.dir, page.scrollWidth > innerWidth]
})()"""
PATIENCE_MS = 30_000
"""A picture is drawn anew by a process of its own, which waits its turn on a busy machine."""
PICTURES_THERE = """[...document.querySelectorAll('img[src^="/media/"]')]
                    .filter(one => one.complete && one.naturalWidth > 0).length"""


@dataclass
class Phone:
    page: Page
    language: str = "en"

    @classmethod
    async def of_somebody(cls, browser: Browser, language: str = "en", **look: Any) -> Self:
        size: Any = PHONE
        options = {"viewport": size, "java_script_enabled": False, "locale": language} | look
        page = await (await browser.new_context(**options)).new_page()
        page.set_default_timeout(PATIENCE_MS)
        return cls(page, language)

    def word(self, message: str, **values: object) -> str:
        """A sentence of ours as this reader sees it; one that nobody translated is no sentence."""
        with speaking(self.language):
            said = str(LazyString(message, values=values))
        assert self.language == "en" or said != message % values, message
        return said

    async def opens(self, address: str) -> None:
        await self.page.goto(address)
        await self.looks()

    async def looks(self) -> None:
        """What every page must be."""
        found = await self.page.evaluate(LOOK)
        assert found == [self.language, direction(self.language), False], self.page.url

    async def reloads(self) -> None:
        await self.opens(self.page.url.partition("?")[0])

    async def follows(self, link: str, *, exact: bool = False) -> None:
        """exact: where more begins with these words."""
        name = self.word(link)
        await self.page.get_by_role("link", name=name, exact=exact).first.click()
        await self.looks()

    async def chooses(self, title: str) -> None:
        """Follow what somebody wrote, which is the same in every language."""
        await self.page.get_by_role("link", name=title).first.click()
        await self.looks()

    async def presses(self, button: str, *, exact: bool = False) -> None:
        name = self.word(button)
        await self.page.locator("main").get_by_role("button", name=name, exact=exact).first.click()
        await self.looks()

    async def unfolds(self, summary: str) -> None:
        await self.page.locator("summary", has_text=self.word(summary)).click()

    async def fills(self, label: str, text: str) -> None:
        """A field by its label, behind which may stand that it can be left empty."""
        field = self.page.get_by_label(self.word(label), exact=True)
        if not await field.count():
            field = self.page.get_by_label(self.word(label))
        await field.first.fill(text)

    async def answers(self, question: str, text: str) -> None:
        """A field whose label somebody of the coop wrote."""
        await self.page.get_by_label(question).fill(text)

    async def ticks(self, label: str) -> None:
        await self.page.get_by_label(self.word(label)).check()

    async def agrees_to(self, consent: str) -> None:
        """A box whose label somebody of the coop wrote."""
        await self.page.get_by_label(consent).check()

    async def picks(self, label: str, value: str) -> None:
        await self.page.get_by_label(self.word(label)).first.select_option(value)

    async def brings(self, label: str, files: Sequence[Path]) -> None:
        await self.page.get_by_label(self.word(label)).set_input_files(files)

    async def describes(self, label: str, text: str, *, nth: int) -> None:
        """One of several fields of the same name, the first of which is 0."""
        await self.page.get_by_label(self.word(label)).nth(nth).fill(text)

    async def sees(self, message: str, **values: object) -> None:
        await expect(self.page.locator("main")).to_contain_text(self.word(message, **values))

    async def reads(self, text: str) -> None:
        """What somebody wrote."""
        await expect(self.page.locator("main")).to_contain_text(text)

    async def comes_in(self, coop: Coop, account: AccountView) -> None:
        await come_in(self.page, coop, account)
        await self.looks()

    async def pictures(self) -> int:
        """How many are on the page, and came."""
        await self.page.wait_for_load_state()
        return int(await self.page.evaluate(PICTURES_THERE))


async def come_in(page: Page, coop: Coop, account: AccountView) -> None:
    """By a link of one's own, which may ask for a press of its button."""
    await page.goto(f"{coop.address}{await link_for(coop, account)}")
    button = page.locator("main form button")
    if await button.count():
        await button.first.click()
