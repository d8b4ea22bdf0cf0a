"""Where tests keep their files: in memory, if there is room.

They make thousands of databases, commit to them durably and throw them away. On a disk, waiting for
the commits takes longer than all else; a power cut is not what they are about.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 1024**3


def choose() -> None:
    """Let this process and those it starts make temporary files there; TMPDIR says otherwise."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
