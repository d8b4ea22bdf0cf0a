"""What is told of deciding together: proposals, votes, comments, rules in force."""

from collections.abc import Mapping

from node.i18n import LazyString, _
from node.notices.kinds import NoticeKind

COUNCIL_WORDS: Mapping[NoticeKind, LazyString] = {
    NoticeKind.COUNCIL_INVITED: _("We are asked to found a federation: “%(name)s”."),
    NoticeKind.COUNCIL_APPLIES: _(
        "%(name)s asks to be let into “%(title)s”. Say yes, or talk to the others about it first."
    ),
    NoticeKind.COUNCIL_LET_IN: _(
        "Our coop belongs to “%(title)s” now. Name the people who vote for it."
    ),
    NoticeKind.COUNCIL_AMENDED: _(
        "%(name)s puts a rival text beside “%(title)s”: take it over, or let the vote decide."
    ),
    NoticeKind.COMMENT_ANSWERED: _("Somebody answered what you said about “%(title)s”."),
    NoticeKind.COMMENT_HIDDEN: _(
        "What you said about “%(title)s” was hidden. You can ask for another look until %(when)s."
    ),
    NoticeKind.COMMENT_APPEALED: _(
        "Somebody asks you to look again at a comment on “%(title)s” that was hidden."
    ),
    NoticeKind.COMMENT_REVIEWED: _("What you said about “%(title)s” was looked at again."),
    NoticeKind.COUNCIL_VOTE: _("“%(title)s” waits for our coop’s vote until %(when)s."),
    NoticeKind.COUNCIL_UNVOTED: _(
        "None of our delegates has voted on “%(title)s”; the vote ends at %(when)s."
    ),
    NoticeKind.COUNCIL_STAND_IN: _(
        "You stand in for our delegates: “%(title)s” waits for your vote until %(when)s."
    ),
    NoticeKind.COUNCIL_PASSED: _("“%(title)s” is passed and in force."),
    NoticeKind.COUNCIL_REJECTED: _("“%(title)s” was voted on and did not pass."),
    NoticeKind.COUNCIL_HOST_ASKS: _("%(name)s asks us to keep the log of “%(title)s” from now on."),
    NoticeKind.COUNCIL_HOST_SILENT: _(
        "We have heard nothing from %(name)s, which keeps the log of “%(title)s”, for a day. Call "
        "them; if they do not come back, another coop can take the log over."
    ),
    NoticeKind.COUNCIL_HOST_NEW: _("%(name)s keeps the log of “%(title)s” now."),
    NoticeKind.COUNCIL_CLOCK: _(
        "The clock of our node is %(seconds)s seconds off from those of the other coops in "
        "“%(title)s”. Set it right: with two minutes or more it signs nothing."
    ),
    NoticeKind.COUNCIL_KEY: _(
        "%(name)s has lost its key in “%(title)s” and asks for a new one. Telephone them; if it is "
        "really them, vouch for it."
    ),
    NoticeKind.COUNCIL_EXCLUDES: _(
        "“%(name)s”: it is proposed that our coop belongs to “%(title)s” no more. Say what speaks "
        "for it, and vote: all your rights stay until it is decided."
    ),
    NoticeKind.COUNCIL_LEFT: _(
        "Our coop belongs to “%(title)s” no more. What it decided binds us no longer."
    ),
    NoticeKind.COUNCIL_EVIDENCE: _(
        "It is proven that %(name)s broke the rules of “%(title)s”. Look at the proof, and talk to "
        "the others about it."
    ),
    NoticeKind.COUNCIL_ANSWER: _(
        "“%(title)s” has passed and binds us only with our own yes: please answer by %(when)s."
    ),
    NoticeKind.COUNCIL_TERM_OVER: _(
        "The term of those who vote for us is over: name them anew, or others."
    ),
    NoticeKind.COUNCIL_AGAIN: _("“%(title)s” can be put to the vote once more by our coop."),
    NoticeKind.POLICY_PASSED: _("The coops have decided: “%(name)s” holds from %(when)s."),
    NoticeKind.POLICY_OUTDATED: _(
        "%(name)s does not go by our newest rules yet (%(key)s). Ask them to look at theirs."
    ),
    NoticeKind.POLICY_CONTRADICTION: _(
        "Two rules cannot both hold: keep for %(shortest)s days, delete after %(longest)s days. "
        "Nothing is deleted until one of them changes."
    ),
    NoticeKind.POLICY_URGENT: _(
        "“%(name)s” was decided urgently and lapses on %(when)s, unless an ordinary vote confirms "
        "it before."
    ),
    NoticeKind.POLICY_ENDS: _("“%(name)s” ends on %(when)s, unless it is decided anew."),
    NoticeKind.POLICY_REVIEW: _("“%(name)s” is to be looked at again by %(when)s."),
    NoticeKind.POLICY_ENDED: _("“%(name)s” holds no longer since %(when)s: its time was up."),
}
