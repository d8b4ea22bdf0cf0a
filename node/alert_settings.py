"""From when on whoever looks after a node is told of something. Pure."""

from datetime import timedelta

from msgspec import Struct


class Thresholds(Struct, frozen=True):
    """What the operator can set."""

    disk_bytes: int
    """Less room than this."""
    backup_age: timedelta
    delivery_late: timedelta
    certificate_left: timedelta
    again: timedelta
    """After so long it is told anew, if it is not mended."""
