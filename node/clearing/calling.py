"""The caller's side of a run: call, propose, execute or call off, and again without the absent."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import insert, select, update

from federation.storage import UnitOfWork
from node import audit, limits, timers
from node.clearing import checking, deadlines, rules, runs, store, wire
from node.clearing.evidence import Refusal, Signed, other_digest, read_own, wrong_party
from node.clearing.models import obligation_table, part_table, run_table
from node.clearing.papers import Call, Kind, Proposed
from node.clearing.reading import read_proposed, read_reasons, read_rows
from node.clearing.rules import RunEvent, RunState
from node.clearing.views import RunView, run_view
from node.errors import Conflict
from node.i18n import _

_o = obligation_table.c
_p = part_table.c
_r = run_table.c
_RUNNING = (RunState.CALLED.value, RunState.PROPOSED.value)


async def call(
    uow: UnitOfWork,
    currency: str,
    *,
    by: str,
    without: Collection[str] = (),
    attempt: int = 1,
    follows: str | None = None,
) -> RunView:
    """Call a run among the coops that we are in touch with. Raises Conflict."""
    ours = uow.identities.coop.uri
    others = [coop for coop in await deadlines.in_touch(uow) if coop not in without]
    await _check_may_call(uow, currency, others)
    coops = (ours, *others[: limits.CLEARING_COOPS_MOST - 1])
    offers_by = uow.now + limits.CLEARING_OFFERS_WITHIN
    answers_by = offers_by + limits.CLEARING_ANSWERS_WITHIN
    number = uow.new_id()
    uri = wire.address(uow, "clearing", number)
    said = Call(currency, tuple(sorted(coops)), offers_by, answers_by, attempt, follows)
    signed = wire.written(uow, Kind.CALL, uri, said.facts)
    view = await insert_run(uow, number, said, signed)
    parts = [{"run_id": number, "coop": coop, "offer": None, "answer": None} for coop in coops]
    await uow.execute(insert(part_table), parts)
    offered = await runs.offer(uow, view, signed)
    await _keep(uow, view, offered, "offer")
    await wire.say(uow, signed, said.coops)
    await timers.set_timer(uow, deadlines.OFFERS, number, offers_by)
    await audit.record(uow, by, "clearing.call", number, {"currency": currency})
    return await runs.run(uow, number)


async def insert_run(uow: UnitOfWork, number: str, said: Call, signed: Signed) -> RunView:
    """A run begins, ours or another's."""
    await uow.execute(
        insert(run_table).values(
            id=number,
            uri=signed.paper.uri,
            caller=signed.paper.author,
            currency=said.currency,
            state=RunState.CALLED.value,
            attempt=said.attempt,
            follows=said.follows,
            coops=list(said.coops),
            called_at=uow.now,
            offers_by=said.offers_by,
            answers_by=said.answers_by,
            call=signed.document,
            faults=[],
        )
    )
    return await runs.run(uow, number)


async def hear_offer(uow: UnitOfWork, signed: Signed) -> bool:
    """A coop states what it owes and is owed; the last offer makes the proposal. Raises Refusal."""
    view, row = await _called_by_us(uow, signed, "call")
    if view.state is not RunState.CALLED:
        return False
    runs.check_offer(signed, view, read_own(row.call))
    parts = await _parts(uow, view)
    if parts[signed.paper.author].offer is not None:
        if read_own(parts[signed.paper.author].offer).digest != signed.digest:
            raise Refusal(409, "offered-twice", "This coop has stated something else before.")
        return False
    await _keep(uow, view, signed, "offer")
    if not await _missing(uow, view, "offer"):
        await _propose(uow, view)
    return True


async def hear_answer(uow: UnitOfWork, signed: Signed) -> bool:
    """A coop's yes or no; the last yes executes, a no calls the run off. Raises Refusal."""
    view, _row = await _called_by_us(uow, signed, "proposal")
    if view.state is not RunState.PROPOSED:
        return False
    await _keep(uow, view, signed, "answer")
    if signed.paper.kind == Kind.REFUSAL:
        await abort(uow, view, [signed.paper.author], "refused", read_reasons(signed.paper.facts))
        return True
    if not await _missing(uow, view, "answer"):
        await _execute(uow, view)
    return True


async def offers_are_due(uow: UnitOfWork, run_ids: Sequence[str]) -> None:
    """Who has not offered is away: go on without them."""
    await _go_on(uow, run_ids, RunState.CALLED, "offer")


async def answers_are_due(uow: UnitOfWork, run_ids: Sequence[str]) -> None:
    """Who has not answered is away: go on without them."""
    await _go_on(uow, run_ids, RunState.PROPOSED, "answer")


async def abort(
    uow: UnitOfWork,
    view: RunView,
    named: Collection[str],
    why: str,
    reasons: Sequence[Mapping[str, Any]] = (),
    *,
    again: bool = True,
) -> None:
    """Call a run off, naming who and why, and begin again without them, a few times at most."""
    finding = {"code": why, "coops": sorted(named), "about": ""}
    run_row = await runs.row(uow, _r.id == view.id)
    found = [finding, *reasons][: limits.CLEARING_REASONS_MOST]
    uri = wire.address(uow, "clearing-ends", view.id)
    signed = wire.written(uow, Kind.ABORT, uri, {"reasons": found}, answers=read_own(run_row.call))
    await wire.say(uow, signed, view.coops)
    await runs.free(uow, view, signed, found)
    there = set(await deadlines.in_touch(uow))
    rest = there & set(view.coops) - set(named)
    if not again or not rest or view.attempt >= limits.CLEARING_TRIES_MOST:
        return
    with suppress(Conflict):  # nothing is left to set off
        async with uow.savepoint():
            await call(
                uow,
                view.currency,
                by=audit.NODE,
                without=there - rest,
                attempt=view.attempt + 1,
                follows=view.uri,
            )


async def _propose(uow: UnitOfWork, view: RunView) -> None:
    parts = await _parts(uow, view)
    offers = {coop: read_own(part.offer) for coop, part in parts.items()}
    most = rules.rows_in_an_offer(len(view.coops))
    rows = {coop: read_rows(signed.paper.facts, most)[1] for coop, signed in offers.items()}
    cleared, left_out = await asyncio.to_thread(checking.propose, rows, most)
    if not cleared:
        nothing = [each.facts | {"code": each.why, "about": each.obligation} for each in left_out]
        await abort(uow, view, [], "nothing-to-set-off", nothing, again=False)
        return
    texts = tuple(offers[coop].text for coop in sorted(offers))
    proposed = Proposed(view.currency, texts, cleared, left_out)
    run_row = await runs.row(uow, _r.id == view.id)
    uri = wire.address(uow, "clearing-proposals", view.id)
    call_paper = read_own(run_row.call)
    signed = wire.written(uow, Kind.PROPOSAL, uri, proposed.facts, answers=call_paper)
    if len(signed.text.encode()) > limits.CLEARING_PROPOSAL_BYTES:
        others = sorted(offers.keys() - {view.caller})  # whoever calls cannot leave itself out
        longest = max(others, key=lambda coop: len(offers[coop].text.encode()))
        await abort(uow, view, [longest], "no-room")
        return
    await runs.step(
        uow, view, RunEvent.PROPOSE, proposal=signed.document, proposal_digest=signed.digest
    )
    await timers.cancel(uow, deadlines.OFFERS, [view.id])
    await timers.set_timer(uow, deadlines.ANSWERS, view.id, view.answers_by)
    await wire.say(uow, signed, view.coops)
    agreed = await runs.consent(uow, view, signed)
    await _keep(uow, view, agreed, "answer")


async def _execute(uow: UnitOfWork, view: RunView) -> None:
    run_row = await runs.row(uow, _r.id == view.id)
    proposal = read_own(run_row.proposal)
    parts = await _parts(uow, view)
    consents = [read_own(parts[coop].answer).text for coop in sorted(parts)]
    uri = wire.address(uow, "clearing-ends", view.id)
    signed = wire.written(uow, Kind.EXECUTION, uri, {"consents": consents}, answers=proposal)
    await wire.say(uow, signed, view.coops)
    proposed = read_proposed(proposal.paper.facts, len(view.coops), limits.CLEARING_ROWS_MOST)
    await runs.apply(uow, view, proposed.cleared, signed)


async def _go_on(uow: UnitOfWork, run_ids: Sequence[str], state: RunState, what: str) -> None:
    for run_id in run_ids:
        view = await runs.run(uow, run_id)
        if view.state is not state or view.caller != uow.identities.coop.uri:
            continue
        await abort(uow, view, await _missing(uow, view, what), "away")


async def _called_by_us(uow: UnitOfWork, signed: Signed, what: str) -> tuple[RunView, Any]:
    """The run of ours that a paper answers. Raises Refusal."""
    answers = signed.paper.answers or ""
    number = answers.rpartition("/")[2]
    rows = await uow.rows(select(run_table).where(_r.id == number))
    document = getattr(rows[0], what) if rows else None
    if document is None or read_own(document).paper.uri != answers:
        raise Refusal(409, "unknown-run", "We know of no such clearing run.")
    view = run_view(rows[0])
    if view.caller != uow.identities.coop.uri or signed.paper.author not in view.coops:
        raise wrong_party()
    if signed.paper.answers_digest != read_own(document).digest:
        raise other_digest()
    return view, rows[0]


async def _keep(uow: UnitOfWork, view: RunView, signed: Signed, what: str) -> None:
    this = update(part_table).where(_p.run_id == view.id, _p.coop == signed.paper.author)
    await uow.execute(this.values(**{what: signed.document}))


async def _parts(uow: UnitOfWork, view: RunView) -> dict[str, Any]:
    rows = await uow.rows(select(part_table).where(_p.run_id == view.id))
    return {row.coop: row for row in rows}


async def _missing(uow: UnitOfWork, view: RunView, what: str) -> list[str]:
    parts = await _parts(uow, view)
    return sorted(coop for coop, part in parts.items() if getattr(part, what) is None)


async def _check_may_call(uow: UnitOfWork, currency: str, others: Sequence[str]) -> None:
    if not others:
        raise Conflict(
            _("There is nobody to clear with: get in touch with other coops first."), "nobody"
        )
    ours = uow.identities.coop.uri
    running = select(_r.id).where(
        _r.currency == currency, _r.caller == ours, _r.state.in_(_RUNNING)
    )
    if await uow.scalar(running) is not None:
        raise Conflict(_("A run in this currency is under way."), "run-under-way")
    offerable = await store.one(uow, _o.currency == currency, _o.state.in_(rules.OFFERABLE))
    if offerable is None:
        raise Conflict(
            _("There is nothing in %(currency)s to set off.", currency=currency), "nothing-owed"
        )
