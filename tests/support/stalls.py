"""How long the event loop was held at a stretch: a heartbeat on it, and how late each beat was."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

BEAT_SECONDS = 0.002


@dataclass
class Stalls:
    """Milliseconds by which each beat came too late."""

    late: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Beats, the 99th and 99.9th of a hundred and a thousand, and the latest of all."""
        ordered = sorted(self.late) or [0.0]
        at = {share: ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99, 0.999)}
        return {
            "beats": len(self.late),
            "median_ms": round(at[0.5], 1),
            "p99_ms": round(at[0.99], 1),
            "p999_ms": round(at[0.999], 1),
            "longest_ms": round(ordered[-1], 1),
        }


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
        begun = time.perf_counter()
        await asyncio.sleep(BEAT_SECONDS)
        stalls.late.append((time.perf_counter() - begun - BEAT_SECONDS) * 1000)
