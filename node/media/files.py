"""The folder of pictures: three files of each, by a name that says nothing and leads nowhere."""

import re
from collections.abc import Iterable
from pathlib import Path

from federation.key_files import write_private

SIZES = (320, 800, 1600)
"""Pixels of the longer side: for a card, for a page, for a good look."""
_NAME = re.compile(r"[0-9a-f]{32,64}")


def file_name(name: str, size: int) -> str:
    """What the file of one size is called."""
    return f"{name}-{size}.webp"


class Files:
    """Blocking: call it off the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, contents: Iterable[bytes]) -> None:
        """Keep the files of a picture, the smallest first. Raises OSError."""
        self.path(name, SIZES[0]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for size, content in zip(SIZES, contents, strict=True):
            path = self.path(name, size)
            if not path.exists():
                write_private(path, content)

    def path(self, name: str, size: int) -> Path:
        """Where a file is, or would be. Raises ValueError for a name that is none of ours."""
        if not _NAME.fullmatch(name) or size not in SIZES:
            raise ValueError(name)
        return self._folder / name[:2] / file_name(name, size)

    def size(self, name: str, size: int) -> int | None:
        """How many bytes a file has; None if it is not there."""
        try:
            return self.path(name, size).stat().st_size
        except OSError:
            return None

    def whole_size(self, name: str) -> int:
        """How many bytes a picture takes in all."""
        return sum(self.size(name, size) or 0 for size in SIZES)

    def remove(self, names: Iterable[str]) -> None:
        """Delete pictures; what is not there is no error."""
        for name in names:
            for size in SIZES:
                self.path(name, size).unlink(missing_ok=True)
