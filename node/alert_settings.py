"""From when on whoever looks after a node is told of something. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from node import limits


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the operator can set; without a word from them, the limits."""

    disk_bytes: int = limits.DISK_FREE_BYTES
    """Less room than this."""
    backup_age: timedelta = limits.BACKUP_AGE
    delivery_late: timedelta = limits.DELIVERY_LATE
    certificate_left: timedelta = limits.CERTIFICATE_LEFT
    again: timedelta = limits.ALERT_AGAIN
    """After so long it is told anew, if it is not mended."""
