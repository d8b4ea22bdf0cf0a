"""From the form to the register, and every way that does not lead there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from node import accounts, joining, limits, members, notices, timers
from node.accounts import Role
from node.errors import Closed, Conflict, InvalidInput, NotAllowed, NotFound
from node.joining import Actor, ConsentText, Event, Form, Particulars, Question, Status
from node.joining.models import Application, ApplicationStep
from node.members import Kind, MembershipClass
from tests.support.asking import Asking
from tests.support.clock import FixedClock

FORM = Form(
    is_open=True,
    intro="We clean together.",
    classes=(MembershipClass.WORKER, MembershipClass.SUPPORTER),
    questions=(Question("What can you do?"), Question("How did you hear of us?", required=False)),
    consents=(ConsentText("Our statutes", "One member, one vote.", "2027-03"),),
)
ADA = Particulars("Ada Brzezińska", phone="0170 1", answers=("Windows", ""))


class Desk(Asking):
    """A coop that takes people in, with two who look at applications."""

    async def apply(self, given=ADA, **named):
        named = {"membership_class": "worker", "agreed": [0], **named}
        return await self.write(joining.apply, given, **named)

    async def act(self, application_id, event, message="because", by=None, actor=Actor.REVIEWER):
        by = by or (self.rosa.id if actor is Actor.REVIEWER else joining.APPLICANT)
        return await self.write(
            joining.step, application_id, event, actor=actor, by=by, message=message
        )

    async def whole(self, application_id):
        return await self.read(joining.whole, application_id)


@pytest.fixture
async def desk(database):
    desk = Desk(database)
    for handle, roles in (("rosa", {Role.SECRETARY}), ("femi", {Role.ADMIN})):
        made = await desk.write(accounts.create_account, handle=handle, name=handle, roles=roles)
        setattr(desk, handle, made)
    await desk.write(joining.set_form, FORM)
    return desk


async def test_somebody_is_asked_for_more_answers_and_becomes_a_member(desk):
    applied = await desk.apply()
    assert await desk.read(joining.by_secret, applied.path.removeprefix("/applied/")) == applied.id
    assert await desk.read(notices.count_unread, desk.rosa) == 1

    asked = await desk.act(applied.id, Event.ASK, "Since when?")
    assert (asked.status, asked.due_at) == (
        Status.ASKED,
        asked.changed_at + limits.APPLICATION_ANSWER,
    )
    await desk.act(applied.id, Event.ANSWER, "Since 2019", actor=Actor.APPLICANT)
    admitted = await desk.act(applied.id, Event.ADMIT, "")
    member = await desk.read(members.member, admitted.member_id)
    assert (member.name, member.number, member.phone) == ("Ada Brzezińska", 1, "0170 1")

    whole = await desk.whole(applied.id)
    assert [(one.event, one.by_name, one.message) for one in whole.steps] == [
        ("ask", "rosa", "Since when?"),
        ("answer", None, "Since 2019"),
        ("admit", "rosa", None),
    ]
    assert [(one.title, one.version) for one in whole.consents] == [("Our statutes", "2027-03")]
    assert await desk.read(notices.count_unread, desk.rosa) == 0


async def test_the_account_made_by_a_members_link_is_theirs_and_only_once(desk):
    applied = await desk.apply()
    member_id = (await desk.act(applied.id, Event.ADMIT)).member_id
    links = [await desk.write(members.invite, member_id) for _ in range(2)]
    with pytest.raises(NotFound):  # the newest opens, and no other
        await desk.write(accounts.redeem_link, links[0].code, handle="ada")
    signed_in = await desk.write(accounts.redeem_link, links[1].code, handle="ada")
    assert (signed_in.account.name, signed_in.account.roles) == (ADA.name, {Role.MEMBER})
    assert (await desk.read(members.member, member_id)).account_id == signed_in.account.id
    with pytest.raises(Closed):
        await desk.write(accounts.redeem_link, links[1].code, handle="ada2")
    assert await desk.read(accounts.by_handle, "ada2") is None
    with pytest.raises(Conflict):
        await desk.write(members.invite, member_id)


async def test_a_firm_is_entered_with_who_speaks_for_it(desk):
    firm = Particulars("Lanehead Windows Ltd", email="x@example.org", answers=("Windows",))
    with pytest.raises(InvalidInput) as refused:
        await desk.apply(firm, kind=Kind.FIRM)
    assert list(refused.value.fields) == ["representative"]
    named = Particulars(firm.name, firm.email, "", "Jean Malik", firm.answers)
    applied = await desk.apply(named, kind=Kind.FIRM)
    member_id = (await desk.act(applied.id, Event.ADMIT_ON_PROBATION)).member_id
    member = await desk.read(members.member, member_id)
    assert (member.kind, member.representative, member.status) == (
        Kind.FIRM,
        "Jean Malik",
        members.Status.PROBATION,
    )


async def test_whoever_declined_does_not_look_again(desk):
    applied = await desk.apply()
    await desk.act(applied.id, Event.DECLINE, "We are full")
    await desk.act(applied.id, Event.APPEAL, "You are not", actor=Actor.APPLICANT)
    with pytest.raises(NotAllowed) as refused:
        await desk.act(applied.id, Event.UPHOLD)
    assert refused.value.rule == "own-decision"
    refused_for_good = await desk.act(applied.id, Event.UPHOLD, by=desk.femi.id)
    assert refused_for_good.status is Status.REFUSED
    with pytest.raises(Conflict):
        await desk.act(applied.id, Event.APPEAL, actor=Actor.APPLICANT)


async def test_the_time_for_an_appeal_ends(desk, clock: FixedClock):
    applied = await desk.apply()
    await desk.act(applied.id, Event.DECLINE)
    clock.advance(limits.APPLICATION_APPEAL)
    with pytest.raises(Closed):
        await desk.act(applied.id, Event.APPEAL, actor=Actor.APPLICANT)


async def test_who_does_not_answer_lapses_and_what_they_wrote_is_destroyed(desk, clock: FixedClock):
    applied = await desk.apply()
    await desk.act(applied.id, Event.ASK, "Since when?")
    clock.advance(limits.APPLICATION_ANSWER - timedelta(seconds=1))
    assert await desk.write(timers.run_due) == 0
    clock.advance(timedelta(seconds=1))
    assert await desk.write(timers.run_due) == 1
    assert (await desk.whole(applied.id)).application.status is Status.LAPSED

    clock.advance(limits.APPLICATION_KEPT)
    assert await desk.read(joining.count_written, clock.now()) == 1
    await desk.write(timers.run_due)
    assert await desk.read(joining.count_written, clock.now()) == 0
    whole = await desk.whole(applied.id)
    assert whole.application.given is None
    assert [one.message for one in whole.steps] == [None, None]
    assert [one.title for one in whole.consents] == ["Our statutes"]


async def test_the_waiting_list_ends_where_somebody_decides(desk):
    applied = await desk.apply()
    await desk.act(applied.id, Event.WAITLIST, "")
    [waiting] = await desk.read(joining.applications, [Status.WAITLISTED])
    assert waiting.given == ADA
    admitted = await desk.act(applied.id, Event.ADMIT)
    assert admitted.status is Status.ADMITTED


@pytest.mark.parametrize(
    ("given", "named", "field"),
    [
        (Particulars(" ", phone="1", answers=("x",)), {}, "name"),
        (Particulars("Ada", answers=("x",)), {}, "phone"),
        (Particulars("Ada", phone="1"), {}, "answer-0"),
        (Particulars("Ada", phone="1", answers=("x" * 5000,)), {}, "answer-0"),
        (ADA, {"agreed": []}, "consent-0"),
        (ADA, {"membership_class": "investor"}, "membership_class"),
    ],
)
async def test_an_application_that_lacks_something_says_what(desk, given, named, field):
    with pytest.raises(InvalidInput) as refused:
        await desk.apply(given, **named)
    assert list(refused.value.fields) == [field]
    assert await desk.read(joining.applications) == []


async def test_a_coop_that_takes_nobody_in_says_so(desk):
    closed = Form(False, "", FORM.classes, (), ())
    await desk.write(joining.set_form, closed)
    with pytest.raises(Closed):
        await desk.apply()


@pytest.mark.parametrize("event", list(Event))
async def test_each_step_is_for_one_part_alone(desk, event):
    [owner] = [actor for actor in Actor if event in joining.MAY[actor]]
    applied = await desk.apply()
    for actor in set(Actor) - {owner}:
        with pytest.raises(NotAllowed):
            await desk.act(applied.id, event, actor=actor)


async def test_no_word_of_an_applicant_stands_readable_in_the_database(desk):
    applied = await desk.apply()
    await desk.act(applied.id, Event.ASK, "Since when?")
    async with desk.database.reading() as reader:
        sealed = await reader.scalars(select(Application.particulars))
        sealed += await reader.scalars(select(ApplicationStep.message))
    assert not any(b"Ada" in box or b"Since" in box for box in sealed)


async def test_an_answer_by_telephone_leads_on_and_a_question_is_put_right(desk):
    asked = await desk.apply()
    await desk.act(asked.id, Event.ASK, "Since wen?")
    again = await desk.act(asked.id, Event.ASK, "Since when?")
    assert again.status is Status.ASKED
    assert again.possible(Actor.REVIEWER) == (
        Event.ADMIT,
        Event.ADMIT_ON_PROBATION,
        Event.ASK,
        Event.WAITLIST,
        Event.DECLINE,
    )
    assert (await desk.act(asked.id, Event.WAITLIST)).status is Status.WAITLISTED
    await desk.act(asked.id, Event.ASK)
    assert (await desk.act(asked.id, Event.ADMIT, "")).status is Status.ADMITTED


async def test_a_link_is_made_anew_and_the_first_opens_nothing(desk):
    applied = await desk.apply()
    again = await desk.write(joining.renew_link, applied.id, by=desk.rosa.id)
    assert await desk.read(joining.by_secret, again.removeprefix("/applied/")) == applied.id
    with pytest.raises(NotFound):
        await desk.read(joining.by_secret, applied.path.removeprefix("/applied/"))


@pytest.mark.parametrize(
    ("name", "email", "phone", "is_same"),
    [
        ("ada  brzezińska", "", "+44 0170 1234567", True),
        ("Ada", "Ada@Example.org", "", True),
        ("Jan Brzeziński", "ada@example.org", "0170 1234567", False),
        ("Ada Brzezińska", "other@example.org", "0171 9", False),
    ],
)
async def test_who_applies_twice_is_looked_at_once_and_no_page_says_so(
    desk, name, email, phone, is_same
):
    answers = ("Windows", "")
    first = await desk.apply(
        Particulars("Ada Brzezińska", "ada@example.org", "0170 1234567", answers=answers)
    )
    second = await desk.apply(Particulars(name, email, phone, answers=answers))
    seen = (await desk.whole(second.id)).application
    assert (seen.status is Status.DOUBLE) is is_same
    waiting = await desk.read(joining.applications)
    assert len(waiting) == (1 if is_same else 2)
    told = [one.kind for one in await desk.read(notices.notices, desk.rosa)]
    assert told.count("application-came") == len(waiting)
    assert told.count("application-doubled") == (1 if is_same else 0)
    if is_same:
        assert seen.possible(Actor.APPLICANT) == (Event.WITHDRAW,)
        [step] = (await desk.whole(second.id)).steps
        assert (step.event, step.by) == (Event.PUT_ASIDE, "node")
        await desk.write(joining.renew_link, first.id, by=desk.rosa.id)
        left = await desk.read(notices.notices, desk.rosa)
        assert [one.kind for one in left] == ["application-came"]


async def test_who_enters_paper_is_told_that_they_have_applied_already(desk):
    await desk.apply()
    with pytest.raises(Conflict, match="applied already"):
        await desk.apply(by=desk.rosa.id)


async def test_the_register_says_who_applied_and_who_admitted_them(desk):
    applied = await desk.apply()
    member_id = (await desk.act(applied.id, Event.ADMIT, "")).member_id
    history = await desk.read(members.history, member_id)
    assert [(one.event, one.content.by) for one in history] == [
        ("apply", joining.APPLICANT),
        ("admit", desk.rosa.id),
    ]
