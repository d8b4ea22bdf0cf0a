"""Applications in people's words: the shape of each state, and what happens next."""

from collections.abc import Mapping

from node.i18n import Text, _
from node.joining import Event, Status, applying
from node.joining.queries import ApplicationView

SHAPES: Mapping[Status, str] = {
    Status.SUBMITTED: "turn",
    Status.ASKED: "asked",
    Status.WAITLISTED: "later",
    Status.ADMITTED: "done",
    Status.DECLINED: "no",
    Status.APPEALED: "turn",
    Status.REFUSED: "no",
    Status.WITHDRAWN: "no",
    Status.LAPSED: "no",
    Status.DOUBLE: "no",
}
# What the applicant reads on their own page: where it stands, and what comes next.
THEIRS: dict[Status, tuple[str, Text, Text]] = {
    Status.SUBMITTED: (
        "onway",
        _("with the coop"),
        _(
            "Somebody of the coop reads it. Come back here in a few days: the answer stands here. "
            "If an earlier application of yours is open, that counts: ask the coop for its link."
        ),
    ),
    Status.ASKED: ("turn", _("your turn"), _("The coop asks for more before it decides.")),
    Status.WAITLISTED: (
        "later",
        _("on the waiting list"),
        _("The coop would like to have you, and has no room now. It tells you here when it has."),
    ),
    Status.ADMITTED: ("done", _("admitted"), _("Welcome! You are a member of the coop.")),
    Status.DECLINED: ("no", _("declined"), _("The coop does not take you in at present.")),
    Status.APPEALED: (
        "onway",
        _("looked at again"),
        _("The coop looks at it again. The answer stands here."),
    ),
    Status.REFUSED: (
        "no",
        _("declined"),
        _("It was looked at twice, and stays declined."),
    ),
    Status.WITHDRAWN: ("no", _("taken back"), _("You took it back. You can apply anew any day.")),
    Status.LAPSED: (
        "no",
        _("lapsed"),
        _("The coop asked for more and heard nothing. You can apply anew any day."),
    ),
}
THEIRS[Status.DOUBLE] = THEIRS[Status.SUBMITTED]
"""Nobody learns from a page who has applied before them."""
HAPPENED: Mapping[Event, Text] = {
    Event.ADMIT: _("Admitted"),
    Event.ADMIT_ON_PROBATION: _("Admitted on probation"),
    Event.ASK: _("Asked for more"),
    Event.ANSWER: _("Answered"),
    Event.WAITLIST: _("Put on the waiting list"),
    Event.DECLINE: _("Declined"),
    Event.APPEAL: _("Asked for another look"),
    Event.UPHOLD: _("Declined for good"),
    Event.WITHDRAW: _("Taken back"),
    Event.LAPSE: _("Lapsed without an answer"),
    Event.PUT_ASIDE: _("Put aside"),
}


def state_of(application: ApplicationView) -> tuple[str, Text]:
    """Shape and word for whoever looks at applications."""
    return SHAPES[application.status], applying.word(application.status)
