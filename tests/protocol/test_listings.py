from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.addressing import PUBLIC
from protocol.contexts import CONTEXT
from protocol.errors import MalformedDocument
from protocol.expansion import expanded_reading
from protocol.jsonld import normalise, plain_reading
from protocol.vocabulary import variants
from protocol.vocabulary.companions import companion_note, companion_uri
from protocol.vocabulary.listings import (
    ListingOnWire,
    TranslationOnWire,
    listing_document,
    parse_listing,
)
from protocol.vocabulary.places import PlaceOnWire
from protocol.vocabulary.prices import PriceOnWire, currency_iri
from tests.protocol.samples import COOP, FOLLOWERS, GROCER, LISTING
from tests.support.examples import examples

BARE = ListingOnWire(
    uri="https://loaf.example/p/8",
    attributed_to=COOP,
    kind="goods",
    purpose="offer",
    title="Old oven",
    to=(FOLLOWERS,),
    unit_based=False,
)


def there_and_back(wire: ListingOnWire) -> ListingOnWire:
    document = listing_document(wire)
    plain = plain_reading(document)
    assert plain is not None
    assert plain == expanded_reading(document)
    return parse_listing(plain)


def proposal(**changes: Any) -> dict[str, Any]:
    fields = {**listing_document(BARE), **changes}
    return normalise({name: value for name, value in fields.items() if value is not None})


CHOICES = replace(
    LISTING,
    price=replace(LISTING.price, label="By the hour"),
    alternatives=(
        PriceOnWire(amount=Decimal(60), currency="GBP", label="Half a day"),
        PriceOnWire(amount=Decimal(3), currency="HOUR", unit="visit"),
        PriceOnWire(
            amount=Decimal(18),
            minimum=Decimal(14),
            maximum=Decimal(22),
            currency="EUR",
            unit="hour",
        ),
    ),
    translations=(
        TranslationOnWire(
            *("pl", "Kurs pieczenia", "Naucz się", "<p>Fartuch</p>", "Fartuch"),
            details={"extras": ["Fartuch, 3 zł"]},
        ),
        TranslationOnWire("ar", "درس خبز"),
    ),
)


FEDERATED = replace(
    CHOICES,
    alternatives=CHOICES.alternatives[:1],
    federation_prices=CHOICES.alternatives[1:],
)
SILENT = replace(CHOICES, summary="", body_html="", body_markdown=None)


@pytest.mark.parametrize("wire", [LISTING, BARE, CHOICES, FEDERATED, SILENT])
def test_nothing_of_a_listing_is_lost_on_the_way(wire: ListingOnWire):
    assert there_and_back(wire) == wire


@pytest.mark.parametrize(
    "kind",
    ["service", "stay", "licence", "stream", "goods", "group_buy", "lend", "request", "opening"],
)
def test_every_kind_comes_back_as_it_went(kind: str):
    purpose = "request" if kind == "request" else "offer"
    wire = replace(LISTING, kind=kind, purpose=purpose)
    assert there_and_back(wire) == wire


PRICES = st.builds(
    PriceOnWire,
    amount=st.none() | st.decimals(0, 10**9, places=2),
    currency=st.sampled_from([None, "GBP", "EUR", "KES", "JPY", "HOUR", "PLAY"]),
    unit=st.sampled_from([None, "hour", "night", "piece", "kilogram"]),
    minimum=st.none() | st.decimals(0, 1000, places=3),
    maximum=st.none() | st.decimals(0, 1000, places=0),
    text=st.sampled_from([None, "gift", "by arrangement"]),
)
PLACES = st.builds(
    PlaceOnWire,
    name=st.sampled_from(["", "Todmorden", "القاهرة"]),
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    radius_km=st.none() | st.sampled_from([0.5, 1.0, 25.0]),
)
LISTINGS = st.builds(
    replace,
    st.just(LISTING),
    price=st.none() | PRICES.filter(lambda price: price != PriceOnWire()),
    place=st.none() | PLACES,
    tags=st.lists(st.text(min_size=1, max_size=8), max_size=3).map(tuple),
    languages=st.sampled_from([(), ("en",), ("sw", "pt-BR", "it")]),
    title=st.text(min_size=1, max_size=20),
    body_markdown=st.none() | st.text(min_size=1, max_size=20),
    summary=st.text(max_size=20),
    language=st.sampled_from([None, "en", "pt-br"]),
    expires=st.sampled_from([None, LISTING.expires]),
    available=st.booleans(),
    to=st.sampled_from([(PUBLIC,), (FOLLOWERS,), (FOLLOWERS, GROCER)]),
    cc=st.sampled_from([(), (PUBLIC,), (FOLLOWERS,)]),
    media=st.sampled_from([(), LISTING.media, LISTING.media * 2]),
)


@examples(150)
@given(wire=LISTINGS)
def test_any_listing_survives_both_readings(wire: ListingOnWire):
    assert there_and_back(wire) == wire


def test_public_is_what_the_audience_says():
    assert LISTING.public
    assert not BARE.public
    assert replace(BARE, cc=(PUBLIC,)).public


def test_a_listing_carries_the_forms_that_other_marketplaces_read():
    document = listing_document(LISTING)
    assert document["@context"] == CONTEXT
    assert document["type"] == "Proposal"
    assert document["publishes"] == {
        "id": "https://loaf.example/p/7#primary",
        "type": "Intent",
        "action": "deliverService",
        "resourceQuantity": {"hasUnit": "hour", "hasNumericalValue": "1"},
        "availableQuantity": {"hasUnit": "hour", "hasNumericalValue": "0"},
    }
    assert document["reciprocal"] == {
        "id": "https://loaf.example/p/7#reciprocal",
        "type": "Intent",
        "action": "transfer",
        "resourceConformsTo": "https://www.wikidata.org/wiki/Q25224",
        "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "22.50"},
    }


def test_unit_based_is_always_said_and_follows_the_price():
    per_hour = replace(LISTING, unit_based=None)
    assert listing_document(per_hour)["unitBased"] is True
    assert listing_document(replace(per_hour, price=None))["unitBased"] is False


def test_a_proposal_that_does_not_say_unit_based_needs_a_person():
    assert parse_listing(proposal(unitBased=None)).unit_based is None


def test_a_listing_without_price_has_no_reciprocal_intent():
    assert "reciprocal" not in listing_document(BARE)
    assert parse_listing(proposal()).price is None


@pytest.mark.parametrize(
    ("code", "iri"),
    [
        ("EUR", "https://www.wikidata.org/wiki/Q4916"),
        ("JPY", "urn:iso:std:iso:4217:JPY"),
        ("HOUR", "https://w3id.org/rochdale/ns#currency/HOUR"),
    ],
)
def test_a_currency_has_one_iri(code: str, iri: str):
    assert currency_iri(code) == iri


def test_who_knows_one_price_reads_the_first_and_the_own_language():
    document = listing_document(CHOICES)
    assert document["reciprocal"]["resourceQuantity"]["hasNumericalValue"] == "22.50"
    assert [one["id"] for one in document["alternatives"]] == [
        f"{LISTING.uri}#reciprocal-{number}" for number in (2, 3, 4)
    ]
    assert (document["name"], document["summary"]) == ("Bread class", "Learn to bake")
    alone = listing_document(replace(CHOICES, alternatives=(), translations=()))
    assert alone.keys() == listing_document(LISTING).keys()


def test_who_does_not_know_prices_of_a_federation_offers_them_to_nobody():
    document = listing_document(FEDERATED)
    assert [one["id"] for one in document["federationPrices"]] == [
        f"{LISTING.uri}#reciprocal-{number}" for number in (3, 4)
    ]
    read = there_and_back(replace(FEDERATED, federation_prices=()))
    known = {name: said for name, said in document.items() if name != "federationPrices"}
    assert parse_listing(normalise(known)) == read


def test_the_own_language_is_the_one_of_the_plain_title_wherever_it_stands():
    maps = {"nameMap": {"ar": "فرن", "en": "Old oven"}, "contentMap": {"ar": "<p>قديم</p>"}}
    listing = parse_listing(proposal(**maps))
    assert listing.language == "en"
    assert listing.translations == (TranslationOnWire("ar", "فرن", "", "<p>قديم</p>"),)
    names = {"de": "Old oven", "en": "Old oven"}
    bodies = {"de": "<p>Alt</p>", "en": "<p>Old</p>"}
    both = parse_listing(proposal(nameMap=names, content="<p>Old</p>", contentMap=bodies))
    assert both.language == "en"
    assert both.translations == (TranslationOnWire("de", "Old oven", "", "<p>Alt</p>"),)


def test_a_second_reciprocal_of_another_server_is_an_alternative():
    def intent(amount: int) -> dict[str, Any]:
        money = {"hasUnit": "one", "hasNumericalValue": amount}
        return {"type": "Intent", "action": "transfer", "resourceQuantity": money}

    listing = parse_listing(proposal(reciprocal=[intent(30), intent(25)]))
    assert listing.price == PriceOnWire(amount=Decimal(30))
    assert listing.alternatives == (PriceOnWire(amount=Decimal(25)),)


def test_a_minimal_proposal_of_another_server_is_a_listing():
    foreign = normalise(
        {
            "@context": CONTEXT,
            "type": "Proposal",
            "id": "https://market.example/proposals/1",
            "purpose": "offer",
            "attributedTo": {"id": "https://market.example/users/alice", "type": "Person"},
            "name": "Used bike",
            "publishes": {
                "type": "Intent",
                "action": "vf:transfer",
                "resourceQuantity": {"hasUnit": "om2:one", "hasNumericalValue": 1},
            },
            "reciprocal": {
                "type": "Intent",
                "action": "transfer",
                "resourceConformsTo": "http://www.wikidata.org/entity/Q4917",
                "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": 30},
            },
            "unitBased": False,
            "to": PUBLIC,
        }
    )
    listing = parse_listing(foreign)
    assert (listing.kind, listing.title, listing.public) == ("goods", "Used bike", True)
    assert listing.price == PriceOnWire(amount=Decimal(30), currency="USD")


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Note"},
        {"id": None},
        {"name": None},
        {"name": 5},
        {"attributedTo": None},
        {"attributedTo": [COOP, GROCER]},
        {"purpose": "sell"},
        {"endTime": "tomorrow"},
        {"endTime": 5},
        {"unitBased": "perhaps"},
        {"minimumPrice": "1e999999"},
        {"maximumPrice": True},
        {"maximumPrice": "cheap"},
        {"to": [{"id": 5}]},
        {"to": 5},
        {"location": {"type": "Place", "latitude": 95, "longitude": 0}},
        {"location": {"type": "Place", "latitude": "north", "longitude": 0}},
    ],
)
def test_a_listing_with_unusable_parts_is_refused(changes: dict[str, Any]):
    with pytest.raises(MalformedDocument):
        parse_listing(proposal(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"tag": "https://loaf.example/tags/bread"},
        {"attachment": [{"type": "Image"}, 5, {"type": "Document", "url": []}]},
        {"location": "https://loaf.example/places/1"},
        {"source": "text"},
        {"publishes": "https://loaf.example/p/8#primary"},
        {"languages": [5, {"a": 1}]},
    ],
)
def test_decoration_that_cannot_be_read_is_left_out(changes: dict[str, Any]):
    listing = parse_listing(proposal(**changes))
    assert (listing.tags, listing.media, listing.place) == ((), (), None)


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ({"S": 2, "M": 0, "L": variants.MOST_LEFT}, (("S", 2), ("M", 0), ("L", 1_000_000))),
        ({"S": -1, "M": True, "L": 1.5, "XL": "2", "XXL": [3]}, ()),
        ({"S": variants.MOST_LEFT + 1, "M": 10**4_000}, ()),
        ({"S" * variants.LONGEST: 1}, (("S" * 200, 1),)),
        ({"S" * (variants.LONGEST + 1): 1}, ()),
        ({str(n): n for n in range(50_000)}, tuple((str(n), n) for n in range(variants.MOST))),
        (["S", 2], ()),
    ],
    ids=["right", "no numbers", "huge", "long", "too long", "many", "no object"],
)
def test_of_what_is_left_no_more_is_taken_than_a_listing_can_have(said: Any, taken: Any):
    assert parse_listing(proposal(variantsLeft=said)).by_variant == taken


def test_a_radius_in_metres_is_a_radius():
    area = {"type": "Place", "name": "Leeds", "radius": 1500}
    assert parse_listing(proposal(location=area)).place == PlaceOnWire("Leeds", radius_km=1.5)


def test_the_companion_is_a_note_with_title_price_place_and_link():
    note = normalise(companion_note(LISTING))
    assert note["id"] == companion_uri(LISTING.uri) == "https://loaf.example/p/7/note"
    assert note["type"] == "Note"
    for words in ("Bread class", "Pay what you can", "Leeds", "https://loaf.example/listings/7"):
        assert words in note["content"]
    assert note["contentMap"] == {"en": note["content"]}
    link = note["attachment"][-1]
    assert (link["type"], link["href"]) == ("Link", LISTING.uri)
    assert "https://w3id.org/valueflows/ont/vf#Proposal" in link["rel"]


def test_a_title_cannot_bring_markup_into_the_companion():
    note = companion_note(replace(BARE, title="<script>alert(1)</script>"))
    assert "<script>" not in note["content"]


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (PriceOnWire(amount=Decimal("12.50"), currency="GBP", unit="hour"), "12.50 GBP / hour"),
        (PriceOnWire(minimum=Decimal(14), maximum=Decimal(22), currency="GBP"), "14–22 GBP"),
        (PriceOnWire(currency="GBP"), ""),
    ],
)
def test_the_companion_tells_the_price(price: PriceOnWire, words: str):
    assert words in companion_note(replace(BARE, price=price))["content"]
