"""What whoever asks for something says besides how much of it. Pure."""

from collections.abc import Collection, Sequence

from node.agreements.offered import Offered
from node.agreements.terms import MOST_GUESTS
from node.errors import InvalidInput
from node.i18n import _, ngettext
from node.listings import GUEST_NIGHT


def check_added(offered: Sequence[Offered]) -> None:
    """What is added comes after what it is added to, and once. Raises InvalidInput."""
    named = [(one.uri, one.extra) for one in offered]
    if any(
        one.extra and ((one.uri, 0) not in named[:at] or (one.uri, one.extra) in named[:at])
        for at, one in enumerate(offered)
    ):
        complaint = _("Name what is added once, and after what it is added to.")
        raise InvalidInput({"lines": [complaint]})


def check_guests(offered: Sequence[Offered], guests: int | None, units: Collection[str]) -> None:
    """As many as there is room for, said where the price is for each. units: of the lines.

    Raises InvalidInput.
    """
    if guests is None:
        if GUEST_NIGHT in units:
            raise InvalidInput({"guests": [_("Say how many guests come.")]})
        return
    room = min((one.room_for for one in offered if one.room_for), default=None)
    offered_by = {option.unit for one in offered for option in one.options}
    if room is None and GUEST_NIGHT not in offered_by.union(units):
        raise InvalidInput({"guests": [_("This does not go by guests.")]})
    most = room or MOST_GUESTS
    if guests > most:
        complaint = ngettext("At most %(num)d guest.", "At most %(num)d guests.", most)
        raise InvalidInput({"guests": [complaint]})
    if guests < 1:
        raise InvalidInput({"guests": [_("At least 1.")]})
