"""Consents after a restore: what people took back since the backup must not be forgotten.

What coops give back says that a consent was taken back for what had been passed on. Of the others
nobody knows: so no consent of before counts until a person here says that it does.
"""

from sqlalchemy import func, select, update

from federation.handlers import Returned
from federation.storage import Reader, UnitOfWork
from node import audit
from node.referrals import passing, store, wire
from node.referrals.consent import withdrawn
from node.referrals.inbox import handlers
from node.referrals.life import LIFE, Event, Party, Side, State
from node.referrals.models import consent_table
from protocol.vocabulary.base import text
from protocol.vocabulary.referrals import REFERRAL

_c = consent_table.c
_DOUBTED = (_c.doubted_at.is_not(None), _c.withdrawn_at.is_(None))


@handlers.on_return("Undo", "Offer", kind=REFERRAL)
async def taken_back_before(uow: UnitOfWork, returned: Returned) -> bool:
    """We took back what we had passed on. The coops that were told are told once more: one of them
    may not have heard it."""
    view = await store.by_offer(uow, returned.activity.object_id or "")
    if view is None or view.side is not Side.SENT or view.peer != returned.to:
        return False
    why = text(returned.activity.document, "reason") or wire.BY_SENDER
    by = uow.identities.coop.uri
    consent = await store.consent_of(uow, view.case_id)
    if why == wire.BY_PERSON and consent is not None:
        await withdrawn(uow, consent, by=by, party=Party.PERSON)
    elif (view.state, Event.WITHDRAW) in LIFE.table and view.state is not State.COMPLETED:
        await passing.take_back(uow, view, Event.WITHDRAW, Party.SENDER, why[:20], by=by)
    return True


async def doubt_consents(uow: UnitOfWork) -> int:
    """After a restore: tell nobody anything on the strength of a consent of before. How many."""
    given = (_c.given_at.is_not(None), _c.withdrawn_at.is_(None), _c.expires_at > uow.now)
    await uow.execute(update(consent_table).where(*given).values(doubted_at=uow.now))
    return await doubted_consents(uow)


async def doubted_consents(reader: Reader) -> int:
    """How many consents wait for somebody to say that they hold."""
    return await reader.scalar(select(func.count()).where(*_DOUBTED)) or 0


async def confirm_consents(uow: UnitOfWork, *, by: str = audit.OPERATOR) -> int:
    """A person here has asked: the consents of before a restore hold. Returns how many."""
    number = await doubted_consents(uow)
    await uow.execute(update(consent_table).where(*_DOUBTED).values(doubted_at=None))
    await audit.record(uow, by, "referrals.confirm-consents", uow.identities.coop.uri)
    return number
