"""Who put the list away."""

from node.beginnings.models import BeginningHidden
from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _


@data_map.about(
    "beginnings",
    what=_("That you put the list of first steps away"),
    why=_("So that you do not see it again"),
    basis=Basis.CONTRACT,
    kept=Kept.ACCOUNT,
    seen=Seen.YOU,
    leaving=Leaving.DELETED,
    tables=("beginning_hidden",),
)
def hidden(person: Person) -> Lists:
    return {
        "first_steps": stored(BeginningHidden, of(BeginningHidden.account_id, person.account_id))
    }
