"""From when on whoever looks after a node is told of something. Pure."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the operator can set."""

    disk_bytes: int
    """Less room than this."""
    backup_age: timedelta
    delivery_late: timedelta
    certificate_left: timedelta
    again: timedelta
    """After so long it is told anew, if it is not mended."""
