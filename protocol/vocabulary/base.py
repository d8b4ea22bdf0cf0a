"""Reading and writing single properties; every reader takes documents from `jsonld.normalise`.

Readers ignore what they do not know. A property that is there but unusable raises
MalformedDocument with the property's name; one that is not there is None or empty.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from protocol import datetimes
from protocol.contexts import CONTEXT
from protocol.errors import MalformedDocument, quoted

# Enough for any price or stock; longer ones only make arithmetic slow.
_DECIMAL = re.compile(r"[+-]?\d{1,24}(?:\.\d{1,12})?", re.ASCII)


def new_document(
    type_: str, id_: str | None = None, *, ld_context: Any = CONTEXT, **fields: Any
) -> dict[str, Any]:
    """A document to send: context, id and type first, then `fields` without None and empties.

    (`ld_context` is the @context; AS2 has a property `context` of its own.)
    """
    document: dict[str, Any] = {"@context": ld_context, **part(type_, id_, **fields)}
    return document


def part(type_: str, id_: str | None = None, **fields: Any) -> dict[str, Any]:
    """A node inside a document: `new_document` without the context."""
    node: dict[str, Any] = {"type": type_} if id_ is None else {"id": id_, "type": type_}
    for name, value in fields.items():
        if value is None or value in ((), [], {}, ""):
            continue
        node[name] = list(value) if isinstance(value, tuple) else value
    return node


def text(document: dict[str, Any], key: str) -> str | None:
    """A text property; without the bare form, the first of its language map (`nameMap`)."""
    value = document.get(key)
    if value is None:
        translations = document.get(f"{key}Map") or {}
        if not isinstance(translations, dict):
            raise _unusable(f"{key}Map", translations, "texts by language")
        value = next(iter(translations.values()), None)
    if isinstance(value, list):  # the same text in several languages
        value = value[0] if value else None
    if value is None or isinstance(value, str):
        return value
    raise _unusable(key, value, "a text")


def by_language(document: dict[str, Any], key: str) -> dict[str, str]:
    """The texts of a language map (`nameMap`) by their tags; what is none is left out."""
    said = document.get(f"{key}Map")
    if not isinstance(said, dict):
        return {}
    return {tag: words for tag, words in said.items() if isinstance(words, str)}


def texts(document: dict[str, Any], key: str) -> tuple[str, ...]:
    """All texts of a property that may repeat."""
    return tuple(value for value in as_list(document.get(key)) if isinstance(value, str))


def required_text(document: dict[str, Any], key: str) -> str:
    value = text(document, key)
    if not value:
        raise MalformedDocument(f"The {key} is missing.", code="missing-property")
    return value


def one_id(value: Any) -> str | None:
    """The id in a string, an object, a link, or an array of one of these."""
    if value is None or isinstance(value, str):
        return value
    found = ids(value)
    if len(found) > 1:
        raise MalformedDocument(
            f"Only one id may stand here, found {len(found)}.", code="several-ids"
        )
    return found[0] if found else None


def ids(value: Any) -> tuple[str, ...]:
    """Every id in a value, in order; anonymous objects have none."""
    if isinstance(value, str):
        return (value,)
    found = [_id_of(item) for item in as_list(value)]
    return tuple(id_ for id_ in found if id_ is not None)


def nodes(value: Any) -> list[dict[str, Any]]:
    """The embedded objects in a value; bare ids are left out."""
    return [item for item in as_list(value) if isinstance(item, dict)]


def one_node(value: Any) -> dict[str, Any] | None:
    """The embedded object, if there is exactly one value and it is an object."""
    items = as_list(value)
    return items[0] if len(items) == 1 and isinstance(items[0], dict) else None


def as_list(value: Any) -> list[Any]:
    """Undoes that an array of one is written, and normalised, as its item."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def moment(document: dict[str, Any], key: str) -> datetime | None:
    """An xsd:dateTime property as an aware UTC datetime."""
    value = document.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _unusable(key, value, "a date and time")
    return datetimes.parse(value)


def decimal(document: dict[str, Any], key: str) -> Decimal | None:
    """A number written as number, text or xsd:decimal; plain notation only, no exponents."""
    value = document.get(key)
    if value is None:
        return None
    digits = str(value) if isinstance(value, (int, float)) else value
    if isinstance(value, bool) or not isinstance(digits, str) or not _DECIMAL.fullmatch(digits):
        raise _unusable(key, value, "a number such as 12.50")
    return Decimal(digits)


def number(document: dict[str, Any], key: str) -> float | None:
    """A measured quantity (latitude, radius) for which binary fractions are good enough."""
    value = document.get(key)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    exact = decimal(document, key)
    return None if exact is None else float(exact)


def boolean(document: dict[str, Any], key: str, *, default: bool = False) -> bool:
    value = document.get(key)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise _unusable(key, value, "true or false")


def quantity(node: dict[str, Any] | None) -> tuple[Decimal | None, str | None]:
    """Amount and unit of a ValueFlows measure; `om2:hour` and full IRIs become "hour"."""
    if node is None:
        return None, None
    unit = node.get("hasUnit")
    name = re.split(r"[/#:]", unit)[-1] if isinstance(unit, str) else None
    return decimal(node, "hasNumericalValue"), name or None


def measure(amount: Decimal | None, unit: str = "one") -> dict[str, str]:
    """A ValueFlows measure: quantities and money are texts on the wire, never binary floats."""
    if amount is None:
        return {"hasUnit": unit}
    return {"hasUnit": unit, "hasNumericalValue": plain_number(amount)}


def plain_number(amount: Decimal) -> str:
    """Digits without an exponent, trailing zeros kept: 12.50 stays 12.50."""
    return f"{amount:f}"


def _id_of(item: Any) -> str | None:
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        raise MalformedDocument(f"{quoted(repr(item))} is not an id.", code="bad-id")
    found = item.get("id") or item.get("href")
    if found is None or isinstance(found, str):
        return found
    raise MalformedDocument("An id must be one text.", code="bad-id")


def _unusable(key: str, value: Any, wanted: str) -> MalformedDocument:
    return MalformedDocument(
        f"The {key} is {quoted(repr(value), 40)}, not {wanted}.", code="bad-property"
    )
