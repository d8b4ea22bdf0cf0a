"""The life of a referral as data: its states, what may happen in each, and who may do it. Pure.

Both coops keep a referral each, with the same states. In brackets what HL7's SDOH Task calls them.
Pausing is two states: `on_hold` before the other coop has said yes, `paused` after, so that
nobody gets from one to the other without a yes.
"""

from collections.abc import Mapping
from enum import StrEnum

from node.errors import NotAllowed
from node.i18n import Text, _
from node.machine import Machine


class State(StrEnum):
    """Where a referral is in its life."""

    DRAFT = "draft"
    CONSENT_PENDING = "consent_pending"
    READY = "ready"
    SENT = "sent"  # requested
    ON_HOLD = "on_hold"  # received
    ACCEPTED = "accepted"
    CONTACTED = "contacted"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"  # on-hold
    COMPLETED = "completed"
    CLOSED = "closed"
    DECLINED = "declined"  # rejected
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # cancelled
    EXPIRED = "expired"
    ENTERED_IN_ERROR = "entered_in_error"


class Event(StrEnum):
    """What can happen to a referral."""

    ASK_CONSENT = "ask_consent"
    CONSENT = "consent"
    SEND = "send"
    ACCEPT = "accept"
    HOLD = "hold"
    DECLINE = "decline"
    CONTACT = "contact"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"
    FAIL = "fail"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    CORRECT = "correct"
    EXPIRE = "expire"


class Party(StrEnum):
    """Who can make something happen: a coop, the person it is about, or the clock."""

    SENDER = "sender"
    RECEIVER = "receiver"
    PERSON = "person"
    CLOCK = "clock"


class Side(StrEnum):
    """Which of the two this node's coop is."""

    SENT = "sent"
    RECEIVED = "received"

    @property
    def party(self) -> Party:
        """Our part in it."""
        return Party.SENDER if self is Side.SENT else Party.RECEIVER

    @property
    def other(self) -> Party:
        """Their part in it."""
        return Party.RECEIVER if self is Side.SENT else Party.SENDER


class Decline(StrEnum):
    """Why a coop says no."""

    CAPACITY = "capacity"
    AREA = "area"
    SCOPE = "scope"
    CONFLICT = "conflict"


class Failure(StrEnum):
    """Why nothing came of it. Words of one's own could name the person, so there are none."""

    UNREACHABLE = "unreachable"
    CHANGED = "changed"
    UNSUITABLE = "unsuitable"
    OTHER = "other"


class Outcome(StrEnum):
    """What came of it."""

    DONE = "done"
    PARTLY = "partly"
    NOT = "not"


_MAY_END = (
    State.DRAFT,
    State.CONSENT_PENDING,
    State.READY,
    State.SENT,
    State.ON_HOLD,
    State.ACCEPTED,
    State.CONTACTED,
    State.IN_PROGRESS,
    State.PAUSED,
)
_MAY_BE_WRONG = (State.DRAFT, State.CONSENT_PENDING, State.READY, State.SENT, State.ON_HOLD)
_MAY_RUN_OUT = _MAY_END[1:]
_MAY_FAIL = (State.ACCEPTED, State.CONTACTED, State.IN_PROGRESS, State.PAUSED)

LIFE = Machine(
    "referral",
    State.DRAFT,
    {
        (State.DRAFT, Event.ASK_CONSENT): State.CONSENT_PENDING,
        (State.DRAFT, Event.CONSENT): State.READY,
        (State.CONSENT_PENDING, Event.CONSENT): State.READY,
        (State.READY, Event.SEND): State.SENT,
        (State.SENT, Event.ACCEPT): State.ACCEPTED,
        (State.SENT, Event.HOLD): State.ON_HOLD,
        (State.SENT, Event.DECLINE): State.DECLINED,
        (State.ON_HOLD, Event.ACCEPT): State.ACCEPTED,
        (State.ON_HOLD, Event.DECLINE): State.DECLINED,
        (State.ACCEPTED, Event.CONTACT): State.CONTACTED,
        (State.CONTACTED, Event.START): State.IN_PROGRESS,
        (State.CONTACTED, Event.PAUSE): State.PAUSED,
        (State.IN_PROGRESS, Event.COMPLETE): State.COMPLETED,
        (State.IN_PROGRESS, Event.PAUSE): State.PAUSED,
        (State.PAUSED, Event.RESUME): State.IN_PROGRESS,
        (State.COMPLETED, Event.CONFIRM): State.CLOSED,
        **{(state, Event.FAIL): State.FAILED for state in _MAY_FAIL},
        **{(state, Event.WITHDRAW): State.WITHDRAWN for state in (*_MAY_END, State.COMPLETED)},
        **{(state, Event.CORRECT): State.ENTERED_IN_ERROR for state in _MAY_BE_WRONG},
        **{(state, Event.EXPIRE): State.EXPIRED for state in _MAY_RUN_OUT},
    },
    {
        State.DRAFT: _("a draft"),
        State.CONSENT_PENDING: _("waiting for consent"),
        State.READY: _("ready to send"),
        State.SENT: _("sent, waiting for an answer"),
        State.ON_HOLD: _("on hold"),
        State.ACCEPTED: _("accepted"),
        State.CONTACTED: _("in touch with the person"),
        State.IN_PROGRESS: _("in progress"),
        State.PAUSED: _("paused"),
        State.COMPLETED: _("done, to be confirmed"),
        State.CLOSED: _("closed"),
        State.DECLINED: _("declined"),
        State.FAILED: _("not possible"),
        State.WITHDRAWN: _("withdrawn"),
        State.EXPIRED: _("run out"),
        State.ENTERED_IN_ERROR: _("entered by mistake"),
        Event.ASK_CONSENT: _("Ask for consent"),
        Event.CONSENT: _("Note the consent"),
        Event.SEND: _("Send it"),
        Event.ACCEPT: _("Accept"),
        Event.HOLD: _("Put on hold"),
        Event.DECLINE: _("Decline"),
        Event.CONTACT: _("We spoke to the person"),
        Event.START: _("The work began"),
        Event.PAUSE: _("Pause"),
        Event.RESUME: _("Go on"),
        Event.COMPLETE: _("It is done"),
        Event.FAIL: _("It is not possible"),
        Event.CONFIRM: _("Confirm and close"),
        Event.WITHDRAW: _("Withdraw"),
        Event.CORRECT: _("This was a mistake"),
        Event.EXPIRE: _("Run out"),
    },
)

WHOSE: Mapping[Event, frozenset[Party]] = {
    # A member notes what a person signed on paper or said aloud.
    Event.ASK_CONSENT: frozenset({Party.SENDER}),
    Event.CONSENT: frozenset({Party.PERSON, Party.SENDER}),
    Event.SEND: frozenset({Party.SENDER}),
    Event.ACCEPT: frozenset({Party.RECEIVER}),
    Event.HOLD: frozenset({Party.RECEIVER}),
    Event.DECLINE: frozenset({Party.RECEIVER}),
    Event.CONTACT: frozenset({Party.RECEIVER}),
    Event.START: frozenset({Party.RECEIVER}),
    Event.PAUSE: frozenset({Party.RECEIVER}),
    Event.RESUME: frozenset({Party.RECEIVER}),
    Event.COMPLETE: frozenset({Party.RECEIVER}),
    Event.FAIL: frozenset({Party.RECEIVER}),
    Event.CONFIRM: frozenset({Party.SENDER}),
    Event.WITHDRAW: frozenset({Party.PERSON, Party.SENDER}),
    Event.CORRECT: frozenset({Party.SENDER}),
    Event.EXPIRE: frozenset({Party.CLOCK}),
}

# The other coop holds, or may hold, what it was told.
OUT_THERE = frozenset(
    {
        State.SENT,
        State.ON_HOLD,
        State.ACCEPTED,
        State.CONTACTED,
        State.IN_PROGRESS,
        State.PAUSED,
        State.COMPLETED,
        State.CLOSED,
    }
)
# Between yes and the end of the work: only now may the receiver know who it is about.
KNOWN_TO_RECEIVER = frozenset(
    {State.ACCEPTED, State.CONTACTED, State.IN_PROGRESS, State.PAUSED, State.COMPLETED}
)
UNANSWERED = frozenset({State.SENT, State.ON_HOLD})

DECLINE_WORDS: Mapping[Decline, Text] = {
    Decline.CAPACITY: _("no time or no people just now"),
    Decline.AREA: _("too far away"),
    Decline.SCOPE: _("not what this coop does"),
    Decline.CONFLICT: _("a conflict of interest"),
}
FAILURE_WORDS: Mapping[Failure, Text] = {
    Failure.UNREACHABLE: _("the person could not be reached"),
    Failure.CHANGED: _("the person needs something else now"),
    Failure.UNSUITABLE: _("it turned out not to fit"),
    Failure.OTHER: _("another reason"),
}
OUTCOME_WORDS: Mapping[Outcome, Text] = {
    Outcome.DONE: _("done"),
    Outcome.PARTLY: _("partly done"),
    Outcome.NOT: _("not done"),
}


def step(state: State, event: Event, party: Party) -> State:
    """Where the event leads. Raises NotAllowed for whom it is not, Conflict where it cannot be."""
    if party not in WHOSE[event]:
        raise NotAllowed(
            _("“%(event)s” is for the other side to say.", event=LIFE.word(event)),
            "referral-party",
        )
    return LIFE.next_state(state, event)


_TAKEN_BACK: Mapping[Event, State] = {
    Event.WITHDRAW: State.WITHDRAWN,
    Event.EXPIRE: State.EXPIRED,
    Event.CORRECT: State.ENTERED_IN_ERROR,
}


def taken_back(state: State, event: Event) -> State | None:
    """Where the receiver's side ends when the sender says how its own did: as that, also where the
    receiver went on or ended otherwise while the word was on its way. None: it stays as it is."""
    after = _TAKEN_BACK[event]
    return None if state in (State.CLOSED, after) else after


def comes_later(state: State, event: Event) -> bool:
    """Whether the event may fit once other messages that are on their way have arrived."""
    ahead, frontier = {state}, {state}
    while frontier:
        frontier = {
            after
            for (before, said), after in LIFE.table.items()
            if before in frontier and after not in ahead and Party.RECEIVER in WHOSE[said]
        }
        ahead |= frontier
    return any((later, event) in LIFE.table for later in ahead - {state})


def open_to(state: State, party: Party) -> tuple[Event, ...]:
    """What a party may do now, in the order of the table."""
    return tuple(event for event in LIFE.events_from(state) if party in WHOSE[event])
