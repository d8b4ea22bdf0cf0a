"""The browser itself: whatever fails here is the ground, not Rochdale."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page

from tests.support.chromium import Axe

GOOD = """<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Bread</title>
<main><h1>Bread</h1><p>Fresh on Friday.</p></main></html>"""
DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
FAULTY = f"""<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Bread</title>
<main><h1>Bread</h1><img src="{DOT}">
</main><script>console.error("out of flour")</script></html>"""
STRICT = "default-src 'none'; img-src data:; script-src 'unsafe-inline'"


@pytest.fixture
async def bakery() -> AsyncIterator[TestServer]:
    async def answer(request: web.Request) -> web.Response:
        body = FAULTY if request.path == "/faulty" else GOOD
        headers = {"Content-Security-Policy": STRICT}
        return web.Response(text=body, content_type="text/html", headers=headers)

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    async with TestServer(app) as server:
        yield server


async def test_a_page_of_a_server_in_the_same_loop_is_read(
    page: Page, axe: Axe, complaints: list[str], bakery: TestServer
) -> None:
    await page.goto(f"http://bread.localhost:{bakery.port}/")
    assert await page.locator("h1").inner_text() == "Bread"
    assert await axe(page) == []
    assert complaints == []


async def test_a_planted_fault_is_found(
    page: Page, axe: Axe, complaints: list[str], bakery: TestServer
) -> None:
    await page.goto(str(bakery.make_url("/faulty")))
    assert [violation["rule"] for violation in await axe(page)] == ["image-alt"]
    assert len(complaints) == 1
    assert complaints[0].startswith("out of flour")
