"""One value of a detail, by its shape: read strictly, or first cut to our bounds. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from node import content
from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings.conditions import plain
from node.listings.details.shapes import Detail, Shape
from node.money import Money, is_currency
from node.text import fold

PER = ("hour", "month", "year")
LONGEST_LINE = 200
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Unfit(Exception):
    """A value that is not taken. part: which of several inputs is wrong."""

    def __init__(self, why: Text, part: str = "") -> None:
        super().__init__(str(why))
        self.why, self.part = why, part


def read(detail: Detail, given: object) -> Any:
    """A value as it is kept; None where nothing is said. Raises Unfit."""
    return _READERS[detail.shape](detail, given)


def cut(detail: Detail, given: object) -> object:
    """A peer's value within our bounds: the beginning of what is too long, no unknown choices."""
    if detail.shape is Shape.TEXT and isinstance(given, str):
        return content.name(given[: 4 * detail.most], detail.most)
    if detail.shape is Shape.CHOICES:
        some = _list(given)[: 4 * len(detail.options)]
        return [one for one in some if isinstance(one, str) and one in detail.words]
    if detail.shape is Shape.LIST:
        lines = (one for one in _list(given)[: detail.most] if isinstance(one, str))
        return [content.name(line[: 4 * LONGEST_LINE], LONGEST_LINE) for line in lines]
    if detail.shape is Shape.LOG:
        return [_cut_look(one) for one in _list(given)[: detail.most] if isinstance(one, Mapping)]
    return given


def _text(detail: Detail, given: object) -> str | None:
    return _line(given, detail.most)


def _choice(detail: Detail, given: object) -> str | None:
    if given in (None, ""):
        return None
    if not isinstance(given, str) or given not in detail.words:
        raise Unfit(_("Choose one of: %(possible)s.", possible=", ".join(detail.words)))
    return given


def _choices(detail: Detail, given: object) -> list[str] | None:
    chosen = _list(given)
    if not all(isinstance(one, str) and one in detail.words for one in chosen):
        raise Unfit(_("Choose from: %(possible)s.", possible=", ".join(detail.words)))
    return [key for key in detail.words if key in chosen] or None


def _number(detail: Detail, given: object) -> str | None:
    number = _digits(given)
    if number is not None and not 0 < number <= detail.most:
        raise Unfit(_("This is above 0 and at most %(most)s.", most=detail.most))
    if number is not None and detail.whole and number != number.to_integral_value():
        raise Unfit(_("This is a whole number."))
    return None if number is None else plain(number)


def _day(_detail: Detail, given: object) -> str | None:
    return _iso_day(given)


def _yes(_detail: Detail, given: object) -> bool | None:
    if given in (None, False):
        return None
    if given is not True:
        raise Unfit(_("This is true, or left out."))
    return True


def _lines(detail: Detail, given: object) -> list[str] | None:
    items = _list(given)
    lines = list(filter(None, (_line(one, LONGEST_LINE) for one in items)))
    # Of "Small" and "small" the first stands.
    first: dict[str, str] = {}
    for line in lines:
        first.setdefault(fold(line), line)
    found = list(first.values())
    _check_count(detail, found)
    return found or None


def _log(detail: Detail, given: object) -> list[dict[str, str]] | None:
    found = [_look(entry) for entry in _list(given)]
    _check_count(detail, found)
    return sorted(found, key=lambda look: look["on"], reverse=True) or None


def _look(entry: object) -> dict[str, str]:
    day, words = None, None
    if isinstance(entry, Mapping):
        day, words = _iso_day(entry.get("on")), _line(entry.get("said"), LONGEST_LINE)
    if not day or not words:
        raise Unfit(_("Begin each line with its day: 2026-11-20 new blade."))
    return {"on": day, "said": words}


def _pay(_detail: Detail, given: object) -> dict[str, str] | None:
    if given in (None, {}):
        return None
    if not isinstance(given, Mapping):
        raise Unfit(_("Give from, to, currency and per."))
    low, high = _part(given, "from"), _part(given, "to")
    if low is None and high is None:
        return None
    if low is None:
        raise Unfit(_("Give the lower end of the price too."), "from")
    currency, per = given.get("currency"), given.get("per")
    if not isinstance(currency, str) or not is_currency(currency):
        raise Unfit(_("Use a currency code such as GBP, EUR or HOUR."), "currency")
    if not isinstance(per, str) or per not in PER:
        raise Unfit(_("Choose one of: %(possible)s.", possible=", ".join(PER)), "per")
    for part, amount in (("from", low), ("to", high)):
        _check_sum(part, amount, currency)
    if high is not None and high < low:
        raise Unfit(_("The upper end is below the lower one."), "to")
    top = {"to": plain(high)} if high is not None and high != low else {}
    return {"from": plain(low), **top, "currency": currency, "per": per}


def _part(given: Mapping[str, Any], part: str) -> Decimal | None:
    try:
        return _digits(given.get(part))
    except Unfit as error:
        raise Unfit(error.why, part) from None


def _check_sum(part: str, amount: Decimal | None, currency: str) -> None:
    if amount is None:
        return
    try:
        Money.of(amount, currency)
    except InvalidInput as error:
        raise Unfit(error.fields["amount"][0], part) from None


def _line(given: object, most: int) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise Unfit(_("Write it in words."))
    line = content.name(given, most + 1)
    if len(line) > most:
        raise Unfit(_("This is too long: at most %(longest)s characters.", longest=most))
    return line or None


def _digits(given: object) -> Decimal | None:
    if given in (None, ""):
        return None
    if type(given) is int and 0 <= given < 10**9:
        given = str(given)
    if not isinstance(given, str) or not _NUMBER.fullmatch(given):
        raise Unfit(_("Write the amount in digits, such as 12.50."))
    return Decimal(given)


def _iso_day(given: object) -> str | None:
    if given in (None, ""):
        return None
    if not isinstance(given, str) or not _DAY.fullmatch(given):
        raise Unfit(_("Write the day as 2027-12-31."))
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise Unfit(_("There is no such day.")) from None


def _list(given: object) -> list[Any]:
    """A list of one may have been normalised to its item."""
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def _check_count(detail: Detail, found: list[Any]) -> None:
    if len(found) > detail.most:
        raise Unfit(_("At most %(most)s lines.", most=detail.most))


def _cut_look(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    words = entry.get("said")
    if not isinstance(words, str):
        return entry
    return {"on": entry.get("on"), "said": content.name(words[: 4 * LONGEST_LINE], LONGEST_LINE)}


_READERS: Mapping[Shape, Callable[[Detail, object], Any]] = {
    Shape.TEXT: _text,
    Shape.CHOICE: _choice,
    Shape.CHOICES: _choices,
    Shape.NUMBER: _number,
    Shape.DAY: _day,
    Shape.YES: _yes,
    Shape.LIST: _lines,
    Shape.LOG: _log,
    Shape.PAY: _pay,
}
