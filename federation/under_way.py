"""What is being done just now with what comes from elsewhere, so that whoever comes after a process
that died knows what it was at: messages, what they refer to, keys, pages of catalogues and of
correspondences, and what is sent, since whoever gets it answers.

Our own errors are caught. But a message may end the whole process: a library crashes, memory runs
out. Its sender sends it again, and the next process ends as well. So each batch stands in a file
while it is applied, and what stands in the file of a process that is no more has ended one. Such a
message is applied alone from then on, and after `MOST_ENDS` no more: people see it instead.

No file is synced: a process that dies takes nothing from the system's memory, and a power cut is no
message's fault.
"""

import fcntl
import hashlib
import os
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from federation.errors import FederationError
from federation.ourselves import software_version

log = structlog.get_logger()

MOST_ENDS = 5
"""Processes that one message may have ended (security paper F20)."""
ENDED = "process-ended"
DETAIL = f"The program ended {MOST_ENDS} times at this."
_NOW = ".now"
_VERSION = "of.version"
_KEPT_SECONDS = 30 * 24 * 3600


class EndedTooOften(FederationError):
    """Our program ended at it again and again: it is let be until the fault is mended."""

    default_code = ENDED
    retry = True


def mark_of(*what: str | bytes) -> bytes:
    """The name under which something stands in the notes."""
    parts = (each if isinstance(each, bytes) else each.encode() for each in what)
    return hashlib.sha256(b"\n".join(parts)).digest()


class UnderWay:
    """folder: shared by the processes of a node; None: nothing is written down."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._file: int | None = None
        self._now: Counter[bytes] = Counter()

    def look_back(self) -> None:
        """Count what processes that are no more were applying. With another version of the program
        everything counts anew: it may be the one that mends it."""
        if self._folder is None or not self._folder.is_dir():
            return
        with suppress(OSError):
            self._forget_if_mended(self._folder / _VERSION)
        for path in self._folder.iterdir():
            with suppress(OSError):
                if path.suffix == _NOW:
                    _count(path)
                elif time.time() - path.stat().st_mtime > _KEPT_SECONDS:
                    path.unlink()

    def ends(self, digest: bytes) -> int:
        """How many processes ended while they applied it. digest: SHA-256 of its bytes."""
        if self._folder is None:
            return 0
        try:
            return os.stat(self._folder / digest.hex()).st_size
        except OSError:
            return 0

    def expect_harmless(self, digest: bytes) -> None:
        """Raises EndedTooOften for what ended too many processes."""
        if self.ends(digest) >= MOST_ENDS:
            raise EndedTooOften(DETAIL)

    def left(self) -> int:
        """How many things ended too many processes and are let be, but for those that people have
        in a list of their own."""
        if self._folder is None or not self._folder.is_dir():
            return 0
        counts = (one for one in self._folder.iterdir() if not one.suffix)
        return sum(one.stat().st_size >= MOST_ENDS for one in counts)

    def forget(self, digest: bytes) -> None:
        """It is applied, or people have it: what follows counts anew."""
        if self._folder is not None:
            (self._folder / digest.hex()).unlink(missing_ok=True)

    @contextmanager
    def applying(self, digests: Sequence[bytes]) -> Generator[None]:
        """Have them written down during the block, beside those of other blocks, however the block
        ends but by the process's end. Where that cannot be written, the work goes on."""
        self._now.update(digests)
        self._write_all()
        try:
            yield
        finally:
            self._now -= Counter(digests)
            self._write_all()

    @contextmanager
    def outliving(self, *digests: bytes) -> Generator[None]:
        """`applying`; what the process has outlived, whatever came of it, counts anew."""
        with self.applying(digests):
            try:
                yield
            except Exception:
                self._forget_all(digests)
                raise
        self._forget_all(digests)

    def _forget_all(self, digests: Sequence[bytes]) -> None:
        for digest in digests:
            self.forget(digest)

    def _forget_if_mended(self, noted: Path) -> None:
        if noted.exists() and noted.read_text() != software_version():
            for path in noted.parent.iterdir():
                if not path.suffix:
                    path.unlink()
        noted.write_text(software_version())

    def close(self) -> None:
        """This process applies nothing any more."""
        if self._file is None or self._folder is None:
            return
        (self._folder / f"{os.getpid()}{_NOW}").unlink(missing_ok=True)
        os.close(self._file)
        self._file = None

    def _write_all(self) -> None:
        with suppress(OSError):
            self._write("".join(f"{each.hex()}\n" for each in self._now).encode())

    def _write(self, lines: bytes) -> None:
        if self._folder is None:
            return
        if self._file is None:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            name = self._folder / f"{os.getpid()}{_NOW}"
            self._file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(self._file, 0)
        if lines:
            os.pwrite(self._file, lines, 0)


def _count(path: Path) -> None:
    """If whoever wrote this file is no more, what stands there has ended it. A lock goes with its
    process. Raises BlockingIOError while it lives."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for digest in file.read().decode("ascii").split():
            log.warning("process-ended-on", message=digest)
            with path.with_name(digest).open("ab") as ends:
                ends.write(b".")
        path.unlink(missing_ok=True)
