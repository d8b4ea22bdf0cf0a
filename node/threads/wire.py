"""Messages as Notes, and Notes as messages."""

import re
from html import escape
from typing import Any

from federation import outbox
from federation.models import RemoteActor
from federation.storage import Reader, UnitOfWork
from node import content
from protocol.iri import authority_of
from protocol.vocabulary import activities
from protocol.vocabulary.messages import Answers, MessageOnWire, message_note

# Mastodon begins a reply with the handles of those it is for.
_MENTIONS = re.compile(r"^(?:\s*@[\w.-]+(?:@[\w.:-]+)?)+\s*")


def thread_uri(base: str, thread_id: str) -> str:
    """The address of a conversation that was opened here."""
    return f"{base}/threads/{thread_id}"


def note_uri(base: str, message_id: str) -> str:
    """The address of a message that was written here."""
    return f"{base}/notes/{message_id}"


def html_of(text: str) -> str:
    """Plain paragraphs as HTML."""
    parts = (escape(part).replace("\n", "<br>") for part in text.split("\n\n"))
    return "".join(f"<p>{part}</p>" for part in parts)


def text_of(html: str, longest: int) -> str:
    """HTML from anywhere as plain paragraphs, without the handles it begins with.

    One character more than the longest is kept, so that what is too long shows.
    """
    spaced = html.replace("</p>", "</p>\n")
    text = content.paragraphs(content.without_markup(spaced), longest + 200)
    return _MENTIONS.sub("", text, count=1)[: longest + 1].strip()


async def note(
    reader: Reader,
    message: Any,
    text: str,
    *,
    to: str,
    context: str,
    answers: Answers | None = None,
) -> dict[str, Any]:
    """The Note of a message row of ours."""
    known = await reader.session.get(RemoteActor, to)
    handle = known.preferred_username if known else ""
    return message_note(
        MessageOnWire(
            uri=message.uri,
            attributed_to=reader.identities.coop.uri,
            to=to,
            mention=f"@{handle}@{authority_of(to)}" if handle else to,
            content_html=html_of(text),
            context=context,
            in_reply_to=message.in_reply_to,
            published=message.sent_at,
            answers=answers,
        )
    )


async def send(uow: UnitOfWork, said: dict[str, Any], to: str, thread: str) -> str:
    """Queue an activity for one actor alone, in the order of its conversation; returns its id."""
    return await outbox.publish(
        uow, said, to_actors=[to], object_uri=thread, listed=False, private=True
    )


async def send_note(uow: UnitOfWork, document: dict[str, Any], to: str, thread: str) -> str:
    """Tell one actor a message."""
    coop = uow.identities.coop.uri
    return await send(uow, activities.create("", coop, document, (to,)), to, thread)


async def send_withdrawal(uow: UnitOfWork, uri: str, to: str, thread: str) -> None:
    """Tell one actor that a message was taken back."""
    coop = uow.identities.coop.uri
    await send(uow, activities.delete("", coop, uri, "Note", uow.now, (to,)), to, thread)


async def send_flag(uow: UnitOfWork, uris: list[str], to: str, thread: str, reason: str) -> None:
    """Complain to the other side's server, in the coop's name."""
    said = activities.flag("", uow.identities.coop.uri, (to, *uris), (to,), reason=reason)
    await send(uow, said, to, thread)
