"""Taking part in a run that another coop called: offer, answer, and do what all have signed."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from federation.storage import UnitOfWork
from node import audit, limits, notices, policies, timers
from node.clearing import deadlines, releasing, rules, runs, wire
from node.clearing.calling import insert_run
from node.clearing.checking import Finding
from node.clearing.evidence import (
    Refusal,
    Signed,
    Unknown,
    from_text,
    other_digest,
    read_own,
    strangers,
    verified,
    wrong_party,
)
from node.clearing.models import run_table
from node.clearing.papers import Call, Kind
from node.clearing.reading import read_call, read_proposed, read_reasons, read_texts
from node.clearing.rules import RunEvent, RunState
from node.clearing.telling import tell
from node.clearing.views import RunView, run_view
from node.errors import NotAllowed
from node.i18n import _
from node.notices import NoticeKind
from protocol import datetimes
from protocol.errors import ProtocolError

_r = run_table.c
_LOOKED_BACK = timedelta(days=60)
"""For runs that came to nothing: twice as long as those that hold longest take, and are free."""


async def hear_call(uow: UnitOfWork, signed: Signed) -> bool:
    """A coop calls a run: state what we owe and are owed. Raises Refusal, Unknown."""
    said = read_call(signed.paper.facts, limits.CLEARING_COOPS_MOST)
    ours, caller = uow.identities.coop.uri, signed.paper.author
    if ours not in said.coops or caller not in said.coops:
        raise wrong_party()
    known = await uow.rows(select(run_table).where(_r.uri == signed.paper.uri))
    if known:
        if read_own(known[0].call).digest != signed.digest:
            raise Refusal(409, "call-changed", "This run was called before, with other words.")
        return False
    if said.offers_by < uow.now:
        return False  # it came too late: we were away, and the others went on without us
    _check_times(uow, said)
    await _check_free(uow, caller, said.currency)
    if unknown := await strangers(uow, said.coops):
        raise Unknown(unknown)
    view = await insert_run(uow, uow.new_id(), said, signed)
    offered = await runs.offer(uow, view, signed)
    await wire.say(uow, offered, [caller])
    patience = said.answers_by + limits.CLEARING_ANSWERS_WITHIN
    await timers.set_timer(uow, deadlines.WORD, view.id, patience)
    return True


async def hear_proposal(uow: UnitOfWork, signed: Signed) -> bool:
    """A proposal: work it out anew, and answer it or ask a person. Raises Refusal, Unknown."""
    view = await _of_caller(uow, signed, "call")
    if view.proposal_digest is not None:
        if view.proposal_digest != signed.digest:
            raise Refusal(409, "proposal-changed", "This run has another proposal already.")
        return False
    if view.state is not RunState.CALLED:
        raise Refusal(409, "clearing-run-state", f"This run is {view.state} here.")
    findings = await runs.examine(uow, view, signed)
    await runs.step(
        uow, view, RunEvent.PROPOSE, proposal=signed.document, proposal_digest=signed.digest
    )
    if findings:
        await _refuse(uow, view, signed, findings)
    elif await policies.value(uow, policies.CLEARING_CONSENT) == "by-hand":
        kind = NoticeKind.CLEARING_ASKS
        await tell(uow, kind, view.id, coop=view.caller, currency=view.currency)
    else:
        await wire.say(uow, await runs.consent(uow, view, signed), [view.caller])
    return True


async def decide(uow: UnitOfWork, run_id: str, *, yes: bool, by: str) -> RunView:
    """A person's answer to a proposal. Raises NotFound, NotAllowed, Conflict."""
    row = await runs.row(uow, _r.id == run_id)
    view = run_view(row)
    runs.check_open(view, RunState.PROPOSED)
    if view.consented is not None:
        raise NotAllowed(_("This run was answered already."), "answered-already")
    proposal = read_own(row.proposal)
    if yes:
        answer = await runs.consent(uow, view, proposal)
    else:
        answer = await runs.refuse(uow, view, proposal, [Finding("declined-by-a-person")])
    await wire.say(uow, answer, [view.caller])
    await audit.record(uow, by, "clearing.decide", run_id, {"yes": yes})
    return await runs.run(uow, run_id)


async def hear_execution(uow: UnitOfWork, signed: Signed) -> bool:
    """All have signed: check every signature and do it, also after an abort.

    A caller that tells some one thing and others another must not leave them with different sums.
    Raises Refusal, Unknown.
    """
    view = await _of_caller(uow, signed, "proposal")
    if view.state is RunState.EXECUTED:
        return False
    if not view.consented:
        raise Refusal(409, "not-consented", "We have not consented to this proposal.")
    row = await runs.row(uow, _r.id == view.id)
    proposal = read_own(row.proposal)
    await _check_consents(uow, view, signed, proposal, read_own(row.answer))
    proposed = read_proposed(proposal.paper.facts, len(view.coops), limits.CLEARING_ROWS_MOST)
    if view.state is RunState.ABORTED:
        await releasing.take_up_again(uow, view, proposed.cleared)
    await runs.apply(uow, view, proposed.cleared, signed)
    return True


async def hear_abort(uow: UnitOfWork, signed: Signed) -> bool:
    """The caller calls it off: what we offered is free again. Raises Refusal."""
    if await uow.scalar(select(_r.id).where(_r.uri == (signed.paper.answers or ""))) is None:
        return False
    view = await _of_caller(uow, signed, "call")
    if view.state is RunState.ABORTED:
        return False
    if view.state is RunState.EXECUTED:
        raise Refusal(409, "executed-before", "All have signed this run, and it was executed.")
    await runs.free(uow, view, signed, read_reasons(signed.paper.facts))
    return True


async def word_is_due(uow: UnitOfWork, run_ids: Sequence[str]) -> None:
    """Nothing was heard of a run: let go if we have not consented, else tell the treasurer.

    After a bounded wait it is for the treasurer to let go.
    """
    for run_id in run_ids:
        view = await runs.run(uow, run_id)
        if view.state not in (RunState.CALLED, RunState.PROPOSED):
            continue
        if not view.consented:
            finding = Finding("no-word", (view.caller,))
            await runs.free(uow, view, None, [finding.facts])
            continue
        if view.is_silent(uow.now):
            await notices.withdraw(uow, NoticeKind.CLEARING_WAITS, run_id)
            await tell(uow, NoticeKind.CLEARING_SILENT, run_id, coop=view.caller)
            continue
        await tell(uow, NoticeKind.CLEARING_WAITS, run_id, coop=view.caller)
        again = uow.now + limits.CLEARING_ANSWERS_WITHIN
        await timers.set_timer(uow, deadlines.WORD, run_id, again)


async def _check_consents(
    uow: UnitOfWork, view: RunView, signed: Signed, proposal: Signed, our_own: Signed
) -> None:
    texts = read_texts(signed.paper.facts, "consents", len(view.coops))
    try:
        consents = await verified(uow, [from_text(text) for text in texts])
    except ProtocolError as error:
        raise Refusal(403, "consent-forged", str(error)) from None
    by_coop = {each.paper.author: each for each in consents}
    if set(by_coop) != set(view.coops) or len(consents) != len(view.coops):
        raise Refusal(409, "consent-missing", "Not every coop of the run has consented.")
    for each in consents:
        is_consent = each.paper.kind == Kind.CONSENT
        if not is_consent or each.paper.answers_digest != proposal.digest:
            raise Refusal(
                409, "consent-elsewhere", f"{each.paper.author} has not consented to this proposal."
            )
    if by_coop[uow.identities.coop.uri].digest != our_own.digest:
        raise Refusal(409, "consent-changed", "That is not the consent that we gave.")


async def _refuse(
    uow: UnitOfWork, view: RunView, proposal: Signed, findings: list[Finding]
) -> None:
    answer = await runs.refuse(uow, view, proposal, findings)
    await wire.say(uow, answer, [view.caller])
    await tell(uow, NoticeKind.CLEARING_REFUSED, view.id, coop=view.caller)


async def _of_caller(uow: UnitOfWork, signed: Signed, what: str) -> RunView:
    """The run whose call, or proposal, a paper of its caller answers. Raises Refusal."""
    paper = signed.paper
    by_call = _r.uri == (paper.answers or "")
    by_proposal = _r.proposal_digest == (paper.answers_digest or "")
    rows = await uow.rows(select(run_table).where(by_call if what == "call" else by_proposal))
    if not rows:
        raise Refusal(409, "unknown-run", "We know of no such clearing run, or proposal.")
    row = rows[0]
    if row.caller != paper.author or row.caller == uow.identities.coop.uri:
        raise wrong_party()
    document = read_own(getattr(row, what))
    if (document.paper.uri, document.digest) != (paper.answers, paper.answers_digest):
        raise other_digest()
    return run_view(row)


def _check_times(uow: UnitOfWork, said: Call) -> None:
    """What we owe and are owed is paid by nobody meanwhile."""
    latest = uow.now + 2 * (limits.CLEARING_OFFERS_WITHIN + limits.CLEARING_ANSWERS_WITHIN)
    if not said.offers_by <= said.answers_by <= latest:
        raise Refusal(422, "bad-deadline", "The run ends too far ahead.")


async def _check_free(uow: UnitOfWork, caller: str, currency: str) -> None:
    """Calling again and again holds what is owed no longer than its limit. Raises Refusal."""
    ended = select(_r.called_at, _r.answers_by, _r.ended_at).where(
        _r.caller == caller,
        _r.currency == currency,
        _r.state == RunState.ABORTED.value,
        _r.called_at > uow.now - _LOOKED_BACK,
        _r.ended_at.between(_r.called_at, uow.now),  # whatever a wrong clock wrote
    )
    rows = await uow.rows(ended.order_by(_r.called_at, _r.id))
    until = rules.free_until(rules.held(*row) for row in rows)
    if until is not None and uow.now < until:
        said = datetimes.format(until)
        raise Refusal(409, "too-often", f"Runs of yours came to nothing: call again after {said}.")
