"""What our people can do: say something about a proposal, say it better, take it back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from federation import outbox
from federation.storage import Reader, UnitOfWork
from node import accounts, audit, content, council, limits, notices
from node.accounts import AccountView, Role
from node.council import FederationView
from node.deliberation import rules, store, wire
from node.deliberation.models import comment_table
from node.errors import Conflict, NotAllowed, NotFound
from node.i18n import _
from node.notices import NoticeKind

_SPEAKERS = {Role.MEMBER, Role.DELEGATE, Role.ADMIN}
_MEMBER = "active"


async def comment(
    uow: UnitOfWork,
    proposal_id: str,
    text: str,
    *,
    by: AccountView,
    answers: str | None = None,
    byline: str | None = None,
) -> str:
    """Say something about a proposal to all coops of the federation; returns the comment's id.

    answers: the id of a comment. byline: the name that others read, the account's own if None; an
    empty one speaks for the coop as such. Raises InvalidInput, NotAllowed, NotFound, Conflict.
    """
    if not _SPEAKERS & set(by.roles):
        raise NotAllowed(_("Only members of the coop talk about proposals."), "members-only")
    view = await council.place(uow, proposal_id)
    federation = await _member_of(uow, view.federation_id)
    rules.check_open(view.state)
    tidy = rules.check_text(text)
    rules.check_pace(await store.today(uow, comment_table.c.account_id == by.id))
    parent = await _answered(uow, answers, view.name) if answers else None
    comment_id = uow.new_id()
    name = by.name if byline is None else byline
    row = await store.keep(
        uow,
        id=comment_id,
        uri=wire.comment_uri(uow, comment_id),
        federation_id=federation.id,
        proposal=view.name,
        coop=uow.identities.coop.uri,
        account_id=by.id,
        byline=content.name(name, limits.BYLINE_LONGEST),
        parent=parent.uri if parent else None,
        said=tidy.encode(),
        published_at=uow.now,
    )
    await wire.tell(uow, row, federation)
    if parent is not None:
        await note_answer(uow, parent, proposal_id, view.title)
    await audit.record(uow, by.id, "council.comment", comment_id)
    return comment_id


async def edit(uow: UnitOfWork, comment_id: str, text: str, *, by: AccountView) -> None:
    """Other words in place of one's own. Raises InvalidInput, NotAllowed, NotFound, Conflict."""
    row = await _own(uow, comment_id, by)
    federation = await _member_of(uow, row.federation_id)
    await _check_open(uow, row)
    changed = await store.reword(uow, row, rules.check_text(text), uow.now)
    await wire.tell(uow, changed, federation)
    await audit.record(uow, by.id, "council.comment-edit", comment_id)


async def erase(uow: UnitOfWork, comment_id: str, *, by: AccountView) -> None:
    """Take back what one said, also when the discussion is over: it is erased here, and the other
    coops are asked to do the same. Raises NotAllowed, NotFound."""
    row = await _own(uow, comment_id, by)
    federation = await council.federation(uow, row.federation_id)
    await store.erase(uow, row)
    await wire.tell_erased(uow, row, federation)
    await audit.record(uow, by.id, "council.comment-erase", comment_id)


async def leave(uow: UnitOfWork, account_id: str) -> list[str]:
    """Take back all that somebody said who leaves. Returns the addresses of it."""
    rows = await _said_by(uow, account_id)
    for row in rows:
        federation = await council.federation(uow, row.federation_id)
        await store.erase(uow, row)
        await wire.tell_erased(uow, row, federation)
    return [row.uri for row in rows]


async def leave_again(uow: UnitOfWork, account_id: str) -> None:
    """The same after a restore, when peers were told long ago: nobody is told anew."""
    rows = await _said_by(uow, account_id)
    for row in rows:
        await store.erase(uow, row)
    await outbox.forget(uow, [row.uri for row in rows])


async def note_answer(uow: UnitOfWork, parent: Row[Any], proposal_id: str, title: str) -> None:
    """Tell the author of a comment of ours that somebody answered it."""
    if parent.account_id and await accounts.account(uow, parent.account_id):
        kind, author = NoticeKind.COMMENT_ANSWERED, parent.account_id
        await notices.give(uow, kind, proposal_id, to_account=author, title=title)


async def _member_of(uow: UnitOfWork, federation_id: str) -> FederationView:
    federation = await council.federation(uow, federation_id)
    if federation.state != _MEMBER:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    return federation


async def _answered(reader: Reader, comment_id: str, proposal: str) -> Row[Any]:
    row = await store.comment(reader, comment_id)
    if row.proposal != proposal:
        raise NotFound(_("There is no such comment here."))
    return row


async def _said_by(reader: Reader, account_id: str) -> Sequence[Row[Any]]:
    theirs = select(comment_table).where(comment_table.c.account_id == account_id)
    return await reader.rows(theirs.order_by(comment_table.c.id))


async def _own(reader: Reader, comment_id: str, by: AccountView) -> Row[Any]:
    row = await store.comment(reader, comment_id)
    if row.account_id != by.id:
        raise NotAllowed(_("Only whoever wrote this can change it."), "not-the-author")
    return row


async def _check_open(reader: Reader, row: Row[Any]) -> None:
    view = await council.named(reader, row.federation_id, row.proposal)
    if view is not None:
        rules.check_open(view.state)
