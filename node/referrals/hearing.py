"""One message of the other coop about a referral: what it means here, or why it is refused.

Each runs in a savepoint of its own (`inbox`), so that what is refused leaves no trace.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from federation.handlers import UNKNOWN_OBJECT, Applied, Ignored, Outcome, Received
from federation.relations import Standing
from federation.storage import UnitOfWork
from node import agreements, policies, timers
from node.errors import NodeError
from node.events import events
from node.notices import NoticeKind
from node.policies import Breach
from node.referrals import (
    consent_log,
    desk,
    following,
    linked,
    parking,
    passing,
    rules,
    store,
    telling,
    wire,
)
from node.referrals.events import ReferralChanged
from node.referrals.fees import Ceilings, fee_for
from node.referrals.life import (
    LIFE,
    Decline,
    Event,
    Failure,
    Party,
    Side,
    State,
    comes_later,
    taken_back,
)
from node.referrals.life import Outcome as Result
from node.referrals.rules import money_in
from node.referrals.views import ReferralView, need_columns
from protocol import strict_json
from protocol.errors import ProtocolError
from protocol.iri import same_origin
from protocol.vocabulary.base import moment, one_node, text
from protocol.vocabulary.referrals import (
    COMPLETION,
    COMPLETION_RECEIPT,
    DELETION_RECEIPT,
    ReferralOnWire,
    StatementOnWire,
    digest_of,
    parse_referral,
    parse_statement,
)

log = structlog.get_logger()


class Refusal(Exception):
    """Undo what this message wrote, and tell its sender why."""

    def __init__(self, status: int, code: str, detail: str, breach: Breach | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.members = breach.members if breach else ()


async def offered(uow: UnitOfWork, received: Received) -> Outcome:
    """A coop passes a need on to us."""
    activity = received.activity
    us, actor = uow.identities.coop.uri, activity.actor
    if received.standing is not Standing.PEER:
        raise Refusal(403, "not-in-touch", "Only coops in touch with us pass people on to us.")
    if activity.object is None:
        raise Refusal(422, "object-missing", "Send the whole need inside the Offer.")
    if activity.target not in (None, us) or us not in activity.to:
        raise Refusal(403, "not-for-us", "This Offer is addressed to another coop.")
    wanted = _read(activity.object)
    if not same_origin(wanted.handoff, actor) or wanted.attributed_to != actor:
        raise Refusal(403, "not-the-owner", "The need and its handoff must be the sender's own.")
    digest = _digest(received)
    known = await store.by_uri(uow, wanted.uri)
    if known is not None:
        return _known_already(known, actor, digest)
    return await _taken_in(uow, received, wanted, digest)


async def accepted(uow: UnitOfWork, received: Received) -> Outcome:
    """The coop that we asked says yes, with the Agreement it is ready to enter into."""
    view = await _answered(uow, received)
    result = one_node(received.activity.document.get("result"))
    agreement = view.agreement or {}
    if view.accepted_at is not None:
        named = (result or {}).get("id")
        if named == agreement.get("id") and view.state not in _ENDS_UNDONE:
            return Ignored("already-so")
        raise Refusal(
            409, "answered-before", f"This Offer was answered before, see {agreement.get('id')}."
        )
    _check_in_time(view, uow.now)
    moved = await _step(
        uow,
        received,
        view,
        Event.ACCEPT,
        evidence=received.activity.id,
        agreement=_raw(received).get("result") if result else None,
        accepted_at=uow.now,
        answered_at=uow.now,
    )
    if result is not None and result.get("terms") is not None:
        await _terms_came(uow, received, moved, result)
    await passing.clear_answer(uow, moved)
    await telling.tell(uow, moved, NoticeKind.REFERRAL_ACCEPTED)
    await _take_up(uow, moved.id)
    return Applied()


async def put_on_hold(uow: UnitOfWork, received: Received) -> Outcome:
    """The coop that we asked needs more time."""
    view = await _answered(uow, received)
    if view.state is State.ON_HOLD:
        return Ignored("already-so")
    _check_in_time(view, uow.now)
    held = await _step(uow, received, view, Event.HOLD, evidence=received.activity.id)
    await telling.tell(uow, held, NoticeKind.REFERRAL_ON_HOLD)
    return Applied()


async def rejected(uow: UnitOfWork, received: Received) -> Outcome:
    """The coop that we asked says no: the next one in line is asked, if the person agreed to it."""
    view = await _answered(uow, received)
    if view.state is State.DECLINED:
        return Ignored("already-so")
    said = text(received.activity.document, "reason")
    reason = said if said in set(Decline) else Decline.SCOPE.value
    declined = await _step(
        uow,
        received,
        view,
        Event.DECLINE,
        evidence=received.activity.id,
        reason=reason,
        answered_at=uow.now,
    )
    await passing.clear(uow, declined)
    await passing.go_on(uow, declined)
    return Applied()


async def undone(uow: UnitOfWork, received: Received) -> Outcome:
    """The sender takes it back: we delete what we were told, and sign that we did."""
    view = await store.by_offer(uow, received.activity.object_id or "")
    if view is None:
        return Ignored(UNKNOWN_OBJECT)
    if view.side is not Side.RECEIVED or view.peer != received.activity.actor:
        raise _wrong_party()
    if view.deleted_at is not None:
        return Ignored("already-so")
    stage = text(received.activity.document, "stage")
    reason = text(received.activity.document, "reason") or wire.BY_SENDER
    ended = await _ended_there(uow, view, stage, reason[:20])
    await linked.end(uow, ended, agreements.of_peer(ended.other))
    await passing.clear(uow, ended)
    await passing.forget_person(uow, ended)
    gone = await store.change(uow, ended.id, deleted_at=uow.now)
    await wire.state(uow, gone, DELETION_RECEIPT)
    await telling.tell(uow, gone, NoticeKind.REFERRAL_WITHDRAWN)
    return Applied()


async def stated(uow: UnitOfWork, received: Received) -> Outcome:
    """The other coop says how it goes, what came of it, or that it signs or deleted something."""
    document = received.activity.object
    if document is None:
        raise Refusal(422, "object-missing", "Send the whole statement inside the activity.")
    try:
        said = parse_statement(document)
    except ProtocolError as error:
        raise Refusal(422, error.code, str(error)) from None
    view = await store.by_uri(uow, said.context)
    if view is None:
        return Ignored(UNKNOWN_OBJECT)
    if received.activity.actor != view.peer or said.attributed_to != view.peer:
        raise _wrong_party()
    digest = _digest(received)
    if await store.was_taken(uow, view.id, digest):
        return Ignored("already-so")
    if said.terms_digest != view.terms_digest:
        raise Refusal(409, "terms-changed", _OTHER_TERMS)
    event = _event_of(said, view)
    is_early = event is not None and (view.state, event) not in LIFE.table
    if event and is_early and comes_later(view.state, event):
        if await parking.park(uow, view, received.activity.id, document, digest):
            return Applied()
        raise Refusal(409, "too-early", "This follows a message that we have not got yet.")
    outcome = await _said(uow, view, said, event, digest)
    await _take_up(uow, view.id)
    return outcome


async def _take_up(uow: UnitOfWork, referral_id: str) -> None:
    """Apply what was parked, for as long as something fits; what is refused now is let go."""
    view = await store.get(uow, referral_id)
    for each in await parking.waiting(uow, referral_id):
        said = parse_statement(each.document)
        event = _event_of(said, view)
        if event is None or (view.state, event) not in LIFE.table:
            continue
        try:
            async with uow.savepoint():
                await _said(uow, view, said, event, each.digest)
        except Refusal as refusal:
            log.warning("parked-refused", referral=view.id, code=refusal.code)
        await parking.drop(uow, each.id)
        return await _take_up(uow, referral_id)
    return None


_OTHER_TERMS = (
    "The termsDigest is not that of the need that was offered; what was offered stands as it is."
)
_ENDS_UNDONE = frozenset({State.WITHDRAWN, State.EXPIRED, State.ENTERED_IN_ERROR})
_DONE = frozenset({State.COMPLETED, State.CLOSED})
_END_OF_STAGE: Mapping[str, tuple[Party, Event]] = {
    State.WITHDRAWN: (Party.SENDER, Event.WITHDRAW),
    State.EXPIRED: (Party.CLOCK, Event.EXPIRE),
    State.ENTERED_IN_ERROR: (Party.SENDER, Event.CORRECT),
}


async def _taken_in(
    uow: UnitOfWork, received: Received, wanted: ReferralOnWire, digest: str
) -> Outcome:
    activity = received.activity
    answer_due = moment(activity.document, "endTime")
    told_at = policies.judged_at(activity.published, now=uow.now)
    ceilings = await store.ceilings_for_others(uow, told_at, wanted.listing)
    need = rules.need_in(wanted, ceilings, answer_due=answer_due, now=uow.now)
    if isinstance(need, rules.Refusal) and need.breach is not None:
        ceilings = await _older_rules(uow, activity.actor, need.breach, wanted.listing) or ceilings
        need = rules.need_in(wanted, ceilings, answer_due=answer_due, now=uow.now)
    if isinstance(need, rules.Refusal):
        raise Refusal(422, need.code, need.detail, need.breach)
    fresh = uow.new_id()
    view = await store.add(
        uow,
        **need_columns(need),
        id=fresh,
        case_id=fresh,
        side=Side.RECEIVED.value,
        uri=wanted.uri,
        peer=activity.actor,
        state=State.SENT.value,
        policy_versions=ceilings.versions,
        offer_id=activity.id,
        terms_digest=digest,
        answer_due=answer_due,
        consent_until=wanted.consent_until,
        subject=f"referral-{fresh}",
        handoff=wanted.handoff,
        sent_at=uow.now,
    )
    if answer_due is not None:
        await timers.set_timer(uow, passing.ANSWER, view.id, answer_due)
        half = uow.now + (answer_due - uow.now) / 2
        await timers.set_timer(uow, passing.REMIND, view.id, half)
    await passing.set_consent_end(uow, view, wanted.consent_until)
    await telling.tell(uow, view, NoticeKind.REFERRAL_ASKED)
    await events.announce(uow, ReferralChanged(view.id, view.uri, view.side, view.state, None))
    return Applied()


async def _older_rules(
    uow: UnitOfWork, peer: str, breach: Breach, listing: str | None
) -> Ceilings | None:
    """The rules before the one that is broken, for a peer that may not know the new one yet."""
    if not await policies.in_grace(uow, peer, breach):
        return None
    await policies.tell_outdated(uow, peer, breach)
    return await store.ceilings_for_others(uow, policies.just_before(breach), listing)


async def _answered(uow: UnitOfWork, received: Received) -> ReferralView:
    """The referral of ours that an answer is for, if this coop may answer it."""
    view = await store.by_offer(uow, received.activity.object_id or "")
    if view is None:
        raise Refusal(409, "offer-unknown", "We know no Offer of this id.")
    if view.side is not Side.SENT or view.peer != received.activity.actor:
        raise _wrong_party()
    if text(received.activity.document, "termsDigest") != view.terms_digest:
        raise Refusal(409, "terms-changed", _OTHER_TERMS)
    return view


async def _terms_came(
    uow: UnitOfWork, received: Received, view: ReferralView, result: dict[str, Any]
) -> None:
    try:
        await linked.proposed(uow, received, view, result)
    except agreements.Refusal as refusal:
        raise Refusal(refusal.status, refusal.code, refusal.detail) from None
    except (NodeError, ProtocolError) as error:
        raise Refusal(422, error.code, str(error)) from None


async def _ended_there(
    uow: UnitOfWork, view: ReferralView, stage: str | None, reason: str
) -> ReferralView:
    """Where it is taken back, it ends here too, and as it ended there: nobody knows the person any
    more. What is done, as the sender says too, stays done."""
    if stage in _DONE:
        return view
    party, event = _END_OF_STAGE.get(stage or "", (Party.SENDER, Event.WITHDRAW))
    after = taken_back(view.state, event)
    said_how = stage in _END_OF_STAGE
    if after is None or not (said_how or (view.state, event) in LIFE.table):
        return view
    return await store.take_step(
        uow, view, event, party, by=view.other, reason=reason, crossed=after
    )


async def _said(
    uow: UnitOfWork, view: ReferralView, said: StatementOnWire, event: Event | None, digest: str
) -> Outcome:
    if event is None:
        return await _deleted(uow, view)
    if event is Event.COMPLETE:
        return await _completed(uow, view, said, digest)
    if event is Event.CONFIRM:
        return await _confirmed(uow, view, said, digest)
    reason = None
    if event is Event.FAIL:
        reason = said.reason if said.reason in set(Failure) else Failure.OTHER.value
    moved = await _stepped(uow, view, event, digest, reason=reason)
    if event is Event.FAIL:
        await passing.clear(uow, moved)
        await telling.tell(uow, moved, NoticeKind.REFERRAL_FAILED)
    return Applied()


async def _completed(
    uow: UnitOfWork, view: ReferralView, said: StatementOnWire, digest: str
) -> Outcome:
    if view.completion_digest is not None:
        raise Refusal(409, "completed-before", "What came of this was stated before, otherwise.")
    if said.outcome not in set(Result):
        raise Refusal(422, "bad-property", "The outcome is done, partly or not.")
    agreed = view.need.currency
    if agreed is not None and said.currency not in (None, agreed):
        raise Refusal(422, "bad-currency", f"The terms are in {agreed}, not in {said.currency}.")
    currency = said.currency or agreed
    try:
        value = money_in("jobValue", said.value, currency)
        claimed = money_in("feeDue", said.fee, currency)
    except NodeError as error:
        raise Refusal(422, "bad-amount", str(error)) from None
    due = fee_for(view.need.fee, value, done=said.outcome != Result.NOT)
    if claimed != due:
        ours = f"{due.text} {due.currency}" if due else "nothing"
        raise Refusal(422, "fee-mismatch", f"By the terms both agreed to, the fee is {ours}.")
    moved = await _stepped(
        uow,
        view,
        Event.COMPLETE,
        digest,
        outcome=said.outcome,
        currency=currency,
        job_value=value.amount if value else None,
        fee_due=due.amount if due else None,
        completion_digest=digest,
    )
    await telling.tell(uow, moved, NoticeKind.REFERRAL_COMPLETED)
    await following.confirm_if_signed(uow, moved)
    return Applied()


async def _confirmed(
    uow: UnitOfWork, view: ReferralView, said: StatementOnWire, digest: str
) -> Outcome:
    if said.answers != view.completion_digest:
        raise Refusal(409, "other-completion", "The receipt is for another statement than ours.")
    await desk.close(uow, await _stepped(uow, view, Event.CONFIRM, digest))
    return Applied()


async def _deleted(uow: UnitOfWork, view: ReferralView) -> Outcome:
    if view.deleted_at is not None:
        return Ignored("already-so")
    consent = await store.consent_of(uow, view.case_id)
    is_over = consent is not None and consent.is_over(uow.now)
    if view.state not in _ENDS_UNDONE and not is_over:
        detail = "We have not asked for deletion, so what we passed on is still to be kept or used."
        raise Refusal(409, "deletion-unasked", detail)
    gone = await store.change(uow, view.id, deleted_at=uow.now)
    if consent:
        await consent_log.append(uow, consent, consent_log.DELETED, coop=view.other)
    await telling.tell(uow, gone, NoticeKind.REFERRAL_DELETED)
    return Applied()


def _event_of(said: StatementOnWire, view: ReferralView) -> Event | None:
    """What a statement does to a referral; None for a deletion receipt. Raises Refusal."""
    by_sender = said.kind == COMPLETION_RECEIPT
    if by_sender is not (view.side is Side.RECEIVED):
        raise _wrong_party()
    if by_sender:
        return Event.CONFIRM
    if said.kind == COMPLETION:
        return Event.COMPLETE
    if said.kind == DELETION_RECEIPT:
        return None
    if said.stage not in wire.EVENT_OF_STAGE:
        raise Refusal(422, "bad-property", "The stage is none that we know.")
    return wire.EVENT_OF_STAGE[said.stage]


async def _step(
    uow: UnitOfWork, received: Received, view: ReferralView, event: Event, **told: Any
) -> ReferralView:
    evidence = told.pop("evidence", received.activity.id)
    return await _stepped(uow, view, event, evidence, **told)


async def _stepped(
    uow: UnitOfWork, view: ReferralView, event: Event, evidence: str, **told: Any
) -> ReferralView:
    try:
        return await store.take_step(
            uow, view, event, view.side.other, by=view.other, evidence=evidence, **told
        )
    except NodeError as error:
        raise Refusal(409, error.code, str(error)) from None


def _known_already(known: ReferralView, actor: str, digest: str) -> Outcome:
    if known.peer != actor:
        raise _wrong_party()
    if known.terms_digest == digest:
        return Ignored("already-so")
    raise Refusal(409, "terms-changed", "A need never changes: offer the new one under a new id.")


def _check_in_time(view: ReferralView, now: datetime) -> None:
    is_late = view.answer_due is not None and now > view.answer_due
    if is_late or view.state is State.EXPIRED:
        raise Refusal(422, "offer-expired", "The Offer has run out by our clock.")


def _read(document: dict[str, Any]) -> ReferralOnWire:
    try:
        return parse_referral(document)
    except ProtocolError as error:
        raise Refusal(422, error.code, str(error)) from None


def _raw(received: Received) -> dict[str, Any]:
    """The message as it was signed: digests are of what was sent, not of how we read it."""
    document: dict[str, Any] = strict_json.loads(received.verified.raw)
    return document


def _digest(received: Received) -> str:
    sent = _raw(received).get("object")
    return digest_of(sent if isinstance(sent, dict) else {})


def _wrong_party() -> Refusal:
    return Refusal(403, "wrong-party", "Only the coop whose turn it is may say this.")
