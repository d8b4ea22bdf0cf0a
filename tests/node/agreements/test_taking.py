"""Times and pieces are taken with the request, once, and given back when nothing comes of it."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from federation.handlers import RefusedBy
from federation.relations import Standing
from node import limits, listings
from node.agreements import REASONS, Contact, Event, Revision, State
from node.agreements.reasons import from_english
from node.errors import Conflict
from node.listings import Availability, Closed, Kind, Way
from tests.federation.factories import related, remote_actor
from tests.node.agreements.conftest import START
from tests.node.agreements.offers import agreement, newest, ours
from tests.node.agreements.peers import GROCER, Peer
from tests.node.listings.availability.test_rules import every_day

RACERS = 30
TUESDAYS = replace(every_day("09:00-17:00"), slot=120)


async def bookable(coop):
    listing = await coop.offer()
    await coop.write(listings.set_availability, listing.id, TUESDAYS, by=None)
    return listing


@pytest.mark.usefixtures("sqlite_in_threads")
async def test_of_many_who_ask_for_the_last_slot_at_once_one_has_it(coop_on_each):
    coop = coop_on_each
    listing = await bookable(coop)
    guest = Contact("Bode", "+44 1632 960001")
    tries = [coop.asked(listing, account=None, contact=guest) for _ in range(RACERS)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    won = [one for one in ended if not isinstance(one, BaseException)]
    assert len(won) == 1
    assert {type(one) for one in ended} - {type(won[0])} == {Conflict}
    assert {one.code for one in ended if isinstance(one, Conflict)} == {"taken"}


async def test_a_slot_is_free_again_after_a_no_and_after_the_deadline(coop):
    listing = await bookable(coop)
    asked = await coop.ask(listing)
    with pytest.raises(Conflict):
        await coop.ask(listing)
    await coop.do(asked, "decline", coop.rosa)
    asked = await coop.ask(listing)
    await coop.wait(timedelta(hours=72))
    asked = await coop.ask(listing)
    made = await coop.do(asked, "accept", coop.rosa)
    await coop.do(made, "cancel", coop.maya)
    assert (await coop.ask(listing)).state is State.REQUESTED


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=4)])
async def test_another_offer_keeps_its_time_free_until_it_is_to_be_answered(coop, later):
    listing = await bookable(coop)
    asked = await coop.ask(listing)
    await coop.wait(timedelta(hours=71))
    start = START + later
    revision = Revision(start=start, end=start + timedelta(hours=2))
    await coop.do(asked, "counter", coop.rosa, revision=revision)
    await coop.wait(timedelta(hours=2))
    with pytest.raises(Conflict):
        await coop.ask(listing, by=coop.sam, start=start)
    assert (await coop.do(asked, "accept", coop.maya)).state is State.SCHEDULED


async def test_a_change_takes_the_new_slot_and_frees_the_old_one(coop):
    listing = await bookable(coop)
    made = await coop.do(await coop.ask(listing), "accept", coop.rosa)
    later = Revision(start=START + timedelta(hours=4), end=START + timedelta(hours=6))
    await coop.do(made, "change", coop.maya, revision=later)
    await coop.do(made, "agree_change", coop.rosa)
    assert (await coop.ask(listing)).state is State.REQUESTED
    with pytest.raises(Conflict):
        await coop.ask(listing, start=START + timedelta(hours=4))


async def test_a_change_to_a_time_that_is_taken_leaves_everything_as_it_was(coop):
    listing = await bookable(coop)
    made = await coop.do(await coop.ask(listing), "accept", coop.rosa)
    later = Revision(start=START + timedelta(hours=4), end=START + timedelta(hours=6))
    await coop.do(made, "change", coop.maya, revision=later)
    await coop.ask(listing, start=START + timedelta(hours=4))
    with pytest.raises(Conflict):
        await coop.do(made, "agree_change", coop.rosa)
    seen = (await coop.see(made, coop.rosa)).agreement
    assert (seen.start_at, seen.pending) == (START, 2)


async def test_a_peers_change_that_cannot_be_had_says_why_before_anybody_agrees(coop, grocer):
    listing = await bookable(coop)
    await grocer.say("Offer", agreement(listing, ours(listing)))
    made = await coop.do(await newest(coop), "accept", coop.rosa)
    later = START + timedelta(hours=4)
    moved = ours(listing, sequence=2, start=later, end=later + timedelta(hours=2))
    await grocer.say("Update", agreement(listing, moved))
    assert (await coop.see(made, coop.rosa)).obstacle == ""
    other = await coop.ask(listing, start=later)
    seen = await coop.see(made, coop.rosa)
    assert "this time is taken" in str(seen.obstacle)
    assert Event.AGREE_CHANGE in seen.buttons
    with pytest.raises(Conflict) as refusal:
        await coop.do(made, "agree_change", coop.rosa)
    assert str(refusal.value.public_message) == str(seen.obstacle)
    await coop.do(other, "decline", coop.rosa)
    assert (await coop.see(made, coop.rosa)).obstacle == ""
    await coop.do(made, "agree_change", coop.rosa)
    assert (await coop.see(made, coop.rosa)).obstacle == ""


async def test_who_asks_for_more_than_is_left_is_answered_with_how_much_that_is(coop):
    flour = await coop.offer("Flour", kind=Kind.GOODS, unit="sack")
    stock = Availability(Way.STOCK, stock=5)
    await coop.write(listings.set_availability, flour.id, stock, by=None)
    made = await coop.ask(flour, hours=None, quantity=Decimal(2))
    made = await coop.do(made, "accept", coop.rosa)
    more = Revision(quantities=((0, Decimal(4)),))
    await coop.do(made, "change", coop.maya, revision=more)
    assert (await coop.see(made, coop.rosa)).obstacle == ""
    await coop.ask(flour, hours=None, quantity=Decimal(2))
    assert "only 3" in str((await coop.see(made, coop.rosa)).obstacle)
    assert (await coop.see(made, coop.maya)).obstacle == ""


async def test_pieces_are_taken_and_given_back(coop):
    flour = await coop.offer("Flour", kind=Kind.GOODS, unit="sack")
    stock = Availability(Way.STOCK, stock=5)
    await coop.write(listings.set_availability, flour.id, stock, by=None)
    asked = await coop.ask(flour, hours=None, quantity=Decimal(4))
    with pytest.raises(Conflict, match="1"):
        await coop.ask(flour, hours=None, quantity=Decimal(2))
    fewer = Revision(quantities=((0, Decimal(3)),))
    countered = await coop.do(asked, "counter", coop.rosa, revision=fewer)
    await coop.ask(flour, hours=None, quantity=Decimal(2))
    await coop.do(countered, "decline", coop.maya)
    await coop.ask(flour, hours=None, quantity=Decimal(3))


async def test_another_coop_that_comes_too_late_is_declined_at_once(coop):
    async def know(uow) -> None:
        remote_actor(uow, GROCER)
        related(uow, GROCER)

    await coop.write(know)
    grocer, listing = Peer(coop, GROCER), await bookable(coop)
    await coop.ask(listing)
    await grocer.say("Offer", agreement(listing, ours(listing)))
    [reject] = await grocer.heard()
    assert (reject["type"], reject["object"]) == ("Reject", f"{GROCER}/a/1")
    assert reject["content"] == "Somebody was quicker."


async def test_a_stranger_that_comes_too_late_is_refused_and_nothing_waits_to_be_sent(coop):
    """However often: a Reject of each would stay in the outbox for whoever never takes it."""
    stranger, listing = Peer(coop, GROCER, Standing.STRANGER), await bookable(coop)
    await coop.write(lambda uow: know_actor(uow, GROCER))
    await coop.ask(listing)
    for _again in range(limits.OPEN_REQUESTS_PER_STRANGER + 1):
        refused = await stranger.say("Offer", agreement(listing, ours(listing)))
        assert isinstance(refused, RefusedBy)
        assert (refused.status, refused.code) == (409, "taken")
    assert await stranger.heard() == []


async def know_actor(uow, uri) -> None:
    remote_actor(uow, uri)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"least": 3, "most": 4}, "It is not had for so short."),
        ({"closed": (Closed(START.date(), START.date()),)}, "It cannot be had then."),
        ({"least": 3, "most": 4, "lead": 30 * 24 * 60}, "It cannot be had then."),
    ],
)
async def test_another_coop_hears_why_it_is_declined_at_once(coop, grocer, rule, why):
    listing = await coop.offer()
    said = replace(TUESDAYS, **rule)
    await coop.write(listings.set_availability, listing.id, said, by=None)
    await grocer.say("Offer", agreement(listing, ours(listing)))
    [reject] = await grocer.heard()
    assert (reject["type"], reject["content"]) == ("Reject", why)
    assert from_english(why) in REASONS
