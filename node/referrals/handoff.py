"""The contact data: handed out by the sender, to one coop, a few times; fetched by the receiver.

They are in no message. The receiver seals what it fetches at once, in the unit of work that stores
it; both sides count.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import func, insert, select, update

from federation import outbox
from federation.documents import Answer, Requester, Withdrawn
from federation.errors import FederationError, Gone
from federation.runtime import Federation
from federation.storage import Reader, UnitOfWork
from node import policies, vault
from node.referrals import consent, consent_log, store, wire
from node.referrals.life import KNOWN_TO_RECEIVER, Side
from node.referrals.models import access_table, referral_table
from node.referrals.views import ReferralView, referral_view
from protocol.errors import ProtocolError
from protocol.vocabulary.activities import tombstone
from protocol.vocabulary.referrals import handoff_document, parse_handoff

log = structlog.get_logger()

AT_ONCE = 20
_LEASE = timedelta(minutes=5)
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(hours=6)
_r = referral_table.c


async def hand_out(uow: UnitOfWork, requester: Requester, referral_id: str) -> Answer:
    """The person's data for the coop that said yes, and a line about it that the person sees.

    410 once it is used up, over or taken back; for everybody else there is nothing here.
    """
    view = await store.find(uow, referral_id)
    if view is None or view.side is not Side.SENT or not requester.is_peer:
        return None
    if requester.actor != view.peer or view.accepted_at is None:
        return None
    uri = store.address(uow, view.id, wire.CONTACT)
    agreed = await store.consent_of(uow, view.case_id)
    person = await consent.person_of(uow, view)
    is_over = not view.is_open or agreed is None or not agreed.holds(uow.now)
    if is_over or agreed is None or not person or await _is_used_up(uow, view):
        return Withdrawn(tombstone(uri, "Document", view.updated_at))
    told = {name: person[name] for name in agreed.fields if name in person}
    await uow.execute(
        insert(access_table).values(
            id=uow.new_id(), referral_id=view.id, coop=view.peer, fields=list(told), at=uow.now
        )
    )
    shared = {"coop": view.peer, "fields": list(told)}
    await consent_log.append(uow, agreed, consent_log.SHARED, **shared)
    return outbox.sign_object(uow, handoff_document(uri, uow.identities.coop.uri, view.uri, told))


async def collect_due(federation: Federation) -> int:
    """Fetch the contact data of what we said yes to; returns how many were tried."""
    claimed = await federation.database.write(_claim)
    for view in claimed:
        await _collect(federation, view)
    return len(claimed)


async def _claim(uow: UnitOfWork) -> Sequence[ReferralView]:
    due = (
        select(referral_table)
        .where(
            _r.side == Side.RECEIVED,
            _r.state.in_(KNOWN_TO_RECEIVER),
            _r.box.is_(None),
            _r.collect_at <= uow.now,
        )
        .order_by(_r.collect_at)
        .limit(AT_ONCE)
    )
    views = [referral_view(row) for row in await uow.rows(due)]
    if views:
        leased = update(referral_table).where(_r.id.in_([view.id for view in views]))
        await uow.execute(leased.values(collect_at=uow.now + _LEASE))
    return views


async def _collect(federation: Federation, view: ReferralView) -> None:
    try:
        document = await federation.remote_documents.fetch_normalised(view.handoff or "")
        person = parse_handoff(document, view.uri, view.other)
    except Gone as gone:
        # 404 may be that our yes has not arrived yet; 410 is for good.
        is_final = gone.status == 410
        await federation.database.write(lambda uow: _put_off(uow, view, for_good=is_final))
    except (FederationError, ProtocolError) as error:
        log.info("handoff-waits", referral=view.id, code=error.code)
        await federation.database.write(lambda uow: _put_off(uow, view, for_good=False))
    else:
        await federation.database.write(lambda uow: _keep(uow, view.id, person))


async def _keep(uow: UnitOfWork, referral_id: str, person: dict[str, str]) -> None:
    view = await store.get(uow, referral_id)
    if not view.is_open or await vault.is_destroyed(uow, view.subject):
        return
    box = await vault.seal(uow, view.subject, dict(person))
    await store.change(uow, view.id, box=box, collect_at=None)


async def _put_off(uow: UnitOfWork, view: ReferralView, *, for_good: bool) -> None:
    failures = view.collect_failures + 1
    wait = min(_FIRST_WAIT * 2 ** min(failures, 20), _LONGEST_WAIT)
    later = None if for_good else uow.now + wait
    await store.change(uow, view.id, collect_at=later, collect_failures=failures)


async def _is_used_up(reader: Reader, view: ReferralView) -> bool:
    a = access_table.c
    used = await reader.scalar(select(func.count()).where(a.referral_id == view.id))
    times = await policies.value(reader, policies.REFERRALS_HANDOFF_TIMES)
    days = await policies.value(reader, policies.REFERRALS_HANDOFF_DAYS)
    accepted_at = view.accepted_at or reader.now
    return (used or 0) >= times or reader.now > accepted_at + timedelta(days=days)
