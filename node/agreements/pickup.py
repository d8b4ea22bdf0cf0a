"""Where whoever asks for something collects it. Pure."""

from collections.abc import Sequence

from node.agreements.offered import Offered
from node.errors import InvalidInput
from node.i18n import _


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
