"""What peers may tell us of agreements: plain FEP-0837, our terms, and what is refused."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from federation.handlers import Applied, Ignored, RefusedBy
from federation.models import Delivery
from federation.relations import Standing
from federation.storage.base import table_of
from node import agreements
from node.agreements import Cancellation, Role, State
from node.agreements.terms import Addition, Line, Rate, digest_of
from node.errors import Conflict
from node.listings import MEMBERS, Cancelling, Conditions, PriceView, Tax
from node.listings.models import publication_table
from node.money import Money
from protocol import datetimes
from tests.node.agreements.conftest import START
from tests.node.agreements.offers import THEIRS, agreement, asked_for, newest, ours, refused
from tests.node.agreements.peers import GROCER, LOAF, MILL, Peer, plain
from tests.node.agreements.test_conditions import ASKED
from tests.node.agreements.test_quantities import TIERS
from tests.support import books

CASES = json.loads((Path(__file__).parents[2] / "vectors" / "agreements.json").read_text())


async def test_an_offer_keeps_to_one_of_the_prices(coop, grocer):
    listing = await coop.offer(more_prices=(PriceView(Decimal(60), currency="EUR"),))
    half_day = Line(listing.uri, "service", "x", Decimal(1), "one", (Money(6000, "EUR", 2),))
    mixed = replace(half_day, unit="hour")

    def offered(line):
        said = agreement(listing, ours(listing, lines=(line,)))
        said["stipulates"]["resourceQuantity"] = {"hasUnit": line.unit, "hasNumericalValue": "1"}
        money = {"hasUnit": "one", "hasNumericalValue": "60.00"}
        said["stipulatesReciprocal"] = {
            "type": "Commitment",
            "satisfies": f"{listing.uri}#reciprocal-2",
            "resourceConformsTo": "https://www.wikidata.org/wiki/Q4916",
            "resourceQuantity": money,
        }
        return said

    assert refused(await grocer.say("Offer", offered(mixed)), 422)
    assert await grocer.say("Offer", offered(half_day)) == Applied()
    [line] = (await coop.see(await newest(coop), coop.rosa)).version.terms.lines
    assert (line.unit, [one.text for one in line.prices]) == ("one", ["60.00"])
    terms = ("id", "terms", "termsDigest")
    bare = {name: said for name, said in offered(half_day).items() if name not in terms}
    assert await grocer.say("Offer", bare) == Applied()


async def test_another_coop_takes_as_many_as_the_price_is_for(coop, grocer):
    listing = await coop.offer(**TIERS)

    def offered(quantity: str, price: int):
        count = Decimal(quantity)
        line = Line(listing.uri, "goods", "x", count, "piece", (Money(price * 100, "GBP", 2),))
        said = agreement(listing, ours(listing, lines=(line,)))
        said["stipulates"]["resourceQuantity"] = {"hasUnit": "one", "hasNumericalValue": quantity}
        total = f"{count * price:.2f}"
        money = {"hasUnit": "one", "hasNumericalValue": total}
        said["stipulatesReciprocal"]["resourceQuantity"] = money
        return said

    refused(await grocer.say("Offer", offered("9", 9)), 422, "quantity-mismatch")
    refused(await grocer.say("Offer", offered("3", 10)), 422, "quantity-mismatch")
    assert await grocer.say("Offer", offered("12", 9)) == Applied()


async def test_a_price_for_our_members_is_told_to_nobody_else_and_taken_by_nobody_else(
    coop, grocer
):
    cheap = PriceView(Decimal(8), currency="GBP", unit="piece", whom=MEMBERS)
    listing = await coop.offer(**(TIERS | {"more_prices": (cheap,)}))
    document = await coop.read(published, listing)
    assert "alternatives" not in document
    bare = {"unit": "one", "quantity": "4"}
    refused(await grocer.order(listing, total="32.00", **bare), 422)
    assert await grocer.order(listing, total="40.00", **bare) == Applied()


async def published(reader, listing):
    wanted = select(publication_table.c.document).where(publication_table.c.id == listing.id)
    return await reader.scalar(wanted)


async def test_a_plain_offer_of_too_few_is_refused(coop, grocer):
    listing = await coop.offer(**(TIERS | {"more_prices": ()}))
    refused(await grocer.order(listing, quantity="1", total="10.00", unit="one"), 422)


async def test_a_plain_order_is_taken_answered_delivered_and_confirmed(coop, grocer, listing):
    assert await grocer.order(listing) == Applied()
    asked = await newest(coop)
    assert (asked.state, asked.peer, asked.asked_by) == (State.REQUESTED, GROCER, Role.CUSTOMER)
    await coop.do(asked, "accept", coop.rosa)
    [accept] = await grocer.heard()
    assert accept["type"] == "Accept"
    assert accept["object"] == f"{GROCER}/a/1"
    result = accept["result"]
    assert (result["id"], result["attributedTo"]) == (asked.uri, LOAF)
    assert result["stipulates"]["resourceQuantity"] == {"hasUnit": "hour", "hasNumericalValue": "2"}
    reciprocal = result["stipulatesReciprocal"]["resourceQuantity"]
    assert reciprocal == {"hasUnit": "one", "hasNumericalValue": "37.00"}

    await coop.do(asked, "deliver", coop.rosa)
    confirmation = (await grocer.heard())[-1]["object"]
    assert (confirmation["type"], confirmation["context"]) == ("Document", asked.uri)
    assert await grocer.document(asked.uri) == Applied()
    assert (await newest(coop)).state is State.CONFIRMED
    assert await books.faults(coop.database) == []


@pytest.mark.parametrize(
    "spelling",
    [
        {"misspelt": True},
        {"quantity": 2, "total": 37},
        {"unit": "http://www.ontology-of-units-of-measure.org/resource/om-2/hour"},
        {"unit": "om2:hour"},
        {"currency": "urn:iso:std:iso:4217:GBP"},
    ],
)
async def test_other_spellings_of_the_same_are_read(grocer, listing, spelling):
    assert await grocer.order(listing, **spelling) == Applied()


@pytest.mark.parametrize("spelling", [{"unit": "litre"}, {"unit": "one"}])
async def test_another_unit_is_refused(grocer, listing, spelling):
    refused(await grocer.order(listing, **spelling), 422, "unit-mismatch")


@pytest.mark.parametrize("total", CASES["totals"])
async def test_a_sum_that_is_not_the_price_is_refused(coop, grocer, listing, total):
    refused(await grocer.order(listing, total=total), 422)
    assert await coop.read(agreements.agreements, agreements.of_account(coop.sam)) == []


@pytest.mark.parametrize("quantity", ["0", "-2", "1e3", "0.0"])
async def test_a_quantity_of_nothing_is_refused(grocer, listing, quantity):
    refused(await grocer.order(listing, quantity=quantity), 422)


async def test_another_currency_is_refused(grocer, listing):
    outcome = await grocer.order(listing, currency="urn:iso:std:iso:4217:JPY")
    refused(outcome, 422, "currency-mismatch")


async def test_only_our_own_listings_can_be_asked_for(grocer, listing):
    theirs = replace(listing, publication_id=None, id="x", uri="https://mill.example/listings/1")
    refused(await grocer.order(theirs), 404, "not-our-listing")
    refused(await grocer.order(replace(listing, uri=f"{listing.uri}x")), 404)


async def test_an_answer_to_an_offer_we_do_not_know_can_come_again(grocer, listing):
    counter = await grocer.say(
        "Offer", agreement(listing, ours(listing)), inReplyTo=f"{GROCER}/a/0"
    )
    refused(counter, 409, "offer-unknown")  # 404 would end its delivery


async def test_nobody_offers_in_anothers_name(grocer, listing):
    outcome = await grocer.say("Offer", plain(MILL, listing))
    refused(outcome, 403, "wrong-party")


async def test_a_stranger_may_have_few_open_requests(coop, grocer, listing):
    stranger = Peer(coop, MILL, Standing.STRANGER)
    outcomes = [await stranger.order(listing) for _ in range(6)]
    assert outcomes[:5] == [Applied()] * 5
    refused(outcomes[5], 429)


async def test_fees_that_are_more_than_the_price_together_are_refused(coop, grocer, listing):
    fees = tuple(Addition(name, Money(1851, "GBP", 2)) for name in ("Commission", "Platform"))
    outcome = await grocer.say("Offer", agreement(listing, ours(listing, fees=fees)))
    assert refused(outcome, 422)
    assert "37.02 GBP" in outcome.detail
    assert await coop.read(agreements.agreements, agreements.of_account(coop.sam)) == []


async def test_terms_of_our_kind_are_taken_as_they_were_signed(coop, grocer, listing):
    terms = ours(listing)
    assert await grocer.say("Offer", agreement(listing, terms)) == Applied()
    seen = await coop.see(await newest(coop), coop.rosa)
    assert seen.version.terms == terms
    assert seen.version.documents[Role.CUSTOMER]["termsDigest"] == terms.digest
    assert seen.agreement.start_at == START


async def test_terms_that_contradict_what_is_promised_are_refused(grocer, listing):
    terms = ours(listing)
    cheap = replace(terms.lines[0], prices=(Money(1, "GBP", 2),))
    for document, status in [
        (agreement(listing, terms, digest=ours(listing, sequence=2).digest), 409),
        (agreement(listing, terms) | {"stipulatesReciprocal": []}, 409),
        (agreement(listing, replace(terms, customer=MILL)), 403),
        (agreement(listing, replace(terms, provider=MILL)), 403),
        (agreement(listing, replace(terms, agreement="https://grocer.example/agreements/2")), 422),
        (agreement(listing, replace(terms, lines=(cheap,))), 422),
        (agreement(listing, terms, terms.document | {"extra": 1}), 422),
        (agreement(listing, terms) | {"terms": "nothing"}, 422),
    ]:
        refused(await grocer.say("Offer", document), status)


@pytest.mark.parametrize("amount", CASES["amounts"])
async def test_money_that_is_not_digits_in_text_is_refused(grocer, listing, amount):
    document = json.loads(json.dumps(ours(listing).document))
    document["lines"][0]["prices"][0]["amount"] = amount
    try:
        digest = digest_of(document)
    except Exception:  # noqa: BLE001 - some of these cannot even be put in canonical form
        digest = "z"
    said = agreement(listing, ours(listing), document, digest)
    refused(await grocer.say("Offer", said), 422)


async def test_the_same_offer_under_another_id_is_the_same_agreement(coop, grocer, listing):
    terms = ours(listing)
    await grocer.say("Offer", agreement(listing, terms))
    again = await grocer.say("Offer", agreement(listing, terms))
    assert again == Ignored("already-offered")
    other = replace(terms, start=START + timedelta(days=1), end=START + timedelta(days=2))
    refused(await grocer.say("Offer", agreement(listing, other)), 409, "terms-changed")
    assert len(await coop.read(agreements.agreements, agreements.of_account(coop.sam))) == 1


async def test_an_offer_whose_deadline_is_over_is_refused(coop, grocer, listing):
    past = datetimes.format(coop.clock.now())
    outcome = await grocer.say("Offer", plain(GROCER, listing), endTime=past)
    refused(outcome, 422, "offer-expired")


async def test_a_settlement_said_again_under_a_new_id_is_refused_and_booked_once(
    coop, grocer, listing
):
    await grocer.order(listing)
    asked = await newest(coop)
    for step in ("accept", "deliver"):
        await coop.do(asked, step, coop.rosa)
    await grocer.document(asked.uri, "confirmation")
    assert await grocer.document(asked.uri, "payment", method="bank") == Applied()
    refused(await grocer.document(asked.uri, "payment", method="bank"), 409)
    refused(await grocer.document(asked.uri, "paymentReceived", method="bank"), 403)
    await coop.do(asked, "receive", coop.rosa)
    refused(await grocer.document(asked.uri, "payment", method="bank"), 409)
    assert await books.faults(coop.database) == []


async def test_what_a_peer_says_of_money_counts_only_as_its_own_half(coop, grocer, listing):
    await grocer.order(listing)
    asked = await newest(coop)
    for step in ("accept", "deliver"):
        await coop.do(asked, step, coop.rosa)
    await grocer.document(asked.uri, "payment", method="bank")
    from node.ledger import balances

    assert await coop.read(balances) == []


async def test_an_agreement_has_so_many_versions_and_no_more(coop, grocer, listing, monkeypatch):
    monkeypatch.setattr("node.limits.AGREEMENT_VERSIONS_MOST", 3)
    await grocer.say("Offer", agreement(listing, ours(listing)))
    made = await newest(coop)
    await coop.do(made, "accept", coop.rosa)
    later = [ours(listing, sequence=n, end=START + timedelta(hours=n + 1)) for n in (2, 3, 4)]
    said = [await grocer.say("Update", agreement(listing, terms)) for terms in later]
    assert said[:2] == [Applied()] * 2
    refused(said[2], 409, "too-many-versions")
    await coop.do(made, "agree_change", coop.rosa)
    with pytest.raises(Conflict, match="3 times"):
        await coop.do(made, "change", coop.rosa)


async def test_what_is_over_stays_over(coop, grocer, listing):
    await grocer.order(listing)
    asked = await newest(coop)
    await coop.do(asked, "decline", coop.rosa)
    assert await grocer.say("Undo", f"{GROCER}/a/1") == Applied()  # on its way, as our no was
    assert (await newest(coop)).state is State.CANCELLED
    assert await grocer.say("Undo", f"{GROCER}/a/1") == Ignored("over-already")
    for kind in ("confirmation", "payment", "start"):
        assert isinstance(await grocer.document(asked.uri, kind), RefusedBy)
    refused(await grocer.say("Flag", asked.uri), 409)


async def test_a_peer_takes_its_offer_back_by_id_or_whole(coop, grocer, listing):
    await grocer.order(listing)
    whole = {"id": f"{GROCER}/a/1", "type": "Offer", "actor": GROCER}
    assert await grocer.say("Undo", whole) == Applied()
    assert (await newest(coop)).state is State.CANCELLED


async def test_the_agreement_is_served_to_the_other_coop_alone(coop, grocer, listing):
    from federation.documents import Protected, Requester

    await grocer.order(listing)
    asked = await newest(coop)
    await coop.do(asked, "accept", coop.rosa)

    async def ask(reader, actor):
        who = Requester(actor, Standing.PEER)
        return await agreements.documents.answer(reader, who, f"/agreements/{asked.id}")

    assert (await coop.read(ask, GROCER))["type"] == "Agreement"
    assert await coop.read(ask, MILL) == Protected()
    assert await coop.read(ask, None) == Protected()


@pytest.mark.parametrize(("has_arrived", "fee"), [(False, []), (True, ["18.50"])])
async def test_an_undo_is_free_only_while_our_accept_is_on_its_way(coop, grocer, has_arrived, fee):
    listing = await coop.offer(conditions=Conditions(cancelling=Cancelling(720, 0, 50)))
    terms = ours(listing, cancellation=Cancellation(720, 0, 50))
    assert await grocer.say("Offer", agreement(listing, terms)) == Applied()
    asked = await newest(coop)
    await coop.do(asked, "accept", coop.rosa)
    if has_arrived:
        await coop.write(
            lambda uow: uow.execute(update(table_of(Delivery)).values(state="delivered"))
        )
    assert await grocer.say("Undo", f"{GROCER}/a/1") == Applied()
    seen = await coop.see(asked, coop.rosa)
    assert seen.agreement.state is State.CANCELLED
    assert [money.text for money in seen.due] == fee


@pytest.mark.parametrize(
    "changed",
    [
        {"deposit": None},
        {"cancellation": None},
        {"taxes": ()},
        {"project": "Somebody else"},
        {"rates": ()},
    ],
)
async def test_a_first_offer_that_leaves_out_what_the_listing_asks_is_refused(
    coop, grocer, changed
):
    listing = await coop.offer(conditions=ASKED)
    terms = asked_for(listing)
    [line] = terms.lines
    if "project" in changed:
        terms = replace(terms, lines=(replace(line, project=changed["project"]),))
    elif "rates" in changed:
        terms = replace(terms, lines=(replace(line, taxes=()),), taxes=())
    else:
        terms = replace(terms, **changed)
    refused(await grocer.say("Offer", agreement(listing, terms)), 422)


@pytest.mark.parametrize(
    ("project", "taken"), [("Lifeboat", True), ("Choir", False), (None, False)]
)
async def test_a_first_offer_names_one_of_the_projects_of_the_listing(coop, grocer, project, taken):
    listing = await coop.offer(conditions=replace(ASKED, other_projects=("Lifeboat",)))
    terms = asked_for(listing)
    terms = replace(terms, lines=(replace(terms.lines[0], project=project),))
    said = await grocer.say("Offer", agreement(listing, terms))
    assert said == Applied() if taken else refused(said, 422, "conditions-mismatch")


async def test_a_first_offer_takes_what_the_listing_asks(coop, grocer):
    listing = await coop.offer(conditions=ASKED)
    assert await grocer.say("Offer", agreement(listing, asked_for(listing))) == Applied()
    short = await grocer.order(listing, total="37.00")
    refused(short, 422, "price-mismatch")
    assert "45.70 GBP" in short.detail
    assert await grocer.order(listing, total="45.70") == Applied()


async def test_a_first_offer_says_the_taxes_in_the_price_as_they_are_or_not_at_all(coop, grocer):
    """A node of 0.1.0 knows none; what is paid is the same."""
    listing = await coop.offer(conditions=Conditions(included=(Tax("VAT", Decimal(20)),)))
    [line] = ours(listing).lines
    for percent in (19, 20):
        rate = Rate("VAT", Decimal(percent), included=True)
        terms = ours(listing, lines=(replace(line, taxes=(rate,)),))
        outcome = await grocer.say("Offer", agreement(listing, terms))
        wrong = percent == 19
        assert refused(outcome, 422, "conditions-mismatch") if wrong else outcome == Applied()
    unsaid = ours(listing, agreement=f"{THEIRS}1")
    assert await grocer.say("Offer", agreement(listing, unsaid, id=unsaid.agreement)) == Applied()
    assert await grocer.order(listing, total="37.00") == Applied()


async def test_what_would_begin_in_the_past_is_refused(coop, grocer, listing):
    over = coop.clock.now() - timedelta(hours=1)
    terms = ours(listing, start=over, end=over + timedelta(hours=2))
    refused(await grocer.say("Offer", agreement(listing, terms)), 422)
