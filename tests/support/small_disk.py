"""A disk that is full when a test says so, and has room again when it says that."""

import contextlib
import os
import resource
import subprocess
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support import lacking
from tests.support.postgresql import administer

ROOM = "32m"
SHORTEST_FILE = 4096
"""Less than a page of SQLite's with its head: no commit fits into it."""
_BLOCK = b"x" * 65_536


@dataclass(frozen=True)
class SmallDisk:
    """folder: what lies on it. is_own: a file system of its own, which can be filled; else no file
    of this process may grow, as where somebody's quota is used up."""

    folder: Path
    is_own: bool

    @contextlib.contextmanager
    def full(self, room: int = 0) -> Iterator[None]:
        """For the time of the block not one more byte fits than so many; in a file, by quota."""
        if self.is_own:
            filler = self.folder / "filler"
            _fill(filler, room)
            try:
                yield
            finally:
                filler.unlink()
            return
        kept = resource.getrlimit(resource.RLIMIT_FSIZE)
        with capture_logs():  # what pytest would write them to is a file too
            resource.setrlimit(resource.RLIMIT_FSIZE, (SHORTEST_FILE + room, kept[1]))
            try:
                yield
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, kept)


@pytest.fixture(params=["disk", "quota"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[SmallDisk]:
    """Once as a file system of its own, where this machine lets us mount one, once as a quota."""
    folder = tmp_path / "small"
    folder.mkdir()
    if request.param == "quota":
        yield SmallDisk(folder, is_own=False)
        return
    with mounted(folder) as disk:
        yield disk


@contextlib.contextmanager
def mounted(folder: Path) -> Iterator[SmallDisk]:
    """A file system of its own there, for the time of the block."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        yield SmallDisk(folder, is_own=True)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
async def small_tablespace(postgres_server: str) -> AsyncIterator[SmallDisk]:
    """PostgreSQL's tablespace `small`: the server itself and its log of writes have room."""
    account = lacking.postgres_account()
    with (
        tempfile.TemporaryDirectory(prefix="rochdale-postgres-") as folder,
        mounted(Path(folder)) as disk,
    ):
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        await administer(postgres_server, f"CREATE TABLESPACE small LOCATION '{folder}'")
        yield disk
        await administer(postgres_server, "DROP TABLESPACE small")


def _fill(file: Path, room: int) -> None:
    """Large blocks first, then single bytes: none is left over."""
    with file.open("wb", buffering=0) as filler:
        for size in (len(_BLOCK), 1):
            with contextlib.suppress(OSError):
                while filler.write(_BLOCK[:size]) == size:
                    pass
        filler.truncate(max(filler.tell() - room, 0))
