"""Tables for spreadsheet programs (RFC 4180), which run what looks like a formula. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

GUARDED = (*"=+-@\t\r\n", *"＝＋－＠", "'")
"""A cell that begins so is run as a formula by spreadsheets (full-width signs are, where people
type those), or looks like one guarded already."""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table with its heading. rows: whatever a person wrote is `guarded` already."""
    return rows_alone([columns]) + rows_alone(rows)


def rows_alone(rows: Iterable[Sequence[str]]) -> str:
    """What is added to a table that is written bit by bit."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def guarded(cell: str) -> str:
    """With an apostrophe in front where a spreadsheet would run it."""
    return f"'{cell}" if cell.startswith(GUARDED) else cell


def unguarded(cell: str) -> str:
    """As it was before `guarded`."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in GUARDED else cell
