"""iCalendar (RFC 5545): written for calendar programs to subscribe to, and read from strangers.

`written` makes a calendar. `busy_spans` reads one in a process of its own (`reading`), which may
use so much time and memory and no more: a rule that repeats for ever, or a million events, ends
that process and not the node. It also keeps what reading needs out of an idle node's memory.
"""

from node.calendars.process import CalendarUnreadable, busy_spans, told
from node.calendars.writing import Entry, Offered, written

__all__ = ["CalendarUnreadable", "Entry", "Offered", "busy_spans", "told", "written"]
