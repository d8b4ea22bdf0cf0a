"""What a listing asks beyond its price stands in the first offer, and follows what is agreed."""

from dataclasses import replace
from decimal import Decimal

import pytest

from node import agreements, policies
from node.agreements import Cancellation, Revision, Wanted, WantedLine
from node.errors import InvalidInput
from node.listings import Cancelling, Conditions, Tax
from node.policies import FeeRule, Payer
from tests.node.agreements.test_commands import standing

ASKED = Conditions(
    taxes=(Tax("VAT", Decimal(20)), Tax("City tax", Decimal("3.5"))),
    deposit=Decimal(50),
    cancelling=Cancelling(48, 10, 60),
    project="School garden",
)


async def test_taxes_deposit_and_cancelling_are_seen_before_anything_is_asked_for(coop):
    listing = await coop.offer(conditions=ASKED)
    wanted = Wanted((WantedLine(listing.id, Decimal(2)),))
    shown = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
    assert [(tax.name, tax.money.text) for tax in shown.taxes] == [
        ("VAT 20 %", "7.40"),
        ("City tax 3.5 %", "1.30"),
    ]
    assert (shown.total[0].text, shown.deposit.text) == ("45.70", "50.00")
    assert shown.cancellation == Cancellation(48, 10, 60)


async def test_the_taxes_follow_another_price_unless_they_are_said_anew(coop):
    asked = await coop.ask(await coop.offer(conditions=ASKED))
    dearer = Revision(quantities=((0, Decimal(4)),))
    await coop.do(asked, "counter", coop.rosa, revision=dearer)
    terms = (await coop.see(asked, coop.maya)).version.terms
    assert [tax.money.text for tax in terms.taxes] == ["14.80", "2.59"]
    await coop.do(asked, "counter", coop.maya, revision=Revision(taxes=()))
    assert (await coop.see(asked, coop.maya)).version.terms.taxes == ()


async def test_half_of_the_fee_is_booked_to_the_listings_project(coop):
    half = FeeRule(
        "Fee", Payer.PROVIDER, "GBP", Decimal(10), destinations=(("coop", 1), ("project", 1))
    )
    await coop.write(policies.adopt, policies.FEE_RULES, (half,), version="v1", decided_by="m")
    await coop.write(
        policies.adopt, policies.AGREEMENTS_SELLER, "member", version="v1", decided_by="m"
    )
    made = await coop.do(await coop.ask(await coop.offer(conditions=ASKED)), "accept", coop.rosa)
    [fee] = (await coop.see(made, coop.rosa)).version.fees
    assert [str(one) for one in fee.explained] == [
        "10 % of 37.00 GBP",
        "1.85 of it for School garden",
    ]
    await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    [share] = [sum_ for code, sum_ in (await standing(coop)).items() if ":community:" in code]
    assert share == "-1.85"


async def test_what_cannot_be_asked_for_is_refused_on_the_listing(coop):
    for wrong, field in (
        (replace(ASKED, taxes=(Tax("VAT", Decimal(0)),)), "taxes"),
        (replace(ASKED, deposit=Decimal(-1)), "deposit"),
        (replace(ASKED, cancelling=Cancelling(2, 0, 101)), "cancel_hours"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await coop.offer(conditions=wrong)
        assert list(refused.value.fields) == [field]
    with pytest.raises(InvalidInput, match="price"):
        await coop.offer(conditions=ASKED, price_amount=None, currency=None)
