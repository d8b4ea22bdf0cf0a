"""Prices of several parts in an agreement: money and hours, and nights that cost differently."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from node import agreements, listings
from node.agreements import PaymentEvent, Revision, Said, Wanted, WantedLine, rules
from node.agreements.terms import digest_of
from node.errors import Conflict, InvalidInput
from node.listings import Availability, PriceView, Season
from node.money import Money
from protocol.vocabulary.prices import currency_iri
from tests.node.agreements.conftest import START
from tests.node.agreements.offers import agreement, newest, ours, refused
from tests.node.agreements.peers import GROCER
from tests.node.agreements.test_commands import standing

LONDON = ZoneInfo("Europe/London")
MIX = {"price_amount": Decimal(14), "price_hours": Decimal(1), "unit": "visit"}
SUMMER = Season(date(2027, 7, 1), date(2027, 8, 31), Decimal(90))
EASTER = Season(date(2027, 3, 26), date(2027, 3, 29), Decimal("75.50"))
ROOM = {
    "kind": "stay",
    "price_amount": Decimal(60),
    "unit": "night",
    "price_seasons": (EASTER, SUMMER),
}


def sums(amounts):
    return [f"{one.text} {one.currency}" for one in amounts]


def stay(listing, first: date, nights: int, **line) -> Wanted:
    begin = datetime(first.year, first.month, first.day, 15, tzinfo=LONDON)
    end = begin + timedelta(days=nights, hours=-4)
    return Wanted((WantedLine(listing.id, **line),), begin, end, "Europe/London")


def promising(listing, terms, **changed):
    """The Agreement with every sum and every line of the terms among its commitments."""
    money = [
        {
            "type": "Commitment",
            "satisfies": f"{listing.uri}#reciprocal",
            "resourceConformsTo": currency_iri(one.currency),
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": one.text},
        }
        for one in terms.total
    ]
    things = [
        {
            "type": "Commitment",
            "satisfies": f"{listing.uri}#primary",
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": str(line.quantity)},
        }
        for line in terms.lines
    ]
    said = {"stipulates": things, "stipulatesReciprocal": money}
    return agreement(listing, terms) | said | changed


async def test_money_and_hours_are_owed_together(coop):
    listing = await coop.offer(**MIX)
    made = await coop.ask(listing, quantity=Decimal(3))
    terms = (await coop.see(made, coop.maya)).version.terms
    assert sums(terms.lines[0].prices) == ["14.00 GBP", "1.00 HOUR"]
    assert sums(terms.total) == ["42.00 GBP", "3.00 HOUR"]
    less = Revision(prices=((0, (Money(1400, "GBP", 2), Money(50, "HOUR", 2))),))
    made = await coop.do(made, "counter", coop.rosa, revision=less)
    made = await coop.do(made, "accept", coop.maya)
    await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    booked = await standing(coop)
    assert {code.partition(":")[0] for code in booked if "time" in code} != set()
    assert sorted(sum_ for code, sum_ in booked.items() if "time" in code) == ["-1.50", "1.50"]


async def test_on_a_scale_the_money_is_chosen_and_the_hours_stay(coop):
    listing = await coop.offer(**MIX | {"price_max": Decimal(20)})
    chosen = {"quantity": Decimal(2), "price": Money(1650, "GBP", 2)}
    wanted = Wanted((WantedLine(listing.id, **chosen),))
    terms = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
    assert sums(terms.total) == ["33.00 GBP", "2.00 HOUR"]


async def test_another_coop_asks_for_both_parts_or_for_nothing(coop, grocer):
    listing = await coop.offer(**MIX)
    [line] = ours(listing).lines
    mixed = replace(line, unit="visit", prices=(Money(1400, "GBP", 2), Money(100, "HOUR", 2)))
    for wrong in (
        (Money(1400, "GBP", 2),),
        (Money(1400, "GBP", 2), Money(50, "HOUR", 2)),
        (Money(100, "HOUR", 2), Money(1400, "GBP", 2)),
        (),
    ):
        terms = ours(listing, lines=(replace(mixed, prices=wrong),))
        outcome = await grocer.say("Offer", promising(listing, terms))
        assert refused(outcome, 422, "price-mismatch"), wrong
    assert refused(await grocer.order(listing, unit="one", total="28"), 422, "price-mismatch")
    terms = ours(listing, lines=(mixed,))
    await grocer.say("Offer", promising(listing, terms))
    seen = await coop.see(await newest(coop), coop.rosa)
    assert sums(seen.version.terms.total) == ["28.00 GBP", "2.00 HOUR"]


async def test_a_stay_over_the_end_of_a_season_costs_each_night_what_it_costs(coop):
    listing = await coop.offer("Attic room", **ROOM)
    across = stay(listing, date(2027, 6, 29), 5)
    terms = (await coop.read(agreements.preview, across, coop.maya.id)).terms
    assert [(one.quantity, sums(one.prices)) for one in terms.lines] == [
        (2, ["60.00 GBP"]),
        (3, ["90.00 GBP"]),
    ]
    assert sums(terms.total) == ["390.00 GBP"]
    around = stay(listing, date(2027, 3, 25), 6)
    terms = (await coop.read(agreements.preview, around, coop.maya.id)).terms
    assert sums(terms.total) == ["422.00 GBP"]
    assert [one.quantity for one in terms.lines] == [2, 4]


async def test_what_goes_by_season_is_asked_for_with_its_days(coop):
    listing = await coop.offer(**ROOM | {"price_least": Decimal(2)})
    wrong = {
        "start": Wanted((WantedLine(listing.id),)),
        "quantity": stay(listing, date(2027, 6, 29), 5, quantity=Decimal(4)),
        "price": stay(listing, date(2027, 6, 29), 5, price=Money(6000, "GBP", 2)),
    }
    for field, wanted in wrong.items():
        with pytest.raises(InvalidInput) as error:
            await coop.read(agreements.preview, wanted, coop.maya.id)
        assert list(error.value.fields) == [field]
    with pytest.raises(InvalidInput, match="quantity"):
        await coop.read(agreements.preview, stay(listing, date(2027, 6, 29), 1), coop.maya.id)


async def test_the_nights_of_one_stay_are_taken_once_whatever_they_cost(coop):
    listing = await coop.offer(**ROOM)
    said = Availability(listings.Way.NIGHTS, "Europe/London", ahead_days=300, most=9)
    await coop.write(listings.set_availability, listing.id, said, by=coop.rosa.id)
    wanted = stay(listing, date(2027, 6, 29), 5)
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    with pytest.raises(Conflict):
        await coop.write(agreements.ask, wanted, account=coop.sam)
    later = Revision(start=wanted.start + timedelta(days=1), end=wanted.end + timedelta(days=1))
    made = await coop.do(made, "counter", coop.rosa, revision=later)
    await coop.do(made, "decline", coop.maya)
    assert (await coop.write(agreements.ask, wanted, account=coop.sam)).agreement


async def test_another_coop_pays_each_night_what_it_costs_or_is_refused(coop, grocer):
    listing = await coop.offer(**ROOM)
    wanted = stay(listing, date(2027, 6, 29), 5)
    drawn = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
    terms = replace(
        ours(listing),
        lines=drawn.lines,
        start=wanted.start,
        end=wanted.end,
        time_zone=wanted.time_zone,
    )
    cheap, dear = terms.lines
    for wrong in (
        (replace(cheap, quantity=Decimal(5)),),
        (replace(cheap, quantity=Decimal(3)), replace(dear, quantity=Decimal(2))),
        (cheap, replace(dear, prices=cheap.prices)),
        (replace(cheap, prices=()),),
        (cheap,),
    ):
        said = promising(listing, replace(terms, lines=wrong))
        assert refused(await grocer.say("Offer", said), 422, "price-mismatch"), wrong
    no_times = replace(terms, start=None, end=None, time_zone=None)
    assert refused(await grocer.say("Offer", promising(listing, no_times)), 422)
    assert refused(await grocer.order(listing, unit="one", total="300"), 422, "price-mismatch")
    await grocer.say("Offer", promising(listing, terms))
    seen = await coop.see(await newest(coop), coop.rosa)
    assert sums(seen.version.terms.total) == ["390.00 GBP"]
    assert seen.version.digest == digest_of(terms.document)


@pytest.mark.parametrize("seed", [7, *(pytest.param(n, marks=pytest.mark.soak) for n in range(50))])
async def test_the_total_is_the_sum_of_its_nights_whatever_the_seasons(coop, seed):
    dice = random.Random(seed)
    for _round in range(10):
        days = sorted(dice.sample(range(120), 6))
        first = date(2027, 2, 1)
        every = tuple(
            Season(
                first + timedelta(days=begin),
                first + timedelta(days=end - 1),
                Decimal(dice.randrange(20000)).scaleb(-2),
            )
            for begin, end in zip(days[::2], days[1::2], strict=True)
        )
        price = PriceView(
            Decimal(dice.randrange(1, 20000)).scaleb(-2),
            currency="GBP",
            unit="night",
            hours=dice.choice([None, Decimal("0.25")]),
            seasons=every,
        )
        listing = await coop.offer(
            kind="stay",
            price_amount=price.amount,
            unit=price.unit,
            price_hours=price.hours,
            price_seasons=every,
        )
        begins, nights = first + timedelta(days=dice.randrange(90)), dice.randrange(1, 60)
        wanted = stay(listing, begins, nights)
        terms = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
        nightly = [
            next(
                (one.amount for one in every if one.first <= day <= one.last),
                price.amount,
            )
            for day in (begins + timedelta(days=n) for n in range(nights))
        ]
        total = {one.currency: one.decimal for one in terms.total}
        assert total.get("GBP", 0) == sum(nightly)
        assert total.get("HOUR", 0) == (price.hours or 0) * nights
        assert sum(line.quantity for line in terms.lines) == nights
        assert terms.start > START
        assert GROCER not in (terms.provider, terms.customer)


async def test_another_coop_asks_at_the_second_price_in_its_seasons(coop, grocer):
    dearer = replace(SUMMER, amount=Decimal(130), yearly=True)
    two = PriceView(Decimal(80), None, "GBP", "night", label="two beds", seasons=(dearer,))
    listing = await coop.offer("Attic room", **ROOM | {"more_prices": (two,)})
    wanted = stay(listing, date(2028, 6, 29), 5, option=1)
    terms = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
    assert sums(terms.total) == ["550.00 GBP"]
    terms = replace(terms, agreement="https://grocer.example/agreements/1", customer=GROCER)
    cheaper = tuple(replace(one, prices=(Money(8000, "GBP", 2),)) for one in terms.lines)
    outcome = await grocer.say("Offer", promising(listing, replace(terms, lines=cheaper)))
    assert refused(outcome, 422, "price-mismatch")
    await grocer.say("Offer", promising(listing, terms))
    seen = await coop.see(await newest(coop), coop.rosa)
    assert sums(seen.version.terms.total) == ["550.00 GBP"]


def test_a_part_of_the_money_goes_back_where_hours_were_given_too_and_once():
    came = (Money(1800, "GBP", 2), Money(300, "HOUR", 2))
    part = Said((Money(500, "GBP", 2),), of=(Money(1800, "GBP", 2),))

    def back(returned):
        given = {"due": (), "deposit": None, "received": came, "returned": returned}
        return rules.payment(PaymentEvent.REFUND_PART, part, **given)

    assert back(()).amounts == part.amounts
    with pytest.raises(Conflict, match="meanwhile"):
        back(part.amounts)
