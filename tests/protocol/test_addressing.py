import pytest

from protocol.addressing import PUBLIC, Audience, audience_of, is_public, recipients
from protocol.errors import MalformedDocument
from protocol.jsonld import normalise
from tests.protocol.samples import COOP, FOLLOWERS, GROCER, NODE

MILL = "https://mill.example/coop"


def test_an_audience_is_read_from_to_and_cc():
    document = normalise({"to": ["as:Public"], "cc": [FOLLOWERS, {"id": GROCER}], "bcc": MILL})
    assert audience_of(document) == Audience((PUBLIC,), (FOLLOWERS, GROCER))
    assert is_public(document)


def test_a_document_to_followers_alone_is_not_public():
    assert not is_public({"to": FOLLOWERS})
    assert not is_public({})


def test_an_audience_of_anything_but_ids_is_refused():
    with pytest.raises(MalformedDocument):
        audience_of({"to": [5]})


def test_each_recipient_gets_one_copy_and_nobody_is_public_or_ourselves():
    audience = Audience((PUBLIC, GROCER, COOP), (FOLLOWERS, GROCER))
    collections = {FOLLOWERS: [MILL, GROCER, NODE]}
    found = recipients(audience, own={COOP, NODE}, collections=collections)
    assert found == (GROCER, MILL)
