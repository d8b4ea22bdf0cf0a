"""Those who hold a place for long by saying little, and those who send many files at once."""

import asyncio
import io

import pytest

from tests.node.calendars.test_calendars import calendar
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.test_api import token_for
from tests.ui.web.test_availability import FORM
from tests.ui.web.visitor import signed_in, stranger
from ui.cli.listening import IDLE_SECONDS, listen
from ui.web.api.endpoints import LARGEST_BODY, PREFIX
from ui.web.api.routes import endpoints
from ui.web.connections import HEAD_SECONDS
from ui.web.reading import FILE_CALLS, FORM_SECONDS, LARGEST_FORM, SENDING

BOUNDARY = "a-line-that-is-nowhere-else"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def parts(**fields: str) -> bytes:
    """A form with a file, as a browser sends it."""
    said = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.ics"\r\n\r\n'
    file = calendar("DTSTART:20270111T090000Z DURATION:PT1H").decode()
    return "".join([*said, head, file, f"\r\n--{BOUNDARY}--\r\n"]).encode()


async def test_a_head_that_drips_in_is_not_waited_for(coop: Coop) -> None:
    runner = await listen(coop.node, "127.0.0.1", 0, head_seconds=0.2)
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    for pause in (0, 0.3):  # between two requests it may idle for longer
        await asyncio.sleep(pause)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: lanehead.localhost\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"}")
    writer.write(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
    answer = asyncio.create_task(reader.readline())  # what we still send may reset the connection
    async with asyncio.timeout(10):
        while not answer.done():
            writer.write(b"a")
            await asyncio.wait([answer], timeout=0.02)
    assert b" 408 " in await answer
    writer.close()
    silent, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    assert await asyncio.wait_for(silent.read(), 10) == b""
    writer.close()
    await runner.cleanup()
    assert HEAD_SECONDS <= 15 < 120 < IDLE_SECONDS < 300


async def test_a_body_may_take_longer_than_a_head(coop: Coop) -> None:
    runner = await listen(coop.node, "127.0.0.1", 0, head_seconds=0.1)
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    head = "POST /sign-in HTTP/1.1\r\nHost: lanehead.localhost\r\nContent-Length: 20\r\n"
    writer.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode())
    for _each in range(20):
        await asyncio.sleep(0.01)
        writer.write(b"a")
    assert b" 408 " not in await reader.readuntil(b"\r\n")
    writer.close()
    await runner.cleanup()


async def test_nobody_sends_two_files_at_once(coop: Coop) -> None:
    async with signed_in(coop, "ada", "admin") as ada, signed_in(coop, "femi", "admin") as femi:
        listing = await offer(coop, "Home clean")
        await ada.post(f"/listings/{listing.id}/availability", FORM)
        calendars = f"/listings/{listing.id}/calendars"
        headers = {"Content-Type": TYPE, "Sec-Fetch-Site": "same-origin"}
        whole, go_on = parts(name="Ada's", address=""), asyncio.Event()

        async def slowly():
            yield whole[:100]
            await go_on.wait()
            yield whole[100:]

        first = asyncio.create_task(ada.ask("POST", calendars, headers=headers, data=slowly()))
        while not coop.server.app[SENDING]:  # noqa: ASYNC110 - a set rings no bell
            await asyncio.sleep(0)
        second = await ada.ask("POST", calendars, headers=headers, data=whole)
        assert (second.status, second.headers["Retry-After"]) == (429, "10")
        assert "Wait until it is read" in second.text
        assert (await ada.get(f"/listings/{listing.id}/availability")).status == 200
        assert (await femi.ask("POST", calendars, headers=headers, data=whole)).status == 303
        bare = parts(title="Rye", kind="goods", visibility="public", then="draft", unit="")
        assert (await ada.ask("POST", "/listings/new", headers=headers, data=bare)).status == 303
        go_on.set()
        assert (await first).status == 303
        assert (await ada.ask("POST", calendars, headers=headers, data=whole)).status == 303


async def test_no_program_sends_two_files_at_once(coop: Coop) -> None:
    async with stranger(coop) as visitor:
        token = await token_for(coop, "member")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        path, go_on = f"{PREFIX}/account/profile", asyncio.Event()

        async def slowly():
            yield b"{"
            await go_on.wait()
            yield b"}"

        first = asyncio.create_task(visitor.ask("PUT", path, headers=headers, data=slowly()))
        async with asyncio.timeout(10):
            while not coop.server.app[SENDING]:  # noqa: ASYNC110 - a set rings no bell
                await asyncio.sleep(0)
        large = io.BytesIO(b"{" + b" " * LARGEST_FORM + b"}")
        assert (await visitor.ask("PUT", path, headers=headers, data=large)).status == 429
        assert (await visitor.ask("PUT", path, headers=headers, data=b"{}")).status == 200
        go_on.set()
        assert (await first).status == 200


def test_every_call_that_may_bring_a_file_is_known() -> None:
    assert {PREFIX + one.path for one in endpoints() if one.largest > LARGEST_BODY} == FILE_CALLS
    assert LARGEST_BODY == LARGEST_FORM


async def test_a_call_that_does_not_end_is_not_waited_for(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.web.reading.FORM_SECONDS", 0.05)
    async with stranger(coop) as visitor:
        token = await token_for(coop, "member")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

        async def never():
            yield b"{"
            await asyncio.sleep(FORM_SECONDS)

        answer = await visitor.ask("POST", f"{PREFIX}/listings", headers=headers, data=never())
    assert answer.status == 408
