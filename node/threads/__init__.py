"""Conversations: people write to each other, also across coops, and nobody else reads it.

A conversation has two sides, an asker and an answerer; each is one of our accounts, our desk
(whoever looks after the coop, until one takes it), a guest, or an actor elsewhere. Between coops a
message is a Note addressed to one actor: the coop speaks for its people. What is written stands in
the vault alone; the message that carried it is forgotten once it has arrived.

`models` · `rules` (what may be written: pure) · `topics` (what one can write about: told by higher
slices) · `commands` (write, take back, close, block, erase) · `guests` (without an account) ·
`reporting` (complaints) · `answers` (to a listing's questions, with a message) · `leaving`,
`reactions` · `store` (the rows) · `wire`, `inbox`, `serving` (Notes) · `hearing` (is it a message
to us: pure) · `placing` (in which conversation) · `queries`, `leading` (what conversations led to),
`views`.

What is about an offer or an agreement is shared by all who act for the same firm; what is about
nothing, or was taken from the desk, is whose it is alone.

Another slice opens a conversation with `open_thread`, notes what came of one with `attach` and its
like, and finds it again with `about`, `leading_to` and `last_said`.
"""

from node.threads import personal, reactions  # noqa: F401 - they register themselves
from node.threads.answers import Given, answered
from node.threads.commands import (
    attach,
    attach_all,
    attach_named,
    attach_own,
    block,
    change_state,
    claim,
    erase,
    mark_read,
    open_thread,
    unblock,
    withdraw,
    withdraw_for,
    write,
)
from node.threads.events import ConversationBegun
from node.threads.guests import GuestLink, open_as_guest
from node.threads.inbox import handlers
from node.threads.leading import about, context_of, last_said, leading_to
from node.threads.leaving import leave, leave_again
from node.threads.models import LIFE, Event, PartyKind, Role, State
from node.threads.queries import (
    count_unread,
    guest_seat,
    reports,
    seat,
    thread,
    threads,
)
from node.threads.queries import report as reported
from node.threads.reporting import report, settle
from node.threads.rules import DESK, Party, Seat, account, actor, desk_of
from node.threads.serving import documents
from node.threads.topics import Topic, topics
from node.threads.views import LastSaid, MessageView, ReportView, ThreadLine, ThreadView

__all__ = [
    "DESK",
    "LIFE",
    "ConversationBegun",
    "Event",
    "Given",
    "GuestLink",
    "LastSaid",
    "MessageView",
    "Party",
    "PartyKind",
    "ReportView",
    "Role",
    "Seat",
    "State",
    "ThreadLine",
    "ThreadView",
    "Topic",
    "about",
    "account",
    "actor",
    "answered",
    "attach",
    "attach_all",
    "attach_named",
    "attach_own",
    "block",
    "change_state",
    "claim",
    "context_of",
    "count_unread",
    "desk_of",
    "documents",
    "erase",
    "guest_seat",
    "handlers",
    "last_said",
    "leading_to",
    "leave",
    "leave_again",
    "mark_read",
    "open_as_guest",
    "open_thread",
    "report",
    "reported",
    "reports",
    "seat",
    "settle",
    "thread",
    "threads",
    "topics",
    "unblock",
    "withdraw",
    "withdraw_for",
    "write",
]
