"""The erasure log: a file beside the database that a restore leaves as it is.

One line per erasure: time, a space, the subject: a random id, or one with a word about it. Lines
are only ever added.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from protocol import datetimes
from protocol.errors import ProtocolError

FILE_NAME = "erasures.log"


class ErasureLog:
    """The log of one node's folder. Both methods touch the disk: call them off the event loop."""

    def __init__(self, data: Path) -> None:
        self.path = data / FILE_NAME

    def add(self, erased: Mapping[str, datetime]) -> None:
        """Add lines, durably."""
        lines = "".join(f"{datetimes.format(at)} {subject}\n" for subject, at in erased.items())
        # A line that a crash cut short is ended first, so that it spoils no other.
        start = "" if self._ends_well() else "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with open(os.open(self.path, flags, 0o600), "a", encoding="utf-8") as file:
            file.write(start + lines)
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> dict[str, datetime]:
        """All erasures with their time; what is no whole line is passed over."""
        if not self.path.exists():
            return {}
        erased: dict[str, datetime] = {}
        for line in self.path.read_text("utf-8", errors="replace").splitlines():
            moment, _space, subject = line.partition(" ")
            try:
                at = datetimes.parse(moment)
            except ProtocolError:
                continue
            if subject:
                erased.setdefault(subject, at)
        return erased

    def _ends_well(self) -> bool:
        if not self.path.exists() or not self.path.stat().st_size:
            return True
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
