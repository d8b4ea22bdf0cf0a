"""Talking about proposals: comments across coops, what is hidden and why, what anybody can read.

A comment is a Note in reply to a proposal, sent to every member's node by the coop whose person
wrote it. The council's log knows nothing of it: what is erased leaves no gap there.

`models` · `life` (of a hiding) · `rules` (pure) · `commands` (say, change, take back) ·
`moderation` (hide, appeal, look again) · `store` (the rows) · `wire`, `inbox`, `serving` (Notes) ·
`queries`.
"""

from node.deliberation import personal  # noqa: F401 - it registers itself
from node.deliberation.commands import comment, edit, erase, leave, leave_again
from node.deliberation.inbox import handlers
from node.deliberation.life import LIFE, Act, Scope, State
from node.deliberation.moderation import answer, appeal, hide
from node.deliberation.queries import (
    Appealed,
    CommentView,
    Discussion,
    HidingView,
    appealed,
    discussion,
    remark,
)
from node.deliberation.rules import TALK
from node.deliberation.serving import documents

__all__ = [
    "LIFE",
    "TALK",
    "Act",
    "Appealed",
    "CommentView",
    "Discussion",
    "HidingView",
    "Scope",
    "State",
    "answer",
    "appeal",
    "appealed",
    "comment",
    "discussion",
    "documents",
    "edit",
    "erase",
    "handlers",
    "hide",
    "leave",
    "leave_again",
    "remark",
]
