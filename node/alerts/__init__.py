"""Alerts: whoever looks after a node is told what is wrong with it, and when it is mended.

`table` (what is watched, how often, from when on; pure) · `models` · `commands` (what is wrong now:
told once, again, and over) · `queries` · `events`. Who looks at all that is `node.doctor.rounds`,
which may ask disk, clock and other coops.
"""

from node.alerts.commands import Standing, changes, settle
from node.alerts.events import AlertChanged
from node.alerts.looks import Found, Look, begin_look, end_look, last_look, note_found
from node.alerts.queries import AlertView, standing
from node.alerts.table import TABLE, WATCHES, Watch

__all__ = [
    "TABLE",
    "WATCHES",
    "AlertChanged",
    "AlertView",
    "Found",
    "Look",
    "Standing",
    "Watch",
    "begin_look",
    "changes",
    "end_look",
    "last_look",
    "note_found",
    "settle",
    "standing",
]
