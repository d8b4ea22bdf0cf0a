"""One clearing run as every coop in it sees it: our offer, our answer, and how it ends.

Between its consent and the run's end a coop cannot let go: the others may have its signature
already. Before it has consented it can, and does when it hears nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from federation.storage import Reader, UnitOfWork
from node import audit, ledger, limits, notices, timers
from node.clearing import checking, deadlines, rules, settlements, store, wire
from node.clearing.checking import Finding
from node.clearing.evidence import Refusal, Signed, from_text, read_own, verified
from node.clearing.models import obligation_table, run_table
from node.clearing.papers import Kind, Proposed, Stated
from node.clearing.reading import read_proposed, read_rows
from node.clearing.rules import Event, RunEvent, RunState
from node.clearing.statements import stated
from node.clearing.telling import tell
from node.clearing.views import RunView, run_view
from node.errors import Conflict, NotFound
from node.i18n import _
from node.money import Money, scale_of
from node.notices import NoticeKind
from protocol.errors import ProtocolError
from protocol.iri import same_origin

_o = obligation_table.c
_r = run_table.c


async def run(reader: Reader, run_id: str) -> RunView:
    """One run. Raises NotFound."""
    return run_view(await row(reader, _r.id == run_id))


async def row(reader: Reader, condition: Any) -> Any:
    """The row of a run. Raises NotFound."""
    rows = await reader.rows(select(run_table).where(condition))
    if not rows:
        raise NotFound(_("There is no such clearing run."))
    return rows[0]


async def change(uow: UnitOfWork, run_id: str, **columns: Any) -> None:
    await uow.execute(update(run_table).where(_r.id == run_id).values(**columns))


async def step(uow: UnitOfWork, view: RunView, event: RunEvent, **columns: Any) -> None:
    """Take a run one step on. Raises Conflict."""
    after = rules.runs.next_state(view.state, event)
    if after in (RunState.EXECUTED, RunState.ABORTED):
        columns["ended_at"] = uow.now
    await change(uow, view.id, state=after.value, **columns)


async def offer(uow: UnitOfWork, view: RunView, call: Signed) -> Signed:
    """State what we owe and are owed among the coops of a run, and keep it out of other runs."""
    held = await store.held_pairs(uow, view.currency)
    chosen = await store.where(
        uow,
        _o.currency == view.currency,
        _o.partner.in_(set(view.coops) - set(held)),
        _o.state.in_(rules.OFFERABLE),
    )
    chosen = chosen[: rules.rows_in_an_offer(len(view.coops))]
    await store.move(uow, chosen, Event.ENTER_RUN, run_id=view.id)
    facts = {
        "currency": view.currency,
        "rows": [stated(each).facts(view.currency) for each in chosen],
    }
    uri = wire.address(uow, "clearing-offers", view.id)
    signed = wire.written(uow, Kind.OFFER, uri, facts, answers=call)
    await change(uow, view.id, offer=signed.document)
    return signed


async def examine(uow: UnitOfWork, view: RunView, proposal: Signed) -> list[Finding]:
    """Work a proposal out anew from the signed offers in it; why to refuse it, if anything.

    Raises MalformedDocument, Unknown.
    """
    most = rules.rows_in_an_offer(len(view.coops))
    proposed = read_proposed(proposal.paper.facts, len(view.coops), limits.CLEARING_ROWS_MOST)
    run_row = await row(uow, _r.id == view.id)
    try:
        offers = await read_offers(uow, view, proposed, read_own(run_row.call))
    except Refusal as refusal:
        return [Finding(refusal.code, (), refusal.detail)]
    if proposed.currency != view.currency:
        return [Finding("other-currency")]
    ours = uow.identities.coop.uri
    if offers[ours].digest != read_own(run_row.offer).digest:
        return [Finding("offer-changed", (ours,))]
    rows = {coop: read_rows(signed.paper.facts, most)[1] for coop, signed in offers.items()}
    found = await asyncio.to_thread(checking.check, proposed, rows, most)
    return found or await _own_rows(uow, view, proposed, rows[ours])


async def read_offers(
    uow: UnitOfWork, view: RunView, proposed: Proposed, call: Signed
) -> dict[str, Signed]:
    """The offers in a proposal by coop, each checked. Raises Refusal for one that is not as said.

    Raises Unknown for coops whose keys we do not have.
    """
    try:
        signed = await verified(uow, [from_text(text) for text in proposed.offers])
    except ProtocolError as error:
        raise Refusal(422, "offer-forged", str(error)) from None
    offers = {each.paper.author: each for each in signed}
    if set(offers) != set(view.coops) or len(signed) != len(view.coops):
        raise Refusal(422, "offer-missing", "Every coop of the run has one offer in the proposal.")
    for each in signed:
        check_offer(each, view, call)
    return offers


def check_offer(signed: Signed, view: RunView, call: Signed) -> None:
    """Raises Refusal for an offer that does not answer this run's call."""
    if signed.paper.kind != Kind.OFFER or signed.paper.answers_digest != call.digest:
        raise Refusal(409, "offer-elsewhere", "The offer does not answer this run's call.")
    most = rules.rows_in_an_offer(len(view.coops))
    try:
        currency, rows = read_rows(signed.paper.facts, most)
        are_the_creditors = all(same_origin(row.obligation, row.creditor) for row in rows)
    except ProtocolError as error:
        raise Refusal(422, "offer-unreadable", str(error)) from None
    if currency != view.currency:
        raise Refusal(422, "other-currency", "The offer is in another currency.")
    if not are_the_creditors or any(
        signed.paper.author not in (row.debtor, row.creditor) for row in rows
    ):
        raise Refusal(422, "not-their-own", "A coop states only what it owes and is owed.")


async def consent(uow: UnitOfWork, view: RunView, proposal: Signed) -> Signed:
    """Sign a proposal."""
    return await _answer(uow, view, proposal, Kind.CONSENT, [])


async def refuse(
    uow: UnitOfWork, view: RunView, proposal: Signed, findings: Sequence[Finding]
) -> Signed:
    """Say no to a proposal, with every reason."""
    return await _answer(uow, view, proposal, Kind.REFUSAL, findings)


async def apply(
    uow: UnitOfWork, view: RunView, cleared: Mapping[str, int], outcome: Signed
) -> None:
    """Set off what was proposed, in our rows and our books; the rest of our offer is free again."""
    await step(uow, view, RunEvent.EXECUTE, outcome=outcome.document)
    ours = await store.where(uow, _o.run_id == view.id, _o.state == rules.State.IN_RUN.value)
    scale = scale_of(view.currency)
    await store.move(
        uow, [each for each in ours if not cleared.get(str(each.uri))], Event.LEAVE_RUN, run_id=None
    )
    for each in ours:
        amount = cleared.get(str(each.uri), 0)
        if not amount:
            continue
        left = each.remaining.amount - amount
        event = Event.CLEAR_PART if left else Event.CLEAR
        await store.move(uow, [each], event, remaining=left, run_id=None)
        recipes = ledger.recipes
        recipe = recipes.CLEARING_OWED if each.we_owe else recipes.CLEARING_DUE_TO_US
        await ledger.post(
            uow,
            recipe,
            source=f"clearing:{view.uri}:{each.uri}",
            amounts={"cleared": Money(amount, view.currency, scale)},
            party=each.partner,
        )
    await settlements.settle_missed(uow)
    await _ended(uow, view)
    total = Money(sum(cleared.values()), view.currency, scale)
    await tell(uow, NoticeKind.CLEARING_DONE, view.id, coop=view.caller, money=total)


async def free(
    uow: UnitOfWork,
    view: RunView,
    outcome: Signed | None,
    faults: Sequence[Mapping[str, Any]] = (),
) -> None:
    """The run ends without effect: what we offered is free again."""
    columns = {"faults": [*view.faults, *faults]}
    await step(
        uow,
        view,
        RunEvent.ABORT,
        outcome=outcome.document if outcome else None,
        **columns,
    )
    ours = await store.where(uow, _o.run_id == view.id, _o.state == rules.State.IN_RUN.value)
    await store.move(uow, ours, Event.LEAVE_RUN, run_id=None)
    await _ended(uow, view)


def check_open(view: RunView, state: RunState) -> None:
    """Raises Conflict unless the run stands there."""
    if view.state is not state:
        raise Conflict(
            _("This run is %(state)s; that is not possible any more.", state=view.state_word),
            "clearing-run-state",
        )


async def _answer(
    uow: UnitOfWork, view: RunView, proposal: Signed, kind: Kind, findings: Sequence[Finding]
) -> Signed:
    reasons = [each.facts for each in findings[: limits.CLEARING_REASONS_MOST]]
    uri = wire.address(uow, "clearing-answers", view.id)
    facts = {"reasons": reasons} if reasons else {}
    signed = wire.written(uow, kind, uri, facts, answers=proposal)
    await change(uow, view.id, answer=signed.document, faults=reasons)
    await notices.withdraw(uow, NoticeKind.CLEARING_ASKS, view.id)
    await audit.record(uow, audit.NODE, f"clearing.{kind.value}", view.id)
    return signed


async def _own_rows(
    uow: UnitOfWork, view: RunView, proposed: Proposed, offered: Sequence[Stated]
) -> list[Finding]:
    """What is set off of ours must still stand as we offered it, in this run."""
    ours = await store.where(uow, _o.run_id == view.id, _o.state == rules.State.IN_RUN.value)
    standing = {row.obligation: row for row in map(stated, ours)}
    return [
        Finding("own-rows-differ", (uow.identities.coop.uri,), row.obligation)
        for row in offered
        if row.obligation in proposed.cleared and standing.get(row.obligation) != row
    ]


async def _ended(uow: UnitOfWork, view: RunView) -> None:
    for kind in (deadlines.OFFERS, deadlines.ANSWERS, deadlines.WORD):
        await timers.cancel(uow, kind, [view.id])
    for notice in (
        NoticeKind.CLEARING_ASKS,
        NoticeKind.CLEARING_WAITS,
        NoticeKind.CLEARING_SILENT,
    ):
        await notices.withdraw(uow, notice, view.id)
