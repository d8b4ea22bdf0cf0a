"""Kinds and sizes in agreements: their own pieces and prices, at home and asked for by a peer."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import agreements, listings
from node.agreements import Revision, Wanted, WantedLine
from node.errors import Conflict, InvalidInput
from node.listings import Availability, PriceView, Way, draft_of
from node.money import Money
from tests.node.agreements.offers import newest, ours, refused
from tests.node.agreements.test_whole_prices import promising
from tests.support.statements import sql_meanwhile

LARGE = PriceView(Decimal("5.50"), None, "GBP", "piece", label="large")
LOAF = {
    "kind": "goods",
    "unit": "piece",
    "price_amount": Decimal(4),
    "more_prices": (LARGE,),
    "details": {"variants": ["small", "large"]},
}
EACH = (("small", 3), ("large", 1))
SMALL, LARGE_ONE = 0, 1


async def loaf(coop, each=EACH, **said):
    made = await coop.offer("Loaf", **(LOAF | said))
    await coop.write(
        listings.set_availability, made.id, Availability(Way.STOCK, by_variant=each), by=None
    )
    return made


async def left(coop, listing):
    said = await coop.read(listings.availability_of, listing.id)
    assert said.stock == sum(many for _name, many in said.by_variant)
    return dict(said.by_variant)


async def order(coop, listing, variant=None, many=1, **line):
    return await coop.ask(listing, hours=None, variant=variant, quantity=Decimal(many), **line)


async def rename(coop, listing, *names):
    draft = replace(draft_of(listing), details={"variants": list(names)})
    now = {"by": coop.rosa.id, "expected_version": listing.version}
    return await coop.write(listings.edit, listing.id, draft, **now)


async def test_each_kind_has_its_own_pieces_and_gives_them_back(coop_on_each):
    coop = coop_on_each
    bread = await loaf(coop)
    made = await order(coop, bread, LARGE_ONE)
    assert await left(coop, bread) == {"small": 3, "large": 0}
    with pytest.raises(Conflict, match="sold out"):
        await order(coop, bread, LARGE_ONE)
    with pytest.raises(Conflict, match="only 3 left"):
        await order(coop, bread, SMALL, 4)
    await order(coop, bread, SMALL, 2)
    made = await coop.do(made, "withdraw", coop.maya)
    assert await left(coop, bread) == {"small": 1, "large": 1}


async def test_of_many_who_want_the_last_of_a_size_one_gets_it(coop_on_each):
    coop = coop_on_each
    bread = await loaf(coop, (("small", 50), ("large", 1)))

    async def one(variant):
        try:
            return await order(coop, bread, variant)
        except Conflict as error:
            return error.code

    tries = [one(variant) for _each in range(8) for variant in (SMALL, LARGE_ONE)]
    done = await asyncio.gather(*tries)
    assert done.count("sold-out") == 7
    assert await left(coop, bread) == {"small": 42, "large": 0}


async def test_a_size_is_had_at_its_own_price_whichever_was_named(coop):
    bread = await loaf(coop)
    asked = {
        (0, LARGE_ONE): ("Loaf (large)", "5.50"),
        (1, LARGE_ONE): ("Loaf (large)", "5.50"),
        (1, None): ("Loaf (large)", "5.50"),
        (0, SMALL): ("Loaf (small)", "4.00"),
        (1, SMALL): ("Loaf (small)", "4.00"),
    }
    for (option, variant), expected in asked.items():
        wanted = Wanted((WantedLine(bread.id, Decimal(1), option=option, variant=variant),))
        draft = await coop.read(agreements.preview, wanted, coop.maya.id)
        [line] = draft.terms.lines
        assert (line.title, line.amounts[0].text) == expected, (option, variant)


async def test_a_price_of_a_size_for_members_alone_leaves_others_the_one_for_all(coop, grocer):
    members = replace(LARGE, whom="members")
    bread = await loaf(coop, more_prices=(members,))
    wanted = Wanted((WantedLine(bread.id, Decimal(1), option=0, variant=LARGE_ONE),))
    draft = await coop.read(agreements.preview, wanted, coop.maya.id)
    assert draft.terms.lines[0].amounts[0].text == "4.00"
    [line] = ours(bread).lines
    line = replace(line, kind="goods", title="Loaf (large)", unit="piece", quantity=Decimal(1))
    line = replace(line, prices=(Money(400, "GBP", 2),))
    await grocer.say("Offer", promising(bread, ours(bread, lines=(line,), start=None, end=None)))
    assert await left(coop, bread) == {"small": 3, "large": 0}


async def test_where_sizes_are_counted_apart_one_of_them_is_named(coop):
    bread = await loaf(coop)
    with pytest.raises(InvalidInput) as error:
        await order(coop, bread)
    assert list(error.value.fields) == ["variant"]
    await coop.write(listings.set_availability, bread.id, Availability(Way.STOCK, stock=5), by=None)
    await order(coop, bread)
    said = await coop.read(listings.availability_of, bread.id)
    assert (said.stock, said.by_variant) == (4, ())


async def test_what_was_taken_in_one_count_comes_back_to_the_sizes(coop):
    bread = await loaf(coop)
    made = await order(coop, bread, SMALL, 2)
    again = Availability(Way.STOCK, by_variant=(("small", 1), ("large", 4)))
    await coop.write(listings.set_availability, bread.id, again, by=None)
    await coop.do(made, "decline", coop.rosa)
    assert await left(coop, bread) == {"small": 3, "large": 4}


async def offered(grocer, bread, title, pence, number, unit="piece"):
    [line] = ours(bread).lines
    line = replace(line, kind="goods", title=title, unit=unit, quantity=Decimal(1))
    line = replace(line, prices=(Money(pence, "GBP", 2),))
    their = f"https://grocer.example/agreements/{number}"
    terms = ours(bread, lines=(line,), start=None, end=None, agreement=their)
    return await grocer.say("Offer", promising(bread, terms) | {"id": their})


async def test_another_coop_names_the_size_by_the_title_and_keeps_to_its_price(coop, grocer):
    bread = await loaf(coop)
    refused(await offered(grocer, bread, "Loaf (large)", 400, 1), 422)
    refused(await offered(grocer, bread, "Loaf (small)", 550, 2), 422)
    refused(await offered(grocer, bread, "Loaf", 400, 3), 422, "invalid-input")
    assert await left(coop, bread) == dict(EACH)
    await offered(grocer, bread, "Loaf (large)", 550, 4)
    assert (await newest(coop)).title == "Loaf (large)"
    assert await left(coop, bread) == {"small": 3, "large": 0}


async def test_another_coop_keeps_to_the_unit_of_the_size_that_it_names(coop, grocer):
    small, large = replace(LARGE, label="small", unit="slice"), LARGE
    bread = await loaf(coop, price_label="whole", more_prices=(small, large))
    outcome = await offered(grocer, bread, "Loaf (large)", 550, 1, "slice")
    assert refused(outcome, 422, "unit-mismatch")
    assert "“piece”" in outcome.detail
    assert await left(coop, bread) == dict(EACH)


async def test_another_coop_is_told_that_a_size_is_for_members_alone(coop, grocer):
    members = replace(LARGE, whom="members")
    bread = await loaf(coop, price_label="small", more_prices=(members,))
    outcome = await offered(grocer, bread, "Loaf (large)", 550, 1)
    assert refused(outcome, 422, "price-mismatch")
    assert "members alone" in outcome.detail


async def test_of_a_long_title_the_size_is_named_alone_and_taken(coop):
    long = "very " * 38 + "large"
    bread = await loaf(coop, ((long, 1),), details={"variants": [long]}, more_prices=())
    made = await order(coop, bread, 0)
    assert made.title == long
    assert await left(coop, bread) == {long: 0}


async def test_what_is_taken_of_a_size_comes_back_to_it_under_its_new_name(coop_on_each):
    coop = coop_on_each
    bread = await loaf(coop)
    over, open_ = await order(coop, bread, SMALL, 1), await order(coop, bread, SMALL, 2)
    await coop.do(over, "withdraw", coop.maya)
    await rename(coop, bread, "half", "large")
    assert await left(coop, bread) == {"half": 1, "large": 1}
    await coop.do(open_, "withdraw", coop.maya)
    assert await left(coop, bread) == {"half": 3, "large": 1}


async def test_who_renames_or_counts_anew_takes_the_turn_before_they_look(coop):
    bread = await loaf(coop)
    draft = replace(draft_of(bread), details={"variants": ["half", "large"]})

    async def first(uow, command, *given, **named):
        """What its first statement about that table does."""
        with sql_meanwhile() as asked:
            await command(uow, *given, **named)
        return next(one.split()[0] for one in asked if "listing_availability" in one)

    again = Availability(Way.STOCK, by_variant=(("small", 9), ("large", 9)))
    assert await coop.write(first, listings.set_availability, bread.id, again, by=None) == "UPDATE"
    now = {"by": coop.rosa.id, "expected_version": bread.version}
    assert await coop.write(first, listings.edit, bread.id, draft, **now) == "UPDATE"


async def test_an_order_of_no_size_changes_but_its_quantity_where_sizes_are_counted_by_now(coop):
    bread = await loaf(coop, ())
    made = await coop.do(await order(coop, bread, many=2), "accept", coop.rosa)
    again = Availability(Way.STOCK, by_variant=EACH)
    await coop.write(listings.set_availability, bread.id, again, by=None)
    cheaper = Revision(prices=((0, (Money(300, "GBP", 2),)),))
    made = await coop.do(made, "change", coop.rosa, revision=cheaper)
    made = await coop.do(made, "agree_change", coop.maya)
    assert (await coop.see(made, coop.maya)).version.terms.total[0].text == "6.00"
    with pytest.raises(InvalidInput, match="Choose one"):
        await coop.do(made, "change", coop.rosa, revision=Revision(quantities=((0, Decimal(1)),)))


async def test_more_can_be_had_of_a_size_that_has_another_name_by_now(coop):
    bread = await loaf(coop)
    made = await coop.do(await order(coop, bread, SMALL, 2), "accept", coop.rosa)
    await rename(coop, bread, "half", "large")
    with pytest.raises(Conflict, match="only 3 left"):
        await coop.do(made, "change", coop.rosa, revision=Revision(quantities=((0, Decimal(4)),)))
    made = await coop.do(
        made, "change", coop.rosa, revision=Revision(quantities=((0, Decimal(3)),))
    )
    await coop.do(made, "agree_change", coop.maya)
    assert await left(coop, bread) == {"half": 0, "large": 1}
