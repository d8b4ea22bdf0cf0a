"""Other days, or other guests, are counted anew: before they are proposed, and both agree to it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from node import agreements, listings
from node.agreements import Event, Revision, WantedLine
from node.agreements.terms import digest_of
from node.errors import Conflict, InvalidInput
from node.listings import ListingDraft
from node.money import Money
from tests.node.agreements.offers import newest, refused
from tests.node.agreements.test_guests import ROOM as FOR_EACH
from tests.node.agreements.test_whole_prices import ROOM, promising, stay, sums

DAY = timedelta(days=1)


async def agreed(coop, listing, nights=5, guests=None):
    wanted = replace(stay(listing, date(2027, 6, 29), nights), guests=guests)
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    return await coop.do(made, "accept", coop.rosa)


async def seen(coop, made):
    by = agreements.of_account(coop.maya)
    return await coop.read(agreements.agreement, made.id, by)


def lines(terms):
    return [(one.quantity, *sums(one.prices)) for one in terms.lines]


async def test_other_nights_cost_what_they_cost_and_both_agree(coop):
    made = await agreed(coop, await coop.offer("Attic room", **ROOM))
    terms = (await seen(coop, made)).version.terms
    assert sums(terms.total) == ["390.00 GBP"]
    later = Revision(start=terms.start + 2 * DAY, end=terms.end + 3 * DAY)
    by = agreements.of_account(coop.maya)
    draft = await coop.read(agreements.preview_revision, made.id, Event.CHANGE, by, later)
    assert lines(draft.terms) == [(6, "90.00 GBP")]
    made = await coop.do(made, "change", coop.maya, revision=later)
    assert sums((await seen(coop, made)).version.terms.total) == ["390.00 GBP"]
    made = await coop.do(made, "agree_change", coop.rosa)
    terms = (await seen(coop, made)).version.terms
    assert sums(terms.total) == ["540.00 GBP"]
    back = Revision(start=terms.start - 2 * DAY, end=terms.end - 3 * DAY)
    made = await coop.do(made, "change", coop.rosa, revision=back)
    made = await coop.do(made, "agree_change", coop.maya)
    assert lines((await seen(coop, made)).version.terms) == [(2, "60.00 GBP"), (3, "90.00 GBP")]
    made = await coop.do(await coop.do(made, "deliver", coop.rosa), "confirm", coop.maya)
    assert sums((await seen(coop, made)).due) == ["390.00 GBP"]


async def test_what_is_set_by_hand_or_was_agreed_stays(coop):
    flat = ROOM | {"price_seasons": ()}
    made = await agreed(coop, await coop.offer("Attic room", **flat))
    terms = (await seen(coop, made)).version.terms
    longer = Revision(end=terms.end + 2 * DAY)
    cheap = ((0, (Money(5000, "GBP", 2),)),)
    made = await coop.do(made, "change", coop.rosa, revision=replace(longer, prices=cheap))
    made = await coop.do(made, "agree_change", coop.maya)
    assert lines((await seen(coop, made)).version.terms) == [(5, "50.00 GBP")]
    seven = Revision(quantities=((0, Decimal(7)),))
    made = await coop.do(made, "change", coop.rosa, revision=seven)
    made = await coop.do(made, "agree_change", coop.maya)
    eight = Revision(end=terms.end + 3 * DAY)
    made = await coop.do(made, "change", coop.rosa, revision=eight)
    made = await coop.do(made, "agree_change", coop.maya)
    assert lines((await seen(coop, made)).version.terms) == [(8, "50.00 GBP")]


async def test_more_guests_pay_more_and_no_more_than_there_is_room_for(coop):
    made = await agreed(coop, await coop.offer("Attic room", **FOR_EACH), guests=2)
    with pytest.raises(InvalidInput, match="guests"):
        await coop.do(made, "change", coop.maya, revision=Revision(guests=5))
    made = await coop.do(made, "change", coop.maya, revision=Revision(guests=3))
    made = await coop.do(made, "agree_change", coop.rosa)
    terms = (await seen(coop, made)).version.terms
    assert (terms.guests, sums(terms.total)) == (3, ["300.00 GBP"])


async def test_nobody_gets_more_guests_in_by_naming_a_price_or_once_the_listing_has_changed(coop):
    listing = await coop.offer("Attic room", **FOR_EACH)
    made = await agreed(coop, listing, guests=2)
    nine = Revision(guests=9)

    async def is_refused(revision=nine):
        with pytest.raises(InvalidInput) as error:
            await coop.do(made, "change", coop.maya, revision=revision)
        assert list(error.value.fields) == ["guests"]

    await is_refused(replace(nine, prices=((0, (Money(100, "GBP", 2),)),)))
    await is_refused(Revision(guests=0))
    await is_refused(replace(nine, quantities=((0, Decimal(45)),)))
    retitled = ListingDraft("Loft", currency="GBP", **FOR_EACH)
    now = {"by": coop.rosa.id, "expected_version": listing.version}
    await coop.write(listings.edit, listing.id, retitled, **now)
    await is_refused()
    await coop.write(listings.change_state, listing.id, "pause", by=coop.rosa.id)
    await is_refused()
    await coop.do(made, "change", coop.maya, revision=Revision(guests=4))


async def test_what_is_beside_a_room_says_nothing_of_guests_and_is_not_in_their_way(coop):
    room = await coop.offer("Attic room", **FOR_EACH)
    bike = await coop.offer("Bicycle", price_amount=Decimal(5), unit="day")
    wanted = replace(stay(room, date(2027, 6, 29), 5), guests=2)
    wanted = replace(wanted, lines=(*wanted.lines, WantedLine(bike.id)))
    made = (await coop.write(agreements.ask, wanted, account=coop.maya)).agreement
    by, three = agreements.of_account(coop.rosa), Revision(guests=3)
    draft = await coop.read(agreements.preview_revision, made.id, Event.COUNTER, by, three)
    assert lines(draft.terms) == [(15, "20.00 GBP"), (5, "5.00 GBP")]


async def test_what_is_partly_delivered_is_not_cut_into_other_lines(coop):
    made = await agreed(coop, await coop.offer("Attic room", **ROOM))
    terms = (await seen(coop, made)).version.terms
    made = await coop.do(made, "deliver_part", coop.rosa, delivered=(Decimal(1), Decimal(0)))
    with pytest.raises(Conflict, match="its lines stay"):
        await coop.do(made, "change", coop.rosa, revision=Revision(start=terms.start + 3 * DAY))


async def test_another_coop_changes_days_with_as_many_lines_as_they_cost(coop, grocer):
    listing = await coop.offer("Attic room", **ROOM)
    wanted = stay(listing, date(2027, 6, 29), 5)
    terms = (await coop.read(agreements.preview, wanted, coop.maya.id)).terms
    theirs = {"agreement": "https://grocer.example/agreements/1", "customer": grocer.uri}
    terms = replace(terms, **theirs)
    await grocer.say("Offer", promising(listing, terms))
    made = await newest(coop)
    await coop.do(made, "accept", coop.rosa)
    summer = replace(terms.lines[1], quantity=Decimal(5))
    moved = replace(terms, sequence=2, start=terms.start + 2 * DAY, end=terms.end + 2 * DAY)
    moved = replace(moved, lines=(summer,))
    other = await coop.offer("Cellar room", **ROOM)
    strange = replace(moved, lines=(replace(summer, listing=other.uri),))
    wrong = promising(other, strange, id=terms.agreement, termsDigest=digest_of(strange.document))
    assert refused(await grocer.say("Update", wrong), 422, "terms-mismatch")
    await grocer.say("Update", promising(listing, moved, id=terms.agreement))
    by = agreements.of_account(coop.rosa)
    change = (await coop.read(agreements.agreement, made.id, by)).change
    assert change is not None
    assert sums(change.terms.total) == ["450.00 GBP"]
