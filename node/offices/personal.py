"""Which offices somebody holds, or held."""

from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _
from node.offices.models import OfficeHolding


@data_map.about(
    "offices",
    what=_("The offices and mandates you hold or held, and who decided so"),
    why=_("So that it can be shown who was allowed to act for the coop"),
    basis=Basis.INTEREST,
    kept=Kept.REGISTER,
    seen=Seen.MEMBERS,
    leaving=Leaving.NAMED,
    tables=("office_holding",),
    rule="retention.register_years",
)
def held(person: Person) -> Lists:
    return {"offices": stored(OfficeHolding, of(OfficeHolding.member_id, person.member_id))}
