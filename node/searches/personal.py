"""What somebody looks for."""

from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _
from node.searches.models import SavedSearch


@data_map.about(
    "searches",
    what=_("The searches that you keep"),
    why=_("So that you do not miss what waits for you"),
    basis=Basis.CONTRACT,
    kept=Kept.ACCOUNT,
    seen=Seen.YOU,
    leaving=Leaving.DELETED,
    tables=("saved_search",),
)
def searches(person: Person) -> Lists:
    mine = of(SavedSearch.account_id, person.account_id)
    return {"searches": stored(SavedSearch, mine)}
