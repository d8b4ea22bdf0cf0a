"""Putting into force what was carried: by the certificate's own time, the same on every node."""

from datetime import datetime

from federation.storage import UnitOfWork
from node import audit, policies
from node.council import procedure
from node.council.heads import read_head
from node.council.later import NOTICE
from node.council.record import Proposal, Record
from node.errors import Conflict, InvalidInput, NodeError, NotFound
from node.policies import PassedPolicy


async def put_in_force(uow: UnitOfWork, record: Record, proposal: Proposal) -> None:
    """Take the policies of a carried proposal over; they replace earlier ones on the same keys.

    Keys that this node cannot use are noted: others may know them, and the decision stands.
    """
    keys, certificate = proposal.text["policies"], proposal.certificate
    if certificate is None:
        return
    closed = read_head(record, certificate["closingHead"], proposal.close_members)
    if confirmed := proposal.text.document.get("confirms"):
        await _confirm(uow, record, proposal, confirmed, closed.at)
    if not keys:
        return
    terms, text = procedure.of(record.class_of(proposal)), proposal.text
    ends = {name: text.moment(name) for name in ("reviewBy", "until") if name in text.document}
    passed = PassedPolicy(
        federation_digest=record.federation,
        certificate_digest=certificate.object,
        id=",".join(sorted(keys)),
        version=proposal.text.content,
        keys=keys,
        title=proposal.text["title"],
        text=proposal.text["text"],
        effective_from=closed.at if terms.is_urgent else closed.at + NOTICE,
        review_by=ends.get("reviewBy"),
        expires=ends.get("until"),
        emergency=terms.is_urgent,
        answer_by=closed.at + terms.answer if policies.need_own_yes(keys) else None,
        silence_binds=terms.silence_binds,
    )
    try:
        async with uow.savepoint():
            await policies.put_in_force(uow, passed)
    except (InvalidInput, Conflict) as error:
        await _note(uow, proposal, error)


async def _confirm(
    uow: UnitOfWork, record: Record, proposal: Proposal, version: str, at: datetime
) -> None:
    """An ordinary vote confirms what was decided urgently, if it was in time."""
    try:
        async with uow.savepoint():
            for one in await policies.passed(uow):
                if (one.federation, one.version) == (record.federation, version):
                    await policies.confirm_emergency(
                        uow, one.federation, one.policy_id, version, at=at
                    )
    except (NotFound, Conflict) as error:
        await _note(uow, proposal, error)


async def _note(uow: UnitOfWork, proposal: Proposal, error: NodeError) -> None:
    detail = {"reason": str(error)[:500]}
    await audit.record(uow, audit.NODE, "council.policy-unusable", proposal.id, detail)
