from datetime import timedelta

import pytest

from federation.delivery.backoff import delay, retry_after
from tests.support.clock import START

BASE, LONGEST = timedelta(seconds=10), timedelta(hours=12)


class Dice:
    """The same throw every time, between 0 and 255 of 256."""

    def __init__(self, throw: int) -> None:
        self._throw = throw

    def token(self, size: int) -> bytes:
        return bytes([self._throw]) * size


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 10), (2, 20), (3, 40), (10, 5120), (13, 40_960), (14, 43_200), (10_000, 43_200)],
)
def test_the_wait_grows_to_a_limit(attempts: int, seconds: int) -> None:
    longest = delay(attempts, base=BASE, longest=LONGEST, entropy=Dice(255))
    assert longest.total_seconds() == pytest.approx(seconds, rel=0.001)
    assert delay(attempts, base=BASE, longest=LONGEST, entropy=Dice(0)) == timedelta()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("99999999999999999999", 86_400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("Tue, 05 Jan 2027 10:30:00 GMT", 1800),
        ("Tue, 05 Jan 2027 09:00:00 GMT", 0),
        ("Wed, 05 Jan 2028 09:00:00 GMT", 86_400),
    ],
)
def test_a_peer_may_ask_for_time_within_reason(header: str | None, seconds: int | None) -> None:
    asked = retry_after(header, START, longest=timedelta(days=1))
    assert asked == (None if seconds is None else timedelta(seconds=seconds))
