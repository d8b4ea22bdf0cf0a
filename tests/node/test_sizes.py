"""Sizes are said as people say them, in the reader's own figures."""

import pytest

from node.i18n import speaking
from node.sizes import Size


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 MB"),
        (3_440_000, "3.4 MB"),
        (9_960_000, "10 MB"),
        (850_400_000, "850 MB"),
        (999_400_000, "999 MB"),
        (999_500_001, "1 GB"),
        (12_340_000_000, "12.3 GB"),
        (1_500_000_000_000, "1,500 GB"),
    ],
)
def test_a_thousand_megabytes_are_a_gigabyte(size: int, said: str) -> None:
    assert str(Size(size)) == said


def test_it_is_written_for_whoever_reads_it() -> None:
    free = Size(12_340_000_000)
    with speaking("fr"):
        assert str(free).startswith("12,3")
