"""Comments on a proposal: Notes in reply to it, or to each other, in the name of a coop.

`context` names the proposal by its federation's charter, wherever the log is kept; `inReplyTo` is
what is answered. `byline` is the person's name, as that person wants it to be read.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from protocol import datetimes
from protocol.vocabulary.base import moment, new_document, one_id, one_node, required_text, text

COMMENT = "comment"


class CommentOnWire(Struct, frozen=True):
    """A comment. markdown: None where only HTML came."""

    uri: str
    attributed_to: str
    byline: str
    context: str
    in_reply_to: str | None
    content_html: str
    markdown: str | None
    published: datetime | None
    updated: datetime | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


def comment_note(wire: CommentOnWire) -> dict[str, Any]:
    """The Note, which any server can show."""
    source = {"content": wire.markdown, "mediaType": "text/markdown"} if wire.markdown else None
    return new_document(
        "Note",
        wire.uri,
        kind=COMMENT,
        attributedTo=wire.attributed_to,
        byline=wire.byline,
        to=wire.to,
        cc=wire.cc,
        context=wire.context,
        inReplyTo=wire.in_reply_to,
        content=wire.content_html,
        source=source,
        published=datetimes.format(wire.published) if wire.published else None,
        updated=datetimes.format(wire.updated) if wire.updated else None,
    )


def parse_comment(document: dict[str, Any]) -> CommentOnWire:
    """Read a normalised Note. Raises MalformedDocument without id, author, context or content."""
    source = one_node(document.get("source")) or {}
    is_markdown = text(source, "mediaType") == "text/markdown"
    return CommentOnWire(
        uri=required_text(document, "id"),
        attributed_to=one_id(document.get("attributedTo")) or "",
        byline=text(document, "byline") or "",
        context=one_id(document.get("context")) or "",
        in_reply_to=one_id(document.get("inReplyTo")),
        content_html=required_text(document, "content"),
        markdown=text(source, "content") if is_markdown else None,
        published=moment(document, "published"),
        updated=moment(document, "updated"),
    )
