"""Which coops the statements of federations speak of: their addresses and keys are needed here."""

from collections.abc import Collection

from sqlalchemy import select, union_all

from federation.storage import Reader
from node.council.rows.models import (
    entry_table,
    federation_table,
    host_mandate_table,
    pending_table,
    statement_table,
)
from node.council.words.statements import STRUCTURE

_e, _s = entry_table.c, statement_table.c


async def spoken_of(reader: Reader, coops: Collection[str]) -> set[str]:
    """Those of the coops that a charter, an application or a change of members names, agreed or
    on its way."""
    texts = union_all(
        select(_s.text)
        .join(entry_table, (_e.federation_id == _s.federation_id) & (_e.digest == _s.digest))
        .where(_e.kind.in_(STRUCTURE)),
        select(pending_table.c.text),
        select(host_mandate_table.c.text),
        select(federation_table.c.draft).where(federation_table.c.draft.is_not(None)),
    )
    said = await reader.scalars(texts)
    return {coop for coop in coops if any(f'"{coop}"' in text for text in said)}
