"""Foreign ActivityPub servers to federate with: Fedify on Node, started and steered by a test.

    async def test_it(fedify: StartPeer) -> None:
        alice = await fedify(name="alice")
        await alice.follow("http://localhost:8101/coop")
        [accept] = await alice.expect("Accept")

The server itself is in `tests/interop/fedify`; its packages are installed there once.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import aiohttp
import pytest
from yarl import URL

from tests.support import lacking
from tests.support.authority import LocalCA
from tests.support.kinds import give_up

Knock = Literal["rfc9421", "draft-cavage-http-signatures-12"]
Document = dict[str, Any]

INSTALL_SECONDS = 100
START_SECONDS = 30
PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class RawAnswer:
    """What a server answered to exact bytes."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class FedifyPeer:
    """A running peer: `actor` is its organisation's address, `node` its instance actor's."""

    origin: str
    actor: str
    _session: aiohttp.ClientSession
    _tls: ssl.SSLContext | bool

    @property
    def node(self) -> str:
        return f"{self.origin}/users/instance"

    @property
    def inbox(self) -> str:
        return f"{self.actor}/inbox"

    @property
    def shared_inbox(self) -> str:
        return f"{self.origin}/inbox"

    async def follow(self, target: str) -> str:
        """Send a signed Follow to an actor's address; returns the activity's id."""
        return str((await self._ask("follow", target=target))["id"])

    async def send(self, activity: Document, to: str | list[str], *, shared: bool = False) -> str:
        """Send an activity, signed and with proofs; returns its id.

        `to` is an actor's address, several, or "followers". `id` and `actor` are filled in where
        missing. Fedify writes the activity anew: terms that it does not know are lost.
        """
        sent = await self._ask("send", activity=activity, to=to, shared=shared)
        return str(sent["id"])

    async def send_raw(
        self,
        inbox: str,
        body: str | Document,
        *,
        knock: Knock | None = None,
        content_type: str = "application/activity+json",
    ) -> RawAnswer:
        """POST exactly these bytes, HTTP-signed, and report the answer."""
        text = body if isinstance(body, str) else json.dumps(body)
        answer = await self._ask(
            "sendRaw", inbox=inbox, body=text, spec=knock, contentType=content_type
        )
        return RawAnswer(**answer)

    async def note(self, content: str) -> str:
        """Publish a Note to the followers; returns the note's id."""
        return str((await self._ask("note", content=content))["id"])

    async def expect(self, kind: str | None = None, count: int = 1) -> list[Document]:
        """Wait until `count` verified activities of a type have come; all such, oldest first."""
        activities: list[Document] = await self._ask(
            "expect", type=kind, count=count, seconds=PATIENCE_SECONDS
        )
        return activities

    async def received(self) -> list[Document]:
        """Every verified activity so far, as Fedify writes it."""
        activities: list[Document] = await self._ask("received")
        return activities

    async def raw(self) -> list[Document]:
        """Every POST so far, accepted or not: `path`, `headers`, `body`."""
        requests: list[Document] = await self._ask("raw")
        return requests

    async def followers(self) -> list[str]:
        addresses: list[str] = await self._ask("followers")
        return addresses

    async def errors(self) -> Document:
        """`errors` as text, and `unverified`: `id` and `reason` of refused activities."""
        errors: Document = await self._ask("errors")
        return errors

    async def clear(self) -> None:
        """Forget what came and what went wrong, but not the followers."""
        await self._ask("clear")

    async def lookup(self, target: str) -> Document:
        """Dereference an address, signed as the peer's node."""
        document: Document = await self._ask("lookup", target=target)
        return document

    async def proposal(self, target: str) -> Document:
        """A listing as Fedify's vocabulary understands it."""
        understood: Document = await self._ask("proposal", target=target)
        return understood

    async def fetch_signed(self, url: str) -> Document:
        """GET an address, signed as the peer's organisation; the document as it came."""
        document: Document = await self._ask("fetchSigned", url=url)
        return document

    async def webfinger(self, target: str) -> Document | None:
        """Look up an address by WebFinger; `acct:` names always go over https."""
        found: Document | None = await self._ask("webfinger", target=target)
        return found

    async def nodeinfo(self, target: str) -> Document | None:
        found: Document | None = await self._ask("nodeinfo", target=target)
        return found

    async def stop(self) -> None:
        """Close its port, as a peer that goes away; stopping twice does nothing."""
        with suppress(aiohttp.ClientConnectionError):
            await self._ask("close")

    async def _ask(self, control: str, **arguments: object) -> Any:
        url = URL(self.origin).with_host("127.0.0.1") / "_test" / control
        async with self._session.post(url, json=arguments, ssl=self._tls) as answer:
            if answer.status != 200:
                raise AssertionError(f"the peer could not {control}: {await answer.text()}")
            return await answer.json()


class StartPeer(Protocol):
    """Starts a peer that lives as long as the test.

    `knock`: the signature it tries first. `trades`: it says that it reads listings (FEP-0837);
    else it is a server for posts. `secure`: it refuses unsigned GETs, but for its node's.
    `window`: seconds by which a signature's date may be off, 0 for any. `host`: localhost or a name
    below it. `ca`: an authority that its own requests trust; with `https` it also serves by it.
    `debug`: Fedify's own log goes to stderr.
    """

    async def __call__(
        self,
        *,
        name: str = "peer",
        kind: str = "Organization",
        knock: Knock = "rfc9421",
        trades: bool = False,
        secure: bool = False,
        window: int = 3600,
        host: str = "localhost",
        ca: LocalCA | None = None,
        https: bool = False,
        debug: bool = False,
    ) -> FedifyPeer: ...


@pytest.fixture(scope="session")
def node_program() -> Path:
    """A Node that can run the peer, whose packages are installed."""
    if lack := lacking.reason("interop"):
        give_up("interop", lack)
    program, npm = lacking.node(), lacking.npm()
    assert program
    assert npm
    with (Path(tempfile.gettempdir()) / f"rochdale-npm-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(npm)
    return program


class Nursery:
    """Programs that peers live in: one for all, and one for each authority that is trusted."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._running: dict[Path | None, subprocess.Popen[bytes]] = {}

    def raise_peer(self, ca: LocalCA | None, settings: Document) -> Document:
        """Start a peer and say what it says of itself; this blocks until it is ready."""
        trusted = ca.ca if ca else None
        process = self._running.get(trusted) or self._start(trusted)
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(settings).encode() + b"\n")
        process.stdin.flush()
        if not (line := process.stdout.readline()):
            status = self._running.pop(trusted).wait()
            raise RuntimeError(f"the peer did not start; it ended with status {status}")
        ready: Document = json.loads(line)
        return ready

    def close(self) -> None:
        for process in self._running.values():
            assert process.stdin
            assert process.stdout
            process.stdin.close()
            process.stdout.close()
            process.wait()

    def _start(self, trusted: Path | None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [self._program, "peer.mjs"],
            cwd=lacking.FEDIFY,
            env=os.environ | ({"NODE_EXTRA_CA_CERTS": str(trusted)} if trusted else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._running[trusted] = process
        return process


@pytest.fixture(scope="session")
def nursery(node_program: Path) -> Iterator[Nursery]:
    nursery = Nursery(node_program)
    yield nursery
    nursery.close()


@pytest.fixture
async def fedify(nursery: Nursery) -> AsyncIterator[StartPeer]:
    running: list[FedifyPeer] = []
    async with aiohttp.ClientSession() as session:

        async def start(
            *, ca: LocalCA | None = None, https: bool = False, **settings: Any
        ) -> FedifyPeer:
            peer = await _start(nursery, session, ca, https, settings)
            running.append(peer)
            return peer

        yield start
        await asyncio.gather(*(peer.stop() for peer in running))


def _install(npm: list[str]) -> None:
    """Run `npm ci` unless what package-lock.json asks for is already there."""
    asked = hashlib.sha256((lacking.FEDIFY / "package-lock.json").read_bytes()).hexdigest()
    stamp = lacking.FEDIFY / "node_modules" / ".installed-lock"
    if stamp.exists() and stamp.read_text() == asked:
        return
    try:
        done = subprocess.run(
            [*npm, "ci", "--ignore-scripts"],
            cwd=lacking.FEDIFY,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        give_up("interop", f"npm ci did not end within {INSTALL_SECONDS} s")
    if done.returncode != 0:
        give_up("interop", f"npm ci failed in {lacking.FEDIFY.name}: {done.stderr[-500:].strip()}")
    stamp.write_text(asked)


async def _start(
    nursery: Nursery,
    session: aiohttp.ClientSession,
    ca: LocalCA | None,
    https: bool,
    settings: Document,
) -> FedifyPeer:
    if https and not ca:
        raise ValueError("https needs ca, a local authority to serve by")
    if https and ca:
        settings |= {"certificate": str(ca.certificate), "key": str(ca.key)}
    raised = asyncio.to_thread(nursery.raise_peer, ca, settings)
    ready = await asyncio.wait_for(raised, START_SECONDS)
    return FedifyPeer(
        origin=ready["origin"],
        actor=ready["actor"],
        _session=session,
        _tls=ssl.create_default_context(cafile=ca.ca) if https and ca else True,
    )
