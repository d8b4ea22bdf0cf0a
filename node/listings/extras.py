"""What can be added to a listing, each at a price of its own: eggs to a food box, windows to a home
clean; and what is part of every booking, such as the cleaning of a flat. Pure.

It is asked for beside the thing itself, by the piece, in the currency of the first price.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from node.i18n import Text, _
from node.listings import prices
from node.listings.prices import PriceView
from node.text import fold

MOST_EXTRAS = 8


def made(
    label: str | None,
    amount: Decimal | None,
    most: Decimal | None,
    currency: str | None,
    *,
    always: bool = False,
) -> PriceView:
    """most: how many of it one can have; None: as many as one likes. always: one of it is part of
    every booking."""
    one = Decimal(1)
    least, most = (one, one) if always else (None, most)
    return PriceView(
        amount, currency=currency, label=label, least=least, step=one, most=most, extra=True
    )


def of(every: Iterable[PriceView]) -> tuple[PriceView, ...]:
    """Those that can be added."""
    return tuple(one for one in every if one.extra)


def without(every: Iterable[PriceView]) -> tuple[PriceView, ...]:
    """Those of the thing itself."""
    return tuple(one for one in every if not one.extra)


def faults(
    first: PriceView, extras: Sequence[PriceView], longest: int
) -> Iterator[tuple[str, Text]]:
    """What keeps them from being taken, by the field of a form. longest: of words."""
    if len(extras) > MOST_EXTRAS:
        yield "extra1_label", _("At most %(most)s things that can be added.", most=MOST_EXTRAS)
        return
    if extras and first.amount is None:
        yield "price_amount", _("Fill in the first price before the others.")
        return
    for number, one in enumerate(extras, 1):
        if not one.label:
            yield f"extra{number}_label", _("Say what can be added.")
        elif len(one.label) > longest:
            too_long = _("This is too long: at most %(longest)s characters.", longest=longest)
            yield f"extra{number}_label", too_long
        elif fold(one.label) in [fold(other.label or "") for other in extras[: number - 1]]:
            yield f"extra{number}_label", _("This stands here already.")
        if one.amount is None:
            yield f"extra{number}_amount", _("Say how much this is.")
        for part, complaint in prices.faults(one):
            if part == "currency":
                continue  # It is that of the first, and said there.
            yield f"extra{number}_{'most' if part == 'most' else 'amount'}", complaint
