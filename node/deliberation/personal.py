"""What somebody said about proposals, and what became of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from federation.storage import Reader
from node.data_map import (
    Basis,
    Chosen,
    Kept,
    Leaving,
    Lists,
    Person,
    Row,
    Seen,
    data_map,
    of,
    plain,
    stored,
)
from node.deliberation.models import Hiding, comment_table
from node.i18n import _

_c = comment_table.c


@data_map.about(
    "comments",
    what=_("What you said about proposals, under which name, and whether it was hidden"),
    why=_("So that coops can talk before they decide"),
    basis=Basis.CONSENT,
    kept=Kept.WITHDRAWN,
    seen=Seen.FEDERATION,
    leaving=Leaving.RECALLED,
    tables=("deliberation_comment", "deliberation_hiding"),
)
def comments(person: Person) -> Lists:
    mine = of(_c.account_id, person.account_id)
    written = select(comment_table).where(mine).order_by(_c.id)
    return {
        "comments": Chosen(written, _read),
        "hidden": stored(Hiding, Hiding.comment.in_(select(_c.uri).where(mine))),
    }


async def _read(_reader: Reader, rows: Sequence[Any]) -> list[Row]:
    names = comment_table.columns.keys()
    return [plain(row, names) | {"text": row.said.decode()} for row in rows]
