"""The way of a request as a table, and who may vouch. Pure."""

from datetime import datetime
from enum import StrEnum

from node import limits
from node.accounts import AccountView, Duty
from node.errors import InvalidInput, NotAllowed
from node.i18n import _
from node.machine import Machine


class Status(StrEnum):
    """Where a request for a new way in stands."""

    ASKED = "asked"
    VOUCHED = "vouched"
    WAITING = "waiting"
    OPEN = "open"
    HANDED_OUT = "handed-out"
    USED = "used"
    REFUSED = "refused"
    LAPSED = "lapsed"


class Event(StrEnum):
    """What can happen to a request."""

    VOUCH = "vouch"
    CONFIRM = "confirm"
    CONFIRM_ADMIN = "confirm-admin"
    RIPEN = "ripen"
    HAND_OUT = "hand-out"
    USE = "use"
    REFUSE = "refuse"
    LAPSE = "lapse"


UNDER_WAY = (Status.ASKED, Status.VOUCHED, Status.WAITING, Status.OPEN, Status.HANDED_OUT)

vouching = Machine[Status, Event](
    "vouching",
    Status.ASKED,
    {
        (Status.ASKED, Event.VOUCH): Status.VOUCHED,
        (Status.VOUCHED, Event.VOUCH): Status.VOUCHED,
        (Status.VOUCHED, Event.CONFIRM): Status.OPEN,
        (Status.VOUCHED, Event.CONFIRM_ADMIN): Status.WAITING,
        (Status.WAITING, Event.RIPEN): Status.OPEN,
        (Status.OPEN, Event.HAND_OUT): Status.HANDED_OUT,
        (Status.HANDED_OUT, Event.HAND_OUT): Status.HANDED_OUT,
        (Status.HANDED_OUT, Event.USE): Status.USED,
        **{(status, Event.REFUSE): Status.REFUSED for status in UNDER_WAY},
        **{(status, Event.LAPSE): Status.LAPSED for status in UNDER_WAY},
    },
    words={
        Status.ASKED: _("two must vouch"),
        Status.VOUCHED: _("one more must vouch"),
        Status.WAITING: _("waits for a day"),
        Status.OPEN: _("the link can be made"),
        Status.HANDED_OUT: _("the link is made"),
        Status.USED: _("came in"),
        Status.REFUSED: _("refused"),
        Status.LAPSED: _("lapsed"),
        Event.VOUCH: _("Vouch for them"),
        Event.CONFIRM: _("Vouch for them"),
        Event.CONFIRM_ADMIN: _("Vouch for them"),
        Event.RIPEN: _("the day is over"),
        Event.HAND_OUT: _("Make the link"),
        Event.USE: _("come in"),
        Event.REFUSE: _("Refuse"),
        Event.LAPSE: _("lapse"),
    },
)


def is_officer(who: AccountView) -> bool:
    """Whether somebody may vouch at all."""
    return not who.disabled and who.looks_after(Duty.VOUCHING)


def check_voucher(
    who: AccountView, asking: AccountView, first: AccountView | None, now: datetime
) -> None:
    """Two officers, two people, neither of them the one who asks. Raises NotAllowed.

    first: who vouched already, if anybody did.
    """
    if not is_officer(who):
        raise NotAllowed(
            _("Vouching is for the secretary, the treasurer and those who look after this node."),
            "officers-only",
        )
    if who.office_since is None or now - who.office_since < limits.VOUCHING_OFFICE_HELD:
        # else one admin could make a second officer on the spot, and be two people
        raise NotAllowed(
            _("Your right to vouch is less than a week old. Ask somebody who has had it longer."),
            "office-too-new",
        )
    if who.id == asking.id:
        raise NotAllowed(_("Nobody vouches for themselves."), "own-request")
    if first is not None and first.id == who.id:
        raise NotAllowed(
            _("You have vouched already. A second person must know them too."), "vouched-already"
        )


def next_event(asking: AccountView, first: AccountView | None) -> Event:
    """What one more voucher makes of it. An admin's account waits, so that it can say no.

    A first one who may not vouch any more counts for nothing: the next takes that place.
    """
    if first is None or not is_officer(first):
        return Event.VOUCH
    return Event.CONFIRM_ADMIN if asking.is_admin else Event.CONFIRM


def check_words(text: str) -> str:
    """What somebody says of themselves, as stored. Raises InvalidInput for the field `words`."""
    words = text.strip()
    if not words:
        raise InvalidInput({"words": [_("Say who you are, and how you can be reached.")]})
    if len(words) > limits.VOUCHING_WORDS_LONGEST:
        raise InvalidInput(
            {"words": [_("Use at most %(n)s characters.", n=limits.VOUCHING_WORDS_LONGEST)]}
        )
    return words
