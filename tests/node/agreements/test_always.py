"""What is part of every booking, once: the cleaning of a flat, in the terms of both coops."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import agreements
from node.agreements import Event, Revision, Wanted, WantedLine
from node.errors import InvalidInput
from node.listings import extra_price
from tests.node.agreements.offers import newest, ours, refused
from tests.node.agreements.test_whole_prices import promising, stay, sums

CLEANING = extra_price("cleaning", Decimal(40), None, "GBP", always=True)
COT = extra_price("cot", Decimal(5), Decimal(1), "GBP")
FLAT = {
    "kind": "stay",
    "unit": "night",
    "price_amount": Decimal(90),
    "more_prices": (COT, CLEANING),
    "details": {"guests": "4"},
}
MONDAY = date(2027, 7, 5)


async def preview(coop, wanted):
    return (await coop.read(agreements.preview, wanted, coop.maya.id)).terms


async def test_it_is_in_the_terms_once_whatever_is_asked_for(coop):
    flat = await coop.offer("Flat", **FLAT)
    wanted = stay(flat, MONDAY, 3)
    terms = await preview(coop, wanted)
    assert [(one.title, one.quantity, one.extra) for one in terms.lines] == [
        ("Flat", 3, 0),
        ("Flat (cleaning)", 1, 2),
    ]
    assert sums(terms.total) == ["310.00 GBP"]
    named = (*wanted.lines, WantedLine(flat.id, Decimal(1), extra=2), WantedLine(flat.id, extra=1))
    terms = await preview(coop, replace(wanted, lines=named))
    assert [one.extra for one in terms.lines] == [0, 2, 1]
    twice = (*wanted.lines, WantedLine(flat.id, Decimal(2), extra=2))
    with pytest.raises(InvalidInput) as error:
        await preview(coop, replace(wanted, lines=twice))
    assert list(error.value.fields) == ["extra2"]


async def test_two_of_one_listing_come_with_it_once(coop):
    box = await coop.offer("Box", **FLAT | {"kind": "goods", "unit": "piece", "details": {}})
    line = WantedLine(box.id, Decimal(2))
    terms = await preview(coop, Wanted((line, replace(line, quantity=Decimal(1)))))
    assert [one.extra for one in terms.lines] == [0, 0, 2]


async def test_more_nights_cost_no_second_one_and_whoever_comes_does_not_leave_it_out(coop):
    flat = await coop.offer("Flat", **FLAT)
    made = (await coop.write(agreements.ask, stay(flat, MONDAY, 3), account=coop.maya)).agreement
    made = await coop.do(made, "accept", coop.rosa)
    none = Revision(quantities=((1, Decimal(0)),))
    with pytest.raises(InvalidInput, match="part of every booking") as error:
        await coop.do(made, "change", coop.maya, revision=none)
    assert list(error.value.fields) == ["line1"]
    longer = Revision(end=stay(flat, MONDAY, 5).end)
    by = agreements.of_account(coop.maya)
    seen = await coop.read(agreements.preview_revision, made.id, Event.CHANGE, by, longer)
    assert sums(seen.terms.total) == ["490.00 GBP"]
    made = await coop.do(made, "change", coop.rosa, revision=none)
    made = await coop.do(made, "agree_change", coop.maya)
    assert sums((await coop.see(made, coop.maya)).version.terms.total) == ["270.00 GBP"]


async def test_another_coop_that_leaves_it_out_is_told_what_to_add(coop, grocer):
    flat = await coop.offer("Flat", **FLAT)
    theirs = {"agreement": ours(flat).agreement, "customer": grocer.uri}
    terms = replace(await preview(coop, stay(flat, MONDAY, 2)), **theirs)
    without = replace(terms, lines=terms.lines[:1])
    outcome = await grocer.say("Offer", promising(flat, without))
    assert refused(outcome, 422, "extra-missing")
    assert "“Flat (cleaning)”" in outcome.detail
    assert refused(await grocer.order(flat, unit="one", total="90"), 422, "extra-missing")
    said = promising(flat, terms)
    said["stipulates"][1]["satisfies"] = f"{flat.uri}#primary-3"
    await grocer.say("Offer", said)
    assert sums((await coop.see(await newest(coop), coop.rosa)).version.terms.total) == [
        "220.00 GBP"
    ]


async def test_terms_put_forward_for_a_need_are_of_what_was_typed_alone(coop, grocer):
    flat = await coop.offer("Flat", **FLAT)
    sent = []

    async def say(document):
        sent.append(document)
        return "https://lanehead.example/activities/1"

    to = {"customer": grocer.uri, "request_id": "https://grocer.example/activities/1"}
    by = agreements.of_account(coop.rosa)
    await coop.write(agreements.propose, stay(flat, MONDAY, 3), **to, by=by, say=say)
    [document] = sent
    assert [one["title"] for one in document["terms"]["lines"]] == ["Flat"]
