"""What somebody said about proposals, and what became of it."""

from sqlalchemy import select

from federation.storage import Reader
from node.data_map import Basis, Found, Kept, Leaving, Person, Seen, data_map, of, stored
from node.deliberation.models import Comment, Hiding, comment_table
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
async def comments(reader: Reader, person: Person) -> Found:
    mine = of(_c.account_id, person.account_id)
    rows = await reader.rows(select(_c.id, _c.said).where(mine))
    said = {row.id: row.said.decode() for row in rows}
    uris = select(_c.uri).where(mine)
    written = await stored(reader, Comment, of(Comment.account_id, person.account_id))
    return {
        "comments": [row | {"text": said[row["id"]]} for row in written],
        "hidden": await stored(reader, Hiding, Hiding.comment.in_(uris)),
    }
