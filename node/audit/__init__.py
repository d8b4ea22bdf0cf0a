"""Who did what, when: a list that is only added to.

It is for the coop's own board and for finding out what happened. It holds no passwords, no secrets
and no members' particulars: `subject` names the thing by its id, `detail` says only what changed.
"""

from node.audit import personal  # noqa: F401 - it registers itself
from node.audit.commands import LEFT, NODE, OPERATOR, forget, record, record_each
from node.audit.queries import AuditLine, actors, entries

__all__ = [
    "LEFT",
    "NODE",
    "OPERATOR",
    "AuditLine",
    "actors",
    "entries",
    "forget",
    "record",
    "record_each",
]
