"""What a node's file itself says, read past the program."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path


def remembered(file: Path) -> Counter[str]:
    """The ids of what it took in, and how often; the file is whole."""
    with closing(sqlite3.connect(file, timeout=30)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return Counter(row[0] for row in database.execute("SELECT activity_id FROM seen_activity"))
