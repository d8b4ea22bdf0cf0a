"""What can be added to a listing: what is wrong with it, what peers are told, files of ours."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from node import listings
from node.listings import Kind, extra_price, extras, prices, rules
from node.listings.exchange import own_prices
from node.listings.rules import ListingDraft, Terms
from node.listings.wire import mirror_columns
from protocol.errors import MalformedDocument
from protocol.jsonld import normalise
from protocol.vocabulary.listings import listing_document, parse_listing
from protocol.vocabulary.prices import PriceOnWire
from tests.node.listings.conftest import Coop
from tests.node.listings.files import bring, only
from tests.node.listings.test_inbox import FLOUR, START

EGGS = extra_price("six eggs", Decimal("2.50"), Decimal(4), "GBP")
CRATE = extra_price("crate", Decimal(1), None, "GBP", always=True)
ON_WIRE = PriceOnWire(Decimal("2.50"), "GBP", label="six eggs", step=Decimal(1), most=Decimal(4))


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ([EGGS], []),
        ([replace(EGGS, amount=Decimal(0))], []),
        ([EGGS, EGGS], ["extra2_label"]),
        ([EGGS] * 9, ["extra1_label"]),
        ([replace(EGGS, label=None)], ["extra1_label"]),
        ([replace(EGGS, label="x" * 81)], ["extra1_label"]),
        ([replace(EGGS, amount=None)], ["extra1_amount"]),
        ([replace(EGGS, amount=Decimal("0.001"))], ["extra1_amount"]),
        ([replace(EGGS, most=Decimal("0.5"))], ["extra1_most"]),
    ],
)
def test_what_is_added_has_a_name_and_a_price(given: list[Any], fields: list[str]) -> None:
    draft = ListingDraft(
        "Food box", Kind.GOODS, price_amount=Decimal(9), currency="GBP", more_prices=tuple(given)
    )
    assert sorted(rules.check(draft, Terms())) == fields


def test_it_comes_beside_a_price_and_to_an_offer() -> None:
    alone = ListingDraft("Food box", Kind.GOODS, more_prices=(EGGS,))
    assert sorted(rules.check(alone, Terms())) == ["price_amount"]
    assert replace(alone, kind=Kind.REQUEST).extras == ()
    moved = replace(alone, price_amount=Decimal(9), currency="EUR")
    assert [one.currency for one in moved.extras] == ["EUR"]


def test_it_is_taxed_as_the_listing_whatever_a_file_says_for_peers_read_nothing_else() -> None:
    row = {
        "more_prices": '[{"label": "eggs", "amount": "2", "extra": true, "asks": {"taxes": []}}]'
    }
    values, faults = own_prices.read(lambda name: row.get(name, ""), lambda name: name in row)
    assert not faults
    draft = ListingDraft(
        "Food box", price_amount=Decimal(9), currency="GBP", more_prices=values["more_prices"]
    )
    assert [one.asks for one in rules.clean(draft, Terms()).extras] == [None]


def sent() -> dict[str, Any]:
    price = PriceOnWire(Decimal(9), "GBP", "piece")
    return listing_document(replace(FLOUR, price=price, alternatives=(), extras=(ON_WIRE,)))


def test_peers_are_told_as_intents_of_their_own_and_know_the_same() -> None:
    document = sent()
    [intent] = document["extras"]
    assert (intent["type"], intent["id"]) == ("Intent", f"{document['id']}#primary-2")
    assert intent["reciprocal"]["resourceQuantity"]["hasNumericalValue"] == "2.50"
    wire = parse_listing(normalise(document))
    assert wire.extras == (ON_WIRE,)
    kept = prices.read(mirror_columns(wire, START)["prices"])
    assert (extras.of(kept), len(extras.without(kept))) == ((EGGS,), 1)


def test_one_that_cannot_be_read_is_not_left_out_as_others_would_take_its_place() -> None:
    document = sent()
    for changed in ({"name": ""}, {"reciprocal": {}}, {"quantities": {"most": "0"}}):
        wrong = document | {"extras": [document["extras"][0] | changed]}
        with pytest.raises(MalformedDocument):
            mirror_columns(parse_listing(normalise(wrong)), START)


def test_a_node_of_0_1_0_reads_what_it_knows() -> None:
    document = {name: value for name, value in sent().items() if name != "extras"}
    wire = parse_listing(normalise(document))
    assert (wire.price and wire.price.amount, wire.extras) == (Decimal(9), ())


def test_what_is_part_of_every_booking_is_that_for_peers_and_something_to_add_for_older_ones() -> (
    None
):
    crate = replace(ON_WIRE, label="crate", amount=Decimal(1), least=Decimal(1), most=Decimal(1))
    document = listing_document(
        replace(FLOUR, price=PriceOnWire(Decimal(9), "GBP"), alternatives=(), extras=(crate,))
    )
    kept = prices.read(mirror_columns(parse_listing(normalise(document)), START)["prices"])
    assert (extras.of(kept), CRATE.is_always, EGGS.is_always) == ((CRATE,), True, False)
    assert document["extras"][0]["quantities"] == {"least": "1", "step": "1", "most": "1"}


async def test_a_file_of_ours_brings_it_back(coop: Coop, open_coop: Any, tmp_path: Any) -> None:
    price = {"price_amount": Decimal(9), "currency": "GBP", "kind": Kind.GOODS}
    await coop.create("Food box", more_prices=(EGGS, CRATE), **price)
    exported = await coop.ask(listings.export_csv)
    second = await open_coop(f"sqlite:///{tmp_path / 'second.sqlite'}")
    assert (await bring(second, exported)).created == 1
    assert (await only(second)).extras == (EGGS, CRATE)
