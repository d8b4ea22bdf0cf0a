"""What a table says of a listing by its kind: as our export has it, or a column for each field.

Who fills in a spreadsheet writes lists with ; between them, and choices by word or by key.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from node.i18n import Text, available_languages, speaking
from node.listings.details import KEYS, Detail, Details, Shape, tidy
from node.text import fold

_SPLIT = {Shape.LIST: "\n;", Shape.CHOICES: "\n;,|"}
_YES = frozenset({"yes", "true", "1", "x"})


def own(cell: str) -> Details:
    """The details of a row of our own export, still to be looked at. Raises ValueError."""
    found: Details = json.loads(cell or "{}")
    return found


def foreign(cells: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, Text]]]:
    """What columns with the names of our fields say (None: nothing), and what was left out.

    cells: by field, of the columns that the table has.
    """
    said = {key: _value(KEYS[key], text) if text else None for key, text in cells.items()}
    found, faults = tidy(said, None)
    notes = [(name, why) for name, whys in faults.items() for why in whys]
    return dict.fromkeys(cells) | found, notes


def _value(detail: Detail, text: str) -> Any:
    """A cell as the field holds it; what cannot be that stays text, and is complained of."""
    if detail.shape is Shape.YES:
        return True if text.lower() in _YES else None
    if detail.shape is Shape.CHOICE:
        return _chosen(detail, text)
    if detail.shape in _SPLIT:
        items = [text]
        for sign in _SPLIT[detail.shape]:
            items = [part for item in items for part in item.split(sign)]
        parts = [part.strip() for part in items if part.strip()]
        return parts if detail.shape is Shape.LIST else [_chosen(detail, one) for one in parts]
    return text


def _chosen(detail: Detail, text: str) -> str:
    """The key of a choice that was written by its key, or in words of any of our languages."""
    return _written(detail).get(fold(text), text)


@cache
def _written(detail: Detail) -> Mapping[str, str]:
    found = {fold(one.key): one.key for one in detail.options}
    for tag in available_languages():
        with speaking(tag):
            found |= {fold(str(one.word)): one.key for one in detail.options}
    return found
