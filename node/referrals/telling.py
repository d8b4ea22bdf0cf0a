"""Notices about referrals: they name coops and days, never the person or the need."""

from federation.storage import UnitOfWork
from node import listings, notices
from node.notices import NoticeKind
from node.referrals.views import ReferralView
from protocol import datetimes


async def tell(uow: UnitOfWork, view: ReferralView, kind: NoticeKind) -> None:
    """Tell those who look after the node, and the member who wrote it down."""
    name = ""
    if view.peer is not None:
        name = (await listings.coop_names(uow, [view.peer]))[view.peer]
    due = datetimes.format(view.answer_due)[:10] if view.answer_due else ""
    await notices.give(uow, kind, view.id, name=name, when=due)
    if view.by is not None and kind not in _FOR_DESK:
        await notices.give(uow, kind, view.id, to_account=view.by, name=name, when=due)


async def settle(uow: UnitOfWork, view: ReferralView) -> None:
    """Take back what asked for something that is done now."""
    for kind in _ASKS:
        await notices.withdraw(uow, kind, view.id)


_FOR_DESK = frozenset(
    {NoticeKind.REFERRAL_ASKED, NoticeKind.REFERRAL_ANSWER_SOON, NoticeKind.REFERRAL_WRITTEN}
)
_ASKS = (
    NoticeKind.REFERRAL_ASKED,
    NoticeKind.REFERRAL_ANSWER_SOON,
    NoticeKind.REFERRAL_WRITTEN,
    NoticeKind.REFERRAL_CONSENTED,
    NoticeKind.REFERRAL_COMPLETED,
)
