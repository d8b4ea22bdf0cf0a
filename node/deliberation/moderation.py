"""Hiding a comment with a reason, and looking at it again when its author asks.

A coop hides on its own pages. For everybody hide the facilitators that the charter names; where it
names none, the coop that keeps the log. The author's coop is told either way. How long the author
may ask is `moderation.appeal_days`.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from federation.storage import Reader, UnitOfWork
from node import audit, council, notices, policies
from node.accounts import AccountView, Duty
from node.council import FederationView
from node.deliberation import rules, store, wire
from node.deliberation.life import LIFE, Act, Scope, State
from node.deliberation.queries import appealed
from node.errors import Closed, NotAllowed
from node.i18n import _
from node.notices import NoticeKind
from protocol import datetimes


async def hide(
    uow: UnitOfWork, comment_id: str, reason: str, *, by: AccountView, scope: Scope = Scope.OWN
) -> None:
    """Hide a comment, here or for the whole federation. Raises NotAllowed, InvalidInput."""
    _check_moderator(by)
    row = await store.comment(uow, comment_id)
    federation = await council.federation(uow, row.federation_id)
    ours = uow.identities.coop.uri
    if scope is Scope.FEDERATION and ours not in federation.moderators:
        raise NotAllowed(
            _("Only a coop that looks after the discussions can hide something for everybody."),
            "not-a-facilitator",
        )
    before = await store.hiding_by(uow, row.uri, ours, scope)
    if before is not None:
        LIFE.next_state(State(before.state), Act.HIDE)
    days = await policies.value(uow, policies.MODERATION_APPEAL_DAYS)
    decided = {
        "comment": row.uri,
        "federation_id": row.federation_id,
        "coop": ours,
        "scope": scope.value,
        "state": State.HIDDEN.value,
        "reason": rules.check_reason(reason),
        "hidden_at": uow.now,
        "appeal_by": uow.now + timedelta(days=days),
        "appeal": "",
        "answer": "",
    }
    await store.decide(uow, before, **decided)
    await _tell(uow, Act.HIDE, row, federation, scope, decided["reason"], decided["appeal_by"])
    await note_hidden(uow, row, decided["appeal_by"])
    await audit.record(uow, by.id, "council.comment-hide", comment_id, {"scope": scope.value})


async def appeal(uow: UnitOfWork, hiding_id: str, why: str, *, by: AccountView) -> None:
    """Ask whoever hid one's comment to look at it again. Raises NotAllowed, Closed, Conflict."""
    decided, row, federation = await _decided(uow, hiding_id)
    if row is None or row.account_id != by.id:
        raise NotAllowed(_("Only whoever wrote this can ask for it."), "not-the-author")
    state = LIFE.next_state(State(decided.state), Act.APPEAL)
    if uow.now > decided.appeal_by:
        raise Closed(_("The time to ask for this is over."), "appeal-late")
    said = rules.check_reason(why)
    await store.decide(uow, decided, state=state.value, appeal=said)
    scope = Scope(decided.scope)
    await _tell(uow, Act.APPEAL, row, federation, scope, said, to=(decided.coop,))
    if decided.coop == uow.identities.coop.uri:
        await note_appeal(uow, row)
    await audit.record(uow, by.id, "council.comment-appeal", row.id)


async def answer(
    uow: UnitOfWork, hiding_id: str, act: Act, reason: str, *, by: AccountView
) -> None:
    """Show a comment again, asked or unasked, or say why it stays hidden. Raises NotAllowed."""
    _check_moderator(by)
    decided, row, federation = await _decided(uow, hiding_id)
    if decided.coop != uow.identities.coop.uri:
        raise NotAllowed(_("Another coop decided this; only it can change it."), "not-ours")
    state = LIFE.next_state(State(decided.state), act)
    said = rules.check_reason(reason) if act is Act.UPHOLD else ""
    await store.decide(uow, decided, state=state.value, answer=said)
    if row is None:
        return
    await _tell(uow, act, row, federation, Scope(decided.scope), said)
    await note_answered(uow, row)
    await _settle(uow, row)
    await audit.record(uow, by.id, f"council.comment-{act.value}", row.id)


async def _settle(uow: UnitOfWork, row: Row[Any]) -> None:
    """Nobody is asked to look again, if no other comment on the same proposal waits."""
    view = await council.named(uow, row.federation_id, row.proposal)
    if view is not None and view.id not in {one.proposal.id for one in await appealed(uow)}:
        await notices.withdraw(uow, NoticeKind.COMMENT_APPEALED, view.id)


async def note_hidden(uow: UnitOfWork, row: Row[Any], until: Any) -> None:
    """Tell the author, if it is one of ours, by when an appeal can be made."""
    await _note_author(uow, NoticeKind.COMMENT_HIDDEN, row, datetimes.format(until))


async def note_answered(uow: UnitOfWork, row: Row[Any]) -> None:
    """Tell the author, if it is one of ours, that it was looked at."""
    await _note_author(uow, NoticeKind.COMMENT_REVIEWED, row, "")


async def note_appeal(uow: UnitOfWork, row: Row[Any]) -> None:
    """Tell those who look after our coop that an author asks."""
    view = await council.named(uow, row.federation_id, row.proposal)
    if view is not None:
        kind, moderators = NoticeKind.COMMENT_APPEALED, Duty.MODERATION
        await notices.give_each(uow, kind, view.id, moderators, title=view.title)


async def _note_author(uow: UnitOfWork, kind: NoticeKind, row: Row[Any], when: str) -> None:
    view = await council.named(uow, row.federation_id, row.proposal)
    if row.account_id is not None and view is not None:
        author = row.account_id
        await notices.give(uow, kind, view.id, to_account=author, title=view.title, when=when)


async def _decided(
    reader: Reader, hiding_id: str
) -> tuple[Row[Any], Row[Any] | None, FederationView]:
    decided = await store.hiding(reader, hiding_id)
    row = await store.at(reader, decided.comment)
    return decided, row, await council.federation(reader, decided.federation_id)


async def _tell(
    uow: UnitOfWork,
    act: Act,
    row: Row[Any],
    federation: FederationView,
    scope: Scope,
    reason: str,
    appeal_by: Any = None,
    to: tuple[str, ...] = (),
) -> None:
    facts = {
        "federation": federation.digest,
        "comment": row.uri,
        "scope": scope.value,
        "reason": reason,
    }
    if appeal_by is not None:
        facts["appealBy"] = datetimes.format(appeal_by)
    everybody = tuple(each.coop for each in federation.members)
    told = everybody if scope is Scope.FEDERATION else (row.coop,)
    await wire.tell_act(uow, act, facts, to or told)


def _check_moderator(by: AccountView) -> None:
    if not by.looks_after(Duty.MODERATION):
        raise NotAllowed(
            _("Only those who look at what was reported can hide something."), "moderators-only"
        )
