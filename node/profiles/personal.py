"""What somebody tells of themselves."""

from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _
from node.profiles.models import StoredProfile

_KEPT = ("id", "told", "cleared", "written_at")


@data_map.about(
    "profile",
    what=_("What you tell of yourself, field by field, and who may see it"),
    why=_("So that others find you and reach you, as far as you like"),
    basis=Basis.CONSENT,
    kept=Kept.ACCOUNT,
    seen=Seen.CHOSEN,
    leaving=Leaving.DELETED,
    tables=("profile",),
)
def profile(person: Person) -> Lists:
    mine = of(StoredProfile.account_id, person.account_id)
    return {"profile": stored(StoredProfile, mine, only=_KEPT)}
