"""Answers that take long, and end with the right to read them."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from node import accounts, audit
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege
from tests.ui.web.visitor import ROLES, signed_in
from ui.web.lists import files

rows = Rows()


@rows.attack("UIX-10", "a list that is read for long")
async def a_list_that_is_read_for_long(siege: Siege) -> None:
    """Shut out, signed out or no admin any more after the first rows: no others come."""
    for number in range(12):
        await siege.coop.write(audit.record, "operator", "domains.decide", f"d{number}.example")

    async def shut_out(account: str) -> None:
        await siege.coop.write(accounts.disable, account, by="operator")

    async def sign_out(account: str) -> None:
        await siege.coop.write(accounts.sign_out_everywhere, account)

    async def take_away(account: str) -> None:
        await siege.coop.write(accounts.set_roles, account, ROLES["member"], by="operator")

    assert await rows_read(siege, None) > 12
    for end in (shut_out, sign_out, take_away):
        assert await rows_read(siege, end) == 5, end.__name__


async def rows_read(siege: Siege, end: Callable[[str], Awaitable[None]] | None) -> int:
    """How many entries an admin got of whom that becomes after the first five."""
    handle, lots = f"a{siege.number()}", files._lots

    async def ending(*given: Any) -> AsyncIterator[bytes]:
        account = await siege.coop.read(accounts.by_handle, handle)
        async for lot in lots(*given):
            yield lot
            if end is not None:
                await end(account.id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "AT_ONCE", 5)
        patch.setattr(files, "_lots", ending)
        async with signed_in(siege.coop, handle, "admin") as admin:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", int(siege.coop.address.rpartition(":")[2])
            )
            cookies = "; ".join(f"{name}={value}" for name, value in admin.cookies.items())
            head = f"Host: {siege.coop.node.config.authority}\r\nCookie: {cookies}\r\n"
            writer.write(f"GET /audit.csv HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode())
            answer = await asyncio.wait_for(reader.read(), 10)
            writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n0\r\n\r\n") == (end is None), "what breaks off is no whole file"
    return len(re.findall(rb"\d{4}-\d\d-\d\dT", answer))
