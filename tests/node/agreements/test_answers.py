"""What a peer answers to what we asked: acceptances, deliveries, payments, late, twice or wrong."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from federation.handlers import Applied, Ignored
from federation.models import Delivery, DeliveryState
from federation.storage.base import table_of
from node import agreements, policies
from node.agreements import State
from protocol import datetimes
from protocol.contexts import CONTEXT
from tests.node.agreements.conftest import START
from tests.node.agreements.offers import THEIRS, newest, refused
from tests.node.agreements.peers import GROCER, LOAF, MILL, Peer


@pytest.fixture
async def offered(coop, grocer):
    """Maya asks for what the grocer offers: our Offer waits for its Accept."""
    from node.listings import mirrors
    from node.listings.mirrors import Offered
    from node.listings.wire import mirror_columns
    from protocol.vocabulary.listings import ListingOnWire, listing_document, parse_listing
    from protocol.vocabulary.prices import PriceOnWire

    wire = ListingOnWire(
        uri="https://grocer.example/listings/7",
        attributed_to=GROCER,
        kind="service",
        purpose="offer",
        title="Delivery round",
        to=("https://www.w3.org/ns/activitystreams#Public",),
        price=PriceOnWire(Decimal("9.00"), "GBP", "hour"),
        published=coop.clock.now(),
        updated=coop.clock.now(),
    )
    document = listing_document(wire)

    async def keep(uow) -> None:
        columns = mirror_columns(parse_listing(document), uow.now)
        await mirrors.take(uow, [Offered(columns, document)])

    await coop.write(keep)
    wanted = agreements.Wanted(
        (agreements.WantedLine(wire.uri),), START, START + timedelta(hours=2)
    )
    made = await coop.write(agreements.ask, wanted, account=coop.maya)
    return made.agreement


def accepted(offer, **changed):
    """A plain peer's finalised Agreement, with ids and the same quantities."""
    said = offer["object"]
    uri = "https://grocer.example/ag/3"
    result = {
        "@context": CONTEXT,
        "id": uri,
        "type": "Agreement",
        "attributedTo": GROCER,
        "stipulates": said["stipulates"] | {"id": f"{uri}#primary"},
        "stipulatesReciprocal": said["stipulatesReciprocal"] | {"id": f"{uri}#reciprocal"},
    }
    return result | changed


async def test_a_plain_peer_accepts_delivers_and_is_confirmed_to(coop, grocer, offered):
    [offer] = await grocer.heard()
    assert (offer["type"], offer["object"]["attributedTo"]) == ("Offer", LOAF)
    assert await grocer.say("Accept", offer["id"], result=accepted(offer)) == Applied()
    assert (await newest(coop)).state is State.SCHEDULED
    assert await grocer.document("https://grocer.example/ag/3") == Applied()
    assert (await newest(coop)).state is State.DELIVERED
    await coop.do(offered, "confirm", coop.maya)
    confirmation = (await grocer.heard())[-1]["object"]
    assert confirmation["context"] == "https://grocer.example/ag/3"
    assert confirmation["kind"] == "confirmation"


async def test_an_acceptance_of_other_quantities_or_digests_is_refused(coop, grocer, offered):
    [offer] = await grocer.heard()
    dearer = offer["object"]["stipulatesReciprocal"] | {
        "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "19.00"}
    }
    for result, status in [
        (accepted(offer, stipulatesReciprocal=dearer), 409),
        (accepted(offer, termsDigest="zOther"), 409),
        (accepted(offer, stipulates=offer["object"]["stipulates"] | {"satisfies": THEIRS}), 422),
        (None, 422),
    ]:
        extra = {} if result is None else {"result": result}
        refused(await grocer.say("Accept", offer["id"], **extra), status)
    assert (await newest(coop)).state is State.REQUESTED


async def test_an_acceptance_replayed_under_new_ids_makes_one_agreement(coop, grocer, offered):
    [offer] = await grocer.heard()
    await grocer.say("Accept", offer["id"], result=accepted(offer))
    before = (await coop.see(offered, coop.maya)).history
    for _ in range(20):
        again = await grocer.say("Accept", offer["id"], result=accepted(offer))
        assert again == Ignored("already-accepted")
    assert (await coop.see(offered, coop.maya)).history == before


async def test_a_third_coop_cannot_answer(coop, grocer, offered):
    [offer] = await grocer.heard()
    mill = Peer(coop, MILL)
    result = accepted(offer, attributedTo=MILL, id="https://mill.example/ag/1")
    refused(await mill.say("Accept", offer["id"], result=result), 403, "wrong-party")
    for kind in ("Reject", "TentativeAccept"):
        refused(await mill.say(kind, offer["id"]), 403, "wrong-party")
    refused(await mill.document(offered.uri, "delivery"), 403, "wrong-party")
    refused(await mill.say("Flag", offered.uri), 403, "wrong-party")
    assert (await newest(coop)).state is State.REQUESTED


async def test_an_acceptance_a_second_after_the_deadline_is_refused_by_our_clock(
    coop, grocer, offered
):
    [offer] = await grocer.heard()
    coop.clock.advance(timedelta(hours=72, seconds=1))
    outcome = await grocer.say("Accept", offer["id"], result=accepted(offer))
    refused(outcome, 422, "offer-expired")
    await coop.wait(timedelta(0))
    outcome = await grocer.say("Accept", offer["id"], result=accepted(offer))
    refused(outcome, 422, "offer-expired")
    assert (await grocer.heard())[-1]["type"] == "Undo"


async def test_a_delivery_that_overtook_its_acceptance_waits_for_it(coop, grocer, offered):
    [offer] = await grocer.heard()
    assert await grocer.document("https://grocer.example/ag/3", "delivery") == Applied()
    assert (await newest(coop)).state is State.REQUESTED
    await grocer.say("Accept", offer["id"], result=accepted(offer))
    assert (await newest(coop)).state is State.DELIVERED


async def test_what_waited_longer_than_a_day_is_forgotten(coop, grocer, offered):
    [offer] = await grocer.heard()
    await grocer.document("https://grocer.example/ag/3", "delivery")
    await coop.wait(timedelta(hours=24))
    await grocer.say("Accept", offer["id"], result=accepted(offer))
    assert (await newest(coop)).state is State.SCHEDULED


async def test_a_delivery_said_twice_or_by_the_wrong_side_is_refused(grocer, offered):
    [offer] = await grocer.heard()
    await grocer.say("Accept", offer["id"], result=accepted(offer))
    refused(await grocer.document(offered.uri, "payment"), 403, "not-yours")
    assert await grocer.document(offered.uri, "delivery") == Applied()
    refused(await grocer.document(offered.uri, "delivery"), 409)
    refused(await grocer.document(offered.uri, "confirmation"), 403, "not-yours")


async def test_a_peer_sets_nothing_off_that_our_side_did_not_mark_so(coop, grocer, offered):
    [offer] = await grocer.heard()
    assert await grocer.say("Accept", offer["id"], result=accepted(offer)) == Applied()
    theirs, by_netting = "https://grocer.example/ag/3", {"method": "netting"}
    refused(await grocer.document(theirs, "paymentReceived", **by_netting), 409)
    await coop.do(offered, "mark_paid", coop.maya, method="netting")
    assert await grocer.document(theirs, "paymentReceived", **by_netting) == Applied()


async def test_marking_it_as_paid_by_other_means_makes_no_debt(coop, grocer, offered):
    [offer] = await grocer.heard()
    assert await grocer.say("Accept", offer["id"], result=accepted(offer)) == Applied()
    await coop.do(offered, "mark_paid", coop.maya, method="bank")
    said = await grocer.document("https://grocer.example/ag/3", "paymentReceived", method="netting")
    refused(said, 409, "netting-not-marked")


@pytest.mark.parametrize(("heard", "outcome"), [(False, None), (True, 409)])
async def test_what_our_side_marked_is_set_off_unless_they_knew_that_it_was_cancelled(
    coop, grocer, offered, heard, outcome
):
    [offer] = await grocer.heard()
    assert await grocer.say("Accept", offer["id"], result=accepted(offer)) == Applied()
    await coop.do(offered, "mark_paid", coop.maya, method="netting")
    await coop.do(offered, "cancel", coop.maya, reason="illness")
    if heard:
        taken = {"state": DeliveryState.DELIVERED, "delivered_at": coop.clock.now()}
        await coop.write(lambda uow: uow.execute(update(table_of(Delivery)).values(**taken)))
    await coop.wait(timedelta(minutes=1))
    whole = {"method": "netting", "amounts": [{"amount": "18.00", "currency": "GBP"}]}
    said = await grocer.document("https://grocer.example/ag/3", "paymentReceived", **whole)
    if outcome is None:
        assert said == Applied()
    else:
        refused(said, outcome)


async def test_the_days_to_object_count_from_when_it_reached_us_whatever_date_it_bears(
    coop, grocer, offered
):
    [offer] = await grocer.heard()
    await grocer.say("Accept", offer["id"], result=accepted(offer))
    done = {
        "id": f"{GROCER}/d/early",
        "type": "Document",
        "kind": "delivery",
        "attributedTo": GROCER,
        "context": offered.uri,
    }
    long_ago = datetimes.format(coop.clock.now() - timedelta(days=60))
    assert await grocer.say("Create", done, published=long_ago) == Applied()
    await coop.wait(timedelta(hours=1))
    assert (await newest(coop)).state is State.DELIVERED
    await coop.wait(timedelta(days=policies.AGREEMENTS_CONFIRM_DAYS.default))
    assert (await newest(coop)).state is State.CONFIRMED


async def test_what_names_other_terms_is_refused(grocer, offered):
    [offer] = await grocer.heard()
    await grocer.say("Accept", offer["id"], result=accepted(offer))
    outcome = await grocer.document(offered.uri, "delivery", termsDigest="zOther")
    refused(outcome, 409, "terms-changed")


async def test_reordered_and_repeated_messages_end_as_the_ordered_ones(coop, grocer, offered):
    [offer] = await grocer.heard()
    accept = grocer.activity("Accept", offer["id"], result=accepted(offer))
    started, done = (
        grocer.activity(
            "Create",
            {
                "id": f"{GROCER}/d/{kind}",
                "type": "Document",
                "kind": kind,
                "attributedTo": GROCER,
                "context": "https://grocer.example/ag/3",
            },
        )
        for kind in ("start", "delivery")
    )
    for message in (done, started, accept):
        assert await grocer.send(message) == Applied()
    assert (await newest(coop)).state is State.DELIVERED
