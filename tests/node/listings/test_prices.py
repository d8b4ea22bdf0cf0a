"""Several prices of one listing: what may be asked, how they are kept and found, in which order."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from federation.handlers import RefusedBy
from node import listings
from node.errors import InvalidInput
from node.listings import PriceView, SearchQuery, check, prices, rules
from node.listings.rules import ListingDraft, Terms
from protocol.vocabulary.prices import PriceOnWire
from tests.node.listings.conftest import Coop
from tests.node.listings.test_inbox import FLOUR, hear, said

HOUR = PriceView(Decimal("18.50"), currency="GBP", unit="hour")
HALF_DAY = PriceView(Decimal(60), currency="GBP", label="Half a day")
TIME = PriceView(Decimal(1), currency="HOUR", unit="hour")
CARE = PriceView(Decimal(14), Decimal(22), "GBP", "hour", suggested=Decimal(18))


def draft(*more: PriceView, **said: Any) -> ListingDraft:
    first = {"price_amount": Decimal("18.50"), "currency": "GBP", "unit": "hour"} | said
    return ListingDraft("Home clean", more_prices=more, **first)


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (draft(HALF_DAY, TIME, CARE), []),
        (draft(HALF_DAY, price_amount=None), ["price_amount"]),
        (draft(PriceView(label="Half a day")), ["price2_amount"]),
        (draft(HALF_DAY, replace(HALF_DAY, currency="GOLD")), ["price3_currency"]),
        (draft(replace(CARE, maximum=Decimal(13), suggested=None)), ["price2_max"]),
        (draft(replace(CARE, suggested=Decimal(23))), ["price2_suggested"]),
        (draft(replace(HOUR, suggested=Decimal("18.50"))), ["price2_suggested"]),
        (draft(replace(TIME, label="x" * 81)), ["price2_label"]),
        (draft(HOUR), ["price_label"]),
        (draft(replace(HALF_DAY, amount=Decimal("sNaN"))), ["price2_amount"]),
        (draft(HALF_DAY, TIME, CARE, HOUR), ["more_prices", "price_label"]),
        (draft(price_suggested=Decimal(20)), ["price_suggested"]),
        (draft(price_max=Decimal(25), price_suggested=Decimal(20)), []),
        (draft(price_least=Decimal(2), price_step=Decimal("0.5"), price_most=Decimal(8)), []),
        (draft(price_least=Decimal(0)), ["price_least"]),
        (draft(price_step=Decimal("0.0001")), ["price_step"]),
        (draft(price_least=Decimal(3), price_most=Decimal(2)), ["price_most"]),
        (draft(replace(HALF_DAY, step=Decimal(2), most=Decimal(5))), ["price2_most"]),
        (draft(replace(HALF_DAY, most=Decimal("sNaN"))), ["price2_most"]),
    ],
)
def test_a_price_that_cannot_be_asked_is_told_where_it_stands(
    asked: ListingDraft, fields: list[str]
) -> None:
    assert sorted(rules.check(asked, Terms())) == fields


def test_prices_come_back_from_their_row_and_a_gift_is_one() -> None:
    asked = (HOUR, HALF_DAY, TIME, CARE, PriceView(text="ask us"), PriceView(Decimal(0)))
    assert prices.read(prices.stored(asked)) == asked
    assert prices.ways(asked) == ["GBP", "time", "gift"]
    assert prices.spans((HOUR, CARE)) == [["GBP", 1850, 1850], ["GBP", 1400, 2200]]
    assert prices.stored(()) is None


def test_how_many_one_takes_at_a_price() -> None:
    dozens = replace(HOUR, least=Decimal(12), step=Decimal(6), most=Decimal(24))
    assert prices.read(prices.stored((dozens,))) == (dozens,)
    taken = [number for number in range(30) if dozens.takes(Decimal(number))]
    assert taken == [12, 18, 24]
    assert HOUR.takes(Decimal(1000))
    assert not HOUR.limits_quantity


async def test_how_many_one_takes_travels_and_nonsense_is_refused(followed: Coop) -> None:
    first = PriceOnWire(Decimal(10), "GBP", "piece", least=Decimal(2), step=Decimal(2))
    cheaper = PriceOnWire(Decimal(9), "GBP", "piece", label="Ten", least=Decimal(10))
    wire = replace(FLOUR, price=first, alternatives=(cheaper,))
    await hear(followed, said("Create", wire))
    mirror = await followed.ask(lambda reader: listings.mirror(reader, FLOUR.uri))
    assert [(one.least, one.step, one.most) for one in mirror.prices] == [
        (Decimal(2), Decimal(2), None),
        (Decimal(10), None, None),
    ]
    for number, wrong in enumerate(([1], {"least": "many"}, {"least": "-1"}, {"step": "0"})):
        other = replace(FLOUR, uri=f"https://mill.example/listings/9{number}")
        [outcome] = await hear(followed, said("Create", other, quantities=wrong))
        assert isinstance(outcome, RefusedBy), wrong


async def test_prices_are_found_by_way_and_sum_and_put_in_order(coop_on_each: Coop) -> None:
    coop = coop_on_each
    pound = {"currency": "GBP"}
    await coop.create("By the hour", price_amount=Decimal("18.50"), unit="hour", **pound)
    await coop.create("On a scale", price_amount=Decimal(14), price_max=Decimal(22), **pound)
    await coop.create("Two ways", price_amount=Decimal(60), more_prices=(TIME,), **pound)
    await coop.create("Given", price_amount=Decimal(0), **pound)
    await coop.create("In euros", price_amount=Decimal(2), currency="EUR")
    await coop.create("Ask us", price_text="by arrangement")

    async def found(**asked: Any) -> set[str]:
        return set(await coop.titles(**asked))

    assert await found(pays="gift") == {"Given"}
    assert await found(pays="time") == {"Two ways"}
    assert await found(pays="GBP") == {"By the hour", "On a scale", "Two ways"}
    assert await found(least=2000, most=6000, **pound) == {"On a scale", "Two ways"}
    assert await found(most=1850, **pound) == {"By the hour", "On a scale", "Given"}
    assert await found(least=100, most=100, currency="HOUR") == {"Two ways"}
    page = await coop.search(order="price", limit=4, **pound)
    titles = [hit.title for hit in page.hits]
    page = await coop.search(order="price", limit=4, cursor=page.next, **pound)
    titles += [hit.title for hit in page.hits]
    assert titles[:4] == ["Given", "On a scale", "By the hour", "Two ways"]
    assert titles[4:] == ["Ask us", "In euros"]
    counts = {one.value: one.count for one in (await coop.search()).facets["pays"]}
    assert counts == {"GBP": 3, "EUR": 1, "gift": 1, "time": 1}
    narrowed = (await coop.search(most=1850, **pound)).facets["pays"]
    assert {one.value: one.count for one in narrowed} == {"GBP": 2, "gift": 1}


async def test_prices_are_compared_among_the_newest_and_it_is_told(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.listings.finding.CAP", 3)
    for amount in (1, 5, 6, 7):
        await coop.create(f"For {amount}", price_amount=Decimal(amount), currency="GBP")
    first = await coop.search(most=600, currency="GBP", limit=1)
    assert (first.total, first.total_is_floor) == (2, True)
    second = await coop.search(most=600, currency="GBP", limit=1, cursor=first.next)
    assert [hit.title for hit in (*first.hits, *second.hits)] == ["For 6", "For 5"]
    assert second.next is None


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"order": "price"}, "currency"),
        ({"least": 5}, "currency"),
        ({"currency": "gold"}, "currency"),
        ({"pays": "shells"}, "pays"),
        ({"least": 5, "most": 4, "currency": "GBP"}, "price_to"),
        ({"most": -1, "currency": "GBP"}, "price_to"),
    ],
)
def test_prices_that_nobody_can_ask_for_are_refused(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check(SearchQuery(**asked))
    assert list(refusal.value.fields) == [field]


async def test_a_peers_prices_are_kept_and_what_is_suggested_too(followed: Coop) -> None:
    scale = PriceOnWire(
        amount=Decimal(18), minimum=Decimal(14), maximum=Decimal(22), currency="GBP", unit="hour"
    )
    others = (PriceOnWire(amount=Decimal(3), currency="HOUR", label="With time"), PriceOnWire())
    await hear(followed, said("Create", replace(FLOUR, price=scale, alternatives=others)))
    [hit] = (await followed.search(pays="time")).hits
    with_time = PriceView(Decimal(3), currency="HOUR", label="With time")
    assert hit.prices == (CARE, with_time)
