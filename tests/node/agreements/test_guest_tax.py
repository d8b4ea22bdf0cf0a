"""A tax of a fixed sum for each person and night: asked, counted, and agreed on by both coops."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import agreements
from node.agreements import Event, Revision, WantedLine
from node.agreements.reading import read_terms
from node.agreements.terms import cancel_fee
from node.errors import InvalidInput
from node.listings import Cancelling, Conditions, GuestTax, Tax
from tests.node.agreements.offers import newest, ours, refused
from tests.node.agreements.test_commands import standing
from tests.node.agreements.test_whole_prices import promising, stay, sums

TAX = GuestTax("City tax", Decimal("2.50"), 16)
ASKED = Conditions(guest_tax=TAX)
FLAT = {
    "kind": "stay",
    "unit": "night",
    "price_amount": Decimal(90),
    "details": {"guests": "4"},
    "conditions": ASKED,
}
MONDAY = date(2027, 7, 5)


async def preview(coop, flat, guests, taxed, nights=3):
    wanted = replace(stay(flat, MONDAY, nights), guests=guests, taxed_guests=taxed)
    return (await coop.read(agreements.preview, wanted, coop.maya.id)).terms


async def asked(coop, flat, guests=4, taxed=2):
    wanted = replace(stay(flat, MONDAY, 3), guests=guests, taxed_guests=taxed)
    return (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement


async def test_it_is_in_the_sum_for_each_night_of_those_who_pay_it(coop):
    flat = await coop.offer("Flat", **FLAT)
    terms = await preview(coop, flat, 4, 2)
    assert [(one.name, one.money.text) for one in terms.taxes] == [("City tax", "15.00")]
    assert sums(terms.total) == ["285.00 GBP"]
    assert read_terms(terms.document) == terms
    young = await preview(coop, flat, 2, 0)
    assert (young.taxes, sums(young.total)) == ((), ["270.00 GBP"])
    assert read_terms(young.document) == young


async def test_no_other_tax_is_charged_on_it_and_it_goes_back_with_a_cancelled_stay(coop):
    vat = replace(ASKED, taxes=(Tax("VAT", Decimal(10)),), cancelling=Cancelling(48, 50, 50))
    flat = await coop.offer("Flat", **FLAT | {"conditions": vat})
    terms = await preview(coop, flat, 4, 2)
    assert [(one.name, one.money.text) for one in terms.taxes] == [
        ("VAT 10 %", "27.00"),
        ("City tax", "15.00"),
    ]
    assert sums(cancel_fee(terms, terms.start)) == ["135.00 GBP"]


async def test_how_many_pay_it_is_said_where_it_goes_by_age_and_is_no_more_than_come(coop):
    flat = await coop.offer("Flat", **FLAT)
    every = replace(ASKED, guest_tax=replace(TAX, from_age=None))
    all_pay = await coop.offer("Flat", **FLAT | {"conditions": every})
    free = await coop.offer("Flat", **FLAT | {"conditions": Conditions()})
    assert (await preview(coop, all_pay, 3, None)).guest_tax.persons == 3
    for listing, guests, taxed in (
        (flat, 4, None),
        (flat, 2, 3),
        (flat, 2, -1),
        (all_pay, None, None),
        (all_pay, 3, 2),
    ):
        with pytest.raises(InvalidInput) as error:
            await preview(coop, listing, guests, taxed)
        assert list(error.value.fields) == ["taxed_guests"], (guests, taxed)
    with pytest.raises(InvalidInput, match="Nobody pays"):
        await preview(coop, free, 2, 1)


async def test_it_follows_other_nights_and_other_guests(coop):
    flat, by = await coop.offer("Flat", **FLAT), agreements.of_account(coop.rosa)
    some, all_ = await asked(coop, flat, 4, 2), await asked(coop, flat, 3, 3)
    longer = stay(flat, MONDAY, 5).end
    for made, said, total in (
        (some, {"end": longer}, "475.00 GBP"),
        (some, {"taxed_guests": 3}, "292.50 GBP"),
        (some, {"guests": 1}, "277.50 GBP"),
        (some, {"guests": 3}, "285.00 GBP"),
        (all_, {"guests": 4}, "300.00 GBP"),
        (some, {"taxes": ()}, "270.00 GBP"),
    ):
        offered = [agreements.preview_revision, made.id, Event.COUNTER, by, Revision(**said)]
        assert sums((await coop.read(*offered)).terms.total) == [total], said
    for wrong in (5, -1):
        with pytest.raises(InvalidInput) as error:
            await coop.do(some, "counter", coop.rosa, revision=Revision(taxed_guests=wrong))
        assert "taxed_guests" in error.value.fields


async def test_it_is_booked_as_a_tax_to_pass_on(coop):
    made = await coop.do(await asked(coop, await coop.offer("Flat", **FLAT)), "accept", coop.rosa)
    await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    assert (await standing(coop))["liabilities:tax"] == "-15.00"


async def test_another_coop_says_how_many_pay_it_and_an_older_one_is_told_to(coop, grocer):
    flat = await coop.offer("Flat", **FLAT)
    theirs = {"agreement": ours(flat).agreement, "customer": grocer.uri}
    terms = replace(await preview(coop, flat, 4, 2), **theirs)
    older = replace(terms, guest_tax=None, taxes=())
    outcome = await grocer.say("Offer", promising(flat, older))
    assert refused(outcome, 422)
    assert "City tax" in outcome.detail
    cheaper = replace(terms.guest_tax, each=replace(terms.guest_tax.each, amount=1))
    less = replace(terms, guest_tax=cheaper)
    less = replace(less, taxes=less.due_taxes)
    assert refused(await grocer.say("Offer", promising(flat, less)), 422, "conditions-mismatch")
    wrong = replace(terms, taxes=())
    assert refused(await grocer.say("Offer", promising(flat, wrong)), 422)
    assert refused(await grocer.order(flat, unit="one", total="90"), 422, "price-mismatch")
    await grocer.say("Offer", promising(flat, terms))
    assert (await coop.see(await newest(coop), coop.rosa)).version.terms == terms


async def test_another_coop_leaves_out_nobody_where_no_age_is_named(coop, grocer):
    every = replace(ASKED, guest_tax=replace(TAX, from_age=None))
    flat = await coop.offer("Flat", **FLAT | {"conditions": every})
    theirs = {"agreement": ours(flat).agreement, "customer": grocer.uri}
    terms = replace(await preview(coop, flat, 4, None), **theirs)
    less = replace(terms, guest_tax=replace(terms.guest_tax, persons=1))
    less = replace(less, taxes=less.due_taxes)
    outcome = await grocer.say("Offer", promising(flat, less))
    assert refused(outcome, 422)
    assert "Everybody who comes" in outcome.detail
    await grocer.say("Offer", promising(flat, terms))
    assert (await coop.see(await newest(coop), coop.rosa)).version.terms == terms


async def test_breakfast_beside_the_bed_pays_none_and_two_towns_are_asked_separately(coop):
    flat = await coop.offer("Flat", **FLAT)
    dearer = replace(ASKED, guest_tax=replace(TAX, amount=Decimal(3)))
    other = await coop.offer("Hut", **FLAT | {"conditions": dearer})
    bread = await coop.offer("Bread", kind="goods", price_amount=Decimal(4))
    asked_for = replace(stay(flat, MONDAY, 3), guests=4, taxed_guests=2)
    both = replace(asked_for, lines=(WantedLine(bread.id, Decimal(1)), *asked_for.lines))
    terms = (await coop.read(agreements.preview, both, coop.maya.id)).terms
    assert sums(terms.total) == ["289.00 GBP"]
    two = replace(asked_for, lines=(*asked_for.lines, WantedLine(other.id)))
    with pytest.raises(InvalidInput, match="ask separately"):
        await coop.read(agreements.preview, two, coop.maya.id)
