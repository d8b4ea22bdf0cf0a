"""Putting into force what was carried: by the certificate's own time, the same on every node.

A change of the charter holds from the entry on that says so, and so does the end of a membership;
whoever keeps the log writes it.
"""

from datetime import datetime
from typing import Any

from federation.storage import UnitOfWork
from node import audit, policies
from node.council.count.checks import may_stand
from node.council.rows.keyring import Use, held
from node.council.rows.store import Federation
from node.council.state import chartering, variants
from node.council.state.heads import read_head
from node.council.state.later import NOTICE
from node.council.state.record import Proposal, Record
from node.council.steps import ratifying
from node.council.words import procedure, statements
from node.council.words.statements import Kind, Statement
from node.errors import Conflict, InvalidInput, NodeError, NotFound
from node.policies import PassedPolicy


async def put_in_force(uow: UnitOfWork, record: Record, proposal: Proposal) -> None:
    """Take the policies of a carried proposal over; they replace earlier ones on the same keys.

    Keys that this node cannot use are noted: others may know them, and the decision on the rest
    stands here too.
    """
    certificate, carried = proposal.certificate, variants.carried(proposal)
    if certificate is None or carried is None:
        return
    keys = carried["policies"]
    faults = {str(fault.key): [fault.why] for fault in policies.unusable(keys)}
    usable = {name: said for name, said in keys.items() if name not in faults}
    closed = read_head(record, certificate["closingHead"], proposal=proposal)
    if confirmed := proposal.text.document.get("confirms"):
        await _confirm(uow, record, proposal, confirmed, closed.at)
    if faults:
        await _note(uow, proposal, InvalidInput(faults))
    if not usable:
        return
    terms, text = procedure.of(record.class_of(proposal)), proposal.text
    ends = {name: text.moment(name) for name in ("reviewBy", "until") if name in text.document}
    passed = PassedPolicy(
        federation_digest=record.federation,
        certificate_digest=certificate.object,
        id=",".join(sorted(keys)),
        version=carried.content,
        keys=usable,
        title=carried["title"],
        text=carried["text"],
        effective_from=closed.at if terms.is_urgent else closed.at + NOTICE,
        review_by=ends.get("reviewBy"),
        expires=ends.get("until"),
        emergency=terms.is_urgent,
        answer_by=closed.at + terms.answer if ratifying.asks(record, keys) else None,
        silence_binds=terms.silence_binds,
        need_own_yes=chartering.added(record, keys),
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


async def carry_out(
    uow: UnitOfWork, known: Federation, record: Record, proposal: Proposal
) -> list[Statement]:
    """What a carried proposal makes of the charter or of the members, to be logged by whoever keeps
    the log."""
    ours, certificate = uow.identities.coop.uri, proposal.certificate
    key = await held(uow, known.id, Use.COOP)
    said = _carried_out(proposal)
    if said is None or certificate is None or key is None:
        return []
    if record.host != ours:
        return []
    kind, fields = said
    document = statements.new(
        kind,
        ours,
        record.federation,
        uow.now,
        proposal=proposal.id,
        certificate=certificate.object,
        **fields,
    )
    changed = statements.signed(document, key, created=uow.now)
    # It was said already, or another change came first.
    return [changed] if may_stand(record, changed) else []


def _carried_out(proposal: Proposal) -> tuple[Kind, dict[str, Any]] | None:
    text = proposal.text.document
    if "charter" in text:
        return Kind.RULES, {"changes": text["charter"]}
    if "excludes" in text:
        return Kind.EXCLUSION, {"member": text["excludes"]}
    return None
