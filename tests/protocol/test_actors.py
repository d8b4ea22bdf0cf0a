from typing import Any

import pytest

from protocol.errors import MalformedDocument
from protocol.expansion import expanded_reading
from protocol.jsonld import normalise, plain_reading
from protocol.vocabulary.actors import parse_actor, public_keys_in
from protocol.vocabulary.images import MediaOnWire
from protocol.vocabulary.portraits import Particular, Portrait, portrait_in
from tests.protocol.samples import (
    COOP,
    FOLLOWERS,
    GROCER,
    IMPLEMENTS,
    NODE,
    PLACE,
    coop,
    federation,
    node,
)


def read(**changes: Any) -> Any:
    return parse_actor(normalise({**coop(), **changes}))


def test_a_coop_is_read_as_it_was_built():
    document = coop(also_known_as=("https://bread.example/coop",), moved_to=GROCER)
    plain = plain_reading(document)
    assert plain is not None
    assert plain == expanded_reading(document)
    actor = parse_actor(plain)
    assert (actor.id, actor.type, actor.name) == (COOP, "Organization", "Loaf Bakers' Coop")
    assert (actor.inbox, actor.outbox) == (f"{COOP}/inbox", f"{COOP}/outbox")
    assert (actor.followers, actor.following) == (FOLLOWERS, f"{COOP}/following")
    assert actor.shared_inbox == "https://loaf.example/inbox"
    assert actor.catalogue == f"{COOP}/catalogue"
    assert actor.url == "https://loaf.example/"
    assert actor.place == PLACE
    assert actor.languages == ("en", "pl")
    assert actor.implements == tuple(IMPLEMENTS)
    assert actor.node == NODE
    assert actor.also_known_as == ("https://bread.example/coop",)
    assert actor.moved_to == GROCER
    assert (actor.manually_approves, actor.indexable, actor.suspended) == (True, True, False)
    assert actor.public_keys[0].pem.startswith("-----BEGIN")
    assert actor.multikeys[0].multibase == "z6MkExample"


def test_what_a_coop_tells_of_itself_is_read_as_it_was_written():
    image = MediaOnWire("https://loaf.example/l.webp", "image/webp", "Loaf", 600, 200, "5e" * 32)
    facts = (Particular("Form", "Society", "legal-form"), Particular("Web", "<b>us</b>"))
    portrait = Portrait("<p>Since 1844.</p>", image, "waiting", facts)
    plain = plain_reading(coop(portrait=portrait))
    assert plain == expanded_reading(coop(portrait=portrait))
    assert portrait_in(plain) == portrait
    strange = {"icon": {"type": "Image", "url": 7}, "attachment": [3, {"type": "PropertyValue"}]}
    assert portrait_in(strange | {"content": [], "opening": 1}) == Portrait()


def test_a_node_is_an_application_that_says_what_it_can_do():
    document = node()
    actor = parse_actor(normalise(document))
    assert plain_reading(document) == expanded_reading(document)
    assert (actor.type, actor.implements) == ("Application", tuple(IMPLEMENTS))


def test_a_federation_is_a_group():
    document = federation()
    actor = parse_actor(normalise(document))
    assert plain_reading(document) == expanded_reading(document)
    assert (actor.type, actor.manually_approves) == ("Group", False)
    assert (actor.outbox, actor.followers) == (f"{actor.id}/outbox", f"{actor.id}/followers")


@pytest.mark.parametrize(
    "key",
    [
        {"id": f"{COOP}#k", "owner": GROCER, "publicKeyPem": "x"},
        {"id": f"{COOP}#k", "owner": COOP},
        {"owner": COOP, "publicKeyPem": "x"},
        f"{COOP}#k",
    ],
)
def test_a_key_of_another_owner_or_without_material_is_left_out(key: Any):
    assert read(publicKey=key).public_keys == ()


def test_a_multikey_of_another_controller_is_left_out():
    key = {"id": f"{GROCER}#k", "type": "Multikey", "controller": GROCER}
    assert read(assertionMethod=[{**key, "publicKeyMultibase": "z6Mk"}]).multikeys == ()


def test_an_actor_may_have_several_keys():
    key = {"id": f"{COOP}#a", "owner": COOP, "publicKeyPem": "a"}
    keys = read(publicKey=[key, {**key, "id": f"{COOP}#b"}]).public_keys
    assert [one.id for one in keys] == [f"{COOP}#a", f"{COOP}#b"]


def test_a_key_id_may_lead_to_a_key_alone_or_to_a_stub_of_its_actor():
    key = {"id": f"{COOP}/main-key", "owner": COOP, "publicKeyPem": "x"}
    stub = {"id": COOP, "type": "Person", "publicKey": key}
    for document in (key, stub):
        (found,) = public_keys_in(normalise(document))
        assert (found.id, found.owner, found.pem) == (f"{COOP}/main-key", COOP, "x")
    assert public_keys_in({"id": COOP}) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Note"},
        {"inbox": None},
        {"inbox": [COOP, GROCER]},
        {"id": None},
        {"name": 5},
        {"indexable": "perhaps"},
        {"endpoints": {"sharedInbox": {"id": 5}}},
    ],
)
def test_what_is_no_usable_actor_is_refused(changes: dict[str, Any]):
    with pytest.raises(MalformedDocument):
        read(**changes)


def test_a_bare_profile_is_enough():
    document = {"id": GROCER, "type": "Person", "inbox": f"{GROCER}/inbox"}
    actor = parse_actor(normalise({**document, "preferredUsername": "ann"}))
    assert (actor.name, actor.manually_approves, actor.shared_inbox) == ("ann", False, None)
