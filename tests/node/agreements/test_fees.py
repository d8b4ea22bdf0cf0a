"""What a coop takes, and how it says so before anybody accepts."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from node.agreements.fees import Dealing, explain
from node.agreements.sides import Role
from node.agreements.terms import Line
from node.errors import InvalidInput
from node.money import Money
from node.policies import FEE_RULES, Channel, FeeRule, Payer

STAY = Line("https://portici.example/listings/1", "stay", "Room", Decimal(3), "night",
            (Money(7001, "EUR", 2),), project="School garden")  # fmt: skip
CHEAP = replace(STAY, quantity=Decimal(1), prices=(Money(100, "EUR", 2),))
GOODS = replace(STAY, kind="goods")
BOTH = Dealing((STAY,), Channel.LOCAL, frozenset(Role))
HALF = FeeRule(
    name="Commission",
    payer=Payer.CUSTOMER,
    currency="EUR",
    percent=Decimal("7.5"),
    kinds=("stay",),
    destinations=(("coop", 1), ("project", 1)),
)


def test_half_of_a_fee_goes_to_the_project_that_the_listing_names():
    [line] = explain([HALF], BOTH)
    assert (line.money.text, line.payer) == ("15.75", Role.CUSTOMER)
    assert [(d.name, d.money.text, d.project) for d in line.destinations] == [
        ("coop", "7.88", None),
        ("project", "7.87", "School garden"),
    ]
    said = [str(sentence) for sentence in line.explained]
    assert said == ["7.5 % of 210.03 EUR", "7.87 of it for School garden"]


def test_without_a_project_that_half_goes_to_the_community_fund():
    [line] = explain([HALF], replace(BOTH, lines=(replace(STAY, project=None),)))
    assert [d.name for d in line.destinations] == ["coop", "community"]


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        (FeeRule("f", Payer.PROVIDER, "EUR", flat=Money(200, "EUR", 2)), "2.00"),
        (FeeRule("f", Payer.PROVIDER, "EUR", Decimal(1), flat=Money(5, "EUR", 2)), "2.15"),
        (FeeRule("f", Payer.PROVIDER, "EUR", Decimal(1), lowest=Money(300, "EUR", 2)), "3.00"),
        (FeeRule("f", Payer.PROVIDER, "EUR", Decimal(9), highest=Money(300, "EUR", 2)), "3.00"),
        (FeeRule("f", Payer.PROVIDER, "GBP", Decimal(9)), None),
        (FeeRule("f", Payer.PROVIDER, "EUR", Decimal(9), kinds=("goods",)), None),
        (FeeRule("f", Payer.PROVIDER, "EUR", Decimal(9), classes=("worker",)), None),
        (FeeRule("f", Payer.PROVIDER, "EUR", Decimal(9), channels=(Channel.FEDERATED,)), None),
        (FeeRule("f", Payer.PROVIDER, "EUR", Decimal(1), over=Money(21003, "EUR", 2)), None),
        (FeeRule("f", Payer.PROVIDER, "EUR", Decimal(1), up_to=Money(21003, "EUR", 2)), "2.10"),
    ],
)
def test_a_rule_takes_what_it_says_of_what_it_is_for(rule, taken):
    lines = explain([rule], BOTH)
    assert [line.money.text for line in lines] == ([taken] if taken else [])


def test_all_fees_together_take_at_most_the_price():
    flat = Money(18000, "EUR", 2)
    rules = [
        FeeRule("First", Payer.PROVIDER, "EUR", flat=flat),
        FeeRule("Split", Payer.SPLIT, "EUR", Decimal(50)),
        FeeRule("Last", Payer.CUSTOMER, "EUR", lowest=Money(100, "EUR", 2)),
    ]
    lines = explain(rules, BOTH)  # of 210.03
    assert [(line.name, line.money.text) for line in lines] == [
        ("First", "180.00"),
        ("Split", "15.02"),
        ("Split", "15.01"),
    ]
    assert str(lines[1].explained[-1]) == "but not more than is left of the price: 15.02"
    [line] = explain([replace(rules[0], kinds=("stay",))], replace(BOTH, lines=(CHEAP, GOODS)))
    assert (line.money.text, line.bound) == ("1.00", "price")


def _takes(name: str, percent: str, **where: object) -> dict[str, object]:
    return {"name": name, "payer": "customer", "currency": "EUR", "percent": percent, **where}


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"kinds": ["stay", "goods"]},
        {"classes": ["worker"], "channels": ["local"]},
        {"over": "100.00"},
        {"up_to": "100.00"},
    ],
)
def test_rules_that_one_agreement_can_meet_take_at_most_its_price(other):
    rules = [_takes("Commission", "60", kinds=["stay"]), _takes("Platform", "40.5", **other)]
    with pytest.raises(InvalidInput) as refused:
        FEE_RULES.kind.read(rules)
    said = str(refused.value)
    for named in ("Commission, Platform", "100.5 %", "fees.rules", "100 %", "Lower a percentage"):
        assert named in said
    assert FEE_RULES.kind.read([rules[0], rules[1] | {"percent": "40"}])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"kinds": ["stay"]}, {"kinds": ["goods"]}),
        ({"classes": ["worker"]}, {"classes": ["user"]}),
        ({"channels": ["local"]}, {"channels": ["federated"]}),
        ({"up_to": "100.00"}, {"over": "100.00"}),
        ({}, {"currency": "GBP"}),
    ],
)
def test_rules_that_never_meet_do_not_add_up(one, other):
    assert FEE_RULES.kind.read([_takes("One", "60", **one), _takes("Other", "60", **other)])


def test_a_split_fee_loses_no_cent():
    rule = FeeRule("f", Payer.SPLIT, "EUR", flat=Money(101, "EUR", 2))
    lines = explain([rule], BOTH)
    assert [(line.payer, line.money.amount) for line in lines] == [
        (Role.CUSTOMER, 51),
        (Role.PROVIDER, 50),
    ]


def test_another_coops_customer_pays_no_fee_of_ours():
    federated = replace(BOTH, channel=Channel.FEDERATED, ours=frozenset({Role.PROVIDER}))
    assert explain([HALF], federated) == ()


def test_rules_come_back_from_the_policy_as_they_were_decided():
    rules = (
        replace(HALF, over=Money(0, "EUR", 2), flat=Money(5, "EUR", 2)),
        FeeRule("Local", Payer.SPLIT, "GBP", Decimal(5), channels=(Channel.LOCAL,)),
    )
    assert FEE_RULES.kind.read(FEE_RULES.kind.write(rules)) == rules


@pytest.mark.parametrize(
    "stored",
    [
        "5 %",
        [{"name": "f"}],
        [{"name": "f", "payer": "nobody", "currency": "EUR"}],
        [{"name": "f", "payer": "customer", "currency": "EURO"}],
        [{"name": "f", "payer": "customer", "currency": "EUR", "percent": 5}],
        [{"name": "f", "payer": "customer", "currency": "EUR", "percent": "101"}],
        [{"name": "f", "payer": "customer", "currency": "EUR", "percent": "-1"}],
        [{"name": "f", "payer": "customer", "currency": "EUR", "flat": "-1.00"}],
        [{"name": "f", "payer": "customer", "currency": "EUR", "flat": 1}],
        [{"name": "f", "payer": "customer", "currency": "EUR", "lowest": "2", "highest": "1"}],
        [{"name": "f", "payer": "customer", "currency": "EUR", "destinations": {"me": 1}}],
        [{"name": "f", "payer": "customer", "currency": "EUR", "destinations": {"coop": 0}}],
        [{"name": "f", "payer": "customer", "currency": "EUR", "when": "now"}],
    ],
)
def test_a_rule_that_nobody_could_apply_is_refused(stored):
    with pytest.raises(InvalidInput):
        FEE_RULES.kind.read(stored)
