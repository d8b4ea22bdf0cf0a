"""Adding to the register's chain: one link per change, in the change's own unit of work."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import insert, select

from federation.storage import UnitOfWork
from node import audit
from node.errors import Conflict
from node.i18n import _
from node.members import chain
from node.members.models import Member, MemberEvent, MemberEventContent, MemberKey, RegisterHead

_HEAD = 1
NOTHING: Mapping[str, str] = MappingProxyType({})


async def append(
    uow: UnitOfWork,
    row: Member,
    event: str,
    by: str,
    reason: str,
    details: Mapping[str, str] = NOTHING,
) -> None:
    """Add a link to the chain; the row of its head is locked, so links come one after another.

    Raises Conflict for a member who was forgotten.
    """
    head = await _locked_head(uow)
    key = await uow.scalar(select(MemberKey.key).where(MemberKey.member_id == row.id))
    if key is None:
        raise Conflict(_("This member was forgotten."), "member-forgotten")
    content = chain.Content(by, reason, row.name, row.membership_class, dict(details))
    salt = uow.entropy.token(chain.SALT_BYTES)
    link = chain.link(
        head.seq + 1,
        uow.new_id(),
        row.id,
        str(event),
        uow.now,
        chain.salted_digest(salt, content),
        head.digest,
    )
    await uow.execute(
        insert(MemberEvent).values(
            seq=link.seq,
            id=link.id,
            member_id=link.member_id,
            event=link.event,
            at=link.at,
            content_digest=link.content_digest,
            previous=link.previous,
            digest=link.digest,
        )
    )
    sealed = chain.seal(key, link.id, salt, content, uow.entropy)
    await uow.execute(insert(MemberEventContent).values(event_id=link.id, sealed=sealed))
    head.seq, head.digest = link.seq, link.digest
    await uow.session.flush()
    await audit.record(uow, by, f"members.{event}", row.id)


async def next_number(uow: UnitOfWork) -> int:
    """The next member number; none is ever given twice."""
    head = await _locked_head(uow)
    head.last_number += 1
    await uow.session.flush()
    return head.last_number


async def keep_number(uow: UnitOfWork, number: int) -> int:
    """A number that somebody has had before; new ones go on above the highest."""
    head = await _locked_head(uow)
    head.last_number = max(head.last_number, number)
    await uow.session.flush()
    return number


async def _locked_head(uow: UnitOfWork) -> RegisterHead:
    head = await uow.scalar(select(RegisterHead).where(RegisterHead.id == _HEAD).with_for_update())
    if head is None:
        head = RegisterHead(id=_HEAD, seq=0, digest=chain.START, last_number=0)
        uow.session.add(head)
        await uow.session.flush()
    return head
