"""What a peer may try with JSON-LD; each ends in MalformedDocument or a harmless reading."""

from typing import Any

import pytest

from protocol.contexts import AS2
from protocol.errors import MalformedDocument
from protocol.expansion import MAX_CONTEXT_ENTRIES, MAX_INLINE_TERMS, MAX_VALUES
from protocol.jsonld import normalise
from tests.protocol.samples import COOP

EVE = "https://eve.example/actor"
ACTIVITY = {"id": "https://loaf.example/a/1", "type": "Create", "actor": COOP}


@pytest.mark.parametrize("keyword", ["@graph", "@included", "@reverse", "@nest"])
def test_keywords_that_reshape_a_signed_document_are_refused(keyword: str):
    for document in (
        {"@context": AS2, **ACTIVITY, keyword: [{"id": COOP}]},
        {"@context": AS2, **ACTIVITY, "object": {"type": "Note", keyword: {}}},
        {"@context": [AS2, {"hidden": keyword}], **ACTIVITY, "hidden": [{"id": COOP}]},
        {"@context": [AS2, {"hidden": {keyword: "as:actor"}}], **ACTIVITY, "hidden": EVE},
    ):
        with pytest.raises(MalformedDocument):
            normalise(document)


def test_a_graph_container_is_refused():
    inline = {"bag": {"@id": "https://x.example/bag", "@container": "@graph"}}
    with pytest.raises(MalformedDocument):
        normalise({"@context": [AS2, inline], **ACTIVITY, "bag": {"id": EVE}})


@pytest.mark.parametrize(
    "inline",
    [
        {"actor": "https://evil.example/actor"},
        {"actor": None},
        {"actor": "@id"},
        {"object": "as:actor"},
        {"who": "@id"},
        {"kind": "@type"},
        {"as": "https://evil.example/ns#"},
        {"actor": {"@id": "as:actor", "@type": "@json"}},
        {"actor": {"@id": "as:actor", "@context": {"id": "https://evil.example/id"}}},
        {"publicKey": "https://evil.example/key"},
        {"@import": AS2},
        {"@propagate": False},
    ],
)
def test_a_context_may_not_give_activitypubs_names_another_meaning(inline: dict[str, Any]):
    with pytest.raises(MalformedDocument):
        normalise({"@context": [AS2, inline], **ACTIVITY})


@pytest.mark.parametrize("key", ["as:actor", "https://www.w3.org/ns/activitystreams#actor"])
def test_a_second_actor_under_another_spelling_is_refused(key: str):
    with pytest.raises(MalformedDocument) as caught:
        normalise({"@context": AS2, **ACTIVITY, key: {"id": EVE}})
    assert caught.value.code == "two-readings"


def test_a_second_owner_of_the_inner_object_is_refused():
    inner = {"id": "https://loaf.example/p/1", "attributedTo": COOP, "as:attributedTo": {"id": EVE}}
    with pytest.raises(MalformedDocument):
        normalise({"@context": AS2, **ACTIVITY, "object": inner})


def test_an_alias_for_the_actor_is_refused_where_it_differs():
    document = {"@context": [AS2, {"boss": "as:actor"}], **ACTIVITY, "boss": EVE}
    with pytest.raises(MalformedDocument):
        normalise(document)


def test_two_different_ids_are_refused():
    with pytest.raises(MalformedDocument):
        normalise({"@context": AS2, **ACTIVITY, "@id": EVE})


def test_a_type_that_only_expansion_sees_is_refused():
    inline = {"kind_of": "@type"}
    with pytest.raises(MalformedDocument):
        normalise({"@context": [AS2, inline], **ACTIVITY, "kind_of": "Delete"})


@pytest.mark.parametrize(
    "context",
    [5, True, [[AS2]], [5], [AS2, 5], {"@version": "1.0"}, {"@vocab": 5}, {"a": 5}, {"a": []},
     {"a": "b:c", "b": "a:d"}, {"a": {"@id": 5}}, {"a": {"@container": {}}}, {"": "x"}],
)  # fmt: skip
def test_a_broken_context_is_malformed_and_nothing_else(context: Any):
    with pytest.raises(MalformedDocument):
        normalise({"@context": context, **ACTIVITY, "as:name": "forces the careful reading"})


@pytest.mark.parametrize(
    "members",
    [
        {"id": 5},
        {"id": ["https://a.example/1"]},
        {"id": {"a": 1}, "as:x": 1},
        {"@value": 5},
        {"@list": [1]},
        {"nameMap": {"en": 5}, "as:x": 1},
        {"nameMap": "x", "as:x": {"@language": "en"}},
        {"as:x": {"@value": {"a": 1}}},
        {"as:x": {"@type": "@json"}},
        {"@language": "en"},
    ],
)
def test_broken_values_are_malformed_or_read_but_never_crash(members: dict[str, Any]):
    try:
        reading = normalise({"@context": AS2, **members})
    except MalformedDocument:
        return
    assert isinstance(reading, dict)


@pytest.mark.parametrize("key", ["a", "as:a"])
@pytest.mark.parametrize("wrap", [lambda inner, key: {key: inner}, lambda inner, key: [inner]])
def test_deep_nesting_is_refused_and_not_followed(key: str, wrap: Any):
    inner: Any = {}
    for _ in range(5000):
        inner = wrap(inner, key)
    with pytest.raises(MalformedDocument):
        normalise({"@context": AS2, key: inner})


def test_deeply_nested_contexts_are_refused():
    context: Any = AS2
    for _ in range(5000):
        context = [context]
    with pytest.raises(MalformedDocument):
        normalise({"@context": context, **ACTIVITY})


def test_the_work_given_to_the_processor_is_bounded():
    too_many_values = {"@context": AS2, "as:x": ["y"] * (MAX_VALUES + 1)}
    too_many_terms = {
        "@context": [AS2, {f"t{n}": f"https://x.example/{n}" for n in range(MAX_INLINE_TERMS + 1)}],
        "as:x": 1,
    }
    too_many_entries = {"@context": [AS2] * (MAX_CONTEXT_ENTRIES + 1), "as:x": 1}
    nested: dict[str, Any] = {"as:x": 1}
    for depth in range(MAX_CONTEXT_ENTRIES):
        nested = {"@context": [AS2, {f"t{depth}": "https://x.example/t"}], "as:x": nested}
    for document in (too_many_values, too_many_terms, too_many_entries, nested):
        with pytest.raises(MalformedDocument):
            normalise(document)


def test_a_page_whose_items_repeat_one_context_is_read():
    item = {"@context": [AS2, {"x": "https://x.example/"}], "type": "Note", "x:y": 1}
    page = {"@context": AS2, "type": "OrderedCollectionPage", "orderedItems": [item] * 50}
    assert len(normalise(page)["orderedItems"]) == 50
