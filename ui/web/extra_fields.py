"""The rows of the listing form that say what can be added, or comes with every booking, and the
fields that ask how many."""

from decimal import Decimal
from typing import Any

from wtforms import BooleanField, Field, Form, StringField

from node.i18n import _
from node.listings import MOST_EXTRAS, Kind, PriceView, extra_price
from ui.web.numbers import number_field

NUMBERS = range(1, MOST_EXTRAS + 1)
NOT_OF = (Kind.REQUEST, Kind.OPENING)
_PARTS = ("label", "amount", "most", "always")


def made() -> dict[str, Field]:
    """The fields of every row by name, not yet bound to a form."""
    return {
        name: field
        for number in NUMBERS
        for name, field in zip(names(number), _made(), strict=True)
    }


def wanted() -> dict[str, Field]:
    """Of whoever asks: how much of each."""
    return {f"extra{number}": number_field(_("How many?"), size=6) for number in NUMBERS}


def names(number: int) -> list[str]:
    """What the fields of a row are called."""
    return [f"extra{number}_{part}" for part in _PARTS]


def read(form: Form) -> tuple[PriceView, ...]:
    """What the rows say that say something."""
    currency = (form["currency"].data or "").strip().upper() or None
    said = ([form[name].data for name in names(number)] for number in NUMBERS)
    return tuple(
        extra_price((label or "").strip() or None, price, most, currency, always=always)
        for label, price, most, always in said
        if label or price is not None
    )


def shown(extras: tuple[PriceView, ...]) -> dict[str, Any]:
    """`read` the other way round; rows beyond are empty."""
    values: dict[str, str | Decimal | bool | None] = dict.fromkeys(made())
    for number, one in enumerate(extras, 1):
        most = None if one.is_always else one.most
        values |= zip(names(number), (one.label, one.amount, most, one.is_always), strict=True)
    return values


def rows(form: Form) -> list[list[str]]:
    """The rows that stand in the form: all up to the last that says something, and one more."""
    every = [names(number) for number in NUMBERS]
    last = max((at for at, row in enumerate(every, 1) if _says(form, row)), default=0)
    return every[: last + 1]


def is_open(form: Form) -> bool:
    """Whether a row says something, or something is wrong with one."""
    return any(_says(form, row) or any(form[name].errors for name in row) for row in rows(form))


def _made() -> tuple[Field, ...]:
    label = StringField(
        _("What is added"),
        description=_("Like: six eggs, or the cleaning of a flat"),
        render_kw={"maxlength": 80},
    )
    price, most = number_field(_("Price of one")), number_field(_("At most how many"))
    return label, price, most, BooleanField(_("Part of every booking, once"))


def _says(form: Form, row: list[str]) -> bool:
    return any(form[name].data not in (None, "", False) for name in row)
