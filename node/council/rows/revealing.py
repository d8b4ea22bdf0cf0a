"""What coops reveal for the lot, held by all: a host leaves out nothing that does not suit it."""

from hashlib import sha256

from federation.storage import UnitOfWork
from node.council.rows import lacking, pending, store
from node.council.rows.store import Federation
from node.council.state.record import Inadmissible, Record
from node.council.words.statements import Statement


async def hold(uow: UnitOfWork, known: Federation, reveal: Statement) -> bool:
    """Another coop shows its part of the lot, to us as to the host: one of each is kept until it is
    in the log. Raises Inadmissible."""
    record = await store.record(uow, known, [str(reveal.proposal)], with_leaves=False)
    proposal = record.proposal(reveal.proposal)
    if record.member(reveal.coop).key not in record.signed_by(reveal):
        raise Inadmissible("not-signed", "It is not signed by the coop that it is from.", 401)
    row = proposal.roll().get(reveal.coop)
    if row is None or sha256(bytes.fromhex(reveal["nonce"])).hexdigest() != row["commit"]:
        raise Inadmissible("other-nonce", "This is not what the coop had committed to.")
    before = next(
        (
            each
            for each in await lacking.held_reveals(uow, known, proposal.id)
            if each.coop == reveal.coop and _has_head(each) == _has_head(reveal)
        ),
        None,
    )
    is_known = before is not None and _covered(record, reveal) <= _covered(record, before)
    if is_known or reveal.coop in proposal.reveals or proposal.is_judged:
        return False
    if before is not None:  # the vote was closed anew since
        await pending.drop(uow, known, before)
    await pending.keep(uow, known, [reveal])
    return True


def _has_head(reveal: Statement) -> bool:
    return reveal["closingHead"] is not None


def _covered(record: Record, reveal: Statement) -> int:
    """How much of the log its head covers; none if it shows none. Raises ProtocolError."""
    return record.opened(reveal["closingHead"]["checkpoint"])[0].size if _has_head(reveal) else 0
