"""Folders for what is not finished, beside where the finished will be: it is moved there at once.

What a process that was killed left in one is a whole copy of a node, keys and all, and takes its
room: it goes when the next work of its kind begins there.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BACKUP, TRIAL = ".rochdale-backup-", ".rochdale-trial-"
PUT_BACK, RESTORING = ".put-back-", ".restoring-"
NAMES = (BACKUP, TRIAL, PUT_BACK, RESTORING)
"""How such folders begin that may lie in a node's own folder; no backup holds them."""


@contextmanager
def workshop(parent: Path, name: str) -> Iterator[Path]:
    """A new folder that goes in any case. name: how it begins. Raises OSError."""
    _clear(parent, name)
    work = Path(tempfile.mkdtemp(prefix=name, dir=parent))
    number = os.open(work, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems know no locks: there nothing is cleared either
            _lock(number)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(number)


def _clear(parent: Path, name: str) -> None:
    with suppress(OSError):  # where it may not be listed, nothing is cleared
        for left in list(parent.iterdir()):
            if left.name.startswith(name) and left.is_dir() and not left.is_symlink():
                _remove_unless_held(left)


def _remove_unless_held(folder: Path) -> None:
    """A lock goes with its process."""
    number = os.open(folder, os.O_RDONLY)
    try:
        with suppress(BlockingIOError):
            _lock(number)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(number)


def _lock(number: int) -> None:
    fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
