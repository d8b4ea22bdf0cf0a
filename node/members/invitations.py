"""Links by which somebody makes their own account, over any messenger: of somebody in the register,
or of somebody who enters it by coming in."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, delete, insert, select

from federation.storage import Reader, UnitOfWork
from node import accounts, audit
from node.accounts import AccountMade, Duty, IssuedLink, Purpose, Role
from node.errors import Closed
from node.events import events
from node.i18n import _
from node.members.colleagues import INVITE_HOURS, join
from node.members.commands import checked_class, link_account
from node.members.holders import enter_holder
from node.members.models import MemberInvitation, MembershipOffer
from node.members.queries import stored_member, stored_without_account
from node.members.rules import PRESENT, MembershipClass


async def invite(uow: UnitOfWork, member_id: str, *, by: str = audit.OPERATOR) -> IssuedLink:
    """A link for one member; the account made by it is theirs. The one before it opens nothing any
    more. Raises NotFound, Conflict."""
    row = await stored_without_account(uow, member_id)
    for link_id in await uow.scalars(_open_links(member_id, uow.now)):
        await accounts.revoke_link(uow, link_id)
    link = await accounts.issue_link(
        uow,
        purpose=Purpose.INVITE,
        roles={Role.MEMBER},
        name=row.representative or row.name,
        hours=INVITE_HOURS,
        by=by,
    )
    await uow.execute(insert(MemberInvitation).values(link_id=link.id, member_id=member_id))
    return link


async def invite_new(
    uow: UnitOfWork,
    membership_class: MembershipClass | str,
    *,
    roles: Collection[Role],
    name: str | None = None,
    hours: int = INVITE_HOURS,
    by: str = audit.OPERATOR,
    reason: str = "",
) -> IssuedLink:
    """A link by which somebody enters the register when they come in. Raises InvalidInput."""
    wanted = checked_class(membership_class)
    link = await accounts.issue_link(
        uow, purpose=Purpose.INVITE, roles=roles, name=name, hours=hours, by=by
    )
    decided = {"membership_class": wanted, "by": by, "reason": reason}
    await uow.execute(insert(MembershipOffer).values(link_id=link.id, **decided))
    return link


async def makes_a_member(reader: Reader, link_id: str) -> bool:
    """Whether somebody enters the register by this link."""
    offered = select(MembershipOffer.link_id).where(MembershipOffer.link_id == link_id)
    return await reader.scalar(offered) is not None


@events.on(AccountMade)
async def give_to_member(uow: UnitOfWork, event: AccountMade) -> None:
    """It is the member's own, or a colleague's. Raises Closed when another link of the same member
    was used before, or they have left."""
    invited = select(MemberInvitation).where(MemberInvitation.link_id == event.link_id)
    invitation = await uow.scalar(invited)
    if invitation is None:
        return
    member_id = invitation.member_id
    row = await stored_member(uow, member_id)
    if invitation.as_colleague and row.status in PRESENT:
        await join(uow, member_id, event.account_id)
        return
    if row.account_id is not None or row.status not in PRESENT:
        raise Closed(_("This link was used before. Ask for a new one."), "link-used")
    await _check_maker(uow, event.link_id)
    await link_account(uow, member_id, event.account_id, by=audit.NODE)


@events.on(AccountMade)
async def enter_invited(uow: UnitOfWork, event: AccountMade) -> None:
    """Whoever was invited as a member is one now, as it was decided then."""
    offered = MembershipOffer.link_id == event.link_id
    offer = await uow.scalar(select(MembershipOffer).where(offered))
    if offer is None:
        return
    await _check_maker(uow, event.link_id)
    decided = {"by": offer.by, "reason": offer.reason}
    await enter_holder(uow, event.account_id, offer.membership_class, **decided)
    await uow.execute(delete(MembershipOffer).where(offered))


def _open_links(member_id: str, now: datetime) -> Select[str]:
    """Those of the member themselves, not of a colleague."""
    return select(MemberInvitation.link_id).where(
        MemberInvitation.member_id == member_id,
        MemberInvitation.as_colleague.is_(False),
        MemberInvitation.link_id.in_(accounts.usable_link_ids(now)),
    )


async def _check_maker(uow: UnitOfWork, link_id: str) -> None:
    """Who keeps the register no more lets nobody into it. Raises Closed."""
    maker = await accounts.maker_of(uow, link_id)
    if maker is not None and not maker.looks_after(Duty.MEMBERS):
        raise Closed(
            _("Whoever made this link may no longer invite anybody. Ask for a new one."),
            "link-ended",
        )
