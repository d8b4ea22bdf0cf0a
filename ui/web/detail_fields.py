"""The fields of a listing's details in a form: made from the table, read from it, put into it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
    widgets,
)

from node.i18n import _
from node.listings import DETAILS, PER, Detail, Details, Shape, details_of
from ui.web import words
from ui.web.numbers import number_field
from ui.web.reading import lines_of

_PARTS = ("from", "to", "currency", "per")
_LOOK = re.compile(r"(\d{4}-\d{2}-\d{2})[\s:,;–-]*(.*)", re.ASCII)


def made() -> dict[str, Field]:
    """The fields of all kinds by name, not yet bound to a form."""
    return {name: field for detail in DETAILS for name, field in _made(detail).items()}


def made_again() -> dict[str, Field]:
    """Those that a translation says again."""
    return {one.key: _field(one) for one in DETAILS if one.is_told}


def names(detail: Detail) -> tuple[str, ...]:
    """What the fields of a detail are called."""
    if detail.shape is Shape.PAY:
        return tuple(f"{detail.key}_{part}" for part in _PARTS)
    return (detail.key,)


def read(form: Form, details: Iterable[Detail]) -> dict[str, Any]:
    """What a form says of details."""
    return {detail.key: _read(form, detail) for detail in details}


def shown(said: Details) -> dict[str, Any]:
    """`read` the other way round, for every kind: what is not said is empty."""
    return {
        name: value
        for detail in DETAILS
        for name, value in _shown(detail, said.get(detail.key)).items()
    }


def filled(form: Form, detail: Detail) -> bool:
    """Whether something is said of a detail, or wrong with it."""
    entries = [form[name] for name in names(detail)]
    is_pay = detail.shape is Shape.PAY
    said = entries[:2] if is_pay else entries
    return any(entry.data for entry in said) or any(entry.errors for entry in entries)


def of_other_kinds(form: Form, kind: str) -> list[tuple[str, str]]:
    """What was typed into fields that this kind has not, as hidden fields keep it."""
    own = details_of(kind)
    others = (one for one in DETAILS if one not in own and filled(form, one))
    entries = [form[name] for one in others for name in names(one)]
    return [(entry.name, value) for entry in entries for value in _values(entry)]


def _made(detail: Detail) -> dict[str, Field]:
    if detail.shape is Shape.PAY:
        return _pay_fields(detail)
    return {detail.key: _field(detail)}


def _field(detail: Detail) -> Field:
    label, hint = detail.label, detail.hint
    match detail.shape:
        case Shape.CHOICE:
            choices = [SelectChoice("", _("not said")), *_choices(detail)]
            return SelectField(label, choices=choices, description=hint, default="")
        case Shape.CHOICES:
            tick = widgets.CheckboxInput()
            return SelectMultipleField(
                label, choices=_choices(detail), description=hint, option_widget=tick
            )
        case Shape.NUMBER:
            return number_field(label, hint, size=8)
        case Shape.DAY:
            return DateField(label, [validators.Optional()], description=hint)
        case Shape.YES:
            return BooleanField(label, description=hint)
        case Shape.LIST | Shape.LOG:
            return TextAreaField(label, description=hint, render_kw={"rows": 3})
    return StringField(label, description=hint, render_kw={"maxlength": detail.most})


def _pay_fields(detail: Detail) -> dict[str, Field]:
    per = [SelectChoice(one, words.PAID_BY[one]) for one in PER]
    fields = (
        number_field(_("Pay, from"), detail.hint, size=8),
        number_field(_("Up to"), size=8),
        StringField(_("Currency"), render_kw={"size": 6}),
        SelectField(_("Counted by"), choices=per, default=PER[0]),
    )
    return dict(zip(names(detail), fields, strict=True))


def _choices(detail: Detail) -> list[SelectChoice]:
    return [SelectChoice(one.key, one.word) for one in detail.options]


def _read(form: Form, detail: Detail) -> Any:
    if detail.shape is Shape.PAY:
        low, high, currency, per = (form[name].data for name in names(detail))
        if low is None and high is None:
            return None
        parts = (_digits(low), _digits(high), (currency or "").strip().upper(), per)
        return dict(zip(_PARTS, parts, strict=True))
    said = form[detail.key].data
    match detail.shape:
        case Shape.NUMBER:
            return _digits(said)
        case Shape.DAY:
            return said.isoformat() if said else None
        case Shape.LIST:
            return lines_of(said)
        case Shape.LOG:
            return [_look(line) for line in lines_of(said)]
    return said


def _look(line: str) -> dict[str, str]:
    match = _LOOK.fullmatch(line)
    return {"on": match[1], "said": match[2]} if match else {"on": "", "said": line}


def _digits(number: Any) -> str | None:
    return None if number is None else f"{number:f}"


def _shown(detail: Detail, value: Any) -> Mapping[str, Any]:
    if detail.shape is Shape.PAY:
        said = value or {}
        return {f"{detail.key}_{part}": _part(part, said.get(part)) for part in _PARTS}
    return {detail.key: _one(detail, value)}


def _part(part: str, value: str | None) -> Any:
    if part in ("from", "to"):
        return None if value is None else Decimal(value)
    return value or (PER[0] if part == "per" else "")


def _one(detail: Detail, value: Any) -> Any:
    match detail.shape:
        case Shape.NUMBER:
            return None if value is None else Decimal(value)
        case Shape.DAY:
            return date.fromisoformat(value) if value else None
        case Shape.YES:
            return bool(value)
        case Shape.CHOICES:
            return list(value or ())
        case Shape.LIST:
            return "\n".join(value or ())
        case Shape.LOG:
            return "\n".join(f"{look['on']} {look['said']}" for look in value or ())
    return value or ""


def _values(entry: Field) -> list[str]:
    """What a browser would send of a field."""
    if isinstance(entry.data, list):
        return [str(one) for one in entry.data]
    if isinstance(entry, SelectField):
        return [str(entry.data)]
    return ["y"] if entry.data is True else [str(entry._value())]
