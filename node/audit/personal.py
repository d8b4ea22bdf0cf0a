"""What somebody did here, and what was done to their account or membership."""

from sqlalchemy import or_

from node.audit.models import AuditEntry
from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _


@data_map.about(
    "deeds",
    what=_("What you did here that concerns others, and what was done to your account"),
    why=_("So that it can be found out what happened"),
    basis=Basis.INTEREST,
    kept=Kept.FOR_GOOD,
    seen=Seen.ADMINS,
    leaving=Leaving.NAMELESS,
    tables=("audit_entry",),
)
def deeds(person: Person) -> Lists:
    mine = or_(
        of(AuditEntry.actor, person.account_id),
        of(AuditEntry.subject, person.account_id),
        of(AuditEntry.subject, person.member_id),
    )
    return {"deeds": stored(AuditEntry, mine)}
