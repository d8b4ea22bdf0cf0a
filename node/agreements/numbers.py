"""How many of each thing its listing lets one take: told, and asked of who wants others."""

from federation.storage import Reader
from node.agreements import offered as offers
from node.agreements.offered import Offered
from node.agreements.terms import Line, Terms
from node.errors import Conflict, InvalidInput, NotFound
from node.listings import GUEST_NIGHT, PriceView, Viewer


async def prices_of(reader: Reader, terms: Terms) -> tuple[PriceView | None, ...]:
    """The price of its listing that each line stands at; None where its number is not chosen, or
    it is offered no longer."""
    wholes = {uri: await find(reader, uri) for uri in {line.listing for line in terms.lines}}
    named = [named_by(line, wholes[line.listing]) for line in terms.lines]
    return tuple(one.price if one and not _by_times(one) else None for one in named)


async def find(reader: Reader, uri: str) -> Offered | None:
    """A listing as far as it is offered still."""
    try:
        return await offers.find(reader, uri, Viewer("member"))
    except (NotFound, Conflict):
        return None


def named_by(line: Line, whole: Offered | None) -> Offered | None:
    """The listing at the price, and of the kind, that has the name of a line."""
    if whole is None or line.extra > len(whole.extras):
        return None
    kinds = (None, *range(len(whole.variants)))
    every = (option.of_kind(kind) for option in whole.options for kind in kinds)
    chosen = [whole.with_extra(line.extra)] if line.extra else every
    return next((one for one in chosen if (one.name, one.unit) == (line.title, line.unit)), None)


async def check(reader: Reader, before: Terms, after: Terms) -> None:
    """Whoever takes keeps to how many one takes at a price, where it is another number than before.

    Raises InvalidInput: `line0` of the first line, and so on.
    """
    agreed = {(one.listing, one.title, one.unit, one.quantity) for one in before.lines}
    places = {(one.listing, one.title): at for at, one in enumerate(before.lines)}
    faults = {}
    for line in after.lines:
        if (line.listing, line.title, line.unit, line.quantity) in agreed:
            continue
        named = named_by(line, await find(reader, line.listing))
        try:
            if named is not None and not _by_times(named):
                offers.check_quantity(named, line.quantity)
        except InvalidInput as error:
            at = places[line.listing, line.title]
            faults[f"line{at}"] = error.fields["quantity"]
    if faults:
        raise InvalidInput(faults)


def _by_times(one: Offered) -> bool:
    """Whether the days and the guests say how many there are."""
    return one.by_season or one.unit == GUEST_NIGHT
