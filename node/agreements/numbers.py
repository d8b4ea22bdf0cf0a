"""How many of each thing its listing lets one take: told, and asked of who wants others."""

from collections.abc import Sequence

from federation.storage import Reader
from node.agreements import offered as offers
from node.agreements.offered import Offered
from node.agreements.terms import Line, Terms
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import Text, _
from node.listings import GUEST_NIGHT, PriceView, Viewer, options_of


async def prices_of(reader: Reader, terms: Terms) -> tuple[PriceView | None, ...]:
    """The price of its listing that each line stands at; None where its number is not chosen, or
    it is offered no longer."""
    return tuple(one.price if one else None for one in await _chosen(reader, terms.lines))


async def find(reader: Reader, uri: str) -> Offered | None:
    """A listing as far as it is offered still."""
    try:
        return await offers.find(reader, uri, Viewer("member"))
    except (NotFound, Conflict):
        return None


def named_by(line: Line, whole: Offered | None) -> Offered | None:
    """The listing at the price, and of the kind, that has the name of a line; of several prices of
    one name that at which the line stands."""
    if whole is None or line.extra > len(whole.extras):
        return None
    every = (whole.chosen(*one) for one in whole.choices)
    chosen = [whole.with_extra(line.extra)] if line.extra else every
    named = [one for one in chosen if (one.name, one.unit) == (line.title, line.unit)]
    return next((one for one in named if _stands_at(line, one)), next(iter(named), None))


def of_kind_named(line: Line, whole: Offered) -> tuple[Offered, ...]:
    """The listing at each of the prices that people of another coop have of the kind or size that
    a line names, whatever it is counted by."""
    every = (whole.chosen(*one) for one in whole.choices)
    kind = next((one.variant for one in every if one.variant and one.name == line.title), None)
    if kind is None:
        return whole.for_peers
    own = options_of(whole.prices, whole.variants, kind)
    return tuple(one for one in whole.for_peers if one.option in own)


def _stands_at(line: Line, one: Offered) -> bool:
    """Whether a line is at what one of it costs, on its scale or in a season."""
    if one.price is None or not line.prices:
        return False
    money, seasons = line.prices[0], one.price.seasons
    in_season = any(season.amount == money.decimal for season in seasons)
    return (in_season and money.currency == one.price.currency) or offers.is_within(one, money)


async def check(reader: Reader, before: Terms, after: Terms) -> None:
    """Whoever takes keeps to how many one takes at a price, where it is another number than before.

    Raises InvalidInput: `line0` of the first line, and so on.
    """
    agreed = {(one.listing, one.title, one.unit, one.quantity) for one in before.lines}
    places = {(one.listing, one.title): at for at, one in enumerate(before.lines)}
    changed = [
        one for one in after.lines if (one.listing, one.title, one.unit, one.quantity) not in agreed
    ]
    faults = await _left_out(reader, before, after)
    for line, offered in zip(changed, await _chosen(reader, changed), strict=True):
        try:
            if offered is not None:
                offers.check_quantity(offered, line.quantity)
        except InvalidInput as error:
            faults[f"line{places[line.listing, line.title]}"] = error.fields["quantity"]
    if faults:
        raise InvalidInput(faults)


async def _left_out(reader: Reader, before: Terms, after: Terms) -> dict[str, list[Text]]:
    """What is part of every booking, and is none of these any more."""
    kept = {(one.listing, one.extra) for one in after.lines}
    gone = [one for one in before.lines if (one.listing, one.extra) not in kept]
    return {
        f"line{before.lines.index(line)}": [_("This is part of every booking.")]
        for line, offered in zip(gone, await _chosen(reader, gone), strict=True)
        if offered is not None and offered.price is not None and offered.price.is_always
    }


async def _chosen(reader: Reader, lines: Sequence[Line]) -> list[Offered | None]:
    """What each line is of, where somebody chose its number."""
    wholes = {uri: await find(reader, uri) for uri in {line.listing for line in lines}}
    named = (named_by(line, wholes[line.listing]) for line in lines)
    return [None if one is None or _by_times(one) else one for one in named]


def _by_times(one: Offered) -> bool:
    """Whether the days and the guests say how many there are."""
    return one.by_season or one.unit == GUEST_NIGHT
