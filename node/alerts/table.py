"""What is watched of a node, how often, and from when on it is told. Pure.

The documents' table is made of this one. Whoever looks after the node (`DUTIES`) is
told once when something begins, again every `alert_again_days` while it lasts, and once when it is
over: by a notice and, as they chose, by e-mail; webhooks and `/metrics` hear of it as well.
"""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from node.notices import Alert, NoticeKind

_MINUTES = timedelta(minutes=5)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Watch(Struct, frozen=True):
    """One line of the table. watched, threshold: as documents say it. setting: if there is one."""

    alert: Alert
    watched: str
    threshold: str
    every: timedelta
    setting: str = ""
    is_told_again: bool = True
    """Some things are worth saying once."""
    first: timedelta = timedelta()
    """So long after a process began: what reads the whole file slows no start down."""
    kind: NoticeKind = NoticeKind.ALERT


TABLE: tuple[Watch, ...] = (
    Watch(Alert.DISK, "room on the disk", "less than 500 MB", _MINUTES, "alert_disk_mb"),
    Watch(Alert.DATABASE, "whether the SQLite file is whole", "any fault", _DAY, first=_HOUR),
    Watch(Alert.BACKUP, "the last backup", "older than 7 days", _HOUR, "alert_backup_days"),
    Watch(
        Alert.DELIVERIES,
        "the oldest message that waits for another coop",
        "longer than 24 hours",
        _MINUTES,
        "alert_delivery_hours",
    ),
    Watch(
        Alert.REFUSED,
        "messages of ours that a coop refused for good, or did not take in time",
        "any in a week",
        _HOUR,
    ),
    Watch(Alert.MESSAGES, "messages at which our program failed", "any", _HOUR),
    Watch(
        Alert.LETTERS,
        "letters that the mail server does not take",
        "longer than an hour",
        _MINUTES,
        kind=NoticeKind.MAIL_WAITS,  # which is no letter itself
    ),
    Watch(Alert.CLOCK, "the clock, beside those of other coops", "30 seconds off", _HOUR),
    Watch(
        Alert.CERTIFICATE,
        "the certificate of our address",
        "14 days before its end",
        _DAY,
        "alert_certificate_days",
    ),
    Watch(
        Alert.PEER_CERTIFICATE,
        "the certificates of coops we work with",
        "14 days before their end",
        _DAY,
        "alert_certificate_days",
    ),
    Watch(
        Alert.PICTURES,
        "room for other coops’ pictures",
        "four fifths full",
        _HOUR,
        is_told_again=False,
    ),
)
WATCHES: Mapping[Alert, Watch] = {watch.alert: watch for watch in TABLE}
