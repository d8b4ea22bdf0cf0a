"""Prices that one sum does not say whole: money and hours together, and seasons."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from federation.handlers import RefusedBy
from node import listings
from node.listings import (
    Conditions,
    GuestTax,
    Kind,
    PriceView,
    ReferralFee,
    Season,
    Tax,
    conditions,
    prices,
    rules,
)
from node.listings.rules import ListingDraft, Terms
from node.listings.seasons import counted as by_season
from node.listings.wire import mirror_columns
from node.listings.wire_prices import on_wire
from protocol.contexts import CONTEXT
from protocol.errors import MalformedDocument
from protocol.jsonld import normalise
from protocol.vocabulary.listings import listing_document, parse_listing
from protocol.vocabulary.prices import PriceOnWire, SeasonOnWire, in_words
from tests.node.listings.conftest import Coop
from tests.node.listings.test_inbox import FLOUR, START, hear, said

MIX = PriceView(Decimal(14), currency="EUR", unit="visit", hours=Decimal(1))
ON_WIRE = PriceOnWire(Decimal(14), "EUR", "visit", hours=Decimal(1))
SUMMER = Season(date(2027, 7, 1), date(2027, 8, 31), Decimal(90))
ROOM = PriceOnWire(
    Decimal(60),
    "EUR",
    "night",
    seasons=(SeasonOnWire(SUMMER.first, SUMMER.last, SUMMER.amount),),
)
DEAR = replace(SUMMER, amount=Decimal(-1))
EASTER = Season(date(2027, 3, 26), date(2027, 3, 29), Decimal(75))
EVER = Season(date(1, 1, 1), date(9999, 12, 31), Decimal(80), yearly=True)
LATER = Season(date(2031, 8, 31), date(2031, 9, 30), Decimal(70))
BOTH = {"price_amount": Decimal(14), "currency": "EUR", "price_hours": Decimal("1.5")}


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (BOTH, []),
        (BOTH | {"price_max": Decimal(20), "price_amount": Decimal(0)}, []),
        (BOTH | {"price_amount": None}, ["price_hours"]),
        (BOTH | {"price_amount": Decimal(0)}, ["price_hours"]),
        (BOTH | {"price_hours": Decimal(0)}, ["price_hours"]),
        (BOTH | {"price_hours": Decimal(-1)}, ["price_hours"]),
        (BOTH | {"price_hours": Decimal("0.001")}, ["price_hours"]),
        (BOTH | {"currency": "HOUR"}, ["price_hours"]),
    ],
)
def test_hours_come_on_top_of_money_and_never_alone(
    given: dict[str, Any], fields: list[str]
) -> None:
    assert sorted(rules.check(ListingDraft("Garden work", **given), Terms())) == fields


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, []),
        ({"kind": Kind.LEND, "unit": "day"}, []),
        ({"price_hours": Decimal(1)}, []),
        ({"kind": Kind.SERVICE}, ["season1_first"]),
        ({"unit": "week"}, ["season1_first"]),
        ({"price_max": Decimal(80)}, ["season1_first"]),
        ({"price_amount": None}, ["price_amount"]),
        ({"price_seasons": (SUMMER, replace(SUMMER, first=date(2027, 8, 31)))}, ["season2_first"]),
        ({"price_seasons": (replace(SUMMER, last=date(2027, 6, 30)),)}, ["season1_last"]),
        ({"price_seasons": (replace(SUMMER, amount=Decimal("0.001")),)}, ["season1_amount"]),
        ({"price_seasons": (replace(SUMMER, amount=Decimal("NaN")),)}, ["season1_amount"]),
        ({"price_seasons": (SUMMER,) * 7}, ["season1_first"]),
        ({"more_prices": (PriceView(Decimal(9), None, "EUR", "night", seasons=(SUMMER,)),)}, []),
        (
            {"more_prices": (PriceView(Decimal(9), None, "EUR", "week", seasons=(SUMMER,)),)},
            ["season1_first"],
        ),
        (
            {"more_prices": (PriceView(Decimal(9), None, "EUR", "night", seasons=(DEAR, EASTER)),)},
            ["season1_amount2"],
        ),
        ({"price_seasons": (replace(SUMMER, yearly=True),)}, []),
        (
            {"price_seasons": (replace(SUMMER, last=date(2028, 7, 1), yearly=True),)},
            ["season1_last"],
        ),
        ({"price_seasons": (replace(SUMMER, yearly=True), LATER)}, ["season2_first"]),
        (
            {"price_seasons": (EVER, replace(SUMMER, yearly=True))},
            ["season1_last", "season2_first"],
        ),
    ],
)
def test_a_price_by_season_is_refused_where_it_is_wrong(
    given: dict[str, Any], fields: list[str]
) -> None:
    draft = {"kind": Kind.STAY, "price_amount": Decimal(60), "currency": "EUR", "unit": "night"}
    asked = ListingDraft("Attic", **draft | {"price_seasons": (SUMMER,)} | given)
    assert sorted(rules.check(asked, Terms())) == fields


def test_by_season_it_is_found_at_each_of_its_prices() -> None:
    room = PriceView(Decimal(60), None, "EUR", "night", seasons=(SUMMER,))
    assert prices.read(prices.stored((room,))) == (room,)
    assert prices.spans((room,)) == [["EUR", 6000, 9000]]


def test_of_many_seasons_who_knows_none_is_told_the_least_and_the_most() -> None:
    few = replace(ROOM, text="breakfast included")
    assert in_words(few) == (
        "60 EUR / night; 2027-07-01/2027-08-31 90 EUR / night · breakfast included"
    )
    many = tuple(
        SeasonOnWire(date(2027, month, 1), date(2027, month, 20), Decimal(50 + month))
        for month in range(1, 7)
    )
    assert in_words(replace(few, seasons=many)) == "51–60 EUR / night"


def test_what_is_paid_in_both_is_found_by_both() -> None:
    assert prices.read(prices.stored((MIX,))) == (MIX,)
    assert prices.ways((MIX,)) == ["EUR", "time"]
    assert prices.spans((MIX,)) == [["EUR", 1400, 1400]]


@pytest.mark.parametrize(
    "wire",
    [
        ROOM,
        replace(ROOM, seasons=(replace(ROOM.seasons[0], yearly=True),)),
        replace(ROOM, hours=Decimal("0.5"), seasons=ROOM.seasons * 2),
        ON_WIRE,
        replace(ON_WIRE, label="A visit", text="tools are ours", least=Decimal(2)),
        replace(ON_WIRE, amount=Decimal(18), minimum=Decimal(14), maximum=Decimal(22)),
    ],
)
def test_a_price_of_several_sums_travels_whole(wire: PriceOnWire) -> None:
    other = PriceOnWire(Decimal(3), "EUR", "piece", label="Seed")
    for first, more in ((wire, other), (other, wire)):
        document = listing_document(replace(FLOUR, price=first, alternatives=(more,)))
        heard = parse_listing(normalise(document))
        assert (heard.price, *heard.alternatives) == (first, more)


def test_who_knows_one_sum_is_told_words_and_no_wrong_sum() -> None:
    """What a node of 0.1.0 reads: it knows no `wholePrice`."""
    more = replace(ON_WIRE, amount=Decimal(9))
    asked = conditions.document(Conditions(deposit=Decimal(50)), "EUR")
    wire = replace(FLOUR, price=ON_WIRE, alternatives=(more,), conditions=asked)
    document = listing_document(wire)
    del document["wholePrice"]
    for intent in document["alternatives"]:
        del intent["wholePrice"]
    [seen] = prices.read(mirror_columns(parse_listing(normalise(document)), START)["prices"])
    assert seen == PriceView(None, None, "EUR", "visit", "14 EUR + 1 HOUR / visit")


def test_who_knows_no_tax_in_a_price_adds_none() -> None:
    asked = Conditions(included=(Tax("VAT", Decimal(20)),))
    document = conditions.document(asked, "EUR")
    assert conditions.read(document, "EUR") == asked
    del document["taxesIncluded"]
    assert conditions.read(document, "EUR").taxes == ()


def test_a_tax_for_each_person_and_night_travels_in_the_currency_of_the_price() -> None:
    asked = Conditions(guest_tax=GuestTax("City tax", Decimal("2.50"), 16))
    document = conditions.document(asked, "EUR")
    tax = {"name": "City tax", "amount": "2.50", "currency": "EUR", "fromAge": 16}
    assert document == {"guestTax": tax}
    assert conditions.read(document, "EUR") == asked
    for wrong in ({"amount": "0"}, {"currency": "GBP"}, {"fromAge": 0}, {"name": ""}):
        with pytest.raises(conditions.Unreadable):
            conditions.read({"guestTax": tax | wrong}, "EUR")
    for currency, field in (("HOUR", "guest_tax_amount"), (None, "guest_tax_amount")):
        assert list(conditions.faults(asked, currency)) == [field]


@pytest.mark.parametrize(
    ("fee", "written"),
    [
        (ReferralFee(percent=Decimal("7.5")), {"percent": "7.5"}),
        (ReferralFee(amount=Decimal(10)), {"amount": "10", "currency": "EUR"}),
    ],
)
def test_what_a_listing_offers_for_a_referral_travels(fee: ReferralFee, written: Any) -> None:
    asked = Conditions(referral_fee=fee)
    assert conditions.document(asked, "EUR") == {"referralFee": written}
    assert conditions.read({"referralFee": written}, "EUR") == asked


@pytest.mark.parametrize(
    ("fee", "field"),
    [
        (ReferralFee(Decimal(5), Decimal(5)), "referral_amount"),
        (ReferralFee(Decimal(101)), "referral_percent"),
        (ReferralFee(Decimal("0.001")), "referral_percent"),
        (ReferralFee(amount=Decimal(0)), "referral_amount"),
    ],
)
def test_it_is_a_part_or_a_sum(fee: ReferralFee, field: str) -> None:
    assert list(conditions.faults(Conditions(referral_fee=fee), "EUR")) == [field]


ASKS = Conditions((Tax("VAT", Decimal(7)),), Decimal(0), included=(Tax("Fee", Decimal(1)),))
LUNCH = PriceView(Decimal(9), None, "EUR", "piece", label="lunch", asks=ASKS)


def test_a_price_with_its_own_taxes_travels_whole_and_is_not_offered_by_who_does_not_know_it() -> (
    None
):
    document = listing_document(replace(FLOUR, alternatives=(on_wire(LUNCH),)))
    said_of = document["alternatives"][0]["wholePrice"]["conditions"]
    assert said_of["deposit"] == {"amount": "0", "currency": "EUR"}
    kept = prices.read(mirror_columns(parse_listing(normalise(document)), START)["prices"])
    assert kept[1] == LUNCH
    for wrong in ({"taxes": [{"name": "VAT", "percent": "200"}]}, {"deposit": {"amount": "-"}}):
        document["alternatives"][0]["wholePrice"]["conditions"] = wrong
        with pytest.raises(MalformedDocument):
            mirror_columns(parse_listing(normalise(document)), START)
    document["alternatives"][0]["wholePrice"].pop("conditions")
    document["alternatives"][0]["wholePrice"]["asks"] = {}  # as this is to a node of before
    assert len(mirror_columns(parse_listing(normalise(document)), START)["prices"]) == 1


@pytest.mark.parametrize(
    ("asks", "fields"),
    [
        (ASKS, []),
        (Conditions((Tax("VAT", Decimal(0)),)), ["price2_taxes"]),
        (Conditions(included=(Tax("", Decimal(1)),)), ["price2_taxes_included"]),
        (Conditions(deposit=Decimal("0.001")), ["price2_deposit"]),
        (Conditions(deposit=Decimal(-1)), ["price2_deposit"]),
    ],
)
def test_what_a_price_asks_for_is_said_at_its_fields(asks: Conditions, fields: list[str]) -> None:
    draft = ListingDraft(
        "Hall",
        price_amount=Decimal(9),
        currency="EUR",
        more_prices=(replace(LUNCH, asks=asks),),
    )
    assert sorted(rules.check(draft, Terms())) == fields


@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.OPENING])
def test_a_price_of_what_is_needed_asks_for_no_taxes_and_no_deposit(kind: Kind) -> None:
    draft = ListingDraft(
        "Hall", kind=kind, price_amount=Decimal(9), currency="EUR", more_prices=(LUNCH,)
    )
    [price] = rules.clean(draft, Terms()).more_prices
    assert price == replace(LUNCH, asks=None)


def test_the_rest_is_as_the_listing_has_it() -> None:
    listing = Conditions((Tax("VAT", Decimal(20)),), Decimal(50), project="Garden")
    assert listing.at(None) == listing
    assert listing.at(Conditions(deposit=Decimal(5))) == replace(listing, deposit=Decimal(5))
    assert listing.at(ASKS) == replace(ASKS, deposit=None, project="Garden")


async def test_another_coops_price_of_both_is_shown_and_nonsense_is_refused(
    followed: Coop,
) -> None:
    await hear(followed, said("Create", replace(FLOUR, price=ON_WIRE)))
    mirror = await followed.ask(lambda reader: listings.mirror(reader, FLOUR.uri))
    assert mirror.prices == (MIX,)
    later = {"amount": "14", "currency": "EUR", "hours": "1", "per": "moon"}
    friday = {"first": "2027-07-01", "last": "2027-08-31", "amount": "90", "weekday": "5"}
    weekends = {"amount": "60", "currency": "EUR", "seasons": [friday]}
    strange = replace(ON_WIRE, currency="SHELLS")
    words = {
        1: (ON_WIRE, {"wholePrice": later}, "14 EUR + 1 HOUR / visit"),
        2: (strange, {}, "14 SHELLS + 1 HOUR / visit"),
        3: (ROOM, {"wholePrice": weekends}, in_words(ROOM)),
    }
    for number, (wire, changes, text) in words.items():
        other = replace(FLOUR, uri=f"https://mill.example/listings/8{number}", price=wire)
        await hear(followed, said("Create", other, **changes))
        mirror = await followed.ask(lambda reader, uri=other.uri: listings.mirror(reader, uri))
        assert [(one.amount, one.text) for one in mirror.prices] == [(None, text)]
    both = {"amount": "14", "currency": "EUR"}
    night = both | {"seasons": [{"first": "2027-07-01", "last": "2027-08-31", "amount": "90"}]}
    backwards = {"first": "2027-08-01", "last": "2027-07-01", "amount": "90"}
    for number, wrong in enumerate(
        (
            [1],
            both | {"hours": "-1"},
            both | {"hours": "many"},
            night | {"seasons": ["summer"]},
            night | {"seasons": [backwards]},
            night | {"seasons": [{"first": "2027-07-01", "last": "2027-08-31"}]},
            night | {"seasons": [*night["seasons"], *night["seasons"]]},
        )
    ):
        other = replace(FLOUR, uri=f"https://mill.example/listings/9{number}", price=ON_WIRE)
        [outcome] = await hear(followed, said("Create", other, wholePrice=wrong))
        assert isinstance(outcome, RefusedBy), wrong
    assert any("wholePrice" in one for one in CONTEXT if isinstance(one, dict))


def test_a_season_of_each_year_comes_back_also_over_the_turn_of_the_year() -> None:
    winter = Season(date(2026, 12, 20), date(2027, 1, 5), Decimal(90), yearly=True)
    for first in (date(2026, 12, 18), date(2031, 12, 18)):
        assert by_season((winter,), Decimal(60), first, 5) == [(60, 2), (90, 3)]
    assert by_season((winter,), Decimal(60), date(2030, 1, 4), 3) == [(90, 2), (60, 1)]
    assert by_season((replace(winter, yearly=False),), Decimal(60), date(2030, 1, 4), 3) == [
        (60, 3)
    ]
    leap = Season(date(2028, 2, 1), date(2028, 2, 29), Decimal(90), yearly=True)
    assert by_season((leap,), Decimal(60), date(2029, 2, 27), 3) == [(90, 2), (60, 1)]


def test_who_knows_no_season_of_each_year_is_told_words() -> None:
    """A node of 0.1.0 knows three members of a season."""
    each = (SeasonOnWire(SUMMER.first, SUMMER.last, SUMMER.amount, yearly=True),)
    document = listing_document(replace(FLOUR, price=replace(ROOM, seasons=each)))
    assert document["priceText"] == "60 EUR / night; every year 07-01/08-31 90 EUR / night"
    [season] = document["wholePrice"]["seasons"]
    assert season.keys() - {"first", "last", "amount"} == {"yearly"}
    assert "resourceQuantity" not in document["reciprocal"]
    heard = parse_listing(normalise(document)).price
    assert heard is not None
    assert heard.seasons == each
