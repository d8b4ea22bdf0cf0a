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


def pickup_of(offered: Sequence[Offered], chosen: int | None) -> str | None:
    """Where it is collected: one of the listings' own lines, from 0; None: it is brought, or they
    name none. Raises InvalidInput (`pickup`, `lines`)."""
    places = _places(offered)
    if chosen is None and (any(one.is_brought for one in offered) or not places):
        return None
    if chosen is None and len(places) == 1:
        return places[0]
    if chosen is None or not 0 <= chosen < len(places):
        raise _not_there()
    return places[chosen]


def check_pickup(offered: Sequence[Offered], pickup: str | None) -> None:
    """A peer's, which a node of before need not say. Raises InvalidInput."""
    if pickup is not None and pickup not in _places(offered):
        raise _not_there()


def _places(offered: Sequence[Offered]) -> tuple[str, ...]:
    named = {one.pickups for one in offered if one.pickups}
    if len(named) > 1:
        apart = _("These are collected at different places: ask for them separately.")
        raise InvalidInput({"lines": [apart]})
    return named.pop() if named else ()


def _not_there() -> InvalidInput:
    return InvalidInput({"pickup": [_("Choose one of these.")]})
