"""What somebody agreed to as a member."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from federation.storage import Reader
from node.consents.models import ConsentGiven, ConsentText
from node.data_map import Basis, Chosen, Kept, Leaving, Lists, Person, Row, Seen, data_map, of
from node.i18n import _


@data_map.about(
    "agreed",
    what=_("What you agreed to as a member, in which wording, and what you took back"),
    why=_("So that it can be shown what you allowed, and until when"),
    basis=Basis.LAW,
    kept=Kept.FOR_GOOD,
    seen=Seen.ADMINS,
    leaving=Leaving.NAMELESS,
    tables=("consent_given",),
)
def agreed(person: Person) -> Lists:
    rows = (
        select(ConsentGiven, ConsentText)
        .join(ConsentText, ConsentText.id == ConsentGiven.text_id)
        .where(of(ConsentGiven.account_id, person.account_id))
        .order_by(ConsentGiven.id)
    )
    return {"consents": Chosen(rows, _worded)}


async def _worded(_reader: Reader, rows: Sequence[Any]) -> list[Row]:
    return [
        {
            "title": text.title,
            "version": text.version,
            "text": text.others.get(given.language or "", {}).get("text", text.text),
            "language": given.language,
            "at": given.at,
            "withdrawn_at": given.withdrawn_at,
        }
        for given, text in rows
    ]
