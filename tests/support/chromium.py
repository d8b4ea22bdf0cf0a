"""A real browser for tests of pages, and axe-core to ask whether everybody can use them.

Everything runs in the test's own event loop, beside the server that it visits: one test can look at
the page and at the database. Starting the driver and Chromium costs two seconds a test; tests that
visit the demo, which is a process of its own, share one browser (`tests/browser/town`).
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.support import lacking

# Without these Chromium looks for its maker's hosts at every start.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
SMALL = ("--disable-gpu", "--disable-dev-shm-usage")
PATIENCE_MS = 30_000
AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

Violation = dict[str, Any]
Axe = Callable[..., Awaitable[list[Violation]]]


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser, closed at the end of the block."""
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    async with async_playwright() as driver:
        launched = await driver.chromium.launch(
            executable_path=str(lacking.chromium()), args=[*QUIET, *SMALL, *sandbox]
        )
        # Without the worker, unless a test asks for it: what comes out of its store has no weight.
        launched.new_context = partial(launched.new_context, service_workers="block")  # type: ignore[method-assign]
        yield launched
        await launched.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of so far: console errors and uncaught exceptions of `page`."""
    return []


@pytest.fixture
async def page(browser: Browser, complaints: list[str]) -> AsyncIterator[Page]:
    async with on_a_phone(browser, complaints) as opened:
        yield opened


@asynccontextmanager
async def on_a_phone(browser: Browser, complaints: list[str]) -> AsyncIterator[Page]:
    """A page of a phone's size; what goes wrong on it is in `complaints`."""
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    opened = await context.new_page()
    listen(opened, complaints)
    yield opened
    await context.close()


def listen(page: Page, complaints: list[str]) -> None:
    """Collect what goes wrong on a page that a test opened itself, in a context of its own."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{message.text} ({page.url})")

    page.set_default_timeout(PATIENCE_MS)
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(f"{error} ({page.url})"))


@pytest.fixture
def axe() -> Axe:
    """Ask axe-core for violations of WCAG 2.2 AA on a page: an empty list when it finds none.

    Evaluated, not added as a script, because our content security policy refuses added scripts.
    """
    source = AXE.read_text(encoding="utf-8")

    async def violations(page: Page) -> list[Violation]:
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(source)
        found = await page.evaluate(
            "rules => axe.run({runOnly: rules, resultTypes: ['violations'], iframes: false})",
            WCAG_22_AA,
        )
        return [
            {
                "rule": violation["id"],
                "help": violation["help"],
                "where": [node["html"] for node in violation["nodes"]],
            }
            for violation in found["violations"]
        ]

    return violations
