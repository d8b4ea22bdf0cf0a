"""The contact data of a referral: handed out by the sender to the coop that said yes; kept, sealed,
by that coop. How they are counted and fetched: `node.handoffs`."""

from typing import Any

from federation.documents import Answer, Requester, Withdrawn
from federation.storage import UnitOfWork
from node import handoffs, vault
from node.referrals import consent, consent_log, files, store, wire
from node.referrals.files import read_file
from node.referrals.life import Side
from node.referrals.rules import FIELDS, FILE
from node.referrals.views import ReferralView
from protocol.vocabulary.activities import tombstone

KIND = "referral"


async def hand_out(uow: UnitOfWork, requester: Requester, referral_id: str) -> Answer:
    """The person's data for the coop that said yes, and a line about it that the person sees.

    410 once it is used up, over or taken back; for everybody else there is nothing here, nor for
    anybody while a consent of before a restore is in doubt.
    """
    view = await store.find(uow, referral_id)
    if view is None or view.side is not Side.SENT or not requester.is_peer:
        return None
    if requester.actor != view.peer or view.accepted_at is None:
        return None
    uri = store.address(uow, view.id, wire.CONTACT)
    over = Withdrawn(tombstone(uri, "Document", view.updated_at))
    agreed = await store.consent_of(uow, view.case_id)
    if agreed is not None and agreed.doubted_at is not None and not agreed.is_over(uow.now):
        return None  # for now: it may count again
    person = await consent.person_of(uow, view)
    if not view.is_open or agreed is None or not agreed.holds(uow.now) or not person:
        return over
    told: dict[str, Any] = {name: person[name] for name in agreed.fields if name in person}
    if FILE in agreed.fields and (file := await files.file_of(uow, view.subject)):
        told[FILE] = file.document
    offered = handoffs.Offered(uri, view.id, view.uri, view.other, view.accepted_at, told)
    document = await handoffs.hand_out(uow, offered)
    if document is None:
        return over
    shared = {"coop": view.peer, "fields": list(told)}
    await consent_log.append(uow, agreed, consent_log.SHARED, **shared)
    return document


async def expect(uow: UnitOfWork, view: ReferralView) -> None:
    """We said yes: the contact data are fetched as soon as the sender knows."""
    await handoffs.expect(
        uow, KIND, view.id, address=view.handoff or "", context=view.uri, sender=view.other
    )


@handoffs.kept(KIND)
async def keep(uow: UnitOfWork, referral_id: str, told: dict[str, Any]) -> None:
    """Seal what was fetched, unless it was taken back meanwhile."""
    view = await store.get(uow, referral_id)
    if not view.is_open or await vault.is_destroyed(uow, view.subject):
        return
    person = {name: told[name] for name in FIELDS if isinstance(told.get(name), str)}
    await store.change(uow, view.id, box=await vault.seal(uow, view.subject, dict(person)))
    if FILE in told:
        await files.keep(uow, view.subject, read_file(told[FILE]))
