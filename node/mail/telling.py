"""Notices become letters, for those who want them, in the unit of work that gave the notice."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from federation.storage import UnitOfWork
from node import accounts
from node.events import events
from node.mail import outbox
from node.mail.models import address_table
from node.mail.rules import NO_LETTER, SECURITY, How
from node.notices import NoticeGiven

_a = address_table.c


@events.on(NoticeGiven)
async def write_letters(uow: UnitOfWork, event: NoticeGiven) -> None:
    """What concerns the safety of an account goes at once, the rest as each of them chose.

    After many in a day the rest of it comes in one letter: nobody can flood somebody's mailbox.
    """
    people = [] if event.kind in NO_LETTER else await _people(uow, event)
    if not people:
        return
    is_urgent = event.kind in SECURITY
    about = f"{event.kind}:{event.subject}"
    if is_urgent:
        await outbox.write_notices(uow, people, about, event.id_for, at_once=True)
        return
    wants = [one for one in people if one.how == How.AT_ONCE]
    full = await outbox.had_enough(uow, [one.account_id for one in wants])
    at_once = [one for one in wants if one.account_id not in full]
    daily = [one for one in people if one.how == How.DAILY or one.account_id in full]
    await outbox.write_notices(uow, at_once, about, event.id_for, at_once=False)
    await outbox.write_digests(uow, daily)


async def _people(uow: UnitOfWork, event: NoticeGiven) -> Sequence[Any]:
    """Those who were told and have an address that is theirs."""
    reached = select(address_table).where(_a.box.is_not(None), _a.refused_at.is_(None))
    if event.role is None:
        return await uow.rows(reached.where(_a.account_id.in_(event.ids)))
    rows = await uow.rows(reached)
    known = await accounts.several(uow, [row.account_id for row in rows]) if rows else {}
    return [row for row in rows if event.role in known[row.account_id].roles]
