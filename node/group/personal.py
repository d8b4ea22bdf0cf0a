"""Who elsewhere follows a federation that we keep."""

from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map
from node.i18n import _


@data_map.about(
    "followers",
    what=_("Addresses of people elsewhere who follow a federation that we keep"),
    why=_("So that they hear what it decides"),
    basis=Basis.CONSENT,
    kept=Kept.WITHDRAWN,
    seen=Seen.ADMINS,
    leaving=Leaving.DELETED,
    tables=("group_follower",),
)
def followers(_person: Person) -> Lists:
    """Nobody of ours: they leave by ceasing to follow."""
    return {}
