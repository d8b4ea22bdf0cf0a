"""The agreement that came of a referral: made with the yes, ended with the referral."""

from collections.abc import Awaitable, Callable
from typing import Any

from federation.handlers import Received
from federation.storage import Reader, UnitOfWork
from node import agreements, threads
from node.agreements import AgreementView, By, Wanted
from node.referrals import store
from node.referrals.views import ReferralView

Say = Callable[[dict[str, Any]], Awaitable[str]]


async def propose(
    uow: UnitOfWork, view: ReferralView, wanted: Wanted, *, by: str, say: Say
) -> ReferralView:
    """Our terms, put forward with our yes. Raises NotFound, Conflict, InvalidInput."""
    made = await agreements.propose(
        uow,
        wanted,
        customer=view.other,
        request_id=view.offer_id or "",
        by=By("account", by, staff=True),
        say=say,
    )
    return await _link(uow, view, made)


async def proposed(
    uow: UnitOfWork, received: Received, view: ReferralView, result: dict[str, Any]
) -> ReferralView:
    """Their terms, put forward with their yes: our desk answers them with the person."""
    made = await agreements.proposed(uow, received, result, request_id=view.offer_id or "")
    return await _link(uow, view, made)


async def end(uow: UnitOfWork, view: ReferralView, by: By) -> None:
    """The referral ends before its time, so what was to be agreed, or is, ends too. Work that is
    under way goes on: whoever does it and whoever has it done end it by its own table."""
    found = await of(uow, view)
    if found is None:
        return
    if found.state in agreements.OPEN:
        await agreements.do(uow, found.id, agreements.Event.WITHDRAW, by)
    elif by.kind != "peer" and _can_be_cancelled(found):  # a peer says it by itself
        await agreements.do(uow, found.id, agreements.Event.CANCEL, by)


async def of(reader: Reader, view: ReferralView) -> AgreementView | None:
    """The agreement that came of a referral, if one did."""
    return await agreements.find(reader, view.agreement_id) if view.agreement_id else None


def _can_be_cancelled(found: AgreementView) -> bool:
    return (found.state, agreements.Event.CANCEL) in agreements.LIFE.table


async def _link(uow: UnitOfWork, view: ReferralView, made: AgreementView) -> ReferralView:
    for thread_id in await threads.about(uow, view.uri):
        await threads.attach(uow, thread_id, made.uri, made.title)
    return await store.change(uow, view.id, agreement_id=made.id)
