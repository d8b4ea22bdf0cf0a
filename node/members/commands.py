"""Changing the register. Every change adds a link to its chain, in the same unit of work."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import delete, insert, update

from federation.storage import UnitOfWork
from node import accounts, audit, notices
from node.accounts.rules import check_name
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.events import events
from node.i18n import _
from node.members import chain
from node.members.colleagues import acting_for, close_colleagues
from node.members.days import tell_change, watch
from node.members.events import ClassEntered, MemberAdmitted, MembersForgotten, MembershipChanged
from node.members.models import Colleague, Member, MemberKey
from node.members.queries import (
    MemberView,
    may_act_against,
    may_decide,
    stored_member,
    view,
)
from node.members.register import append, keep_number, next_number
from node.members.rules import (
    ADMITTING,
    AGAINST,
    DECIDING,
    FORGOTTEN,
    OVER,
    PRESENT,
    EndReason,
    Event,
    Kind,
    MembershipClass,
    Status,
    check_day,
    check_line,
    check_representative,
    check_why,
    membership,
)
from node.members.telling import tell_decision
from node.notices import NoticeKind


async def add_member(
    uow: UnitOfWork,
    *,
    name: str,
    membership_class: MembershipClass | str,
    kind: Kind = Kind.PERSON,
    representative: str | None = None,
    account_id: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    note: str | None = None,
    admit: Event | None = None,
    joined_on: date | None = None,
    number: int | None = None,
    by: str = audit.OPERATOR,
    applied_by: str | None = None,
    reason: str = "",
    announces: bool = True,
) -> MemberView:
    """Enter an application, or with `admit` (one of ADMITTING) a member at once.

    applied_by: if not who enters them. representative: who speaks for a firm, which needs
    somebody; a person has none. number: one that they have had before, with `admit` alone.
    announces: whether `ClassEntered` is told here; whoever enters many tells it once.
    Raises InvalidInput by field, Conflict when the account belongs to another member.
    """
    await _check_account_is_free(uow, account_id)
    row = Member(
        id=uow.new_id(),
        number=await keep_number(uow, number) if number and admit else None,
        name=check_name(name),
        kind=kind,
        representative=check_representative(kind, representative),
        membership_class=checked_class(membership_class),
        status=membership.initial,
        account_id=account_id,
        email=check_line(email, "email"),
        phone=check_line(phone, "phone"),
        address=check_line(address, "address"),
        note=check_line(note, "note"),
        joined_on=None,
        left_on=None,
        status_until=None,
        created_at=uow.now,
    )
    uow.session.add(row)
    await uow.session.flush()
    await uow.execute(
        insert(MemberKey).values(member_id=row.id, key=uow.entropy.token(chain.KEY_BYTES))
    )
    await append(uow, row, "apply", applied_by or by, reason)
    if admit is not None:
        await _let_happen(uow, row, admit, by=by, reason=reason, on=joined_on)
        if announces:
            await events.announce(uow, ClassEntered(frozenset({row.membership_class})))
    return view(row)


async def admit(
    uow: UnitOfWork,
    member_id: str,
    *,
    on_probation: bool = False,
    by: str = audit.OPERATOR,
    reason: str = "",
    on: date | None = None,
) -> MemberView:
    """Take an applicant in: they get the next number. Raises Conflict unless they applied."""
    event = Event.ADMIT_ON_PROBATION if on_probation else Event.ADMIT
    return await change_status(uow, member_id, event, by=by, reason=reason, on=on)


async def change_status(
    uow: UnitOfWork,
    member_id: str,
    event: Event | str,
    *,
    by: str = audit.OPERATOR,
    reason: str = "",
    on: date | None = None,
    until: date | None = None,
    why: str | None = None,
) -> MemberView:
    """Let something happen to a membership.

    on: the day it takes effect for `joined_on` or `left_on`; today if not given. until: the first
    day on which what begins is over, see `WITH_DAY`. why: one of EndReason, where it ends.
    Raises NotFound, InvalidInput by field, Conflict naming what is possible, or NotAllowed for who
    would decide about themselves, or against somebody who looks after the node.
    """
    row = await stored_member(uow, member_id)
    event = _event(event)
    if event in DECIDING:
        await _check_of_another(uow, row, by)
    if event in AGAINST:
        await _check_against(uow, row, by)
    await _let_happen(uow, row, event, by=by, reason=reason, on=on, until=until, why=why)
    if event in ADMITTING:
        await events.announce(uow, ClassEntered(frozenset({row.membership_class})))
    return view(row)


async def _let_happen(
    uow: UnitOfWork,
    row: Member,
    event: Event,
    *,
    by: str,
    reason: str,
    on: date | None,
    until: date | None = None,
    why: str | None = None,
) -> None:
    """`change_status`, but for the caps of classes."""
    row.status = membership.next_state(Status(row.status), event)
    day = on or uow.now.date()
    row.status_until = check_day(event, until, uow.now.date())
    noted = {"why": check_why(event, why), "day": row.status_until and f"{row.status_until}"}
    if event in ADMITTING:
        row.number = row.number or await next_number(uow)
        row.joined_on = day
    if event is Event.END:
        row.left_on = day
    await uow.session.flush()
    details = {name: str(said) for name, said in noted.items() if said}
    await append(uow, row, event, by, reason, details)
    await watch(uow, row)
    await tell_change(uow, row, event, by=by)
    await tell_decision(uow, row, event, reason)
    await events.announce(uow, MembershipChanged(row.id, Status(row.status), day, by))
    if event in ADMITTING:
        await events.announce(uow, MemberAdmitted(row.id))


async def change_class(
    uow: UnitOfWork,
    member_id: str,
    membership_class: MembershipClass | str,
    *,
    by: str = audit.OPERATOR,
    reason: str = "",
) -> MemberView:
    """Let somebody belong to another class of members from today on; the register says so.

    Raises NotFound, InvalidInput, Conflict for who belongs to it already or has left, NotAllowed
    for who would decide about themselves.
    """
    row = await stored_member(uow, member_id)
    await _check_of_another(uow, row, by)
    await _check_against(uow, row, by)
    wanted = checked_class(membership_class)
    if row.status not in PRESENT:
        raise Conflict(_("Only somebody who is a member has a class."), "member-not-present")
    if row.membership_class == wanted:
        raise Conflict(_("They belong to this class already."), "same-class")
    left, row.membership_class = row.membership_class, wanted
    await uow.session.flush()
    await events.announce(uow, ClassEntered(frozenset({wanted}), left))
    await append(uow, row, "change-class", by, reason)
    await tell_change(uow, row, "change-class", by=by)
    changed = MembershipChanged(row.id, Status(row.status), uow.now.date(), by)
    await events.announce(uow, changed)
    return view(row)


async def note(
    uow: UnitOfWork, member_id: str, event: str, *, by: str, reason: str, details: Mapping[str, str]
) -> None:
    """Add what a higher slice did about a member to the register's chain. Raises NotFound."""
    await append(uow, await stored_member(uow, member_id), event, by, reason, details)


async def link_account(
    uow: UnitOfWork, member_id: str, account_id: str | None, *, by: str = audit.OPERATOR
) -> MemberView:
    """Say which account is this member's. Raises Conflict when it is another member's."""
    row = await stored_member(uow, member_id)
    if account_id != row.account_id:
        await _check_account_is_free(uow, account_id)
    before, row.account_id = row.account_id, account_id
    await uow.session.flush()
    await audit.record(uow, by, "members.link-account", member_id, {"account": account_id})
    gone = before if before != account_id else None
    today = uow.now.date()
    await events.announce(uow, MembershipChanged(row.id, Status(row.status), today, by, gone))
    return view(row)


async def leave(uow: UnitOfWork, member_id: str, *, by: str, reason: str = "") -> MemberView:
    """End a membership, or an application, at the member's own wish.

    The register goes on naming them; how they could be reached and which account was theirs goes.
    """
    row = await stored_member(uow, member_id)
    if Status(row.status) in PRESENT:
        resigned = EndReason.RESIGNED
        await change_status(uow, member_id, Event.END, by=by, reason=reason, why=resigned)
    elif row.status == Status.APPLIED:
        await change_status(uow, member_id, Event.WITHDRAW, by=by, reason=reason)
    await close_colleagues(uow, [member_id], by=by)
    await notices.withdraw(uow, NoticeKind.REGISTER_NAME_ASKED, member_id)
    row.email = row.phone = row.address = row.note = row.account_id = None
    await uow.session.flush()
    await audit.record(uow, by, "members.leave", member_id)
    return view(row)


async def forget(uow: UnitOfWork, member_id: str, *, by: str = audit.OPERATOR) -> None:
    """Destroy what is personal about somebody who has left; the chain stays whole (GDPR Art. 17).

    Raises Conflict while the membership is not over.
    """
    row = await stored_member(uow, member_id)
    if row.status not in OVER:
        raise Conflict(
            _("A member is forgotten only after the membership has ended."), "member-not-over"
        )
    await forget_each(uow, [member_id], by=by)


async def forget_each(uow: UnitOfWork, member_ids: Collection[str], *, by: str) -> None:
    """The same for many who are known to have left."""
    await close_colleagues(uow, member_ids, by=by)
    await uow.execute(delete(Colleague).where(Colleague.member_id.in_(member_ids)))
    nameless = dict.fromkeys(("email", "phone", "address", "note", "representative", "account_id"))
    theirs = update(Member).where(Member.id.in_(member_ids))
    await uow.execute(theirs.values(name=FORGOTTEN, **nameless))
    await uow.execute(delete(MemberKey).where(MemberKey.member_id.in_(member_ids)))
    await notices.withdraw(uow, NoticeKind.REGISTER_NAME_ASKED, *member_ids)
    await audit.record_each(uow, by, "members.forget", member_ids)
    await events.announce(uow, MembersForgotten(tuple(member_ids)))


async def _check_of_another(uow: UnitOfWork, row: Member, by: str) -> None:
    if not await may_decide(uow, row.id, by):
        raise NotAllowed(_("Somebody else decides about your own membership."), "own-membership")


async def _check_against(uow: UnitOfWork, row: Member, by: str) -> None:
    if not await may_act_against(uow, row.id, by):
        raise NotAllowed(
            _("They look after this node: somebody else who does decides that."), "of-an-admin"
        )


async def _check_account_is_free(uow: UnitOfWork, account_id: str | None) -> None:
    if account_id is None:
        return
    if await accounts.account(uow, account_id) is None:
        raise NotFound(_("There is no such account."))
    if await acting_for(uow, account_id) is not None:
        raise Conflict(_("This account belongs to another member."), "account-taken")


def checked_class(value: str) -> MembershipClass:
    """Raises InvalidInput for the field `membership_class`."""
    try:
        return MembershipClass(value)
    except ValueError:
        names = ", ".join(MembershipClass)
        raise InvalidInput(
            {"membership_class": [_("Choose from: %(names)s.", names=names)]}
        ) from None


def _event(value: str) -> Event:
    try:
        return Event(value)
    except ValueError:
        names = ", ".join(Event)
        raise InvalidInput({"event": [_("Choose from: %(names)s.", names=names)]}) from None
