"""Invitations that nobody has used yet: who made them, and taking them back."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, delete, select

from federation.storage import Reader, UnitOfWork
from node import audit
from node.accounts.models import OneTimeLink
from node.accounts.queries import may_offer, roles_from, several, usable_link_ids
from node.accounts.rules import Role
from node.errors import NotFound
from node.i18n import _


class Invitation(Struct, frozen=True):
    """A link that makes an account. name: for whom, if that was said. by: whoever made it, if it
    was somebody with an account."""

    id: str
    name: str | None
    roles: frozenset[Role]
    by: str | None
    made_at: datetime
    expires_at: datetime


async def open_invitations(reader: Reader, *, by: str | None = None) -> list[Invitation]:
    """Those that still let somebody in, the newest first; only those of one account, if said."""
    theirs = [OneTimeLink.made_by == by] if by else []
    rows = await reader.scalars(
        select(OneTimeLink).where(*_open(reader), *theirs).order_by(OneTimeLink.id.desc())
    )
    makers = await several(reader, {row.made_by for row in rows if row.made_by})
    found = [(row, makers.get(row.made_by or ""), roles_from(row.roles)) for row in rows]
    return [
        Invitation(
            row.id, row.name, roles, maker.name if maker else None, row.created_at, row.expires_at
        )
        for row, maker, roles in found
        if may_offer(maker, roles)
    ]


async def take_back(uow: UnitOfWork, link_id: str, *, by: str, only_own: bool) -> None:
    """Let an invitation open nothing any more. Raises NotFound for one that does not anyway."""
    theirs = [OneTimeLink.made_by == by] if only_own else []
    ended = delete(OneTimeLink).where(OneTimeLink.id == link_id, *_open(uow), *theirs)
    if not await uow.scalars(ended.returning(OneTimeLink.id)):
        raise NotFound(_("This invitation was used, or is over."))
    await audit.record(uow, by, "accounts.take-back-link", link_id)


def _open(reader: Reader) -> tuple[ColumnElement[bool], ...]:
    return OneTimeLink.account_id.is_(None), OneTimeLink.id.in_(usable_link_ids(reader.now))
