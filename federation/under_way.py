"""What is being done just now with what comes from elsewhere, so that whoever comes after a process
that died knows what it was at: messages, what they refer to, keys, pages of catalogues and of
correspondences, coops that are looked for, contact data that are fetched, and what is sent, since
whoever gets it answers.

Our own errors are caught. But a message may end the whole process: a library crashes, memory runs
out. Its sender sends it again, and the next process ends as well. So each batch stands in a file
while it is applied, and what stands in the file of a process that is no more has ended one. Such a
message is applied alone from then on, and after `MOST_ENDS` no more: people see it instead.

No file is synced: a process that dies takes nothing from the system's memory, and a power cut is no
message's fault. What begins is added behind what stands there (4 µs); to write a hundred marks anew
takes 60, so what begins and ends a thousand times a second is crossed out together.
"""

import fcntl
import hashlib
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

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
_MARK = re.compile("[0-9a-f]{64}")
_LINE = 65
_KEPT_SECONDS = 30 * 24 * 3600


W = TypeVar("W")


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
        self._length = 0
        self._now: Counter[bytes] = Counter()

    def look_back(self) -> None:
        """Count what processes that are no more were applying. With another version of the program
        everything counts anew: it may be the one that mends it."""
        if self._folder is None:
            return
        try:
            noted = list(self._folder.iterdir())
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("under-way-unread", folder=str(self._folder), reason=error.strerror)
            return
        with suppress(OSError):
            self._forget_if_mended(self._folder / _VERSION)
        for path in noted:
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

    def apart(self, works: Iterable[W], mark: Callable[[W], bytes]) -> tuple[list[W], list[W]]:
        """What ended no process yet; and what did, the most harmless first. That comes last, each
        alone: so it takes no others along, and holds none up."""
        ends = [(self.ends(mark(work)), work) for work in works]
        suspects = sorted((one for one in ends if one[0]), key=lambda one: one[0])
        return [work for times, work in ends if not times], [work for _times, work in suspects]

    def counts(self) -> Mapping[bytes, int]:
        """All that ended processes, and how many: mostly nothing."""
        if self._folder is None:
            return {}
        try:
            names = [name for name in os.listdir(self._folder) if _MARK.fullmatch(name)]
        except OSError:
            return {}
        return {digest: self.ends(digest) for digest in map(bytes.fromhex, names)}

    def left(self, but_for: Collection[bytes] = ()) -> int:
        """How many things ended too many processes and are let be. but_for: those that people have
        in a list of their own."""
        counts = self.counts().items()
        return sum(ends >= MOST_ENDS and digest not in but_for for digest, ends in counts)

    def forget(self, digest: bytes) -> None:
        """It is applied, or people have it: what follows counts anew."""
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / digest.hex()).unlink()

    @contextmanager
    def applying(self, digests: Sequence[bytes]) -> Generator[None]:
        """Have them written down during the block, beside those of other blocks, however the block
        ends but by the process's end. Where that cannot be written, the work goes on."""
        try:
            with self.noting(digests):
                yield
        finally:
            self.cross_out()

    @contextmanager
    def noting(self, digests: Sequence[bytes]) -> Generator[None]:
        """`applying`; what is over stands there until `cross_out`."""
        self._now.update(digests)
        with suppress(OSError):
            self._write(digests, self._length)
        try:
            yield
        finally:
            self._now.subtract(digests)

    def cross_out(self) -> None:
        """What is over stands there no more."""
        self._now = +self._now
        with suppress(OSError):
            if self._length:
                self._write(self._now, 0)

    @contextmanager
    def risking(self, digest: bytes) -> Generator[None]:
        """`applying`. Raises EndedTooOften for what ended too many processes."""
        if self.ends(digest) >= MOST_ENDS:
            raise EndedTooOften(DETAIL)
        with self.applying([digest]):
            yield

    @contextmanager
    def outliving(self, digest: bytes) -> Generator[None]:
        """`risking`; what the process has outlived, whatever came of it, counts anew."""
        with self.risking(digest):
            try:
                yield
            except Exception:
                self.forget(digest)
                raise
        self.forget(digest)

    def _forget_if_mended(self, noted: Path) -> None:
        if noted.exists() and noted.read_bytes() != software_version().encode():
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
        self._file, self._length = None, 0

    def _write(self, digests: Collection[bytes], at: int) -> None:
        if self._folder is None:
            return
        if self._file is None:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            name = self._folder / f"{os.getpid()}{_NOW}"
            self._file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lines = "".join(f"{each.hex()}\n" for each in digests).encode()
        written = os.pwrite(self._file, lines, at)  # on a full disk less than all
        self._length = at + written - written % _LINE
        os.ftruncate(self._file, self._length)


def _count(path: Path) -> None:
    """If whoever wrote this file is no more, what stands there has ended it. A lock goes with its
    process. Raises BlockingIOError while it lives. What a power cut or a full disk left torn is no
    mark."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        words = set(file.read().decode("ascii", "replace").split())
        path.unlink(missing_ok=True)  # first: nothing counts twice
        for digest in sorted(filter(_MARK.fullmatch, words)):
            log.warning("process-ended-on", message=digest)
            with path.with_name(digest).open("ab") as ends:
                ends.write(b".")
