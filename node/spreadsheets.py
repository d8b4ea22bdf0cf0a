"""Tables for spreadsheet programs (RFC 4180), which run what looks like a formula. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

# A cell that begins so is run as a formula by spreadsheets (full-width signs are, where people type
# those), or looks like one guarded already. Where a semicolon or a tab stands in a cell, many begin
# another one: by the customs of half of Europe, or by all that they know at once.
_SIGNS = "[=+\\-@\t\r\n＝＋－＠']"
_BEGINNING = "(?:\\A|(?<=[;\t]))"
_TO_GUARD = re.compile(f"{_BEGINNING}(?={_SIGNS})")
_GUARD = re.compile(f"{_BEGINNING}'(?={_SIGNS})")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table with its heading. rows: whatever a person wrote is `guarded` already."""
    return rows_alone([columns]) + rows_alone(rows)


def rows_alone(rows: Iterable[Sequence[str]]) -> str:
    """What is added to a table that is written bit by bit."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def guarded(cell: str) -> str:
    """With an apostrophe in front of whatever a spreadsheet would run."""
    return _TO_GUARD.sub("'", cell)


def unguarded(cell: str) -> str:
    """As it was before `guarded`."""
    return _GUARD.sub("", cell)
