"""What we claimed and signed since a backup, as the other coops gave it back.

Claims come before everything else that came back: an agreement or a referral that owes again finds
its claim here, and nothing is claimed twice.
"""

from typing import Any

from federation.handlers import Returned
from federation.storage import UnitOfWork
from node.clearing import claims, store
from node.clearing.evidence import Signed, read_own
from node.clearing.inbox import handlers
from node.clearing.models import obligation_table
from node.clearing.papers import Kind
from node.clearing.reading import read_claim, read_contest
from node.clearing.rules import Event, State
from protocol import strict_json

_OBLIGATION = Kind.OBLIGATION.value
_o = obligation_table.c


@handlers.on_return("Create", "Document", kind=_OBLIGATION, early=True)
async def claimed_before(uow: UnitOfWork, returned: Returned) -> bool:
    """We said that a coop owes us."""
    signed = _signed(returned, "object")
    if signed is None:
        return False
    said = read_claim(signed.paper.facts)
    if said.creditor != uow.identities.coop.uri or said.debtor != returned.to:
        return False
    if await claims.find(uow, said) is None:
        await claims.enter(uow, signed.paper.uri.rpartition("/")[2], said, signed)
    return True


@handlers.on_return("Accept", "Document", kind=_OBLIGATION)
async def signed_before(uow: UnitOfWork, returned: Returned) -> bool:
    """We signed that we owe what a coop claimed."""
    signed = _signed(returned, "result")
    known = await store.one(uow, _o.uri == (returned.activity.object_id or ""))
    if signed is None or known is None or signed.paper.answers_digest != known.digest:
        return False
    if known.state in (State.ACCRUED, State.CONTESTED):
        await claims.count(uow, known, signed)
    return True


@handlers.on_return("Reject", "Document", kind=_OBLIGATION)
async def contested_before(uow: UnitOfWork, returned: Returned) -> bool:
    """We contested what a coop claimed."""
    signed = _signed(returned, "result")
    known = await store.one(uow, _o.uri == (returned.activity.object_id or ""))
    if signed is None or known is None:
        return False
    if known.state is State.ACCRUED:
        reason = read_contest(signed.paper.facts)
        await store.move(uow, [known], Event.CONTEST, contested_because=reason.value)
    return True


def _signed(returned: Returned, part: str) -> Signed | None:
    document: Any = strict_json.loads(returned.raw).get(part)
    return read_own(document) if isinstance(document, dict) else None
