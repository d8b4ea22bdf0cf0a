"""How long the event loop was held at a stretch: a heartbeat on it, and how late each beat was."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

BEAT_SECONDS = 0.002


class Beat(NamedTuple):
    """When it began, by a clock that all processes of the machine share; by how much it came too
    late; and how long the loop's thread had the processor meanwhile, which no other program can
    have made longer."""

    begun: float
    late_ms: float
    busy_ms: float


@dataclass
class Stalls:
    """The beats of one loop, in their order."""

    beats: list[Beat] = field(default_factory=list)

    def between(self, begun: float, ended: float) -> "Stalls":
        """Those of a part of the time, by `time.perf_counter`."""
        return Stalls([beat for beat in self.beats if begun <= beat.begun < ended])

    def summary(self) -> dict[str, float]:
        """Beats, the 99th and 99.9th of a hundred and a thousand, and the latest of all."""
        late = sorted(beat.late_ms for beat in self.beats) or [0.0]
        busy = sorted(beat.busy_ms for beat in self.beats) or [0.0]
        return {
            "beats": len(self.beats),
            "median_ms": _at(late, 0.5),
            "p99_ms": _at(late, 0.99),
            "p999_ms": _at(late, 0.999),
            "longest_ms": _at(late, 1),
            "busy_p999_ms": _at(busy, 0.999),
        }


def _at(ordered: list[float], share: float) -> float:
    return round(ordered[int(share * (len(ordered) - 1))], 1)


@asynccontextmanager
async def watching() -> AsyncGenerator[Stalls]:
    """Watch the loop until the end of the block.

    On a machine that others use too, the system takes the processor away for tens of milliseconds:
    compare with an idle run on the same machine before blaming the program.
    """
    stalls = Stalls()
    beating = asyncio.create_task(_beat(stalls))
    try:
        yield stalls
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


async def _beat(stalls: Stalls) -> None:
    while True:
        begun, used = time.perf_counter(), time.thread_time()
        await asyncio.sleep(BEAT_SECONDS)
        late, busy = time.perf_counter() - begun - BEAT_SECONDS, time.thread_time() - used
        stalls.beats.append(Beat(begun, late * 1000, busy * 1000))
