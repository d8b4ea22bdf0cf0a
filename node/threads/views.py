"""Conversations as others are given them."""

from datetime import datetime

from msgspec import Struct

from node.accounts import AccountView
from node.threads.models import Event, PartyKind, State
from node.threads.rules import Party, Seat


class ThreadLine(Struct, frozen=True):
    """A conversation in a list. other_name: None for a guest who told none, and for our desk.

    unclaimed: it is for whoever looks after the coop, and nobody has taken it yet.
    """

    id: str
    state: State
    about_uri: str | None
    about_title: str | None
    other: Party
    other_name: str | None
    preview: str | None
    unread: int
    last_at: datetime
    unclaimed: bool


class MessageView(Struct, frozen=True):
    """One message. text: None once it was withdrawn or the conversation deleted.

    by, by_name: the account of our own side that wrote it. sent: a `DeliveryState` where it went to
    another node.
    """

    id: str
    mine: bool
    by: str | None
    by_name: str | None
    text: str | None
    sent_at: datetime
    edited_at: datetime | None
    withdrawn: bool
    sent: str | None


class LastSaid(Struct, frozen=True):
    """What was said last in a conversation. text: None where nothing is left of what was said; by,
    by_name: as of a `MessageView`."""

    thread_id: str
    mine: bool
    by: str | None
    by_name: str | None
    text: str | None


class Matter(Struct, frozen=True):
    """What a conversation led to."""

    uri: str
    title: str


class ThreadView(Struct, frozen=True):
    """A conversation, from one of its sides. contact: what a guest left for those who answer."""

    line: ThreadLine
    seat: Seat
    messages: tuple[MessageView, ...]
    matters: tuple[Matter, ...]
    events: tuple[Event, ...]
    blocked: bool
    contact: str | None
    can_be_erased: bool


class ReportView(Struct, frozen=True):
    """A complaint that nobody has settled. about: the title of the conversation, if it has one."""

    id: str
    thread_id: str
    about_title: str | None
    from_elsewhere: bool
    told_them: bool
    reason: str | None
    other: Party
    other_name: str | None
    created_at: datetime

    def is_about(self, who: AccountView) -> bool:
        """Whether it complains about somebody, or those with whom they act for a firm."""
        return self.other.kind is PartyKind.ACCOUNT and who.acts_for(self.other.ref)
