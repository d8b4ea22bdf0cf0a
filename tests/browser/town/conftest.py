"""The demo's town, and one browser to visit it: both last as long as the session.

Every test has a browser context of its own.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.town.demo import Demo, running
from tests.support import chromium


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """Three coops, as `rochdale demo` starts them. A test that changes things changes its own."""
    with running(3) as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium.launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, complaints: list[str]) -> AsyncIterator[Page]:
    async with chromium.on_a_phone(browser, complaints) as opened:
        yield opened
