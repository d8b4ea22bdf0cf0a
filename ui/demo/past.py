"""A clock set back, so that what the demo's coops did weeks ago is signed and seen weeks ago."""

from datetime import datetime, timedelta

from federation.ambient import SystemClock


class PastClock:
    """The machine's clock, until it is set back before anything happened; then turned on."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._behind = timedelta(0)

    def now(self) -> datetime:
        return self._system.now() - self._behind

    def set_back(self, moment: datetime) -> None:
        """Begin then."""
        self._behind = self._system.now() - moment

    def turn_to(self, moment: datetime) -> None:
        """Let time pass until then; what is past already it passes over."""
        self._behind = min(self._behind, self._system.now() - moment)

    def catch_up(self) -> None:
        """Be right from now on."""
        self._behind = timedelta(0)
