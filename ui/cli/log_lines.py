"""Where lines of the log go: what does not fit is lost, and the work goes on."""

from typing import TextIO


class Unfailing:
    """A stream that takes what comes; a full disk behind it stops nobody."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost = 0
        """How many lines, or parts of one, did not get there."""

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            self.lost += 1
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self.lost += 1
