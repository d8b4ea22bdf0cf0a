"""Deciding about what was reported; the owner hears why, and may have somebody else look again.

Nobody decides about a listing of their own: where there is nobody else, the operator does. Nobody
looks again at what they decided, unless there is nobody else.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update

from federation.storage.unit_of_work import UnitOfWork
from node import audit, content, limits, notices, policies
from node.accounts import AccountView, Duty
from node.errors import Closed, InvalidInput, NotAllowed, NotFound
from node.i18n import _
from node.listings import commands, mirrors, models, provider
from node.listings.moderation.life import LIFE, Act, Reason, State
from node.listings.moderation.models import case_table, report_table
from node.listings.moderation.queries import acts_for, desk, is_of
from node.notices import NoticeKind
from protocol import datetimes

_c, _r = case_table.c, report_table.c


async def decide(
    uow: UnitOfWork,
    case_id: str,
    act: str,
    *,
    by: AccountView | None,
    words: str = "",
    ground: str = "",
) -> None:
    """leave, withhold, uphold or restore. by: None for the operator. words: what the owner is told;
    needed to withhold and to uphold. ground: the `Reason` for withholding. Raises NotAllowed,
    InvalidInput, Conflict."""
    case = await _case(uow, case_id)
    if act not in set(Act) - {Act.APPEAL}:
        raise InvalidInput({"do": [_("There is no such step.")]})
    if by is not None:
        _check_may(case, by, act, await desk(uow))
    actor = by.id if by else audit.OPERATOR
    state = LIFE.next_state(State(case.state), Act(act))
    said = _checked(words, needed=act in (Act.WITHHOLD, Act.UPHOLD))
    changed: dict[str, Any] = {"state": state.value}
    if case.state == State.REPORTED:
        changed |= {"decided_by": actor, "decided_at": uow.now}
    if act == Act.WITHHOLD:
        changed |= await _withheld(uow, case, said, ground)
    elif act == Act.RESTORE:
        await _show(uow, case)
        changed["answer"] = said
    elif act == Act.UPHOLD:
        changed["answer"] = said
    await uow.execute(update(case_table).where(_c.id == case_id).values(changed))
    await notices.withdraw(uow, NoticeKind.LISTING_REPORTED, case_id)
    await notices.withdraw(uow, NoticeKind.LISTING_APPEALED, case_id)
    await _tell_owner(uow, case, Act(act), changed.get("appeal_by"))
    if case.state == State.REPORTED:
        await _tell_reporters(uow, case)
    await audit.record(uow, actor, f"listings.case-{act}", case_id)


async def appeal(uow: UnitOfWork, case_id: str, why: str, *, by: AccountView) -> None:
    """The owner asks for another look, by somebody else. Raises NotAllowed, Closed, Conflict."""
    case = await _case(uow, case_id)
    if not is_of(by, case.owner, case.team):
        raise NotAllowed(_("Only whoever wrote this can ask for it."), "not-the-author")
    state = LIFE.next_state(State(case.state), Act.APPEAL)
    if uow.now > case.appeal_by:
        raise Closed(_("The time to ask for this is over."), "appeal-late")
    changed = {"state": state.value, "appeal": _checked(why, needed=True)}
    await uow.execute(update(case_table).where(_c.id == case_id).values(changed))
    await notices.withdraw(uow, NoticeKind.LISTING_WITHHELD, case_id)
    kind, moderators = NoticeKind.LISTING_APPEALED, Duty.MODERATION
    await notices.give_each(uow, kind, case_id, moderators, title=case.title)
    await audit.record(uow, by.id, "listings.case-appeal", case_id)


async def _withheld(uow: UnitOfWork, case: Row[Any], said: str, ground: str) -> dict[str, Any]:
    if ground not in set(Reason):
        raise InvalidInput({"ground": [_("Choose what is wrong with it.")]})
    days = await policies.value(uow, policies.MODERATION_APPEAL_DAYS)
    stood = None
    if case.is_ours:
        stood = await commands.withhold(uow, case.about)
    else:
        await mirrors.withhold(uow, case.about, hidden=True)
    until = uow.now + timedelta(days=days)
    return {"ground": ground, "statement": said, "appeal_by": until, "stood": stood}


async def _show(uow: UnitOfWork, case: Row[Any]) -> None:
    if case.is_ours:
        await commands.restore(uow, case.about, models.State(case.stood))
    else:
        await mirrors.withhold(uow, case.about, hidden=False)


async def _tell_owner(uow: UnitOfWork, case: Row[Any], act: Act, until: Any) -> None:
    """Of what was left as it is, its owner need not hear."""
    kind = _OWNER_HEARS.get(act)
    if (case.owner is None and case.team is None) or kind is None:
        return
    when = datetimes.format(until) if until else ""
    said = {"title": case.title, "when": when}
    await provider.tell(uow, case.owner, case.team, kind, case.id, **said)


async def _tell_reporters(uow: UnitOfWork, case: Row[Any]) -> None:
    told = select(_r.account_id).where(_r.case_id == case.id, _r.account_id.is_not(None))
    for account in dict.fromkeys(await uow.scalars(told)):
        kind = NoticeKind.LISTING_LOOKED_AT
        await notices.give(uow, kind, case.id, to_account=account, title=case.title)


def _check_may(case: Row[Any], by: AccountView, act: str, everybody: Sequence[AccountView]) -> None:
    if not by.looks_after(Duty.MODERATION):
        raise NotAllowed(
            _("Only those who look at what was reported can decide about listings."),
            "moderators-only",
        )
    if is_of(by, case.owner, case.team):
        raise NotAllowed(_("This is yours, so somebody else decides about it."), "own-listing")
    if act not in acts_for(case, by.id, everybody) and act in LIFE.events_from(State(case.state)):
        raise NotAllowed(
            _("You decided this yourself, so somebody else looks at it again."), "own-decision"
        )


def _checked(text: str, *, needed: bool) -> str:
    longest = limits.REPORT_LONGEST
    said = content.paragraphs(text, longest + 1)
    if needed and not said:
        raise InvalidInput({"words": [_("Say why: the other side reads it.")]})
    if len(said) > longest:
        raise InvalidInput(
            {"words": [_("This is too long: at most %(longest)s characters.", longest=longest)]}
        )
    return said


async def _case(uow: UnitOfWork, case_id: str) -> Row[Any]:
    rows = await uow.rows(select(case_table).where(_c.id == case_id))
    if not rows:
        raise NotFound(_("There is no such case."))
    return rows[0]


_OWNER_HEARS = {
    Act.WITHHOLD: NoticeKind.LISTING_WITHHELD,
    Act.UPHOLD: NoticeKind.LISTING_REVIEWED,
    Act.RESTORE: NoticeKind.LISTING_REVIEWED,
}
