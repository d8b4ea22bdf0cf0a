"""Passing a need on to a coop, to the next one in line, and taking it back."""

from datetime import datetime, timedelta

from federation import correspondence
from federation.relations import Standing, standings
from federation.storage import UnitOfWork
from node import handoffs, policies, timers, vault
from node.agreements import OPERATOR
from node.errors import Closed, Conflict, InvalidInput, NodeError
from node.i18n import _
from node.notices import NoticeKind
from node.referrals import linked, store, telling, wire
from node.referrals.fees import fault_in
from node.referrals.life import LIFE, OUT_THERE, Event, Party, Side
from node.referrals.models import file_table, parked_table
from node.referrals.rules import Need, Urgency
from node.referrals.views import ConsentView, ReferralView, need_columns
from protocol.vocabulary.referrals import digest_of

ANSWER = "referral-answer"
REMIND = "referral-remind"
CONSENT_ENDS = "referral-consent"
PARKED = "referral-parked"


async def send(uow: UnitOfWork, view: ReferralView, *, by: str) -> ReferralView:
    """Pass a need on to the coop whose turn it is.

    Raises Conflict (state, not in touch), Closed (no consent), InvalidInput (fee).
    """
    consent = await store.consent_of(uow, view.case_id)
    if consent is None or not consent.holds(uow.now):
        raise Closed(
            _("There is no consent for this, or it is over. Ask the person again."), "no-consent"
        )
    await _check_in_touch(uow, view.other)
    ceilings = await store.ceilings(uow, view.need.listing_uri)
    if fault := fault_in(view.need.fee, view.need.category, view.need.budget, ceilings):
        why = fault.breach.for_people if fault.breach else fault.text
        raise InvalidInput({fault.field: [why]})
    answer_due = min(uow.now + await _time_to_answer(uow, view.need), consent.expires_at)
    priced = await store.change(uow, view.id, policy_versions=ceilings.versions)
    need = wire.on_wire(uow, priced, consent.expires_at, uow.now)
    offer_id = await wire.offer(uow, priced, need, answer_due)
    sent = await store.take_step(
        uow,
        priced,
        Event.SEND,
        Party.SENDER,
        by=by,
        offer_id=offer_id,
        terms_digest=digest_of(need),
        answer_due=answer_due,
        consent_until=consent.expires_at,
        sent_at=uow.now,
    )
    await timers.set_timer(uow, ANSWER, sent.id, answer_due)
    await set_consent_end(uow, sent, consent.expires_at)
    await telling.settle(uow, sent)
    return sent


async def go_on(uow: UnitOfWork, view: ReferralView) -> ReferralView | None:
    """After a no, or no answer: ask the next coop that the person agreed to; else tell the desk."""
    consent = await store.consent_of(uow, view.case_id)
    following = await _next_coop(uow, view, consent)
    if following is not None:
        try:
            async with uow.savepoint():
                return await _passed_on(uow, view, *following)
        except NodeError:  # its fee is above today's rules: people write it down anew
            pass
    await telling.tell(uow, view, NoticeKind.REFERRAL_BACK)
    return None


async def _passed_on(uow: UnitOfWork, view: ReferralView, rank: int, coop: str) -> ReferralView:
    fresh = uow.new_id()
    made = await store.add(
        uow,
        **need_columns(view.need),
        id=fresh,
        case_id=view.case_id,
        side=Side.SENT.value,
        uri=store.address(uow, fresh),
        peer=coop,
        rank=rank,
        state=LIFE.initial.value,
        policy_versions=dict(view.policy_versions),
        subject=view.subject,
        box=view.box,
        by=view.by,
    )
    ready = await store.take_step(
        uow, made, Event.CONSENT, Party.PERSON, by=uow.identities.coop.uri
    )
    sent = await send(uow, ready, by=uow.identities.coop.uri)
    await telling.tell(uow, sent, NoticeKind.REFERRAL_WENT_ON)
    return sent


async def take_back(
    uow: UnitOfWork, view: ReferralView, event: Event, party: Party, why: str, *, by: str
) -> ReferralView:
    """End a referral of ours before its time, and say so where it was passed to."""
    was_out = view.state in OUT_THERE
    ended = await store.take_step(uow, view, event, party, by=by, reason=why)
    if was_out:
        await linked.end(uow, ended, OPERATOR)
        await wire.withdraw(uow, ended, why)
    await clear(uow, ended)
    return ended


async def set_consent_end(uow: UnitOfWork, view: ReferralView, over_at: datetime) -> None:
    """When the consent runs out, what runs on it ends and the person is forgotten."""
    await timers.set_timer(uow, CONSENT_ENDS, view.id, over_at)


async def clear_answer(uow: UnitOfWork, view: ReferralView) -> None:
    """It is answered: nobody waits for that any more."""
    for kind in (ANSWER, REMIND):
        await timers.cancel(uow, kind, [view.id])
    await telling.settle(uow, view)


async def clear(uow: UnitOfWork, view: ReferralView) -> None:
    """Nothing is awaited of this referral any more; its consent still runs out."""
    await clear_answer(uow, view)
    await uow.execute(parked_table.delete().where(parked_table.c.referral_id == view.id))


async def forget_person(uow: UnitOfWork, view: ReferralView) -> None:
    """Make all that a referral holds about the person unreadable for good, and blank the need."""
    await vault.destroy(uow, view.subject)
    attempts = await store.with_subject(uow, view.subject)
    await handoffs.forget(uow, [one.id for one in attempts])
    await uow.execute(file_table.delete().where(file_table.c.subject == view.subject))
    for one in attempts:
        if one.peer is not None:
            about = [uri for uri in (one.uri, one.offer_id) if uri]
            await correspondence.forget(uow, one.peer, about)
    for one in attempts:
        await store.change(uow, one.id, summary="", place="", box=None)
    await timers.cancel(uow, CONSENT_ENDS, [view.id])


async def _time_to_answer(uow: UnitOfWork, need: Need) -> timedelta:
    days = await policies.value(uow, policies.REFERRALS_ANSWER_DAYS)
    usual = timedelta(days=days)
    if need.urgency is not Urgency.URGENT:
        return usual
    hours = await policies.value(uow, policies.REFERRALS_URGENT_HOURS)
    return min(usual, timedelta(hours=hours))


async def _next_coop(
    uow: UnitOfWork, view: ReferralView, consent: ConsentView | None
) -> tuple[int, str] | None:
    if consent is None or not consent.auto_next or not consent.holds(uow.now):
        return None
    standing = await standings(uow, consent.recipients)
    asked = {one.peer for one in await store.of_case(uow, view.case_id)}
    line = enumerate(consent.recipients)
    free = ((n, uri) for n, uri in line if uri not in asked and standing[uri] is Standing.PEER)
    return next(free, None)


async def _check_in_touch(uow: UnitOfWork, coop: str) -> None:
    if (await standings(uow, [coop]))[coop] is not Standing.PEER:
        raise Conflict(
            _("We are not in touch with that coop now. Choose another one, or ask it first."),
            "not-in-touch",
        )
