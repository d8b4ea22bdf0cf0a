"""What time alone brings about: rules begin and end, silence counts, notices are old enough."""

from datetime import timedelta

from federation.storage import UnitOfWork
from node import notices
from node.notices import NoticeKind
from node.policies.heads import tell_heads
from node.policies.keys.people import RETENTION_MAX_DAYS, RETENTION_MIN_DAYS
from node.policies.passed import note_silence
from node.policies.queries import rulebook


async def run_due(uow: UnitOfWork) -> None:
    """Called once a minute; does nothing where nothing is due."""
    await note_silence(uow)
    await tell_heads(uow)
    await keep_retention(uow)


async def keep_retention(uow: UnitOfWork) -> int:
    """Delete notices that were read and are older than the rules allow; returns how many.

    Where one rule says to keep longer than another allows, nothing is deleted and the admins are
    told: only people can settle that.
    """
    book = await rulebook(uow, [RETENTION_MIN_DAYS, RETENTION_MAX_DAYS])
    shortest = book.in_force(RETENTION_MIN_DAYS).value
    longest = book.in_force(RETENTION_MAX_DAYS).value
    if 0 < longest < shortest:
        values = {"shortest": str(shortest), "longest": str(longest)}
        await notices.give_once(uow, NoticeKind.POLICY_CONTRADICTION, "retention", **values)
        return 0
    await notices.withdraw(uow, NoticeKind.POLICY_CONTRADICTION, "retention")
    return await notices.forget(uow, uow.now - timedelta(days=longest)) if longest else 0
