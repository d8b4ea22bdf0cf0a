from typing import Any

import pytest

from protocol.errors import MalformedDocument
from protocol.webfinger import (
    NODE_ACTOR,
    Handle,
    document,
    parse_resource,
    query_url,
    self_link,
)
from tests.protocol.samples import COOP, NODE


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("acct:coop@loaf.example", Handle("coop", "loaf.example")),
        ("acct:coop@loaf.localhost:9442", Handle("coop", "loaf.localhost:9442")),
        ("@coop@Loaf.Example", Handle("coop", "loaf.example")),
        ("coop@loaf.example/", Handle("coop", "loaf.example")),
        ("loaf.example", Handle(None, "loaf.example")),
        ("loaf.example/", Handle(None, "loaf.example")),
        (" coop@[::1]:8443 ", Handle("coop", "[::1]:8443")),
        ("coop@bücher.example", Handle("coop", "bücher.example")),
        ("https://loaf.example/coop", "https://loaf.example/coop"),
    ],
)
def test_addresses_are_read_as_people_write_them(text: str, read: Any):
    assert parse_resource(text) == read


@pytest.mark.parametrize(
    "text",
    ["", "acct:", "a@b@c", "coop@", "@", "a b@c", "coop@lo af", "ftp://x", "x" * 500, "coop@a/b",
     "coop@h:port", "coop\n@loaf.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str):
    with pytest.raises(MalformedDocument):
        parse_resource(text)


def test_the_answer_names_the_actor_under_both_media_types():
    jrd = document("acct:coop@loaf.example", COOP, profile_page="https://loaf.example/")
    assert jrd["aliases"] == [COOP]
    types = [link["type"] for link in jrd["links"] if link["rel"] == "self"]
    assert types == [
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    ]
    assert self_link(jrd) == COOP


def test_the_origin_leads_to_its_node():
    jrd = document("https://loaf.example/", COOP, node_actor=NODE)
    assert self_link(jrd, rel=NODE_ACTOR) == NODE


@pytest.mark.parametrize(
    "links",
    [
        None,
        "x",
        [5, "x", {}],
        [{"rel": "self", "type": "text/html", "href": COOP}],
        [{"rel": "self", "type": "application/ld+json", "href": COOP}],
        [{"rel": "self", "type": "application/activity+json", "href": 5}],
        [{"rel": "self", "href": COOP}],
    ],
)
def test_an_answer_without_an_actor_is_refused(links: Any):
    with pytest.raises(MalformedDocument):
        self_link({"links": links})


def test_a_handle_is_looked_up_at_its_host():
    assert query_url("https", Handle("coop", "loaf.example")) == (
        "https://loaf.example/.well-known/webfinger?resource=acct%3Acoop%40loaf.example"
    )
    assert query_url("http", Handle(None, "loaf.localhost:9442")).endswith(
        "?resource=http%3A%2F%2Floaf.localhost%3A9442%2F"
    )
