"""What work somebody did for the coop."""

from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.hours.models import WorkEntry
from node.i18n import _


@data_map.about(
    "hours",
    what=_("The work for the coop that you noted, and whether it was confirmed"),
    why=_("So that it is known who worked how much, and shared by it what is shared so"),
    basis=Basis.CONTRACT,
    kept=Kept.REGISTER,
    seen=Seen.REVIEWERS,
    leaving=Leaving.NAMED,
    tables=("work_entry",),
    rule="retention.register_years",
)
def hours(person: Person) -> Lists:
    mine = of(WorkEntry.member_id, person.member_id)
    return {"hours": stored(WorkEntry, mine, without=("decided_by", "version"))}
