"""What peers may tell us about their listings, and what becomes of our copies."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import insert, select

from federation.handlers import (
    UNKNOWN_OBJECT,
    Applied,
    CatalogueBatch,
    CatalogueItem,
    Ignored,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
    Verified,
)
from federation.models import Relation, RelationState, Tombstone
from federation.relations import Standing
from federation.storage import UnitOfWork
from node import listings, policies
from node.listings import MirrorView
from node.listings.models import mirror_table
from node.listings.wire import mirror_columns
from protocol.addressing import PUBLIC
from protocol.jsonld import normalise
from protocol.vocabulary import activities
from protocol.vocabulary.activities import parse_activity
from protocol.vocabulary.listings import ListingOnWire, listing_document
from protocol.vocabulary.places import PlaceOnWire
from protocol.vocabulary.prices import PriceOnWire
from tests.federation.factories import related, remote_actor
from tests.node.listings.conftest import GROCER, MEMBER, MILL, PEER, Coop

START = datetime(2027, 1, 5, 9, tzinfo=UTC)
FLOUR = ListingOnWire(
    uri="https://mill.example/listings/1",
    attributed_to=MILL,
    kind="goods",
    purpose="offer",
    title="Flour, 25 kg",
    to=(PUBLIC,),
    url="https://mill.example/listings/1",
    summary="Stone ground.",
    body_html="<p>From <em>old</em> wheat.</p>",
    tags=("flour",),
    language="en",
    place=PlaceOnWire("Hebden Bridge", 53.74, -2.01),
    price=PriceOnWire(Decimal("18.50"), "GBP", "piece"),
    published=START,
    updated=START,
)


def said(verb: str, wire: ListingOnWire, actor: str = MILL, **changes: Any) -> Received:
    document = listing_document(wire) | changes
    say = {"Create": activities.create, "Update": activities.update}[verb]
    return received(say(f"{actor}/a/1", actor, document, (PUBLIC,)), actor)


def deleted(uri: str, actor: str = MILL) -> Received:
    gone = activities.delete(f"{actor}/a/2", actor, uri, "Proposal", START, (PUBLIC,))
    return received(gone, actor)


def received(activity: dict[str, Any], actor: str) -> Received:
    verified = Verified(actor, f"{actor}#main-key", "http", b"{}", START)
    return Received(parse_activity(normalise(activity)), verified, Standing.PEER)


async def hear(coop: Coop, *messages: Received) -> Sequence[Outcome]:
    """What the handlers answer to a batch of messages of one kind."""

    async def work(uow: UnitOfWork) -> Sequence[Outcome]:
        handler = listings.handlers.handler_for(messages[0].activity, "Proposal")
        assert handler is not None
        return await handler(uow, messages)

    return await coop.write(work)


async def held(coop: Coop, wire: ListingOnWire = FLOUR) -> MirrorView | None:
    return await coop.ask(lambda reader: listings.mirror(reader, wire.uri))


@pytest.mark.parametrize(
    ("said_km", "kept_km"), [(25.0, 25.0), (0.0, None), (1e9, None), (float("inf"), None)]
)
def test_how_far_a_peer_goes_is_kept_within_the_globe(
    said_km: float, kept_km: float | None
) -> None:
    wire = replace(FLOUR, place=PlaceOnWire("Hebden Bridge", 53.74, -2.01, said_km))
    assert mirror_columns(wire, START)["radius_km"] == kept_km


async def test_a_peers_listing_is_kept_and_found(followed: Coop) -> None:
    assert await hear(followed, said("Create", FLOUR)) == [Applied()]
    mirror = await held(followed)
    assert mirror is not None
    assert (mirror.title, mirror.coop_name, mirror.state) == ("Flour, 25 kg", "Mill", "fresh")
    assert mirror.price is not None
    assert (mirror.price.amount, mirror.price.currency) == (Decimal("18.50"), "GBP")
    [hit] = (await followed.search("wheat")).hits
    assert (hit.origin, hit.url, hit.coop_uri) == ("remote", f"/mirrors/{mirror.id}", MILL)


async def test_an_update_that_comes_before_its_create_counts_as_one(followed: Coop) -> None:
    assert await hear(followed, said("Update", FLOUR)) == [Applied()]
    assert await hear(followed, said("Create", FLOUR)) == [Ignored("not-newer")]


async def test_only_what_is_newer_replaces_what_we_have(followed: Coop) -> None:
    newer = replace(FLOUR, title="Rye flour", updated=START + timedelta(seconds=1))
    older = replace(FLOUR, title="Old flour", updated=START - timedelta(days=1))
    await hear(followed, said("Create", FLOUR))
    assert await hear(followed, said("Update", newer)) == [Applied()]
    assert await hear(followed, said("Update", older)) == [Ignored("not-newer")]
    mirror = await held(followed)
    assert mirror is not None
    assert mirror.title == "Rye flour"


async def test_in_one_batch_the_newest_of_several_wins_whatever_their_order(
    followed: Coop,
) -> None:
    steps = [replace(FLOUR, title=f"Flour {n}", updated=START + timedelta(n)) for n in (2, 3, 1)]
    outcomes = await hear(followed, *[said("Update", step) for step in steps])
    assert outcomes == [Applied(), Applied(), Ignored("not-newer")]
    assert await followed.titles("flour") == ["Flour 3"]


async def test_a_batch_gives_each_sender_its_own_answer(followed: Coop) -> None:
    bread = replace(FLOUR, uri="https://grocer.example/listings/1", attributed_to=GROCER)
    stranger = "https://stranger.example/coop"
    theirs = replace(FLOUR, uri="https://stranger.example/listings/1", attributed_to=stranger)
    outcomes = await hear(
        followed,
        said("Create", FLOUR),
        said("Create", theirs, stranger),
        said("Create", FLOUR, GROCER),
        said("Create", replace(bread, title=" \u202e "), GROCER),
        said("Create", bread, GROCER),
    )
    assert [type(outcome) for outcome in outcomes] == [
        Applied,
        Ignored,
        RefusedBy,
        RefusedBy,
        Applied,
    ]
    assert [one.status for one in outcomes if isinstance(one, RefusedBy)] == [403, 422]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"purpose": "gift"}, "purpose"),
        ({"name": 7}, "name"),
        ({"updated": "yesterday"}, "yesterday"),
        ({"location": {"type": "Place", "latitude": 100, "longitude": 1}}, "latitude"),
        ({"minimumPrice": "1e9"}, "minimumPrice"),
        ({"reciprocal": {"resourceQuantity": {"hasNumericalValue": "-4"}}}, "price"),
    ],
)
async def test_a_malformed_field_is_refused_and_named(
    followed: Coop, changes: dict[str, Any], named: str
) -> None:
    [outcome] = await hear(followed, said("Create", FLOUR, **changes))
    assert isinstance(outcome, RefusedBy)
    assert outcome.status == 422
    assert named in outcome.detail
    assert await held(followed) is None


async def test_words_of_a_peer_are_made_harmless(followed: Coop) -> None:
    nasty = replace(
        FLOUR,
        title="Fl\u202eour\n<b>now</b>" + "x" * 500,
        body_html='<p onclick="x()">Hi<script>alert(1)</script><img src="https://spy.example/p">'
        '<a href="javascript:alert(1)">a</a><a href="https://mill.example">b</a></p>',
        url="javascript:alert(1)",
        kind="licence",
        language="not a language",
        tags=("ok", "y" * 500),
    )
    await hear(followed, said("Create", nasty))
    mirror = await held(followed)
    assert mirror is not None
    assert mirror.title.startswith("Flour <b>now</b>")
    assert len(mirror.title) == 200
    assert mirror.body_html == (
        '<p>Hi<a rel="nofollow noopener noreferrer ugc">a</a>'
        '<a href="https://mill.example" rel="nofollow noopener noreferrer ugc">b</a></p>'
    )
    assert mirror.source_url == nasty.uri
    assert (mirror.kind, mirror.language) == ("service", "")


async def test_a_withdrawn_listing_is_not_found_but_remembered(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    assert await hear(followed, deleted(FLOUR.uri)) == [Applied()]
    assert await followed.titles("flour") == []
    mirror = await held(followed)
    assert mirror is not None
    assert mirror.state == "gone"
    assert not listings.mirror_visible(mirror, listings.ANYBODY)


async def test_a_listing_is_withdrawn_by_its_owner_alone(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    [outcome] = await hear(followed, deleted(FLOUR.uri, GROCER))
    assert isinstance(outcome, RefusedBy)
    assert await hear(followed, deleted("https://mill.example/listings/2")) == [
        Ignored(UNKNOWN_OBJECT)
    ]
    assert await followed.titles("flour") == ["Flour, 25 kg"]


async def test_what_was_deleted_before_it_came_never_comes(followed: Coop) -> None:
    async def bury(uow: UnitOfWork) -> None:
        uow.session.add(
            Tombstone(uri=FLOUR.uri, owner=MILL, former_type=None, deleted_at=uow.now, final=True)
        )

    await followed.write(bury)
    assert await hear(followed, said("Create", FLOUR)) == [Ignored("not-newer")]
    assert await held(followed) is None


async def test_a_paused_listing_is_kept_but_not_found(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    paused = replace(FLOUR, available=False, updated=START + timedelta(1))
    await hear(followed, said("Update", paused))
    mirror = await held(followed)
    assert mirror is not None
    assert not mirror.available
    assert await followed.titles("flour") == []


async def test_a_listing_for_peers_is_found_by_our_members_alone(followed: Coop) -> None:
    await hear(followed, said("Create", replace(FLOUR, to=(f"{MILL}/followers",))))
    assert await followed.titles("flour") == []
    assert await followed.titles("flour", viewer=PEER) == []
    assert await followed.titles("flour", viewer=MEMBER) == ["Flour, 25 kg"]


async def test_an_ended_listing_of_a_peer_is_not_found(followed: Coop) -> None:
    await hear(followed, said("Create", replace(FLOUR, expires=START + timedelta(days=2))))
    assert await followed.titles("flour") == ["Flour, 25 kg"]
    followed.clock.advance(timedelta(days=2))
    assert await followed.titles("flour") == []


async def test_a_date_ahead_makes_a_listing_no_younger(
    followed: Coop,
) -> None:
    rule = policies.PassedPolicy(
        federation_digest="zToad",
        certificate_digest="zCertificate",
        id="fresh",
        version="1",
        keys={policies.LISTINGS_MAX_AGE_DAYS.name: 30},
        text="",
        effective_from=followed.clock.now(),
    )
    await followed.write(lambda uow: policies.put_in_force(uow, rule))
    ahead = START + timedelta(days=9_000)
    await hear(followed, said("Create", replace(FLOUR, published=ahead, updated=ahead)))
    [hit] = (await followed.search("flour")).hits
    assert hit.updated_at == followed.clock.now()
    await hear(followed, said("Update", replace(FLOUR, title="Flour, old", updated=START)))
    assert await followed.titles("flour") == ["Flour, 25 kg"], "of two, what its author says later"
    followed.clock.advance(timedelta(days=31))
    assert await followed.titles("flour") == []


async def test_listings_of_a_silent_coop_grow_stale_and_a_word_makes_them_fresh(
    followed: Coop,
) -> None:
    await hear(followed, said("Create", FLOUR))
    assert await followed.write(listings.mark_stale) == 0
    followed.clock.advance(timedelta(days=8))
    assert await followed.write(listings.mark_stale) == 1
    [hit] = (await followed.search("flour")).hits
    assert hit.state == "stale"
    await read_catalogue(followed, [FLOUR])
    [hit] = (await followed.search("flour")).hits
    assert hit.state == "fresh"


async def test_listings_of_a_coop_that_speaks_stay_fresh(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    followed.clock.advance(timedelta(days=8))

    async def speak(uow: UnitOfWork) -> None:
        relation = await uow.session.get(Relation, MILL)
        assert relation is not None
        relation.last_heard_at = uow.now

    await followed.write(speak)
    assert await followed.write(listings.mark_stale) == 0


async def read_catalogue(
    coop: Coop,
    wires: Sequence[ListingOnWire],
    *,
    gone: Sequence[str] = (),
    complete: bool = False,
    peer: str = MILL,
    hidden: bool = False,
) -> None:
    started_at = coop.clock.now()
    items = [CatalogueItem(wire.uri, normalise(listing_document(wire)), False) for wire in wires]
    deleted_at = None if hidden else started_at
    items += [
        CatalogueItem(uri, {"id": uri, "type": "Tombstone"}, True, deleted_at) for uri in gone
    ]
    handler = listings.handlers.catalogue_handler("Proposal")
    assert handler is not None
    batches = [CatalogueBatch(peer, tuple(items), False, started_at)]
    if complete:
        batches.append(CatalogueBatch(peer, (), True, started_at))
    for batch in batches:
        await coop.write(lambda uow, batch=batch: handler(uow, batch))


async def test_a_catalogue_brings_what_was_there_before_and_takes_what_is_gone(
    followed: Coop,
) -> None:
    bran = replace(FLOUR, uri="https://mill.example/listings/2", title="Bran")
    await read_catalogue(followed, [FLOUR, bran])
    assert sorted(await followed.titles()) == ["Bran", "Flour, 25 kg"]
    await read_catalogue(followed, [], gone=[bran.uri, "https://mill.example/listings/3"])
    assert await followed.titles() == ["Flour, 25 kg"]
    never = replace(FLOUR, uri="https://mill.example/listings/3", title="Late")
    assert await hear(followed, said("Create", never)) == [Ignored("not-newer")]


async def test_what_is_only_not_shown_to_us_may_come_back_as_it_was(followed: Coop) -> None:
    await read_catalogue(followed, [FLOUR])
    await read_catalogue(followed, [], gone=[FLOUR.uri], hidden=True)
    assert await followed.titles() == []
    await read_catalogue(followed, [FLOUR])
    assert await followed.titles() == ["Flour, 25 kg"]


async def test_what_its_owner_changed_after_a_catalogues_grave_counts(followed: Coop) -> None:
    await read_catalogue(followed, [FLOUR])
    await read_catalogue(followed, [], gone=[FLOUR.uri])
    assert await hear(followed, said("Create", FLOUR)) == [Ignored("not-newer")]
    later = replace(FLOUR, title="Rye", updated=followed.clock.now() + timedelta(minutes=1))
    followed.clock.advance(120)
    assert await hear(followed, said("Update", later)) == [Applied()]
    assert await followed.titles() == ["Rye"]


async def test_a_grave_in_a_catalogue_takes_nothing_back_of_a_deletion(followed: Coop) -> None:
    await read_catalogue(followed, [FLOUR])
    grave = {"uri": FLOUR.uri, "owner": MILL, "deleted_at": START, "final": True}
    await followed.write(lambda uow: uow.execute(insert(Tombstone).values(**grave)))
    await read_catalogue(followed, [], gone=[FLOUR.uri])
    later = replace(FLOUR, updated=followed.clock.now() + timedelta(minutes=1))
    followed.clock.advance(120)
    assert await hear(followed, said("Update", later)) == [Ignored("not-newer")]


async def test_of_two_coops_that_call_a_listing_theirs_its_address_decides(
    followed: Coop,
) -> None:
    """Both are followed, and live on one host."""
    mallory = f"{MILL.removesuffix('/coop')}/mallory"

    async def follow_too(uow: UnitOfWork) -> None:
        remote_actor(uow, mallory)
        related(uow, mallory, following_state=RelationState.ACCEPTED)

    await followed.write(follow_too)
    claimed = replace(FLOUR, title="Ours", attributed_to=mallory)
    assert await hear(followed, said("Create", claimed, actor=mallory)) == [Applied()]
    mine = said("Create", FLOUR)
    assert await hear(followed, mine) == [NeedsFetch((FLOUR.uri,))]
    its_own_word = {FLOUR.uri: normalise(listing_document(FLOUR))}
    assert await hear(followed, replace(mine, fetched=its_own_word)) == [Applied()]
    assert await followed.titles() == ["Flour, 25 kg"]

    later = replace(claimed, updated=followed.clock.now())
    theirs = replace(said("Update", later, actor=mallory), fetched=its_own_word)
    assert isinstance((await hear(followed, theirs))[0], RefusedBy)
    assert await followed.titles() == ["Flour, 25 kg"]


async def test_what_a_whole_catalogue_does_not_hold_is_gone(followed: Coop) -> None:
    bran = replace(FLOUR, uri="https://mill.example/listings/2", title="Bran")
    await read_catalogue(followed, [FLOUR, bran])
    followed.clock.advance(60)
    await read_catalogue(followed, [bran], complete=True)
    assert await followed.titles() == ["Bran"]


async def test_a_catalogue_cannot_speak_for_another_coop(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    bread = replace(FLOUR, uri="https://mill.example/listings/9", attributed_to=GROCER)
    await read_catalogue(followed, [bread], gone=[FLOUR.uri], peer=GROCER)
    assert await followed.titles() == ["Flour, 25 kg"]


async def test_one_unreadable_entry_does_not_hold_back_a_catalogue(followed: Coop) -> None:
    broken = replace(FLOUR, uri="https://mill.example/listings/2", title="\u200b\u202e")
    await read_catalogue(followed, [broken, FLOUR])
    assert await followed.titles() == ["Flour, 25 kg"]


async def test_a_suspended_coops_listings_are_hidden_and_come_back(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    await followed.write(lambda uow: listings.hide(uow, MILL))
    assert await followed.titles() == []
    await followed.write(lambda uow: listings.show(uow, MILL))
    assert await followed.titles() == ["Flour, 25 kg"]


async def test_a_page_of_a_coop_on_hold_is_not_shown(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))

    async def suspend(uow: UnitOfWork) -> None:
        relation = await uow.session.get(Relation, MILL)
        assert relation is not None
        relation.suspended_at = uow.now

    await followed.write(suspend)
    assert await held(followed) is None


async def test_a_coop_that_we_left_and_follow_again_is_found_again(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    await followed.write(lambda uow: listings.forget_all_of(uow, MILL))
    assert await followed.titles() == []
    await read_catalogue(followed, [FLOUR])
    assert await followed.titles() == ["Flour, 25 kg"]


async def test_a_coop_that_moved_takes_its_listings_along(followed: Coop) -> None:
    await hear(followed, said("Create", FLOUR))
    home = "https://newmill.example/coop"
    await followed.write(lambda uow: listings.rehome(uow, MILL, home))
    [hit] = (await followed.search(coop=home)).hits
    assert hit.coop_uri == home
    owners = await followed.ask(lambda reader: reader.scalars(select(mirror_table.c.coop_uri)))
    assert owners == [home]
