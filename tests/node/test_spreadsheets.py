"""What people write never runs in a spreadsheet, and comes back as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.spreadsheets import guarded, table, unguarded

RUN = tuple("=+-@\t\r\n＝＋－＠")
TRICKY = st.text("=+-@\t\r\n＝＋－＠';,|\"a 1", max_size=12)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=SUM(A1)", "'=SUM(A1)"),
        ("'=SUM(A1)", "''=SUM(A1)"),
        ("Rosa;=cmd|' /C calc'!A0", "Rosa;'=cmd|' /C calc'!A0"),
        ("Rosa\t@SUM(A1)", "Rosa\t'@SUM(A1)"),
        ("a; -1", "a; -1"),
        ("a - b = c", "a - b = c"),
        ("it's", "it's"),
        ("", ""),
    ],
)
def test_what_would_run_gets_an_apostrophe(cell: str, written: str) -> None:
    assert guarded(cell) == written
    assert unguarded(written) == cell


@given(TRICKY)
def test_every_cell_comes_back(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell


@given(st.lists(TRICKY, min_size=1, max_size=4))
def test_whatever_a_program_takes_for_the_end_of_a_cell_nothing_runs(cells: list[str]) -> None:
    """Commas, semicolons and tabs at once, as an office's dialogue has them ticked; or the sign of
    one's own country alone, where quotes inside a cell mean nothing."""
    written = table(["first"], [[guarded(cell) for cell in cells]]).partition("\r\n")[2]
    [row, *_more] = csv.reader(io.StringIO(written, newline=""))
    for cell in row:
        for part in (cell, *cell.split(";"), *cell.split("\t")):
            assert not part.startswith(RUN)
