"""What our coop says of a result: that it counted the same, or otherwise.

Nothing while the result calls withheld what we hold; when that is over, it is said after all.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from federation.storage import Reader, UnitOfWork
from node.council.count import counting
from node.council.rows import lacking, pending, store
from node.council.rows.keyring import Use, held
from node.council.rows.models import proposal_table
from node.council.rows.store import Federation
from node.council.state.record import Proposal, Record
from node.council.words import statements
from node.council.words.life import State
from node.council.words.statements import Kind, Statement


async def ours(
    uow: UnitOfWork, known: Federation, record: Record, proposal: Proposal
) -> list[Statement]:
    """Our attestation of the certificate that stands, unless something speaks against it."""
    us, certificate = uow.identities.coop.uri, proposal.certificate
    key = await held(uow, known.id, Use.COOP)
    if key is None or us not in record.members or certificate is None:
        return []
    if await lacking.reveals(uow, known, record, proposal):
        return []
    digest = counting.result_digest(counting.recount(record, proposal))
    document = statements.new(
        Kind.ATTESTATION,
        us,
        record.federation,
        uow.now,
        proposal=proposal.id,
        certificate=certificate.object,
        resultDigest=digest,
        verdict="agree" if digest == certificate["resultDigest"] else "dissent",
    )
    return [statements.signed(document, key, created=uow.now)]


async def owed(uow: UnitOfWork, known: Federation) -> list[Statement]:
    """Attestations that we did not give yet and can give now."""
    rows = await certified(uow, known)
    if not rows:
        return []
    whole = await store.record(uow, known, [row.proposal for row in rows])
    waiting = await pending.unlogged(uow, known)
    us, said = uow.identities.coop.uri, []
    by_us = [each for each in waiting if each.kind is Kind.ATTESTATION and each.coop == us]
    on_the_way = {each["certificate"] for each in by_us}
    for row in rows:
        proposal = whole.proposal(row.proposal)
        is_said = us in proposal.attestations
        certificate = proposal.certificate
        if not is_said and certificate is not None and certificate.object not in on_the_way:
            said += await ours(uow, known, whole, proposal)
    return said


async def certified(reader: Reader, known: Federation) -> Sequence[Row[Any]]:
    """Where proposals stand whose result is there and is not judged yet."""
    p = proposal_table.c
    chosen = select(proposal_table).where(
        p.federation_id == known.id, p.state == State.CERTIFIED.value
    )
    return await reader.rows(chosen)
