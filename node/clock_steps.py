"""What a clock that was wrong for a while leaves behind, put right once it tells the time again.

How long an attempt may take is counted by a clock that never steps. But what is done in an hour or
next month is kept as a moment, so that a restart loses none: see `federation.storage.pauses`.
"""

from datetime import datetime

from federation import delivery
from federation.ambient import Clock
from federation.storage import Database, pauses
from node import timers


class ClockSteps:
    """Of one process: it knows when it looked."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._looked: datetime | None = None

    async def put_right(self) -> None:
        """Bring back what lies too far ahead; and, if the clock may have been ahead since the last
        look, send what was given up for it."""
        now, last = self._clock.now(), self._looked
        await self._database.write(pauses.bring_back)
        await self._database.write(timers.bring_back)
        if last is None or last > now + pauses.SLACK:
            await self._database.write(delivery.take_up_again)
        self._looked = now  # last: what could not be written down is done the next time
