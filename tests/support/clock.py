"""A clock that stands until a test moves it."""

from datetime import UTC, datetime, timedelta

import pytest

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


class FixedClock:
    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float | timedelta) -> datetime:
        """Move on, and return the new time."""
        step = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
        if step < timedelta(0):
            raise ValueError("a clock does not go back; build one with an earlier start")
        self._now += step
        return self._now


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()
