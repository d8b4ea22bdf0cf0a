"""Several people who act for one firm: each signs in alone, the membership is one.

The line in the register is the firm's, and its account that of whoever speaks for it. Colleagues
have accounts of their own, for what the firm's class of members may do; what each does is noted
under their own name. What they publish, agree and write about that is the firm's: all who act for
it see it and go on with it (`together`). They hold no office of the firm's, and leave without it;
it leaves with them.
"""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, delete, func, insert, select, union

from federation.storage import Reader, UnitOfWork
from federation.storage.base import table_of
from node import accounts, audit, limits, notices
from node.accounts import AccountView, IssuedLink, Purpose, Role
from node.errors import Conflict, NotFound
from node.events import events
from node.i18n import _
from node.members.events import ColleagueEnded
from node.members.models import Colleague, Member, MemberInvitation
from node.members.queries import MemberView, by_account, stored_member, view
from node.members.rules import HERE, PRESENT, Kind
from node.notices import NoticeKind

INVITE_HOURS = 7 * 24
_c = table_of(Colleague).c


class ColleagueView(Struct, frozen=True):
    """Somebody who acts for a firm. name: of their account."""

    account_id: str
    name: str
    since: datetime


async def acting_for(reader: Reader, account_id: str) -> MemberView | None:
    """The membership that an account acts under: its own, or that of its firm."""
    found = await by_account(reader, account_id)
    if found is not None:
        return found
    theirs = select(Member).join(Colleague, Colleague.member_id == Member.id)
    row = await reader.scalar(theirs.where(Colleague.account_id == account_id))
    return view(row) if row else None


async def together(reader: Reader, account_id: str | None) -> frozenset[str]:
    """The accounts that act for the same firm, closed ones too: what they began goes on. For who
    acts for none it is their own alone."""
    if account_id is None:
        return frozenset()
    present = select(Member.id).where(Member.kind == Kind.FIRM, Member.status.in_(PRESENT))
    # Two looks into indexes: joined by OR they read all members.
    firm = union(
        present.where(Member.account_id == account_id),
        present.join(Colleague).where(Colleague.account_id == account_id),
    )
    speaks = select(Member.account_id).where(Member.id.in_(firm), Member.account_id.is_not(None))
    besides = select(Colleague.account_id).where(Colleague.member_id.in_(firm))
    found: list[str] = await reader.scalars(union(speaks, besides))
    return frozenset({account_id, *found})


async def with_colleagues(reader: Reader, account: AccountView) -> AccountView:
    """An account as it comes in at the door: it sees what is its firm's."""
    return replace(account, colleagues=await together(reader, account.id) - {account.id})


async def tell(
    uow: UnitOfWork,
    kind: NoticeKind,
    subject: str,
    account_id: str,
    *,
    quiet: bool = False,
    **values: str,
) -> None:
    """Give a notice to an account and to all who act for the same firm; each has letters of it as
    they chose."""
    besides = await together(uow, account_id) - {account_id}
    known = await accounts.several(uow, besides)
    there = [one.id for one in known.values() if not one.disabled]
    for one in (account_id, *sorted(there)):
        await notices.give(
            uow, kind, subject, to_role=Role.MEMBER, to_account=one, quiet=quiet, **values
        )


async def colleagues(reader: Reader, member_id: str) -> list[ColleagueView]:
    """Those who act for a firm besides whoever speaks for it, the first ones first."""
    rows = await reader.rows(
        select(_c.account_id, _c.since).where(*_there(member_id)).order_by(_c.since)
    )
    names = await accounts.names(reader, {row.account_id for row in rows})
    return [ColleagueView(row.account_id, names[row.account_id], row.since) for row in rows]


async def invite_colleague(uow: UnitOfWork, member_id: str, *, by: str) -> IssuedLink:
    """A link by which somebody makes an account to act for a firm.

    Raises NotFound; Conflict for who is no firm or no member now, and for too many.
    """
    row = await stored_member(uow, member_id)
    if row.kind != Kind.FIRM or row.status not in HERE:
        raise Conflict(_("Only a firm that is a member has colleagues here."), "no-firm")
    there, asked = await _there_and_locked(uow, member_id), await _asked(uow, member_id)
    if there + asked >= limits.COLLEAGUES_MOST:
        raise Conflict(
            _(
                "At most %(most)s people act for a firm besides. Links that nobody has used yet "
                "count, too.",
                most=limits.COLLEAGUES_MOST,
            ),
            "too-many",
        )
    link = await accounts.issue_link(
        uow, purpose=Purpose.INVITE, roles={Role.MEMBER}, hours=INVITE_HOURS, by=by
    )
    await uow.execute(
        insert(MemberInvitation).values(link_id=link.id, member_id=member_id, as_colleague=True)
    )
    await audit.record(uow, by, "members.invite-colleague", member_id)
    return link


async def join(uow: UnitOfWork, member_id: str, account_id: str) -> None:
    """Whoever came by such a link acts for the firm from now on. Raises Conflict for too many."""
    if await _there_and_locked(uow, member_id) >= limits.COLLEAGUES_MOST:
        raise Conflict(
            _("At most %(most)s people act for a firm besides.", most=limits.COLLEAGUES_MOST),
            "too-many",
        )
    row = {"account_id": account_id, "member_id": member_id, "since": uow.now}
    await uow.execute(insert(Colleague).values(**row))
    await audit.record(uow, account_id, "members.join-firm", member_id)


async def end_colleague(uow: UnitOfWork, member_id: str, account_id: str, *, by: str) -> None:
    """Somebody acts for the firm no longer, and their account is closed. What they published,
    agreed and wrote about that is from then on another's who acts for it, see `pass_on`.

    Raises NotFound, and Conflict for who does more here than act for the firm.
    """
    theirs = (_c.member_id == member_id, _c.account_id == account_id)
    if not await uow.scalar(select(func.count()).select_from(Colleague).where(*theirs)):
        raise NotFound(_("They do not act for this firm."))
    who = await accounts.account(uow, account_id)
    if who is not None and who.roles - {Role.MEMBER}:
        raise Conflict(
            _(
                "%(name)s does more here than act for the firm. Ask those who look after this "
                "node to change that first.",
                name=who.name,
            ),
            "has-other-roles",
        )
    await accounts.disable(uow, account_id, by=by)
    await audit.record(uow, by, "members.end-colleague", member_id, {"account": account_id})
    await pass_on(uow, account_id)


async def heir_of(reader: Reader, account_id: str) -> str | None:
    """Who goes on with what somebody did for a firm: whoever speaks for it, else the colleague who
    is there longest. None for who is no colleague, and where nobody is left."""
    firm = await reader.scalar(select(Member).join(Colleague).where(_c.account_id == account_id))
    if firm is None or firm.status not in PRESENT:
        return None
    others = [one.account_id for one in await colleagues(reader, firm.id)]
    speaker = [firm.account_id] if firm.account_id else []
    known = await accounts.several(reader, {*speaker, *others})
    left = [one for one in (*speaker, *others) if one != account_id and not known[one].disabled]
    return left[0] if left else None


async def pass_on(uow: UnitOfWork, account_id: str) -> None:
    """A colleague goes, and what they did for the firm stays with it."""
    heir = await heir_of(uow, account_id)
    if heir is not None:
        await events.announce(uow, ColleagueEnded(account_id, heir))


async def close_colleagues(uow: UnitOfWork, member_ids: Collection[str], *, by: str) -> None:
    """Those who acted for these firms come in no more, but for who has another task here."""
    rows = await uow.rows(select(_c.account_id).where(_c.member_id.in_(member_ids)))
    known = await accounts.several(uow, [row.account_id for row in rows])
    for who in known.values():
        if not who.disabled and not who.roles - {Role.MEMBER}:
            await accounts.disable(uow, who.id, by=by)


async def _there_and_locked(uow: UnitOfWork, member_id: str) -> int:
    """How many there are. The firm's row is locked: of two who come at the same moment, the second
    counts the first."""
    await uow.scalar(select(Member.id).where(Member.id == member_id).with_for_update())
    counted = select(func.count()).select_from(Colleague).where(*_there(member_id))
    return await uow.scalar(counted) or 0


async def _asked(uow: UnitOfWork, member_id: str) -> int:
    """How many may still come by a link that was made for them."""
    open_links = (
        MemberInvitation.member_id == member_id,
        MemberInvitation.as_colleague,
        MemberInvitation.link_id.in_(accounts.usable_link_ids(uow.now)),
    )
    return await uow.scalar(select(func.count()).where(*open_links)) or 0


def _there(member_id: str) -> tuple[ColumnElement[bool], ...]:
    """Those who still can come in: of the others it stays known for whom they acted."""
    return _c.member_id == member_id, _c.account_id.in_(accounts.open_ids())


async def forget_colleague(uow: UnitOfWork, account_id: str) -> None:
    """Nothing says any longer for whom an account acted."""
    await uow.execute(delete(Colleague).where(Colleague.account_id == account_id))
