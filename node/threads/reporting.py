"""Complaining about a conversation: our people look into it, the other coop may be told."""

from typing import Any

from sqlalchemy import insert, select, update

from federation.storage import UnitOfWork
from node import accounts, audit, notices, vault
from node.accounts import AccountView, Duty
from node.errors import NotFound
from node.i18n import _
from node.notices import NoticeKind
from node.threads import rules, wire
from node.threads.models import PartyKind, Role, message_table, report_table
from node.threads.queries import desk_beside, sides_of, waiting_report
from node.threads.rules import Party, Seat
from node.threads.store import thread_row

_m, _r = message_table.c, report_table.c


async def report(uow: UnitOfWork, place: Seat, reason: str, *, tell_them: bool = False) -> None:
    """Tell whoever looks after this coop; tell_them: the other side's server too, in the coop's
    name. Opens the conversation to those who look into it. Raises InvalidInput (reason)."""
    words = rules.check_text(reason, "reason")
    row = await thread_row(uow, place.thread_id)
    other = (await sides_of(uow, place.thread_id))[place.other]
    told_them = tell_them and other.kind is PartyKind.ACTOR
    await note_report(uow, row, place.role, words, told_them=told_them)
    if told_them:
        theirs = select(_m.uri).where(_m.thread_id == row.id, _m.role == place.other)
        uris = list(await uow.scalars(theirs.order_by(_m.number)))
        await wire.send_flag(uow, uris, other.ref, row.uri, words)


async def note_report(
    uow: UnitOfWork, row: Any, role: Role, reason: str, *, told_them: bool = False
) -> None:
    """Write a complaint down, sealed, and call those who look after the coop."""
    report_id = uow.new_id()
    written = {
        "id": report_id,
        "thread_id": row.id,
        "role": role,
        "box": await vault.seal(uow, row.subject, {"reason": reason}),
        "told_them": told_them,
        "created_at": uow.now,
        "settled_at": None,
    }
    await uow.execute(insert(report_table), [written])
    reported = (await sides_of(uow, row.id))[Seat(row.id, role, None).other]
    await _call_desk(uow, report_id, reported, row.about_title)


async def _call_desk(uow: UnitOfWork, report_id: str, reported: Party, title: str | None) -> None:
    """Whom it is about hears nothing of it, unless nobody else is there to look at it."""
    kind, about = NoticeKind.MESSAGE_REPORTED, {"name": title} if title else {}
    beside = await desk_beside(uow, reported)
    if not beside or len(beside) == len(await accounts.looking_after(uow, Duty.MODERATION)):
        await notices.give_each(uow, kind, report_id, Duty.MODERATION, **about)
        return
    role = accounts.Role.MODERATOR
    for one in beside:
        await notices.give(
            uow, kind, report_id, to_role=role, to_account=one.id, quiet=False, **about
        )


async def settle(uow: UnitOfWork, report_id: str, *, by: AccountView) -> None:
    """It was looked into; the conversation is its two sides' alone again. Raises NotFound, and
    NotAllowed for whom it is about."""
    await waiting_report(uow, report_id, by)
    waiting = update(report_table).where(_r.id == report_id, _r.settled_at.is_(None))
    settled = await uow.execute(waiting.values(settled_at=uow.now).returning(_r.id))
    if settled.first() is None:
        raise NotFound(_("There is no such report waiting."))
    await notices.withdraw(uow, NoticeKind.MESSAGE_REPORTED, report_id)
    await audit.record(uow, by.id, "threads.settle-report", report_id)
