"""What a letter says at the moment when it goes: of what was read meanwhile, nothing."""

from typing import Any

from msgspec import Struct
from sqlalchemy import select, update

from federation.ambient import secret
from federation.storage import UnitOfWork
from node import accounts, audit, limits, notices, vault
from node.accounts import AccountView, Purpose, Role
from node.mail.letters import Letter, LetterKind
from node.mail.models import address_table, letter_table
from node.mail.queries import digest
from node.mail.rules import OWN_LETTER, SECURITY, How

_a, _l = address_table.c, letter_table.c


class _Reader(Struct, frozen=True):
    """Somebody with an address. stop: where one click ends their letters."""

    account: AccountView
    to: str
    how: How
    stop: str


async def compose(uow: UnitOfWork, row: Any) -> Letter | None:
    """The letter of a row; None when there is nobody to write to, or nothing to say any more."""
    match row.kind:
        case LetterKind.NOTICE:
            return await _notice(uow, row)
        case LetterKind.DIGEST:
            return await _digest(uow, row)
        case LetterKind.CONFIRM:
            return await _confirm(uow, row)
        case LetterKind.WAY_IN:
            return await _way_in(uow, row)
        case _:
            return await _sealed(uow, row)


async def _notice(uow: UnitOfWork, row: Any) -> Letter | None:
    reader = await _reader(uow, row.account_id)
    notice = await notices.notice(uow, row.notice_id)
    if reader is None or notice is None:
        return None
    if notice.kind in SECURITY:
        return _to(reader, row, told=[notice])
    if notice.read or reader.how is How.NEVER:
        return None
    return _to(reader, row, told=[notice], stop=reader.stop)


async def _digest(uow: UnitOfWork, row: Any) -> Letter | None:
    reader = await _reader(uow, row.account_id)
    if reader is None or reader.how is How.NEVER:
        return None
    told = await notices.notices(uow, reader.account)
    waiting = [
        one
        for one in told
        if not one.read and one.created_at >= row.created_at and one.kind not in OWN_LETTER
    ]
    if not waiting:
        return None
    return _to(reader, row, told=waiting, path="/notices", stop=reader.stop)


async def _confirm(uow: UnitOfWork, row: Any) -> Letter | None:
    """The code is made now, and stands in the letter alone."""
    mine = _a.account_id == row.account_id
    found = await uow.rows(select(_a.wanted).where(mine, _a.wanted.is_not(None)))
    account = await accounts.account(uow, row.account_id)
    wanted = await vault.unseal(uow, row.account_id, found[0].wanted) if found else None
    if account is None or account.disabled or wanted is None:
        return None
    code = secret(uow.entropy, limits.LINK_SECRET_BYTES)
    until = uow.now + limits.MAIL_CONFIRM_WITHIN
    made = {"code_digest": digest(code), "code_until": until}
    await uow.execute(update(address_table).where(mine).values(made))
    return Letter(
        id=row.id,
        kind=LetterKind.CONFIRM,
        to=wanted["address"],
        language=account.language,
        path=f"/mail/confirm/{code}",
    )


async def _way_in(uow: UnitOfWork, row: Any) -> Letter | None:
    """Whose account may do more than a member's needs more than a letter: it opens others' data.

    An office that lends no role, such as a chair or a seat in a committee, changes nothing.
    """
    account = await accounts.by_handle(uow, row.values.get("handle", ""))
    reader = await _reader(uow, account.id) if account else None
    if reader is None:
        return None
    theirs = update(letter_table).where(_l.id == row.id).values(account_id=reader.account.id)
    await uow.execute(theirs)
    if more := reader.account.roles - {Role.MEMBER}:
        return _to(reader, row, path="/sign-in/lost", values={"roles": " ".join(sorted(more))})
    hours = limits.MAIL_WAY_IN_HOURS
    link = await accounts.issue_link(
        uow, purpose=Purpose.RECOVERY, account_id=reader.account.id, hours=hours, by=audit.NODE
    )
    return _to(reader, row, path=link.path, values={"hours": str(hours)})


async def _sealed(uow: UnitOfWork, row: Any) -> Letter | None:
    """To an address that stands in the letter's own row."""
    whose = row.account_id or row.about
    box = await vault.unseal(uow, whose, row.box) if row.box else None
    if box is None:
        return None
    account = await accounts.account(uow, row.account_id) if row.account_id else None
    is_application = row.kind == LetterKind.APPLICATION
    return Letter(
        id=row.id,
        kind=LetterKind(row.kind),
        to=box["address"],
        language=account.language if account else row.language,
        path=box.get("path", ""),
        thread=row.about if is_application else "",
        values=row.values | {"reason": box.get("reason", "")},
    )


async def _reader(uow: UnitOfWork, account_id: str) -> _Reader | None:
    account = await accounts.account(uow, account_id)
    reached = (_a.account_id == account_id, _a.box.is_not(None), _a.refused_at.is_(None))
    found = await uow.rows(select(_a.box, _a.how).where(*reached))
    if account is None or account.disabled or not found:
        return None
    box = await vault.unseal(uow, account_id, found[0].box)
    if box is None:
        return None
    stop = f"/mail/stop/{box['stop']}"
    return _Reader(account, box["address"], How(found[0].how), stop)


def _to(reader: _Reader, row: Any, **said: Any) -> Letter:
    kind, language = LetterKind(row.kind), reader.account.language
    return Letter(id=row.id, kind=kind, to=reader.to, language=language, **said)
