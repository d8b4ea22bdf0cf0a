"""The rows of the listing form that say which days cost something else."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, DateField, Field, Form, validators

from node.errors import InvalidInput
from node.i18n import _
from node.listings import (
    MOST_PRICES,
    MOST_SEASONS,
    Kind,
    PriceView,
    Season,
    season_spans,
)
from ui.web.numbers import number_field

KINDS = (Kind.STAY, Kind.LEND)
_FURTHER = range(2, MOST_PRICES + 1)


def made() -> dict[str, Field]:
    """The fields of every row by name, not yet bound to a form."""
    return {
        name: field
        for row in range(1, MOST_SEASONS + 1)
        for name, field in zip(_every(row), _made(), strict=True)
    }


def names(row: int, further: Collection[int] = ()) -> list[str]:
    """What the fields of a row are called. further: numbers of the prices beside the first."""
    more = [f"amount{number}" for number in further]
    return [f"season{row}_{part}" for part in ("first", "last", "amount", *more, "yearly")]


def read(form: Form, price: int = 1) -> tuple[Season, ...]:
    """The seasons of a price, the first or a further one, of the rows that say something.

    Raises InvalidInput for half a one.
    """
    rows = [row for row in range(1, MOST_SEASONS + 1) if _says(form, row)]
    found = (_read(form, row, price) for row in rows)
    return tuple(one for one in found if one is not None)


def shown(prices: Sequence[PriceView]) -> dict[str, Any]:
    """`read` the other way round, of all prices; rows beyond are empty."""
    values: dict[str, date | Decimal | bool | None] = dict.fromkeys(made())
    spans = season_spans(prices)[:MOST_SEASONS]
    for row, (first, last, yearly) in enumerate(spans, 1):
        values |= {f"season{row}_first": first, f"season{row}_last": last}
        values[f"season{row}_yearly"] = yearly
    for number, price in enumerate(prices, 1):
        for one in price.seasons:
            if one.span in spans:
                values[_amount(spans.index(one.span) + 1, number)] = one.amount
    return values


def rows(form: Form, further: Collection[int] = ()) -> list[list[str]]:
    """The rows that stand in the form: all up to the last that says something, and one more."""
    every = range(1, MOST_SEASONS + 1)
    last = max((row for row in every if _says(form, row)), default=0)
    return [names(row, further) for row in every[: last + 1]]


def is_open(form: Form) -> bool:
    """Whether a row says something, or something is wrong with one."""
    every = range(1, MOST_SEASONS + 1)
    return any(_says(form, row) or any(form[name].errors for name in _every(row)) for row in every)


def _every(row: int) -> list[str]:
    return names(row, _FURTHER)


def _amount(row: int, price: int) -> str:
    return f"season{row}_amount{price if price > 1 else ''}"


def _made() -> tuple[Field, ...]:
    amounts = (
        number_field(label)
        for label in (_("Price"), _("Second price"), _("Third price"), _("Fourth price"))
    )
    return (
        DateField(_("From"), [validators.Optional()]),
        DateField(_("To"), [validators.Optional()]),
        *amounts,
        BooleanField(_("Each year")),
    )


def _says(form: Form, row: int) -> bool:
    return any(form[name].data not in (None, False) for name in _every(row))


def _read(form: Form, row: int, price: int) -> Season | None:
    """None where it costs what it costs on other days."""
    amounts = {number: form[_amount(row, number)].data for number in (1, *_FURTHER)}
    day = _("Choose a day.")
    missing = {name: [day] for name in names(row)[:2] if form[name].data is None}
    if all(one is None for one in amounts.values()):
        missing[_amount(row, 1)] = [_("Say how much this is.")]
    if missing:
        raise InvalidInput(missing)
    if amounts[price] is None:
        return None
    first, last = (form[name].data for name in names(row)[:2])
    return Season(first, last, amounts[price], bool(form[f"season{row}_yearly"].data))
