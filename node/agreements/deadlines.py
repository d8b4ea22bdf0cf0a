"""Deadlines of agreements: for an answer, for a confirmation, and reminders before them.

Which are set follows from the agreement alone, so after each step all are set anew.
"""

from datetime import datetime, timedelta

from federation.storage import UnitOfWork
from node import limits, policies, timers
from node.agreements.life import State
from node.agreements.sides import Role
from node.agreements.views import AgreementView

ANSWER = "agreement-answer"
CONFIRM = "agreement-confirm"
REMIND_ANSWER = "agreement-remind-answer"
REMIND_START = "agreement-remind-start"
HEARD = "agreement-heard"
PARKED = "agreement-parked"


async def renew(uow: UnitOfWork, agreement: AgreementView) -> None:
    """Set what can still come, and take away what cannot."""
    due = await _due(uow, agreement)
    if agreement.peer is not None and (agreement.is_open or agreement.pending is not None):
        due[HEARD] = uow.now + limits.HEARD_AFTER
    for kind in (ANSWER, CONFIRM, REMIND_ANSWER, REMIND_START, HEARD):
        moment = due.get(kind)
        if moment is None:
            await timers.cancel(uow, kind, [agreement.id])
        else:
            await timers.set_timer(uow, kind, agreement.id, moment)


async def _due(uow: UnitOfWork, agreement: AgreementView) -> dict[str, datetime]:
    if agreement.is_open and agreement.answer_by is not None:
        soon = agreement.answer_by - limits.REMIND_BEFORE
        return {ANSWER: agreement.answer_by} | _ahead(uow, REMIND_ANSWER, soon)
    if agreement.state is State.DELIVERED:
        days = await policies.value(uow, policies.AGREEMENTS_CONFIRM_DAYS)
        moment = (agreement.delivered_at or uow.now) + timedelta(days=days)
        ours = Role.CUSTOMER in agreement.ours
        return {CONFIRM: moment if ours else moment + limits.CONFIRM_GRACE}
    if agreement.state is State.SCHEDULED and agreement.start_at is not None:
        return _ahead(uow, REMIND_START, agreement.start_at - limits.REMIND_BEFORE)
    return {}


def _ahead(uow: UnitOfWork, kind: str, moment: datetime) -> dict[str, datetime]:
    return {kind: moment} if moment > uow.now else {}
