"""Numbers as people type them: "12.50", or "12,50" as most of the world writes it."""

import re
import unicodedata
from collections.abc import Sequence

from wtforms import DecimalField, Field, Form, IntegerField, validators

from node.i18n import Text, _
from node.money import is_sayable

_LONGEST_WHOLE = 20
"""Digits."""


_ARABIC_MARKS = str.maketrans({"٫": ".", "٬": ""})
"""U+066B, the decimal separator, and U+066C, the one between thousands."""


def with_point(text: str) -> str:
    """Digits of any script as Python reads them; a comma before one or two last ones is a point.

    "1,200" stays as it is, and is refused: it is a thousand in one country, and a little more than
    one in the next.
    """
    plain = "".join(str(unicodedata.decimal(one, one)) for one in text.strip())
    return re.sub(r"(?<=[0-9]),(?=[0-9]{1,2}$)", ".", plain.translate(_ARABIC_MARKS))


def whole(text: str, most: int) -> int | None:
    """A whole number from 0 to most, in plain digits; None for everything else.

    Python reads no number of some thousand digits: it raises.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_WHOLE):
        return None
    number = int(text)
    return number if number <= most else None


class NumberField(DecimalField):  # type: ignore[misc]
    """A decimal number, typed with a point or a comma."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata([with_point(typed) for typed in valuelist])


def number_field(label: Text, hint: Text = "", *, size: int | None = None) -> NumberField:
    """A field for a number that one may leave out. size: in signs, where it is to be small."""
    seen: dict[str, object] = {"inputmode": "decimal"}
    return NumberField(
        label,
        [validators.Optional(), amount],
        places=None,
        description=hint,
        render_kw=seen | ({"size": size} if size else {}),
    )


def guests_field(label: Text, *, least: int) -> IntegerField:
    """A field for how many people of those who come."""
    seen = {"min": least, "inputmode": "numeric", "size": 6}
    return IntegerField(label, [validators.Optional()], render_kw=seen)


def amount(_form: Form, entry: Field) -> None:
    """Decimal reads "NaN", "Infinity" and "1e-999" as numbers; nobody can pay them."""
    if entry.data is not None and not is_sayable(entry.data):
        raise validators.StopValidation(str(_("Write a price as a number, like 12.50.")))
