"""Another coop's next terms keep to the things of the agreement, line by line."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from federation.handlers import Applied
from node.agreements.terms import Line
from node.money import Money
from tests.node.agreements.conftest import Coop
from tests.node.agreements.offers import newest, ours, refused
from tests.node.agreements.peers import Peer
from tests.node.agreements.test_whole_prices import promising


def _line(listing, kind: str) -> Line:
    return Line(listing.uri, kind, "Loaf", Decimal(2), "one", (Money(1850, "GBP", 2),))


def _split(line: Line) -> list[tuple[Line, ...]]:
    half = replace(line, quantity=Decimal(1))
    return [
        (half, half) if line.kind == "goods" else (half, replace(half, title="Crust")),
        (replace(line, kind="opening"),),
    ]


@pytest.mark.parametrize("kind", ["goods", "service"])
async def test_what_is_asked_for_as_one_thing_is_not_split_later(
    coop: Coop, grocer: Peer, kind: str
):
    listing = await coop.offer("Loaf", kind=kind, unit="one")
    line = _line(listing, kind)
    terms = replace(ours(listing), lines=(line,))
    assert await grocer.say("Offer", promising(listing, terms)) == Applied()
    made = await newest(coop)
    await coop.do(made, "counter", coop.rosa)
    [*_before, answered] = await grocer.heard()
    for lines in _split(line):
        said = promising(listing, replace(terms, sequence=3, lines=lines))
        refused(await grocer.say("Offer", said, inReplyTo=answered["id"]), 422, "terms-mismatch")


@pytest.mark.parametrize("kind", ["goods", "service"])
async def test_a_change_splits_nothing_either(coop: Coop, grocer: Peer, kind: str):
    listing = await coop.offer("Loaf", kind=kind, unit="one")
    line = _line(listing, kind)
    terms = replace(ours(listing), lines=(line,))
    await grocer.say("Offer", promising(listing, terms))
    await coop.do(await newest(coop), "accept", coop.rosa)
    for lines in _split(line):
        said = promising(listing, replace(terms, sequence=2, lines=lines))
        refused(await grocer.say("Update", said), 422, "terms-mismatch")
