from datetime import UTC, datetime
from typing import Any

import pytest

from protocol.addressing import PUBLIC
from protocol.contexts import ACTOR_CONTEXT, CONTEXT
from protocol.errors import MalformedDocument
from protocol.expansion import expanded_reading
from protocol.jsonld import normalise, plain_reading
from protocol.vocabulary.activities import (
    accept,
    create,
    delete,
    follow,
    move,
    parse_activity,
    reject,
    tombstone,
    undo,
    update,
)
from protocol.vocabulary.base import new_document, part
from protocol.vocabulary.listings import listing_document
from tests.protocol.samples import COOP, GROCER, LISTING, coop

ID = "https://loaf.example/a/1"
DELETED = datetime(2027, 1, 9, 12, tzinfo=UTC)
AGREEMENT = new_document(
    "Agreement",
    "https://loaf.example/ag/3",
    attributedTo=COOP,
    stipulates=part("Commitment", satisfies="https://loaf.example/p/7#primary"),
)
OFFER = "https://grocer.example/a/9"


@pytest.mark.parametrize(
    ("document", "type_", "object_id", "object_type"),
    [
        (create(ID, COOP, listing_document(LISTING), (PUBLIC,)), "Create", LISTING.uri, "Proposal"),
        (update(ID, COOP, coop(), (PUBLIC,)), "Update", COOP, "Organization"),
        (
            delete(ID, COOP, LISTING.uri, "Proposal", DELETED, (PUBLIC,)),
            "Delete",
            LISTING.uri,
            "Tombstone",
        ),
        (follow(ID, COOP, GROCER), "Follow", GROCER, None),
        (accept(ID, COOP, OFFER, (GROCER,), result=AGREEMENT), "Accept", OFFER, None),
        (reject(ID, COOP, OFFER, (GROCER,), reason="Sold out"), "Reject", OFFER, None),
        (undo(ID, COOP, follow(ID, COOP, GROCER), (GROCER,)), "Undo", ID, "Follow"),
        (move(ID, COOP, COOP, "https://bread.example/coop", (PUBLIC,)), "Move", COOP, None),
    ],
)
def test_an_activity_is_read_as_it_was_built(
    document: dict[str, Any], type_: str, object_id: str, object_type: str | None
):
    plain = plain_reading(document)
    assert plain is not None
    assert plain == expanded_reading(document)
    activity = parse_activity(plain)
    assert (activity.id, activity.type, activity.actor) == (ID, type_, COOP)
    assert (activity.object_id, activity.object_type) == (object_id, object_type)


def test_an_activity_takes_the_context_of_its_object():
    assert create(ID, COOP, listing_document(LISTING), ())["@context"] == CONTEXT
    assert update(ID, COOP, coop(), ())["@context"] == ACTOR_CONTEXT


def test_a_delete_leaves_a_tombstone_that_says_what_it_was():
    grave = {
        "id": LISTING.uri,
        "type": "Tombstone",
        "formerType": "Proposal",
        "deleted": "2027-01-09T12:00:00Z",
    }
    sent = delete(ID, COOP, LISTING.uri, "Proposal", DELETED, (PUBLIC,))
    assert normalise(sent)["object"] == grave
    assert normalise(tombstone(LISTING.uri, "Proposal", DELETED)) == grave


def test_a_move_in_pull_mode_is_sent_by_the_new_actor():
    new = "https://bread.example/coop"
    activity = parse_activity(normalise(move(ID, new, COOP, new, (PUBLIC,))))
    assert (activity.actor, activity.object_id, activity.target) == (new, COOP, new)
    assert (activity.to, activity.cc) == ((PUBLIC,), ())


def test_an_accept_carries_what_came_of_it():
    document = normalise(accept(ID, COOP, OFFER, (GROCER,), result=AGREEMENT))
    assert document["result"]["id"] == "https://loaf.example/ag/3"
    assert document["result"]["stipulates"]["satisfies"] == "https://loaf.example/p/7#primary"


@pytest.mark.parametrize("actor", [[COOP], {"id": COOP, "publicKey": "x"}, {"id": COOP}])
def test_one_actor_may_be_written_in_several_ways(actor: Any):
    document = normalise({**follow(ID, COOP, GROCER), "actor": actor})
    assert parse_activity(document).actor == COOP


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": [COOP, GROCER]},
        {"actor": None},
        {"actor": {}},
        {"id": None},
        {"id": None, "idMap": ["x"]},
        {"type": None},
        {"published": "yesterday"},
        {"to": [5]},
        {"object": [[5]]},
    ],
)
def test_an_activity_without_one_id_type_or_actor_is_refused(changes: dict[str, Any]):
    with pytest.raises(MalformedDocument):
        parse_activity(normalise({**follow(ID, COOP, GROCER), **changes}))


def test_several_objects_are_left_to_who_can_use_them():
    document = normalise({**follow(ID, COOP, GROCER), "type": "Flag", "object": [GROCER, OFFER]})
    activity = parse_activity(document)
    assert (activity.object_id, activity.object) == (None, None)
    assert activity.document["object"] == [GROCER, OFFER]
