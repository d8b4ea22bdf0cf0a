"""A member hears at once that they are suspended, reinstated or out, why, and how to object.

Whoever acts under the membership has a notice. A letter goes to each address that is known of them,
whatever letters they chose; where none is, somebody prints it and gives it to them.
"""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from federation.storage import Reader, UnitOfWork
from node import accounts, limits, mail, notices
from node.accounts import Role
from node.mail_settings import read_address
from node.members.models import Member
from node.members.queries import MemberView, accounts_of, history
from node.members.rules import Event
from node.notices import NoticeKind

TOLD: Mapping[str, NoticeKind] = {
    Event.SUSPEND: NoticeKind.MEMBERSHIP_SUSPENDED,
    Event.REINSTATE: NoticeKind.MEMBERSHIP_REINSTATED,
    Event.END: NoticeKind.MEMBERSHIP_ENDED,
}


class Decision(Struct, frozen=True):
    """What was decided about a membership, and until when somebody may object."""

    event: Event
    at: datetime
    reason: str

    @property
    def object_by(self) -> date:
        return (self.at + limits.MEMBERSHIP_OBJECTION).date()


async def last_decision(reader: Reader, member_id: str) -> Decision | None:
    """The last one that a member is told of."""
    decided = [one for one in await history(reader, member_id) if one.event in TOLD]
    if not decided:
        return None
    last = decided[-1]
    return Decision(Event(last.event), last.at, last.content.reason if last.content else "")


async def addresses_of(reader: Reader, member: Member | MemberView) -> dict[str | None, str]:
    """Where a membership's people get mail, by account: as they chose it, else as the register
    says it."""
    found: dict[str | None, str] = {}
    for account_id in await accounts_of(reader, member.id):
        chosen = await mail.mail_of(reader, account_id)
        if chosen and chosen.address and chosen.refused_at is None:
            found[account_id] = chosen.address
    written = read_address(member.email or "")
    if written and member.account_id not in found:
        found[member.account_id] = written
    return found


async def tell_decision(uow: UnitOfWork, row: Member, event: Event, reason: str) -> None:
    """Tell all who act under a membership, if it is something that they are told."""
    if event not in TOLD:
        return
    for kind in TOLD.values():
        await notices.withdraw(uow, kind, row.id)
    for account_id in await accounts_of(uow, row.id):
        await notices.give(
            uow, TOLD[event], row.id, to_role=Role.MEMBER, to_account=account_id, quiet=False
        )
    decision = Decision(event, uow.now, reason)
    for whose, address in (await addresses_of(uow, row)).items():
        account = await accounts.account(uow, whose) if whose else None
        await mail.tell_member(
            uow,
            row.id,
            address=address,
            account_id=whose,
            language=account.language if account else None,
            reason=reason,
            event=event.value,
            on=decision.at.date().isoformat(),
            until=decision.object_by.isoformat(),
        )
