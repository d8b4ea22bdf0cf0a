"""Giving an office for a term, ending it, and what the clock and the register do with it.

Each change is a link of the register's chain, and gives the holder's account exactly the roles of
what it holds today.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, insert, select, update

from federation.storage import UnitOfWork
from node import accounts, audit, limits, members, notices, policies, timers
from node.errors import Conflict, InvalidInput, NotFound
from node.events import events
from node.i18n import _
from node.members import FULL, MembersForgotten, MembershipChanged
from node.notices import NoticeKind
from node.offices.models import holding_table
from node.offices.queries import Holding, holding, spelled, stored
from node.offices.rules import (
    GIVES,
    OFFICE_WORDS,
    SPEAKING,
    Office,
    check_term,
    check_words,
    is_ending,
    next_moment,
    overlaps,
    roles_of,
)

TERM = "office-term"
_h = holding_table.c


class Given(Struct, frozen=True):
    """What is to be given. name: which committee or other office; decision: who decided so."""

    office: Office
    starts_on: date
    ends_on: date
    decision: str
    name: str = ""


async def give(uow: UnitOfWork, member_id: str, given: Given, *, by: str) -> Holding:
    """Let an active member hold an office from a day until another.

    Raises NotFound, InvalidInput by field, Conflict for who holds it on one of these days, is not
    active, or has no account that it could open anything for.
    """
    name, decision = check_words(given.office, given.name, given.decision)
    check_term(given.starts_on, given.ends_on, uow.now.date())
    if given.office is Office.COMMITTEE:
        name = await spelled(uow, name)
    await _check_may_hold(uow, member_id, given.office)
    await _check_free(uow, member_id, given, name)
    await _check_two_speak(uow, member_id, given)
    holding_id = uow.new_id()
    row = {
        "id": holding_id,
        "member_id": member_id,
        "office": given.office.value,
        "name": name,
        "starts_on": given.starts_on,
        "ends_on": given.ends_on,
        "ended_on": None,
        "decision": decision,
        "given_by": by,
        "given_at": uow.now,
        "reason": "",
    }
    await uow.execute(insert(holding_table), [row])
    noted = _noted(given.office, name, given.starts_on, given.ends_on)
    await members.note(uow, member_id, "office", by=by, reason=decision, details=noted)
    await _settle_reminders(uow, given.office, name)
    await _match(uow, member_id, by)
    await _watch(uow, await stored(uow, holding_id))
    made = await holding(uow, holding_id)
    await _tell_holder(uow, NoticeKind.OFFICE_GIVEN, made)
    return made


async def end(uow: UnitOfWork, holding_id: str, *, by: str, reason: str) -> None:
    """End a term before its time; of one that has not begun nothing is held.

    Raises NotFound, InvalidInput without a reason, Conflict when it is over already, or when it
    would leave nobody in charge.
    """
    row = await stored(uow, holding_id)
    reason = " ".join(reason.split())
    if not reason:
        raise InvalidInput({"reason": [_("Say why; it stands in the register for good.")]})
    if len(reason) > limits.OFFICE_WORDS_LONGEST:
        raise InvalidInput({"reason": [_("This is too long.")]})
    if row.ended_on is not None:
        raise Conflict(_("This is over already."), "office-over")
    await _end(uow, row, uow.now.date(), by=by, reason=reason)


@timers.on(TERM)
async def keep_terms(uow: UnitOfWork, holding_ids: Sequence[str]) -> None:
    """Terms that begin, are nearly over, or are over. The last keeper of the node stays it, rather
    than leave nobody in charge, and the others hear of it."""
    today = uow.now.date()
    for row in await uow.rows(select(holding_table).where(_h.id.in_(holding_ids))):
        if row.ended_on is not None:
            continue
        if row.ends_on <= today:
            await _let_end(uow, row)
            continue
        await _match(uow, row.member_id, audit.NODE)
        if is_ending(row, today):
            await _tell_admins(uow, NoticeKind.OFFICE_ENDS, await holding(uow, row.id))
        await _watch(uow, row)


@events.on(MembershipChanged)
async def follow_membership(uow: UnitOfWork, event: MembershipChanged) -> None:
    """Who left holds nothing any more; whoever is suspended or paused does nothing meanwhile."""
    if event.account_before is not None:
        await accounts.set_office_roles(uow, event.account_before, (), by=event.by)
    if event.status in members.OVER:
        for row in await _open_of(uow, event.member_id):
            await _end(uow, row, event.on, by=event.by, reason="")
    await _match(uow, event.member_id, event.by)


@events.on(MembersForgotten)
async def forget_words(uow: UnitOfWork, event: MembersForgotten) -> None:
    """Who held what goes on standing there without a name; no words that may tell whose it was."""
    theirs = update(holding_table).where(_h.member_id.in_(event.member_ids))
    await uow.execute(theirs.values(reason="", decision=""))


async def _let_end(uow: UnitOfWork, row: Row[Any]) -> None:
    # What it lends was lent until now, if its holder was held on, or the node was not running.
    on = uow.now.date() if GIVES[Office(row.office)] else row.ends_on
    try:
        async with uow.savepoint():
            await _end(uow, row, on, by=audit.NODE, reason="")
    except Conflict:
        made = await holding(uow, row.id)
        await _tell_admins(uow, NoticeKind.OFFICE_HELD_ON, made)
        await timers.set_timer(uow, TERM, row.id, uow.now + timedelta(days=1))
        return
    await _tell_admins(uow, NoticeKind.OFFICE_ENDED, await holding(uow, row.id))


async def _end(uow: UnitOfWork, row: Row[Any], on: date, *, by: str, reason: str) -> None:
    on = max(row.starts_on, on)
    this = update(holding_table).where(_h.id == row.id)
    await uow.execute(this.values(ended_on=on, reason=reason))
    await timers.cancel(uow, TERM, [row.id])
    noted = _noted(Office(row.office), row.name, row.starts_on, on)
    await members.note(uow, row.member_id, "end-office", by=by, reason=reason, details=noted)
    await _match(uow, row.member_id, by)
    for kind in (NoticeKind.OFFICE_ENDS, NoticeKind.OFFICE_HELD_ON):
        await notices.withdraw(uow, kind, row.id)
    await _tell_holder(uow, NoticeKind.OFFICE_ENDED, await holding(uow, row.id))


def _noted(office: Office, name: str, starts_on: date, until: date) -> dict[str, str]:
    """What the register's chain says of a term, worded when it is read."""
    days = {"first": starts_on.isoformat(), "until": until.isoformat()}
    return {"office": office.value, "called": name, **days}


async def _check_may_hold(uow: UnitOfWork, member_id: str, office: Office) -> None:
    member = await members.member(uow, member_id)
    if member is None:
        raise NotFound(_("There is no such member."))
    if member.status not in FULL:
        raise Conflict(_("Only an active member can hold an office."), "member-not-active")
    if GIVES[office] and member.account_id is None:
        # Else whoever makes them a link could come in by it, and be what only admins make people.
        raise Conflict(
            _("This office opens pages here, so its holder needs an account first: let them in."),
            "no-account",
        )
    classes = await policies.value(uow, policies.MEMBERS_STANDING_CLASSES)
    if member.membership_class not in classes:
        raise InvalidInput(
            {
                "member": [
                    _(
                        "Members of this class hold no office: see the rule "
                        "members.standing_classes."
                    )
                ]
            }
        )
    voting = await policies.value(uow, policies.MEMBERS_VOTING_CLASSES)
    if office in SPEAKING and member.membership_class not in voting:
        raise InvalidInput(
            {
                "member": [
                    _(
                        "Members of this class do not vote, so they do not speak for the coop: "
                        "see the rule members.voting_classes."
                    )
                ]
            }
        )


async def _check_free(uow: UnitOfWork, member_id: str, given: Given, name: str) -> None:
    theirs = select(holding_table).where(_h.member_id == member_id, _h.office == given.office.value)
    for row in await uow.rows(theirs):
        same = row.name.casefold() == name.casefold()
        if same and overlaps(row, given.starts_on, given.ends_on):
            raise Conflict(
                _(
                    "They hold this until %(day)s already. Let the next term begin on that day.",
                    day=(row.ended_on or row.ends_on).isoformat(),
                ),
                "office-held",
            )


async def _check_two_speak(uow: UnitOfWork, member_id: str, given: Given) -> None:
    """Whoever stands in for the delegate is somebody else."""
    if given.office not in SPEAKING:
        return
    other = SPEAKING - {given.office}
    for row in await _open_of(uow, member_id):
        if row.office in other and overlaps(row, given.starts_on, given.ends_on):
            raise InvalidInput(
                {"member": [_("Nobody stands in for themselves: choose another member.")]}
            )


async def _match(uow: UnitOfWork, member_id: str, by: str) -> None:
    """Give the holder's account the roles of what they hold today, and no other."""
    member = await members.member(uow, member_id)
    if member is None or member.account_id is None:
        return
    held: list[Row[Any]] = []
    if member.status in FULL:
        today = uow.now.date()
        rows = await _open_of(uow, member_id)
        held = [row for row in rows if row.starts_on <= today]
    roles = roles_of(Office(row.office) for row in held)
    teams = {row.name for row in held if row.office == Office.COMMITTEE}
    await accounts.set_office_roles(uow, member.account_id, roles, teams=teams, by=by)


async def _open_of(uow: UnitOfWork, member_id: str) -> Sequence[Row[Any]]:
    theirs = select(holding_table).where(_h.member_id == member_id, _h.ended_on.is_(None))
    return await uow.rows(theirs.order_by(_h.id))


async def _settle_reminders(uow: UnitOfWork, office: Office, name: str) -> None:
    """Somebody was found: nobody needs to be reminded of terms of this office that end."""
    same = select(_h.id).where(_h.office == office.value, _h.name == name, _h.ended_on.is_(None))
    for holding_id in await uow.scalars(same):
        await notices.withdraw(uow, NoticeKind.OFFICE_ENDS, holding_id)


async def _watch(uow: UnitOfWork, row: Row[Any]) -> None:
    await timers.set_timer(uow, TERM, row.id, next_moment(row, uow.now.date()))


async def _tell_holder(uow: UnitOfWork, kind: NoticeKind, made: Holding) -> None:
    member = await members.member(uow, made.member_id)
    if member is not None and member.account_id is not None:
        await _tell(uow, kind, made, member.account_id)


async def _tell_admins(uow: UnitOfWork, kind: NoticeKind, made: Holding) -> None:
    await _tell(uow, kind, made, None)


async def _tell(uow: UnitOfWork, kind: NoticeKind, made: Holding, account_id: str | None) -> None:
    await notices.give(
        uow,
        kind,
        made.id,
        to_account=account_id,
        name=made.member_name,
        office=OFFICE_WORDS[made.office].message,
        called=made.name,
        when=made.until.isoformat(),
    )
