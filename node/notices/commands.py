"""Telling somebody, and noting that they have read it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select, tuple_, update

from federation.storage import UnitOfWork
from node.accounts import DUTIES, AccountView, Duty, Role
from node.events import events
from node.notices.events import NoticeGiven
from node.notices.feeds import end_all
from node.notices.kinds import NoticeKind
from node.notices.models import Notice
from node.notices.queries import audiences_of, done_with

MOST_FORGOTTEN_AT_ONCE = 500


async def give(
    uow: UnitOfWork,
    kind: NoticeKind,
    subject: str,
    *,
    to_role: Role = Role.ADMIN,
    to_account: str | None = None,
    quiet: bool = False,
    **values: str,
) -> None:
    """Tell an account, or everybody with a role; the same about the same subject replaces it.

    quiet: it stands in the list, but does not count among what waits to be read.
    """
    role = None if to_account else to_role
    await _give(uow, kind, subject, [to_account or to_role], values, role=role, quiet=quiet)


async def give_all(
    uow: UnitOfWork, kind: NoticeKind, subject: str, account_ids: Collection[str], **values: str
) -> None:
    """Tell many accounts the same, with as few statements as one."""
    if account_ids:
        await _give(uow, kind, subject, account_ids, values)


async def give_each(
    uow: UnitOfWork, kind: NoticeKind, subject: str, duty: Duty, **values: str
) -> None:
    """Tell everybody with a role that looks after this; to who has two of them it is one notice."""
    for role in sorted(DUTIES[duty]):
        await give(uow, kind, subject, to_role=role, to_account=None, quiet=False, **values)


async def give_once(
    uow: UnitOfWork, kind: NoticeKind, subject: str, *, to_account: str | None = None, **values: str
) -> None:
    """Tell an account, or the admins, unless they were told and it still stands."""
    audience = _audience(None if to_account else Role.ADMIN, to_account or "")
    told = (Notice.audience == audience, Notice.kind == kind)
    if await uow.scalar(select(Notice.id).where(*told, Notice.subject == subject)) is None:
        await give(
            uow, kind, subject, to_role=Role.ADMIN, to_account=to_account, quiet=False, **values
        )


async def forget(uow: UnitOfWork, before: datetime) -> int:
    """Delete what was given before a moment, has been read and asks for nothing; returns how
    many."""
    ids = await uow.scalars(
        select(Notice.id).where(*done_with(before)).limit(MOST_FORGOTTEN_AT_ONCE)
    )
    await uow.execute(delete(Notice).where(Notice.id.in_(ids)))
    return len(ids)


async def forget_account(uow: UnitOfWork, account_id: str) -> None:
    """Delete all that was told to somebody who leaves, and where they read it."""
    await uow.execute(delete(Notice).where(Notice.audience == f"account:{account_id}"))
    await end_all(uow, account_id)


async def withdraw(uow: UnitOfWork, kind: NoticeKind, *subjects: str) -> None:
    """Take notices back everywhere, because what they asked for is settled."""
    await uow.execute(delete(Notice).where(Notice.kind == kind, Notice.subject.in_(subjects)))


async def withdraw_from(uow: UnitOfWork, kind: NoticeKind, subject: str, account_id: str) -> None:
    """Take a notice back from one account, because it has done what it was told of."""
    theirs = (Notice.kind == kind, Notice.subject == subject)
    await uow.execute(delete(Notice).where(*theirs, Notice.audience == f"account:{account_id}"))


async def mark_seen(uow: UnitOfWork, who: AccountView, kind: NoticeKind, subject: str) -> None:
    """Mark what an account was told about a subject as read, because it has just looked at it."""
    told = (Notice.kind == kind, Notice.subject == subject, Notice.read_at.is_(None))
    seen = update(Notice).where(Notice.audience.in_(audiences_of(who)), *told)
    await uow.execute(seen.values(read_at=uow.now))


async def mark_read(uow: UnitOfWork, who: AccountView, notice_id: str | None = None) -> None:
    """Mark one notice, or all of them, as read. Anyone else's is left alone.

    What was told to two roles of theirs is one notice to them, and read once.
    """
    mine = Notice.audience.in_(audiences_of(who))
    statement = update(Notice).where(mine, Notice.read_at.is_(None))
    if notice_id is not None:
        same = select(Notice.kind, Notice.subject).where(mine, Notice.id == notice_id)
        statement = statement.where(tuple_(Notice.kind, Notice.subject).in_(same))
    await uow.execute(statement.values(read_at=uow.now))


def _audience(role: Role | None, account_id: str) -> str:
    return f"role:{role}" if role else f"account:{account_id}"


async def _give(
    uow: UnitOfWork,
    kind: NoticeKind,
    subject: str,
    told: Collection[str],
    values: Mapping[str, str],
    *,
    role: Role | None = None,
    quiet: bool = False,
) -> None:
    """told: accounts, or that role alone."""
    ids = {one: uow.new_id() for one in told}
    audiences = {one: _audience(role, one) for one in ids}
    same = (Notice.kind == kind, Notice.subject == subject)
    await uow.execute(delete(Notice).where(Notice.audience.in_(audiences.values()), *same))
    said = {
        "kind": kind.value,
        "subject": subject,
        "values": values,
        "created_at": uow.now,
        "read_at": uow.now if quiet else None,
    }
    rows = [said | {"id": ids[one], "audience": audiences[one]} for one in ids]
    await uow.execute(insert(Notice), rows)
    if not quiet:
        await events.announce(uow, NoticeGiven(kind, subject, ids, role))
