"""What is refused when it is sent is refused when it is looked at first: nothing is promised."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import agreements, listings
from node.agreements import Event, Revision, Wanted, WantedLine
from node.errors import Conflict
from node.listings import Availability, Kind, PriceView, Way
from node.money import Money
from tests.node.agreements.conftest import START
from tests.node.agreements.test_taking import TUESDAYS, bookable
from tests.node.listings.availability.test_rules import every_day

DEARER = Revision(prices=((0, (Money(2000, "GBP", 2),)),))
LATER = Revision(start=START + timedelta(hours=4), end=START + timedelta(hours=6))
WITH_TOOLS = PriceView(Decimal(30), currency="GBP", unit="hour", label="With tools")


async def refused(coop, made, step, who, revision):
    """The code of both refusals: they are one."""
    by = agreements.of_account(who)
    with pytest.raises(Conflict) as looked:
        await coop.read(agreements.preview_revision, made.id, step, by, revision)
    with pytest.raises(Conflict) as sent:
        await coop.do(made, step.value, who, revision=revision)
    assert looked.value.code == sent.value.code
    return sent.value.code


async def test_another_sum_after_it_is_paid_and_less_than_is_delivered(coop, listing):
    made = await coop.do(await coop.ask(listing, quantity=Decimal(3)), "accept", coop.rosa)
    assert await refused(coop, made, Event.COUNTER, coop.maya, DEARER)
    made = await coop.do(made, "deliver_part", coop.rosa, delivered=(Decimal(2),))
    less = Revision(quantities=((0, Decimal(1)),))
    assert await refused(coop, made, Event.CHANGE, coop.maya, less) == "delivered-already"
    asked = await coop.do(made, "change", coop.rosa, revision=DEARER)
    assert await refused(coop, asked, Event.CHANGE, coop.maya, DEARER) == "change-pending"
    made = await coop.do(asked, "refuse_change", coop.maya)
    made = await coop.do(made, "receive", coop.rosa)
    assert await refused(coop, made, Event.CHANGE, coop.maya, DEARER) == "paid-already"


async def test_a_time_that_somebody_else_has_and_pieces_that_are_gone(coop):
    listing = await bookable(coop)
    made = await coop.ask(listing)
    by = agreements.of_account(coop.rosa)
    look = agreements.preview_revision
    assert (await coop.read(look, made.id, Event.COUNTER, by, LATER)).terms.start == LATER.start
    await coop.ask(listing, start=START + timedelta(hours=4))
    assert await refused(coop, made, Event.COUNTER, coop.rosa, LATER) == "taken"

    await coop.write(listings.set_availability, listing.id, every_day("12:00-17:00"), by=None)
    await coop.read(look, made.id, Event.COUNTER, by, DEARER)
    await coop.do(made, "counter", coop.rosa, revision=DEARER)

    flour = await coop.offer("Flour", kind=Kind.GOODS, unit="sack")
    await coop.write(listings.set_availability, flour.id, Availability(Way.STOCK, stock=5), by=None)
    made = await coop.ask(flour, hours=None, quantity=Decimal(3))
    five, six = (Revision(quantities=((0, Decimal(many)),)) for many in (5, 6))
    await coop.read(look, made.id, Event.COUNTER, by, five)
    assert await refused(coop, made, Event.COUNTER, coop.rosa, six) == "sold-out"
    made = await coop.do(made, "accept", coop.rosa)
    for who in (coop.rosa, coop.maya):
        assert await refused(coop, made, Event.CHANGE, who, six) == "sold-out"
        await coop.read(look, made.id, Event.CHANGE, agreements.of_account(who), five)
    asked = await coop.do(made, "change", coop.maya, revision=five)
    await coop.do(asked, "agree_change", coop.rosa)


async def test_a_change_to_a_time_that_somebody_else_has(coop):
    listing = await bookable(coop)
    made = await coop.do(await coop.ask(listing), "accept", coop.rosa)
    await coop.do(made, "change", coop.maya, revision=LATER)
    other = await coop.ask(listing, start=START + timedelta(hours=4))
    assert await refused(coop, made, Event.CHANGE, coop.maya, LATER) == "taken"
    assert other.start_at == LATER.start
    dearer = await coop.do(made, "change", coop.maya, revision=DEARER)
    await coop.do(dearer, "agree_change", coop.rosa)


async def test_what_starts_from_other_terms_than_were_shown(coop, listing):
    made = await coop.ask(listing)
    shown = (await coop.see(made, coop.rosa)).version.digest
    for who in (coop.rosa, coop.maya):
        made = await coop.do(made, "counter", who, revision=DEARER)
    given = (made.id, Event.COUNTER, agreements.of_account(coop.rosa))
    for sent in (
        coop.read(agreements.preview_revision, *given, DEARER, shown),
        coop.write(agreements.do, *given, revision=DEARER, digest=shown),
    ):
        with pytest.raises(Conflict) as late:
            await sent
        assert late.value.code == "terms-changed"


async def test_a_request_for_a_time_that_is_taken_or_for_more_than_there_is(coop):
    listing = await bookable(coop)
    flour = await coop.offer("Flour", kind=Kind.GOODS, unit="sack")
    stock = Availability(Way.STOCK, stock=5)
    await coop.write(listings.set_availability, flour.id, stock, by=None)
    span = (START, START + timedelta(hours=2))
    wanted = Wanted((WantedLine(listing.id),), *span)
    assert (await coop.read(agreements.preview, wanted, coop.maya.id)).terms.start == START
    await coop.ask(listing)
    for late, code in (
        (wanted, "taken"),
        (Wanted((WantedLine(flour.id, Decimal(6)),)), "sold-out"),
    ):
        with pytest.raises(Conflict) as refusal:
            await coop.read(agreements.preview, late, coop.sam.id)
        assert refusal.value.code == code


async def test_lines_of_one_listing_are_looked_at_together(coop):
    flour = await coop.offer("Flour", kind=Kind.GOODS, unit="sack")
    stock = Availability(Way.STOCK, stock=5)
    await coop.write(listings.set_availability, flour.id, stock, by=None)
    listing = await coop.offer(more_prices=(WITH_TOOLS,))
    await coop.write(listings.set_availability, listing.id, TUESDAYS, by=None)
    times = {"start": START, "end": START + timedelta(hours=2)}
    three, two = WantedLine(flour.id, Decimal(3)), WantedLine(flour.id, Decimal(2))
    for lines, said, code in (
        ((three, three), {}, "sold-out"),
        ((WantedLine(listing.id), WantedLine(listing.id, option=1)), times, "taken"),
    ):
        wanted = Wanted(lines, **said)
        with pytest.raises(Conflict) as looked:
            await coop.read(agreements.preview, wanted, coop.maya.id)
        with pytest.raises(Conflict) as sent:
            await coop.write(agreements.ask, wanted, account=coop.maya)
        assert (looked.value.code, sent.value.code) == (code, code)

    wanted = Wanted((three, two))
    await coop.read(agreements.preview, wanted, coop.maya.id)
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    look, by = agreements.preview_revision, agreements.of_account(coop.rosa)
    other_way = Revision(quantities=((0, Decimal(2)), (1, Decimal(3))))
    await coop.read(look, made.id, Event.COUNTER, by, other_way)
    made = await coop.do(made, "counter", coop.rosa, revision=other_way)
    more = Revision(quantities=((0, Decimal(3)),))
    assert await refused(coop, made, Event.COUNTER, coop.maya, more) == "sold-out"


async def test_times_that_one_agreement_has_twice_are_its_own_when_they_move(coop):
    listing = await coop.offer(more_prices=(WITH_TOOLS,))
    said = replace(TUESDAYS, capacity=2, slot=60, most=2)
    await coop.write(listings.set_availability, listing.id, said, by=None)
    lines = (WantedLine(listing.id), WantedLine(listing.id, option=1))
    wanted = Wanted(lines, start=START, end=START + timedelta(hours=2))
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    look, by = agreements.preview_revision, agreements.of_account(coop.rosa)
    hour = timedelta(hours=1)
    later = Revision(start=START + hour, end=START + 3 * hour)
    await coop.read(look, made.id, Event.COUNTER, by, later)
    made = await coop.do(made, "counter", coop.rosa, revision=later)
    await coop.ask(listing, start=START + 4 * hour)
    latest = Revision(start=START + 4 * hour, end=START + 6 * hour)
    assert await refused(coop, made, Event.COUNTER, coop.maya, latest) == "taken"
