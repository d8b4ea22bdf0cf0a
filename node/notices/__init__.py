"""Notices: what waits for somebody here, such as a coop that asks to be in touch.

A notice names a kind and a subject; its sentence is made when it is shown, in the language of
whoever reads it. One about the same subject again replaces the earlier one: nothing piles up.
"""

from node.notices import personal, ways_in  # noqa: F401 - they register themselves
from node.notices.alert_words import ALERT_WORDS, Alert
from node.notices.commands import (
    forget,
    forget_account,
    give,
    give_all,
    give_each,
    give_once,
    mark_read,
    mark_seen,
    withdraw,
    withdraw_from,
)
from node.notices.events import NoticeGiven
from node.notices.feeds import Feed, MadeFeed, end_feed, feed, feeds_of, make_feed
from node.notices.kinds import ASKING, NoticeKind
from node.notices.queries import (
    NoticeView,
    count_read,
    count_unread,
    given_at,
    notice,
    notices,
    said,
    standing,
    told_about,
)
from node.notices.sentences import sentence

__all__ = [
    "ALERT_WORDS",
    "ASKING",
    "Alert",
    "Feed",
    "MadeFeed",
    "NoticeGiven",
    "NoticeKind",
    "NoticeView",
    "count_read",
    "count_unread",
    "end_feed",
    "feed",
    "feeds_of",
    "forget",
    "forget_account",
    "give",
    "give_all",
    "give_each",
    "give_once",
    "given_at",
    "make_feed",
    "mark_read",
    "mark_seen",
    "notice",
    "notices",
    "said",
    "sentence",
    "standing",
    "told_about",
    "withdraw",
    "withdraw_from",
]
