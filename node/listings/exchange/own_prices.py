"""Prices as an export of ours has them: word for word, lists as JSON."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from node.i18n import Text, _
from node.listings import seasons
from node.listings.conditions import Unreadable, as_said
from node.listings.exchange.prices import exact
from node.listings.prices import NUMBERS, PriceView

Faults = list[tuple[str, Text]]
_WORDS = ("currency", "unit", "price_text", "price_label")
_SUMS = ("price_amount", "price_max", "price_suggested", "price_hours")
_QUANTITIES = ("price_least", "price_step", "price_most")


def read(cell: Callable[[str], str], has: Callable[[str], bool]) -> tuple[dict[str, Any], Faults]:
    """What a row says, by field of `ListingDraft`, and what is wrong with it."""
    values: dict[str, Any] = {name: cell(name) or None for name in _WORDS}
    faults: Faults = []
    for name in (*_SUMS, *_QUANTITIES):
        try:
            values[name] = exact(cell(name))
        except ValueError:
            faults.append((name, _("Write the amount in digits, such as 12.50.")))
    lists: Iterable[tuple[str, Callable[[Any], Any], Text]] = (
        ("more_prices", _prices, _("This is no list of prices as an export of ours has it.")),
        (
            "price_seasons",
            seasons.read,
            _("This is no list of seasons as an export of ours has it."),
        ),
    )
    for name, of_list, complaint in lists:
        if not has(name):
            continue
        try:
            values[name] = of_list(json.loads(cell(name) or "[]"))
        except (ValueError, RecursionError, TypeError, AttributeError, Unreadable):
            faults.append((name, complaint))
    return values, faults


def _prices(items: Any) -> tuple[PriceView, ...]:
    """Raises what an entry that is none of ours leads to."""
    return tuple(map(_price, items))


def _price(said: Any) -> PriceView:
    words = {
        name: str(said[name]) for name in ("currency", "unit", "label", "whom") if said.get(name)
    }
    sums = {name: exact(str(said.get(name, ""))) for name in NUMBERS}
    return PriceView(
        **words,  # type: ignore[arg-type]
        **sums,  # type: ignore[arg-type]
        seasons=seasons.read(said.get("seasons", [])),
        extra=said.get("extra") is True,
        asks=as_said(said["asks"], words.get("currency")) if "asks" in said else None,
    )
