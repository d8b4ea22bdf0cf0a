"""Whether a Note is a message to us, and one that can be used. Pure."""

from msgspec.structs import replace

from federation.handlers import Ignored, Outcome, Received, RefusedBy
from node import limits
from protocol.errors import ProtocolError
from protocol.iri import same_origin
from protocol.vocabulary.base import ids
from protocol.vocabulary.messages import MessageReceived, parse_message


def message_in(received: Received, coop: str) -> MessageReceived | Outcome:
    """The message, if it is one and is for our coop alone; else what its sender hears."""
    activity, sender = received.activity, received.verified.actor
    document = activity.object
    if document is None:
        return RefusedBy(422, "object-missing", "Send the whole note inside the activity.")
    named = {*activity.to, *activity.cc, *ids(document.get("to")), *ids(document.get("cc"))}
    if coop not in named:
        return _not_for_us(named, sender)
    if named != {coop}:
        return RefusedBy(
            422, "not-private", "This coop takes messages that are addressed to it and nobody else."
        )
    try:
        message = parse_message(document)
    except ProtocolError as error:
        return RefusedBy(422, error.code, str(error))
    if message.kind:
        return Ignored("unknown-type")
    return message if _is_theirs(message, sender) else replace(message, answers=None)


def _is_theirs(message: MessageReceived, sender: str) -> bool:
    """Whether what it answers is for an agreement of the sender's own."""
    try:
        return message.answers is None or same_origin(message.answers.agreement, sender)
    except ProtocolError:
        return False


def _not_for_us(named: set[str], sender: str) -> Outcome:
    """A post for everybody, or for the sender's own followers, is nothing to us."""
    for uri in named:
        try:
            if uri.startswith("http") and not same_origin(uri, sender) and not _is_public(uri):
                return RefusedBy(403, "not-addressed", "This message is for somebody else.")
        except ProtocolError:
            continue
    return Ignored("not-for-us")


def _is_public(uri: str) -> bool:
    return uri.startswith("https://www.w3.org/ns/activitystreams#")


def unusable(text: str) -> RefusedBy | None:
    """What is wrong with the words of a message."""
    if not text:
        return RefusedBy(422, "message-empty", "There is no text in this message.")
    if len(text) > limits.MESSAGE_LONGEST:
        longest = limits.MESSAGE_LONGEST
        return RefusedBy(
            422, "message-too-long", f"A message has at most {longest} characters; write less."
        )
    return None
