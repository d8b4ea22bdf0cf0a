"""Works that are done at the same time."""

import asyncio

import pytest
from structlog.testing import capture_logs

from federation.side_by_side import side_by_side


async def fail() -> None:
    raise ZeroDivisionError


async def test_whoever_is_cancelled_cancels_all_also_after_one_failed() -> None:
    slow = asyncio.ensure_future(asyncio.sleep(60))
    waiting = asyncio.create_task(side_by_side([fail(), slow]))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert slow.cancelled()


async def test_what_fails_besides_the_first_is_logged() -> None:
    async def fail_too() -> None:
        raise LookupError("the second")

    with capture_logs() as logged, pytest.raises(ZeroDivisionError):
        await side_by_side([fail(), fail_too()])
    assert [(one["event"], str(one["exc_info"])) for one in logged] == [
        ("failed-beside", "the second")
    ]
