"""What peers may tell us about referrals, and what we serve them."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import select

from federation.documents import Answer, DocumentTable, Protected, Requester
from federation.handlers import HandlerTable, Outcome, Received, RefusedBy, typed
from federation.models import OutboxEntry
from federation.storage import Reader, UnitOfWork
from node.referrals import handoff, hearing, store
from node.referrals.hearing import Refusal
from node.referrals.life import Side
from node.referrals.models import referral_table
from protocol import strict_json
from protocol.vocabulary.referrals import (
    COMPLETION,
    COMPLETION_RECEIPT,
    DELETION_RECEIPT,
    REFERRAL,
    STATUS,
)

handlers = HandlerTable()
documents = DocumentTable()

_Hear = Callable[[UnitOfWork, Received], Awaitable[Outcome]]
_r = referral_table.c


@handlers.on("Offer", "Note", kind=REFERRAL)
async def needs_offered(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Coops pass needs on to us."""
    return await _each(uow, received, hearing.offered)


@handlers.on("Accept", "Offer", kind=REFERRAL)
async def needs_accepted(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Coops say yes to what we passed on."""
    return await _each(uow, received, hearing.accepted)


@handlers.on("TentativeAccept", "Offer", kind=REFERRAL)
async def needs_put_on_hold(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Coops need more time."""
    return await _each(uow, received, hearing.put_on_hold)


@handlers.on("Reject", "Offer", kind=REFERRAL)
async def needs_declined(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Coops say no."""
    return await _each(uow, received, hearing.rejected)


@handlers.on("Undo", "Offer", kind=REFERRAL)
async def needs_taken_back(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Coops take back what they passed on, and what they told us with it."""
    return await _each(uow, received, hearing.undone)


@handlers.on("Create", "Document", kind=STATUS)
@handlers.on("Create", "Document", kind=COMPLETION)
@handlers.on("Create", "Document", kind=COMPLETION_RECEIPT)
@handlers.on("Create", "Document", kind=DELETION_RECEIPT)
async def statements_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """The other coop says how it goes, what came of it, or that it signs or deleted something."""
    return await _each(uow, received, hearing.stated)


@handlers.types_of
async def known_offers(reader: Reader, uris: Sequence[str]) -> dict[str, str]:
    """Which of these are Offers of referrals, ours or theirs."""
    known = await reader.scalars(select(_r.offer_id).where(_r.offer_id.in_(uris)))
    return {uri: typed("Offer", REFERRAL) for uri in known if uri}


@documents.at("/referrals/{id}")
async def need(reader: Reader, requester: Requester, id: str) -> Answer:  # noqa: A002
    """The need as we offered it, for the coop that it was offered to."""
    view = await store.find(reader, id)
    if view is None or requester.actor is None:
        return Protected()
    if view.side is not Side.SENT or view.peer != requester.actor or not requester.is_peer:
        return Protected()
    said = select(OutboxEntry.body).where(OutboxEntry.activity_id == view.offer_id)
    body = await reader.scalar(said)
    return strict_json.loads(body)["object"] if body else None


@documents.at("/referrals/{id}/agreement")
async def agreement(reader: Reader, requester: Requester, id: str) -> Answer:  # noqa: A002
    """The Agreement of our yes, for the coop that passed the need on."""
    view = await store.find(reader, id)
    if view is None or requester.actor is None or view.side is not Side.RECEIVED:
        return Protected()
    if view.peer != requester.actor or view.agreement is None:
        return Protected()
    return dict(view.agreement)


@documents.at("/referrals/{id}/contact", counts=True)
async def contact(uow: UnitOfWork, requester: Requester, id: str) -> Answer:  # noqa: A002
    """The person's contact data: see `handoff.hand_out`."""
    return await handoff.hand_out(uow, requester, id)


async def _each(uow: UnitOfWork, received: Sequence[Received], hear: _Hear) -> list[Outcome]:
    return [await _decided(uow, each, hear) for each in received]


async def _decided(uow: UnitOfWork, received: Received, hear: _Hear) -> Outcome:
    try:
        async with uow.savepoint():
            return await hear(uow, received)
    except Refusal as refusal:
        return RefusedBy(refusal.status, refusal.code, refusal.detail, refusal.members)
