"""The life of a proposal, as a table."""

from enum import StrEnum

from node.i18n import _
from node.machine import Machine


class State(StrEnum):
    DRAFT = "draft"
    ADMISSIBLE = "admissible"
    DISCUSSION = "discussion"
    FROZEN = "frozen"
    NOTICE = "notice"
    OPEN = "open"
    CLOSED = "closed"
    FINALISING = "finalising"
    CERTIFIED = "certified"
    RATIFYING = "ratifying"
    IN_FORCE = "in-force"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    DISPUTED = "disputed"
    OVER = "over"


class Event(StrEnum):
    CHECK = "check"
    PUBLISH = "publish"
    CHANGE = "change"
    FREEZE = "freeze"
    GIVE_NOTICE = "give-notice"
    OPEN = "open"
    END = "end"
    CLOSE = "close"
    CERTIFY = "certify"
    AGREE = "agree"
    RATIFY = "ratify"
    SETTLE = "settle"
    EXPIRE = "expire"
    REFUSE = "refuse"
    DISAGREE = "disagree"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


_S, _E = State, Event
_BEFORE_THE_END = (_S.NOTICE, _S.OPEN, _S.CLOSED, _S.FINALISING)
GOING = (_S.NOTICE, _S.OPEN, _S.CLOSED, _S.FINALISING, _S.CERTIFIED)
"""From notice until coops have counted it."""
_BEFORE_VOTING = (_S.ADMISSIBLE, _S.DISCUSSION, _S.FROZEN, _S.NOTICE)

# What the log says counts, whatever our own clock says: a close may find us before opening, or when
# we had given up hope.
LIFE = Machine(
    name="proposal",
    initial=_S.DRAFT,
    table={
        (_S.DRAFT, _E.CHECK): _S.ADMISSIBLE,
        (_S.ADMISSIBLE, _E.PUBLISH): _S.DISCUSSION,
        (_S.DISCUSSION, _E.CHANGE): _S.DISCUSSION,
        (_S.NOTICE, _E.CHANGE): _S.DISCUSSION,
        (_S.DISCUSSION, _E.FREEZE): _S.FROZEN,
        (_S.FROZEN, _E.GIVE_NOTICE): _S.NOTICE,
        (_S.DISCUSSION, _E.GIVE_NOTICE): _S.NOTICE,
        (_S.FROZEN, _E.CHANGE): _S.DISCUSSION,
        (_S.NOTICE, _E.OPEN): _S.OPEN,
        (_S.OPEN, _E.END): _S.CLOSED,
        **{(state, _E.CLOSE): _S.FINALISING for state in (_S.NOTICE, _S.OPEN, _S.CLOSED)},
        (_S.FINALISING, _E.CLOSE): _S.FINALISING,
        (_S.LAPSED, _E.CLOSE): _S.FINALISING,
        (_S.FINALISING, _E.CERTIFY): _S.CERTIFIED,
        (_S.LAPSED, _E.CERTIFY): _S.CERTIFIED,
        (_S.CERTIFIED, _E.AGREE): _S.IN_FORCE,
        (_S.CERTIFIED, _E.RATIFY): _S.RATIFYING,
        (_S.RATIFYING, _E.SETTLE): _S.IN_FORCE,
        **{(state, _E.EXPIRE): _S.OVER for state in (_S.RATIFYING, _S.IN_FORCE)},
        (_S.CERTIFIED, _E.REFUSE): _S.REJECTED,
        (_S.CERTIFIED, _E.DISAGREE): _S.DISPUTED,
        **{(state, _E.WITHDRAW): _S.WITHDRAWN for state in (*_BEFORE_VOTING, _S.OPEN, _S.CLOSED)},
        **{(state, _E.LAPSE): _S.LAPSED for state in _BEFORE_THE_END},
    },
    words={
        _S.DRAFT: _("draft"),
        _S.ADMISSIBLE: _("on its way to the others"),
        _S.DISCUSSION: _("under discussion"),
        _S.FROZEN: _("frozen"),
        _S.NOTICE: _("announced for a vote"),
        _S.OPEN: _("open for voting"),
        _S.CLOSED: _("voting is over"),
        _S.FINALISING: _("being counted"),
        _S.CERTIFIED: _("counted, being checked"),
        _S.RATIFYING: _("passed, each coop answers"),
        _S.IN_FORCE: _("in force"),
        _S.REJECTED: _("rejected"),
        _S.WITHDRAWN: _("withdrawn"),
        _S.LAPSED: _("lapsed"),
        _S.DISPUTED: _("disputed"),
        _S.OVER: _("no longer in force"),
        _E.CHANGE: _("Change the text"),
        _E.FREEZE: _("Freeze the text and announce the vote"),
        _E.WITHDRAW: _("Withdraw"),
    },
)
