"""What a member reads of a decision about their membership: by e-mail, printed, and on pages."""

from collections.abc import Callable, Mapping

from node.days import Said
from node.i18n import Text, _
from node.members import Event

GOES_ON: Text = _(
    "Meanwhile you offer, ask for and book nothing new. What you have agreed goes on: you deliver, "
    "answer and pay as before, and take your data along or leave when you like. Your offers stay "
    "readable, and nobody can book them."
)
_HEARD: Text = _(
    "You have a right to be heard: say what you think of it, and ask who decides about your "
    "objection."
)


def lines(event: Event, coop: str, day: Said, until: Said, reason: str) -> list[Text]:
    """What was decided, why, what goes on, how one is heard, and until when."""
    why = [_("Why: %(reason)s", reason=reason)] if reason else []
    objecting = [] if event is Event.REINSTATE else heard(until)
    return [_DECIDED[event](coop, day), *why, _WHAT_GOES_ON[event], *objecting]


def heard(until: Said) -> list[Text]:
    """How somebody objects."""
    return [_HEARD, _("Object by %(day)s, on paper or here.", day=until)]


_DECIDED: Mapping[Event, Callable[[str, Said], Text]] = {
    Event.SUSPEND: lambda coop, day: _(
        "%(coop)s has suspended your membership, on %(day)s.", coop=coop, day=day
    ),
    Event.REINSTATE: lambda coop, day: _(
        "Your membership of %(coop)s counts again, since %(day)s.", coop=coop, day=day
    ),
    Event.END: lambda coop, day: _(
        "Your membership of %(coop)s has ended, on %(day)s.", coop=coop, day=day
    ),
}
_WHAT_GOES_ON: Mapping[Event, Text] = {
    Event.SUSPEND: GOES_ON,
    Event.REINSTATE: _("You offer, ask and book as before."),
    Event.END: _(
        "What you have agreed with others is still to be done. You have a right to a copy of what "
        "is kept about you: ask for it."
    ),
}
