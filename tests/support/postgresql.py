"""A PostgreSQL server of the tests' own, and an empty database for each test.

Every test process starts its own server on a loopback port: no privileges, no set-up, nothing left
behind. Durability is off, since the data lives for one run.
"""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.support import lacking

QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")
START_SECONDS = 30
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running server, without the name of a database."""
    with running() as url:
        yield url


@contextlib.contextmanager
def running() -> Iterator[str]:
    """A server for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="rochdale-postgres-") as name:
        folder = Path(name)
        start = _starter(folder)
        _finish(start("initdb", "--auth=trust", "--username=rochdale", "--encoding=UTF8"), folder)
        port = _free_port()
        settings = [word for setting in QUICK for word in ("-c", setting)]
        where = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
        server = start("postgres", *where, *settings)
        try:
            _wait_until_ready(server, folder)
            yield f"postgresql://rochdale@127.0.0.1:{port}"
        finally:
            _stop(server)


class Crash:
    """A server of one test's own, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._start = _starter(folder)
        _finish(
            self._start("initdb", "--auth=trust", "--username=rochdale", "--encoding=UTF8"), folder
        )
        self._port = _free_port()
        self.url = f"postgresql://rochdale@127.0.0.1:{self._port}/postgres"
        self.start()

    def start(self) -> None:
        where = ["-h", "127.0.0.1", "-p", str(self._port), "-k", str(self._folder)]
        # Durable: what is confirmed must outlive the crash.
        self._server = self._start("postgres", *where, "-c", "shared_buffers=32MB")
        _wait_until_ready(self._server, self._folder)

    def restart(self) -> None:
        """As `pg_ctl restart -m immediate`: no session is ended, recovery comes from the log."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(timeout=10)
        self.start()

    def stop(self) -> None:
        _stop(self._server)


@pytest.fixture
def postgres_crash() -> Iterator[Crash]:
    with tempfile.TemporaryDirectory(prefix="rochdale-postgres-") as name:
        crash = Crash(Path(name))
        yield crash
        crash.stop()


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """The URL of an empty database that only this test knows."""
    async with empty_database(postgres_server) as url:
        yield url


@contextlib.asynccontextmanager
async def empty_database(server: str) -> AsyncIterator[str]:
    """The URL of a database that nobody else has, for the time of the block."""
    name = f"test_{next(_numbers)}"
    await administer(server, f"CREATE DATABASE {name}")
    try:
        yield f"{server}/{name}"
    finally:
        await administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """For what must hold on both databases: the test runs once on each."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'node.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


Starter = Callable[..., subprocess.Popen[bytes]]


def _starter(folder: Path) -> Starter:
    """How to start PostgreSQL's programs on a data folder below this one, never as root."""
    programs, account = lacking.postgres_folder(), lacking.postgres_account()
    if not programs or not account:
        raise RuntimeError(str(lacking.reason("postgres")))
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(folder, account.pw_uid, account.pw_gid)

    def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        with (folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=folder,
                stdout=log,
                stderr=log,
                user=account.pw_uid if is_root else None,
                group=account.pw_gid if is_root else None,
                extra_groups=[] if is_root else None,
            )

    return start


def _finish(program: subprocess.Popen[bytes], folder: Path) -> None:
    if program.wait() != 0:
        raise RuntimeError(f"{program.args!r} failed:\n{(folder / 'log').read_text()}")


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    """The server ends its pid file with "ready" once it takes connections."""
    status = folder / "data" / "postmaster.pid"
    deadline = time.monotonic() + START_SECONDS
    while not (status.exists() and status.read_text().rstrip().endswith("ready")):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
        time.sleep(0.02)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # PostgreSQL's "fast" stop: it ends its sessions first
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def administer(server: str, statement: str) -> None:
    """Run one statement beside the databases of the tests."""
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
