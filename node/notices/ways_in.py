"""Whoever an account belongs to hears of it when the ways into it change (ASVS 6.3.7)."""

from federation.storage import UnitOfWork
from node import limits
from node.accounts import Secured, WayInChanged
from node.events import events
from node.notices.commands import give, withdraw
from node.notices.kinds import NoticeKind

_KINDS = {
    Secured.PASSWORD_CHANGED: NoticeKind.PASSWORD_CHANGED,
    Secured.CODES_MADE: NoticeKind.CODES_MADE,
    Secured.CODE_USED: NoticeKind.CODE_USED,
    Secured.PASSKEY_ADDED: NoticeKind.PASSKEY_ADDED,
    Secured.PASSKEY_REMOVED: NoticeKind.PASSKEY_REMOVED,
    Secured.PASSKEY_DOUBTED: NoticeKind.PASSKEY_DOUBTED,
    Secured.MAIL_ADDRESS_SET: NoticeKind.MAIL_ADDRESS_SET,
    Secured.MAIL_ADDRESS_GONE: NoticeKind.MAIL_ADDRESS_GONE,
    Secured.LINKS_ENDED: NoticeKind.LINKS_ENDED,
}


@events.on(WayInChanged)
async def tell_owner(uow: UnitOfWork, event: WayInChanged) -> None:
    """One notice for each thing that changed; with few codes left, that new ones are needed."""
    who, kind = event.account_id, _KINDS[event.what]
    if kind is NoticeKind.CODES_MADE:
        await withdraw(uow, NoticeKind.CODES_FEW, who)
    if kind is NoticeKind.CODE_USED and event.left <= limits.RECOVERY_CODES_FEW:
        kind = NoticeKind.CODES_FEW
    await give(uow, kind, who, to_account=who, left=str(event.left))
