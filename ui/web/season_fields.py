"""The rows of the listing form that say which days cost something else."""

from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import DateField, Field, Form, validators

from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings import MOST_SEASONS, Kind, Season
from ui.web.numbers import NumberField, amount

PARTS = ("first", "last", "amount")
KINDS = (Kind.STAY, Kind.LEND)


def made() -> dict[str, Field]:
    """The fields of every row by name, not yet bound to a form."""
    return {
        name: field
        for row in range(1, MOST_SEASONS + 1)
        for name, field in zip(names(row), _made(), strict=True)
    }


def names(row: int) -> list[str]:
    """What the fields of a row are called."""
    return [f"season{row}_{part}" for part in PARTS]


def read(form: Form) -> tuple[Season, ...]:
    """The seasons of the rows that say something. Raises InvalidInput for half a one."""
    rows = [names(row) for row in range(1, MOST_SEASONS + 1)]
    return tuple(_read(form, row) for row in rows if _says(form, row))


def shown(seasons: tuple[Season, ...]) -> dict[str, Any]:
    """`read` the other way round; rows beyond are empty."""
    values: dict[str, date | Decimal | None] = dict.fromkeys(made())
    for row, one in enumerate(seasons, 1):
        values |= zip(names(row), (one.first, one.last, one.amount), strict=True)
    return values


def rows(form: Form) -> list[list[str]]:
    """The rows that stand in the form: all up to the last that says something, and one more."""
    every = [names(row) for row in range(1, MOST_SEASONS + 1)]
    last = max((at for at, row in enumerate(every, 1) if _says(form, row)), default=0)
    return every[: last + 1]


def is_open(form: Form) -> bool:
    """Whether a row says something, or something is wrong with one."""
    return any(_says(form, row) or any(form[name].errors for name in row) for row in rows(form))


def _made() -> tuple[Field, Field, Field]:
    return (
        DateField(_("From"), [validators.Optional()]),
        DateField(_("To"), [validators.Optional()]),
        NumberField(
            _("Price"),
            [validators.Optional(), amount],
            places=None,
            render_kw={"inputmode": "decimal"},
        ),
    )


def _says(form: Form, row: list[str]) -> bool:
    return any(form[name].data is not None for name in row)


def _read(form: Form, row: list[str]) -> Season:
    complaints: tuple[Text, ...] = (
        _("Choose a day."),
        _("Choose a day."),
        _("Say how much this is."),
    )
    missing = {
        name: [complaint]
        for name, complaint in zip(row, complaints, strict=True)
        if form[name].data is None
    }
    if missing:
        raise InvalidInput(missing)
    return Season(*(form[name].data for name in row))
