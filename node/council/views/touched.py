"""What coops said that a text would touch at theirs."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from federation.storage import Reader
from node.council.rows import store
from node.council.rows.models import touched_table


async def touched_at(
    reader: Reader, proposal_id: str, digest: str
) -> dict[str, Mapping[str, Sequence[int]]]:
    """By coop, of what so many of so many; digest: of the text, since earlier ones are over."""
    row, t = await store.proposal(reader, proposal_id), touched_table.c
    chosen = select(t.coop, t.counts).where(
        t.federation_id == row.federation_id, t.proposal == row.proposal, t.digest == digest
    )
    return {each.coop: each.counts for each in await reader.rows(chosen)}
