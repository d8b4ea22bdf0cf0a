from protocol.jsonld import normalise
from protocol.vocabulary.collections import collection, page, parse_collection, parse_page
from protocol.vocabulary.listings import listing_document
from tests.protocol.samples import COOP, GROCER, LISTING

OUTBOX = f"{COOP}/outbox"


def test_a_collection_leads_to_its_first_page():
    read = parse_collection(normalise(collection(OUTBOX, 0, f"{OUTBOX}?before=x")))
    assert (read.id, read.total, read.first, read.items) == (OUTBOX, 0, f"{OUTBOX}?before=x", ())


def test_a_collection_may_hide_its_total():
    assert "totalItems" not in collection(OUTBOX, None, None)


def test_a_page_holds_ids_and_whole_objects_in_order():
    document = page(f"{OUTBOX}?p=1", OUTBOX, [GROCER, listing_document(LISTING)], f"{OUTBOX}?p=2")
    read = parse_page(normalise(document))
    assert (read.part_of, read.next, read.prev) == (OUTBOX, f"{OUTBOX}?p=2", None)
    assert read.items[0] == GROCER
    assert isinstance(read.items[1], dict)
    assert read.items[1]["id"] == LISTING.uri


def test_an_empty_page_and_a_page_of_one_are_pages():
    assert parse_page(normalise(page(f"{OUTBOX}?p=1", OUTBOX, []))).items == ()
    assert parse_page(normalise(page(f"{OUTBOX}?p=1", OUTBOX, [GROCER]))).items == (GROCER,)


def test_a_first_page_may_be_embedded_and_unordered():
    first = {"type": "CollectionPage", "items": [GROCER, 5], "next": f"{OUTBOX}?p=2"}
    document = {"id": OUTBOX, "type": "Collection", "totalItems": "many", "first": first}
    read = parse_collection(normalise(document))
    assert read.total is None
    assert read.first_page is not None
    assert (read.first_page.items, read.first_page.next) == ((GROCER,), f"{OUTBOX}?p=2")
