"""Which lots went with something, as a peer says it and as it is kept."""

from decimal import Decimal

import pytest

from node.agreements.wire import LONGEST_LOT, MOST_LOTS, read_said
from node.errors import InvalidInput
from protocol.vocabulary.agreements import parse_statement

MILL = "https://mill.example/coop"
FLOUR = {"kind": "goods", "unit": "piece", "price_amount": Decimal(2)}


def test_what_a_peer_says_of_lots_is_read_as_far_as_it_can_be():
    said = {"type": "Document", "id": f"{MILL}/1", "kind": "delivery", "context": f"{MILL}/2"}
    lots = [1, "  lot\n7 ", None, "y" * 5000, {"a": "b"}, ""]
    assert read_said(parse_statement(said | {"lots": lots}, MILL)).lots == (
        "lot 7",
        "y" * LONGEST_LOT,
    )
    assert read_said(parse_statement(said, MILL)).lots == ()
    many = [str(number) for number in range(1000)]
    assert len(read_said(parse_statement(said | {"lots": many}, MILL)).lots) == MOST_LOTS


async def test_lots_add_up_and_only_a_delivery_has_some(coop):
    flour = await coop.offer("Flour", **FLOUR)
    made = await coop.ask(flour, hours=None, quantity=Decimal(3))
    made = await coop.do(made, "accept", coop.rosa, lots=("lot 1",))
    assert made.lots == ()
    one, two = (Decimal(1),), (Decimal(2),)
    made = await coop.do(made, "deliver_part", coop.rosa, delivered=one, lots=("lot 2",))
    made = await coop.do(made, "deliver_part", coop.rosa, delivered=two, lots=("lot 2", "lot 3"))
    assert made.lots == ("lot 2", "lot 3")
    for lots in (("z" * (LONGEST_LOT + 1),), tuple(map(str, range(MOST_LOTS)))):
        with pytest.raises(InvalidInput) as error:
            await coop.do(made, "deliver", coop.rosa, lots=lots)
        assert list(error.value.fields) == ["lots"]
