"""What a coop could try with hand-signed messages, and what it hears: cases REF-01 to REF-16."""

import json
from datetime import timedelta
from typing import Any

import aiohttp
from sqlalchemy import func, select

from federation.models import OutboxEntry
from node import policies, referrals
from node.referrals import Side
from node.referrals.models import step_table
from protocol import datetimes
from protocol.contexts import CONTEXT
from protocol.vocabulary.referrals import digest_of
from tests.stories.market import hand_of
from tests.stories.referring import Desk, in_touch, passed_on
from tests.support.signing import cavage, encode, prove


async def say(sender, receiver, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """POST what a coop signed by hand to another one's inbox; status and problem document."""
    signer, now = hand_of(sender), receiver.node.clock.now()
    body = encode(prove({"@context": CONTEXT} | document, signer, datetimes.format(now)))
    host, port = receiver.node.config.authority, receiver.address.rpartition(":")[2]
    headers = cavage(signer, host, body, now)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/inbox", data=body, headers=headers) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text) if text else {}


_number = iter(range(1, 1_000_000))


def activity(sender, type_: str, obj: Any, to, **more: Any) -> dict[str, Any]:
    fresh = f"{sender.address}/activities/hand-{next(_number)}"
    return {"id": fresh, "type": type_, "actor": sender.uri, "to": [to.uri], "object": obj, **more}


def offer(sender, receiver, **changed: Any) -> dict[str, Any]:
    """An Offer of a need as any program could write it."""
    number, now = next(_number), sender.node.clock.now()
    uri = f"{sender.address}/referrals/hand-{number}"
    need = {
        "@context": CONTEXT,
        "id": uri,
        "type": "Note",
        "kind": "referral",
        "attributedTo": sender.uri,
        "to": [receiver.uri],
        "content": "<p>Somebody needs a boiler mended</p>",
        "category": "repairs",
        "handoff": f"{uri}/contact",
        "budget": "200.00",
        "currency": "GBP",
        "consentUntil": datetimes.format(now + timedelta(days=30)),
        "published": datetimes.format(now),
        "feeKind": "none",
    } | changed
    until = datetimes.format(now + timedelta(days=3))
    return activity(sender, "Offer", need, receiver, target=receiver.uri, endTime=until)


async def accept_of(case, receiver, **changed: Any) -> dict[str, Any]:
    """A yes to what was offered, signed by hand."""
    view = await case.newest()
    agreement = {
        "@context": CONTEXT,
        "id": f"{receiver.address}/agreements/hand",
        "type": "Agreement",
        "attributedTo": receiver.uri,
    }
    told = {"termsDigest": view.terms_digest, "result": agreement} | changed
    return activity(receiver, "Accept", view.offer_id, case.sender, **told)


async def statement(case, author, kind: str, **said: Any) -> dict[str, Any]:
    view = await case.newest()
    document = {
        "@context": CONTEXT,
        "id": f"{author.address}/referrals/said-{next(_number)}",
        "type": "Document",
        "kind": kind,
        "attributedTo": author.uri,
        "context": view.uri,
        "termsDigest": view.terms_digest,
        "published": datetimes.format(author.node.clock.now()),
    } | said
    return activity(author, "Create", document, case.sender)


def done(value: str = "180.00", fee: str | None = "9.00") -> dict[str, Any]:
    paid = {} if fee is None else {"feeDue": fee}
    return {"outcome": "done", "jobValue": value, "currency": "GBP", **paid}


async def steps_of(case) -> list[str]:
    view = await case.newest()
    return [str(one.event) for one in await case.sender.read(referrals.steps, view.id)]


async def kept(coop) -> tuple[int, int]:
    """How many referrals and steps there are here."""
    views = await coop.read(referrals.referrals)
    rows = await coop.read(lambda r: r.scalar(select(func.count()).select_from(step_table)))
    return len(views), rows


async def test_a_fee_above_the_ceiling_is_refused_with_policy_version_key_limit_and_value(town):
    lanehead, portici, _pioneer = await in_touch(town)
    await portici.write(
        policies.adopt,
        policies.REFERRALS_FEE_CEILING_PERCENT,
        policies.REFERRALS_FEE_CEILING_PERCENT.default,
        version="2027-3",
        decided_by="council",
    )
    dear = offer(lanehead, portici, feeKind="percent", feePercent="7.5")
    status, problem = await say(lanehead, portici, dear)
    assert (status, problem["code"]) == (422, "fee-above-ceiling")
    for said in (
        "policy referrals",
        "version 2027-3",
        "key referrals.fee_ceiling_percent",
        "limit 5",
        "value 7.5",
    ):
        assert said in problem["detail"]
    assert await kept(portici) == (0, 0)


async def test_amounts_are_refused_with_422_and_leave_nothing(town):
    lanehead, portici, _pioneer = await in_touch(town)
    for fee in ("1e3", "-5.00", "10,00", "9007199254740992"):
        said = offer(lanehead, portici, feeKind="flat", feeAmount=fee)
        status, problem = await say(lanehead, portici, said)
        assert (status, problem["code"]) == (422, "bad-amount"), fee
    assert await kept(portici) == (0, 0)
    assert (await say(lanehead, portici, offer(lanehead, portici)))[0] == 202
    assert await kept(portici) == (1, 0)


async def test_the_same_yes_again_and_again_makes_one_contract(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    yes = await accept_of(case, portici)
    heard = [(await say(portici, lanehead, yes))[0] for _time in range(5)]
    assert heard == [202, 200, 200, 200, 200]
    signed_anew = await accept_of(case, portici)
    assert (await say(portici, lanehead, signed_anew))[0] == 202
    agreement = {"@context": CONTEXT, "id": f"{portici.address}/agreements/other"}
    agreement |= {"type": "Agreement", "attributedTo": portici.uri}
    another = await accept_of(case, portici, result=agreement)
    status, problem = await say(portici, lanehead, another)
    assert (status, problem["code"]) == (409, "answered-before")
    assert "/agreements/hand" in problem["detail"]
    assert (await steps_of(case)).count("accept") == 1


async def test_a_yes_to_other_terms_is_refused(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    other = digest_of({"id": "another need"})
    for changed in ({"termsDigest": other}, {"termsDigest": None}):
        yes = await accept_of(case, portici, **changed)
        status, problem = await say(portici, lanehead, yes)
        assert (status, problem["code"]) == (409, "terms-changed")
    assert (await case.newest()).state == "sent"


async def test_a_changed_need_is_refused_and_the_first_one_stands(town):
    lanehead, portici, _pioneer = await in_touch(town)
    first = offer(lanehead, portici)
    assert (await say(lanehead, portici, first))[0] == 202
    again = activity(
        lanehead, "Offer", first["object"], portici, target=portici.uri, endTime=first["endTime"]
    )
    assert (await say(lanehead, portici, again))[0] == 202
    dearer = activity(
        lanehead,
        "Offer",
        first["object"] | {"feeKind": "flat", "feeAmount": "5.00"},
        portici,
        target=portici.uri,
        endTime=first["endTime"],
    )
    status, problem = await say(lanehead, portici, dearer)
    assert (status, problem["code"]) == (409, "terms-changed")
    assert await kept(portici) == (1, 0)


async def test_a_yes_after_the_deadline_is_judged_by_the_clock_of_who_asked(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    town.clock.advance(timedelta(days=3, seconds=1))
    status, problem = await say(portici, lanehead, await accept_of(case, portici))
    assert (status, problem["code"]) == (422, "offer-expired")
    await lanehead.node.run_due()
    status, problem = await say(portici, lanehead, await accept_of(case, portici))
    assert (status, problem["code"]) == (422, "offer-expired")


async def test_a_third_coop_can_say_nothing_about_it(town):
    lanehead, portici, pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    for said in (
        await accept_of(case, pioneer),
        await statement(case, pioneer, "completion", **done()),
        await statement(case, pioneer, "referralStatus", stage="contacted"),
        await statement(case, pioneer, "deletionReceipt"),
    ):
        status, problem = await say(pioneer, lanehead, said)
        assert (status, problem["code"]) == (403, "wrong-party")
    assert await steps_of(case) == ["ask_consent", "consent", "send"]


async def test_a_need_addressed_to_somebody_else_is_not_for_us(town):
    lanehead, portici, pioneer = await in_touch(town)
    for_pioneer = offer(lanehead, pioneer)
    status, problem = await say(lanehead, portici, for_pioneer)
    assert (status, problem["code"]) == (403, "not-for-us")


async def test_a_coop_that_is_not_in_touch_passes_nobody_on(town):
    _lanehead, portici, pioneer = await in_touch(town)
    status, problem = await say(pioneer, portici, offer(pioneer, portici))
    assert (status, problem["code"]) == (403, "not-in-touch")


async def test_a_completion_that_overtook_the_yes_waits_and_is_taken_up_in_order(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    for said in (
        await statement(case, portici, "completion", **done()),
        await statement(case, portici, "referralStatus", stage="inProgress"),
        await statement(case, portici, "referralStatus", stage="contacted"),
    ):
        assert (await say(portici, lanehead, said))[0] == 202
    assert (await case.newest()).state == "sent"
    assert (await say(portici, lanehead, await accept_of(case, portici)))[0] == 202
    assert (await steps_of(case))[3:] == ["accept", "contact", "start", "complete"]


async def test_what_overtook_is_let_go_after_a_day(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    early = await statement(case, portici, "completion", **done())
    assert (await say(portici, lanehead, early))[0] == 202
    town.clock.advance(timedelta(hours=25))
    await lanehead.node.run_due()
    assert (await say(portici, lanehead, await accept_of(case, portici)))[0] == 202
    assert (await case.newest()).state == "accepted"


async def test_there_is_one_end_and_whoever_comes_second_hears_409(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    desk = Desk(town, portici)
    await desk.accept()
    await desk.work()
    await desk.complete()
    again = await statement(case, portici, "completion", **done("90.00", "4.50"))
    status, problem = await say(portici, lanehead, again)
    assert (status, problem["code"]) == (409, "completed-before")
    failed = await statement(case, portici, "referralStatus", stage="failed", reason="changed")
    assert (await say(portici, lanehead, failed))[0] == 409
    await case.confirm()
    status, problem = await say(portici, lanehead, again | {"id": f"{again['id']}-2"})
    assert status == 409
    assert (await case.newest()).fee_due.text == "9.00"


async def test_a_withdrawal_that_crosses_the_completion_wins_on_both_sides(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    desk = Desk(town, portici)
    await desk.accept()
    await desk.work()
    view = await desk.received()
    await lanehead.write(referrals.withdraw, case.first, by=case.by)
    await portici.write(referrals.complete, view.id, "not", by="desk")
    await town.settle()
    assert await case.states() == ["withdrawn"]
    assert (await desk.received()).state == "withdrawn"


async def test_a_fee_that_does_not_follow_from_the_terms_is_refused(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    await Desk(town, portici).accept()
    await Desk(town, portici).work()
    for told in (done(fee="1.00"), done(fee=None), done("1e2", "5.00"), done("-180.00", "9.00")):
        said = await statement(case, portici, "completion", **told)
        assert (await say(portici, lanehead, said))[0] == 422, told
    assert (await case.newest()).state == "in_progress"


async def test_a_receipt_for_another_completion_closes_nothing(town):
    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    desk = Desk(town, portici)
    await desk.accept()
    await desk.work()
    await desk.complete()
    view = await case.newest()
    receipt = await statement(case, lanehead, "completionReceipt", answersDigest="zOther")
    receipt["to"] = [portici.uri]
    assert view.uri == receipt["object"]["context"]
    status, problem = await say(lanehead, portici, receipt)
    assert (status, problem["code"]) == (409, "other-completion")
    assert (await desk.received()).state == "completed"


async def test_the_contact_data_are_for_one_coop_some_times_and_after_its_yes(town):
    from tests.stories.market import street

    lanehead, portici, pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    path = f"/referrals/{case.first}/contact"
    async with street() as passer:

        async def ask(signer) -> int:
            return (await passer.get(lanehead, path, signer=signer))[0]

        theirs, others = hand_of(portici), hand_of(pioneer)
        assert [await ask(None), await ask(theirs), await ask(others)] == [401, 404, 404]
        await Desk(town, portici).accept()  # its node fetches once
        assert [await ask(None), await ask(others)] == [401, 404]
        assert [await ask(theirs), await ask(theirs), await ask(theirs)] == [200, 200, 410]
    page = await lanehead.read(referrals.page, case.code)
    assert len(page.accesses) == 3


async def test_no_message_holds_anything_about_the_person(town):
    from tests.stories.test_referral_consent_withdrawn import PERSONAL

    lanehead, portici, _pioneer = await in_touch(town)
    case = await passed_on(town, lanehead, portici)
    await Desk(town, portici).accept()
    await Desk(town, portici).work()
    await Desk(town, portici).complete()
    await case.confirm()
    for coop in (lanehead, portici):
        bodies = await coop.read(lambda reader: reader.scalars(select(OutboxEntry.body)))
        assert not any(needle.encode() in body for body in bodies for needle in PERSONAL)
    [received] = await portici.read(referrals.referrals, side=Side.RECEIVED)
    assert received.state == "closed"
