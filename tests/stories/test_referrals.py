"""A person's need goes from coop to coop: taken over, declined, run out, free of charge."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from node import clearing, privacy, referrals
from node.clearing import Reason, State
from node.data_map import Person
from node.errors import Closed, InvalidInput
from node.events import events
from node.notices.models import Notice
from node.referrals import ReferralFeeDue
from tests.stories.referring import (
    BOILER,
    CARE,
    PERSON,
    Desk,
    in_touch,
    passed_on,
    time_passes,
    written,
)
from tests.support import books


@pytest.fixture
def fees(monkeypatch) -> list[ReferralFeeDue]:
    """The fees that fall due, at whichever coop."""
    heard: list[ReferralFeeDue] = []
    announce = events.announce

    async def listen(uow, event) -> None:
        if isinstance(event, ReferralFeeDue):
            heard.append(event)
        await announce(uow, event)

    monkeypatch.setattr(events, "announce", listen)
    return heard


async def notices_of(coop) -> list[str]:
    return await coop.read(lambda reader: reader.scalars(select(Notice.kind)))


async def test_a_referral_is_taken_over_done_and_signed_by_both(town, fees):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    desk = Desk(town, portici)

    seen = await desk.detail()
    assert seen.referral.state == "sent"
    assert seen.person == {}
    assert seen.referral.need.summary == BOILER.summary
    assert seen.referral.need.fee == (await case.newest()).need.fee

    await desk.accept()
    assert (await case.newest()).state == "accepted"
    assert (await desk.detail()).person == {
        name: PERSON[name] for name in ("name", "phone", "address")
    }

    await desk.work()
    assert (await case.newest()).state == "in_progress"
    await desk.complete(value="180")
    assert (await case.newest()).state == "completed"
    assert fees == []

    await case.confirm()
    assert [str((await case.newest()).state), str((await desk.received()).state)] == ["closed"] * 2
    theirs, ours = fees[1], fees[0]
    for due in fees:
        assert (due.debtor, due.creditor) == (portici.uri, lanehead.uri)
        assert (due.fee.text, due.fee.currency) == ("9.00", "GBP")
    assert ours.evidence_digest == theirs.evidence_digest
    assert len(fees) == 2

    # The desk takes along what it did; the need is the person's own.
    known = await lanehead.read(privacy.all_we_know, Person(case.by, None))
    [told] = [found for entry, found in known if entry.key == "referrals"]
    assert told["written-down"]
    assert told["steps"]
    need = (BOILER.summary, BOILER.place, BOILER.category, BOILER.urgency, "GBP")
    assert not [word for word in need if word in str(told)]

    for coop in (lanehead, portici):
        [owed], _more = await coop.read(clearing.obligations)
        assert (owed.state, owed.reason) == (State.ACKNOWLEDGED, Reason.REFERRAL_FEE)
        assert (owed.debtor, owed.creditor) == (portici.uri, lanehead.uri)
        assert (owed.money, owed.evidence_digest) == (ours.fee, ours.evidence_digest)
        assert await books.faults(coop.node.database) == []


async def test_the_person_sees_who_was_told_what_and_when(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    assert (await lanehead.read(referrals.page, case.code)).accesses == []
    await Desk(town, portici).accept()
    page = await lanehead.read(referrals.page, case.code)
    [access] = page.accesses
    assert access.coop == portici.uri
    assert access.fields == ("name", "phone", "address")
    assert access.at == town.clock.now()
    assert await lanehead.read(referrals.first_fault) is None


async def test_a_decline_goes_on_to_the_next_coop_that_the_person_agreed_to(town):
    lanehead, portici, pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici, pioneer)
    with pytest.raises(ValueError, match="unpack"):
        await Desk(town, pioneer).received()
    await Desk(town, portici).decline("area")
    assert await case.states() == ["declined", "sent"]
    assert (await Desk(town, pioneer).received()).state == "sent"
    await Desk(town, pioneer).accept()
    assert (await Desk(town, pioneer).detail()).person["name"] == PERSON["name"]
    assert (await Desk(town, portici).detail()).person == {}


async def test_after_the_last_in_line_it_comes_back_to_the_desk(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    await Desk(town, portici).decline("scope")
    assert await case.states() == ["declined"]
    assert "referral-back" in await notices_of(lanehead)


async def test_without_an_answer_in_time_it_runs_out_and_goes_on(town):
    lanehead, portici, pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici, pioneer)
    await Desk(town, portici).hold()
    assert await case.states() == ["on_hold"]
    await time_passes(town, days=2)
    assert "referral-answer-soon" in await notices_of(portici)
    await time_passes(town, days=1, minutes=1)
    assert await case.states() == ["expired", "sent"]
    assert (await Desk(town, portici).received()).state == "expired"
    with pytest.raises(Closed):
        await Desk(town, portici).accept()
    assert (await Desk(town, pioneer).received()).state == "sent"


async def test_when_the_consent_is_over_nobody_is_asked_and_the_person_is_forgotten(town):
    lanehead, portici, pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici, pioneer)
    await Desk(town, portici).accept()
    await time_passes(town, days=31)
    assert await case.states() == ["expired"]
    assert (await Desk(town, portici).detail()).person == {}
    assert (await lanehead.read(referrals.detail, case.first)).person == {}


async def test_passing_on_somebody_who_needs_care_is_free(town, fees):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici, draft=CARE)
    desk = Desk(town, portici)
    await desk.accept()
    await desk.work()
    await desk.complete(value=None)
    await case.confirm()
    assert await case.states() == ["closed"]
    assert fees == []


async def test_a_fee_for_care_is_not_even_written_down(town):
    lanehead, *_others = town.coops
    dear = replace(CARE, fee_kind="flat", fee_amount=Decimal(5), currency="GBP")
    with pytest.raises(InvalidInput, match=r"free of charge.*referrals\.care_categories"):
        await written(town, lanehead, lanehead, draft=dear)


async def test_a_yes_on_paper_is_noted_with_its_witness(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await written(town, lanehead, portici)
    with pytest.raises(Closed, match="no consent"):
        await case.send()
    view = await case.newest()
    await lanehead.write(
        referrals.note, view, "paper", witness="Jean Hallam", language="ar", by=case.by
    )
    assert (await case.send()).state == "sent"


async def test_a_job_that_came_to_nothing_costs_nothing(town, fees):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    desk = Desk(town, portici)
    await desk.accept()
    await desk.work()
    await desk.complete("not", None)
    await case.confirm()
    assert fees == []


async def test_the_numbers_of_each_pair_name_nobody(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    desk = Desk(town, portici)
    await time_passes(town, hours=5)
    await desk.accept()
    await desk.work()
    await desk.complete()
    await case.confirm()
    [ours], [theirs] = [await coop.read(referrals.pairs) for coop in (lanehead, portici)]
    for pair, name, side in ((ours, "Portici", "sent"), (theirs, "Lanehead", "received")):
        assert (pair.name, pair.side) == (name, side)
        assert (pair.sent, pair.accepted, pair.completed) == (1, 1, 1)
        assert pair.median_answer is not None
        assert pair.median_answer.total_seconds() == 5 * 3600
