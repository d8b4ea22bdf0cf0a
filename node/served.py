"""Who serves the folder of a node: it holds a lock there, which goes with its process."""

import fcntl
from pathlib import Path

from node.errors import Conflict
from node.i18n import _
from node.program import command

LOCK_FILE = "serve.lock"
HELD_HERE: set[Path] = set()
"""Folders that this process serves. Its number tells nothing: in each container it is the same."""


def served_by(data: Path) -> str:
    """The number of the process that serves a folder; empty if none does."""
    try:
        with (data / LOCK_FILE).open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().strip() or "?"
    except OSError:
        return ""
    return ""


def expect_no_older_program(data: Path) -> None:
    """For whoever is about to change the shape of the database. Raises Conflict while another
    process serves the folder: it began with the shape of before, and goes on writing it."""
    process = "" if data in HELD_HERE else served_by(data)
    if not process:
        return
    raise Conflict(
        _(
            "The node runs with the program of before (process %(process)s), whose database would "
            "change under it. Stop it, and then: %(line)s",
            process=process,
            line=command(f"upgrade --data {data}"),
        ),
        "older-program-runs",
    )
