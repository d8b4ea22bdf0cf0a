"""People passed on, and what is owed for it: replayed, changed, dearer, too late, by somebody else.

Lanehead is attacked by the two coops it is in touch with, each with its own keys in its hand.
"""

from datetime import timedelta
from typing import Any

from node import policies, referrals
from protocol import datetimes
from protocol.contexts import CONTEXT
from protocol.vocabulary.referrals import digest_of
from tests.hostile.rows import Rows
from tests.hostile.siege import LEFT_OUT, MEMORY, Request, Siege
from tests.stories.by_hand import activity, offer
from tests.stories.market import street
from tests.stories.referring import Case, Desk, passed_on
from tests.support.town import Coop

rows = Rows()


def said(siege: Siege, sender: Coop, document: dict[str, Any]) -> Request:
    """To Lanehead, signed by hand and with a proof."""
    told = {"@context": CONTEXT} | {
        name: value for name, value in document.items() if value is not LEFT_OUT
    }
    hand = siege.hand(sender)
    return siege.signed(siege.proven(told, hand), hand)


async def passed(siege: Siege, *recipients: Coop) -> Case:
    """Somebody whom Lanehead passes on to Portici."""
    portici = siege.town.coops[1]
    handle = f"jean{siege.number()}"
    return await passed_on(siege.town, siege.coop, *(recipients or (portici,)), handle=handle)


async def yes(case: Case, by: Coop, **changed: Any) -> dict[str, Any]:
    """A yes to what was offered."""
    view = await case.newest()
    agreement = {
        "@context": CONTEXT,
        "id": f"{by.address}/agreements/{view.id}",
        "type": "Agreement",
        "attributedTo": by.uri,
    }
    told = {"termsDigest": view.terms_digest, "result": agreement} | changed
    return activity(by, "Accept", view.offer_id, case.sender, **told)


async def statement(case: Case, author: Coop, kind: str, **more: Any) -> dict[str, Any]:
    view = await case.newest()
    carried = activity(author, "Create", None, case.sender)
    document = {
        "@context": CONTEXT,
        "id": carried["id"].replace("/activities/", "/referrals/"),
        "type": "Document",
        "kind": kind,
        "attributedTo": author.uri,
        "context": view.uri,
        "termsDigest": view.terms_digest,
        "published": datetimes.format(author.node.clock.now()),
    } | more
    return carried | {"object": document}


def done(value: str = "180.00", fee: str | None = "9.00") -> dict[str, Any]:
    paid = {} if fee is None else {"feeDue": fee}
    return {"outcome": "done", "jobValue": value, "currency": "GBP", **paid}


async def steps_of(case: Case) -> list[str]:
    view = await case.newest()
    return [str(one.event) for one in await case.sender.read(referrals.steps, view.id)]


async def at_work(siege: Siege) -> tuple[Case, Desk]:
    """A referral that Portici has said yes to, and works on."""
    case, desk = await passed(siege), Desk(siege.town, siege.town.coops[1])
    await desk.accept()
    await desk.work()
    return case, desk


@rows.attack("REF-01")
async def the_same_yes_fifty_times(siege: Siege) -> None:
    lanehead, portici, _pioneer = siege.town.coops
    case = await passed(siege)
    before = len(await lanehead.read(referrals.referrals))
    request = said(siege, portici, await yes(case, portici))
    heard = [(await siege.send(request)).status for _time in range(50)]
    assert heard == [202] + [200] * 49
    assert (await siege.send(said(siege, portici, await yes(case, portici)))).status == 202
    assert (await steps_of(case)).count("accept") == 1
    assert len(await lanehead.read(referrals.referrals)) == before


@rows.attack("REF-01", "with another agreement")
async def a_second_yes_with_another_agreement(siege: Siege) -> None:
    portici = siege.town.coops[1]
    case = await passed(siege)
    assert (await siege.send(said(siege, portici, await yes(case, portici)))).status == 202
    other = {"@context": CONTEXT, "id": f"{portici.address}/agreements/other-{siege.number()}"}
    other |= {"type": "Agreement", "attributedTo": portici.uri}
    await siege.refused(
        said(siege, portici, await yes(case, portici, result=other)), "answered-before", 409
    )
    assert (await steps_of(case)).count("accept") == 1


@rows.attack("REF-01", "and then a no")
async def a_no_after_a_yes(siege: Siege) -> None:
    portici = siege.town.coops[1]
    case = await passed(siege)
    assert (await siege.send(said(siege, portici, await yes(case, portici)))).status == 202
    view = await case.newest()
    no = activity(portici, "Reject", view.offer_id, siege.coop, termsDigest=view.terms_digest)
    async with siege.nothing_happens(but=MEMORY):
        assert (await siege.send(said(siege, portici, no))).status in (202, 409)
    assert (await case.newest()).state == "accepted"


@rows.attack("REF-04")
async def fees_below_and_at_nothing(siege: Siege) -> None:
    portici = siege.town.coops[1]
    for fee in ("-5", "-5.00", "0", "-0", "0.00"):
        for kind, name in (("flat", "feeAmount"), ("percent", "feePercent")):
            dear = offer(portici, siege.coop, feeKind=kind, **{name: fee})
            async with siege.nothing_happens():
                answer = await siege.send(said(siege, portici, dear))
            assert answer.status == 422, (kind, fee, answer.body)


@rows.attack("REF-04", "a value below nothing")
async def a_value_below_nothing(siege: Siege) -> None:
    case, _desk = await at_work(siege)
    for told in (done("-180.00", "9.00"), done("180.00", "-9.00"), done("0", "-0"), done(fee="0")):
        claim = await statement(case, siege.town.coops[1], "completion", **told)
        async with siege.nothing_happens():
            answer = await siege.send(said(siege, siege.town.coops[1], claim))
        assert answer.status == 422, (told, answer.body)
    assert (await case.newest()).state == "in_progress"


@rows.attack("REF-05")
async def fees_beyond_all_bounds(siege: Siege) -> None:
    portici = siege.town.coops[1]
    await siege.coop.write(
        policies.adopt,
        policies.REFERRALS_FEE_CEILING_PERCENT,
        policies.REFERRALS_FEE_CEILING_PERCENT.default,
        version="2027-3",
        decided_by="council",
    )
    for fee in ("9007199254740992", "9007199254740993.00", "1" + "0" * 30, "9" * 400):
        dear = offer(portici, siege.coop, feeKind="flat", feeAmount=fee)
        await siege.refused(said(siege, portici, dear), "bad-amount")
    for fee in ("7.5", "5.01", "100", "1000"):
        dear = offer(portici, siege.coop, feeKind="percent", feePercent=fee)
        async with siege.nothing_happens():
            answer = await siege.send(said(siege, portici, dear))
        assert answer.status == 422, fee
    dear = offer(portici, siege.coop, feeKind="percent", feePercent="7.5")
    async with siege.nothing_happens():
        answer = await siege.send(said(siege, portici, dear))
    assert answer.code == "fee-above-ceiling"
    for told in ("policy referrals", "2027-3", "referrals.fee_ceiling_percent", "limit 5", "7.5"):
        assert told in answer.json["detail"]


@rows.attack("REF-05", "more than the work is worth")
async def a_fee_above_the_price(siege: Siege) -> None:
    portici = siege.town.coops[1]
    dear = offer(portici, siege.coop, feeKind="flat", feeAmount="201.00", budget="200.00")
    async with siege.nothing_happens():
        answer = await siege.send(said(siege, portici, dear))
    assert answer.status == 422, answer.body


@rows.attack("REF-05", "of a completion")
async def a_fee_that_the_terms_do_not_give(siege: Siege) -> None:
    case, _desk = await at_work(siege)
    portici = siege.town.coops[1]
    for told in (
        done(fee="1.00"),
        done(fee=None),
        done("1e2", "5.00"),
        done("9" * 40, "25.00"),
        done("180.00", "9007199254740993"),
        done() | {"currency": "EUR"},
        done() | {"currency": "XXX"},
        done() | {"outcome": "unheard"},
    ):
        claim = await statement(case, portici, "completion", **told)
        async with siege.nothing_happens():
            answer = await siege.send(said(siege, portici, claim))
        assert answer.status in (409, 422), (told, answer.body)
    assert (await case.newest()).state == "in_progress"


@rows.attack("REF-06")
async def amounts_that_are_none(siege: Siege) -> None:
    portici = siege.town.coops[1]
    for fee in (10.1, "10,00", "1e3", "0x10", "10.001", "٣", " 5", "5 ", "", "NaN", "+5", "5."):
        dear = offer(portici, siege.coop, feeKind="flat", feeAmount=fee)
        async with siege.nothing_happens():
            answer = await siege.send(said(siege, portici, dear))
        assert answer.status == 422, (fee, answer.body)


@rows.attack("REF-06", "currencies that are none")
async def currencies_that_are_none(siege: Siege) -> None:
    portici = siege.town.coops[1]
    for currency in ("XXX", "gbp", "EURO", "€", "", "XBT", None, 978, "XTS", "XAU"):
        dear = offer(portici, siege.coop, feeKind="flat", feeAmount="5.00", currency=currency)
        async with siege.nothing_happens():
            answer = await siege.send(said(siege, portici, dear))
        assert answer.status in (400, 422), (currency, answer.body)
    yen = offer(portici, siege.coop, feeKind="flat", feeAmount="5.50", currency="JPY", budget="9")
    async with siege.nothing_happens():
        answer = await siege.send(said(siege, portici, yen))
    assert answer.status == 422


@rows.attack("REF-06", "objects and lists in their place")
async def things_in_place_of_amounts(siege: Siege) -> None:
    portici = siege.town.coops[1]
    for odd in (["5.00", "6.00"], True, {"type": "Measure"}, [[]]):
        for name in ("feeAmount", "budget", "consentUntil", "handoff"):
            dear = offer(
                portici, siege.coop, **({"feeKind": "flat", "feeAmount": "5"} | {name: odd})
            )
            async with siege.nothing_happens():
                answer = await siege.send(said(siege, portici, dear))
            assert answer.status in (400, 422), (name, odd, answer.body)


@rows.attack("REF-08")
async def a_yes_to_other_terms(siege: Siege) -> None:
    portici = siege.town.coops[1]
    case = await passed(siege)
    other = digest_of({"id": "another need"})
    for changed in ({"termsDigest": other}, {"termsDigest": None}, {"termsDigest": LEFT_OUT}):
        request = said(siege, portici, await yes(case, portici, **changed))
        await siege.refused(request, "terms-changed")
    assert (await case.newest()).state == "sent"


@rows.attack("REF-08", "a need that changes under way")
async def a_need_that_changes(siege: Siege) -> None:
    portici = siege.town.coops[1]
    first = offer(portici, siege.coop)
    assert (await siege.send(said(siege, portici, first))).status == 202
    again = {"target": siege.coop.uri, "endTime": first["endTime"]}
    same = activity(portici, "Offer", first["object"], siege.coop, **again)
    assert (await siege.send(said(siege, portici, same))).status == 202
    for changed in (
        {"feeKind": "flat", "feeAmount": "5.00"},
        {"content": "<p>Somebody needs a boiler mended, and paints</p>"},
        {"consentUntil": datetimes.format(siege.clock.now() + timedelta(days=60))},
    ):
        dearer = activity(portici, "Offer", first["object"] | changed, siege.coop, **again)
        await siege.refused(said(siege, portici, dearer), "terms-changed")


@rows.attack("REF-08", "a receipt for other words")
async def a_receipt_for_another_completion(siege: Siege) -> None:
    """Lanehead did the work, and the coop that passed the person on confirms something else."""
    case, desk = await at_work(siege)
    await desk.complete()
    portici = siege.town.coops[1]
    view = await case.newest()
    claim = await statement(case, portici, "completion", **done("90.00", "4.50"))
    await siege.refused(said(siege, portici, claim), "completed-before", 409)
    assert (await case.newest()).fee_due == view.fee_due


@rows.attack("REF-09")
async def a_yes_after_the_deadline(siege: Siege) -> None:
    portici = siege.town.coops[1]
    case = await passed(siege)
    siege.clock.advance(timedelta(days=3, seconds=1))
    await siege.refused(said(siege, portici, await yes(case, portici)), "offer-expired")
    await siege.coop.node.run_due()
    await siege.refused(said(siege, portici, await yes(case, portici)), "offer-expired")


@rows.attack("REF-09", "an offer whose time is over")
async def an_offer_whose_time_is_over(siege: Siege) -> None:
    portici = siege.town.coops[1]
    now = siege.clock.now()
    ends = datetimes.format(now - timedelta(seconds=1))
    for changed in (
        offer(portici, siege.coop) | {"endTime": ends},
        offer(portici, siege.coop, consentUntil=ends),
        offer(portici, siege.coop) | {"endTime": "9999-12-31T23:59:59Z"},
        offer(portici, siege.coop) | {"endTime": "2027-02-30T00:00:00Z"},
        offer(portici, siege.coop) | {"endTime": "soon"},
        offer(portici, siege.coop) | {"endTime": LEFT_OUT},
    ):
        async with siege.nothing_happens():
            answer = await siege.send(said(siege, portici, changed))
        assert answer.status in (400, 422), (changed, answer.body)


@rows.attack("REF-10")
async def two_ends(siege: Siege) -> None:
    case, desk = await at_work(siege)
    portici = siege.town.coops[1]
    await desk.complete()
    again = await statement(case, portici, "completion", **done("90.00", "4.50"))
    await siege.refused(said(siege, portici, again), "completed-before")
    failed = await statement(case, portici, "referralStatus", stage="failed", reason="changed")
    async with siege.nothing_happens():
        assert (await siege.send(said(siege, portici, failed))).status == 409
    await case.confirm()
    again["object"]["id"] += "-2"
    async with siege.nothing_happens():
        assert (
            await siege.send(said(siege, portici, again | {"id": f"{again['id']}-2"}))
        ).status == 409
    assert (await case.newest()).fee_due.text == "9.00"


@rows.attack("REF-10", "an end that crosses a withdrawal")
async def an_end_that_crosses_a_withdrawal(siege: Siege) -> None:
    case, desk = await at_work(siege)
    view = await desk.received()
    await siege.coop.write(referrals.withdraw, (await case.newest()).id, by=case.by)
    await siege.town.coops[1].write(referrals.complete, view.id, "not", by="desk")
    await siege.town.settle()
    assert ((await case.newest()).state, (await desk.received()).state) == (
        "withdrawn",
        "withdrawn",
    )


@rows.attack("REF-12")
async def an_end_that_overtakes_the_yes(siege: Siege) -> None:
    portici = siege.town.coops[1]
    case = await passed(siege)
    for told in (
        await statement(case, portici, "completion", **done()),
        await statement(case, portici, "referralStatus", stage="inProgress"),
        await statement(case, portici, "referralStatus", stage="contacted"),
    ):
        assert (await siege.send(said(siege, portici, told))).status == 202
    assert (await case.newest()).state == "sent"
    assert (await siege.send(said(siege, portici, await yes(case, portici)))).status == 202
    assert (await steps_of(case))[3:] == ["accept", "contact", "start", "complete"]


@rows.attack("REF-12", "and is let go after a day")
async def what_overtook_is_let_go(siege: Siege) -> None:
    portici = siege.town.coops[1]
    case = await passed(siege)
    early = await statement(case, portici, "completion", **done())
    assert (await siege.send(said(siege, portici, early))).status == 202
    siege.clock.advance(timedelta(hours=25))
    await siege.coop.node.run_due()
    assert (await siege.send(said(siege, portici, await yes(case, portici)))).status == 202
    assert (await case.newest()).state == "accepted"


@rows.attack("REF-14")
async def a_third_coop_says_yes(siege: Siege) -> None:
    pioneer = siege.town.coops[2]
    case = await passed(siege)
    for told in (
        await yes(case, pioneer),
        await statement(case, pioneer, "completion", **done()),
        await statement(case, pioneer, "referralStatus", stage="contacted"),
        await statement(case, pioneer, "deletionReceipt"),
    ):
        await siege.refused(said(siege, pioneer, told), "wrong-party")
    assert await steps_of(case) == ["ask_consent", "consent", "send"]


@rows.attack("REF-14", "not in touch, and not for us")
async def offers_of_strangers_and_for_others(siege: Siege) -> None:
    _lanehead, portici, pioneer = siege.town.coops
    for_pioneer = offer(portici, pioneer)
    await siege.refused(said(siege, portici, for_pioneer), "not-for-us")
    stranger = siege.activity("Offer", offer(portici, siege.coop)["object"], siege.eve.signer)
    own = stranger | {"object": stranger["object"] | {"attributedTo": siege.eve.coop}}
    own["object"]["id"] = f"{siege.eve.base}/referrals/{siege.number()}"
    own["object"]["handoff"] = f"{own['object']['id']}/contact"
    own |= {"to": [siege.coop.uri], "target": siege.coop.uri, "endTime": "2027-01-08T00:00:00Z"}
    await siege.refused(siege.signed(own, siege.eve.signer), "not-in-touch")


@rows.attack("REF-14", "the contact data")
async def the_contact_data_are_for_one_coop(siege: Siege) -> None:
    _lanehead, portici, pioneer = siege.town.coops
    case = await passed(siege)
    path = f"/referrals/{case.first}/contact"
    async with street() as passer:

        async def ask(signer: Any) -> int:
            return (await passer.get(siege.coop, path, signer=signer))[0]

        theirs, others = siege.hand(portici), siege.hand(pioneer)
        assert [await ask(None), await ask(theirs), await ask(others)] == [401, 404, 404]
        await Desk(siege.town, portici).accept()  # its node fetches once
        assert [await ask(None), await ask(others)] == [401, 404]
        assert [await ask(theirs), await ask(theirs), await ask(theirs)] == [200, 200, 410]


@rows.attack("REF-14", "what the messages hold")
async def no_message_holds_anything_about_the_person(siege: Siege) -> None:
    from sqlalchemy import select

    from federation.models import OutboxEntry
    from tests.stories.test_referral_consent_withdrawn import PERSONAL

    case, desk = await at_work(siege)
    await desk.complete()
    await case.confirm()
    for coop in siege.town.coops[:2]:
        bodies = await coop.read(lambda reader: reader.scalars(select(OutboxEntry.body)))
        assert not any(needle.encode() in body for body in bodies for needle in PERSONAL)
    assert (await desk.received()).state == "closed"
