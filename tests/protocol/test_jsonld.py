import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocol.addressing import PUBLIC
from protocol.contexts import ACTOR_CONTEXT, AS2, BUNDLED_URLS, CONTEXT, bundled
from protocol.errors import MalformedDocument
from protocol.expansion import ContradictingContextsError, expanded_reading
from protocol.jsonld import normalise, plain_reading
from protocol.terms import LANGUAGE_MAPS, terms
from protocol.vocabulary.activities import create, parse_activity
from protocol.vocabulary.actors import parse_actor
from protocol.vocabulary.listings import listing_document, parse_listing
from tests.protocol import samples
from tests.support.examples import examples

ACTIVITY = {"id": "https://loaf.example/a/1", "type": "Create", "actor": samples.COOP}
MASTODON_INLINE = {
    "toot": "http://joinmastodon.org/ns#",
    "Hashtag": "as:Hashtag",
    "sensitive": "as:sensitive",
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "ostatus": "http://ostatus.org#",
    "atomUri": "ostatus:atomUri",
    "@language": "und",
}


def test_our_own_messages_are_read_without_a_json_ld_processor():
    message = create("https://loaf.example/a/1", samples.COOP, samples.coop(), (PUBLIC,))
    assert plain_reading(message) == normalise(message)


def test_a_mastodon_like_inline_context_is_read_without_a_processor():
    document = {"@context": [AS2, MASTODON_INLINE], **ACTIVITY, "sensitive": False}
    assert plain_reading(document) == {**ACTIVITY, "sensitive": False}


def test_contexts_proofs_signatures_and_nulls_are_gone_at_every_level():
    document = {
        "@context": CONTEXT,
        **ACTIVITY,
        "signature": {"type": "RsaSignature2017"},
        "object": {"@context": CONTEXT, "id": "https://loaf.example/p/7", "type": "Note",
                   "summary": None, "proof": {"type": "DataIntegrityProof"}},
    }  # fmt: skip
    assert normalise(document)["object"] == {"id": "https://loaf.example/p/7", "type": "Note"}
    assert normalise(document).keys() == {"id", "type", "actor", "object"}


@pytest.mark.parametrize("spelling", ["Public", "as:Public", PUBLIC, {"id": "as:Public"}])
def test_the_public_collection_has_one_spelling(spelling: Any):
    document = {"@context": AS2, **ACTIVITY, "to": spelling}
    assert normalise(document)["to"] == PUBLIC
    assert expanded_reading(document)["to"] == PUBLIC


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("vf:Proposal", "Proposal"),
        ("https://w3id.org/valueflows/ont/vf#Proposal", "Proposal"),
        (["Note", "coop:Ballot"], "Note"),
        (["Note", "https://w3id.org/rochdale/ns#Ballot"], "Note"),
        (["Create"], "Create"),
        ("BuyEgg", "BuyEgg"),
    ],
)
def test_a_type_becomes_one_short_name(written: Any, read: str):
    assert normalise({"@context": CONTEXT, **ACTIVITY, "type": written})["type"] == read


@pytest.mark.parametrize("written", [["Create", "Delete"], [], {}, 5, ["Create", 5], [None], ""])
def test_no_type_or_two_known_types_are_refused(written: Any):
    with pytest.raises(MalformedDocument):
        normalise({"@context": AS2, **ACTIVITY, "type": written})


def test_a_document_without_context_is_read_as_activity_streams():
    assert normalise(ACTIVITY) == ACTIVITY
    assert expanded_reading(ACTIVITY) == ACTIVITY


def test_an_unknown_context_is_never_fetched_and_its_terms_stay_raw():
    document = {"@context": [AS2, "https://evil.example/ctx"], **ACTIVITY, "wombat": "yes"}
    assert normalise(document) == {**ACTIVITY, "wombat": "yes"}
    assert expanded_reading(document) == {**ACTIVITY, "wombat": "yes"}


def test_a_context_with_another_spelling_of_our_terms_is_understood():
    inline = {"v": "https://w3id.org/valueflows/ont/vf#", "offers": "v:publishes"}
    document = {"@context": [AS2, inline], "type": "v:Proposal", "offers": {"v:action": "work"}}
    assert plain_reading(document) is None
    assert normalise(document) == {"type": "Proposal", "publishes": {"action": "work"}}


def test_typed_values_are_read_bare():
    document = {
        "@context": CONTEXT,
        "vf:resourceQuantity": {
            "hasNumericalValue": {"type": "xsd:decimal", "@value": "12"},
            "hasUnit": {"@value": "one"},
        },
        "satisfies": {"id": "https://loaf.example/p/7#primary"},
        "memberTally": {"for": [21], "abstain": None},
    }  # fmt: skip
    assert normalise(document) == {
        "resourceQuantity": {"hasNumericalValue": "12", "hasUnit": "one"},
        "satisfies": "https://loaf.example/p/7#primary",
        "memberTally": {"for": [21], "abstain": None},
    }


def test_a_clash_of_protected_terms_falls_back_to_the_plain_reading():
    inner = {"@context": {"proof": "https://other.example/proof"}, "type": "Note", "name": "x"}
    document = {"@context": CONTEXT, **ACTIVITY, "object": inner}
    assert normalise(document) == {**ACTIVITY, "object": {"type": "Note", "name": "x"}}


def test_data_integrity_v1_inside_v2_is_no_obstacle():
    inner = {"@context": [AS2, "https://w3id.org/security/data-integrity/v1"], "type": "Note"}
    document = {"@context": CONTEXT, **ACTIVITY, "object": {**inner, "name": "x"}}
    assert normalise(document)["object"] == {"type": "Note", "name": "x"}


def test_language_maps_survive_both_readings():
    document = {"@context": AS2, "name": "Bread", "nameMap": {"EN": "Bread", "pt-BR": "Pão"}}
    expected = {"name": "Bread", "nameMap": {"en": "Bread", "pt-br": "Pão"}}
    assert plain_reading(document) == expected
    assert expanded_reading(document) == expected


def test_a_listing_rewritten_by_fedify_is_still_our_listing():
    for name in ("create-proposal", "create-proposal-expanded"):
        activity = normalise(samples.fedify(name))
        listing = parse_listing(activity["object"])
        assert activity["type"] == "Create"
        assert (listing.title, listing.purpose, listing.to) == ("Bread class", "offer", (PUBLIC,))
        assert listing.price is not None
        assert (str(listing.price.amount), listing.price.currency) == ("22.50", "GBP")
        assert listing.price.unit == "hour"
        assert listing.place == samples.PLACE
        assert listing.unit_based is True
        assert not listing.available


def test_an_accept_that_holds_our_whole_follow_rewritten_is_an_answer_to_it():
    accept = parse_activity(normalise(samples.fedify("accept-whole-follow")))
    assert (accept.type, accept.actor) == ("Accept", samples.GROCER)
    assert (accept.object_type, accept.object_id) == ("Follow", "https://loaf.example/a/6")


def test_an_actor_rewritten_by_fedify_keeps_its_keys():
    actor = parse_actor(normalise(samples.fedify("actor")))
    assert actor.public_keys[0].id == f"{samples.COOP}#main-key"
    assert actor.multikeys[0].id == f"{samples.COOP}#ed25519-key"
    assert actor.shared_inbox == "https://loaf.example/inbox"


@pytest.mark.parametrize("name", ["actor", "create-note", "delete", "follow"])
def test_fedifys_common_messages_are_read_without_a_processor(name: str):
    document = samples.fedify(name)
    assert plain_reading(document) == expanded_reading(document)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("name", {"nameMap": {"en": "Bread"}}),
        ("summary", {"summaryMap": {"en": "Bread"}}),
        ("content", {"contentMap": {"en": "Bread"}}),
        ("items", {"orderedItems": "https://loaf.example/p/1"}),
    ],
)
@pytest.mark.parametrize("nothing", [[], [None]])
def test_an_empty_list_beside_another_name_of_the_same_is_nothing(
    name: str, said: dict[str, Any], nothing: list[None]
):
    document = {"@context": AS2, "object": {name: nothing, **said}}
    assert plain_reading(document) == expanded_reading(document) == {"object": said}


def test_an_empty_name_is_nothing_even_where_name_has_another_meaning():
    document = {"@context": [AS2, "https://w3id.org/identity/v1"], "type": "Note", "name": []}
    document["nameMap"] = {"en": "Bread"}
    assert plain_reading(document) == expanded_reading(document)


def test_of_one_language_written_in_two_ways_the_same_text_counts_in_both_readings():
    document = {"@context": AS2, "type": "Note", "nameMap": {"EN": "Rolls", "en": "Bread"}}
    assert normalise(document) == expanded_reading(document)
    assert normalise(document)["nameMap"] == {"en": "Rolls"}


@pytest.mark.parametrize("url", sorted(BUNDLED_URLS))
def test_every_bundled_context_is_there_and_reads_plainly(url: str):
    assert bundled(url) is not None
    document = {"@context": [AS2, url], **ACTIVITY}
    assert plain_reading(document) == expanded_reading(document) == ACTIVITY


def test_litepub_is_known_on_every_host():
    assert bundled("https://any.example/schemas/litepub-0.1.jsonld") == bundled(
        "https://litepub.social/context.jsonld"
    )


IRIS = st.sampled_from(["https://a.example/1", "https://b.example/x#y", "did:key:z6Mk", "acct:a@b"])
UNKNOWN_NAMES = st.sampled_from(["wombat", "x_y", "fooBar"])


@st.composite
def plain_nodes(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    table = terms()
    usable = sorted(
        name
        for name in table.meanings
        if name[0].islower()
        and name not in table.unplain | table.json_valued
        and name not in {"id", "type", "proof", "signature", *LANGUAGE_MAPS}
    )
    node: dict[str, Any] = {}
    if draw(st.booleans()):
        node["id"] = draw(IRIS)
    if draw(st.booleans()):
        node["type"] = draw(st.sampled_from(["Note", "Proposal", "Person", "BuyEgg"]))
    if draw(st.booleans()):
        tags = st.sampled_from(["en", "pt-br"])
        node["nameMap"] = draw(st.dictionaries(tags, st.text(max_size=3), min_size=1))
    for name in draw(st.lists(st.sampled_from(usable) | UNKNOWN_NAMES, max_size=5, unique=True)):
        text = IRIS if name in table.id_valued else st.text(max_size=5)
        one = text | st.integers(-9, 9) | st.booleans() | st.just(1.5) | st.none()
        if depth:
            one |= plain_nodes(depth - 1)
        node[name] = draw(one | st.lists(one, max_size=3))
    return node


CONTEXTS = st.lists(
    st.sampled_from([*sorted(BUNDLED_URLS), "https://unknown.example/ctx", CONTEXT[2],
                     ACTOR_CONTEXT[-1], MASTODON_INLINE]),
    max_size=5,
    unique_by=json.dumps,  # one after the other they would be too many terms
)  # fmt: skip


@examples(300)
@given(document=plain_nodes(), contexts=CONTEXTS, nested=CONTEXTS)
def test_over_known_contexts_the_plain_and_the_expanded_reading_agree(
    document: dict[str, Any], contexts: list[Any], nested: list[Any]
):
    document = {"@context": [AS2, *contexts], **document}
    inner = (
        {"@context": nested, "type": "Note", "name": "inner"} if nested else "https://a.example/2"
    )
    document["object"] = inner
    plain = plain_reading(document)
    assert plain is not None
    try:
        expanded = expanded_reading(document)
    except ContradictingContextsError:
        assume(False)  # invalid JSON-LD: there is no second reading to agree with
    assert plain == expanded, json.dumps(document)


def test_no_property_of_ours_lacks_a_definition_in_its_context():
    from pyld import jsonld

    from protocol.expansion import _load
    from protocol.vocabulary.companions import companion_note

    documents = (
        listing_document(samples.LISTING),
        companion_note(samples.LISTING),
        samples.coop(moved_to=samples.GROCER, also_known_as=("https://bread.example/coop",)),
        samples.node(),
    )
    for document in documents:
        text = json.dumps(jsonld.expand(document, {"documentLoader": _load}))
        assert '"_:' not in text
