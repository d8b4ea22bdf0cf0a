"""Private messages as Notes."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from protocol.addressing import audience_of
from protocol.errors import MalformedDocument
from protocol.jsonld import normalise
from protocol.vocabulary.messages import Answers, MessageOnWire, message_note, parse_message

OURS = MessageOnWire(
    uri="https://lanehead.example/notes/1",
    attributed_to="https://lanehead.example/coop",
    to="https://portici.example/coop",
    mention="@coop@portici.example",
    content_html="<p>Is it free?</p>",
    context="https://lanehead.example/threads/1",
    in_reply_to="https://portici.example/listings/7",
    published=datetime(2027, 1, 5, 10, tzinfo=UTC),
)


def test_a_message_is_read_as_it_was_written():
    read = parse_message(normalise(message_note(OURS)))
    assert (read.uri, read.content_html) == (OURS.uri, OURS.content_html)
    assert (read.context, read.in_reply_to) == (OURS.context, OURS.in_reply_to)
    assert (read.published, read.kind) == (OURS.published, None)


def test_answers_are_read_as_they_were_written_and_what_is_none_is_left_out():
    given = Answers("https://lanehead.example/agreements/1", (("Any pets?", "A dog"),))
    note = normalise(message_note(replace(OURS, answers=given)))
    assert parse_message(note).answers == given
    said = {"agreement": given.agreement, "answers": [{"question": "Any pets?", "answer": 1}, 7]}
    for details in (None, "x", [], {}, {"agreement": 7}):
        assert parse_message(note | {"details": details}).answers is None
    for details in (said, said | {"answers": "x"}, {"agreement": given.agreement}):
        assert parse_message(note | {"details": details}).answers == Answers(given.agreement, ())


def test_a_message_names_one_reader_and_mentions_them():
    note = message_note(OURS)
    audience = audience_of(normalise(note))
    assert (audience.to, audience.cc, audience.is_public) == ((OURS.to,), (), False)
    assert note["tag"] == [{"type": "Mention", "href": OURS.to, "name": OURS.mention}]


@pytest.mark.parametrize("missing", ["id", "content"])
def test_a_note_without_id_or_words_is_no_message(missing):
    document = normalise(message_note(OURS))
    del document[missing]
    with pytest.raises(MalformedDocument):
        parse_message(document)
