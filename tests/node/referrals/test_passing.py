"""Until when a coop has to answer, and who is asked after it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from federation.handlers import Applied
from node import notices, policies, referrals, timers
from node.notices import NoticeKind
from node.referrals import Side
from protocol.contexts import CONTEXT
from tests.node.listings.conftest import GROCER
from tests.node.referrals.samples import NEED
from tests.stories.referring import BOILER


async def test_what_is_urgent_is_to_be_answered_sooner(loaf):
    usual, _code = await loaf.pass_on(BOILER)
    urgent, _code = await loaf.pass_on(replace(BOILER, urgency="urgent"))
    spans = [view.answer_due - loaf.clock.now() for view in (usual, urgent)]
    assert spans == [timedelta(days=3), timedelta(hours=24)]


@pytest.mark.parametrize("says_no", [True, False])
async def test_what_cannot_go_on_by_the_rules_of_today_comes_back_to_the_desk(loaf, says_no):
    view, _code = await loaf.pass_on(BOILER)
    lower = {"version": "v2", "decided_by": "minutes"}
    ceiling = policies.REFERRALS_FEE_CEILING_PERCENT
    await loaf.write(policies.adopt, ceiling, Decimal(3), **lower)
    if says_no:
        said = {"termsDigest": view.terms_digest, "reason": "capacity"}
        assert await loaf.hear(GROCER, "Reject", view.offer_id, **said) == Applied()
    else:
        loaf.clock.advance(view.answer_due - loaf.clock.now())
        await loaf.write(timers.run_due)
    assert await loaf.states() == ["declined" if says_no else "expired"]
    told = await loaf.read(notices.told_about, NoticeKind.REFERRAL_BACK)
    assert told == {view.id}
    assert await loaf.read(timers.due_at, "referral-answer", view.id) is None


async def test_what_is_taken_back_in_however_few_words_waits_for_nobody(loaf):
    need = NEED | {"@context": CONTEXT}
    await loaf.hear(GROCER, "Offer", need, endTime="2027-01-08T10:00:00Z")
    [view] = await loaf.read(referrals.referrals, side=Side.RECEIVED)
    assert await loaf.hear(GROCER, "Undo", view.offer_id) == Applied()
    [after] = await loaf.read(referrals.referrals, side=Side.RECEIVED)
    assert (after.state, after.need.summary) == ("withdrawn", "")
    assert await loaf.read(referrals.waiting) == []


@pytest.mark.parametrize("says_yes", [False, True])
async def test_what_has_run_out_at_the_sender_has_run_out_here_whatever_we_said(loaf, says_yes):
    """A yes that came too late for them: both coops say the same of it."""
    need = NEED | {"@context": CONTEXT}
    await loaf.hear(GROCER, "Offer", need, endTime="2027-01-08T10:00:00Z")
    [view] = await loaf.read(referrals.referrals, side=Side.RECEIVED)
    if says_yes:
        await loaf.write(referrals.accept, view.id, by="desk")
    said = {"stage": "expired", "reason": "expired"}
    assert await loaf.hear(GROCER, "Undo", view.offer_id, **said) == Applied()
    [after] = await loaf.read(referrals.referrals, side=Side.RECEIVED)
    assert (after.state, after.need.summary) == ("expired", "")
    assert await loaf.read(timers.due_at, "referral-answer", view.id) is None


async def test_a_receipt_arrives_also_when_the_consent_is_taken_back_before_it_does(loaf):
    view, code = await loaf.pass_on(replace(BOILER, fee_kind="none", fee_percent=None))
    await loaf.accepted_by(GROCER, view)
    for number, stage in enumerate(("contacted", "inProgress")):
        await loaf.hear(GROCER, "Create", _said(view, number, "referralStatus", stage=stage))
    done = _said(view, 9, "completion", outcome="done")
    assert await loaf.hear(GROCER, "Create", done) == Applied()
    await loaf.write(referrals.confirm, view.id, by="desk")
    await loaf.write(referrals.withdraw_consent, code)
    assert await loaf.said() == ["Create", "Undo"]


def _said(view, number, kind, **more):
    return {
        "id": f"{GROCER}/said/{number}",
        "type": "Document",
        "kind": kind,
        "attributedTo": GROCER,
        "context": view.uri,
        "termsDigest": view.terms_digest,
        "published": "2027-01-05T10:00:00Z",
    } | more
