"""A node that rests does not hold what its work has needed."""

import platform
import resource
from pathlib import Path

import pytest

from ui.cli.listening import give_back

BLOCK, BLOCKS = 4_000, 10_000


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other systems do not keep it")
def test_memory_that_work_has_left_free_is_given_back() -> None:
    """The last block stays, or glibc would give back what lies before it by itself."""
    blocks = [b"\x01" * BLOCK for _ in range(BLOCKS)]
    last = blocks[-1]
    del blocks
    before = resident()
    give_back()
    assert before - resident() > BLOCK * BLOCKS // 2
    assert last


def resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()
