"""The other coop may have a person's name and contact: with their tick, once it is agreed, by a
hand-off that the person sees (`node.handoffs`). They can take it back: the other coop deletes it,
and says so."""

from typing import Any

from federation import outbox
from federation.documents import Answer, Requester, Withdrawn
from federation.handlers import Applied, Ignored, Outcome
from federation.storage import UnitOfWork
from node import handoffs
from node.agreements import contacts, store
from node.agreements.contacts import Contact
from node.agreements.sides import Role
from node.agreements.views import AgreementView
from node.limits import CONTACT_LINE_LONGEST
from protocol.vocabulary import activities
from protocol.vocabulary.activities import tombstone
from protocol.vocabulary.handoffs import DELETED, SHARED, WITHDRAWN, sharing_document

KIND = "agreement"
KINDS = (SHARED, WITHDRAWN, DELETED)


async def announce(uow: UnitOfWork, agreement: AgreementView, role: Role) -> None:
    """Tell the other coop where it can fetch a side's contact, as soon as it may."""
    said = await contacts.contact_of(uow, agreement.id, role)
    known = await contacts.shared_of(uow, agreement.id, role)
    may = agreement.agreed_at is not None and not agreement.is_over
    if agreement.peer is None or not may or said is None or not said.shared:
        return
    if known is not None and known.withdrawn_at is None:
        return
    fresh = {"told_at": uow.now, "withdrawn_at": None, "deleted_at": None}
    await contacts.mark(uow, agreement.id, role, **fresh)
    await _say(uow, agreement, SHARED, handoff=_address(agreement))


async def withdraw(uow: UnitOfWork, agreement: AgreementView, role: Role) -> None:
    """Take it back, if the other coop was told where it is."""
    known = await contacts.shared_of(uow, agreement.id, role)
    if known is None or known.withdrawn_at is not None:
        return
    await contacts.mark(uow, agreement.id, role, shared=False, withdrawn_at=uow.now)
    await _say(uow, agreement, WITHDRAWN)


async def hand_out(uow: UnitOfWork, requester: Requester, agreement_id: str) -> Answer:
    """Name and contact for the other coop, and a line about it that the person sees.

    410 once it is used up, over or taken back; for everybody else there is nothing here.
    """
    agreement = await store.find(uow, agreement_id)
    if agreement is None or requester.actor is None or requester.actor != agreement.peer:
        return None
    said = await contacts.contact_of(uow, agreement.id, agreement.our_role)
    known = await contacts.shared_of(uow, agreement.id, agreement.our_role)
    if known is None:
        return None
    over = Withdrawn(tombstone(_address(agreement), "Document", agreement.updated_at))
    if said is None or not said.shared or known.withdrawn_at or agreement.is_over:
        return over
    told = {"name": said.name, "contact": said.contact}
    offered = handoffs.Offered(
        _address(agreement),
        agreement.id,
        agreement.shared_uri,
        requester.actor,
        known.told_at,
        {name: value for name, value in told.items() if value},
    )
    return await handoffs.hand_out(uow, offered) or over


async def shared(uow: UnitOfWork, agreement: AgreementView, address: str, context: str) -> Outcome:
    """We may have the contact of whoever stands on the other side."""
    await handoffs.expect(
        uow, KIND, agreement.id, address=address, context=context, sender=agreement.peer or ""
    )
    return Applied()


@handoffs.kept(KIND)
async def keep(uow: UnitOfWork, agreement_id: str, told: dict[str, Any]) -> None:
    """Seal what was fetched."""
    agreement = await store.load(uow, agreement_id)
    name, contact = (
        value[:CONTACT_LINE_LONGEST] if isinstance(value := told.get(key), str) else ""
        for key in ("name", "contact")
    )
    said = Contact(name, contact, shared=True)
    await contacts.receive(uow, agreement_id, agreement.our_role.other, said)


async def withdrawn(uow: UnitOfWork, agreement: AgreementView) -> Outcome:
    """They take it back: we delete what we have of it, and say so."""
    await handoffs.forget(uow, [agreement.id])
    await contacts.forget(uow, agreement.id, agreement.our_role.other)
    await _say(uow, agreement, DELETED)
    return Applied()


async def deleted(uow: UnitOfWork, agreement: AgreementView) -> Outcome:
    """They say that they have deleted it."""
    known = await contacts.shared_of(uow, agreement.id, agreement.our_role)
    if known is None or known.withdrawn_at is None or known.deleted_at is not None:
        return Ignored("already-so")
    await contacts.mark(uow, agreement.id, agreement.our_role, deleted_at=uow.now)
    return Applied()


async def _say(
    uow: UnitOfWork, agreement: AgreementView, kind: str, *, handoff: str | None = None
) -> None:
    coop, to = uow.identities.coop.uri, (str(agreement.peer),)
    document = sharing_document(
        kind,
        f"{agreement.uri}#{kind}-{uow.new_id()}",
        coop,
        agreement.shared_uri,
        uow.now,
        handoff=handoff,
    )
    said = activities.create("", coop, outbox.sign_object(uow, document), to)
    await outbox.publish(
        uow,
        said,
        to_actors=list(to),
        object_uri=agreement.uri,
        listed=False,
        until_delivered=True,
    )


def _address(agreement: AgreementView) -> str:
    return f"{agreement.uri}/contact"
