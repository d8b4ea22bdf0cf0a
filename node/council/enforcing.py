"""Putting into force what was carried: by the certificate's own time, the same on every node."""

from datetime import timedelta

from federation.storage import UnitOfWork
from node import audit, policies
from node.council import variants
from node.council.heads import read_head
from node.council.record import Proposal, Record
from node.errors import Conflict, InvalidInput
from node.policies import PassedPolicy

NOTICE = timedelta(days=7)
"""Between the closing of a vote and the first day of the rule: time to get ready."""


async def put_in_force(uow: UnitOfWork, record: Record, proposal: Proposal) -> None:
    """Take the policies of a carried proposal over; they replace earlier ones on the same keys.

    Keys that this node cannot use are noted: others may know them, and the decision stands.
    """
    certificate, carried = proposal.certificate, variants.carried(proposal)
    if certificate is None or carried is None or not carried["policies"]:
        return
    keys = carried["policies"]
    closed = read_head(record, certificate["closingHead"], proposal.close_members)
    passed = PassedPolicy(
        federation_digest=record.federation,
        certificate_digest=certificate.object,
        id=",".join(sorted(keys)),
        version=carried.content,
        keys=keys,
        text=carried["text"],
        effective_from=closed.at + NOTICE,
    )
    try:
        async with uow.savepoint():
            await policies.put_in_force(uow, passed)
    except (InvalidInput, Conflict) as error:
        detail = {"reason": str(error)[:500]}
        await audit.record(uow, audit.NODE, "council.policy-unusable", proposal.id, detail)
