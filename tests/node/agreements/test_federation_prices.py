"""A price for members of our federation, as peers name it: in terms, as a bare sum, by season."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from node import agreements
from node.agreements import Revision, Wanted, WantedLine
from node.agreements.terms import Terms
from node.listings import FEDERATION, PriceView, Season
from node.money import Money
from tests.node.agreements.offers import agreement, newest, ours, refused
from tests.node.agreements.test_whole_prices import promising

LONDON = ZoneInfo("Europe/London")
CHEAP = PriceView(Decimal(15), currency="GBP", unit="hour", whom=FEDERATION)
SUMMER = Season(date(2027, 7, 1), date(2027, 8, 31), Decimal(90))
CHEAPER = Season(SUMMER.first, SUMMER.last, Decimal(70))


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """Of which coops our node asked itself whether they are in a federation with ours; the first
    is not, the others are."""
    coops: list[str] = []

    async def is_with_us(_reader: object, coop: str) -> bool:
        coops.append(coop)
        return len(coops) > 1

    monkeypatch.setattr("node.council.is_with_us", is_with_us)
    return coops


def at(listing, amount: int) -> Terms:
    [line] = ours(listing).lines
    return ours(listing, lines=(replace(line, prices=(Money(amount, "GBP", 2),)),))


async def test_terms_at_the_federations_price_are_for_its_coops_alone(coop, grocer, asked):
    listing = await coop.offer(more_prices=(CHEAP,))
    terms = agreement(listing, at(listing, 1500))
    await grocer.say("Offer", terms)
    [said] = await grocer.heard()
    assert said["type"] == "Reject"
    assert said["content"] == "This price is for members of coops in the same federation."
    await grocer.say("Offer", terms)
    seen = await coop.see(await newest(coop), coop.rosa)
    assert [one.text for one in seen.version.terms.total] == ["30.00"]
    assert asked == [grocer.uri] * 2


async def test_a_bare_sum_at_the_federations_price_is_for_its_coops_alone(coop, grocer, asked):
    listing = await coop.offer(more_prices=(CHEAP,))
    for total, heard in (("30.00", ["Reject"]), ("30.00", ["Reject"]), ("37.00", ["Reject"])):
        await grocer.order(listing, total=total)
        assert [one["type"] for one in await grocer.heard()] == heard
    assert asked == [grocer.uri] * 2
    assert refused(await grocer.order(listing, total="20.00"), 422)
    assert refused(await grocer.say("Offer", agreement(listing, at(listing, 1400))), 422)
    assert len(asked) == 2


async def test_nights_at_the_federations_seasons_are_for_its_coops_alone(coop, grocer, asked):
    cheap = PriceView(Decimal(50), None, "GBP", "night", whom=FEDERATION, seasons=(CHEAPER,))
    listing = await coop.offer(
        kind="stay",
        price_amount=Decimal(60),
        unit="night",
        price_seasons=(SUMMER,),
        more_prices=(cheap,),
    )
    begin = datetime(2027, 6, 30, 15, tzinfo=LONDON)
    [line] = ours(listing).lines
    nights = [
        replace(
            line,
            kind="stay",
            title=listing.title,
            unit="night",
            quantity=Decimal(many),
            prices=(Money(amount, "GBP", 2),),
        )
        for many, amount in ((1, 5000), (2, 7000))
    ]
    times = {"start": begin, "end": begin + timedelta(days=3, hours=-4)}
    terms = ours(listing, lines=tuple(nights), time_zone="Europe/London", **times)
    said = promising(listing, terms)
    await grocer.say("Offer", said)
    assert [one["type"] for one in await grocer.heard()] == ["Reject"]
    await grocer.say("Offer", said)
    seen = await coop.see(await newest(coop), coop.rosa)
    assert [one.text for one in seen.version.terms.total] == ["190.00"]
    assert asked == [grocer.uri] * 2


async def test_other_nights_are_counted_at_the_price_that_was_agreed(coop):
    cheap = PriceView(Decimal(50), None, "GBP", "night", whom=FEDERATION, seasons=(CHEAPER,))
    stay = {"kind": "stay", "price_amount": Decimal(60), "unit": "night"}
    listing = await coop.offer(**stay, price_seasons=(SUMMER,), more_prices=(cheap,))
    begin = datetime(2027, 6, 29, 15, tzinfo=LONDON)
    leaves = begin + timedelta(days=3, hours=-4)
    line = WantedLine(listing.id, option=1)
    wanted = Wanted((line,), begin, leaves, "Europe/London")
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    made = await coop.do(made, "accept", coop.rosa)
    later = Revision(start=begin + timedelta(days=1), end=leaves + timedelta(days=1))
    await coop.do(made, "change", coop.maya, revision=later)
    terms = (await coop.see(made, coop.rosa)).change.terms
    said = [(one.quantity, one.prices[0].text) for one in terms.lines]
    assert said == [(Decimal(1), "50.00"), (Decimal(2), "70.00")]
