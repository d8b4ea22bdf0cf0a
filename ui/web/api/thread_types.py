"""Types of the API: conversations. Names and field names are part of the stable surface."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

MessageText = Annotated[str, Meta(min_length=1, max_length=20_000)]


class ThreadItem(Struct, frozen=True):
    """with_kind: account, desk, guest or actor; with_name: null where they told none."""

    id: str
    state: str
    about: str | None
    title: str | None
    with_kind: str
    with_name: str | None
    preview: str | None
    unread: int
    last_at: datetime


class ThreadList(Struct, frozen=True):
    items: list[ThreadItem]
    next: str | None = None


class ThreadSearch(Struct, frozen=True, kw_only=True):
    desk: bool = False


class Message(Struct, frozen=True):
    """text: null once it was taken back. delivery: how far it has come to another coop."""

    id: str
    mine: bool
    text: str | None
    sent_at: datetime
    edited_at: datetime | None
    withdrawn: bool
    delivery: str | None


class Thread(Struct, frozen=True):
    thread: ThreadItem
    messages: list[Message]
    blocked: bool


class ThreadNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    about: Annotated[str, Meta(min_length=1, max_length=500)]
    text: MessageText


class MessageNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: MessageText


class ThreadChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    do: Literal["read", "close", "reopen", "claim", "block", "unblock"]


class ReportNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: MessageText
    tell_them: bool = False
