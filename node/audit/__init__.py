"""Who did what, when: a list that is only added to.

It is for the coop's own board and for finding out what happened. It holds no passwords, no secrets
and no members' particulars: `subject` names the thing by its id, `detail` says only what changed.
"""

from node.audit import personal  # noqa: F401 - it registers itself
from node.audit.commands import NODE, OPERATOR, record, record_each
from node.audit.queries import AuditLine, entries

__all__ = ["NODE", "OPERATOR", "AuditLine", "entries", "record", "record_each"]
