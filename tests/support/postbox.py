"""A mail server on loopback that takes letters, refuses them or falls silent, as it is told."""

import asyncio
import base64
import ssl
import threading
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from node.config import from_values
from node.mail.sender import way_of
from tests.support.town import Coop

WITH_MAIL = {"mail_server": "127.0.0.1", "mail_security": "none", "mail_from": "post@loaf.example"}
END = b"\r\n.\r\n"


@dataclass
class Postbox:
    """scripted: by verb, what is answered next instead of yes; "" hangs up instead.

    tls: with what STARTTLS goes over to TLS; without it none is offered. wants: user and password.
    """

    tls: ssl.SSLContext | None = None
    wants: tuple[str, str] | None = None
    port: int = 0
    scripted: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    heard: list[str] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    """What was sent after DATA, whatever was answered."""

    @property
    def letters(self) -> list[EmailMessage]:
        return [message_from_bytes(one, policy=policy.default) for one in self.taken]  # type: ignore[misc]

    def newest(self) -> EmailMessage:
        return self.letters[-1]

    def text(self) -> str:
        """The words of the newest letter."""
        body = self.newest().get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, UnicodeDecodeError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_safe = False
        writer.write(b"220 post.example takes letters\r\n")
        while line := (await reader.readline()).decode().strip():
            self.heard.append(line)
            verb = line.split(" ")[0].upper()
            answer = self.scripted[verb].pop(0) if self.scripted[verb] else self._yes(line, is_safe)
            if not answer:
                return
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()
            if verb == "STARTTLS" and answer.startswith("220") and self.tls is not None:
                await writer.start_tls(self.tls)
                is_safe = True
            if verb == "DATA" and answer.startswith("354"):
                sent = (await reader.readuntil(END))[: -len(END)]
                self.taken.append(sent.replace(b"\r\n..", b"\r\n."))
                said = self.scripted["."].pop(0) if self.scripted["."] else "250 taken"
                if not said:
                    return
                writer.write(f"{said}\r\n".encode())
            if verb == "QUIT":
                return

    def _yes(self, line: str, is_safe: bool) -> str:
        verb, _space, rest = line.partition(" ")
        match verb.upper():
            case "EHLO":
                offers = ["post.example"]
                offers += ["STARTTLS"] if self.tls is not None and not is_safe else []
                offers += ["AUTH PLAIN"] if self.wants else []
                lines = [f"250-{one}" for one in offers] + ["250 SIZE 1000000"]
                return "\r\n".join(lines)
            case "AUTH":
                given = base64.b64decode(rest.split(" ")[-1]).decode().split("\0")[1:]
                return "235 come in" if tuple(given) == self.wants else "535 5.7.8 not you"
            case "STARTTLS":
                return "220 go ahead" if self.tls is not None else "502 what"
            case "DATA":
                return "354 go ahead"
            case "QUIT":
                return "221 bye"
        return "250 fine"


@asynccontextmanager
async def postbox(port: int = 0, at_once: bool = False, **how: object) -> AsyncGenerator[Postbox]:
    """at_once: TLS from the first byte. how: fields of a Postbox."""
    box = Postbox(**how)  # type: ignore[arg-type]
    context, box.tls = (box.tls, None) if at_once else (None, box.tls)
    server = await asyncio.start_server(box.serve, "127.0.0.1", port, ssl=context)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


@asynccontextmanager
async def letters_of(coop: Coop) -> AsyncGenerator[Postbox]:
    """The mail server of a coop from now on."""
    async with postbox() as box:
        config: Any = coop.node.config
        values = {"name": "Loaf", "address": config.address, "mail_port": box.port} | WITH_MAIL
        coop.node.mail.way = way_of(from_values(config.data, values))
        yield box
        await coop.node.mail.stop()


@contextmanager
def postbox_beside(**how: object) -> Generator[Postbox]:
    """The same in a thread, for what runs an event loop of its own."""
    ready, over, found = threading.Event(), asyncio.Event(), []

    async def run() -> None:
        async with postbox(**how) as box:  # type: ignore[arg-type]
            found.append((box, asyncio.get_running_loop()))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=[run()])
    thread.start()
    ready.wait(10)
    box, loop = found[0]
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
