"""Which ballots somebody cast for the coop, and which key is theirs."""

from sqlalchemy import and_

from node.council.rows.keyring import Use
from node.council.rows.models import CouncilBallot, CouncilKey
from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _


@data_map.about(
    "ballots",
    what=_("The ballots that you cast for this coop, and your key for it"),
    why=_("So that every vote can be counted anew; delegates answer to their members"),
    basis=Basis.INTEREST,
    kept=Kept.FOR_GOOD,
    seen=Seen.FEDERATION,
    leaving=Leaving.NAMELESS,
    tables=("council_ballot", "council_key"),
)
def ballots(person: Person) -> Lists:
    me = person.account_id
    keys = and_(CouncilKey.use == Use.DELEGATE.value, of(CouncilKey.subject, me))
    return {
        "ballots": stored(CouncilBallot, of(CouncilBallot.cast_by, me)),
        "keys": stored(CouncilKey, keys),
    }
