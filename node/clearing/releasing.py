"""Runs whose end coops may see differently: to let go of one, and to take one up again.

A caller that falls silent would hold for ever what we offered. After a bounded wait the treasurer
lets go of it. Should all have consented after all, their signatures count: the run is taken up
again for whatever still stands as we offered it.
"""

from collections.abc import Iterable, Mapping

from federation.storage import UnitOfWork
from node import audit
from node.clearing import lines, rules, runs, statements, store
from node.clearing.checking import Finding
from node.clearing.evidence import read_own
from node.clearing.models import obligation_table, run_table
from node.clearing.reading import read_rows
from node.clearing.rules import Event, RunState
from node.clearing.telling import tell
from node.clearing.views import RunView
from node.errors import Conflict, NotAllowed
from node.i18n import _
from node.notices import NoticeKind

_o, _r = obligation_table.c, run_table.c


async def release(uow: UnitOfWork, run_id: str, *, by: str) -> RunView:
    """Let go of a run whose caller has been silent for too long.

    The pairs that it concerned are set off no more until their statements agree.
    Raises NotFound, NotAllowed, Conflict.
    """
    view = await runs.run(uow, run_id)
    runs.check_open(view, RunState.PROPOSED)
    _check_silent(uow, view)
    ours = await store.where(uow, _o.run_id == view.id, _o.state == rules.State.IN_RUN.value)
    await runs.free(uow, view, None, [Finding("released", (view.caller,)).facts])
    for partner in sorted({each.partner for each in ours}):
        await lines.change(uow, partner, view.currency, held_since=uow.now)
        await statements.send(uow, partner, view.currency, by=by)
    await audit.record(uow, by, "clearing.release", run_id)
    return await runs.run(uow, run_id)


async def take_up_again(uow: UnitOfWork, view: RunView, cleared: Mapping[str, int]) -> None:
    """All consented to a run that ended here: what stands as we offered it enters it anew.

    The others set off the rest too: those pairs wait until their statements agree.
    """
    row = await runs.row(uow, _r.id == view.id)
    most = rules.rows_in_an_offer(len(view.coops))
    offered = {
        each.obligation: each for each in read_rows(read_own(row.offer).paper.facts, most)[1]
    }
    ours = await store.where(uow, _o.uri.in_(offered.keys() & cleared.keys()))
    standing = [
        each
        for each in ours
        if each.state in rules.OFFERABLE and statements.stated(each) == offered[str(each.uri)]
    ]
    await store.move(uow, standing, Event.ENTER_RUN, run_id=view.id)
    await _hold(uow, {each.partner for each in ours if each not in standing}, view.currency)


async def _hold(uow: UnitOfWork, partners: Iterable[str], currency: str) -> None:
    for partner in sorted(partners):
        await lines.change(uow, partner, currency, held_since=uow.now)
        kind, subject = NoticeKind.STATEMENT_DIFFERS, f"{partner}|{currency}"
        await tell(uow, kind, subject, coop=partner, currency=currency)


def _check_silent(uow: UnitOfWork, view: RunView) -> None:
    if view.caller == uow.identities.coop.uri:
        raise NotAllowed(_("We called this run: it ends by itself."), "our-own-run")
    if not view.consented:
        raise NotAllowed(_("We have not consented to this run: say no to it."), "not-consented")
    if not view.is_silent(uow.now):
        raise Conflict(
            _("The coop that called it may still say how it ended. Wait, or ask its people."),
            "clearing-word-awaited",
        )
