"""That somebody asked to be let in again."""

from node import limits
from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _
from node.vouching.models import RecoveryRequest


@data_map.about(
    "vouching",
    what=_("That you asked to be let in again, and who vouched for you"),
    why=_("So that two people who know you can open your account again"),
    basis=Basis.CONTRACT,
    kept=Kept.MATTER,
    seen=Seen.REVIEWERS,
    leaving=Leaving.DELETED,
    tables=("recovery_request",),
    after=limits.VOUCHING_KEPT,
)
def asked(person: Person) -> Lists:
    mine = of(RecoveryRequest.account_id, person.account_id)
    return {"asked_to_be_let_in": stored(RecoveryRequest, mine, without=("words",))}
