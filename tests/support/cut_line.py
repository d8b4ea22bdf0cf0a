"""A line to PostgreSQL that breaks just when something is to be committed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from enum import Enum

from sqlalchemy.engine import make_url

_COMMIT = b"COMMIT"


class Cut(Enum):
    """BEFORE: the server never hears of it. AFTER: it is done, and no answer comes back."""

    BEFORE = "before"
    AFTER = "after"


class CutLine:
    """Hands on what comes, until the next COMMIT after `next` was set."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self.next: Cut | None = None
        self.cuts = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._place)
        swallow = asyncio.Event()
        ways = (
            asyncio.create_task(self._there(reader, server_writer, swallow)),
            asyncio.create_task(self._back(server_reader, writer, swallow)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, server_writer):
                end.transport.abort()

    async def _there(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallow: asyncio.Event
    ) -> None:
        while data := await reader.read(65_536):
            cut = self.next if _COMMIT in data else None
            if cut is not None:
                self.next, self.cuts = None, self.cuts + 1
            if cut is Cut.BEFORE:
                return
            if cut is Cut.AFTER:
                swallow.set()
            writer.write(data)

    async def _back(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallow: asyncio.Event
    ) -> None:
        while data := await reader.read(65_536):
            if swallow.is_set():
                return
            writer.write(data)


@asynccontextmanager
async def cut_line(url: str) -> AsyncGenerator[tuple[CutLine, str]]:
    """Such a line to a database, and the URL by which it is reached through it."""
    place = make_url(url)
    line = CutLine(place.host or "", place.port or 5432)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    through = place.set(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
    try:
        yield line, through.render_as_string(hide_password=False)
    finally:
        server.close()
