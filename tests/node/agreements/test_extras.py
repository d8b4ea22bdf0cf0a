"""What is added to what is asked for: eggs to a food box, in the terms, at home and from a peer."""

from contextlib import nullcontext
from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import agreements, listings
from node.agreements import Event, Revision, Wanted, WantedLine
from node.agreements.reading import read_terms
from node.agreements.terms import digest_of
from node.agreements.wire import on_wire
from node.errors import Conflict, InvalidInput
from node.listings import Availability, Conditions, PriceView, Way, extra_price
from node.money import Money
from protocol.vocabulary.agreements import agreement_document
from tests.node.agreements.offers import newest, ours, refused
from tests.node.agreements.test_whole_prices import promising, sums
from ui.web.dealings import left_out, line_sum, line_title
from ui.web.price_words import how_many

EGGS = extra_price("six eggs", Decimal("2.50"), Decimal(4), "GBP")
LARGE = PriceView(Decimal(18), None, "GBP", "piece", label="large")
BOX = {
    "kind": "goods",
    "unit": "piece",
    "price_amount": Decimal(12),
    "price_label": "small",
    "more_prices": (LARGE, EGGS, extra_price("bread", Decimal(0), None, "GBP")),
    "details": {"variants": ["with meat", "without"]},
}


async def preview(coop, *lines: WantedLine):
    return (await coop.read(agreements.preview, Wanted(lines), coop.maya.id)).terms


async def test_a_kind_a_size_and_what_is_added_are_lines_of_the_terms(coop):
    box = await coop.offer("Food box", **BOX)
    assert (len(box.prices), len(box.extras)) == (2, 2)
    large = WantedLine(box.id, Decimal(2), option=1, variant=1)
    terms = await preview(coop, large, WantedLine(box.id, Decimal(3), extra=1))
    assert [(one.title, one.quantity, one.amounts[0].text) for one in terms.lines] == [
        ("Food box (large, without)", 2, "36.00"),
        ("Food box (six eggs)", 3, "7.50"),
    ]
    assert [one.text for one in terms.total] == ["43.50"]
    assert read_terms(terms.document) == terms
    assert [line_title(one, terms.lines) for one in terms.lines][1] == "+ six eggs"
    free = await preview(coop, large, WantedLine(box.id, Decimal(1), extra=2))
    assert (line_title(free.lines[1], free.lines), line_sum(free.lines[1])) == ("+ bread", "A gift")


async def test_what_is_added_needs_what_it_is_added_to_and_is_not_more_than_there_is(coop):
    projects = Conditions(project="Garden", other_projects=("Lifeboat",))
    box = await coop.offer("Food box", **BOX, conditions=projects)
    whole, eggs = WantedLine(box.id, Decimal(1)), WantedLine(box.id, Decimal(1), extra=1)
    wrong = {
        "lines": [(eggs,), (eggs, whole), (whole, eggs, eggs), (whole, replace(eggs, project=1))],
        "extra": [(whole, replace(eggs, extra=3))],
        "extra1": [(whole, replace(eggs, quantity=Decimal(many))) for many in ("5", "0.5")],
        "variant": [(replace(whole, variant=2),)],
    }
    for field, asked in wrong.items():
        for lines in asked:
            with pytest.raises(InvalidInput) as error:
                await preview(coop, *lines)
            assert list(error.value.fields) == [field], lines


async def test_what_is_added_takes_no_piece_and_is_counted_in_the_sum(coop):
    box = await coop.offer("Food box", **BOX)
    wanted = Wanted((WantedLine(box.id, Decimal(1)), WantedLine(box.id, Decimal(4), extra=1)))
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    made = await coop.do(made, "accept", coop.rosa)
    made = await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    assert [one.text for one in (await coop.see(made, coop.maya)).due] == ["22.00"]


async def test_another_coop_adds_what_the_listing_names_and_nothing_else(coop, grocer):
    box = await coop.offer("Food box", **BOX)
    [line] = ours(box).lines
    named = replace(line, kind="goods", title="Food box (small)", unit="piece", quantity=Decimal(1))
    named = replace(named, prices=(Money(1200, "GBP", 2),))
    eggs = replace(named, title="Food box (six eggs)", unit="one", extra=1)
    eggs = replace(eggs, prices=(Money(250, "GBP", 2),), quantity=Decimal(2))

    async def offered(*lines, thing="#primary-2"):
        terms = ours(box, lines=lines, start=None, end=None)
        said = promising(box, terms)
        for commitment, one in zip(said["stipulates"], lines, strict=True):
            if one.extra:
                commitment["satisfies"] = f"{box.uri}{thing}"
        return await grocer.say("Offer", said)

    for wrong, code in (
        ((named, replace(eggs, prices=(Money(200, "GBP", 2),))), "price-mismatch"),
        ((named, replace(eggs, title="Food box (ten eggs)")), "price-mismatch"),
        ((named, replace(eggs, quantity=Decimal(5))), "invalid-input"),
        ((eggs,), "invalid-input"),
        ((named, replace(eggs, extra=2)), "terms-mismatch"),
    ):
        assert refused(await offered(*wrong), 422, code), wrong
    assert refused(await offered(named, eggs, thing="#primary"), 422)
    other = replace(eggs, project="Lifeboat")
    assert refused(await offered(replace(named, project="Garden"), other), 422, "invalid-input")
    await offered(named, eggs)
    made = await newest(coop)
    terms = (await coop.see(made, coop.rosa)).version.terms
    assert [one.text for one in terms.total] == ["17.00"]

    async def written(uow):
        return agreement_document(on_wire(made, terms, uow))

    said = await coop.write(written)
    assert [one["satisfies"].rpartition("#")[2] for one in said["stipulates"]] == [
        "primary",
        "primary-2",
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (WantedLine("", Decimal(-1)), "More than 0."),
        (WantedLine("", Decimal(0), extra=1), "More than 0."),
        (WantedLine("", Decimal("1.5"), extra=1), "Whole numbers: 1, 2, 3 …"),
    ],
)
async def test_a_number_that_cannot_be_had_is_answered_with_those_that_can(coop, line, why):
    box = await coop.offer("Food box", **BOX)
    before = (WantedLine(box.id, Decimal(1)),) if line.extra else ()
    with pytest.raises(InvalidInput, match=why):
        await preview(coop, *before, replace(line, listing=box.id))


NO_EGGS = Revision(quantities=((1, Decimal(0)),))


async def test_what_is_added_is_left_out_by_a_change_or_another_offer_and_its_thing_is_not(coop):
    box = await coop.offer("Food box", **BOX)
    wanted = Wanted((WantedLine(box.id, Decimal(2)), WantedLine(box.id, Decimal(4), extra=1)))
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    with pytest.raises(InvalidInput, match="above 0"):
        await coop.do(made, "counter", coop.rosa, revision=Revision(quantities=((0, Decimal(0)),)))
    by = agreements.of_account(coop.rosa)
    draft = await coop.read(agreements.preview_revision, made.id, Event.COUNTER, by, NO_EGGS)
    assert left_out(draft.terms, (await coop.see(made, coop.maya)).version.terms) == ["six eggs"]
    asked = await coop.do(made, "counter", coop.rosa, revision=NO_EGGS)
    assert sums((await coop.see(asked, coop.maya)).version.terms.total) == ["24.00 GBP"]
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    made = await coop.do(made, "accept", coop.rosa)
    made = await coop.do(made, "change", coop.maya, revision=NO_EGGS)
    made = await coop.do(made, "agree_change", coop.rosa)
    made = await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    assert sums((await coop.see(made, coop.maya)).due) == ["24.00 GBP"]


async def test_another_coop_leaves_out_what_stands_between_two_sizes(coop, grocer):
    box = await coop.offer("Food box", **BOX)
    [line] = ours(box).lines
    small = replace(line, kind="goods", title="Food box (small)", unit="piece", quantity=Decimal(1))
    small = replace(small, prices=(Money(1200, "GBP", 2),))
    large = replace(small, title="Food box (large)", prices=(Money(1800, "GBP", 2),))
    eggs = replace(small, title="Food box (six eggs)", unit="one", extra=1)
    eggs = replace(eggs, prices=(Money(250, "GBP", 2),), quantity=Decimal(2))
    terms = ours(box, lines=(small, eggs, large), start=None, end=None)
    said = promising(box, terms)
    said["stipulates"][1]["satisfies"] = f"{box.uri}#primary-2"
    await grocer.say("Offer", said)
    made = await coop.do(await newest(coop), "accept", coop.rosa)
    fewer = replace(terms, sequence=2, lines=(small, large))
    changed = {"id": terms.agreement, "termsDigest": digest_of(fewer.document)}
    await grocer.say("Update", promising(box, fewer, **changed))
    made = await coop.do(made, "agree_change", coop.rosa)
    assert sums((await coop.see(made, coop.rosa)).version.terms.total) == ["30.00 GBP"]


async def test_pieces_are_held_as_before_when_what_is_added_is_left_out(coop):
    box = await coop.offer("Food box", **BOX)
    stock = Availability(Way.STOCK, stock=3)
    await coop.write(listings.set_availability, box.id, stock, by=None)
    eggs = WantedLine(box.id, Decimal(2), extra=1)
    large = WantedLine(box.id, Decimal(1), option=1)
    wanted = Wanted((WantedLine(box.id, Decimal(1)), eggs, large))
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    made = await coop.do(made, "counter", coop.rosa, revision=NO_EGGS)
    await coop.do(made, "accept", coop.maya)
    for many, is_there in ((2, False), (1, True)):
        more = Wanted((WantedLine(box.id, Decimal(many)),))
        with nullcontext() if is_there else pytest.raises(Conflict):
            await coop.read(agreements.preview, more, coop.sam.id)


async def test_what_is_delivered_in_part_keeps_its_lines(coop):
    box = await coop.offer("Food box", **BOX)
    wanted = Wanted((WantedLine(box.id, Decimal(2)), WantedLine(box.id, Decimal(4), extra=1)))
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    made = await coop.do(made, "accept", coop.rosa)
    one = (Decimal(1), Decimal(0))
    made = await coop.do(made, "deliver_part", coop.rosa, delivered=one)
    with pytest.raises(Conflict, match="its lines stay"):
        await coop.do(made, "change", coop.maya, revision=NO_EGGS)


async def test_whoever_takes_changes_to_a_number_that_can_be_had(coop):
    tiers = {"price_least": Decimal(2), "price_step": Decimal(2), "price_most": Decimal(8)}
    box = await coop.offer("Food box", **BOX | tiers)
    eggs = WantedLine(box.id, Decimal(4), extra=1)
    wanted = Wanted((WantedLine(box.id, Decimal(4), variant=1), eggs))
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    prices = await coop.read(agreements.prices_of, (await coop.see(made, coop.maya)).version.terms)
    assert [how_many(one) for one in prices] == ["from 2 to 8, in steps of 2", "at most 4"]
    made = await coop.do(made, "accept", coop.rosa)
    for at, many, why in ((0, 3, "steps of 2"), (0, 10, "at most 8"), (1, 5, "at most 4")):
        other = Revision(quantities=((at, Decimal(many)),))
        with pytest.raises(InvalidInput, match=why) as error:
            await coop.do(made, "change", coop.maya, revision=other)
        assert list(error.value.fields) == [f"line{at}"]
        await coop.do(made, "change", coop.rosa, revision=other)
        made = await coop.do(made, "refuse_change", coop.maya)
