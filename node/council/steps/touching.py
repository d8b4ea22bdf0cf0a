"""What a text that is talked over would touch at each coop: its node tells the others, in numbers.

Nothing hangs on them: a coop may count wrongly, or say nothing. What it said last counts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert

from federation.storage import UnitOfWork
from node import limits, policies, timers
from node.council.rows import store, wire
from node.council.rows.models import touched_table
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.steps import following
from node.council.words import shapes
from node.council.words.life import State
from node.errors import InvalidInput
from protocol.errors import MalformedDocument

MOST = 10**9
GOING = frozenset({State.DISCUSSION, State.FROZEN, State.NOTICE, State.OPEN})
_t = touched_table.c
_ARE_COUNTS = shapes.map_of(
    shapes.one_of("listings", "agreements", "referrals"),
    shapes.list_of(shapes.whole(0, MOST), 2, least=2),
    3,
)


@timers.on(following.TOUCH, longest=limits.COUNCIL_TOUCH)
async def tell(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """A text has come to all, and is not changed again at once: we count, and tell the others."""
    for subject in subjects:
        row = await store.proposal(uow, subject)
        if State(row.state) in GOING:
            await _tell(uow, await store.federation(uow, row.federation_id), row.proposal)


async def hear(uow: UnitOfWork, known: Federation, coop: str, told: Mapping[str, Any]) -> bool:
    """A member's counts, for a text that we may not have yet; not of a proposal that we do not
    know, or that is over. Raises Inadmissible for anybody else's."""
    name, digest, counts = (told.get(each) for each in ("proposal", "proposalDigest", "counts"))
    if not (shapes.digest(digest) and _ARE_COUNTS(counts)):
        raise MalformedDocument("Counts are whole numbers, some of all.", code="bad-property")
    record = await store.record(uow, known, with_leaves=False)
    record.member(coop)
    row = await store.proposal_named(uow, known.id, name) if isinstance(name, str) else None
    if row is None or State(row.state) not in GOING:
        return False
    await _keep(uow, known, row.proposal, coop, digest, counts)
    return True


async def _tell(uow: UnitOfWork, known: Federation, name: str) -> None:
    record = await store.record(uow, known, [name], with_leaves=False)
    found, ours = record.proposals.get(name), uow.identities.coop.uri
    if found is None or ours not in record.members or not found.text["policies"]:
        return
    try:
        touched = await policies.dry_run(uow, found.text["policies"])
    except InvalidInput:
        return
    counts = {one.what: [min(one.affected, MOST), min(one.total, MOST)] for one in touched}
    await _keep(uow, known, name, ours, found.text.content, counts)
    facts = {
        "federation": known.digest,
        "proposal": name,
        "proposalDigest": found.text.content,
        "counts": counts,
    }
    # In a lane of its own: whoever refuses it hears of the log all the same.
    lane = f"{wire.lane_of(uow, known.id)}/touched"
    await wire.say(uow, Message.TOUCHED, facts, record.members, lane)


async def _keep(
    uow: UnitOfWork, known: Federation, name: str, coop: str, digest: Any, counts: Any
) -> None:
    said = (_t.federation_id == known.id, _t.proposal == name, _t.coop == coop)
    await uow.execute(delete(touched_table).where(*said))
    await uow.execute(
        insert(touched_table).values(
            federation_id=known.id, proposal=name, coop=coop, digest=digest, counts=counts
        )
    )
