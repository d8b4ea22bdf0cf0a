"""All that is asked for a listing, looked at together: prices, seasons, what can be added. Pure."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from node.i18n import Text, _
from node.listings import extras, prices
from node.listings.models import Kind
from node.listings.prices import PriceView
from node.listings.seasons import GUEST_NIGHT

_BY_SEASON = (Kind.STAY, Kind.LEND)
_NOT_OFFERED = (Kind.REQUEST, Kind.OPENING)


def offered_extras(
    first: PriceView, more: Sequence[PriceView], kind: Kind
) -> tuple[PriceView, ...]:
    """What can be added, in the currency of the first price; what is needed says nothing of it."""
    if kind in _NOT_OFFERED:
        return ()
    return tuple(replace(one, currency=first.currency) for one in extras.of(more))


def faults(
    first: PriceView, more: Sequence[PriceView], kind: Kind, longest: int
) -> Iterator[tuple[str, Text]]:
    """What keeps it from being taken, by the field of a form. longest: of words."""
    for part, complaint in prices.faults(first):
        is_own_name = part == "currency" or part.startswith("season")
        yield part if is_own_name else f"price_{part}", complaint
    if any(one.seasons for one in (first, *more)) and kind not in _BY_SEASON:
        yield "season1_first", _("Only stays and what is lent go by season.")
    for number, one in enumerate((first, *extras.without(more)), 1):
        if one.unit == GUEST_NIGHT and kind != Kind.STAY:
            field = "unit" if number == 1 else f"price{number}_unit"
            yield field, _("A night for each guest is for stays alone: count it by something else.")
    yield from prices.faults_beside(first, extras.without(more), longest)
    yield from extras.faults(first, offered_extras(first, more, kind), longest)
