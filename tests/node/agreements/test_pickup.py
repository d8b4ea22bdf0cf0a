"""Where something is collected, between coops: in the terms that both sign, or in none."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import agreements
from node.agreements import Revision, Wanted, WantedLine
from node.agreements.reading import read_terms
from node.errors import InvalidInput
from node.money import Money
from protocol.vocabulary.listings import parse_listing
from tests.node.agreements.offers import newest, ours, refused
from tests.node.agreements.test_whole_prices import promising

PLACES = ["Toad Lane, Fridays", "The mill, Saturdays"]
BREAD = {
    "kind": "goods",
    "unit": "piece",
    "price_amount": Decimal(4),
    "details": {"pickup": PLACES},
}


async def test_a_peer_that_knows_it_says_where_and_one_of_before_does_not(coop, grocer):
    bread = await coop.offer("Bread", **BREAD)

    async def offered(number, pickup):
        [line] = ours(bread).lines
        line = replace(line, kind="goods", title="Bread", unit="piece", quantity=Decimal(1))
        line = replace(line, prices=(Money(400, "GBP", 2),))
        their = f"https://grocer.example/agreements/{number}"
        terms = ours(bread, lines=(line,), start=None, end=None, agreement=their, pickup=pickup)
        return await grocer.say("Offer", promising(bread, terms) | {"id": their})

    assert refused(await offered(1, "The moon"), 422, "invalid-input")
    await offered(2, None)
    assert (await newest(coop)).pickup is None
    await offered(3, PLACES[1])
    made = await newest(coop)
    assert made.pickup == PLACES[1]
    terms = (await coop.see(made, coop.sam)).version.terms
    assert read_terms(terms.document) == terms


async def test_things_that_are_collected_at_different_places_are_asked_for_apart(coop):
    bread = await coop.offer("Bread", **BREAD)
    cake = await coop.offer("Cake", **(BREAD | {"details": {"pickup": ["Toad Lane"]}}))
    water = await coop.offer("Water", **(BREAD | {"details": {}}))

    async def preview(*wanted, pickup=1):
        lines = tuple(WantedLine(one.id, Decimal(1)) for one in wanted)
        return await coop.read(agreements.preview, Wanted(lines, pickup=pickup), coop.maya.id)

    assert (await preview(bread, water)).terms.pickup == PLACES[1]
    assert (await preview(water, pickup=None)).terms.pickup is None
    for wanted, field in (((bread, cake), "lines"), ((water,), "pickup"), ((cake,), "pickup")):
        with pytest.raises(InvalidInput) as error:
            await preview(*wanted)
        assert list(error.value.fields) == [field]


async def test_a_change_names_a_place_that_the_listing_names_now(coop):
    bread = await coop.offer("Bread", **BREAD)
    wanted = Wanted((WantedLine(bread.id, Decimal(1)),), pickup=0)
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    made = await coop.do(made, "accept", coop.rosa)
    with pytest.raises(InvalidInput):
        await coop.do(made, "change", coop.rosa, revision=Revision(pickup=2))
    made = await coop.do(made, "change", coop.rosa, revision=Revision(pickup=1))
    assert made.pickup == PLACES[0]
    assert (await coop.do(made, "agree_change", coop.maya)).pickup == PLACES[1]


def test_a_listing_says_that_its_node_knows_and_silence_says_that_it_does_not():
    said = {
        "type": "Proposal",
        "id": "https://mill.example/listings/1",
        "attributedTo": "https://mill.example/coop",
        "purpose": "offer",
        "name": "Bread",
    }
    assert parse_listing(said | {"pickupInTerms": True}).pickup_in_terms
    assert not parse_listing(said).pickup_in_terms
