"""`rochdale demo` as somebody runs it: a process of its own, told by its one line of JSON."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).parents[3]
# For a busy machine; it is ready in a few seconds on one that has nothing else to do.
PATIENCE_S = 90


@dataclass
class Demo:
    """The running coops, as the ready line names them."""

    nodes: list[dict[str, Any]]

    def __post_init__(self) -> None:
        self._doors: dict[tuple[int, str], Any] = {}

    def url(self, coop: int, path: str = "/") -> str:
        return f"{self.nodes[coop]['url']}{path}"

    async def context(
        self, browser: Browser, coop: int, role: str | None, **options: Any
    ) -> BrowserContext:
        """A browser of somebody signed in at a coop: a link works once, the session is kept."""
        if role is None:
            return await browser.new_context(**options)
        if (coop, role) not in self._doors:
            context = await browser.new_context()
            await self.sign_in(await context.new_page(), coop, role)
            await context.close()
        return await browser.new_context(storage_state=self._doors[coop, role], **options)

    async def sign_in(self, page: Page, coop: int, role: str) -> None:
        """Come in by the link, once; later with what the browser kept of that."""
        if kept := self._doors.get((coop, role)):
            await page.context.add_cookies(kept["cookies"])
            await page.goto(self.url(coop))
            return
        await page.goto(self.nodes[coop]["sign_in"][role])
        await expect(page.get_by_role("status")).to_contain_text("You are signed in")
        self._doors[coop, role] = await page.context.storage_state()


@contextmanager
def running(coops: int) -> Iterator[Demo]:
    """Start the demo, and stop it as Ctrl-C does. It must end by itself and with success."""
    command = [sys.executable, "-m", "ui.cli", "demo", "--headless", "--coops", str(coops)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, "the demo ended before it was ready"
            yield Demo(json.loads(line)["nodes"])
        finally:
            process.terminate()
            ended = process.wait(PATIENCE_S)
    assert ended == 0
