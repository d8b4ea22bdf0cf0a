"""Private messages: a Note for one named actor, which any server shows as a direct message.

The coop speaks for its people, who are not federated. `context` is the conversation's address and
`inReplyTo` what is answered: a listing at first, then the other side's last message. Answers to the
questions of a listing stand in the words, for every reader, and apart in `details`.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from protocol import datetimes
from protocol.vocabulary.base import moment, new_document, one_id, part, required_text, text


class Answers(Struct, frozen=True):
    """What a message answers to the questions of a listing: question and answer, one by one; none
    where it only comes with a request. agreement: what whoever asks calls the one that it belongs
    to."""

    agreement: str
    given: tuple[tuple[str, str], ...]


class MessageOnWire(Struct, frozen=True):
    """A message of ours. mention: the reader's handle, such as "@coop@portici.example"."""

    uri: str
    attributed_to: str
    to: str
    mention: str
    content_html: str
    context: str
    in_reply_to: str | None
    published: datetime
    answers: Answers | None = None


class MessageReceived(Struct, frozen=True):
    """A message of somebody else's. kind: set when it is no message but something of its own."""

    uri: str
    content_html: str
    context: str | None
    in_reply_to: str | None
    kind: str | None
    published: datetime | None
    answers: Answers | None = None


def message_note(wire: MessageOnWire) -> dict[str, Any]:
    """The Note. Without the Mention, Mastodon and its kin would show it to nobody."""
    return new_document(
        "Note",
        wire.uri,
        attributedTo=wire.attributed_to,
        to=(wire.to,),
        context=wire.context,
        inReplyTo=wire.in_reply_to,
        content=wire.content_html,
        published=datetimes.format(wire.published),
        tag=[part("Mention", href=wire.to, name=wire.mention)],
        details=wire.answers and _written(wire.answers),
    )


def parse_message(document: dict[str, Any]) -> MessageReceived:
    """Read a normalised Note. Raises MalformedDocument without id or content."""
    return MessageReceived(
        uri=required_text(document, "id"),
        content_html=required_text(document, "content"),
        context=one_id(document.get("context")),
        in_reply_to=one_id(document.get("inReplyTo")),
        kind=text(document, "kind"),
        published=moment(document, "published"),
        answers=_answers(document.get("details")),
    )


def _written(answers: Answers) -> dict[str, Any]:
    given = [{"question": question, "answer": answer} for question, answer in answers.given]
    return {"agreement": answers.agreement, "answers": given}


def _answers(said: object) -> Answers | None:
    """What can be read of them: all of it stands in the words as well."""
    if not isinstance(said, dict) or not isinstance(said.get("agreement"), str):
        return None
    given = said.get("answers")
    pairs = (
        (one.get("question"), one.get("answer"))
        for one in (given if isinstance(given, list) else [])
        if isinstance(one, dict)
    )
    texts = tuple((q, a) for q, a in pairs if isinstance(q, str) and isinstance(a, str))
    return Answers(said["agreement"], texts)
