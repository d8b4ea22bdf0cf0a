"""What a listing asks beyond its price stands in the first offer, and follows what is agreed."""

import random
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from msgspec.structs import replace

from node import agreements, policies
from node.agreements import Cancellation, Revision, Wanted, WantedLine
from node.agreements.reading import read_terms
from node.agreements.terms import Line, Rate, Terms
from node.errors import InvalidInput
from node.listings import Cancelling, Conditions, Tax
from node.money import Money
from node.policies import FeeRule, Payer
from tests.node.agreements.conftest import START
from tests.node.agreements.peers import GROCER
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


IN_IT = Conditions(included=(Tax("VAT", Decimal(20)),))
NONE = Conditions(included=(Tax("VAT", Decimal(0)),))


async def test_a_tax_in_the_price_is_told_and_adds_nothing(coop):
    listing = await coop.offer(conditions=IN_IT)
    wanted = Wanted((WantedLine(listing.id, Decimal(2)),))
    terms = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
    assert (terms.total[0].text, terms.taxes) == ("37.00", ())
    assert [(tax.name, tax.money.text) for tax in terms.included] == [("VAT 20 %", "6.17")]
    small = await coop.offer(conditions=NONE)
    wanted = Wanted((WantedLine(small.id, Decimal(2)),))
    terms = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
    assert [(tax.name, tax.money.text) for tax in terms.included] == [("VAT 0 %", "0.00")]


async def test_a_tax_in_the_price_is_booked_apart_and_follows_another_price(coop):
    made = await coop.ask(await coop.offer(conditions=IN_IT), quantity=Decimal(2))
    dearer = Revision(quantities=((0, Decimal(4)),), taxes=())
    made = await coop.do(made, "counter", coop.rosa, revision=dearer)
    made = await coop.do(made, "accept", coop.maya)
    await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    booked = await standing(coop)
    assert booked["liabilities:tax"] == "-12.33"
    owed = [sum_ for code, sum_ in booked.items() if code.startswith("assets:receivable")]
    assert owed == ["74.00"]


async def test_what_we_put_forward_to_another_coop_has_its_taxes_too(coop, grocer):
    listing = await coop.offer(conditions=Conditions(taxes=(Tax("VAT", Decimal(20)),)))
    said = []

    async def say(document):
        said.append(document)
        return "https://loaf.example/activities/1"

    wanted = Wanted((WantedLine(listing.id, Decimal(2)),))
    named = {"customer": GROCER, "request_id": "https://grocer.example/a/1", "say": say}
    by = agreements.of_account(coop.sam)
    await coop.write(agreements.propose, wanted, **named, by=by)
    assert said[0]["terms"]["total"] == [{"amount": "44.40", "currency": "GBP"}]


@pytest.mark.parametrize("seed", [3])
async def test_net_and_taxes_are_the_price_to_the_last_cent(seed):
    dice = random.Random(seed)
    for _round in range(300):
        lines = tuple(
            Line(
                "https://loaf.example/listings/1",
                "goods",
                "Loaf",
                Decimal(dice.randrange(1, 9000)).scaleb(-2),
                "piece",
                (Money(dice.randrange(100_000), "GBP", 2), Money(50, "HOUR", 2)),
                taxes=tuple(
                    Rate(name, Decimal(dice.randrange(2500)).scaleb(-2), included=True)
                    for name in ("VAT", "City tax")[: dice.randrange(3)]
                ),
            )
            for _line in range(dice.randrange(1, 4))
        )
        terms = Terms("a", 1, "p", "c", lines)
        gross = sum(one.decimal for one in terms.total if one.currency == "GBP")
        taxes = sum(one.money.decimal for one in terms.included)
        exact = sum(
            Fraction(amount.decimal)
            * Fraction(sum(rate.percent for rate in line.taxes))
            / (100 + Fraction(sum(rate.percent for rate in line.taxes)))
            for line in lines
            for amount in line.amounts
            if amount.currency == "GBP"
        )
        assert 0 <= taxes <= gross
        assert abs(Fraction(taxes) - exact) <= Fraction(len(terms.included), 200)
        assert read_terms(terms.document) == terms


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


TWO = replace(ASKED, other_projects=("Lifeboat",))


async def test_whoever_asks_chooses_among_the_projects_of_the_listing(coop):
    half = FeeRule("Fee", Payer.PROVIDER, "GBP", Decimal(10), destinations=(("project", 1),))
    await coop.write(policies.adopt, policies.FEE_RULES, (half,), version="v1", decided_by="m")
    await coop.write(
        policies.adopt, policies.AGREEMENTS_SELLER, "member", version="v1", decided_by="m"
    )
    listing = await coop.offer(conditions=TWO)
    meant = (await coop.see(await coop.ask(listing), coop.maya)).version.terms
    made = await coop.ask(listing, project=1, start=START + timedelta(days=1))
    terms = (await coop.see(made, coop.maya)).version.terms
    assert (meant.project, terms.project) == ("School garden", "Lifeboat")
    assert read_terms(terms.document) == terms
    with pytest.raises(InvalidInput, match="project"):
        await coop.ask(listing, project=2, start=START + timedelta(days=2))
    await coop.do(made, "accept", coop.rosa)
    await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    shares = {one: sum_ for one, sum_ in (await standing(coop)).items() if ":community:" in one}
    [(account, share)] = shares.items()
    assert account.startswith("liabilities:community:lifeboat-")
    assert share == "-3.70"


async def test_the_projects_of_a_listing_are_each_once_and_the_first_named_is_the_first(coop):
    for said, kept in (
        ((None, ("Lifeboat; Choir\nLifeboat", " ")), ("Lifeboat", "Choir")),
        (("Choir", ("Choir",)), ("Choir",)),
        ((None, ()), ()),
    ):
        project, others = said
        wanted = replace(ASKED, project=project, other_projects=others)
        assert (await coop.offer(conditions=wanted)).conditions.projects == kept
    for wrong in (("x" * 61,), tuple("abcdef")):
        with pytest.raises(InvalidInput, match="project"):
            await coop.offer(conditions=replace(ASKED, other_projects=wrong))


async def test_what_cannot_be_asked_for_is_refused_on_the_listing(coop):
    for wrong, field in (
        (replace(ASKED, taxes=(Tax("VAT", Decimal(0)),)), "taxes"),
        (replace(ASKED, included=(Tax("VAT", Decimal(101)),)), "taxes_included"),
        (replace(ASKED, deposit=Decimal(-1)), "deposit"),
        (replace(ASKED, cancelling=Cancelling(2, 0, 101)), "cancel_hours"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await coop.offer(conditions=wrong)
        assert list(refused.value.fields) == [field]
    with pytest.raises(InvalidInput, match="price"):
        await coop.offer(conditions=ASKED, price_amount=None, currency=None)
