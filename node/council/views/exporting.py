"""Decisions, ballots and evidence as files that prove themselves."""

from sqlalchemy import select

from federation.storage import Reader
from node.council.count import archive, files
from node.council.count.archive import is_needed, subjects
from node.council.rows import log, proving, store
from node.council.rows.models import checkpoint_table
from node.council.rows.store import Federation
from node.council.state import heads
from node.council.state.record import Inadmissible, Proposal, Record
from node.council.words import statements


async def archived(
    reader: Reader, known: Federation, record: Record, proposal: Proposal
) -> bytes | None:
    """The archive of a certified decision; None until a head covers its certificate."""
    if proposal.certificate is None:
        return None
    last = max([proposal.certificate_index, *await _attested(reader, known, proposal)])
    head = await _covering(reader, known, record, last) or await _covering(
        reader, known, record, proposal.certificate_index
    )
    if head is None:
        return None
    size = heads.read_head(record, head).size
    entries = await store.entries(reader, known.id, end=size)
    about = subjects(proposal.id, entries)
    wanted = [each.digest for each in entries if is_needed(each, about)]
    texts = await store.texts(reader, known.id, wanted)
    found = {digest: statements.read(text) for digest, text in texts.items()}
    return archive.write(proposal.id, entries, found, head, record.federation)


async def receipt(
    reader: Reader, known: Federation, record: Record, ballot: str, position: int
) -> bytes | None:
    """The proof that a ballot is in the log that a quorum stored; None until there is a head."""
    head = await log.first_head(reader, known, record, position + 1)
    text = await store.texts(reader, known.id, [ballot])
    if head is None or ballot not in text:
        return None
    size = heads.read_head(record, head).size
    leaves = await store.leaves(reader, known.id, size)
    [entry] = await store.entries(reader, known.id, position, position + 1)
    context = await proving.context_of(reader, known)
    return files.of_receipt(context, text[ballot], entry, leaves, head)


async def evidence(reader: Reader, federation_id: str, evidence_id: str) -> bytes | None:
    """Evidence that we keep, as a file; None if we have none of this id there."""
    found = await proving.of(reader, evidence_id)
    if found is None or found[0] != federation_id:
        return None
    return files.of_evidence(found[1])


async def _covering(reader: Reader, known: Federation, record: Record, position: int) -> str | None:
    """The first head over a place of the log that all its cosigners' lines hold under."""
    c = checkpoint_table.c
    chosen = select(checkpoint_table).where(
        c.federation_id == known.id, c.is_head, c.size > position, c.size <= known.size
    )
    for row in await reader.rows(chosen.order_by(c.size, c.epoch)):
        text = log.whole(row)
        try:
            heads.read_head(record, text, strict=True)
        except Inadmissible:
            continue
        return text
    return None


async def _attested(reader: Reader, known: Federation, proposal: Proposal) -> list[int]:
    digests = {each.object for each in proposal.attestations.values()}
    entries = await store.entries(reader, known.id, proposal.certificate_index)
    return [each.index for each in entries if each.digest in digests]
