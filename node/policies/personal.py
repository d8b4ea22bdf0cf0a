"""Which rules somebody put in."""

from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _
from node.policies.models import Policy, PolicyValue


@data_map.about(
    "rules",
    what=_("Which rules you put in, and to which decisions of a federation you gave our answer"),
    why=_("So that it can be shown who decided what binds everybody"),
    basis=Basis.INTEREST,
    kept=Kept.FOR_GOOD,
    seen=Seen.ADMINS,
    leaving=Leaving.NAMELESS,
    tables=("policy", "policy_value"),
)
def rules(person: Person) -> Lists:
    me = person.account_id
    return {
        "values": stored(PolicyValue, of(PolicyValue.decided_by, me)),
        "answers": stored(Policy, of(Policy.answered_by, me)),
    }
