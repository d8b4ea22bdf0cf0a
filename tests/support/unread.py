"""Those who ask for much and do not read it."""

import asyncio
import errno
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from node.runtime import Node
from ui.cli.listening import listen_on, listening

LONG = "/api/v1/openapi.json"
SEATS = 16
Address = tuple[str, int]
_ASK = b"GET /healthz HTTP/1.1\r\nHost: lanehead.localhost\r\n\r\n"


@asynccontextmanager
async def narrow_door(node: Node) -> AsyncGenerator[Address]:
    """The system keeps little of what is unread, so that it is not all written in a moment."""
    with listening("127.0.0.1", 0) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        runner = await listen_on(node, listener)
        try:
            yield listener.getsockname()
        finally:
            await runner.cleanup()


@asynccontextmanager
async def non_readers(
    node: Node, door: Address, path: str = LONG, many: int = SEATS
) -> AsyncGenerator[list[socket.socket]]:
    """Each asks for the same thrice in one go, and reads nothing."""
    loop = asyncio.get_running_loop()
    ask = f"GET {path} HTTP/1.1\r\nHost: {node.config.authority}\r\n\r\n".encode()
    lines = [socket.socket() for _each in range(many)]
    for line in lines:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.setblocking(False)
        await loop.sock_connect(line, door)
        await loop.sock_sendall(line, ask * 3)
    await asyncio.sleep(0.2)
    try:
        yield lines
    finally:
        for line in lines:
            line.close()


async def heard(door: Address) -> bytes:
    """The first line of the answer to somebody who asks and reads."""
    reader, writer = await asyncio.open_connection(*door)
    writer.write(_ASK)
    try:
        return await asyncio.wait_for(reader.readline(), 5)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()
        with suppress(ConnectionResetError):
            await writer.wait_closed()


async def comes_in(door: Address) -> None:
    async with asyncio.timeout(8):
        while b"200 OK" not in await heard(door):  # noqa: ASYNC110 - they are served or not
            await asyncio.sleep(0.02)


def is_cut(line: socket.socket) -> bool:
    try:
        line.getpeername()
    except OSError as error:
        return error.errno == errno.ENOTCONN
    return False
